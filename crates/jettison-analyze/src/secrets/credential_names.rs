//! Names that say that their values are credentials: of variables, labels, headers, options.

use super::assignment::names_something_else;

/// Words that names of credentials have; what follows may make them names of something else.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "access_key",
    "private_key",
    "auth_key",
    "authkey",
    "account_key",
    "encryption_key",
    "signing_key",
    "master_key",
];
/// Words with which names of credentials end.
const ENDS: &[&str] = &[
    "_pass",
    "_pwd",
    "_pw",
    "sshpass",
    "rediscli_auth",
    "requirepass",
    "masterauth",
    "storepass",
    "keypass",
];

/// Whether a variable's, label's or header's name says that its value is a credential.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['-', '.'], "_");
    let name = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let is_about = |word: &str| {
        name.find(word).is_some_and(|at| !names_something_else(&name[at + word.len()..]))
    };
    NAMES.iter().any(|word| is_about(word)) || ENDS.iter().any(|end| name.ends_with(end))
}

/// Beginnings of options that switch something about passwords and take none.
const SWITCHES: &[&str] = &[
    "no",
    "disable",
    "disabled",
    "ask",
    "allow",
    "empty",
    "without",
    "with",
    "skip",
    "require",
    "show",
    "save",
    "use",
    "enable",
    "random",
    "generate",
    "prompt",
    "blank",
    "print",
    "reset",
    "initialize",
    "insecure",
    "force",
];

/// Whether an option takes a credential: `password`, `db-password`, `client-secret`.
pub(super) fn is_secret_option(name: &str) -> bool {
    let lower = name.to_ascii_lowercase().replace(['-', '.'], "_");
    let lower = lower.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let is_end = |word: &str| lower.ends_with(word) && lower != "private_key";
    let first = lower.split('_').next().unwrap_or_default();
    let ends = NAMES.iter().copied().chain(ENDS.iter().copied());
    !SWITCHES.contains(&first)
        && (lower == "pass" || lower == "secret_key" || ends.into_iter().any(is_end))
}

/// Values that switch something on or off, and numbers of tokens.
pub(super) fn is_switch(name: &str, value: &str) -> bool {
    let value = value.trim_matches(['"', '\'']).to_ascii_lowercase();
    if name.to_ascii_lowercase().contains("token") && value.parse::<u32>().is_ok() {
        return true;
    }
    matches!(
        value.as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "0" | "1" | "none" | "null"
    )
}

/// Whether it may be the name of a variable, or of a label.
pub(super) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter))
        && !name.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_those_of_other_things() {
        for name in [
            "DB_PASSWORD",
            "PASSWORD_PROD",
            "github.token",
            "X-Api-Key",
            "MYSQL_PWD",
            "SSHPASS",
            "Password1",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "DB_PASSWORD_FILE",
            "PWD",
            "PATH",
            "TOKEN_TTL",
            "PASSWORDLESS",
            "BYPASS",
            "SECRET_NAME",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
        for name in ["password", "db-password", "clientSecret", "storepass", "secret-key", "pass"] {
            assert!(is_secret_option(name), "{name}");
        }
        for name in
            ["no-password", "ask-password", "password-file", "private-key", "max-tokens", "compass"]
        {
            assert!(!is_secret_option(name), "{name}");
        }
    }
}
