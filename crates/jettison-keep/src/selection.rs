//! What the user keeps and drops by name: globs over absolute paths.

use std::{collections::BTreeSet, ffi::OsStr, os::unix::ffi::OsStrExt};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use thiserror::Error;

use crate::Scene;

/// A pattern that cannot be understood.
#[derive(Debug, Error)]
#[error(
    "the pattern {pattern:?} cannot be understood: {reason}; `*` stays within a directory, `**` crosses them"
)]
pub struct GlobError {
    /// As the user wrote it.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Paths named by the user.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    includes: GlobSet,
    excludes: GlobSet,
    /// The patterns as the user wrote them, in the order of the sets.
    written: [Vec<String>; 2],
    /// Commands that are kept with all they need: a path, or a name in the image's search path.
    pub binaries: Vec<String>,
    /// Whether a shell and the everyday commands around it are kept.
    pub shell: bool,
}

impl Selection {
    /// Understands the patterns of `--include-path` and `--exclude-path`.
    ///
    /// A pattern names an absolute path; a directory that matches stands for everything below it. `*` and `?` stay within
    /// a directory, `**` crosses them, `[…]` and `{a,b}` work as in a shell.
    pub fn new(includes: &[String], excludes: &[String]) -> Result<Self, GlobError> {
        Ok(Self {
            includes: globs(includes)?,
            excludes: globs(excludes)?,
            written: [includes.to_vec(), excludes.to_vec()],
            ..Self::default()
        })
    }

    /// What the user named that the image does not have: the option and the pattern or program.
    pub fn idle(&self, scene: &Scene<'_>) -> Vec<(&'static str, &str)> {
        let sets = [("--include-path", &self.includes), ("--exclude-path", &self.excludes)];
        let mut idle = Vec::new();
        for ((option, set), written) in sets.into_iter().zip(&self.written) {
            let mut open: BTreeSet<usize> = (0..written.len()).collect();
            for path in scene.tree.iter() {
                if open.is_empty() {
                    break;
                }
                for index in set.matches(OsStr::from_bytes(&scene.tree.path(path))) {
                    open.remove(&index);
                }
            }
            idle.extend(open.into_iter().map(|index| (option, written[index].as_str())));
        }
        let programs = self.binaries.iter().filter(|word| scene.command(word).is_none());
        idle.extend(programs.map(|word| ("--include-bin", word.as_str())));
        idle
    }

    /// Whether the absolute path, or a directory above it, is to be kept.
    pub fn includes(&self, path: &[u8]) -> bool {
        matches_with_parents(&self.includes, path)
    }

    /// Whether the absolute path, or a directory above it, is to be dropped.
    pub fn excludes(&self, path: &[u8]) -> bool {
        matches_with_parents(&self.excludes, path)
    }

    /// Whether the user named anything to keep by pattern.
    pub fn has_includes(&self) -> bool {
        !self.includes.is_empty()
    }
}

fn matches_with_parents(globs: &GlobSet, path: &[u8]) -> bool {
    if globs.is_empty() {
        return false;
    }
    let ends =
        path.iter().enumerate().skip(1).filter(|&(_, &byte)| byte == b'/').map(|(end, _)| end);
    ends.chain([path.len()]).any(|end| globs.is_match(OsStr::from_bytes(&path[..end])))
}

fn globs(patterns: &[String]) -> Result<GlobSet, GlobError> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let failed = |reason: String| GlobError { pattern: pattern.clone(), reason };
        let absolute = pattern.trim_end_matches('/');
        if !absolute.starts_with('/') && !absolute.starts_with("**") && !pattern.starts_with('/') {
            return Err(failed("it must begin with / or **".to_owned()));
        }
        let absolute = if absolute.is_empty() { "/**" } else { absolute };
        let glob = GlobBuilder::new(absolute)
            .literal_separator(true)
            .build()
            .map_err(|error| failed(error.kind().to_string()))?;
        set.add(glob);
    }
    set.build().map_err(|error| GlobError {
        pattern: patterns.join(" "),
        reason: error.kind().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_what_is_below_it() {
        let cases = [
            ("/etc", "/etc/nginx/nginx.conf", true),
            ("/etc/", "/etc", true),
            ("/etc/*.conf", "/etc/a.conf", true),
            ("/etc/*.conf", "/etc/d/a.conf", false),
            ("/**/*.py", "/usr/lib/x/a.py", true),
            ("**/*.py", "/a.py", true),
            ("/opt/{a,b}", "/opt/b/c", true),
            ("/opt/a", "/opt/ab", false),
            ("/", "/any/thing", true),
        ];
        for (pattern, path, expected) in cases {
            let selection =
                Selection::new(&[pattern.to_owned()], &[]).expect("the pattern is good");
            assert_eq!(selection.includes(path.as_bytes()), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn a_bad_pattern_is_named() {
        for pattern in ["etc", "/a[", "/{a"] {
            let error = Selection::new(&[], &[pattern.to_owned()]).expect_err("the pattern is bad");
            assert!(error.to_string().contains(pattern), "{error}");
        }
    }
}
