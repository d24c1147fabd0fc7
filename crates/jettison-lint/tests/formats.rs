//! Every format says where and what, in its own grammar.

use std::{collections::BTreeMap, io::Cursor, path::Path};

use jettison_lint::{
    Baseline, Colour, Diagnostic, Format, GivenFiles, Language, Settings, Style, Writer,
    diagnostics, lint,
};
use serde_json::Value;

const SOURCE: &str = "FROM debian:12\nRUN echo 'a & <b>' && \\\n    cd /x | y\nCMD ['é']\n";

fn found() -> Vec<Diagnostic> {
    let linted = lint(SOURCE.as_bytes(), &GivenFiles::default(), &Settings::default());
    diagnostics("dir a/Dockerfile", Path::new("dir a"), &linted, &GivenFiles::default())
}

fn written(format: Format, language: Language) -> String {
    let files = [("dir a/Dockerfile", found()), ("clean/Dockerfile", Vec::new())];
    write(&files, format, language)
}

/// What is written of the findings of each file.
fn write(files: &[(&str, Vec<Diagnostic>)], format: Format, language: Language) -> String {
    let style = Style { format, language, colour: Colour::Never, width: None };
    let (mut out, mut aside) = (Vec::new(), Cursor::new(Vec::new()));
    let mut writer = Writer::new(style, &mut out, &mut aside);
    for (file, found) in files {
        writer.add(file, found).expect("memory takes it");
    }
    writer.finish().expect("memory takes it");
    String::from_utf8(out).expect("text")
}

#[test]
fn places_are_exact_within_a_long_run() {
    let found = found();
    let cd = found.iter().find(|one| one.finding.rule == "JT-cd").expect("cd is found");
    assert_eq!((cd.line, cd.column, cd.end_line, cd.end_column), (3, 5, 3, 10));
    assert_eq!(cd.excerpt, "    cd /x | y");
    let pipe = found.iter().find(|one| one.finding.rule == "JT-pipefail").expect("a pipe");
    assert_eq!((pipe.line, pipe.column), (3, 11));
}

#[test]
fn concise_and_full_are_for_people() {
    let text = written(Format::Concise, Language::English);
    assert!(
        text.contains("dir a/Dockerfile:3:5: warning JT-cd (DL3003): cd holds for this RUN only\n")
    );
    let text = written(Format::Full, Language::English);
    assert!(text.contains("3 |     cd /x | y\n  |     ^^^^^\n"), "{text}");
    let text = written(Format::Full, Language::Chinese);
    assert!(text.contains("cd 只在这条 RUN 中有效") && text.contains("2 个文件"), "{text}");
}

#[test]
fn json_formats_parse_and_carry_aliases() {
    let own: Value = serde_json::from_str(&written(Format::Json, Language::English)).expect("JSON");
    let cd = own["findings"].as_array().expect("a list").iter().find(|one| one["rule"] == "JT-cd");
    assert_eq!(cd.expect("cd is found")["aliases"][0], "DL3003");

    let sarif: Value =
        serde_json::from_str(&written(Format::Sarif, Language::English)).expect("JSON");
    let run = &sarif["runs"][0];
    assert_eq!(sarif["version"], "2.1.0");
    for result in run["results"].as_array().expect("results") {
        let index =
            usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        let rule = &run["tool"]["driver"]["rules"][index];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["properties"]["aliases"].is_array());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "dir%20a/Dockerfile");
        assert!(place["region"]["startLine"].as_u64().expect("a line") >= 1);
    }

    let gitlab: Value =
        serde_json::from_str(&written(Format::Gitlab, Language::English)).expect("JSON");
    let mut prints = BTreeMap::new();
    for issue in gitlab.as_array().expect("a list") {
        *prints.entry(issue["fingerprint"].to_string()).or_insert(0) += 1;
    }
    assert!(prints.values().all(|count| *count == 1), "fingerprints are unique");

    let rdjson: Value =
        serde_json::from_str(&written(Format::Rdjson, Language::English)).expect("JSON");
    assert_eq!(rdjson["diagnostics"].as_array().map(Vec::len), Some(found().len()));
}

#[test]
fn github_commands_cannot_be_forged() {
    let text = written(Format::Github, Language::English);
    assert_eq!(text.lines().count(), found().len());
    assert!(text.lines().all(|line| line.starts_with("::")));
    assert!(
        text.contains("file=dir a/Dockerfile,line=3,endLine=3,col=5,endColumn=10,title=JT-cd::")
    );
    let source = b"FROM debian:12\nCOPY a $b%0A::error::x/\n";
    let linted = lint(source, &GivenFiles::default(), &Settings::default());
    let found = diagnostics("x", Path::new(""), &linted, &GivenFiles::default());
    let text = write(&[("x", found)], Format::Github, Language::English);
    assert!(!text.lines().any(|line| line.starts_with("::error::x")));
}

/// Element names in order, when `xml` is well-formed as far as these formats go.
fn elements(xml: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let mut seen = Vec::new();
    for piece in xml.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("tags are closed");
        assert!(
            !text.contains('&')
                || text.contains("&amp;")
                || text.contains("&lt;")
                || text.contains("&apos;")
                || text.contains("&quot;")
                || text.contains("&gt;")
        );
        if tag.starts_with('?') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.split([' ', '/']).next().expect("a name").to_owned();
        seen.push(name.clone());
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty());
    seen
}

#[test]
fn xml_is_well_formed() {
    let junit = elements(&written(Format::Junit, Language::Chinese));
    assert_eq!(junit.iter().filter(|name| *name == "testsuite").count(), 2);
    assert_eq!(junit.iter().filter(|name| *name == "failure").count(), found().len());
    let checkstyle = elements(&written(Format::Checkstyle, Language::Chinese));
    assert_eq!(checkstyle.iter().filter(|name| *name == "error").count(), found().len());
}

#[test]
fn a_baseline_hides_what_is_known_and_nothing_else() {
    let known = found();
    let mut baseline = Baseline::default();
    baseline.add(&known);
    let text = baseline.to_json();
    let hide = |mut found: Vec<Diagnostic>| {
        Baseline::parse(&text).expect("its own file").hide(&mut found);
        found
    };
    assert_eq!(hide(known.clone()), []);
    let longer = format!("# a line above\n{SOURCE}USER root\n");
    let linted = lint(longer.as_bytes(), &GivenFiles::default(), &Settings::default());
    let now = diagnostics("dir a/Dockerfile", Path::new("dir a"), &linted, &GivenFiles::default());
    let new = hide(now);
    assert!(!new.is_empty() && new.iter().all(|one| one.excerpt == "USER root"), "{new:?}");
    assert!(Baseline::parse("{}").is_err());
    assert!(Baseline::parse(&text.replace("\"version\": 1", "\"version\": 9")).is_err());
}

#[test]
fn memory_is_not_needed_for_order() {
    // A file beside two Dockerfiles, and Dockerfiles that do not come in the order of their names.
    let beside = |mut one: Diagnostic| {
        one.path = "b.sh".to_owned();
        one
    };
    let own = found();
    let mixed: Vec<Diagnostic> =
        own.iter().cloned().chain(own.iter().take(1).cloned().map(beside)).collect();
    let files = [("z", mixed.clone()), ("dir a/Dockerfile", own.clone()), ("a", mixed)];
    for (format, element, name) in
        [(Format::Junit, "testsuite", "testcase"), (Format::Checkstyle, "file", "error")]
    {
        let text = write(&files, format, Language::English);
        let parts: Vec<&str> = text.split(&format!("<{element} name=\"")).skip(1).collect();
        let found: Vec<(&str, usize)> = parts
            .iter()
            .map(|part| {
                let file = part.split('"').next().expect("a name");
                (file, part.matches(&format!("<{name} ")).count())
            })
            .collect();
        let all = 3 * own.len();
        match format {
            Format::Junit => {
                let expected = [("a", 1), ("b.sh", 2), ("dir a/Dockerfile", all), ("z", 1)];
                assert_eq!(found, expected);
                let counts = format!("tests=\"{}\" failures=\"{}\"", all + 4, all + 2);
                assert!(text.contains(&counts), "{counts}: {text}");
            }
            _ => assert_eq!(found, [("b.sh", 2), ("dir a/Dockerfile", all)]),
        }
    }
}

#[test]
fn names_and_texts_steer_no_terminal_and_forge_no_line() {
    const NAME: &str = "a\nb\tc\u{1b}[31m/Dockerfile";
    let source = "FROM debian:12\nRUN cd /x\u{1b}[2J && make \u{7f}\u{9b}\n";
    let linted = lint(source.as_bytes(), &GivenFiles::default(), &Settings::default());
    let found = diagnostics(NAME, Path::new(""), &linted, &GivenFiles::default());
    let text = |format| write(&[(NAME, found.clone())], format, Language::English);
    for format in [Format::Full, Format::Concise] {
        let text = text(format);
        assert!(!text.contains(|one: char| one.is_control() && one != '\n'), "{text:?}");
        assert!(text.contains("a␊b␉c␛[31m/Dockerfile:2:5"), "{text}");
    }
    assert!(text(Format::Full).contains("cd /x␛[2J && make ␡\u{fffd}"));
    assert_eq!(text(Format::Concise).lines().count(), found.len());
    assert_eq!(text(Format::Github).lines().count(), found.len());
    assert!(
        text(Format::Checkstyle).contains("<file name=\"a&#10;b&#9;c\u{fffd}[31m/Dockerfile\">")
    );
}
