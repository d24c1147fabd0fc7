//! Which machines an image runs on: `linux/arm64/v8`.

use std::{fmt, str::FromStr};

use crate::fields::{Extra, Fields, FieldsWriter, Json, Place, ShapeError};
use serde_json::Value;

/// Operating system and processor of an image (OCI image-index.md, "platform").
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Platform {
    /// `GOOS`: `linux`.
    pub os: String,
    /// `GOARCH`: `amd64`, `arm64`.
    pub architecture: String,
    /// A refinement of the architecture: `v8`.
    pub variant: Option<String>,
    /// The build of the operating system, for Windows.
    pub os_version: Option<String>,
    /// Features the operating system must have, for Windows.
    pub os_features: Vec<String>,
    /// Fields this version of jettison does not know.
    pub extra: Extra,
}

/// Why a text names no platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("platform {text:?}: {problem} (expected OS/ARCHITECTURE[/VARIANT], as in linux/arm64/v8)")]
pub struct PlatformError {
    text: String,
    problem: &'static str,
}

impl Platform {
    /// A platform without variant.
    pub fn new(os: &str, architecture: &str) -> Self {
        let (architecture, variant) = normal_architecture(architecture, None);
        Self {
            os: normal_os(os),
            architecture,
            variant: variant.map(str::to_owned),
            ..Self::default()
        }
    }

    /// The platform this binary was compiled for.
    pub fn host() -> Self {
        Self::new(std::env::consts::OS, std::env::consts::ARCH)
    }

    /// Whether an image for `self` runs on `machine`.
    ///
    /// As containerd's `platforms.Only`: names are normalized, a missing `arm64` variant is `v8`, a
    /// missing `amd64` one is `v1`, and an ARM machine runs what was built for an older variant.
    pub fn runs_on(&self, machine: &Self) -> bool {
        self.variant_distance(machine).is_some()
    }

    /// How far `self` is from the best an image for `machine` can be; `None` if it does not run
    /// there. The smallest wins when an index offers several.
    pub fn variant_distance(&self, machine: &Self) -> Option<u32> {
        let (own_architecture, own) = self.normalized();
        let (architecture, offered) = machine.normalized();
        if normal_os(&self.os) != normal_os(&machine.os) || own_architecture != architecture {
            return None;
        }
        if own == offered {
            return Some(0);
        }
        let (own, offered) = (variant_number(&own)?, variant_number(&offered)?);
        let downward = matches!(architecture.as_str(), "arm" | "arm64" | "amd64");
        if downward { offered.checked_sub(own) } else { None }
    }

    /// Whether this entry of an index is no image but something that describes one, as the
    /// attestations of BuildKit are (`unknown/unknown`).
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" || self.architecture == "unknown"
    }

    /// Architecture and variant with synonyms and defaults resolved.
    fn normalized(&self) -> (String, String) {
        let (architecture, implied) =
            normal_architecture(&self.architecture, self.variant.as_deref());
        let default = match architecture.as_str() {
            "arm64" => "v8",
            "amd64" => "v1",
            "arm" => "v7",
            _ => "",
        };
        (architecture, implied.filter(|v| !v.is_empty()).unwrap_or(default).to_owned())
    }
}

/// `v7` is 7.
fn variant_number(variant: &str) -> Option<u32> {
    variant.strip_prefix('v').unwrap_or(variant).parse().ok()
}

fn normal_os(os: &str) -> String {
    let os = os.to_ascii_lowercase();
    if os == "macos" { "darwin".to_owned() } else { os }
}

/// The synonyms that containerd's `platforms/database.go` knows.
fn normal_architecture<'v>(name: &str, variant: Option<&'v str>) -> (String, Option<&'v str>) {
    let name = name.to_ascii_lowercase();
    let (name, variant) = match name.as_str() {
        "i386" | "i686" | "x86" => ("386", variant),
        "x86_64" | "x86-64" => ("amd64", variant),
        "aarch64" => ("arm64", variant),
        "armhf" => ("arm", variant.or(Some("v7"))),
        "armel" => ("arm", variant.or(Some("v6"))),
        "powerpc64" => ("ppc64", variant),
        other => (other, variant),
    };
    (name.to_owned(), variant)
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let fail = |problem| {
            let text = text.chars().take(80).collect();
            Err(PlatformError { text, problem })
        };
        let parts: Vec<&str> = text.split('/').collect();
        let word = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
        if parts.iter().any(|part| part.is_empty() || !part.bytes().all(word)) {
            return fail("a part is empty or has a character outside A-Z a-z 0-9 _ . -");
        }
        let (os, architecture, variant) = match parts.as_slice() {
            [os, architecture] => (*os, *architecture, None),
            [os, architecture, variant] => (*os, *architecture, Some(*variant)),
            [_] => return fail("the architecture is missing"),
            _ => return fail("it has more than three parts"),
        };
        let (architecture, variant) = normal_architecture(architecture, variant);
        let variant = variant.map(str::to_ascii_lowercase);
        Ok(Self { os: normal_os(os), architecture, variant, ..Self::default() })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) if !variant.is_empty() => write!(f, "/{variant}"),
            _ => Ok(()),
        }
    }
}

impl Json for Platform {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        let mut fields = Fields::new(value, place)?;
        Ok(Self {
            os: fields.take("os")?,
            architecture: fields.take("architecture")?,
            variant: fields.take_option("variant")?,
            os_version: fields.take_option("os.version")?,
            os_features: fields.take("os.features")?,
            extra: fields.finish(),
        })
    }

    fn write(&self) -> Value {
        let mut fields = FieldsWriter::new(&self.extra);
        fields.always("os", &self.os);
        fields.always("architecture", &self.architecture);
        fields.option("variant", self.variant.as_ref());
        fields.option("os.version", self.os_version.as_ref());
        fields.put("os.features", &self.os_features);
        fields.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints() {
        for (text, printed) in [
            ("linux/amd64", "linux/amd64"),
            ("Linux/x86_64", "linux/amd64"),
            ("linux/aarch64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64/v8"),
            ("linux/armhf", "linux/arm/v7"),
        ] {
            assert_eq!(text.parse::<Platform>().expect(text).to_string(), printed);
        }
        for text in ["", "linux", "linux/", "/amd64", "a/b/c/d", "linux/am d64"] {
            let error = text.parse::<Platform>().expect_err(text).to_string();
            assert!(error.contains("OS/ARCHITECTURE"), "{error}");
        }
    }

    #[test]
    fn older_variants_run_on_newer_machines() {
        for (image, machine, distance) in [
            ("linux/amd64", "linux/amd64", Some(0)),
            ("linux/amd64/v1", "linux/amd64", Some(0)),
            ("linux/amd64/v3", "linux/amd64", None),
            ("linux/amd64", "linux/amd64/v3", Some(2)),
            ("linux/arm64", "linux/arm64/v8", Some(0)),
            ("linux/arm/v6", "linux/arm/v7", Some(1)),
            ("linux/arm/v7", "linux/arm/v6", None),
            ("linux/arm64", "linux/amd64", None),
            ("windows/amd64", "linux/amd64", None),
            ("linux/riscv64", "linux/riscv64", Some(0)),
        ] {
            let (image, machine): (Platform, Platform) =
                (image.parse().expect(image), machine.parse().expect(machine));
            assert_eq!(image.variant_distance(&machine), distance, "{image} on {machine}");
            assert_eq!(image.runs_on(&machine), distance.is_some());
        }
    }
}
