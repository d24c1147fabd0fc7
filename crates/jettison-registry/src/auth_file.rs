//! Docker's `config.json` and podman's `auth.json`: who one is to which registry.

use std::path::{Path, PathBuf};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use serde_json::{Map, Value, json};

use crate::{Credential, CredentialError, Secret, server_key};

/// Docker Hub's key, which is an address for historical reasons.
pub(crate) const HUB_KEY: &str = "https://index.docker.io/v1/";

/// Programs wrote the padding or not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The name by which helpers say that the secret is a refresh token.
pub(crate) const TOKEN_USER: &str = "<token>";

/// The content of such a file, unknown fields included.
#[derive(Clone)]
pub(crate) struct AuthFile {
    path: PathBuf,
    content: Map<String, Value>,
}

impl std::fmt::Debug for AuthFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl AuthFile {
    /// Reads it; a file that is not there is empty.
    pub(crate) fn read(path: &Path) -> Result<Self, CredentialError> {
        let bytes = match fs_err::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        Self::parse(path, &bytes)
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, CredentialError> {
        let malformed =
            |problem: String| Err(CredentialError::Malformed { path: path.to_owned(), problem });
        // Docker takes an empty file for an empty object too.
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self { path: path.to_owned(), content: Map::new() });
        }
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(content)) => Ok(Self { path: path.to_owned(), content }),
            Ok(_) => malformed("it is not a JSON object".to_owned()),
            // The parser's own words could quote a password.
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                malformed(format!("it is not JSON (line {line}, column {column})"))
            }
        }
    }

    /// The helper program for a registry: one of its own, or the one for all.
    pub(crate) fn helper(&self, domain: &str) -> Option<String> {
        let own = self.object("credHelpers").and_then(|helpers| {
            let found = helpers.iter().find(|(key, _)| server_key::names(key, domain));
            found.and_then(|(_, helper)| helper.as_str())
        });
        let name = own.or_else(|| self.content.get("credsStore").and_then(Value::as_str));
        name.filter(|name| !name.is_empty()).map(str::to_owned)
    }

    /// What the file itself holds for a repository, the most specific key first.
    pub(crate) fn find(
        &self,
        domain: &str,
        repository: &str,
    ) -> Result<Option<Credential>, CredentialError> {
        let Some(auths) = self.object("auths") else { return Ok(None) };
        for key in server_key::candidates(domain, repository) {
            if let Some(entry) = auths.get(&key)
                && let Some(credential) = self.credential(&key, entry)?
            {
                return Ok(Some(credential));
            }
        }
        for (key, entry) in auths.iter().filter(|(key, _)| server_key::names(key, domain)) {
            if let Some(credential) = self.credential(key, entry)? {
                return Ok(Some(credential));
            }
        }
        Ok(None)
    }

    /// Puts a credential in; with a helper that holds the secret, only a mark that there is one.
    pub(crate) fn insert(&mut self, domain: &str, credential: Option<&Credential>) {
        self.remove(domain);
        let entry = match credential {
            None => json!({}),
            Some(Credential::Basic { username, password }) => {
                json!({"auth": STANDARD.encode(format!("{username}:{}", password.expose()))})
            }
            Some(Credential::IdentityToken(token)) => json!({"identitytoken": token.expose()}),
            Some(Credential::RegistryToken(token)) => json!({"registrytoken": token.expose()}),
        };
        let auths = self.content.entry("auths").or_insert_with(|| json!({}));
        if !auths.is_object() {
            *auths = json!({});
        }
        auths[server_key::of(domain)] = entry;
    }

    /// Takes out everything about a registry; whether there was something.
    pub(crate) fn remove(&mut self, domain: &str) -> bool {
        let Some(auths) = self.content.get_mut("auths").and_then(Value::as_object_mut) else {
            return false;
        };
        let before = auths.len();
        auths.retain(|key, _| !server_key::names(key, domain));
        auths.len() < before
    }

    /// The file as docker writes it.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
        serde::Serialize::serialize(&self.content, &mut serializer)
            .expect("JSON with text keys can be written");
        bytes
    }

    fn object(&self, name: &str) -> Option<&Map<String, Value>> {
        self.content.get(name).and_then(Value::as_object)
    }

    fn credential(&self, key: &str, entry: &Value) -> Result<Option<Credential>, CredentialError> {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
        if let Some(token) = text("identitytoken") {
            return Ok(Some(Credential::IdentityToken(Secret::new(token))));
        }
        if let Some(token) = text("registrytoken") {
            return Ok(Some(Credential::RegistryToken(Secret::new(token))));
        }
        if let Some(auth) = text("auth") {
            let decoded = LENIENT.decode(auth.trim()).ok().and_then(|b| String::from_utf8(b).ok());
            let pair = decoded.as_deref().and_then(|pair| pair.split_once(':'));
            let Some((username, password)) = pair else {
                let problem = format!("\"auth\" of {key:?} is not the base64 of NAME:PASSWORD");
                return Err(CredentialError::Malformed { path: self.path.clone(), problem });
            };
            return Ok(Some(named(username, password.trim_matches('\0'))));
        }
        Ok(match (text("username"), text("password")) {
            (Some(username), Some(password)) => Some(named(username, password)),
            _ => None,
        })
    }
}

/// A name and a secret, which is a refresh token when the name says so.
pub(crate) fn named(username: &str, secret: &str) -> Credential {
    if username == TOKEN_USER {
        return Credential::IdentityToken(Secret::new(secret));
    }
    Credential::basic(username, secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> AuthFile {
        AuthFile::parse(Path::new("config.json"), text.as_bytes()).expect("valid")
    }

    fn find(text: &str, domain: &str, repository: &str) -> Option<Credential> {
        parse(text).find(domain, repository).expect("readable")
    }

    #[test]
    fn keys_in_every_spelling() {
        // "YTpi" is "a:b".
        for (key, domain, found) in [
            ("https://index.docker.io/v1/", "docker.io", true),
            ("index.docker.io", "docker.io", true),
            ("docker.io", "docker.io", true),
            ("registry-1.docker.io", "docker.io", true),
            ("https://index.docker.io/v1/refresh-token", "docker.io", false),
            ("quay.io", "quay.io", true),
            ("https://quay.io", "quay.io", true),
            ("https://quay.io/v1/", "quay.io", true),
            ("http://localhost:5000/v2/", "localhost:5000", true),
            ("localhost:5000", "localhost:5001", false),
            ("localhost", "localhost:5000", false),
            ("notquay.io", "quay.io", false),
        ] {
            let text = format!(r#"{{"auths":{{"{key}":{{"auth":"YTpi"}}}}}}"#);
            assert_eq!(find(&text, domain, "x").is_some(), found, "{key} {domain}");
        }
    }

    #[test]
    fn the_nearest_key_wins() {
        let text = r#"{"auths":{"quay.io":{"auth":"YTpi"},"quay.io/team":{"auth":"Yzpk"},
            "quay.io/team/app":{"auth":"ZTpm"}}}"#;
        assert_eq!(find(text, "quay.io", "other"), Some(Credential::basic("a", "b")));
        assert_eq!(find(text, "quay.io", "team/x"), Some(Credential::basic("c", "d")));
        assert_eq!(find(text, "quay.io", "team/app"), Some(Credential::basic("e", "f")));
        assert_eq!(find(text, "quay.io", "team/app/deep"), Some(Credential::basic("e", "f")));
        assert_eq!(find(text, "quay.io", "teams"), Some(Credential::basic("a", "b")));
    }

    #[test]
    fn entries_of_every_kind() {
        let of = |entry: &str| find(&format!(r#"{{"auths":{{"q":{entry}}}}}"#), "q", "x");
        assert_eq!(of(r#"{"auth":"YTpiOmM="}"#), Some(Credential::basic("a", "b:c")));
        assert_eq!(
            of(r#"{"auth":"YTpiOmM"}"#),
            Some(Credential::basic("a", "b:c")),
            "without padding"
        );
        assert_eq!(of(r#"{"username":"a","password":"b"}"#), Some(Credential::basic("a", "b")));
        let token = Credential::IdentityToken(Secret::new("t"));
        assert_eq!(of(r#"{"auth":"YTpi","identitytoken":"t"}"#), Some(token));
        let token = Credential::RegistryToken(Secret::new("t"));
        assert_eq!(of(r#"{"registrytoken":"t"}"#), Some(token));
        assert_eq!(of("{}"), None);
    }

    #[test]
    fn helpers() {
        let file =
            parse(r#"{"credsStore":"all","credHelpers":{"quay.io":"quay","docker.io":"hub"}}"#);
        assert_eq!(file.helper("quay.io").as_deref(), Some("quay"));
        assert_eq!(file.helper("docker.io").as_deref(), Some("hub"));
        assert_eq!(file.helper("ghcr.io").as_deref(), Some("all"));
        assert_eq!(parse("{}").helper("quay.io"), None);
    }

    #[test]
    fn what_is_damaged_is_told_without_its_values() {
        let path = Path::new("/c/config.json");
        for (text, part) in [
            ("[]", "not a JSON object"),
            (r#"{"auths":{"q":{"auth":"hunter2"#, "not JSON (line 1"),
            (r#"{"auths":{"q":{"auth":"aHVudGVyMg=="}}}"#, "\"auth\" of \"q\" is not the base64"),
            (r#"{"auths":{"q":{"auth":"!hunter2!"}}}"#, "is not the base64 of NAME:PASSWORD"),
        ] {
            let found = AuthFile::parse(path, text.as_bytes()).and_then(|file| file.find("q", "x"));
            let error = found.expect_err(text);
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(part) && shown.contains("/c/config.json"), "{shown}");
            assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVyMg"), "{shown}");
        }
    }

    #[test]
    fn what_is_unknown_stays() {
        let text =
            r#"{"psFormat":"x","auths":{"https://q/v1/":{"auth":"YTpi"},"r":{"x":1}},"n":[1]}"#;
        let mut file = parse(text);
        file.insert("q", Some(&Credential::basic("c", "d")));
        let written: Value = serde_json::from_slice(&file.to_vec()).expect("JSON");
        let expected = json!({"psFormat":"x","auths":{"q":{"auth":"Yzpk"},"r":{"x":1}},"n":[1]});
        assert_eq!(written, expected);
        assert!(file.remove("q") && !file.remove("q"));
        file.insert("docker.io", None);
        let written: Value = serde_json::from_slice(&file.to_vec()).expect("JSON");
        assert_eq!(written["auths"][HUB_KEY], json!({}));
    }
}
