//! Whole conversations with the server, message by message.

use std::{path::Path, thread::JoinHandle};

use fs_err as fs;

use jettison_lint::Language;
use jettison_lsp::{Connection, Ended, Options, ServeError, serve};
use lsp_server::{Message, Notification, Request, Response};
use serde_json::{Value, json};

struct Editor {
    connection: Connection,
    server: JoinHandle<Result<Ended, ServeError>>,
    asked: i32,
}

impl Editor {
    fn start(capabilities: &Value) -> (Self, Value) {
        let (server, connection) = Connection::memory();
        let options = Options {
            language: Language::English,
            today: Some(20_778),
            images: None,
            version: "0".into(),
        };
        let server = std::thread::spawn(move || serve(&server, &options));
        let mut editor = Self { connection, server, asked: 0 };
        let answer = editor.ask("initialize", json!({ "capabilities": capabilities }));
        editor.tell("initialized", json!({}));
        (editor, answer)
    }

    fn tell(&self, method: &str, params: Value) {
        let note = Notification { method: method.to_owned(), params };
        self.connection.sender.send(note.into()).expect("the server listens");
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let request = Request { id: self.asked.into(), method: method.to_owned(), params };
        self.connection.sender.send(request.into()).expect("the server listens");
        loop {
            if let Message::Response(answer) = self.next() {
                return serde_json::to_value(answer).expect("JSON");
            }
        }
    }

    fn next(&self) -> Message {
        self.connection.receiver.recv().expect("the server answers")
    }

    /// The next diagnostics: their parameters.
    fn diagnostics(&self) -> Value {
        loop {
            if let Message::Notification(note) = self.next()
                && note.method == "textDocument/publishDiagnostics"
            {
                return note.params;
            }
        }
    }

    fn open(&self, uri: &str, text: &str) {
        let document =
            json!({ "uri": uri, "languageId": "dockerfile", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn end(mut self) {
        let answer = self.ask("shutdown", Value::Null);
        assert!(answer["error"].is_null(), "{answer}");
        self.tell("exit", Value::Null);
        let ended = self.server.join().expect("no panic").expect("by the protocol");
        assert_eq!(ended, Ended::Properly);
    }
}

fn codes(told: &Value) -> Vec<&str> {
    let list = told["diagnostics"].as_array().expect("a list");
    list.iter().filter_map(|one| one["code"].as_str()).collect()
}

const URI: &str = "untitled:Dockerfile";

#[test]
fn positions_are_in_the_unit_that_was_agreed() {
    let text = "FROM debian:12\nRUN echo 𝕏é; sudo a\n";
    for (offered, agreed, column) in [
        (json!(null), "utf-16", 14),
        (json!(["utf-16"]), "utf-16", 14),
        (json!(["utf-16", "utf-8"]), "utf-8", 17),
        (json!(["utf-32"]), "utf-32", 13),
    ] {
        let (editor, answer) =
            Editor::start(&json!({ "general": { "positionEncodings": offered } }));
        assert_eq!(answer["result"]["capabilities"]["positionEncoding"], agreed);
        assert!(answer["result"]["capabilities"]["documentFormattingProvider"].is_null());
        editor.open(URI, text);
        let told = editor.diagnostics();
        let list = told["diagnostics"].as_array().expect("a list");
        let sudo = list.iter().find(|one| one["code"] == "JT-sudo").expect("sudo is found");
        assert_eq!(sudo["range"]["start"], json!({ "line": 1, "character": column }), "{agreed}");
        assert_eq!(
            sudo["codeDescription"]["href"],
            "https://github.com/hadolint/hadolint/wiki/DL3004"
        );
        editor.end();
    }
}

#[test]
fn typing_changes_what_is_found() {
    let capabilities =
        json!({ "textDocument": { "publishDiagnostics": { "versionSupport": true } } });
    let (editor, _) = Editor::start(&capabilities);
    editor.open(URI, "FROM debian:12\nRUN true\n");
    assert!(!codes(&editor.diagnostics()).contains(&"JT-sudo"));
    let place = json!({ "line": 1, "character": 4 });
    let change = json!({ "range": { "start": place, "end": place }, "text": "sudo " });
    let document = json!({ "uri": URI, "version": 2 });
    editor.tell(
        "textDocument/didChange",
        json!({ "textDocument": document, "contentChanges": [change] }),
    );
    let told = editor.diagnostics();
    assert!(codes(&told).contains(&"JT-sudo"));
    assert_eq!(told["version"], 2);
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": URI } }));
    assert_eq!(codes(&editor.diagnostics()), [""; 0], "what is closed has no diagnostics");
    editor.end();
}

#[test]
fn what_concerns_every_run_is_told_a_part_at_a_time() {
    let capabilities =
        json!({ "textDocument": { "publishDiagnostics": { "versionSupport": true } } });
    let (editor, _) = Editor::start(&capabilities);
    let runs: Vec<String> = (0..12).map(|number| format!("RUN ls /a{number} $NAME; id")).collect();
    editor.open(URI, &format!("FROM debian:12\nARG NAME=1\n{}\n", runs.join("\n")));
    let unquoted = |told: &Value| codes(told).iter().filter(|code| **code == "SC2086").count();
    assert_eq!(unquoted(&editor.diagnostics()), 0, "a value without blanks needs no quotes");
    let place = json!({ "line": 1, "character": 4 });
    let change = json!({ "range": { "start": place, "end": place }, "text": "X" });
    editor.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": URI, "version": 2 }, "contentChanges": [change] }),
    );
    let mut counts = Vec::new();
    while counts.len() < 6 {
        let told = editor.diagnostics();
        assert_eq!(told["version"], 2);
        counts.push(unquoted(&told));
    }
    assert_eq!(counts, [2, 4, 6, 8, 10, 12]);
    editor.end();
}

#[test]
fn actions_fix_and_silence() {
    let capabilities = json!({ "workspace": { "workspaceEdit": { "documentChanges": true } } });
    let (mut editor, _) = Editor::start(&capabilities);
    editor.open(URI, "FROM debian:12\n  ENV A 1\nCMD echo a\n");
    editor.diagnostics();
    let whole =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let mut asked = |only: Value| {
        let params = json!({ "textDocument": { "uri": URI }, "range": whole, "context": { "diagnostics": [], "only": only } });
        editor.ask("textDocument/codeAction", params)["result"].clone()
    };
    let all = asked(json!(null));
    let all = all.as_array().expect("a list");
    let titled = |text: &str| {
        let found =
            all.iter().find(|one| one["title"].as_str().is_some_and(|title| title.contains(text)));
        found.unwrap_or_else(|| panic!("{text}: {all:#?}"))
    };
    let safe = titled("[JT-legacy-pair]");
    assert_eq!((&safe["kind"], &safe["isPreferred"]), (&json!("quickfix"), &json!(true)));
    assert_eq!(safe["edit"]["documentChanges"][0]["textDocument"]["version"], 1);
    let hazardous = titled("[JT-shell-form]");
    assert!(hazardous["title"].as_str().is_some_and(|title| title.contains("unsafe")));
    assert_eq!(hazardous["isPreferred"], false);
    let ignore = &titled("Ignore JT-legacy-pair")["edit"]["documentChanges"][0]["edits"][0];
    assert_eq!(ignore["newText"], "  # jettison ignore=JT-legacy-pair\n");
    assert_eq!(ignore["range"]["start"], json!({ "line": 1, "character": 0 }));
    let fixed = asked(json!(["source.fixAll"]));
    assert_eq!(fixed.as_array().map(Vec::len), Some(1), "{fixed}");
    assert_eq!(fixed[0]["kind"], "source.fixAll.jettison");
    assert_eq!(fixed[0]["edit"]["documentChanges"][0]["edits"][0]["newText"], "  ENV A=1\n");
    assert_eq!(asked(json!(["refactor"])), json!([]));
    editor.end();
}

#[test]
fn hovering_tells_the_page_and_the_instruction() {
    let (mut editor, _) = Editor::start(&json!({}));
    editor.open(URI, "FROM debian:12\nRUN sudo a\n");
    editor.diagnostics();
    let mut at = |character: usize| {
        let position = json!({ "line": 1, "character": character });
        let params = json!({ "textDocument": { "uri": URI }, "position": position });
        editor.ask("textDocument/hover", params)["result"]["contents"]["value"].clone()
    };
    assert!(at(5).as_str().is_some_and(|text| text.contains("# JT-sudo: ")));
    assert!(at(1).as_str().is_some_and(|text| text.starts_with("**RUN** ")));
    editor.end();
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

#[test]
fn neighbours_and_configuration_are_read_and_watched() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| directory.path().join(name);
    fs::write(path("nginx.conf"), "worker_processes auto;\n").expect("the file");
    let capabilities =
        json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    let (editor, _) = Editor::start(&capabilities);
    let Message::Request(asked) = editor.next() else { panic!("the server asks for watchers") };
    assert_eq!(asked.method, "client/registerCapability");
    editor
        .connection
        .sender
        .send(Response::new_ok(asked.id, Value::Null).into())
        .expect("it listens");
    let dockerfile = uri(&path("Dockerfile"));
    editor
        .open(&dockerfile, "FROM nginx:1.29\nCOPY nginx.conf /etc/nginx/nginx.conf\nRUN sudo a\n");
    let own = editor.diagnostics();
    assert!(codes(&own).contains(&"JT-sudo"));
    let beside = editor.diagnostics();
    assert_eq!(
        (beside["uri"].as_str(), codes(&beside)),
        (Some(uri(&path("nginx.conf")).as_str()), vec!["JT-nginx-workers"])
    );
    fs::write(path("jettison.toml"), "[lint]\nselect = [\"JT-apt-yes\"]\n").expect("the file");
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    assert_eq!(codes(&editor.diagnostics()), [""; 0]);
    assert_eq!(
        codes(&editor.diagnostics()),
        [""; 0],
        "what was told of the neighbour is taken back"
    );
    fs::write(path("jettison.toml"), "[lint]\nselekt = []\n").expect("the file");
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    let Message::Notification(note) = editor.next() else { panic!("a message to show") };
    assert_eq!(note.method, "window/showMessage");
    assert!(note.params["message"].as_str().is_some_and(|text| text.contains("jettison.toml")));
    editor.end();
}

#[test]
fn a_context_above_is_the_one_that_a_compose_file_names() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let root = fs::canonicalize(directory.path()).expect("it is there");
    let path = |name: &str| root.join(name);
    fs::create_dir_all(path("docker")).expect("the directory");
    fs::write(path("nginx.conf"), "worker_processes auto;\n").expect("the file");
    let (editor, _) = Editor::start(&json!({}));
    let text = "FROM nginx:1.29\nCOPY nginx.conf made /etc/nginx/\n";
    editor.open(&uri(&path("docker/Dockerfile")), text);
    assert!(!codes(&editor.diagnostics()).contains(&"JT-nginx-workers"));
    let compose = "services: {a: {build: {context: .., dockerfile: docker/Dockerfile}}}\n";
    fs::write(path("docker/compose.yaml"), compose).expect("the file");
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    editor.diagnostics();
    let beside = editor.diagnostics();
    assert_eq!(
        (beside["uri"].as_str(), codes(&beside)),
        (Some(uri(&path("nginx.conf")).as_str()), vec!["JT-nginx-workers"])
    );
    editor.end();
}

#[test]
fn what_stands_beside_has_quick_fixes_too() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| directory.path().join(name);
    let script = "#!/bin/sh\nset -e\njava -jar app.jar\n";
    fs::write(path("run.sh"), script).expect("the file");
    fs::write(path(".env"), "TOKEN=1\n").expect("the file");
    let capabilities = json!({
        "textDocument": { "publishDiagnostics": { "relatedInformation": true } },
        "workspace": { "workspaceEdit": { "documentChanges": true, "resourceOperations": ["create"] } },
    });
    let (mut editor, _) = Editor::start(&capabilities);
    let dockerfile = uri(&path("Dockerfile"));
    editor.open(&dockerfile, "FROM debian:13\nCOPY . /\nENTRYPOINT [\"/run.sh\"]\n");
    assert!(codes(&editor.diagnostics()).contains(&"JT-dockerignore"));
    let beside = editor.diagnostics();
    assert_eq!(codes(&beside), ["JT-script-exec"]);
    let one = &beside["diagnostics"][0];
    assert_eq!(one["range"]["start"], json!({ "line": 2, "character": 0 }));
    let related = &one["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], dockerfile);
    assert_eq!(related["location"]["range"]["start"], json!({ "line": 2, "character": 12 }));

    let mut fixes = |uri: &str| {
        let all =
            json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
        let params = json!({ "textDocument": { "uri": uri }, "range": all, "context": { "diagnostics": [], "only": ["quickfix"] } });
        let mut answer = editor.ask("textDocument/codeAction", params)["result"].clone();
        // Those that silence have no rule in brackets.
        let is_fix = |one: &Value| one["title"].as_str().is_some_and(|title| title.contains('['));
        if let Some(list) = answer.as_array_mut() {
            list.retain(is_fix);
        }
        answer
    };
    let ignore = fixes(&dockerfile);
    let change = &ignore[0]["edit"]["documentChanges"];
    assert_eq!(change[0], json!({ "kind": "create", "uri": uri(&path(".dockerignore")) }));
    assert_eq!(change[1]["edits"][0]["newText"], ".env\n");
    assert_eq!(fixes(&uri(&path("run.sh"))), Value::Null, "it is not open");

    let file = uri(&path("run.sh"));
    let document =
        json!({ "uri": file, "languageId": "sh", "version": 7, "text": format!("{script}\n") });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    editor.diagnostics();
    let all =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let params =
        json!({ "textDocument": { "uri": file }, "range": all, "context": { "diagnostics": [] } });
    let found = editor.ask("textDocument/codeAction", params)["result"].clone();
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(found[0]["title"], "Start java with exec [JT-script-exec]");
    let change = &found[0]["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({ "uri": file, "version": 7 }));
    assert_eq!(change["edits"][0]["newText"], "exec ");
    assert_eq!(change["edits"][0]["range"]["start"], json!({ "line": 2, "character": 0 }));
    editor.end();
}

#[test]
fn everything_is_there_in_chinese() {
    let is_chinese = |text: &Value| {
        text.as_str()
            .is_some_and(|text| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)))
    };
    let (server, connection) = Connection::memory();
    let options = Options {
        language: Language::Chinese,
        today: Some(20_778),
        version: "0".into(),
        images: None,
    };
    let server = std::thread::spawn(move || serve(&server, &options));
    let mut editor = Editor { connection, server, asked: 0 };
    editor.ask("initialize", json!({ "capabilities": {} }));
    editor.tell("initialized", json!({}));
    editor.open(URI, "FROM debian:12\nENV A 1\nRUN sudo a && cd $b\nCMD echo a\n");
    let told = editor.diagnostics();
    let list = told["diagnostics"].as_array().expect("a list");
    assert!(list.len() > 3 && list.iter().all(|one| is_chinese(&one["message"])), "{list:#?}");
    let whole =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let params =
        json!({ "textDocument": { "uri": URI }, "range": whole, "context": { "diagnostics": [] } });
    let actions = editor.ask("textDocument/codeAction", params)["result"].clone();
    let actions = actions.as_array().expect("a list");
    assert!(
        actions.len() > 4 && actions.iter().all(|one| is_chinese(&one["title"])),
        "{actions:#?}"
    );
    for (line, character) in [(0, 1), (1, 1), (1, 5), (2, 1), (2, 5), (3, 1)] {
        let params = json!({ "textDocument": { "uri": URI }, "position": { "line": line, "character": character } });
        let hover = editor.ask("textDocument/hover", params)["result"]["contents"]["value"].clone();
        assert!(is_chinese(&hover), "{line}:{character}: {hover}");
    }
    editor.end();
}

#[test]
fn what_is_not_understood_is_refused_by_the_protocol() {
    let (mut editor, _) = Editor::start(&json!({}));
    assert_eq!(editor.ask("textDocument/rename", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.ask("textDocument/hover", json!({ "a": 1 }))["error"]["code"], -32602);
    editor.tell("$/setTrace", json!({ "value": "off" }));
    editor.end();
    let (editor, _) = Editor::start(&json!({}));
    editor.tell("exit", Value::Null);
    assert_eq!(editor.server.join().expect("no panic").expect("it ended"), Ended::Abruptly);
}
