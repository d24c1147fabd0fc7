//! What went wrong on the wire, in terms of a registry.

use std::{io, time::Duration};

use rustls::{AlertDescription, CertificateError, InvalidMessage};
use serde::Deserialize;
use ureq::Timeout;

use crate::{
    RegistryError,
    error::CertificateProblem,
    wire::{Timeouts, is_stall},
};

/// An exchange that brought no answer.
pub(crate) fn of_exchange(
    host: &str,
    scheme: &str,
    error: ureq::Error,
    timeouts: &Timeouts,
) -> RegistryError {
    let host = host.to_owned();
    match error {
        error if is_stall(&error) => RegistryError::Stalled { host, stalled: timeouts.stall },
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            let problem = format!("no answer within {} s", timeouts.connect.as_secs());
            RegistryError::Unreachable { host, problem }
        }
        ureq::Error::HostNotFound => {
            RegistryError::Unreachable { host, problem: "no such host".to_owned() }
        }
        ureq::Error::ConnectProxyFailed(problem) => {
            let problem = format!("the proxy refuses: {}", shown(&problem));
            RegistryError::Unreachable { host, problem }
        }
        ureq::Error::Rustls(error) => of_tls(host, &error),
        ureq::Error::Io(error) => of_io(host, &error, timeouts.stall),
        ureq::Error::Protocol(_) if scheme == "http" => RegistryError::SpeaksHttps { host },
        other => RegistryError::Protocol { host, problem: shown(&other.to_string()) },
    }
}

/// A body that ended before its end.
pub(crate) fn of_body(host: &str, stall: Duration, error: &io::Error) -> RegistryError {
    of_io(host.to_owned(), error, stall)
}

/// How the standard library begins what the resolver says; it has no kind of its own.
const LOOKUP: &str = "failed to lookup address information: ";

fn of_io(host: String, error: &io::Error, stall: Duration) -> RegistryError {
    let inner = error.get_ref();
    if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return of_tls(host, error);
    }
    if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
        if is_stall(error) {
            return RegistryError::Stalled { host, stalled: stall };
        }
        if let ureq::Error::Rustls(error) = error {
            return of_tls(host, error);
        }
    }
    let problem = shown(&error.to_string());
    if let Some(problem) = problem.strip_prefix(LOOKUP) {
        return RegistryError::Unreachable { host, problem: format!("no such host ({problem})") };
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::AddrNotAvailable
        | io::ErrorKind::NotFound => RegistryError::Unreachable { host, problem },
        _ => RegistryError::Broken { host, problem },
    }
}

fn of_tls(host: String, error: &rustls::Error) -> RegistryError {
    let problem = match error {
        rustls::Error::InvalidCertificate(error) => certificate(error),
        // Anything but a TLS record at the very start is somebody who does not speak TLS.
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            return RegistryError::SpeaksHttp { host };
        }
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown,
        ) => CertificateProblem::ClientCertificate,
        other => return RegistryError::Tls { host, problem: shown(&other.to_string()) },
    };
    RegistryError::Certificate { host, problem }
}

fn certificate(error: &CertificateError) -> CertificateProblem {
    /// Seconds.
    const DAY: u64 = 24 * 60 * 60;
    match error {
        CertificateError::Expired => CertificateProblem::Expired { days: None },
        CertificateError::ExpiredContext { time, not_after } => {
            let late = time.as_secs().saturating_sub(not_after.as_secs());
            CertificateProblem::Expired { days: Some(late / DAY).filter(|days| *days > 0) }
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            CertificateProblem::NotYetValid
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            CertificateProblem::UnknownIssuer
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateProblem::WrongName
        }
        CertificateError::Revoked => CertificateProblem::Revoked,
        other => {
            let text = format!("{other:?}");
            if text.contains("CaUsedAsEndEntity") {
                CertificateProblem::UnknownIssuer
            } else {
                CertificateProblem::Other(shown(&text))
            }
        }
    }
}

/// Shown texts are cut here: a line or two of a terminal.
const MAX_SHOWN: usize = 240;

/// Untrusted text on one line, without control characters.
pub(crate) fn shown(text: &str) -> String {
    let words = text.split(|c: char| c.is_control() || c.is_whitespace());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    #[serde(default)]
    errors: Vec<ErrorItem>,
    /// What token servers and some proxies send instead.
    #[serde(default)]
    details: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct ErrorItem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// What an error's body says: the messages of the specification's JSON, else its beginning if it is plain text.
pub(crate) fn message(body: &[u8]) -> String {
    if let Ok(body) = serde_json::from_slice::<ErrorBody>(body) {
        let items = body.errors.into_iter().take(3);
        let mut texts: Vec<String> =
            items.map(|e| if e.message.is_empty() { e.code } else { e.message }).collect();
        texts.extend([body.details, body.message]);
        texts.retain(|text| !text.is_empty());
        return shown(&texts.join("; "));
    }
    let text = String::from_utf8_lossy(body);
    // A page for browsers tells nothing in one line.
    if text.trim_start().starts_with('<') { String::new() } else { shown(&text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_safe_line() {
        for (body, expected) in [
            (r#"{"errors":[{"code":"DENIED","message":"no"},{"code":"X"}]}"#, "no; X"),
            (r#"{"details":"incorrect username or password"}"#, "incorrect username or password"),
            (r#"{"errors":[{"message":"a\u001b[31m\nb"}]}"#, "a [31m b"),
            ("<html>x</html>", ""),
            ("plain\ntext", "plain text"),
            ("", ""),
        ] {
            assert_eq!(message(body.as_bytes()), expected);
        }
        assert!(message("x".repeat(10_000).as_bytes()).len() < 300);
    }
}
