//! Facts that rules derive from the tree alone, each worked out when it is first asked for.

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use jettison_rootfs::{InodeId, PathId, Tree};

use crate::{
    Scene,
    packages::{Landmarks, Packages},
    python::{Imports, Pythons, SOURCE_BYTES},
    ruby_files::RubyFiles,
};

/// Everything derived from one tree. Starts empty; must not be shared between trees.
#[derive(Debug, Default)]
pub struct Facts {
    landmarks: OnceCell<Landmarks>,
    packages: OnceCell<Packages>,
    pythons: OnceCell<Pythons>,
    imports: RefCell<BTreeMap<InodeId, Rc<Imports>>>,
    ruby_files: OnceCell<RubyFiles>,
}

impl Facts {
    /// Where packages and runtimes lie.
    pub fn landmarks(&self, tree: &Tree) -> &Landmarks {
        self.landmarks.get_or_init(|| Landmarks::of(tree))
    }

    /// Who brought each file.
    pub fn packages(&self, tree: &Tree) -> &Packages {
        self.packages.get_or_init(|| Packages::of(tree, self.landmarks(tree)))
    }

    /// The Python installations.
    pub(crate) fn pythons(&self, tree: &Tree) -> &Pythons {
        self.pythons.get_or_init(|| Pythons::of(tree, self.landmarks(tree)))
    }

    /// What Ruby's `require` can find.
    pub(crate) fn ruby_files(&self, tree: &Tree) -> &RubyFiles {
        self.ruby_files.get_or_init(|| RubyFiles::of(tree))
    }

    /// What a Python source file imports, read once however many names and decisions ask.
    pub(crate) fn imports(&self, tree: &Tree, path: PathId) -> Rc<Imports> {
        let id = tree.inode_id(path);
        if let Some(known) = self.imports.borrow().get(&id) {
            return Rc::clone(known);
        }
        // A file that cannot be read, or is no source anybody wrote, imports nothing.
        let bytes = tree.read_all(id, SOURCE_BYTES).unwrap_or_default();
        let found = Rc::new(Imports::of(&bytes));
        self.imports.borrow_mut().insert(id, Rc::clone(&found));
        found
    }
}

impl Scene<'_> {
    /// Who brought each file.
    pub fn packages(&self) -> &Packages {
        self.facts.packages(self.tree)
    }

    /// The Python installations.
    pub(crate) fn pythons(&self) -> &Pythons {
        self.facts.pythons(self.tree)
    }
}
