//! How long a keystroke takes: `cargo bench -p jettison-lsp`.
//!
//! A Dockerfile of 200 lines with 40 RUN instructions, each another one, is open beside a context; each message types or
//! deletes a letter at a random place, and the time until its first diagnostics arrive is taken: on the clock, and as CPU time of
//! the whole process, which other programs do not change. Prints the median, the 99th percentile and the worst of 1000.

#![expect(clippy::print_stdout, reason = "the figures are this program's output")]

use std::{
    fmt::Write as _,
    thread,
    time::{Duration, Instant},
};

use jettison_lint::Language;
use jettison_lsp::{Connection, Options, serve};
use lsp_server::{Message, Notification, Request};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

/// Keystrokes that are measured.
const KEYSTROKES: usize = 1000;

/// Between two keystrokes.
const PAUSE: Duration = Duration::from_millis(10);

/// What people type.
const LETTERS: &[u8] = b"abcdefgh \n$\"'&|;{}()\\-=/#";

/// A Dockerfile of 200 lines.
fn dockerfile() -> String {
    let mut text = "FROM debian:12 AS build\nARG VERSION=1\n".to_owned();
    for number in 0..40 {
        let (next, tool) = (number + 1, ["make", "cmake .", "ninja", "./configure"][number % 4]);
        write!(
            text,
            "RUN apt-get update && apt-get install -y curl{number} \\\n    git $(cat list{number}) && \\\n    \
             cd /src/{number} && {tool} \"$VERSION\" | tee log && rm -rf $HOME/{number}\n\
             COPY part{number} /b/{number}/\nENV A{next}={number} B{next}=$A{number}\n"
        )
        .expect("writing to a string succeeds");
    }
    text.split_inclusive('\n').take(200).collect()
}

/// Numbers that look random, the same each time (xorshift64).
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 33).expect("31 bits fit")
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let nanoseconds = u32::try_from(time.tv_nsec).expect("they are less than a second");
    Duration::new(u64::try_from(time.tv_sec).expect("it is positive"), nanoseconds)
}

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
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("Dockerfile");
    let text = dockerfile();
    fs_err::write(&path, &text).expect("writable");
    let uri = format!("file://{}", path.display());
    let lines: Vec<usize> = text.lines().map(str::len).collect();
    let open = json!({ "uri": uri, "languageId": "dockerfile", "version": 1, "text": text });
    let start = Instant::now();
    send(note("textDocument/didOpen", json!({ "textDocument": open })));
    client.receiver.recv().expect("diagnostics");
    println!("{} lines: opened in {:?}", lines.len(), start.elapsed());
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let (mut clock, mut used) = (Vec::new(), Vec::new());
    for version in 2..2 + KEYSTROKES / 2 {
        let line = next(&mut state) % lines.len();
        let at = json!({ "line": line, "character": next(&mut state) % (lines[line] + 1) });
        let letter = char::from(LETTERS[next(&mut state) % LETTERS.len()]);
        let letter_end = match letter {
            '\n' => json!({ "line": line + 1, "character": 0 }),
            _ => json!({ "line": line, "character": at["character"].as_u64().unwrap_or(0) + 1 }),
        };
        // Typed, and taken back, so that the file stays what it is.
        let typed = json!({ "range": { "start": at, "end": at }, "text": letter.to_string() });
        let deleted = json!({ "range": { "start": at, "end": letter_end }, "text": "" });
        for (change, half) in [(typed, 0), (deleted, 1)] {
            let document = json!({ "uri": uri, "version": version * 2 + half });
            let params = json!({ "textDocument": document, "contentChanges": [change] });
            let (start, before) = (Instant::now(), cpu());
            send(note("textDocument/didChange", params));
            client.receiver.recv().expect("diagnostics");
            clock.push(start.elapsed());
            used.push(cpu().saturating_sub(before));
            // What was put off comes in further messages: nobody types as fast.
            while client.receiver.recv_timeout(PAUSE).is_ok() {}
        }
    }
    tell("clock", clock);
    tell("CPU", used);
    send(request(2, "shutdown", json!(null)).into());
    client.receiver.recv().expect("an answer");
    send(note("exit", json!(null)));
    thread.join().expect("it ends").expect("properly");
}

fn tell(what: &str, taken: Vec<Duration>) {
    let mut taken: Vec<(Duration, usize)> = taken.into_iter().zip(1..).collect();
    taken.sort_unstable();
    let at = |part: usize| taken[(taken.len() - 1) * part / 100];
    let (worst, number) = at(100);
    println!(
        "{what}: median {:?}, 99th percentile {:?}, worst {worst:?} (the {number}.)",
        at(50).0,
        at(99).0
    );
}
