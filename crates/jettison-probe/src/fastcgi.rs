//! FastCGI: a request as a web server would pass it on, and the answer of the script.
//!
//! From the FastCGI specification 1.0 and, for what the answer holds, RFC 3875.

use std::{
    collections::BTreeMap,
    io,
    time::{Duration, Instant},
};

use crate::{
    deadline::after,
    http::{Reply, USER_AGENT},
    plan::RequestBounds,
    request::WireRequest,
    transcript::{BodyEnd, Failure, FailureClass},
    websocket::Timed,
};

/// How requests are told to an application: docker-slim's fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FastCgi {
    /// Directory in the container that scripts are in.
    pub root: String,
    /// What ends the name of a script within a path; the rest of the path is `PATH_INFO`.
    pub split_path: Vec<String>,
    /// Further variables.
    pub env: BTreeMap<String, String>,
    /// The Unix socket on which the application listens, instead of a port; the name of an abstract one begins with `@`.
    pub socket: Option<String>,
}

impl FastCgi {
    /// Scripts in `root`, told apart as PHP's are.
    pub fn new(root: &str) -> Self {
        let split_path = vec![".php".to_owned()];
        Self { root: root.to_owned(), split_path, env: BTreeMap::new(), socket: None }
    }
}

/// The port that is registered for nothing else and that PHP's server uses.
pub(crate) const PORT: u16 = 9000;

/// Whether a Unix socket is called as those of FastCGI applications are (`php8.2-fpm.sock`, `fcgiwrap.socket`): others are
/// not spoken to, because what they make of it is not known.
pub(crate) fn is_likely_socket(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    ["php", "fpm", "fcgi", "fastcgi"].iter().any(|word| file.contains(word))
}

/// What is asked for where a path names no script: the one behind which applications route.
const INDEX: &str = "/index.php";

const VERSION: u8 = 1;
const BEGIN_REQUEST: u8 = 1;
const END_REQUEST: u8 = 3;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
const STDOUT: u8 = 6;
const STDERR: u8 = 7;
const GET_VALUES: u8 = 9;
const GET_VALUES_RESULT: u8 = 10;

/// The one request of a connection.
const REQUEST_ID: u16 = 1;

/// Role "responder", and no wish to keep the connection.
const BEGIN_BODY: [u8; 8] = [0, 1, 0, 0, 0, 0, 0, 0];

/// Whether the server behind a stream speaks FastCGI: it is asked for what it can do.
pub(crate) fn is_spoken(stream: &mut impl Timed, time: Duration) -> bool {
    let mut names = Vec::new();
    pair(&mut names, "FCGI_MPXS_CONNS", "");
    if stream.write_all(&record(GET_VALUES, 0, &names)).is_err() {
        return false;
    }
    matches!(read_record(stream, after(time)), Ok(Some(Record { kind: GET_VALUES_RESULT, .. })))
}

/// Passes `request` on and reads the answer within `time`.
pub(crate) fn ask(
    stream: &mut impl Timed,
    request: &WireRequest,
    cookie: Option<&str>,
    (bounds, time): (RequestBounds, Duration),
) -> Reply {
    let mut message = record(BEGIN_REQUEST, REQUEST_ID, &BEGIN_BODY);
    let mut params = Vec::new();
    for (name, value) in variables(request, cookie) {
        pair(&mut params, &name, &value);
    }
    stream_records(&mut message, PARAMS, &params);
    stream_records(&mut message, STDIN, &request.body);
    if let Err(error) = stream.write_all(&message) {
        return Reply::failed(io_failure(&error));
    }
    let most = bounds.body_bytes + bounds.header_bytes as u64;
    match read_answer(stream, after(time), most) {
        Ok(read) => answer(&read),
        Err(failure) => Reply::failed(failure),
    }
}

/// What a web server tells about a request (RFC 3875 section 4.1).
fn variables(request: &WireRequest, cookie: Option<&str>) -> Vec<(String, String)> {
    let plain = FastCgi::new("/");
    let config = request.fastcgi.as_ref().unwrap_or(&plain);
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let (script, info) = split_script(path, &config.split_path);
    let root = config.root.trim_end_matches('/');
    let port = request.port.to_string();
    let mut all: Vec<(String, String)> = [
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("SERVER_SOFTWARE", "jettison-probe"),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("SERVER_NAME", "localhost"),
        ("SERVER_ADDR", "127.0.0.1"),
        ("SERVER_PORT", "80"),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("REMOTE_PORT", &port),
        ("REQUEST_METHOD", &request.method),
        ("REQUEST_URI", &request.target),
        ("DOCUMENT_URI", path),
        ("DOCUMENT_ROOT", if root.is_empty() { "/" } else { root }),
        ("SCRIPT_NAME", script),
        ("SCRIPT_FILENAME", &format!("{root}{script}")),
        ("PATH_INFO", info),
        ("QUERY_STRING", query),
        // php-cgi refuses to run without it.
        ("REDIRECT_STATUS", "200"),
        ("HTTP_HOST", "localhost"),
        ("HTTP_USER_AGENT", USER_AGENT),
        ("HTTP_ACCEPT", "*/*"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    for (name, value) in &request.headers {
        let variable = name.to_ascii_uppercase().replace('-', "_");
        match &*variable {
            "CONTENT_TYPE" => all.push((variable, value.clone())),
            _ => all.push((format!("HTTP_{variable}"), value.clone())),
        }
    }
    if let Some(cookie) = cookie {
        all.push(("HTTP_COOKIE".to_owned(), cookie.to_owned()));
    }
    if !request.body.is_empty() {
        all.push(("CONTENT_LENGTH".to_owned(), request.body.len().to_string()));
    }
    all.extend(config.env.iter().map(|(name, value)| (name.clone(), value.clone())));
    all
}

/// The script that a path names, and what is behind it.
fn split_script<'p>(path: &'p str, endings: &[String]) -> (&'p str, &'p str) {
    let split = endings.iter().filter(|ending| !ending.is_empty()).find_map(|ending| {
        let end = path.find(ending.as_str())? + ending.len();
        let rest = &path[end..];
        (rest.is_empty() || rest.starts_with('/')).then_some((&path[..end], rest))
    });
    split.unwrap_or((INDEX, ""))
}

fn record(kind: u8, id: u16, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("callers cut what is longer");
    let ([id_high, id_low], [high, low]) = (id.to_be_bytes(), length.to_be_bytes());
    let mut bytes = vec![VERSION, kind, id_high, id_low, high, low, 0, 0];
    bytes.extend_from_slice(content);
    bytes
}

/// A stream of records of one kind, with the empty one that ends it.
fn stream_records(message: &mut Vec<u8>, kind: u8, content: &[u8]) {
    for chunk in content.chunks(usize::from(u16::MAX)) {
        message.extend(record(kind, REQUEST_ID, chunk));
    }
    message.extend(record(kind, REQUEST_ID, &[]));
}

/// A name and a value (specification section 3.4).
fn pair(bytes: &mut Vec<u8>, name: &str, value: &str) {
    for text in [name, value] {
        if let Ok(length @ 0..128) = u8::try_from(text.len()) {
            bytes.push(length);
        } else {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX) | 1 << 31;
            bytes.extend_from_slice(&length.to_be_bytes());
        }
    }
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(value.as_bytes());
}

struct Record {
    kind: u8,
    content: Vec<u8>,
}

/// The next record; `None` at the end of the connection.
fn read_record(stream: &mut impl Timed, deadline: Instant) -> io::Result<Option<Record>> {
    let mut head = [0; 8];
    if !read_exact(stream, &mut head, deadline)? {
        return Ok(None);
    }
    let [version, kind, _, _, high, low, padding, _] = head;
    if version != VERSION {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    let mut content = vec![0; length + usize::from(padding)];
    if !content.is_empty() && !read_exact(stream, &mut content, deadline)? {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    content.truncate(length);
    Ok(Some(Record { kind, content }))
}

/// Fills the buffer; `false` when the connection ends before its first byte.
fn read_exact(stream: &mut impl Timed, buffer: &mut [u8], deadline: Instant) -> io::Result<bool> {
    let mut filled = 0;
    while filled < buffer.len() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.limit(left)?;
        match stream.read(&mut buffer[filled..]) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(amount) => filled += amount,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// What a script wrote, and how that ended.
struct Output {
    stdout: Vec<u8>,
    end: BodyEnd,
}

fn read_answer(stream: &mut impl Timed, deadline: Instant, most: u64) -> Result<Output, Failure> {
    let mut stdout = Vec::new();
    let mut complaints = Vec::new();
    let end = loop {
        match read_record(stream, deadline) {
            Ok(Some(Record { kind: STDOUT, content })) => stdout.extend(content),
            Ok(Some(Record { kind: STDERR, content })) => complaints.extend(content),
            Ok(Some(Record { kind: END_REQUEST, .. })) => break BodyEnd::Complete,
            Ok(Some(_)) => {}
            Ok(None) if stdout.is_empty() => {
                return Err(io_failure(&io::ErrorKind::UnexpectedEof.into()));
            }
            Ok(None) => break BodyEnd::Broken,
            Err(error) if stdout.is_empty() => return Err(io_failure(&error)),
            Err(error)
                if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) =>
            {
                break BodyEnd::Timeout;
            }
            Err(_) => break BodyEnd::Broken,
        }
        if stdout.len() as u64 > most {
            break BodyEnd::Limit;
        }
    };
    if stdout.is_empty() {
        let said = String::from_utf8_lossy(&complaints);
        let said = said.lines().next().unwrap_or("nothing");
        let detail = format!("the script wrote no answer; it said: {said}");
        return Err(Failure { class: FailureClass::Protocol, detail });
    }
    Ok(Output { stdout, end })
}

/// Headers, an empty line, the body (RFC 3875 section 6); lines may end without CR.
fn answer(read: &Output) -> Reply {
    let (head, body) = split_head(&read.stdout);
    let mut status = None;
    let mut headers = Vec::new();
    for line in String::from_utf8_lossy(head).lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
        if name == "status" {
            status = value.split(' ').next().and_then(|code| code.parse().ok());
        } else {
            headers.push((name, value));
        }
    }
    let redirects = headers.iter().any(|(name, _)| name == "location");
    let status = status.unwrap_or(if redirects { 302 } else { 200 });
    Reply::answered((status, headers), (body, read.end))
}

fn split_head(bytes: &[u8]) -> (&[u8], &[u8]) {
    let find = |end: &[u8]| {
        bytes.windows(end.len()).position(|window| window == end).map(|at| (at, end.len()))
    };
    let ends = [find(b"\r\n\r\n"), find(b"\n\n")];
    match ends.into_iter().flatten().min() {
        Some((at, length)) => (&bytes[..at], &bytes[at + length..]),
        None => (bytes, &[]),
    }
}

fn io_failure(error: &io::Error) -> Failure {
    let class = match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => FailureClass::Timeout,
        io::ErrorKind::InvalidData => FailureClass::Protocol,
        _ => FailureClass::Reset,
    };
    Failure { class, detail: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write as _,
        net::{TcpListener, TcpStream},
        thread,
    };

    use super::*;
    use crate::transcript::{Outcome, Scheme};

    #[test]
    fn paths_name_scripts() {
        let php = [".php".to_owned()];
        for (path, expected) in [
            ("/a.php", ("/a.php", "")),
            ("/dir/a.php/more/x", ("/dir/a.php", "/more/x")),
            ("/", ("/index.php", "")),
            ("/route/of/app", ("/index.php", "")),
            ("/a.phpx", ("/index.php", "")),
        ] {
            assert_eq!(split_script(path, &php), expected, "{path}");
        }
    }

    #[test]
    fn long_values_have_long_lengths() {
        let mut bytes = Vec::new();
        pair(&mut bytes, "n", &"v".repeat(300));
        assert_eq!(bytes[..6], [1, 0x80, 0, 1, 44, b'n']);
        assert_eq!(bytes.len(), 306);
    }

    /// A server that reads a whole request, then says this.
    fn ask_server(says: Vec<u8>) -> (Outcome, Vec<u8>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let deadline = after(Duration::from_secs(20));
            let mut heard = Vec::new();
            while let Ok(Some(record)) = read_record(&mut stream, deadline) {
                if record.kind == STDIN && record.content.is_empty() {
                    break;
                }
                heard.extend(record.content);
            }
            stream.write_all(&says).unwrap();
            heard
        });
        let mut request = WireRequest::get(Scheme::Fastcgi, 9000, "/a.php?x=1");
        request.method = "POST".to_owned();
        request.body = vec![b'y'; 70_000];
        request.fastcgi = Some(FastCgi::new("/srv/"));
        let mut stream = TcpStream::connect(address).unwrap();
        let time = Duration::from_secs(20);
        let reply = ask(&mut stream, &request, Some("s=1"), (RequestBounds::default(), time));
        drop(stream);
        (reply.outcome, server.join().unwrap())
    }

    #[test]
    fn a_script_answers() {
        let says = [
            record(STDOUT, 1, b"Status: 404 Not Found\r\nContent-type: text/html\r\n\r\n<p>"),
            record(STDERR, 1, b"a notice"),
            record(STDOUT, 1, b"none</p>"),
            record(STDOUT, 1, b""),
            record(END_REQUEST, 1, &[0; 8]),
        ];
        let (outcome, heard) = ask_server(says.concat());
        let answer = outcome.answer().expect("it answers").clone();
        assert_eq!((answer.status, answer.end), (404, BodyEnd::Complete));
        assert_eq!(answer.header("content-type"), Some("text/html"));
        assert_eq!(answer.body.sample.0, b"<p>none</p>");
        let text = String::from_utf8_lossy(&heard);
        for part in [
            "SCRIPT_FILENAME/srv/a.php",
            "QUERY_STRINGx=1",
            "CONTENT_LENGTH70000",
            "HTTP_COOKIEs=1",
        ] {
            assert!(text.contains(part), "{part}");
        }
        assert!(heard.len() > 70_000, "the body is sent");
    }

    #[test]
    fn what_is_no_answer_is_a_failure() {
        let class = |says: Vec<u8>| match ask_server(says).0 {
            Outcome::Failed(failure) => failure.class,
            Outcome::Answered(answer) => panic!("{answer:?}"),
        };
        assert_eq!(class(Vec::new()), FailureClass::Reset);
        assert_eq!(class(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), FailureClass::Protocol);
        let silent =
            [record(STDERR, 1, b"Primary script unknown"), record(END_REQUEST, 1, &[0; 8])];
        assert_eq!(class(silent.concat()), FailureClass::Protocol);
        let cut = ask_server(record(STDOUT, 1, b"Location: /x\n\nbody")).0;
        let answer = cut.answer().unwrap();
        assert_eq!((answer.status, answer.end), (302, BodyEnd::Broken));
    }
}
