//! Shell findings of texts that were looked at before.
//!
//! A keystroke changes one RUN of many, a fix a few; the findings of all others are still known. Looking anew at forty
//! RUNs takes some milliseconds, looking them up some microseconds.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::shell_linter::{ShellFinding, ShellLinter, ShellScript};

/// Bytes of text, in each of two generations, of which findings are remembered: the RUNs of some hundred large files.
const MAX_BYTES: usize = 1 << 20;

/// A linter that remembers what it found.
#[derive(Debug, Default)]
pub(crate) struct Remembering<L> {
    linter: L,
    known: Mutex<Known>,
}

/// What was used since the older generation was dropped, and what before.
#[derive(Debug, Default)]
struct Known {
    recent: HashMap<String, Vec<ShellFinding>>,
    older: HashMap<String, Vec<ShellFinding>>,
    /// Bytes of the keys in `recent`.
    bytes: usize,
}

impl Known {
    fn get(&mut self, key: &str) -> Option<Vec<ShellFinding>> {
        if let Some(found) = self.recent.get(key) {
            return Some(found.clone());
        }
        let (key, found) = self.older.remove_entry(key)?;
        self.put(key, found.clone());
        Some(found)
    }

    fn put(&mut self, key: String, found: Vec<ShellFinding>) {
        self.bytes += key.len();
        if self.bytes > MAX_BYTES {
            self.bytes = key.len();
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(key, found);
    }
}

impl<L: ShellLinter> ShellLinter for Remembering<L> {
    fn lint(&self, script: &ShellScript<'_>) -> Vec<ShellFinding> {
        let key = key(script);
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&key) {
            return found;
        }
        let found = self.linter.lint(script);
        known().put(key, found.clone());
        found
    }
}

/// Everything that findings depend on. Names of variables hold no spaces.
fn key(script: &ShellScript<'_>) -> String {
    format!("{:?} {}\n{}", script.dialect, script.variables.join(" "), script.text)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::shell_linter::Dialect;

    /// Finds the length of the text, and counts how often it is asked.
    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl ShellLinter for Counting {
        fn lint(&self, script: &ShellScript<'_>) -> Vec<ShellFinding> {
            self.0.fetch_add(1, Ordering::Relaxed);
            vec![ShellFinding { code: 1, range: 0..script.text.len(), fix: None }]
        }
    }

    #[test]
    fn what_was_found_is_found_again_without_asking() {
        let linter = Remembering::<Counting>::default();
        let script = |text, dialect, variables: &[&'static str]| ShellScript {
            text,
            dialect,
            variables: variables.to_vec(),
        };
        let scripts = [
            script("a", Dialect::Sh, &[]),
            script("ab", Dialect::Sh, &[]),
            script("a", Dialect::Bash, &[]),
            script("a", Dialect::Sh, &["A"]),
        ];
        for round in 0..3 {
            for one in &scripts {
                assert_eq!(linter.lint(one)[0].range, 0..one.text.len(), "{round} {one:?}");
            }
            assert_eq!(linter.linter.0.load(Ordering::Relaxed), scripts.len());
        }
    }

    #[test]
    fn memory_is_bounded_and_what_is_used_stays() {
        let linter = Remembering::<Counting>::default();
        let long = "x".repeat(MAX_BYTES / 4);
        let texts: Vec<String> = (0..20).map(|number| format!("{number}{long}")).collect();
        for text in &texts {
            for text in [text.as_str(), "always used"] {
                linter.lint(&ShellScript { text, dialect: Dialect::Sh, variables: Vec::new() });
            }
        }
        let known = linter.known.lock().expect("nobody panicked");
        let bytes: usize = known.recent.keys().chain(known.older.keys()).map(String::len).sum();
        assert!(bytes <= 2 * MAX_BYTES, "{bytes}");
        assert_eq!(linter.linter.0.load(Ordering::Relaxed), texts.len() + 1);
    }
}
