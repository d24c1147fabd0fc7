//! What a rule is: a name, a page of documentation, and what it wants to keep.

use jettison_rootfs::PathId;

use crate::{KeepSet, Level, Scene};

/// A rule's page, as `jettison explain` prints it.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// One sentence: what is kept.
    pub what: &'static str,
    /// Why a program needs it though no probe touched it.
    pub why: &'static str,
    /// How to do without it, and what is lost then.
    pub instead: &'static str,
}

/// Decides for one kind of file why it stays.
///
/// A rule sees the scene and what is kept so far, and adds wants; it never takes anything away. It may be called in any
/// order with any other rule: the engine asks until nobody wants more.
pub trait Rule: Sync {
    /// Stable name, as in reports and `--no-rule`.
    fn name(&self) -> &'static str;

    /// The smallest level that applies it.
    fn level(&self) -> Level;

    /// Its documentation.
    fn page(&self) -> Page;

    /// Called once, before anything is kept.
    fn begin(&self, _scene: &Scene<'_>, _wants: &mut Wants) {}

    /// Called for each name when it becomes kept.
    fn kept(&self, _scene: &Scene<'_>, _path: PathId, _wants: &mut Wants) {}

    /// Called whenever nothing is left to do, with all that is kept: for what follows from the whole.
    fn settled(&self, _scene: &Scene<'_>, _keep: &KeepSet, _wants: &mut Wants) {}
}

/// What a rule asked for while it was called.
#[derive(Debug, Default)]
pub struct Wants {
    pub(crate) list: Vec<Want>,
}

/// One wanted name.
#[derive(Debug)]
pub(crate) struct Want {
    pub(crate) path: PathId,
    pub(crate) because: String,
    pub(crate) by: Option<PathId>,
}

impl Wants {
    /// Wants a name, with the words that finish "kept because it is ...".
    pub fn want(&mut self, path: PathId, because: impl Into<String>) {
        self.list.push(Want { path, because: because.into(), by: None });
    }

    /// Wants a name on behalf of another one, which reports name.
    pub fn want_for(&mut self, path: PathId, by: PathId, because: impl Into<String>) {
        self.list.push(Want { path, because: because.into(), by: Some(by) });
    }

    /// Wants what an absolute path leads to, and every link on the way. Returns whether it leads anywhere.
    pub fn want_resolved(
        &mut self,
        scene: &Scene<'_>,
        path: &[u8],
        by: Option<PathId>,
        because: &str,
    ) -> bool {
        let Some(resolved) = scene.tree.resolve(path) else { return false };
        for &link in resolved.links.iter().chain([&resolved.path]) {
            self.list.push(Want { path: link, because: because.to_owned(), by });
        }
        true
    }
}
