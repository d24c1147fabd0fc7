//! What an engine has, and names it is given.

use std::collections::BTreeMap;

use jettison_image::{Digest, ImageConfig, Platform, Reference};
use serde_json::Value;

use super::{Engine, EngineError, client::Method};

/// What an engine says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineVersion {
    /// `20.10.24`.
    pub version: String,
    /// The newest API it speaks.
    pub api: (u32, u32),
    /// The oldest.
    pub min_api: (u32, u32),
    /// Whether it is podman.
    pub is_podman: bool,
}

impl EngineVersion {
    pub(super) fn of(answer: &Value) -> Self {
        let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
        let number = |key: &str, otherwise| {
            let (major, minor) = text(key).split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?)).or(Some(otherwise))
        };
        let components = answer.get("Components").and_then(Value::as_array);
        let is_podman = components.into_iter().flatten().any(|component| {
            component
                .get("Name")
                .and_then(Value::as_str)
                .is_some_and(|name| name.contains("Podman"))
        });
        Self {
            version: text("Version").to_owned(),
            api: number("ApiVersion", (1, 24)).unwrap_or((1, 24)),
            min_api: number("MinAPIVersion", (1, 12)).unwrap_or((1, 12)),
            is_podman,
        }
    }

    /// The version of the API to use by a client that knows `known`.
    pub(super) fn api_for(&self, known: (u32, u32)) -> (u32, u32) {
        known.min(self.api).max(self.min_api)
    }

    /// Whether it loads layers that are compressed with zstd: Docker since 23.0, podman since 4.0.
    pub fn loads_zstd(&self) -> bool {
        let major = self.version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        let since = if self.is_podman { 4 } else { 23 };
        major.is_some_and(|major| major >= since)
    }
}

/// An image of an engine.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineImage {
    /// The digest of its config (of its manifest, with Docker's containerd store).
    pub id: Digest,
    /// Its names.
    pub names: Vec<Reference>,
    /// Names with the digest under which registries know it.
    pub digests: Vec<Reference>,
    /// When it was made, in seconds since 1970.
    pub created: Option<i64>,
    /// Bytes of its layers, unpacked.
    pub size: u64,
    /// Free-form notes.
    pub labels: BTreeMap<String, String>,
    /// What it runs on; the list of images does not say.
    pub platform: Option<Platform>,
}

impl Engine {
    /// All images that are not merely parts of others.
    pub fn images(&self) -> Result<Vec<EngineImage>, EngineError> {
        let action = "listing images";
        let answer = self.json(action, self.request(action, "/images/json", Method::Get)?)?;
        let list = answer.as_array().ok_or_else(|| self.unexpected(action, "it is no list"))?;
        list.iter().map(|image| self.image(action, image)).collect()
    }

    /// One image, by name or id.
    pub fn inspect(&self, name: &str) -> Result<EngineImage, EngineError> {
        let action = format!("inspecting {name}");
        let path = format!("/images/{}/json", escaped(name));
        let answer = self.request(&action, &path, Method::Get);
        let answer = self.json(&action, self.found(name, answer)?)?;
        let mut image = self.image(&action, &answer)?;
        let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
        if !text("Os").is_empty() {
            let mut platform = Platform::new(text("Os"), text("Architecture"));
            platform.variant = Some(text("Variant").to_owned()).filter(|own| !own.is_empty());
            image.platform = Some(platform);
        }
        Ok(image)
    }

    /// The id and the config of an image, without its history.
    pub fn config(&self, name: &str) -> Result<(Digest, ImageConfig), EngineError> {
        let action = format!("inspecting {name}");
        let path = format!("/images/{}/json", escaped(name));
        let answer = self.request(&action, &path, Method::Get);
        let answer = self.json(&action, self.found(name, answer)?)?;
        let id = self.image(&action, &answer)?.id;
        let field = |key: &str| answer.get(key).cloned().unwrap_or_default();
        let layers = answer.pointer("/RootFS/Layers").cloned().unwrap_or_default();
        // The same fields as in the config itself, under the engine's names.
        let config = serde_json::json!({
            "architecture": field("Architecture"),
            "os": field("Os"),
            "variant": field("Variant"),
            "created": field("Created"),
            "author": field("Author"),
            "config": field("Config"),
            "rootfs": {"type": "layers", "diff_ids": layers},
        });
        let mut config = ImageConfig::from_slice(config.to_string().as_bytes())
            .map_err(|error| self.unexpected(&action, &error.to_string()))?;
        config.variant = config.variant.filter(|variant| !variant.is_empty());
        Ok((id, config))
    }

    /// Gives an image a further name.
    pub fn tag(&self, name: &str, new: &Reference) -> Result<(), EngineError> {
        let action = format!("tagging {name}");
        let tag = new.tag().unwrap_or("latest");
        let (repository, tag) = (escaped(&new.familiar_repository()), escaped(tag));
        let path = format!("/images/{}/tag?repo={repository}&tag={tag}", escaped(name));
        let answer = self.request(&action, &path, Method::Post);
        self.found(name, answer).map(drop)
    }

    /// Turns the engine's 404 into an error that says what is missing.
    pub(super) fn found<T>(
        &self,
        name: &str,
        answer: Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        match answer {
            Err(EngineError::Refused { message, .. })
                if message.to_lowercase().contains("no such image")
                    || message.contains("image not known")
                    || message.contains("reference does not exist") =>
            {
                Err(EngineError::NoSuchImage { address: self.address(), name: name.to_owned() })
            }
            other => other,
        }
    }

    fn image(&self, action: &str, value: &Value) -> Result<EngineImage, EngineError> {
        let id = value.get("Id").and_then(Value::as_str).unwrap_or_default();
        // podman leaves the algorithm away.
        let id = if id.contains(':') { id.parse() } else { Digest::from_sha256_hex(id) };
        let id = id.map_err(|error| self.unexpected(action, &error.to_string()))?;
        let names = |key: &str| {
            let list = value.get(key).and_then(Value::as_array);
            let texts = list.into_iter().flatten().filter_map(Value::as_str);
            // Images without a name have "<none>:<none>" in older engines.
            texts.filter_map(|text| text.parse().ok()).collect::<Vec<Reference>>()
        };
        let created = value.get("Created");
        Ok(EngineImage {
            id,
            names: names("RepoTags"),
            digests: names("RepoDigests"),
            created: created.and_then(Value::as_i64),
            size: value.get("Size").and_then(Value::as_u64).unwrap_or_default(),
            labels: labels(value),
            platform: None,
        })
    }

    pub(super) fn unexpected(&self, action: &str, problem: &str) -> EngineError {
        let (address, action, problem) = (self.address(), action.to_owned(), problem.to_owned());
        EngineError::Answer { address, action, problem }
    }
}

fn labels(image: &Value) -> BTreeMap<String, String> {
    let config = image.pointer("/Config/Labels").or_else(|| image.get("Labels"));
    let labels = config.and_then(Value::as_object).into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// A name as part of an address: everything but what names consist of is escaped.
pub(super) fn escaped(name: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:@".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("a string takes everything");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_api_is_the_newest_that_both_know() {
        let version = |api: &str, min: &str| {
            EngineVersion::of(&json!({"Version": "1", "ApiVersion": api, "MinAPIVersion": min}))
        };
        for (api, min, used) in [
            ("1.41", "1.12", (1, 41)),
            ("1.51", "1.24", (1, 47)),
            ("1.60", "1.50", (1, 50)),
            ("", "", (1, 24)),
        ] {
            assert_eq!(version(api, min).api_for((1, 47)), used, "{api}");
        }
    }

    #[test]
    fn zstd_depends_on_engine_and_version() {
        for (answer, loads) in [
            (json!({"Version": "20.10.24+dfsg1"}), false),
            (json!({"Version": "23.0.1"}), true),
            (json!({"Version": "4.3.1", "Components": [{"Name": "Podman Engine"}]}), true),
            (json!({"Version": "3.4.4", "Components": [{"Name": "Podman Engine"}]}), false),
            (json!({}), false),
        ] {
            assert_eq!(EngineVersion::of(&answer).loads_zstd(), loads, "{answer}");
        }
    }

    #[test]
    fn names_cannot_leave_their_place_in_the_address() {
        assert_eq!(escaped("a/b:1"), "a/b:1");
        assert_eq!(escaped("a?b=c&d#e f"), "a%3Fb%3Dc%26d%23e%20f");
    }
}
