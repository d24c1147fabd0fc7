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
    // Where a page that shows an API's description says where that is.
    "url:",
];

/// What opens a WebSocket.
const SOCKET_OPENERS: [&str; 2] = ["new WebSocket(", "new ReconnectingWebSocket("];

/// Arguments are short; a longer text without a closing bracket is no call.
const MAX_CALL_BYTES: usize = 512;

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
    for opener in SOCKET_OPENERS {
        for (at, _) in script.match_indices(opener) {
            let call = &script[at + opener.len()..];
            if let Some(address) = socket_address(call) {
                found.add(base, &address, LinkKind::Socket);
            }
        }
    }
}

/// The address that a call of `WebSocket` opens: a literal, or what stands in literals behind the
/// name of the page's own host (`"ws://" + location.host + "/chat"`).
fn socket_address(call: &str) -> Option<String> {
    let mut end = call.len().min(MAX_CALL_BYTES);
    while !call.is_char_boundary(end) {
        end -= 1;
    }
    let call = call[..end].split([';', '\n']).next()?;
    let call = match call.split_once("location.host") {
        Some((_, behind)) => behind,
        None => call,
    };
    let call = call.split(')').next()?;
    let start = call.find(['"', '\'', '`', '/', '}'])?;
    let text = call[start..].trim_start_matches(['"', '\'', '`', '}', ' ', '+']);
    let literal = text.split(['"', '\'', '`', ',']).next()?;
    // A path that is computed to its end is not known.
    let known = literal.split("${").next()?;
    let is_located = ["/", "ws://", "wss://"].iter().any(|start| known.starts_with(start));
    (is_located && known == literal).then(|| known.to_owned())
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
    fn scripts_open_sockets() {
        let table = [
            ("new WebSocket('/chat')", Some("/chat")),
            ("new WebSocket(\"ws://localhost:80/a?b=1\", 'proto')", Some("/a?b=1")),
            ("new WebSocket(\"ws://\" + location.host + \"/b\")", Some("/b")),
            ("new WebSocket(`${p}//${window.location.host}/c`)", Some("/c")),
            ("new WebSocket((s ? 'wss:' : 'ws:') + '//' + location.host + '/d')", Some("/d")),
            ("new WebSocket('wss://elsewhere.example/x')", None),
            ("new WebSocket(address)", None),
            ("new WebSocket(`/room/${id}`)", None),
        ];
        let base = Base::new(Scheme::Http, 80, "/js/main.js", &[]).unwrap();
        for (script, expected) in table {
            let mut found = Found::default();
            extract(&base, script, &mut found);
            let targets: Vec<&str> = found.links.iter().map(|link| &*link.target).collect();
            assert_eq!(targets, expected.into_iter().collect::<Vec<_>>(), "{script}");
        }
    }

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
