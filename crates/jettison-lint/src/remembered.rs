//! Shell findings of texts that were looked at before.
//!
//! A keystroke changes one RUN of many, a fix a few; the findings of all others are still known. Looking anew at forty
//! RUNs takes some milliseconds, looking them up some microseconds. Where many are not known, because a variable that all of
//! them use was renamed, they are looked at side by side.

use std::{
    collections::HashMap,
    num::NonZero,
    sync::{Mutex, PoisonError},
    thread,
};

use crate::shell_linter::{AllFound, ShellFinding, ShellLinter, ShellScript};

/// Bytes of text, in each of two generations, of which findings are remembered: the RUNs of some hundred large files.
const MAX_BYTES: usize = 1 << 20;

/// Fewer scripts are sooner looked at than a thread is started.
const MIN_SHARED: usize = 6;

/// Most threads: each takes memory for what it looks at.
const MAX_THREADS: usize = 4;

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

impl<L: ShellLinter + Sync> Remembering<L> {
    /// Takes what was found in the same text with other variables for all but `most` of the `missing` scripts. Whether
    /// there were such.
    fn put_off(
        &self,
        scripts: &[ShellScript<'_>],
        most: usize,
        missing: &mut Vec<usize>,
        found: &mut [Option<Vec<ShellFinding>>],
    ) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut now, mut is_provisional) = (0, false);
        missing.retain(|at| {
            now += 1;
            if now <= most {
                return true;
            }
            found[*at] = known.get(&any_variables(&scripts[*at]));
            is_provisional |= found[*at].is_some();
            found[*at].is_none()
        });
        is_provisional
    }

    /// Looks at scripts that are not known.
    fn look(&self, scripts: &[&ShellScript<'_>]) -> Vec<Vec<ShellFinding>> {
        let one_by_one = |part: &[&ShellScript<'_>]| -> Vec<Vec<ShellFinding>> {
            part.iter().map(|script| self.linter.lint(script)).collect()
        };
        let cores = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS);
        if scripts.len() < MIN_SHARED || cores == 1 {
            return one_by_one(scripts);
        }
        thread::scope(|scope| {
            let parts = scripts.chunks(scripts.len().div_ceil(cores));
            let threads: Vec<_> = parts.map(|part| scope.spawn(move || one_by_one(part))).collect();
            let found = threads.into_iter().flat_map(|thread| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            found.collect()
        })
    }
}

impl<L: ShellLinter + Sync> ShellLinter for Remembering<L> {
    fn lint(&self, script: &ShellScript<'_>) -> Vec<ShellFinding> {
        let key = key(script);
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&key) {
            return found;
        }
        let found = self.linter.lint(script);
        let mut known = known();
        known.put(key, found.clone());
        known.put(any_variables(script), found.clone());
        found
    }

    fn lint_all(&self, scripts: &[ShellScript<'_>], patience: Option<usize>) -> AllFound {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let keys: Vec<String> = scripts.iter().map(key).collect();
        let mut found: Vec<Option<Vec<ShellFinding>>> = {
            let mut known = known();
            keys.iter().map(|key| known.get(key)).collect()
        };
        let mut missing: Vec<usize> = (0..found.len()).filter(|at| found[*at].is_none()).collect();
        let is_provisional =
            patience.is_some_and(|most| self.put_off(scripts, most, &mut missing, &mut found));
        let wanted: Vec<&ShellScript<'_>> = missing.iter().map(|at| &scripts[*at]).collect();
        let new = self.look(&wanted);
        let mut known = known();
        for (at, new) in missing.into_iter().zip(new) {
            known.put(keys[at].clone(), new.clone());
            known.put(any_variables(&scripts[at]), new.clone());
            found[at] = Some(new);
        }
        let of = found.into_iter().map(Option::unwrap_or_default).collect();
        AllFound { of, is_provisional }
    }
}

/// Everything that findings depend on. Names of variables hold no spaces.
fn key(script: &ShellScript<'_>) -> String {
    format!("{:?} {}\n{}", script.dialect, script.variables.join(" "), script.text)
}

/// The text alone. No variable is called `?` so that this is no other script's [`key`].
fn any_variables(script: &ShellScript<'_>) -> String {
    format!("{:?} ?\n{}", script.dialect, script.text)
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
    fn many_are_looked_at_side_by_side_and_keep_their_order() {
        let linter = Remembering::<Counting>::default();
        let texts: Vec<String> = (0..50).map(|length| "x".repeat(length)).collect();
        let scripts: Vec<ShellScript<'_>> = texts
            .iter()
            .map(|text| ShellScript { text, dialect: Dialect::Sh, variables: Vec::new() })
            .collect();
        linter.lint(&scripts[7]);
        for _ in 0..2 {
            let found = linter.lint_all(&scripts, None).of;
            let lengths: Vec<usize> = found.iter().map(|one| one[0].range.end).collect();
            assert_eq!(lengths, (0..50).collect::<Vec<_>>());
        }
        assert_eq!(linter.linter.0.load(Ordering::Relaxed), 50);
    }

    #[test]
    fn whoever_has_no_patience_gets_earlier_findings_first() {
        let linter = Remembering::<Counting>::default();
        let texts: Vec<String> = (0..20).map(|length| "x".repeat(length)).collect();
        let scripts = |variables: &[&'static str]| -> Vec<ShellScript<'_>> {
            let script =
                |text| ShellScript { text, dialect: Dialect::Sh, variables: variables.to_vec() };
            texts.iter().map(|text| script(text.as_str())).collect()
        };
        let asked = || linter.linter.0.load(Ordering::Relaxed);
        // Nothing is known: nothing can be put off.
        assert!(!linter.lint_all(&scripts(&[]), Some(3)).is_provisional);
        assert_eq!(asked(), 20);
        for round in 1..=7 {
            let found = linter.lint_all(&scripts(&["A"]), Some(3));
            assert_eq!(found.is_provisional, round < 7, "{round}");
            assert_eq!(found.of[19][0].range, 0..19);
            assert_eq!(asked(), (20 + 3 * round).min(40));
        }
        assert!(!linter.lint_all(&scripts(&["A"]), Some(0)).is_provisional);
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
