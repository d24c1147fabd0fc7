//! Names of variables that probably hold secrets.

/// Words as in BuildKit's check `SecretsUsedInArgOrEnv`.
const WORDS: &[&str] = &[
    "apikey",
    "auth",
    "credential",
    "credentials",
    "key",
    "password",
    "pword",
    "passwd",
    "secret",
    "token",
];

/// Parts that tell a secret wherever they stand in a name.
const PARTS: &[&str] = &["password", "secret", "token", "api_key", "private_key", "access_key"];

/// Last words of names of what is about a secret, but is none.
const ABOUT: &[&str] = &[
    "version", "file", "path", "dir", "url", "uri", "storage", "name", "endpoint", "issuer",
    "type", "length", "expiry", "ttl", "header",
];

/// Whether one of `name`'s words, split at underscores, stands for a secret; `public` among them
/// says otherwise.
pub(crate) fn has_secret_word(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let has = |words: &[&str]| lower.split('_').any(|part| words.contains(&part));
    // Where a secret lies is none; BuildKit reports these, too.
    let names_place = ["_file", "_path", "_dir"].iter().any(|end| lower.ends_with(end));
    has(WORDS) && !has(&["public"]) && !names_place
}

/// Whether a word for a secret is anywhere in `name`: `PGPASSWORD`, `AdminPassword`.
pub(crate) fn has_secret_part(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let last = lower.rsplit('_').next().unwrap_or_default();
    PARTS.iter().any(|part| lower.contains(part)) && !ABOUT.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for name in ["DB_PASSWORD", "token", "GPG_KEY", "apikey"] {
            assert!(has_secret_word(name), "{name}");
        }
        for name in ["KEYBOARD", "PUBLIC_KEY", "TOKENIZER", "PATH"] {
            assert!(!has_secret_word(name), "{name}");
        }
    }

    #[test]
    fn parts() {
        for name in ["PGPASSWORD", "AdminPassword", "secretKey", "SENDGRID_API_KEY"] {
            assert!(has_secret_part(name), "{name}");
        }
        for name in ["HELM_SECRETS_VERSION", "TOKEN_STORAGE", "USERNAME", "PASSWORD_FILE"] {
            assert!(!has_secret_part(name), "{name}");
        }
    }
}
