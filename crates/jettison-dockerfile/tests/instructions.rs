//! Instructions as BuildKit reads them, and what it refuses.

use jettison_dockerfile::{
    Arguments, Command, Dockerfile, Instruction, Separator, TransferSource, parse,
};

fn only(source: &str) -> Instruction {
    let file = parse(source.as_bytes());
    let [instruction] = file.instructions.as_slice() else { panic!("{:?}", file.instructions) };
    instruction.clone()
}

fn problems(file: &Dockerfile) -> Vec<String> {
    file.problems.iter().map(|problem| problem.kind.to_string()).collect()
}

#[test]
fn a_finding_in_the_seventh_line_maps_to_the_seventh_line() {
    let source = "RUN a \\\n  # comment\n\n  && b \\\r\n\t&& c 'd \\\n e'\n";
    let run = only(source);
    let script = run.script(source).expect("a shell form");
    assert_eq!(script.text.as_str(), "a   && b \t&& c 'd  e'");
    let at = script.text.as_str().find('e').expect("it is there");
    assert_eq!(script.text.source_offset(at), source.rfind('e').expect("it is there"));
    assert_eq!((run.first_line, run.last_line), (0, 5));
    assert_eq!(run.blank_lines.len(), 1);
}

#[test]
fn a_heredoc_alone_is_the_script() {
    let source = "RUN <<-EOF\n\t#!/bin/bash -e\n\techo a\n\tEOF\n";
    let script = only(source).script(source).expect("a script");
    assert_eq!(script.text.as_str(), "#!/bin/bash -e\necho a\n");
    assert_eq!(script.interpreter.as_deref(), Some("/bin/bash -e"));
    assert_eq!(script.text.source_offset(15), source.find("echo").expect("it is there"));
    let source = "RUN cat <<A && x <<B\n1\nA\n2\nB\n";
    let run = only(source);
    let script = run.script(source).expect("a script");
    assert_eq!(script.text.as_str(), "cat <<A && x <<B\n1\nA\n2\nB");
    assert_eq!(run.last_line, 4);
}

#[test]
fn typed_views() {
    let Arguments::Transfer(copy) = only("COPY --from=b <<E a\\b /c/\nx\nE\n").arguments else {
        panic!("a transfer")
    };
    assert_eq!(copy.sources[0], TransferSource::Heredoc(0));
    assert_eq!(copy.destination.map(|word| word.text).as_deref(), Some("/c/"));

    let Arguments::Pairs(pairs) = only("ENV a=\"b c\" d=e\\ f").arguments else { panic!("pairs") };
    let values: Vec<_> = pairs.iter().filter_map(|p| p.value.as_ref()).map(|v| &v.text).collect();
    assert_eq!(values, ["\"b c\"", "e\\ f"]);

    let Arguments::Pairs(pairs) = only("ENV a   b  c").arguments else { panic!("pairs") };
    assert_eq!(pairs[0].separator, Separator::Blank);
    assert_eq!(pairs[0].value.as_ref().map(|value| value.text.as_str()), Some("b  c"));

    let check = only("HEALTHCHECK --interval=5s CMD [\"curl\", \"x\"]");
    assert!(check.is_json());
    let check = only("HEALTHCHECK CMD [\"curl\"] || exit 1");
    let Arguments::Healthcheck(view) = &check.arguments else { panic!("a health check") };
    assert!(!check.is_json() && matches!(view.command, Some(Command::Shell(_))));

    let onbuild = only("onbuild run <<E\nx\nE\n");
    assert_eq!(onbuild.innermost().heredocs.len(), 1);
    assert_eq!(onbuild.heredocs.len(), 1);
}

#[test]
fn a_json_array_over_several_lines_keeps_places() {
    let source = "CMD [\"a\", \\\n  \"b\"]\n";
    let Arguments::Command(Command::Exec(words)) = only(source).arguments else { panic!("exec") };
    assert_eq!(&source[words[1].span.clone()], "\"b\"");
}

#[test]
fn refusals_name_their_reason() {
    let cases = [
        ("", "the file has no instructions"),
        ("FROM a\nRUNN x", "unknown instruction RUNN (did you mean RUN?)"),
        ("RUN x", "RUN before the first FROM"),
        ("FROM a b", "FROM takes an image, or an image, AS and a name"),
        ("FROM a AS 2x", "invalid stage name \"2x\""),
        ("FROM", "FROM takes an image, or an image, AS and a name"),
        ("FROM a\nRUN <<E\n# x", "here-document E is not ended"),
        ("FROM a\nCOPY x <<E\nE", "COPY cannot have a here-document as its destination"),
        ("FROM a\nCOPY x", "COPY needs a source and a destination"),
        ("FROM a\nCOPY --frm=b x y", "COPY has no flag --frm"),
        ("FROM a\nCOPY --from=b --from=c x y", "--from can be given once only"),
        ("FROM a\nCOPY --link=x a b", "--link takes true or false"),
        ("FROM a\nCOPY --from x y", "--from needs a value"),
        ("FROM a\nCMD [1]", "a JSON array here may hold strings only"),
        ("FROM a\nSHELL sh", "SHELL takes a JSON array"),
        ("FROM a\nENV x", "ENV needs a name and a value"),
        ("FROM a\nENV x=1 y", "no = in \"y\": name=value is needed here"),
        ("FROM a\nENV =1", "ENV has a pair without a name"),
        ("FROM a\nUSER", "USER takes exactly one argument"),
        ("FROM a\nONBUILD FROM b", "FROM cannot be an ONBUILD trigger"),
        ("FROM a\nHEALTHCHECK X y", "HEALTHCHECK takes CMD or NONE, not \"X\""),
        ("FROM a\nHEALTHCHECK --interval=5 CMD y", "--interval cannot be \"5\""),
        ("# escape=x\nFROM a", "invalid escape character \"x\": only \\ and ` can be used"),
        ("# syntax=a\n# syntax=b\nFROM a", "only one syntax parser directive can be used"),
    ];
    for (source, expected) in cases {
        assert_eq!(problems(&parse(source.as_bytes())), [expected], "{source}");
    }
}

#[test]
fn recovery_goes_on_after_an_unterminated_heredoc() {
    let file = parse(b"FROM a\nRUN <<E\necho\nCMD [\"x\"]\n");
    assert_eq!(file.instructions.len(), 4);
    assert_eq!(problems(&file).len(), 2, "the here-document, and the line that is no instruction");
}

#[test]
fn files_that_are_fine_have_no_problems() {
    let cases = [
        "FROM a AS Build\nARG\\\n x\nRUN",
        "ARG a\nFROM $a\nENTRYPOINT\nCMD",
        "FROM --platform=$BUILDPLATFORM a\nADD --checksum=x --link https://b /c",
        "FROM a\nRUN --mount=type=cache,target=/x --mount=type=secret,id=y z",
        "FROM a\nHEALTHCHECK NONE\nSTOPSIGNAL 9\nVOLUME [\"/a\"]\nEXPOSE 80 443/udp",
        "FROM a\nRUN [ -f x ] && y",
        "FROM a\r\nRUN a \\\r\n b\r\n",
    ];
    for source in cases {
        assert_eq!(problems(&parse(source.as_bytes())), Vec::<String>::new(), "{source}");
    }
}
