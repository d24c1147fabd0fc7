//! Lines of a `.dockerignore`.

use std::collections::BTreeSet;

use super::{Matter, Portion};

/// Lines that are named.
const MAX_LINES: usize = 8;

/// What keeps the files of a portion out of the build context.
pub(super) fn lines(matter: &Matter<'_>, portion: &Portion) -> Vec<String> {
    let lines: BTreeSet<String> =
        portion.entries.iter().map(|(at, _)| line(&matter.path(*at))).collect();
    lines.into_iter().take(MAX_LINES).collect()
}

/// The directory or file that a person would name.
fn line(path: &str) -> String {
    const DIRECTORIES: &[&str] = &[
        ".git",
        ".hg",
        ".svn",
        ".bzr",
        ".jj",
        ".idea",
        ".vscode",
        ".vs",
        ".github",
        ".gitlab",
        ".circleci",
        ".husky",
        ".devcontainer",
        ".terraform",
        ".vagrant",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".hypothesis",
        ".tox",
        ".nox",
        ".nyc_output",
        "htmlcov",
        "__pycache__",
        "node_modules",
    ];
    let known = path.split('/').find(|name| DIRECTORIES.contains(name));
    let name = known.unwrap_or_else(|| path.rsplit('/').next().unwrap_or(path));
    format!("**/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_named_once() {
        for (path, expected) in [
            ("/app/.git/objects/ab/cd", "**/.git"),
            ("/app/docs/Dockerfile", "**/Dockerfile"),
            ("/app/.vscode", "**/.vscode"),
        ] {
            assert_eq!(line(path), expected, "{path}");
        }
    }
}
