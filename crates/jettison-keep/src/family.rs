//! What the name of a file tells about the family it belongs to.

/// Whether `name` is a shared library of one of `stems` (`libssl`), under any version.
///
/// Bundled copies with a hash in their names (`libssl-1a2b3c4d.so.3`, as auditwheel makes them) count too.
pub(crate) fn is_library(name: &[u8], stems: &[&str]) -> bool {
    stems.iter().any(|stem| {
        let Some(rest) = name.strip_prefix(stem.as_bytes()) else { return false };
        let is_plain = rest == b".so" || rest.starts_with(b".so.");
        is_plain || (rest.starts_with(b"-") && rest.windows(3).any(|part| part == b".so"))
    })
}

/// Whether `name` is a program of one of `stems`, with or without a version behind it (`python3.11`, `php8.2`,
/// `php-fpm8.2`, `ruby3.1`).
pub(crate) fn is_program(name: &[u8], stems: &[&str]) -> bool {
    stems.iter().any(|stem| {
        name.strip_prefix(stem.as_bytes())
            .is_some_and(|rest| rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.'))
    })
}

/// `redis` of redis-server, `postgresql` of postgresql-client-15.
pub(crate) fn first_word(name: &[u8]) -> &[u8] {
    name.split(|byte| !byte.is_ascii_alphabetic()).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_programs_are_known_by_name() {
        for (name, expected) in [
            ("libssl.so.3", true),
            ("libssl.so", true),
            ("libssl-1a2b.so.1.1", true),
            ("libssl3.so", false),
            ("libsslx.so", false),
            ("libssl-dev.txt", false),
        ] {
            assert_eq!(is_library(name.as_bytes(), &["libssl"]), expected, "{name}");
        }
        for (name, expected) in
            [("python3.11", true), ("python", true), ("python3-config", false), ("pythonw", false)]
        {
            assert_eq!(is_program(name.as_bytes(), &["python"]), expected, "{name}");
        }
    }
}
