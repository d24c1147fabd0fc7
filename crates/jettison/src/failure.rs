//! Why a command failed, and with which exit status.

use std::{error::Error, fmt, process::ExitCode};

/// The kinds of failure, each with its documented exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The slim image does not answer as the fat one, the fat one does not work, or a check says no: 1.
    NotProven,
    /// The arguments or the input are not usable: 2 (also what the argument parser exits with).
    Input,
    /// This machine lacks what is needed: 3.
    Host,
    /// Nothing wrong with the input, but it could not be carried out (disk full, a file that went away): 4.
    Operation,
}

impl Kind {
    /// The exit status of the kind.
    pub(crate) const fn status(self) -> u8 {
        match self {
            Self::NotProven => 1,
            Self::Input => 2,
            Self::Host => 3,
            Self::Operation => 4,
        }
    }
}

/// What `--help` says about exit statuses.
pub(crate) const EXIT_HELP: &str = "Exit status: 0 done and proven · 1 the slim image does not answer as the fat one, or the \
    fat one does not work; a check says no (lint, analyze, diff --exit-code, tag --series, pin --check) · \
    2 unusable arguments or input · 3 this machine lacks what is needed (see `jettison doctor`) · \
    4 it could not be carried out";

/// A failure as the user is told it.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    hints: Vec<String>,
}

impl Failure {
    /// A failure in words.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new() }
    }

    /// A failure out of a library's error, with the causes it names.
    pub(crate) fn from_error(kind: Kind, error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Many errors repeat their cause in their own words.
            if !message.contains(&text) {
                message = format!("{message}: {text}");
            }
            cause = error.source();
        }
        Self::new(kind, message)
    }

    /// Adds a way out.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The ways out.
    pub(crate) fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The exit status.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.kind.status())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}
