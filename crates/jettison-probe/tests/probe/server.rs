//! A small HTTP server whose pages can misbehave, and the traits that lead to it.

use std::{
    io::{self, BufRead as _, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use jettison_probe::{Command, CommandOutcome, Dialer, Event, Exit, Plan, Runner, Transcript};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};

/// A request as the server read it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// What a handler does with a connection.
pub(crate) enum Reply {
    /// Status, headers, body; the length is added.
    Page(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
    /// These bytes again and again.
    Endless(Vec<u8>),
    /// These bytes, then nothing for as long as the client waits.
    Stall(Vec<u8>),
}

impl Reply {
    pub(crate) fn html(body: &str) -> Self {
        Self::of("text/html; charset=utf-8", body.as_bytes())
    }

    pub(crate) fn of(content_type: &str, body: &[u8]) -> Self {
        Self::Page(200, vec![("Content-Type", content_type.to_owned())], body.to_vec())
    }

    pub(crate) fn status(status: u16, body: &str) -> Self {
        Self::Page(status, vec![("Content-Type", "text/html".to_owned())], body.into())
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::Page(status, vec![("Location", location.to_owned())], b"moved".to_vec())
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Page(_, headers, _) = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

pub(crate) type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// How the server's connections are wrapped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Clear,
    Tls,
}

/// A server that lives as long as the test process.
pub(crate) struct Server {
    pub(crate) port: u16,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn start(
        wire: Wire,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Vec::new()));
        let handler: Arc<Handler> = Arc::new(handler);
        let config = Arc::new(tls_config());
        let server_log = Arc::clone(&log);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, log) = (Arc::clone(&handler), Arc::clone(&server_log));
                let config = Arc::clone(&config);
                thread::spawn(move || {
                    // A client that goes away is no failure of the server.
                    let _gone = match wire {
                        Wire::Clear => serve(stream, &*handler, &log),
                        Wire::Tls => {
                            let connection = ServerConnection::new(config).unwrap();
                            serve(StreamOwned::new(connection, stream), &*handler, &log)
                        }
                    };
                });
            }
        });
        Self { port, log }
    }

    /// What was asked so far: method and target.
    pub(crate) fn asked(&self) -> Vec<String> {
        let log = self.log.lock().unwrap();
        log.iter().map(|request| format!("{} {}", request.method, request.target)).collect()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }
}

fn tls_config() -> ServerConfig {
    let certificate = include_bytes!("fixtures/certificate.der").to_vec().into();
    let key = PrivateKeyDer::Pkcs8(include_bytes!("fixtures/key.der").to_vec().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

fn serve(
    mut stream: impl Read + Write,
    handler: &Handler,
    log: &Mutex<Vec<Request>>,
) -> io::Result<()> {
    let request = read_request(&mut stream)?;
    log.lock().unwrap().push(request.clone());
    match handler(&request) {
        Reply::Page(status, headers, body) => {
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len())?;
            for (name, value) in headers {
                write!(stream, "{name}: {value}\r\n")?;
            }
            stream.write_all(b"\r\n")?;
            if request.method != "HEAD" {
                stream.write_all(&body)?;
            }
            stream.flush()
        }
        Reply::Raw(bytes) => {
            stream.write_all(&bytes)?;
            stream.flush()
        }
        Reply::Endless(bytes) => loop {
            stream.write_all(&bytes)?;
        },
        Reply::Stall(bytes) => {
            stream.write_all(&bytes)?;
            stream.flush()?;
            // Returns when the client gives up.
            stream.read_to_end(&mut Vec::new()).map(|_| ())
        }
    }
}

fn read_request(stream: &mut (impl Read + Write)) -> io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let mut request = Request {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        ..Request::default()
    };
    if request.target.is_empty() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok());
    request.body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut request.body)?;
    Ok(request)
}

/// Dials loopback.
pub(crate) struct Loopback;

impl Dialer for Loopback {
    fn dial(&self, port: u16, timeout: Duration) -> io::Result<TcpStream> {
        TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, port).into(), timeout)
    }
}

/// Runs commands on the host.
pub(crate) struct Host;

impl Runner for Host {
    fn run(&self, command: &Command, _timeout: Duration) -> io::Result<CommandOutcome> {
        let output =
            std::process::Command::new(&command.argv[0]).args(&command.argv[1..]).output()?;
        Ok(CommandOutcome {
            exit: output.status.code().map_or(Exit::Signal(9), Exit::Code),
            stdout: output.stdout,
            stderr: output.stderr,
            elapsed: Duration::from_millis(1),
        })
    }
}

/// A plan with short times, for servers that never answer.
pub(crate) fn brisk_plan() -> Plan {
    let mut plan = Plan::default();
    plan.http.request.time = Duration::from_millis(500);
    plan.http.request.stream_time = Duration::from_millis(100);
    plan.http.retry_wait = Duration::from_millis(50);
    plan
}

/// The same for servers that always answer, on machines that are busy.
pub(crate) fn patient_plan() -> Plan {
    let mut plan = brisk_plan();
    plan.http.request.time = Duration::from_secs(20);
    plan
}

pub(crate) fn exercise(plan: &Plan, ports: &[u16]) -> Transcript {
    jettison_probe::exercise(plan, ports, &Loopback, &Host, &mut |_: Event<'_>| {})
}

pub(crate) fn replay(first: &Transcript, plan: &Plan) -> Transcript {
    jettison_probe::replay(first, plan, &Loopback, &Host, &mut |_: Event<'_>| {})
}

/// `METHOD target status`, or the class of the failure, for each exchange.
pub(crate) fn outline(transcript: &Transcript) -> Vec<String> {
    transcript
        .exchanges
        .iter()
        .map(|exchange| {
            let outcome = match &exchange.outcome {
                jettison_probe::Outcome::Answered(answer) => answer.status.to_string(),
                jettison_probe::Outcome::Failed(failure) => format!("{:?}", failure.class),
            };
            format!("{} {} {outcome}", exchange.request.method, exchange.request.target)
        })
        .collect()
}
