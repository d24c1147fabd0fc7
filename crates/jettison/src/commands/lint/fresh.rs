//! `--only-new`: lines that differ from a git revision, as `git diff` tells.

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    process::Command,
};

use jettison_lint::Diagnostic;

use crate::failure::{Failure, Kind};

/// New lines by file, as files are shown.
#[derive(Default)]
pub(super) struct NewLines(BTreeMap<String, Lines>);

enum Lines {
    /// The revision does not have the file.
    All,
    /// From line to line, from 1.
    Some(Vec<RangeInclusive<usize>>),
}

impl NewLines {
    /// Asks for the lines of `file` that `revision` does not have.
    pub(super) fn learn(&mut self, revision: &str, file: &str) -> Result<(), Failure> {
        if file != "-" {
            self.0.insert(file.to_owned(), lines_of(revision, Path::new(file))?);
        }
        Ok(())
    }

    /// Whether a line of the finding is new.
    pub(super) fn touches(&self, one: &Diagnostic) -> bool {
        match self.0.get(&one.path) {
            Some(Lines::All) => true,
            Some(Lines::Some(ranges)) => ranges
                .iter()
                .any(|range| *range.start() <= one.end_line && one.line <= *range.end()),
            // A file beside a Dockerfile that was not asked about: what is not known is told.
            None => true,
        }
    }
}

fn lines_of(revision: &str, file: &Path) -> Result<Lines, Failure> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = parent.map_or_else(|| PathBuf::from("."), Path::to_owned);
    let name = file.file_name().unwrap_or(file.as_os_str());
    let git = |arguments: &[&str]| {
        Command::new("git")
            .arg("-C")
            .arg(&directory)
            .args(arguments)
            .arg("--")
            .arg(name)
            .output()
            .map_err(|error| {
                Failure::new(Kind::Host, format!("cannot run git: {error}"))
                    .hint("--only-new asks git; install it, or use --baseline")
            })
    };
    let known = git(&["ls-tree", "--name-only", "--end-of-options", revision])?;
    if !known.status.success() {
        let reason = String::from_utf8_lossy(&known.stderr).trim().to_owned();
        return Err(Failure::new(Kind::Input, format!("git does not know {revision:?}: {reason}"))
            .hint("name a revision of this repository: --only-new=origin/main"));
    }
    if known.stdout.is_empty() {
        return Ok(Lines::All);
    }
    let options =
        ["diff", "--no-color", "--no-ext-diff", "--unified=0", "--end-of-options", revision];
    let diff = git(&options)?;
    if !diff.status.success() {
        let reason = String::from_utf8_lossy(&diff.stderr).trim().to_owned();
        return Err(Failure::new(Kind::Operation, format!("git diff failed: {reason}")));
    }
    Ok(Lines::Some(added(&String::from_utf8_lossy(&diff.stdout))))
}

/// The added lines of a patch: `@@ -1,2 +3,4 @@` begins four of them at line 3.
fn added(patch: &str) -> Vec<RangeInclusive<usize>> {
    let headers = patch.lines().filter_map(|line| line.strip_prefix("@@ "));
    let ranges = headers.filter_map(|header| {
        let place = header.split(' ').find_map(|word| word.strip_prefix('+'))?;
        let (start, count) = place.split_once(',').unwrap_or((place, "1"));
        let (start, count): (usize, usize) = (start.parse().ok()?, count.parse().ok()?);
        (count > 0).then(|| start..=start + count - 1)
    });
    ranges.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_lines_are_read_from_a_patch() {
        let patch = "--- a/x\n+++ b/x\n@@ -1 +1,2 @@ FROM a\n-a\n+b\n+c\n@@ -9,2 +10,0 @@\n-d\n@@ -20,0 +18 @@\n+e\n";
        assert_eq!(added(patch), [1..=2, 18..=18]);
    }
}
