//! Whether a value may be a real secret: chance, not habit, makes those.

/// Words that stand in values which people write in place of a secret.
const PLACEHOLDER_WORDS: &[&str] = &[
    "example",
    "sample",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "dummy",
    "redacted",
    "notreal",
    "not-real",
    "your_",
    "your-",
    "yourkey",
    "xxxx",
    "insert",
    "replace",
    "deadbeef",
    "fake",
    "foobar",
    "abcdef",
    "123456",
    "0000000",
    "test_test",
    "testtest",
    "thisis",
    "this_is",
];

/// Words up to this length stand in long random values by chance: `fake` in one of three thousand of 300 characters.
const SHORT_WORD: usize = 5;
/// Longer values are long.
const LONG_VALUE: usize = 32;

/// Values that stand for a password in examples, or for none.
const NO_PASSWORDS: &[&str] = &[
    "password",
    "passwd",
    "pass",
    "pwd",
    "secret",
    "token",
    "true",
    "false",
    "null",
    "none",
    "nil",
    "yes",
    "no",
    "undefined",
    "string",
    "required",
    "optional",
    "empty",
    "disabled",
    "enabled",
    "default",
    "prompt",
    "ask",
    "files",
    "compat",
    "sss",
    "ldap",
    "***",
    "...",
    "xxx",
    "plain",
    "text",
    "plaintext",
    "username",
    "user",
    "pw",
    "mypassword",
    "mypass",
    "your_password",
    "yourpassword",
    "key",
    "value",
    "unset",
    "locked",
    "basic",
    "bearer",
    "md5",
    "sha512",
    "trust",
    "peer",
];

/// Shannon entropy of the bytes, in bits for each.
pub(crate) fn entropy(bytes: &[u8]) -> f32 {
    let mut counts = [0_u16; 256];
    let bytes = &bytes[..bytes.len().min(1024)];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "at most 1024")]
    let len = bytes.len() as f32;
    let share = |count: &u16| f32::from(*count) / len;
    counts.iter().filter(|count| **count > 0).map(|count| -share(count) * share(count).log2()).sum()
}

/// Whether a run of characters looks drawn by chance, given the least entropy of a random one.
pub(crate) fn is_random(run: &[u8], least_entropy: f32) -> bool {
    entropy(run) >= least_entropy.min(most_entropy(run.len()))
        && !is_sequence(run)
        && !is_placeholder(run)
}

/// Three quarters of what so short a run can have at all.
fn most_entropy(len: usize) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "lengths of tokens")]
    let len = len.max(2) as f32;
    len.log2() * 0.75
}

/// Whether half of the characters follow their predecessors, as in `abcdefgh1234`.
fn is_sequence(run: &[u8]) -> bool {
    let steps = run.windows(2).filter(|pair| pair[1] == pair[0].wrapping_add(1)).count();
    steps * 2 > run.len()
}

/// Whether a person wrote that this is no secret.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let may_mean_it = |word: &str| word.len() > SHORT_WORD || value.len() <= LONG_VALUE;
    let has =
        |word: &&str| may_mean_it(word) && memchr::memmem::find(&lower, word.as_bytes()).is_some();
    let first = value.first().copied().unwrap_or_default();
    value.iter().all(|&byte| byte == first || !byte.is_ascii_alphanumeric())
        || PLACEHOLDER_WORDS.iter().any(has)
}

/// Whether a value may be a password that somebody chose: any but those that examples have, and references to where the
/// real one is.
pub(crate) fn is_password(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let first = text.chars().next().unwrap_or_default();
    let is_reference = "$<{%[(&*!@#".contains(first)
        || [
            "${", "{{", "$(", "<%", "%(", "#{", "env(", "enc(", "vault", "secret:", "env.",
            "environ", "getenv", "file:",
        ]
        .iter()
        .any(|mark| lower.contains(mark));
    let is_path = text.starts_with('/') || text.starts_with("./") || text.starts_with("~/");
    (3..=256).contains(&text.len())
        && !is_reference
        && !is_path
        && !text.contains(|letter: char| letter.is_control() || letter == ' ')
        && !NO_PASSWORDS.contains(&lower.as_str())
        && !text.chars().all(|letter| letter == first)
}

/// Whether a value may be a key or token that a machine made: long, and of letters and digits in disorder.
pub(crate) fn is_key(value: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-.~".contains(byte);
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    (16..=512).contains(&value.len())
        && is_password(value)
        && value.iter().all(is_plain)
        // A long one may have no digits by chance; then its letters are in more disorder than any name's.
        && (digits >= 2 || (value.len() >= 32 && entropy(value) > 4.3))
        && letters >= 4
        && is_random(value, 3.3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_told_from_habit() {
        for random in ["q7Zk2LmX9vTbW4nRcY8s", "9f86d081884c7d659a2feaa0c55ad015"] {
            assert!(is_random(random.as_bytes(), 2.2), "{random}");
        }
        for habit in [
            "xxxxxxxxxxxxxxxxxxxx",
            "abcdefghijklmnopqrst",
            "00000000000000000000",
            "your_token_goes_here_1",
            "AKIAIOSFODNN7EXAMPLE",
        ] {
            assert!(!is_random(habit.as_bytes(), 2.2), "{habit}");
        }
    }

    #[test]
    fn passwords_are_told_from_references() {
        for password in ["hunter2", "S3cr3t!", "admin", "root", "changeme"] {
            assert!(is_password(password.as_bytes()), "{password}");
        }
        for none in [
            "",
            "ab",
            "${DB_PASSWORD}",
            "<password>",
            "{{ pw }}",
            "password",
            "null",
            "/run/secrets/db",
            "two words",
            "aaaa",
        ] {
            assert!(!is_password(none.as_bytes()), "{none}");
        }
        assert!(is_key(b"kX82mLqP0zRt55YwVb1N"));
        assert!(!is_key(b"correct-horse-battery"));
    }
}
