//! Findings that are known and not to be reported again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::diagnostic::{Diagnostic, fingerprint};

/// Version of the file's format.
const VERSION: u32 = 1;

/// How many findings of each kind are known: by path and rule, then by fingerprint of the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    version: u32,
    known: BTreeMap<String, BTreeMap<String, u32>>,
}

/// Why a baseline cannot be used.
#[derive(Debug, Error)]
pub enum BaselineError {
    /// It is no JSON of the right form.
    #[error("the baseline cannot be read; write it anew with --write-baseline")]
    Unreadable(#[source] serde_json::Error),
    /// A later program wrote it.
    #[error(
        "the baseline has version {0}, this program knows {VERSION}; write it anew with --write-baseline"
    )]
    Version(u32),
}

impl Baseline {
    /// Adds what is to be known.
    pub fn add(&mut self, diagnostics: &[Diagnostic]) {
        for one in diagnostics {
            let (group, line) = keys(one);
            *self.known.entry(group).or_default().entry(line).or_default() += 1;
        }
    }

    /// Reads what [`Baseline::to_json`] wrote.
    ///
    /// # Errors
    /// When `text` is no such file, or one of a later version.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_str(text).map_err(BaselineError::Unreadable)?;
        if baseline.version != VERSION {
            return Err(BaselineError::Version(baseline.version));
        }
        Ok(baseline)
    }

    /// The baseline as a file to be kept with the sources.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("maps of strings can be written");
        text.push('\n');
        text
    }

    /// Drops the diagnostics that are known. A line that is known once hides one finding only, also one of a later call.
    pub fn hide(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        diagnostics.retain(|one| {
            let (group, line) = keys(one);
            match self.known.get_mut(&group).and_then(|lines| lines.get_mut(&line)) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => true,
            }
        });
    }
}

impl Default for Baseline {
    fn default() -> Self {
        Self { version: VERSION, known: BTreeMap::new() }
    }
}

fn keys(one: &Diagnostic) -> (String, String) {
    (format!("{} {}", one.path, one.finding.rule), format!("{:016x}", fingerprint(one)))
}
