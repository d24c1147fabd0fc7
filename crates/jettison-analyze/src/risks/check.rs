//! What a check is.

use std::borrow::Cow;

use jettison_rootfs::{Inode, PathId};

use crate::{
    analysis::{Purpose, SecretFinding, Step},
    history::ReadStep,
    index::ImageIndex,
    language::{Level, Text},
    owners::Owners,
    subject::Subject,
};

/// A check of an image.
#[derive(Debug)]
pub struct RiskCheck {
    /// Its stable name: `JR-…`.
    pub id: &'static str,
    /// Names by which others know it: of the CIS Docker Benchmark's image checks as dockle numbers them, and dockle's own.
    pub aliases: &'static [&'static str],
    /// How much it matters.
    pub level: Level,
    /// What is wrong, in one line.
    pub title: Text,
    /// Why that matters.
    pub why: Text,
    /// What to do instead.
    pub instead: Text,
    /// Looks for it.
    pub(super) find: fn(&Scene<'_>, &mut Vec<Found>),
}

impl RiskCheck {
    /// Whether `name` is this check's id or one of its aliases, in any letter case.
    pub fn is_called(&self, name: &str) -> bool {
        self.id.eq_ignore_ascii_case(name)
            || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    }
}

/// What checks look at.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) index: &'a ImageIndex,
    pub(crate) owners: &'a Owners,
    pub(crate) purpose: Purpose,
    pub(crate) steps: &'a [ReadStep],
    /// The same steps as they may be shown.
    pub(crate) shown: &'a [(Option<usize>, Step)],
    pub(crate) secrets: &'a [SecretFinding],
}

/// Something that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// A path, a name, an instruction. It may be shown.
    pub(super) subject: String,
    /// The layer it came with.
    pub(super) layer: Option<usize>,
}

impl Found {
    pub(super) fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), layer: None }
    }
}

/// Files of accounts are far shorter.
const MAX_TEXT: u64 = 4 << 20;

impl<'a> Scene<'a> {
    /// The name and the file of everything in the tree.
    pub(super) fn names(&self) -> impl Iterator<Item = (PathId, &'a Inode)> + use<'a> {
        let tree = &self.index.tree;
        tree.iter().map(move |path| (path, tree.inode(path)))
    }

    /// A path with its layer.
    pub(super) fn at(&self, path: PathId) -> Found {
        let tree = &self.index.tree;
        let layer = tree.provider(path).map(|(layer, _)| layer);
        Found { subject: String::from_utf8_lossy(&tree.path(path)).into_owned(), layer }
    }

    /// A step, as it may be shown.
    pub(super) fn step(&self, number: usize) -> Found {
        let (layer, step) = &self.shown[number];
        Found { subject: step.text.clone(), layer: *layer }
    }

    /// The text of a file that the index keeps.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let tree = &self.index.tree;
        let found = tree.resolve(path.as_bytes())?.path;
        let bytes = tree.read_all(tree.inode_id(found), MAX_TEXT).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The first of some paths that is there, links followed.
    pub(super) fn first_of(&self, paths: &[&str]) -> Option<PathId> {
        paths.iter().find_map(|path| Some(self.index.tree.resolve(path.as_bytes())?.path))
    }

    pub(super) fn name(&self, path: PathId) -> Cow<'a, str> {
        String::from_utf8_lossy(self.index.tree.name(path))
    }
}
