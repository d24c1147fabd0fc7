//! A small HTTP server whose answers a test decides, also wrong ones.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// `GET`.
    pub method: String,
    /// Path and query: `/v2/`.
    pub target: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// Headers; `Content-Length` is added unless one is here or the body is chunked.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: HttpBody,
}

/// What follows the head.
#[derive(Clone, Debug)]
pub enum HttpBody {
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes, with `Transfer-Encoding: chunked`.
    Chunked(Vec<u8>),
    /// These bytes again and again, until the client goes, with `Transfer-Encoding: chunked`.
    Endless(Vec<u8>),
}

impl Default for HttpBody {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl HttpResponse {
    /// An answer of a status alone.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// An answer with a body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, body: HttpBody::Bytes(body.into()), ..Self::default() }
    }

    /// The same with a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// Decides answers.
type HttpHandler = dyn Fn(&HttpRequest) -> HttpResponse + Send + Sync;

/// A running server; one connection a request. It ends when this is dropped.
pub struct HttpServer {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    requests: Arc<Mutex<Vec<HttpRequest>>>,
}

impl std::fmt::Debug for HttpServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpServer").field("address", &self.address).finish_non_exhaustive()
    }
}

impl HttpServer {
    /// Starts one on loopback.
    ///
    /// # Panics
    ///
    /// When loopback has no port.
    pub fn start(handler: impl Fn(&HttpRequest) -> HttpResponse + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has ports");
        let address = listener.local_addr().expect("it is bound");
        let is_over = Arc::new(AtomicBool::new(false));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let handler: Arc<HttpHandler> = Arc::new(handler);
        let server = Self { address, is_over: is_over.clone(), requests: requests.clone() };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let (handler, requests) = (handler.clone(), requests.clone());
                // A client that goes away in the middle is no failure of the server.
                thread::spawn(move || drop(serve(&stream, &*handler, &requests)));
            }
        });
        server
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `127.0.0.1:PORT`.
    pub fn domain(&self) -> String {
        self.address.to_string()
    }

    /// Every request so far.
    ///
    /// # Panics
    ///
    /// Never: nobody panics while the list is held.
    pub fn requests(&self) -> Vec<HttpRequest> {
        self.requests.lock().expect("nobody panics while it is held").clone()
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}

fn serve(
    stream: &TcpStream,
    handler: &HttpHandler,
    requests: &Mutex<Vec<HttpRequest>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let Some(request) = read_request(&mut reader)? else { return Ok(()) };
    requests.lock().expect("nobody panics while it is held").push(request.clone());
    let response = handler(&request);
    let mut head = format!("HTTP/1.1 {} test\r\nConnection: close\r\n", response.status);
    for (name, value) in &response.headers {
        write!(head, "{name}: {value}\r\n").expect("a string takes all");
    }
    let has_length =
        response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    match &response.body {
        HttpBody::Bytes(bytes) if !has_length => {
            write!(head, "Content-Length: {}\r\n", bytes.len()).expect("as above");
        }
        HttpBody::Bytes(_) => {}
        HttpBody::Chunked(_) | HttpBody::Endless(_) => {
            head.push_str("Transfer-Encoding: chunked\r\n");
        }
    }
    head.push_str("\r\n");
    let mut out = stream;
    out.write_all(head.as_bytes())?;
    if request.method != "HEAD" {
        write_body(&mut out, &response.body)?;
    }
    stream.shutdown(Shutdown::Write)?;
    // What the client still sends is read, or closing would take the answer away from it.
    std::io::copy(&mut reader, &mut std::io::sink())?;
    Ok(())
}

fn write_body(out: &mut impl Write, body: &HttpBody) -> std::io::Result<()> {
    let chunk = |out: &mut dyn Write, bytes: &[u8]| -> std::io::Result<()> {
        write!(out, "{:x}\r\n", bytes.len())?;
        out.write_all(bytes)?;
        out.write_all(b"\r\n")
    };
    match body {
        HttpBody::Bytes(bytes) => out.write_all(bytes),
        HttpBody::Chunked(bytes) => {
            for part in bytes.chunks(1000) {
                chunk(out, part)?;
            }
            chunk(out, &[])
        }
        HttpBody::Endless(bytes) => loop {
            chunk(out, bytes)?;
        },
    }
}

fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<HttpRequest>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = Vec::new();
    reader.take(length.unwrap_or(0)).read_to_end(&mut body)?;
    Ok(Some(HttpRequest { method, target, headers, body }))
}
