//! The three forms of rpm's database, and which files belong to one.

use jettison_rootfs::{Kind, PathId, Tree};

/// A form, in the order in which they are looked for: the newest first, as an old one may be left beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Sqlite,
    Ndb,
    Berkeley,
}

impl Form {
    const ALL: [Self; 3] = [Self::Sqlite, Self::Ndb, Self::Berkeley];

    /// The file that holds the headers.
    const fn home(self) -> &'static [u8] {
        match self {
            Self::Sqlite => b"rpmdb.sqlite",
            Self::Ndb => b"Packages.db",
            Self::Berkeley => b"Packages",
        }
    }

    /// The database of a directory, and its file with the headers.
    pub(super) fn in_directory(tree: &Tree, directory: PathId) -> Option<(Self, PathId)> {
        Self::ALL.into_iter().find_map(|form| Some((form, tree.child(directory, form.home())?)))
    }

    /// The form of the database whose headers are in a file.
    pub(super) fn of(tree: &Tree, home: PathId) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.home() == tree.name(home))
    }

    /// Whether a file beside the headers is the database's too.
    fn has(self, name: &[u8]) -> bool {
        match self {
            _ if name == b".rpm.lock" => true,
            Self::Sqlite => name.starts_with(self.home()),
            Self::Ndb => matches!(name, b"Packages.db" | b"Index.db"),
            // Each index has a file of its own, named by the tag.
            Self::Berkeley => true,
        }
    }
}

/// The files of the database whose headers are in `home`: that one, indexes, logs, locks.
pub(crate) fn parts(tree: &Tree, home: PathId) -> Vec<PathId> {
    let Some(form) = Form::of(tree, home) else { return vec![home] };
    let files = tree.children(tree.parent(home));
    files.filter(|&file| tree.inode(file).kind == Kind::File && form.has(tree.name(file))).collect()
}
