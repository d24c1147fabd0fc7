//! How long a keystroke takes: `cargo bench -p jettison-lsp`.
//!
//! A Dockerfile of 200 lines is open; each message types one letter into one of its RUN
//! instructions, and the time until its diagnostics arrive is taken. Prints the median and the
//! worst of 200.

#![expect(clippy::print_stdout, reason = "the figures are this program's output")]

use std::{thread, time::Instant};

use jettison_lint::Language;
use jettison_lsp::{Connection, Options, serve};
use lsp_server::{Message, Notification, Request};
use serde_json::json;

fn main() {
    let (server, client) = Connection::memory();
    let options = Options {
        language: Language::English,
        today: Some(20_000),
        images: None,
        version: "0".into(),
    };
    let thread = thread::spawn(move || serve(&server, &options));
    let send = |message: Message| client.sender.send(message).expect("the server listens");
    let note = |method: &str, params| Notification { method: method.into(), params }.into();
    let request =
        |id: i32, method: &str, params| Request { id: id.into(), method: method.into(), params };
    send(request(1, "initialize", json!({ "capabilities": {} })).into());
    client.receiver.recv().expect("an answer");
    send(note("initialized", json!({})));
    let uri = "untitled:Dockerfile";
    let part = "RUN apt-get update && apt-get install -y curl \\\n    git $(cat list) && \\\n    \
        cd /src && make \"$A\" | tee log\nCOPY a /b\nENV A=1 B=$A\n";
    let text = format!("FROM debian:12\n{}", part.repeat(40));
    let lines = text.lines().count();
    let open = json!({ "uri": uri, "languageId": "dockerfile", "version": 1, "text": text });
    send(note("textDocument/didOpen", json!({ "textDocument": open })));
    client.receiver.recv().expect("diagnostics");
    let mut taken = Vec::new();
    for version in 2..202 {
        let place = json!({ "line": 100, "character": 4 });
        let change = json!({ "range": { "start": place, "end": place }, "text": "x" });
        let document = json!({ "uri": uri, "version": version });
        let start = Instant::now();
        let params = json!({ "textDocument": document, "contentChanges": [change] });
        send(note("textDocument/didChange", params));
        client.receiver.recv().expect("diagnostics");
        taken.push(start.elapsed());
    }
    taken.sort();
    println!(
        "{lines} lines: median {:?}, worst {:?}",
        taken[taken.len() / 2],
        taken[taken.len() - 1]
    );
    send(request(2, "shutdown", json!(null)).into());
    client.receiver.recv().expect("an answer");
    send(note("exit", json!(null)));
    thread.join().expect("it ends").expect("properly");
}
