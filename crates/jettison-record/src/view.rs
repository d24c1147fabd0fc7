//! Which part of a tree a run is shown: all of it, or what was kept of it.

use std::fmt;

use jettison_rootfs::{PathId, Tree};

/// What happens when a program asks for a name that was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ghosts {
    /// It is there, though no listing shows it: one run finds every miss, because the program goes on.
    Answer,
    /// It does not exist, as in the image that will be written.
    Hide,
}

/// The part of a tree that is served.
#[derive(Clone)]
pub struct View {
    kept: Option<Vec<bool>>,
    ghosts: Ghosts,
}

impl fmt::Debug for View {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept.as_ref().map(|kept| kept.iter().filter(|&&keep| keep).count());
        formatter.debug_struct("View").field("kept", &kept).field("ghosts", &self.ghosts).finish()
    }
}

impl View {
    /// The whole tree.
    pub const fn whole() -> Self {
        Self { kept: None, ghosts: Ghosts::Answer }
    }

    /// What `keep` says of each name, and how dropped names behave.
    pub fn kept(tree: &Tree, keep: impl Fn(PathId) -> bool, ghosts: Ghosts) -> Self {
        let mut kept = vec![false; tree.len()];
        for path in tree.iter() {
            kept[path.index()] = keep(path);
        }
        Self { kept: Some(kept), ghosts }
    }

    /// Whether the name belongs to what was kept.
    pub fn is_kept(&self, path: PathId) -> bool {
        self.kept.as_ref().is_none_or(|kept| kept[path.index()])
    }

    /// Whether a question for the name is answered with the file.
    pub fn answers(&self, path: PathId) -> bool {
        self.ghosts == Ghosts::Answer || self.is_kept(path)
    }

    /// Whether a listing of `directory` shows `child`.
    ///
    /// Inside a dropped directory everything shows: whoever got there must see what the fat image would show.
    pub fn lists(&self, directory: PathId, child: PathId) -> bool {
        self.is_kept(child) || !self.is_kept(directory)
    }
}
