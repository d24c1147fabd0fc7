//! What a linter for shell text has to offer to be asked about RUN instructions.

use std::{fmt, ops::Range};

use jettison_dockerfile::Edit;

use crate::finding::Safety;

/// A shell's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// POSIX `sh`.
    Sh,
    /// BusyBox' `ash`, which knows much of what `bash` does.
    Ash,
    /// `bash`.
    Bash,
    /// `dash`.
    Dash,
    /// `ksh`.
    Ksh,
    /// `zsh`.
    Zsh,
}

impl Dialect {
    /// The dialect of the program `name`; POSIX when it is none of the others.
    pub(crate) fn of(name: &str) -> Self {
        match name.rsplit('/').next().unwrap_or(name) {
            "bash" => Self::Bash,
            "dash" => Self::Dash,
            "ash" | "busybox" => Self::Ash,
            "ksh" | "mksh" => Self::Ksh,
            "zsh" => Self::Zsh,
            _ => Self::Sh,
        }
    }
}

/// A text for a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellScript<'a> {
    /// The text.
    pub text: &'a str,
    /// Which shell reads it.
    pub dialect: Dialect,
    /// Variables that are set before it begins.
    pub variables: Vec<&'a str>,
}

/// What was found in a [`ShellScript`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellFinding {
    /// ShellCheck's number: 2086 of SC2086.
    pub code: u32,
    /// The place, in bytes of the text.
    pub range: Range<usize>,
    /// Edits of the text that remove it.
    pub fix: Option<(Safety, Vec<Edit>)>,
}

/// A linter for shell text.
pub trait ShellLinter: fmt::Debug {
    /// What is wrong with `script`. Text that cannot be read yields what was found so far.
    fn lint(&self, script: &ShellScript<'_>) -> Vec<ShellFinding>;

    /// The same for several scripts, in their order. At most `patience` of them need to be looked at now, all without a
    /// limit: others may have what was found in the same text with other variables.
    fn lint_all(&self, scripts: &[ShellScript<'_>], _patience: Option<usize>) -> AllFound {
        let of = scripts.iter().map(|script| self.lint(script)).collect();
        AllFound { of, is_provisional: false }
    }
}

/// Findings of several scripts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllFound {
    /// Those of each script.
    pub of: Vec<Vec<ShellFinding>>,
    /// Whether some are those of an earlier look, with other variables.
    pub is_provisional: bool,
}

/// The linter that this program was built with, if any.
pub(crate) fn built_in() -> Option<&'static dyn ShellLinter> {
    #[cfg(feature = "shuck")]
    let linter = {
        use crate::{remembered::Remembering, shuck::Shuck};
        static LINTER: std::sync::LazyLock<Remembering<Shuck>> =
            std::sync::LazyLock::new(Remembering::default);
        Some(&*LINTER as &dyn ShellLinter)
    };
    #[cfg(not(feature = "shuck"))]
    let linter = None;
    linter
}
