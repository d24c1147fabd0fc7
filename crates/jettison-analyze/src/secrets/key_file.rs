//! Private keys.

use super::{
    plausible::entropy,
    rule::{Found, Place},
};

/// Characters of base64 that the shortest key has: Ed25519 in PKCS #8, 48 bytes.
const MIN_BODY: usize = 64;
/// How much of a key's body is looked at.
const LOOK: usize = 2048;

/// The body of a PEM block behind its first line (RFC 7468): how far it was looked at, and its first characters. Line
/// ends may be written as `\n`, as in JSON and variables.
struct Body {
    characters: Vec<u8>,
    is_encrypted: bool,
}

fn body(after: &[u8]) -> Option<Body> {
    let after = &after[..after.len().min(LOOK)];
    let mut body = Body { characters: Vec::new(), is_encrypted: false };
    let mut rest = after;
    let mut is_first = true;
    while !rest.is_empty() && !rest.starts_with(b"-") {
        let (line, next) = split_line(rest)?;
        let line = line.trim_ascii();
        if is_first {
            // What stands behind the dashes on their own line is no body.
            if !line.is_empty() {
                return None;
            }
            is_first = false;
        } else if memchr::memchr(b':', line).is_some() {
            // A header of RFC 1421 or OpenPGP.
            body.is_encrypted |= memchr::memmem::find(line, b"ENCRYPTED").is_some();
        } else if line.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)) {
            body.characters.extend_from_slice(line);
        } else {
            break;
        }
        rest = next.trim_ascii_start();
    }
    (body.characters.len() >= MIN_BODY && entropy(&body.characters) > 4.0).then_some(body)
}

/// The first line, and what follows; `\n` and `\r\n` may be spelled out. The last one may lack its end.
fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            b'\n' => return Some((&text[..at], &text[at + 1..])),
            b'\\' => {
                let mut end = at;
                while matches!(text.get(end..end + 2), Some(b"\\n" | b"\\r")) {
                    end += 2;
                }
                return (end > at).then(|| (&text[..at], &text[end..]));
            }
            b'"' | b'\'' => return Some((&text[..at], b"")),
            _ => {}
        }
    }
    Some((text, b""))
}

fn pem(place: &Place<'_>, is_encrypted: Option<bool>) -> Option<Found> {
    let after = place.after();
    let after = after.strip_prefix(b"-----").or_else(|| after.strip_prefix(b" ----"))?;
    let body = body(after)?;
    if is_encrypted.is_some_and(|wanted| wanted != body.is_encrypted) {
        return None;
    }
    let key = place.bytes.len().min(place.at.end + body.characters.len());
    Some(Found { range: place.at.start..key, public: place.at.end - place.at.start })
}

/// A PEM block whose label alone tells enough.
pub(super) fn labelled(place: &Place<'_>) -> Option<Found> {
    pem(place, None)
}

/// A PEM block without a passphrase.
pub(super) fn open(place: &Place<'_>) -> Option<Found> {
    pem(place, Some(false))
}

/// A PEM block with the headers of RFC 1421 that say that it has a passphrase.
pub(super) fn locked(place: &Place<'_>) -> Option<Found> {
    pem(place, Some(true))
}

/// What OpenSSH writes without a passphrase: cipher and key derivation `none` (PROTOCOL.key).
const OPENSSH_OPEN: &[u8] = b"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ";

fn openssh(place: &Place<'_>, wants_open: bool) -> Option<Found> {
    let found = pem(place, None)?;
    let body = body(place.after().strip_prefix(b"-----")?)?;
    (body.characters.starts_with(OPENSSH_OPEN) == wants_open).then_some(found)
}

/// OpenSSH's own format without a passphrase.
pub(super) fn openssh_open(place: &Place<'_>) -> Option<Found> {
    openssh(place, true)
}

/// OpenSSH's own format with a passphrase.
pub(super) fn openssh_locked(place: &Place<'_>) -> Option<Found> {
    openssh(place, false)
}

/// PuTTY's files have their private lines behind `Private-Lines:`.
pub(super) fn putty(place: &Place<'_>) -> Option<Found> {
    let after = &place.after()[..place.after().len().min(8192)];
    let private = memchr::memmem::find(after, b"Private-Lines:")?;
    let range = place.at.start..place.at.end + private;
    Some(Found { range, public: place.at.end - place.at.start })
}

/// SSH2's format (RFC 4716's for private keys): a label, then base64.
pub(super) fn ssh2(place: &Place<'_>) -> Option<Found> {
    let body = body(place.after().strip_prefix(b" ----")?)?;
    let range = place.at.start..place.bytes.len().min(place.at.end + body.characters.len());
    Some(Found { range, public: place.at.end - place.at.start })
}

/// WireGuard: `PrivateKey = ` and 32 bytes in base64.
pub(super) fn wireguard(place: &Place<'_>) -> Option<Found> {
    let line = place.rest_of_line();
    let key = line.trim_ascii_start().strip_prefix(b"=")?.trim_ascii();
    let is_key = key.len() == 44
        && key.ends_with(b"=")
        && key.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte))
        && entropy(key) > 4.0;
    let start = place.at.end + line.len() - line.trim_ascii_start().len();
    let start = start + line.trim_ascii_start().len()
        - line.trim_ascii_start()[1..].trim_ascii_start().len();
    is_key.then(|| Found::private(start..start + key.len()))
}

/// minisign and signify: a comment that names the file, then one line of base64.
pub(super) fn minisign(place: &Place<'_>) -> Option<Found> {
    let rest = place.after();
    let next = memchr::memchr(b'\n', &rest[..rest.len().min(512)])? + 1;
    let end = rest[next..]
        .iter()
        .take(512)
        .position(|byte| !(byte.is_ascii_alphanumeric() || b"+/=".contains(byte)));
    let len = end.unwrap_or_else(|| rest.len() - next);
    (len >= 100).then(|| Found::private(place.behind(next..next + len)))
}
