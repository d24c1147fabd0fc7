//! Paths as archives spell them, made plain.

use thiserror::Error;

use crate::Limits;

/// What is wrong with a path of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PathFault {
    /// It leads out of the root.
    #[error("climbs out of the root with `..`")]
    Escapes,
    /// It holds a zero byte, which no path can.
    #[error("holds a zero byte")]
    ZeroByte,
    /// It is empty where a name is needed.
    #[error("is empty")]
    Empty,
    /// It is too long.
    #[error("is longer than {0} bytes")]
    TooLong(usize),
    /// One of its components is too long.
    #[error("has a component longer than {0} bytes")]
    NameTooLong(usize),
    /// It has too many components.
    #[error("is deeper than {0} components")]
    TooDeep(usize),
}

/// Brings a path into the form of [`crate::LayerEntry::path`].
///
/// As Docker does, leading slashes are dropped and `..` takes the component before it away. A
/// `..` that has none before it leads out of the root and is refused.
pub(crate) fn normalise(path: &[u8], limits: &Limits) -> Result<Box<[u8]>, PathFault> {
    if path.contains(&0) {
        return Err(PathFault::ZeroByte);
    }
    let mut plain = Vec::with_capacity(path.len());
    let mut depth = 0;
    for name in path.split(|&byte| byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." if depth == 0 => return Err(PathFault::Escapes),
            b".." => {
                depth -= 1;
                plain.truncate(plain.iter().rposition(|&byte| byte == b'/').unwrap_or(0));
            }
            name if name.len() > limits.name_bytes => {
                return Err(PathFault::NameTooLong(limits.name_bytes));
            }
            name => {
                depth += 1;
                if !plain.is_empty() {
                    plain.push(b'/');
                }
                plain.extend_from_slice(name);
            }
        }
    }
    if plain.len() > limits.path_bytes {
        return Err(PathFault::TooLong(limits.path_bytes));
    }
    if depth > limits.depth {
        return Err(PathFault::TooDeep(limits.depth));
    }
    Ok(plain.into())
}

/// Checks the target of a symbolic link, which stays as it is.
pub(crate) fn check_target(target: &[u8], limits: &Limits) -> Result<(), PathFault> {
    if target.is_empty() {
        return Err(PathFault::Empty);
    }
    if target.contains(&0) {
        return Err(PathFault::ZeroByte);
    }
    if target.len() > limits.path_bytes {
        return Err(PathFault::TooLong(limits.path_bytes));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_plain() {
        let limits = &Limits { path_bytes: 20, name_bytes: 8, depth: 4, ..Limits::DEFAULT };
        let cases: [(&str, Result<&str, PathFault>); 16] = [
            ("", Ok("")),
            (".", Ok("")),
            ("./", Ok("")),
            ("/", Ok("")),
            ("usr/bin", Ok("usr/bin")),
            ("./usr//bin/.", Ok("usr/bin")),
            ("///usr/bin/", Ok("usr/bin")),
            ("usr/../etc", Ok("etc")),
            ("a/b/../../c", Ok("c")),
            ("a/..", Ok("")),
            ("..", Err(PathFault::Escapes)),
            ("/a/../../b", Err(PathFault::Escapes)),
            ("a\0b", Err(PathFault::ZeroByte)),
            ("123456789", Err(PathFault::NameTooLong(8))),
            ("1234567/1234567/12345", Err(PathFault::TooLong(20))),
            ("a/b/c/d/e", Err(PathFault::TooDeep(4))),
        ];
        for (path, expected) in cases {
            let plain = normalise(path.as_bytes(), limits);
            assert_eq!(plain.as_deref(), expected.as_ref().map(|path| path.as_bytes()), "{path:?}");
        }
    }
}
