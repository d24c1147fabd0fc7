//! What `lint` says besides its findings.

use super::Words;

/// A text of `lint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LintText {
    /// `--watch` waits for a change.
    Watching,
    /// A base image cannot be looked into: its name, and why.
    NotLookedUp,
}

impl Words for LintText {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::NotLookedUp => (
                "note: cannot look into {}, so its name has to do: {}",
                "注意：无法查看 {}，只能依据其名称判断：{}",
            ),
            Self::Watching => {
                ("watching for changes; stop with Ctrl-C", "正在等待文件变化；按 Ctrl-C 结束")
            }
        }
    }
}
