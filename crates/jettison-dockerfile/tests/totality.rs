//! Any bytes can be parsed, and nothing of them is lost.

use jettison_dockerfile::{
    Arguments, Column, Edit, Instruction, LogicalText, TokenKind, apply, parse, scopes, stages,
};
use proptest::prelude::*;

/// Pieces that matter to the parser, glued together at random.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "FROM a AS b",
            "RUN ",
            "run\t",
            "COPY --from=x ",
            "ADD ",
            "ONBUILD ",
            "ENV ",
            "LABEL a=b",
            "HEALTHCHECK CMD ",
            "SHELL ",
            "# escape=`",
            "# syntax=x",
            "#c",
            "\\",
            "`",
            "\n",
            "\r\n",
            " ",
            "<<EOF",
            "<<-'E F'",
            "EOF",
            "[\"a\", \"b\"]",
            "[1]",
            "'",
            "\"",
            "${x:-y}",
            "${",
            "$A",
            "=",
            "--mount=type=cache",
            "\t",
            "é",
            "\u{feff}",
            "\u{a0}",
            "ARG A=$A$A",
            "EXPOSE 80",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|parts| parts.concat())
}

fn check_text(text: &LogicalText, length: usize) {
    for at in (0..=text.as_str().len()).filter(|&at| text.as_str().is_char_boundary(at)) {
        assert!(text.source_offset(at) <= length);
    }
}

fn check_instruction(instruction: &Instruction, source: &str) {
    assert!(instruction.first_line <= instruction.last_line);
    assert!(instruction.span.end <= source.len());
    assert!(source.get(instruction.span.clone()).is_some(), "the span lies between characters");
    check_text(&instruction.text, source.len());
    for heredoc in &instruction.heredocs {
        assert!(source.get(heredoc.body.clone()).is_some());
        assert!(source.get(heredoc.marker.clone()).is_some());
    }
    if let Some(script) = instruction.script(source) {
        check_text(&script.text, source.len());
    }
    if let Arguments::Onbuild(inner) = &instruction.arguments {
        check_instruction(inner, source);
    }
}

fn check(source: &[u8]) {
    let file = parse(source);
    let mut end = 0;
    for token in &file.tokens {
        assert_eq!(token.span.start, end, "tokens follow each other");
        assert!(token.span.end > token.span.start);
        end = token.span.end;
    }
    assert_eq!(end, source.len(), "tokens reach the end");
    for instruction in &file.instructions {
        check_instruction(instruction, file.text());
    }
    for problem in &file.problems {
        assert!(problem.span.end <= source.len());
        assert!(!problem.kind.to_string().is_empty());
    }
    let stages = stages(&file);
    let scopes = scopes(&file, &stages);
    for position in 0..file.instructions.len() {
        assert!(scopes.at(position).names().len() < 10_000);
    }
    // A position costs its line's length: enough of them, not all of a long line.
    for offset in (0..=source.len().min(1000)).filter(|&at| file.text().is_char_boundary(at)) {
        let position = file.lines().position(file.text(), offset, Column::Utf16);
        let back = file.lines().offset(file.text(), position, Column::Utf16);
        let in_line_end = file.text()[back..offset].bytes().all(|b| matches!(b, b'\r' | b'\n'));
        assert!(back == offset || in_line_end, "{offset} came back as {back}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_is_lost_and_nothing_panics(source in pieces()) {
        check(&source);
    }

    #[test]
    fn edits_leave_the_rest_alone(source in pieces(), at in any::<prop::sample::Index>()) {
        let file = parse(&source);
        prop_assume!(!file.tokens.is_empty());
        let token = &file.tokens[at.index(file.tokens.len())];
        let edited = apply(&source, &[Edit::replace(token.span.clone(), "XYZ")]).expect("it fits");
        prop_assert_eq!(&edited[..token.span.start], &source[..token.span.start]);
        prop_assert_eq!(&edited[token.span.start + 3..], &source[token.span.end..]);
    }
}

#[test]
fn tokens_are_told_apart() {
    let source =
        "\u{feff}# escape=`\n# c\nRUN --mount=a x `\n # in\n\n  y <<E\nbody\nE\r\nCOPY a b";
    let file = parse(source.as_bytes());
    let shown: Vec<(TokenKind, &str)> =
        file.tokens.iter().map(|token| (token.kind, &source[token.span.clone()])).collect();
    let expected = [
        (TokenKind::ByteOrderMark, "\u{feff}"),
        (TokenKind::Directive, "# escape=`"),
        (TokenKind::Newline, "\n"),
        (TokenKind::Comment, "# c"),
        (TokenKind::Newline, "\n"),
        (TokenKind::Keyword, "RUN"),
        (TokenKind::Whitespace, " "),
        (TokenKind::Flag, "--mount=a"),
        (TokenKind::Whitespace, " "),
        (TokenKind::Text, "x"),
        (TokenKind::Whitespace, " "),
        (TokenKind::Continuation, "`\n"),
        (TokenKind::Whitespace, " "),
        (TokenKind::Comment, "# in"),
        (TokenKind::Newline, "\n"),
        (TokenKind::Newline, "\n"),
        (TokenKind::Whitespace, "  "),
        (TokenKind::Text, "y"),
        (TokenKind::Whitespace, " "),
        (TokenKind::Text, "<<E"),
        (TokenKind::Newline, "\n"),
        (TokenKind::HeredocBody, "body\n"),
        (TokenKind::HeredocEnd, "E"),
        (TokenKind::Newline, "\r\n"),
        (TokenKind::Keyword, "COPY"),
        (TokenKind::Whitespace, " "),
        (TokenKind::Text, "a"),
        (TokenKind::Whitespace, " "),
        (TokenKind::Text, "b"),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn long_and_deep_files_take_linear_time() {
    check(&b"ONBUILD ".repeat(20_000));
    check(format!("FROM a\nCMD {}", "[".repeat(60_000)).as_bytes());
    check(format!("FROM a\nENV x={}", "${a:-".repeat(10_000)).as_bytes());
}
