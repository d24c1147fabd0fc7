//! One WebSocket conversation (RFC 6455): the handshake, one message, and what comes back.
//!
//! A server sends when it likes, so the end is told by silence: in a first run a short one after the
//! first message, in a replay after as many messages as there were the first time.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use crate::{
    deadline::after,
    http::{Reply, USER_AGENT},
    plan::RequestBounds,
    request::WireRequest,
    transcript::{BodyEnd, Failure, FailureClass},
};

/// The nonce of every handshake: the same each time, so that the answer is.
const KEY: &str = "amV0dGlzb24tcHJvYmUtMQ==";

/// What a server that speaks the protocol makes of it (RFC 6455 section 4.2.2).
const ACCEPT: &str = "hN08tATTPeBb3ZATOpooUFY3xPw=";

/// Clients mask what they send; against proxies that nobody sits behind here, so any mask will do.
const MASK: [u8; 4] = [0x6a, 0x65, 0x74, 0x74];

/// How long a server may take for its first message in a first run.
const FIRST_MESSAGE_TIME: Duration = Duration::from_secs(3);

/// No further message for this long: it has said what it had to say.
const SILENCE: Duration = Duration::from_millis(200);

/// Messages after which a server is taken to send without end.
const MAX_MESSAGES: usize = 32;

/// Bytes of one message; servers' own limits are mostly lower.
const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// What a page would be sent of a refused handshake's body.
const MAX_REFUSAL_BYTES: u64 = 256 << 10;

/// A stream whose reads can be given a time limit.
pub(crate) trait Timed: Read + Write {
    /// Sets how long the next read may take.
    fn limit(&mut self, time: Duration) -> io::Result<()>;
}

impl Timed for TcpStream {
    fn limit(&mut self, time: Duration) -> io::Result<()> {
        // Zero would mean for ever.
        self.set_read_timeout(Some(time.max(Duration::from_millis(1))))
    }
}

impl Timed for UnixStream {
    fn limit(&mut self, time: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(time.max(Duration::from_millis(1))))
    }
}

/// Lengths that say how many bytes the real one has: two, or eight (RFC 6455 section 5.2).
const SHORT_LENGTH: u8 = 126;
const LONG_LENGTH: u8 = 127;

/// Frames' meanings (RFC 6455 section 11.8).
mod opcode {
    pub(super) const CONTINUATION: u8 = 0;
    pub(super) const TEXT: u8 = 1;
    pub(super) const BINARY: u8 = 2;
    pub(super) const CLOSE: u8 = 8;
    pub(super) const PING: u8 = 9;
    pub(super) const PONG: u8 = 10;
}

/// Sends the handshake and the message of `request` and reads what comes, within `time`.
pub(crate) fn converse(
    stream: &mut dyn Timed,
    request: &WireRequest,
    cookie: Option<&str>,
    (bounds, time): (RequestBounds, Duration),
) -> Reply {
    let deadline = after(time);
    match handshake(stream, request, cookie, (bounds.header_bytes, deadline)) {
        Err(failure) => Reply::failed(failure),
        Ok(head) if head.is_open() => {
            let talk = Talk { stream, rest: head.rest, deadline };
            let (messages, end) = talk.run(&request.body, request.expected_messages);
            let body = messages.join(&b'\n');
            let reply = Reply::answered((head.status, head.headers), (&body, end));
            Reply { messages: Some(messages.len()), ..reply }
        }
        Ok(head) => {
            let (body, end) = refusal(stream, &head, deadline);
            Reply::answered((head.status, head.headers), (&body, end))
        }
    }
}

/// The answer to a handshake.
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
    /// What came behind it.
    rest: Vec<u8>,
}

impl Head {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn is_open(&self) -> bool {
        self.status == 101 && self.header("sec-websocket-accept") == Some(ACCEPT)
    }
}

fn handshake(
    stream: &mut dyn Timed,
    request: &WireRequest,
    cookie: Option<&str>,
    (most, deadline): (usize, Instant),
) -> Result<Head, Failure> {
    let origin = request.origin();
    let host = origin.split_once("://").map_or(&*origin, |(_, host)| host);
    let page = format!("{}://{host}", request.scheme.of_pages().as_str());
    let mut head = format!(
        "GET {} HTTP/1.1\r\nhost: {host}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-key: {KEY}\r\n\
         sec-websocket-version: 13\r\nuser-agent: {USER_AGENT}\r\n",
        request.target
    );
    let mut add = |name: &str, value: &str| {
        head.push_str(name);
        head.push_str(": ");
        head.push_str(value);
        head.push_str("\r\n");
    };
    if !request.headers.iter().any(|(name, _)| name == "origin") {
        add("origin", &page);
    }
    for (name, value) in &request.headers {
        add(name, value);
    }
    if let Some(cookie) = cookie {
        add("cookie", cookie);
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).map_err(|error| failure(&error))?;
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return parse_head(&bytes, rest);
        }
        if bytes.len() > most {
            return Err(no_http("its head is too long"));
        }
        let mut chunk = [0; 4096];
        match read(stream, &mut chunk, deadline) {
            Ok(0) => return Err(failure(&io::ErrorKind::UnexpectedEof.into())),
            Ok(amount) => bytes.extend_from_slice(&chunk[..amount]),
            Err(error) => return Err(failure(&error)),
        }
    }
}

fn parse_head(bytes: &[u8], rest: Vec<u8>) -> Result<Head, Failure> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1."))
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| no_http("it has no status"))?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok(Head { status, headers, rest })
}

fn no_http(why: &str) -> Failure {
    Failure { class: FailureClass::Protocol, detail: format!("the answer is not HTTP: {why}") }
}

/// The body of an answer that opens nothing: a page that says why.
fn refusal(stream: &mut dyn Timed, head: &Head, deadline: Instant) -> (Vec<u8>, BodyEnd) {
    let length: u64 = head.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = head.rest.clone();
    let wanted = length.min(MAX_REFUSAL_BYTES);
    while (body.len() as u64) < wanted {
        let mut chunk = [0; 4096];
        match read(stream, &mut chunk, deadline) {
            Ok(amount @ 1..) => body.extend_from_slice(&chunk[..amount]),
            _ => return (body, BodyEnd::Broken),
        }
    }
    (body, if length > wanted { BodyEnd::Limit } else { BodyEnd::Complete })
}

/// An open conversation.
struct Talk<'s> {
    stream: &'s mut dyn Timed,
    /// Bytes that were read and not yet understood.
    rest: Vec<u8>,
    deadline: Instant,
}

/// What ended the reading of a message.
enum Next {
    Message(Vec<u8>),
    Silence,
    Closed,
    Broken,
}

impl Talk<'_> {
    /// Says its part and listens.
    fn run(mut self, message: &[u8], expected: Option<usize>) -> (Vec<Vec<u8>>, BodyEnd) {
        let kind = if std::str::from_utf8(message).is_ok() { opcode::TEXT } else { opcode::BINARY };
        if self.send(kind, message).is_err() {
            return (Vec::new(), BodyEnd::Broken);
        }
        let mut messages: Vec<Vec<u8>> = Vec::new();
        let end = loop {
            if messages.len() >= MAX_MESSAGES {
                break BodyEnd::Stream;
            }
            let patience = match expected {
                Some(expected) if messages.len() < expected => {
                    self.deadline.saturating_duration_since(Instant::now())
                }
                Some(_) => SILENCE,
                None if messages.is_empty() => FIRST_MESSAGE_TIME,
                None => SILENCE,
            };
            match self.next_message(Instant::now() + patience) {
                Next::Message(message) => messages.push(message),
                Next::Silence | Next::Closed => break BodyEnd::Complete,
                Next::Broken => break BodyEnd::Broken,
            }
        };
        // A polite end: 1000, normal closure. It does not matter whether it arrives.
        drop(self.send(opcode::CLOSE, &1000_u16.to_be_bytes()));
        (messages, end)
    }

    fn send(&mut self, kind: u8, payload: &[u8]) -> io::Result<()> {
        let mut frame = vec![0x80 | kind];
        match payload.len() {
            length @ 0..126 => frame.push(0x80 | u8::try_from(length).expect("below 126")),
            length => {
                frame.push(0x80 | LONG_LENGTH);
                frame.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        // The shortest form is demanded: two bytes where they are enough.
        if let (126.., Ok(short)) = (payload.len(), u16::try_from(payload.len())) {
            frame.truncate(1);
            frame.push(0x80 | SHORT_LENGTH);
            frame.extend_from_slice(&short.to_be_bytes());
        }
        frame.extend_from_slice(&MASK);
        frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        self.stream.write_all(&frame)
    }

    /// The next whole message; control frames are answered on the way.
    fn next_message(&mut self, until: Instant) -> Next {
        let mut message = Vec::new();
        loop {
            let frame = match self.frame(until.min(self.deadline)) {
                Ok(Some(frame)) => frame,
                Ok(None) => return Next::Silence,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Next::Closed,
                Err(_) => return Next::Broken,
            };
            match frame.kind {
                opcode::TEXT | opcode::BINARY | opcode::CONTINUATION => {
                    message.extend_from_slice(&frame.payload);
                    if message.len() > MAX_MESSAGE_BYTES {
                        return Next::Broken;
                    }
                    if frame.is_last {
                        return Next::Message(message);
                    }
                }
                opcode::CLOSE => return Next::Closed,
                opcode::PING if self.send(opcode::PONG, &frame.payload).is_ok() => {}
                opcode::PONG => {}
                _ => return Next::Broken,
            }
        }
    }

    /// One frame; `None` when none has come by then.
    fn frame(&mut self, until: Instant) -> io::Result<Option<Frame>> {
        loop {
            if let Some((frame, used)) = Frame::parse(&self.rest)? {
                self.rest.drain(..used);
                return Ok(Some(frame));
            }
            let mut chunk = [0; 16 << 10];
            match read(self.stream, &mut chunk, until) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(amount) => self.rest.extend_from_slice(&chunk[..amount]),
                Err(error) if is_late(&error) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}

struct Frame {
    is_last: bool,
    kind: u8,
    payload: Vec<u8>,
}

impl Frame {
    /// A frame and its length in bytes; `None` while it is not whole. Servers do not mask.
    fn parse(bytes: &[u8]) -> io::Result<Option<(Self, usize)>> {
        let Some(&[first, second]) = bytes.first_chunk::<2>() else { return Ok(None) };
        let (length, at) = match second & 0x7f {
            126 => match bytes.get(2..4) {
                Some(short) => {
                    (u64::from(u16::from_be_bytes(short.try_into().expect("two bytes"))), 4)
                }
                None => return Ok(None),
            },
            127 => match bytes.get(2..10) {
                Some(long) => (u64::from_be_bytes(long.try_into().expect("eight bytes")), 10),
                None => return Ok(None),
            },
            length => (u64::from(length), 2),
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MAX_MESSAGE_BYTES || second & 0x80 != 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let Some(payload) = bytes.get(at..at + length) else { return Ok(None) };
        let frame =
            Self { is_last: first & 0x80 != 0, kind: first & 0x0f, payload: payload.to_vec() };
        Ok(Some((frame, at + length)))
    }
}

/// Reads once, not beyond `until`.
fn read(stream: &mut dyn Timed, chunk: &mut [u8], until: Instant) -> io::Result<usize> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.limit(left)?;
        match stream.read(chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Sockets report an expired SO_RCVTIMEO as `WouldBlock` (socket(7)).
fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn failure(error: &io::Error) -> Failure {
    let class = match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => FailureClass::Timeout,
        io::ErrorKind::InvalidData => FailureClass::Tls,
        _ => FailureClass::Reset,
    };
    Failure { class, detail: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use proptest::prelude::*;

    use super::*;
    use crate::transcript::{Outcome, Scheme};

    /// A server that reads the handshake and the first frame, then says this.
    fn converse_with(says: Vec<u8>, expected: Option<usize>) -> (Outcome, Vec<u8>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut heard = Vec::new();
            let mut chunk = [0; 1024];
            while !heard.windows(4).any(|window| window == b"\r\n\r\n") {
                let amount = stream.read(&mut chunk).unwrap();
                heard.extend_from_slice(&chunk[..amount]);
            }
            stream.write_all(&says).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            while let Ok(amount @ 1..) = stream.read(&mut chunk) {
                heard.extend_from_slice(&chunk[..amount]);
            }
            heard
        });
        let mut stream = TcpStream::connect(address).unwrap();
        let mut request = WireRequest::get(Scheme::Ws, 80, "/chat");
        request.body = b"hello".to_vec();
        request.expected_messages = expected;
        let time = Duration::from_secs(20);
        let reply = converse(&mut stream, &request, Some("a=b"), (RequestBounds::default(), time));
        drop(stream);
        (reply.outcome, server.join().unwrap())
    }

    fn opened(frames: &[&[u8]]) -> Vec<u8> {
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
        );
        [head.as_bytes(), &frames.concat()].concat()
    }

    #[test]
    fn a_message_is_sent_and_the_answers_are_read() {
        let long = [&[0x82, 126, 1, 0][..], &[b'x'; 256]].concat();
        let frames: [&[u8]; 5] = [b"\x81\x03one", b"\x89\x01p", b"\x01\x02tw", b"\x80\x01o", &long];
        let (outcome, heard) = converse_with(opened(&frames), None);
        let answer = outcome.answer().expect("it is answered").clone();
        assert_eq!((answer.status, answer.end), (101, BodyEnd::Complete));
        assert!(answer.body.sample.0.starts_with(b"one\ntwo\nxxx"), "{:?}", answer.body);
        let text = String::from_utf8_lossy(&heard).into_owned();
        for part in
            ["GET /chat HTTP/1.1\r\n", "origin: http://localhost\r\n", "cookie: a=b\r\n", KEY]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        let sent: Vec<u8> = b"hello".iter().zip(MASK.iter().cycle()).map(|(b, m)| b ^ m).collect();
        assert!(heard.windows(5).any(|window| window == sent), "the message is sent, masked");
    }

    #[test]
    fn what_opens_nothing_is_an_answer_too() {
        let refused = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno".to_vec();
        let (outcome, _) = converse_with(refused, None);
        let answer = outcome.answer().unwrap();
        assert_eq!((answer.status, &*answer.body.sample.0), (403, &b"no"[..]));
        for nonsense in [&b"SSH-2.0\r\n\r\n"[..], b""] {
            assert!(converse_with(nonsense.to_vec(), None).0.answer().is_none(), "{nonsense:?}");
        }
        let (outcome, _) =
            converse_with(opened(&[b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff"]), Some(3));
        assert_eq!(outcome.answer().unwrap().end, BodyEnd::Broken);
    }

    proptest! {
        #[test]
        fn frames_are_read_back(payload in proptest::collection::vec(any::<u8>(), 0..300), cut in 0usize..300) {
            let mut bytes = vec![0x82];
            if payload.len() < 126 {
                bytes.push(u8::try_from(payload.len()).unwrap());
            } else {
                bytes.push(126);
                bytes.extend_from_slice(&u16::try_from(payload.len()).unwrap().to_be_bytes());
            }
            bytes.extend_from_slice(&payload);
            let (frame, used) = Frame::parse(&bytes).unwrap().unwrap();
            prop_assert_eq!((&frame.payload, used), (&payload, bytes.len()));
            let cut = cut.min(bytes.len() - 1);
            prop_assert!(Frame::parse(&bytes[..cut]).unwrap().is_none());
        }

        #[test]
        fn hostile_frames_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            drop(Frame::parse(&bytes));
        }
    }
}
