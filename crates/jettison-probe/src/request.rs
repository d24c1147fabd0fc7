//! A request as it goes over the wire, and the form of it that may be shown.

use std::fmt;

use crate::{
    fastcgi::FastCgi,
    secret::{mask_request_header, mask_target},
    transcript::{RequestRecord, Scheme},
};

/// A request as it is sent; may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WireRequest {
    pub(crate) method: String,
    pub(crate) scheme: Scheme,
    pub(crate) port: u16,
    /// Path and query, percent-encoded.
    pub(crate) target: String,
    /// Names in lower case. The client adds `host`, `cookie` and framing.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The form this submits, so that a replay can submit the form that it was given then.
    pub(crate) form: Option<FormOrigin>,
    /// Names of headers and query parameters that hold credentials, beyond those that are known.
    pub(crate) secrets: Vec<String>,
    /// How it is told to a FastCGI application.
    pub(crate) fastcgi: Option<FastCgi>,
    /// How many messages a WebSocket brought the first time.
    pub(crate) expected_messages: Option<usize>,
}

/// Where a submitted form was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FormOrigin {
    /// Index of the exchange whose body held it.
    pub(crate) exchange: usize,
    /// Its place among the forms of that page.
    pub(crate) index: usize,
}

impl WireRequest {
    pub(crate) fn get(scheme: Scheme, port: u16, target: &str) -> Self {
        Self {
            method: "GET".to_owned(),
            scheme,
            port,
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            form: None,
            secrets: Vec::new(),
            fastcgi: None,
            expected_messages: None,
        }
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The Unix socket that it goes to, if it goes to none of the ports.
    pub(crate) fn unix_socket(&self) -> Option<&str> {
        self.fastcgi.as_ref().filter(|_| self.scheme == Scheme::Fastcgi)?.socket.as_deref()
    }

    /// Scheme, host and port of the URL. The default port is left out, as browsers do, so that the
    /// Host header is what a user's browser would send.
    pub(crate) fn origin(&self) -> String {
        let Self { scheme, port, .. } = self;
        let name = scheme.as_str();
        if *port == scheme.default_port() {
            format!("{name}://localhost")
        } else {
            format!("{name}://localhost:{port}")
        }
    }

    /// The form that may be shown.
    pub(crate) fn record(&self, why: &str) -> RequestRecord {
        RequestRecord {
            method: self.method.clone(),
            scheme: self.scheme,
            port: self.port,
            socket: self.unix_socket().map(str::to_owned),
            target: mask_target(&self.target, &self.secrets),
            headers: self
                .headers
                .iter()
                .map(|(name, value)| {
                    (name.clone(), mask_request_header(name, value, &self.secrets))
                })
                .collect(),
            body_bytes: self.body.len() as u64,
            why: why.to_owned(),
        }
    }

    /// The request again, from a transcript that was read from a file. `None` when a part of it
    /// was a secret or a body, which are not written down.
    pub(crate) fn from_record(record: &RequestRecord) -> Option<Self> {
        let request = Self {
            method: record.method.clone(),
            headers: record.headers.clone(),
            ..Self::get(record.scheme, record.port, &record.target)
        };
        let hides = |text: &str| text.contains("(hidden)");
        let is_whole = record.body_bytes == 0
            && !hides(&record.target)
            && !record.headers.iter().any(|(_, value)| hides(value));
        is_whole.then_some(request)
    }
}

impl fmt::Debug for WireRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WireRequest").field(&self.record("").to_string()).finish()
    }
}
