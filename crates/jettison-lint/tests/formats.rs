//! Every format says where and what, in its own grammar.

use std::collections::BTreeMap;

use jettison_lint::{
    Baseline, Colour, Diagnostic, Format, GivenFiles, Language, Settings, Style, diagnostics, lint,
    render,
};
use serde_json::Value;

const SOURCE: &str = "FROM debian:12\nRUN echo 'a & <b>' && \\\n    cd /x | y\nCMD ['é']\n";

fn found() -> Vec<Diagnostic> {
    let linted = lint(SOURCE.as_bytes(), &GivenFiles::default(), &Settings::default());
    diagnostics("dir a/Dockerfile", &linted, &GivenFiles::default())
}

fn written(format: Format, language: Language) -> String {
    let files = ["dir a/Dockerfile".to_owned(), "clean/Dockerfile".to_owned()];
    render(&found(), &files, Style { format, language, colour: Colour::Never, width: None })
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
    let found = diagnostics("x", &linted, &GivenFiles::default());
    let style = Style {
        format: Format::Github,
        language: Language::English,
        colour: Colour::Never,
        width: None,
    };
    assert!(!render(&found, &[], style).lines().any(|line| line.starts_with("::error::x")));
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
    let text = Baseline::of(&known).to_json();
    let baseline = Baseline::parse(&text).expect("its own file");
    assert_eq!(baseline.filter(known.clone()), []);
    let longer = format!("# a line above\n{SOURCE}USER root\n");
    let linted = lint(longer.as_bytes(), &GivenFiles::default(), &Settings::default());
    let now = diagnostics("dir a/Dockerfile", &linted, &GivenFiles::default());
    let new = baseline.filter(now);
    assert!(!new.is_empty() && new.iter().all(|one| one.excerpt == "USER root"), "{new:?}");
    assert!(Baseline::parse("{}").is_err());
    assert!(Baseline::parse(&text.replace("\"version\": 1", "\"version\": 9")).is_err());
}
