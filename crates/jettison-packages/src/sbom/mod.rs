//! A bill of materials: what is inside, in the two forms that scanners read.
//!
//! CycloneDX 1.6 and SPDX 2.3, both as JSON. The same image gives the same bytes: the time is the image's own, ids are made
//! from what is described, lists are sorted.

mod component;
mod cyclonedx;
mod license;
mod moment;
mod purl;
mod spdx;

use std::{fmt, str::FromStr};

use jettison_rootfs::Tree;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Package, Release};
use component::Component;

/// A form of bills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// CycloneDX 1.6 (ECMA-424).
    #[default]
    CycloneDx,
    /// SPDX 2.3 (ISO/IEC 5962 is 2.2.1).
    Spdx,
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "cyclonedx" => Ok(Self::CycloneDx),
            "spdx" => Ok(Self::Spdx),
            _ => Err(UnknownFormat),
        }
    }
}

/// A word that is no form of bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFormat;

impl fmt::Display for UnknownFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("use cyclonedx or spdx")
    }
}

impl std::error::Error for UnknownFormat {}

/// What a bill is about.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// What the image is called: a reference, or a file.
    pub name: String,
    /// The digest that tells it from all others, with its algorithm in front.
    pub digest: String,
    /// When the image was made, RFC 3339; the beginning of 1970 where nobody says.
    pub created: Option<String>,
    /// Seconds since 1970 to write instead: `SOURCE_DATE_EPOCH`.
    pub epoch: Option<i64>,
    /// Version of the program that writes the bill.
    pub tool_version: String,
}

impl Subject {
    fn time(&self) -> String {
        let created = self.created.as_deref().and_then(moment::seconds);
        moment::text(self.epoch.or(created).unwrap_or_default())
    }
}

/// Writes the bill of `packages`, see [`crate::inventory`], which lie in `tree`.
pub fn write(format: Format, subject: &Subject, tree: &Tree, packages: &[Package]) -> Vec<u8> {
    let release = Release::of(tree);
    let components = component::all(tree, packages, &release);
    let mut document = match format {
        Format::CycloneDx => cyclonedx::document(subject, &release, &components),
        Format::Spdx => spdx::document(subject, &release, &components),
    };
    let id = uuid(&to_bytes(&document));
    match format {
        Format::CycloneDx => document["serialNumber"] = Value::from(format!("urn:uuid:{id}")),
        Format::Spdx => {
            let place = spdx::id_part(&subject.name);
            document["documentNamespace"] =
                Value::from(format!("https://spdx.org/spdxdocs/{place}-{id}"));
        }
    }
    let mut bytes = to_bytes(&document);
    bytes.push(b'\n');
    bytes
}

fn to_bytes(document: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(document).expect("bills hold nothing that JSON cannot")
}

/// An id of the document's own making (RFC 9562, version 8): one that says that it was derived, not drawn.
fn uuid(document: &[u8]) -> String {
    let mut bytes: [u8; 32] = Sha256::digest(document).into();
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let [high, low] = [0, 8].map(|at| {
        u64::from_be_bytes(bytes[at..at + 8].try_into().expect("eight bytes were taken"))
    });
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests;
