//! Helper programs that keep credentials: `docker-credential-NAME get`, `store`, `erase`.

use std::{
    io::{self, Read, Write},
    process::{Command, Stdio},
};

use serde::Deserialize;
use serde_json::json;

use crate::{
    Credential, CredentialError,
    auth_file::{TOKEN_USER, named},
};

/// A helper program, found by its name in `PATH`.
#[derive(Debug, Clone)]
pub(crate) struct CredentialHelper {
    /// What stands behind `docker-credential-`.
    name: String,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Username", default)]
    username: String,
    #[serde(rename = "Secret", default)]
    secret: String,
}

/// How helpers say, in their output, that they have nothing (docker-credential-helpers, `credentials/error.go`).
const NOTHING: &[&str] = &[
    "credentials not found in native keychain",
    "no credentials server URL",
    "no credentials username",
];

/// An answer is one small object.
const MAX_ANSWER: u64 = 1 << 20;

impl CredentialHelper {
    pub(crate) fn new(name: &str) -> Result<Self, CredentialError> {
        let helper = Self { name: name.to_owned() };
        // The name comes from a file: it must not lead out of PATH.
        if name.is_empty() || name.contains('/') {
            return Err(helper.failed("has a name that is none".to_owned()));
        }
        Ok(helper)
    }

    /// What it has for a server.
    pub(crate) fn get(&self, server: &str) -> Result<Option<Credential>, CredentialError> {
        let (is_success, output) = self.run("get", server.as_bytes())?;
        let text = String::from_utf8_lossy(&output);
        if !is_success {
            if NOTHING.iter().any(|nothing| text.contains(nothing)) {
                return Ok(None);
            }
            return Err(self.failed(format!("fails: {}", crate::fault::shown(&text))));
        }
        // The parser's own words could quote the secret.
        let answer: Answer = serde_json::from_slice(&output)
            .map_err(|_unsaid| self.failed("answers with something else than JSON".to_owned()))?;
        if answer.username.is_empty() && answer.secret.is_empty() {
            return Ok(None);
        }
        Ok(Some(named(&answer.username, &answer.secret)))
    }

    /// Gives it a credential to keep.
    pub(crate) fn store(
        &self,
        server: &str,
        credential: &Credential,
    ) -> Result<(), CredentialError> {
        let (username, secret) = match credential {
            Credential::Basic { username, password } => (username.as_str(), password),
            Credential::IdentityToken(token) | Credential::RegistryToken(token) => {
                (TOKEN_USER, token)
            }
        };
        let input = json!({"ServerURL": server, "Username": username, "Secret": secret.expose()});
        self.tell("store", input.to_string().as_bytes())
    }

    /// Makes it forget a server.
    pub(crate) fn erase(&self, server: &str) -> Result<(), CredentialError> {
        self.tell("erase", server.as_bytes())
    }

    fn tell(&self, action: &str, input: &[u8]) -> Result<(), CredentialError> {
        let (is_success, output) = self.run(action, input)?;
        let text = String::from_utf8_lossy(&output);
        if is_success || NOTHING.iter().any(|nothing| text.contains(nothing)) {
            return Ok(());
        }
        Err(self.failed(format!("fails: {}", crate::fault::shown(&text))))
    }

    /// Runs it; it may ask the person something, so that nobody says how long it may take.
    fn run(&self, action: &str, input: &[u8]) -> Result<(bool, Vec<u8>), CredentialError> {
        let broken = |error: io::Error| self.failed(format!("cannot be run: {error}"));
        let program = format!("docker-credential-{}", self.name);
        let child = Command::new(&program)
            .arg(action)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn();
        let mut child = match child {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let problem = format!(
                    "is not installed, but the configuration names it; install {program}, or take it out of \
                     \"credsStore\" and \"credHelpers\""
                );
                return Err(self.failed(problem));
            }
            other => other.map_err(broken)?,
        };
        let mut stdin = child.stdin.take().expect("it was asked for");
        // A helper that does not read is one that fails by itself.
        let written = stdin.write_all(input);
        drop(stdin);
        let mut output = Vec::new();
        let stdout = child.stdout.take().expect("it was asked for");
        stdout.take(MAX_ANSWER).read_to_end(&mut output).map_err(broken)?;
        let status = child.wait().map_err(broken)?;
        if status.success() {
            written.map_err(broken)?;
        }
        Ok((status.success(), output))
    }

    fn failed(&self, problem: String) -> CredentialError {
        CredentialError::Helper { helper: self.name.clone(), problem }
    }
}
