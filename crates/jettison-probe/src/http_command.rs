//! Requests that a user asks for: `--http-probe-cmd` and `--http-probe-cmd-file`.
//!
//! Both take what docker-slim takes, and WebSockets (`--http-probe-ws`) are commands too. One command
//! is `[crawl:][PROTOCOL:][METHOD:]/path` or `METHOD /path`; a file is `{"commands": [{"resource": "/path", "method": "POST", ...}]}`.

use std::{
    io,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde_json::{Map, Value};
use thiserror::Error;

use crate::{
    crawl::SOCKET_MESSAGE, fastcgi::FastCgi, request::WireRequest, secret::Secret,
    transcript::Scheme,
};

/// One request that the user asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpCommand {
    /// Method, in upper case.
    pub method: String,
    /// Path and query, percent-encoded.
    pub resource: String,
    /// How it is asked; `None` means as the port speaks.
    pub protocol: Option<Scheme>,
    /// The port; `None` means every HTTP port.
    pub port: Option<u16>,
    /// Extra headers; names in lower case. Values may be secrets.
    pub headers: Vec<(String, Secret)>,
    /// The body to send; over a WebSocket, the message.
    pub body: Vec<u8>,
    /// User name for basic authentication.
    pub username: Option<String>,
    /// Password for basic authentication.
    pub password: Option<Secret>,
    /// Whether to follow the links of the answer.
    pub crawl: bool,
    /// How a FastCGI server is asked; `None` means as the plan says.
    pub fastcgi: Option<FastCgi>,
}

/// Why a command cannot be used.
#[derive(Debug, Error)]
pub enum HttpCommandError {
    /// A command on the command line is malformed.
    #[error("HTTP probe command {command:?}: {problem}")]
    Command {
        /// As given, less any secret: commands hold none.
        command: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The file cannot be read.
    #[error("HTTP probe commands: {0}")]
    Read(#[source] io::Error),
    /// The file is not JSON.
    #[error("{}: not the JSON of HTTP probe commands: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The file is JSON of another form.
    #[error("{}: {problem}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A field of a command in the file is wrong.
    #[error("{}: command {index}, field {field:?}: {problem}", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Which command, counted from 0.
        index: usize,
        /// The field's name.
        field: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// Bodies and command files beyond this are a mistake; it is what common servers accept at most.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// How the command line writes a command.
const FORMS: &str =
    "write \"GET /path\", \"POST:/path\", \"https:GET:/path\", \"/path\" or \"crawl:/path\"";

impl HttpCommand {
    /// A GET of `resource` on every HTTP port.
    pub fn get(resource: &str) -> Self {
        Self {
            method: "GET".to_owned(),
            resource: encode_resource(resource),
            protocol: None,
            port: None,
            headers: Vec::new(),
            body: Vec::new(),
            username: None,
            password: None,
            crawl: false,
            fastcgi: None,
        }
    }

    /// The WebSocket of `--http-probe-ws`: a path, then, behind a blank, the message.
    pub fn socket(text: &str) -> Result<Self, HttpCommandError> {
        let (path, message) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        if !path.starts_with('/') {
            let problem = "expected a path that starts with \"/\", then the message".to_owned();
            return Err(HttpCommandError::Command { command: text.to_owned(), problem });
        }
        let body = message.trim().as_bytes().to_vec();
        Ok(Self { protocol: Some(Scheme::Ws), body, ..Self::get(path) })
    }

    /// The request to send to a port.
    pub(crate) fn request(&self, scheme: Scheme, port: u16) -> WireRequest {
        let mut request = WireRequest::get(scheme, port, &self.resource);
        request.method.clone_from(&self.method);
        request.body.clone_from(&self.body);
        request.fastcgi.clone_from(&self.fastcgi);
        if scheme.is_socket() && request.body.is_empty() {
            request.body = SOCKET_MESSAGE.to_vec();
        }
        for (name, value) in &self.headers {
            request = request.with_header(name, value.reveal());
        }
        if let Some(username) = &self.username {
            let password = self.password.as_ref().map_or("", Secret::reveal);
            let credentials = base64(format!("{username}:{password}").as_bytes());
            request = request.with_header("authorization", format!("Basic {credentials}"));
        }
        request
    }
}

impl FromStr for HttpCommand {
    type Err = HttpCommandError;

    fn from_str(text: &str) -> Result<Self, HttpCommandError> {
        let fail =
            |problem: String| HttpCommandError::Command { command: text.to_owned(), problem };
        let start = text
            .find('/')
            .ok_or_else(|| fail(format!("it names no path that starts with \"/\": {FORMS}")))?;
        let (prefix, resource) = text.split_at(start);
        let mut command = Self::get(resource.trim_end());
        let mut words: Vec<&str> =
            prefix.split([':', ' ']).map(str::trim).filter(|word| !word.is_empty()).collect();
        if words.first().is_some_and(|word| word.eq_ignore_ascii_case("crawl")) {
            command.crawl = true;
            words.remove(0);
        }
        if words.first().is_some_and(|word| is_protocol_word(word)) {
            command.protocol = parse_protocol(words.remove(0)).map_err(fail)?;
        }
        if let Some(word) = words.first() {
            command.method = parse_method(word).map_err(fail)?;
            words.remove(0);
        }
        match words.first() {
            None => Ok(command),
            Some(word) => Err(fail(format!("{word:?} is one word too many: {FORMS}"))),
        }
    }
}

/// Reads a file of commands.
pub fn read_command_file(path: &Path) -> Result<Vec<HttpCommand>, HttpCommandError> {
    let bytes = read_bounded(path).map_err(HttpCommandError::Read)?;
    let shape = |problem: &str| HttpCommandError::Shape {
        path: path.to_owned(),
        problem: problem.to_owned(),
    };
    let document: Value = serde_json::from_slice(&bytes)
        .map_err(|source| HttpCommandError::Json { path: path.to_owned(), source })?;
    let Some(Value::Array(commands)) = document.get("commands") else {
        return Err(shape("it must be an object with a list named \"commands\""));
    };
    if document.as_object().is_some_and(|object| object.len() > 1) {
        return Err(shape("besides \"commands\" it may hold nothing"));
    }
    commands
        .iter()
        .enumerate()
        .map(|(index, command)| {
            let Value::Object(fields) = command else {
                return Err(shape(&format!("command {index} must be an object")));
            };
            parse_fields(fields).map_err(|(field, problem)| HttpCommandError::Field {
                path: path.to_owned(),
                index,
                field,
                problem,
            })
        })
        .collect()
}

/// A field's name and what is wrong with it.
type FieldProblem = (String, String);

fn parse_fields(fields: &Map<String, Value>) -> Result<HttpCommand, FieldProblem> {
    let at = |field: &str, problem: &str| (field.to_owned(), problem.to_owned());
    let resource = match fields.get("resource").map(|value| value.as_str()) {
        Some(Some(resource)) if resource.starts_with('/') => resource,
        Some(_) => return Err(at("resource", "it must be a path that starts with \"/\"")),
        None => return Err(at("resource", "it is missing: give a path that starts with \"/\"")),
    };
    let mut command = HttpCommand::get(resource);
    for (field, value) in fields {
        set_field(&mut command, field, value).map_err(|problem| (field.clone(), problem))?;
    }
    let given =
        |field: &str| fields.get(field).and_then(Value::as_str).is_some_and(|v| !v.is_empty());
    if given("body") && given("body_file") {
        return Err(at("body_file", "give either \"body\" or \"body_file\""));
    }
    if command.password.is_some() && command.username.is_none() {
        return Err(at("password", "it needs a \"username\" beside it"));
    }
    Ok(command)
}

fn set_field(command: &mut HttpCommand, field: &str, value: &Value) -> Result<(), String> {
    match field {
        "resource" => {}
        "method" => match text(value)? {
            "" => {}
            method => command.method = parse_method(method)?,
        },
        "protocol" => command.protocol = parse_protocol(text(value)?)?,
        "port" => command.port = parse_port(value)?,
        "headers" => command.headers = parse_headers(value)?,
        "body" => match text(value)? {
            "" => {}
            body => command.body = body.as_bytes().to_vec(),
        },
        "body_file" => match text(value)? {
            "" => {}
            path => {
                command.body = read_bounded(Path::new(path)).map_err(|error| error.to_string())?;
            }
        },
        "username" => command.username = non_empty(text(value)?).map(str::to_owned),
        "password" => command.password = non_empty(text(value)?).map(Secret::new),
        "crawl" => command.crawl = value.as_bool().ok_or("it must be true or false")?,
        "fastcgi" => command.fastcgi = Some(parse_fastcgi(value)?),
        _ => {
            let known = "resource, method, protocol, port, headers, body, body_file, username, \
                         password, crawl and fastcgi";
            return Err(format!("there is no such field; there are {known}"));
        }
    }
    Ok(())
}

/// docker-slim's fields. Its time limits are taken and not needed: each request has one.
fn parse_fastcgi(value: &Value) -> Result<FastCgi, String> {
    let fields = value.as_object().ok_or("it must be an object")?;
    let mut config = FastCgi::new("/");
    for (field, value) in fields {
        let at = |problem: String| format!("{field}: {problem}");
        match field.as_str() {
            "root" => text(value).map_err(at)?.clone_into(&mut config.root),
            "split_path" => {
                let parts = value.as_array().ok_or_else(|| at("it must be a list".to_owned()))?;
                let parts: Result<_, _> =
                    parts.iter().map(|part| text(part).map(str::to_owned)).collect();
                config.split_path = parts.map_err(at)?;
            }
            "env" => {
                let pairs =
                    value.as_object().ok_or_else(|| at("it must be an object".to_owned()))?;
                for (name, value) in pairs {
                    config.env.insert(name.clone(), text(value).map_err(at)?.to_owned());
                }
            }
            // Beyond docker-slim's.
            "socket" => {
                let name = text(value).map_err(at)?;
                if !name.starts_with(['/', '@']) {
                    return Err(at(
                        "it must be a path, or the name of an abstract socket behind \"@\""
                            .to_owned(),
                    ));
                }
                config.socket = Some(name.to_owned());
            }
            "dial_timeout" | "read_timeout" | "write_timeout" if value.is_u64() => {}
            _ => {
                return Err(at(
                    "there are root, split_path, env, socket and the three timeouts".to_owned()
                ));
            }
        }
    }
    Ok(config)
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "it must be a string".to_owned())
}

fn non_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn parse_port(value: &Value) -> Result<Option<u16>, String> {
    let port = value.as_u64().and_then(|port| u16::try_from(port).ok());
    match port.ok_or("it must be a number from 1 to 65535")? {
        // docker-slim's "not given".
        0 => Ok(None),
        port => Ok(Some(port)),
    }
}

fn is_protocol_word(word: &str) -> bool {
    let protocols = ["http", "https", "http2", "http2c", "ws", "wss", "fastcgi", "fcgi"];
    protocols.iter().any(|protocol| word.eq_ignore_ascii_case(protocol))
}

fn parse_protocol(word: &str) -> Result<Option<Scheme>, String> {
    match word.to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "http" => Ok(Some(Scheme::Http)),
        "https" => Ok(Some(Scheme::Https)),
        "http2" => Err(unsupported(word, "use \"https\": servers that speak HTTP/2 answer it too")),
        "http2c" => Err(unsupported(word, "use \"http\", or a client of your own with --exec")),
        "ws" => Ok(Some(Scheme::Ws)),
        "wss" => Ok(Some(Scheme::Wss)),
        "fastcgi" | "fcgi" => Ok(Some(Scheme::Fastcgi)),
        _ => Err(format!("{word:?} is no protocol: use http, https, ws, wss or fastcgi")),
    }
}

fn unsupported(protocol: &str, way_out: &str) -> String {
    format!("protocol {protocol:?} is not supported: {way_out}")
}

fn parse_method(word: &str) -> Result<String, String> {
    let method = word.to_ascii_uppercase();
    // CONNECT and TRACE make no request that an application sees.
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
    if known.contains(&&*method) {
        Ok(method)
    } else {
        Err(format!("{word:?} is no method: use one of {}", known.join(", ")))
    }
}

fn parse_headers(value: &Value) -> Result<Vec<(String, Secret)>, String> {
    let lines = value.as_array().ok_or("it must be a list of \"Name: value\" strings")?;
    lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let (name, value) = line
                .as_str()
                .and_then(|line| line.split_once(':'))
                .ok_or_else(|| format!("header {index} must be a string \"Name: value\""))?;
            let name = name.trim().to_ascii_lowercase();
            let is_token =
                |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            if name.is_empty() || !name.bytes().all(is_token) {
                return Err(format!("header {index} has a name with characters that HTTP forbids"));
            }
            if value.contains(['\r', '\n', '\0']) {
                return Err(format!("header {index} has a line break in its value"));
            }
            Ok((name, Secret::new(value.trim())))
        })
        .collect()
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    fs_err::File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let problem = format!("{}: larger than {} MiB", path.display(), MAX_FILE_BYTES >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    Ok(bytes)
}

/// Percent-encodes what may not stand in a request line, and cuts off a fragment, which browsers
/// do not send either.
fn encode_resource(resource: &str) -> String {
    use std::fmt::Write as _;
    let resource = resource.split('#').next().unwrap_or_default();
    resource.bytes().fold(String::with_capacity(resource.len()), |mut encoded, byte| {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a String cannot fail");
        }
        encoded
    })
}

/// RFC 4648 section 4.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .enumerate()
            .fold(0u32, |group, (index, byte)| group | u32::from(*byte) << (16 - 8 * index));
        for position in 0..4 {
            let digit = ALPHABET[(group >> (18 - 6 * position)) as usize & 63];
            encoded.push(if position <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_forms() {
        let http = Some(Scheme::Http);
        let https = Some(Scheme::Https);
        let table = [
            ("/", "GET", "/", None, false),
            ("/a?b=c:d", "GET", "/a?b=c:d", None, false),
            ("GET /path", "GET", "/path", None, false),
            ("POST:/path", "POST", "/path", None, false),
            ("post /path", "POST", "/path", None, false),
            (":/path", "GET", "/path", None, false),
            ("crawl:/path", "GET", "/path", None, true),
            ("http:GET:/path", "GET", "/path", http, false),
            ("https::/path", "GET", "/path", https, false),
            ("ws:/chat", "GET", "/chat", Some(Scheme::Ws), false),
            ("fcgi:POST:/a.php", "POST", "/a.php", Some(Scheme::Fastcgi), false),
            ("crawl:https:GET:/", "GET", "/", https, true),
            ("GET /with space", "GET", "/with%20space", None, false),
            ("GET /\u{fc}#part", "GET", "/%C3%BC", None, false),
        ];
        for (text, method, resource, protocol, crawl) in table {
            let command: HttpCommand = text.parse().unwrap();
            assert_eq!(
                (&*command.method, &*command.resource, command.protocol, command.crawl),
                (method, resource, protocol, crawl),
                "{text}"
            );
        }
    }

    #[test]
    fn malformed_commands_name_the_way_out() {
        let table = [
            ("", "starts with \"/\""),
            ("GET", "starts with \"/\""),
            ("FETCH /", "\"FETCH\" is no method"),
            ("TRACE:/", "\"TRACE\" is no method"),
            ("GET POST /", "one word too many"),
            ("http2c:GET:/", "--exec"),
            ("http2:GET:/", "use \"https\""),
        ];
        for (text, expected) in table {
            let error = text.parse::<HttpCommand>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    fn read(json: &str) -> Result<Vec<HttpCommand>, HttpCommandError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), json).unwrap();
        read_command_file(file.path())
    }

    #[test]
    fn a_file_sets_every_field() {
        let body = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(body.path(), b"from file").unwrap();
        let json = format!(
            r#"{{"commands": [
                {{"resource": "/"}},
                {{"resource": "/login", "method": "post", "protocol": "HTTPS", "port": 8443,
                  "headers": ["X-Token: s3cret", "Accept: text/html"], "body": "a=b",
                  "username": "me", "password": "hunter2", "crawl": true}},
                {{"resource": "/up", "method": "PUT", "port": 0, "protocol": "", "body": "",
                  "body_file": {:?}}}
            ]}}"#,
            body.path()
        );
        let commands = read(&json).unwrap();
        assert_eq!(commands[0], HttpCommand::get("/"));
        let login = &commands[1];
        assert_eq!((&*login.method, login.port, login.crawl), ("POST", Some(8443), true));
        assert_eq!(login.protocol, Some(Scheme::Https));
        assert_eq!(login.body, b"a=b");
        assert_eq!((commands[2].port, &*commands[2].body), (None, &b"from file"[..]));
        let shown = format!("{login:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("s3cret"), "{shown}");
        let request = login.request(Scheme::Https, 8443);
        let authorization = request.headers.iter().find(|(name, _)| name == "authorization");
        assert_eq!(authorization.unwrap().1, "Basic bWU6aHVudGVyMg==");
        let record = request.record("command 1");
        assert!(!format!("{record:?}{request:?}").contains("bWU6"), "{record:?}");
    }

    #[test]
    fn sockets_and_fastcgi() {
        let socket = HttpCommand::socket("/chat {\"a\": 1}").unwrap();
        assert_eq!((&*socket.resource, &*socket.body), ("/chat", &b"{\"a\": 1}"[..]));
        assert_eq!(socket.request(Scheme::Ws, 80).body, socket.body);
        let plain = HttpCommand::socket("/chat").unwrap();
        assert_eq!(plain.request(Scheme::Ws, 80).body, SOCKET_MESSAGE);
        assert!(HttpCommand::socket("chat").unwrap_err().to_string().contains("starts with"));
        let json = r#"{"commands": [{"resource": "/a.php", "protocol": "fastcgi", "port": 9000, "fastcgi":
            {"root": "/srv", "split_path": [".php"], "env": {"A": "b"}, "read_timeout": 5}}]}"#;
        let command = read(json).unwrap().remove(0);
        assert_eq!(command.protocol, Some(Scheme::Fastcgi));
        let config = command.request(Scheme::Fastcgi, 9000).fastcgi.unwrap();
        assert_eq!((&*config.root, config.env.len()), ("/srv", 1));
    }

    #[test]
    fn errors_in_a_file_name_index_and_field() {
        let table = [
            (r#"{"commands": [{"method": "GET"}]}"#, "command 0, field \"resource\""),
            (r#"{"commands": [{"resource": "x"}]}"#, "field \"resource\""),
            (
                r#"{"commands": [{"resource": "/"}, {"resource": "/", "method": "NO"}]}"#,
                "command 1, field \"method\"",
            ),
            (r#"{"commands": [{"resource": "/", "port": 70000}]}"#, "field \"port\""),
            (r#"{"commands": [{"resource": "/", "headers": ["x"]}]}"#, "field \"headers\""),
            (r#"{"commands": [{"resource": "/", "headers": ["a b: c"]}]}"#, "HTTP forbids"),
            (r#"{"commands": [{"resource": "/", "headers": ["a: b\nc"]}]}"#, "line break"),
            (r#"{"commands": [{"resource": "/", "body_file": "/none"}]}"#, "/none"),
            (r#"{"commands": [{"resource": "/", "fastcgi": []}]}"#, "field \"fastcgi\""),
            (r#"{"commands": [{"resource": "/", "fastcgi": {"root": 1}}]}"#, "root: "),
            (r#"{"commands": [{"resource": "/", "fastcgi": {"x": 1}}]}"#, "x: there are"),
            (r#"{"commands": [{"resource": "/", "password": "x"}]}"#, "username"),
            (r#"{"commands": [{"resource": "/", "crawl": "yes"}]}"#, "true or false"),
            (r#"{"commands": [3]}"#, "command 0 must be an object"),
            (r#"{"commands": [], "x": 1}"#, "may hold nothing"),
            ("[]", "\"commands\""),
            ("{", "not the JSON"),
        ];
        for (json, expected) in table {
            let error = read(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
        let error = read_command_file(Path::new("/no/such/file")).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(format!("{error} {source}").contains("/no/such/file"), "{error} {source}");
    }

    #[test]
    fn base64_pads() {
        let table =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
        for (plain, encoded) in table {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }
}
