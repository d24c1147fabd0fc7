//! Every text that people read is there in Chinese: looked for in the sources themselves, so that a
//! message which no test brings up counts as well.

use std::path::{Path, PathBuf};

use fs_err as fs;

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The string literals at the beginning of `code`, as far as commas and line ends join them.
fn literals(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = code.trim_start();
    while let Some(body) = rest.strip_prefix('"') {
        let mut escaped = false;
        let end = body.char_indices().find(|(_, c)| {
            let is_end = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            is_end
        });
        let Some((end, _)) = end else { break };
        found.push(&body[..end]);
        rest = body[end + 1..].trim_start().trim_start_matches(',').trim_start();
    }
    found
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// What lacks Chinese in `code`: of each message, both texts; of each pair of languages, its `zh`.
fn lacking(code: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (at, _) in code.match_indices("message!(") {
        let texts = literals(&code[at + "message!(".len()..]);
        // The macro's own definition has no texts.
        match texts.as_slice() {
            [en, zh] if !en.is_ascii() || !is_chinese(zh) => faults.push(format!("{en} / {zh}")),
            [en] => faults.push((*en).to_owned()),
            _ => {}
        }
    }
    for marker in ["zh: ", "Language::Chinese => "] {
        for (at, _) in code.match_indices(marker) {
            let after = code[at + marker.len()..].trim_start();
            let after = after.strip_prefix("format!(").unwrap_or(after);
            let raw = after.strip_prefix("r#\"").and_then(|body| body.split("\"#").next());
            let text = raw.or_else(|| literals(after.trim_start_matches('r')).first().copied());
            // A code, such as SARIF's, is for programs.
            let text = text.filter(|text| *text != "zh");
            if text.is_some_and(|text| !is_chinese(text)) {
                faults.push(text.unwrap_or_default().to_owned());
            }
        }
    }
    faults
}

#[test]
fn what_lacks_chinese_is_noticed() {
    assert_eq!(lacking("message!(\n  \"a {b}\",\n  \"把 {b}\",\n)"), [""; 0]);
    assert_eq!(lacking("message!(\"a\", \"a\")"), ["a / a"]);
    assert_eq!(lacking("message!(\"a\")"), ["a"]);
    assert_eq!(lacking("Text { en: \"a\", zh: \"b\" }"), ["b"]);
    assert_eq!(lacking("Language::Chinese => format!(\"x {y}\")"), ["x {y}"]);
}

#[test]
fn every_text_is_there_in_chinese() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for directory in ["src", "../jettison-lsp/src", "../jettison/src/commands/lint"] {
        sources(&root.join(directory), &mut files);
    }
    let mut faults = Vec::new();
    let mut messages = 0;
    for path in files {
        let code = fs::read_to_string(&path).expect("a source");
        // Tests at the end of a file say what they like.
        let code = code.split("#[cfg(test)]").next().unwrap_or_default();
        messages += code.matches("message!(").count();
        faults.extend(lacking(code).into_iter().map(|one| format!("{}: {one}", path.display())));
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(messages > 150, "{messages} messages: they are looked for in the wrong place");
}
