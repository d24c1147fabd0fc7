//! Paths out of package lists, found in a tree.

use jettison_rootfs::{Kind, PathId, Tree};

/// Finds listed paths. Lists are sorted, so the directory of the path before is mostly that of the next.
pub(crate) struct Finder<'a> {
    tree: &'a Tree,
    directory: Vec<u8>,
    found: Option<PathId>,
}

impl<'a> Finder<'a> {
    pub(crate) fn new(tree: &'a Tree) -> Self {
        Self { tree, directory: b"/".to_vec(), found: Some(tree.root()) }
    }

    /// The name at an absolute path, links followed in its directories only: on merged-/usr systems `/lib/x` in a list
    /// is `/usr/lib/x`.
    pub(crate) fn find(&mut self, path: &[u8]) -> Option<PathId> {
        let slash = path.iter().rposition(|&byte| byte == b'/')?;
        let (directory, name) = (&path[..slash], &path[slash + 1..]);
        if self.directory != directory {
            self.directory = directory.to_vec();
            let lookup = if directory.is_empty() { b"/" } else { directory };
            self.found = self.tree.resolve(lookup).map(|resolved| resolved.path);
        }
        self.tree.child(self.found?, name)
    }

    /// Like [`Self::find`], but only what is no directory.
    pub(crate) fn find_file(&mut self, path: &[u8]) -> Option<PathId> {
        self.find(path).filter(|&path| self.tree.inode(path).kind != Kind::Directory)
    }
}

/// Everything below a directory that is no directory.
pub(crate) fn files_below(tree: &Tree, directory: PathId) -> Vec<PathId> {
    tree.descendants(directory).filter(|&path| tree.inode(path).kind != Kind::Directory).collect()
}

/// Sorts and takes out what is there twice.
pub(crate) fn in_order(mut files: Vec<PathId>) -> Vec<PathId> {
    files.sort_unstable();
    files.dedup();
    files
}
