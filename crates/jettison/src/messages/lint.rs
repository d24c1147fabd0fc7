//! What `lint` says besides its findings.

use super::Words;

/// A text of `lint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LintText {
    /// `--watch` waits for a change.
    Watching,
}

impl Words for LintText {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Watching => {
                ("watching for changes; stop with Ctrl-C", "正在等待文件变化；按 Ctrl-C 结束")
            }
        }
    }
}
