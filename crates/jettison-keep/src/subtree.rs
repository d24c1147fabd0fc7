//! Directories that are wanted with what is in them, and small files that are read whole.

use jettison_rootfs::{Kind, PathId};

use crate::{Scene, Wants, family};

/// One directory that is wanted with what is in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subtree<'a> {
    /// The directory.
    pub(crate) directory: PathId,
    /// The kept name that needs it.
    pub(crate) by: Option<PathId>,
    /// The words that finish "kept because it is ...".
    pub(crate) because: &'a str,
}

impl Wants {
    /// Wants what is below a directory, as far as `admits` says yes to it and to every directory above it.
    ///
    /// Directories that hold nothing admitted stay out, but for those that are empty in the tree.
    pub(crate) fn want_below(
        &mut self,
        scene: &Scene<'_>,
        subtree: Subtree<'_>,
        admits: impl Fn(PathId) -> bool,
    ) {
        let tree = scene.tree;
        let mut open = vec![subtree.directory];
        while let Some(at) = open.pop() {
            for child in tree.children(at).filter(|&child| admits(child)) {
                if tree.inode(child).kind == Kind::Directory && tree.children(child).len() > 0 {
                    open.push(child);
                    continue;
                }
                match subtree.by {
                    Some(by) => self.want_for(child, by, subtree.because),
                    None => self.want(child, subtree.because),
                }
            }
        }
    }
}

impl Scene<'_> {
    /// The bytes of a regular file of at most `limit` bytes.
    pub(crate) fn contents(&self, path: PathId, limit: u64) -> Option<Vec<u8>> {
        let inode = self.tree.inode(path);
        if inode.kind != Kind::File || inode.size == 0 || inode.size > limit {
            return None;
        }
        self.tree.read_all(self.tree.inode_id(path), limit).ok()
    }

    /// The file or directory at a path relative to a directory, links followed.
    pub(crate) fn find_from(&self, directory: PathId, path: &[u8]) -> Option<PathId> {
        self.tree.resolve_from(directory, path).map(|resolved| resolved.path)
    }

    /// Bytes of the regular files below a directory; counting stops soon after `limit`.
    pub(crate) fn bytes_below(&self, directory: PathId, limit: u64) -> u64 {
        let mut bytes = 0;
        for path in self.tree.descendants(directory) {
            let inode = self.tree.inode(path);
            if inode.kind == Kind::File {
                bytes += inode.size;
            }
            if bytes > limit {
                break;
            }
        }
        bytes
    }

    /// Whether a file is an executable script for an interpreter that is none of `interpreters`, by the last part of its
    /// name or behind `env`.
    pub(crate) fn is_script_but_for(&self, path: PathId, interpreters: &[&str]) -> bool {
        let mut head = [0; 128];
        if !self.tree.inode(path).is_executable() {
            return false;
        }
        let count = self.tree.read(self.tree.inode_id(path), 0, &mut head).unwrap_or_default();
        let line = head[..count].split(|&byte| byte == b'\n').next().unwrap_or_default();
        let Some(line) = line.strip_prefix(b"#!") else { return false };
        let mut words = line
            .split(u8::is_ascii_whitespace)
            .map(|word| word.rsplit(|&byte| byte == b'/').next().unwrap_or_default());
        !words.any(|word| {
            interpreters.iter().any(|interpreter| family::is_program(word, &[interpreter]))
        })
    }

    /// Whether a package manager put the file there, of the system or of a language.
    pub(crate) fn is_packaged(&self, path: PathId) -> bool {
        self.packages().is_owned(path) || self.is_in_language_package(path)
    }

    /// Whether a name lies in a directory that a language's package manager fills.
    pub(crate) fn is_in_language_package(&self, path: PathId) -> bool {
        let mut at = path;
        while at != self.tree.root() {
            at = self.tree.parent(at);
            let name = self.tree.name(at);
            let is_packages = matches!(
                name,
                b"node_modules"
                    | b"nodejs"
                    | b"site-packages"
                    | b"dist-packages"
                    | b"gems"
                    | b"vendor_ruby"
                    | b"perl5"
            );
            if is_packages || (name == b"vendor" && self.tree.child(at, b"autoload.php").is_some())
            {
                return true;
            }
        }
        false
    }
}
