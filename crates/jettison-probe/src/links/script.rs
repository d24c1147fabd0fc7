//! What a script loads by a literal address: modules, workers, and data that it fetches.

use super::{Base, Found, LinkKind};

/// What stands before a string literal that is loaded when the script runs. `import "./a.js"` and
/// `from "./a.js"` load a module; the calls GET their argument.
const LOADERS: &[&str] = &[
    "fetch(",
    "import(",
    "import",
    "from",
    "importScripts(",
    "new Worker(",
    "new SharedWorker(",
    "new EventSource(",
    "axios.get(",
    "axios(",
    "$.get(",
    "$.getJSON(",
    "$.ajax(",
    "register(",
    ".open(\"GET\",",
    ".open('GET',",
    ".load(",
];

/// Addresses are short; longer literals are data.
const MAX_LITERAL_BYTES: usize = 512;

/// Adds what a script loads.
pub(super) fn extract(base: &Base, script: &str, found: &mut Found) {
    for (quote_at, quote) in script.match_indices(['"', '\'', '`']) {
        let before = script[..quote_at].trim_end_matches([' ', '\t']);
        let is_loader = LOADERS.iter().any(|loader| before.ends_with(loader));
        if !is_loader {
            continue;
        }
        let literal = &script[quote_at + 1..];
        let Some(end) = literal.find(quote) else { continue };
        let literal = &literal[..end];
        if is_address(literal) {
            found.add(base, literal, LinkKind::Part);
        }
    }
}

/// Modules by bare name (`import "react"`) are resolved by bundlers, not by servers.
fn is_address(literal: &str) -> bool {
    let is_located =
        ["/", "./", "../", "http://", "https://"].iter().any(|start| literal.starts_with(start));
    let is_computed = literal.contains("${") || literal.contains(['\n', ' ', '\\']);
    literal.len() <= MAX_LITERAL_BYTES && is_located && !is_computed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Scheme;

    #[test]
    fn scripts_load_files() {
        let script = r#"
            import { a } from "./a.js"; import './b.js'; import c from"/c.js"; import react from "react";
            const d = await import( "../d.js" );
            fetch('/api/data').then(x => x); fetch(`/api/${id}`); fetch("relative");
            new Worker("/worker.js"); x.open("GET", "/xhr"); x.open("POST", "/not-got");
            const path = "/just-a-string"; $.getJSON("/list?x=1", f); fetch("/unfinished
        "#;
        let base = Base::new(Scheme::Http, 80, "/js/main.js", &[]).unwrap();
        let mut found = Found::default();
        extract(&base, script, &mut found);
        let targets: Vec<&str> = found.links.iter().map(|link| &*link.target).collect();
        assert_eq!(
            targets,
            [
                "/js/a.js",
                "/js/b.js",
                "/c.js",
                "/d.js",
                "/api/data",
                "/worker.js",
                "/xhr",
                "/list?x=1",
            ]
        );
    }
}
