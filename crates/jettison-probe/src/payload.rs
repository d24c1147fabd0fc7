//! Bytes that a container produced: counted and hashed in full, kept in part.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Output of the container: a body, a banner, or what a command wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// How many bytes there were.
    pub bytes: u64,
    /// SHA-256 of all of them, in lower-case hexadecimal.
    pub sha256: String,
    /// The first bytes, for diagnosis and for learning which parts vary between runs.
    #[serde(default, skip_serializing_if = "Sample::is_empty")]
    pub sample: Sample,
}

impl Payload {
    /// Measures `bytes`, keeping at most `keep` of them.
    pub fn of(bytes: &[u8], keep: usize) -> Self {
        let mut meter = Meter::new(keep);
        meter.push(bytes);
        meter.finish()
    }

    /// Whether the sample is all there was.
    pub fn is_whole(&self) -> bool {
        self.bytes == self.sample.0.len() as u64
    }

    /// Shortens the sample to `keep` bytes.
    pub(crate) fn shorten(&mut self, keep: usize) {
        self.sample.0.truncate(keep);
        self.sample.0.shrink_to_fit();
    }
}

/// Hashes a stream of bytes and keeps its beginning.
#[derive(Debug)]
pub(crate) struct Meter {
    hasher: Sha256,
    bytes: u64,
    kept: Vec<u8>,
    keep: usize,
}

impl Meter {
    pub(crate) fn new(keep: usize) -> Self {
        Self { hasher: Sha256::new(), bytes: 0, kept: Vec::new(), keep }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        let room = self.keep - self.kept.len();
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn finish(self) -> Payload {
        Payload {
            bytes: self.bytes,
            sha256: hex(&self.hasher.finalize()),
            sample: Sample(self.kept),
        }
    }
}

/// SHA-256 of `bytes` in lower-case hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}

/// Bytes that serialise as text where they are UTF-8, and as hexadecimal where not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SampleForm", into = "SampleForm")]
pub struct Sample(pub Vec<u8>);

impl Sample {
    /// Nothing was kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How a [`Sample`] is written down.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SampleForm {
    Text(String),
    Hex(String),
}

impl From<Sample> for SampleForm {
    fn from(sample: Sample) -> Self {
        match String::from_utf8(sample.0) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Hex(hex(error.as_bytes())),
        }
    }
}

impl TryFrom<SampleForm> for Sample {
    type Error = String;

    fn try_from(form: SampleForm) -> Result<Self, String> {
        let digits = match form {
            SampleForm::Text(text) => return Ok(Self(text.into_bytes())),
            SampleForm::Hex(digits) => digits,
        };
        digits
            .as_bytes()
            .chunks(2)
            .map(|pair| {
                let pair = str::from_utf8(pair).ok().filter(|pair| pair.len() == 2);
                pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())
                    .ok_or_else(|| "a sample in hex must hold pairs of hexadecimal digits".into())
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_hashes_everything_and_keeps_the_beginning() {
        let mut meter = Meter::new(5);
        for chunk in [&b"abc"[..], b"def", b"ghi"] {
            meter.push(chunk);
        }
        let payload = meter.finish();
        assert_eq!(payload, Payload::of(b"abcdefghi", 5));
        assert_eq!(payload.sample.0, b"abcde");
        assert!(!payload.is_whole());
        assert_eq!(
            Payload::of(b"abc", 9).sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn samples_survive_json() {
        for bytes in [&b""[..], b"text \xc3\xbc", b"\x00\xff\xfe", b"\xc3"] {
            let payload = Payload::of(bytes, 100);
            let json = serde_json::to_string(&payload).unwrap();
            assert_eq!(serde_json::from_str::<Payload>(&json).unwrap(), payload, "{json}");
        }
        for bad in [r#"{"hex":"abc"}"#, r#"{"hex":"zz"}"#, r#"{"hex":"\u00fcx"}"#] {
            assert!(serde_json::from_str::<Sample>(bad).is_err(), "{bad}");
        }
    }
}
