//! Turns paths that system calls named into touches, for hosts without FUSE.

use std::sync::Arc;

use jettison_rootfs::{
    Kind, PathId, Tree,
    evidence::{Program, Touches},
};

use crate::Recorder;

/// A process by its number, and what it was.
pub type Toucher = (u32, Program);

/// What a system call did with the path it named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathUse {
    /// Asked whether it is there or for its attributes, following a link at the end.
    LookUp,
    /// The same about a link at the end itself (`lstat`, `O_NOFOLLOW`).
    LookUpLink,
    /// Opened or executed it: its bytes count as read, and a directory as listed.
    Open,
    /// Read the link itself.
    ReadLink,
    /// Read an extended attribute.
    Xattr,
}

impl PathUse {
    const fn follows_last(self) -> bool {
        matches!(self, Self::LookUp | Self::Open | Self::Xattr)
    }
}

/// Resolves paths in a tree as the kernel resolved them and notes every name on the way.
#[derive(Debug)]
pub struct Accesses {
    tree: Arc<Tree>,
    recorder: Arc<Recorder>,
}

impl Accesses {
    /// Notes accesses to `tree` in `recorder`.
    pub const fn new(tree: Arc<Tree>, recorder: Arc<Recorder>) -> Self {
        Self { tree, recorder }
    }

    /// Notes that a process used the absolute `path`. A path that is not in the tree is noted as missing.
    pub fn note(&self, path: &[u8], usage: PathUse, toucher: Toucher) {
        let (parent, name) = split_last(path);
        let Some(directory) = self.walk(parent, toucher) else { return };
        let Some(name) = name else { return self.note_use(directory, usage, toucher) };
        match self.tree.child(directory, name) {
            None => self.recorder.note_missing(directory, name),
            Some(child) => {
                let is_link = self.tree.inode(child).kind == Kind::Symlink;
                let target = if is_link && usage.follows_last() {
                    self.recorder.note_name_of(child, Touches::LOOKED_UP, toucher);
                    self.walk(path, toucher)
                } else {
                    Some(child)
                };
                if let Some(target) = target {
                    self.note_use(target, usage, toucher);
                }
            }
        }
    }

    /// Follows `path` to its end and notes each name and link on the way.
    fn walk(&self, path: &[u8], toucher: Toucher) -> Option<PathId> {
        let resolved = self.tree.resolve(path)?;
        for &link in &resolved.links {
            self.note_ancestors(link, toucher);
            self.recorder.note_file_of(self.tree.inode_id(link), Touches::FOLLOWED, toucher);
        }
        self.note_ancestors(resolved.path, toucher);
        Some(resolved.path)
    }

    fn note_ancestors(&self, path: PathId, toucher: Toucher) {
        let mut at = path;
        while at != self.tree.root() {
            self.recorder.note_name_of(at, Touches::LOOKED_UP, toucher);
            at = self.tree.parent(at);
        }
    }

    fn note_use(&self, path: PathId, usage: PathUse, toucher: Toucher) {
        self.recorder.note_name_of(path, Touches::LOOKED_UP, toucher);
        let kind = self.tree.inode(path).kind;
        let touches = match usage {
            PathUse::LookUp | PathUse::LookUpLink => return,
            PathUse::Open if kind == Kind::Directory => Touches::LISTED,
            PathUse::Open => Touches::READ,
            PathUse::ReadLink => Touches::FOLLOWED,
            PathUse::Xattr => Touches::XATTR,
        };
        self.recorder.note_file_of(self.tree.inode_id(path), touches, toucher);
    }
}

/// The directory part and the last name; no name for `/` and for a path that ends in `.` or `..`.
fn split_last(path: &[u8]) -> (&[u8], Option<&[u8]>) {
    let trimmed =
        path.iter().rposition(|&byte| byte != b'/').map_or(&path[..0], |last| &path[..=last]);
    let start = trimmed.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    match &trimmed[start..] {
        b"" | b"." | b".." => (path, None),
        name => (&trimmed[..start], Some(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jettison_rootfs::fixture::TreeBuilder;
    use std::time::Instant;

    fn touched(path: &str, usage: PathUse) -> Vec<(String, String)> {
        let tree = Arc::new(
            TreeBuilder::new()
                .dir("/usr", 0o755)
                .dir("/usr/bin", 0o755)
                .file("/usr/bin/tool", 0o755, b"x")
                .symlink("/bin", "usr/bin")
                .symlink("/usr/bin/alias", "tool")
                .build(),
        );
        let recorder = Arc::new(Recorder::new(&tree, Instant::now()));
        Accesses::new(Arc::clone(&tree), Arc::clone(&recorder)).note(
            path.as_bytes(),
            usage,
            (1, Program::default()),
        );
        let evidence = recorder.evidence(&tree);
        let mut names: Vec<_> =
            evidence
                .iter()
                .map(|(path, seen)| {
                    (String::from_utf8(tree.path(path)).expect("ascii"), seen.touches.to_string())
                })
                .chain(evidence.missing().map(|(path, _)| {
                    (String::from_utf8_lossy(path).into_owned(), "missing".into())
                }))
                .collect();
        names.sort();
        names
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|&(path, what)| (path.to_owned(), what.to_owned())).collect()
    }

    #[test]
    fn links_on_the_way_and_at_the_end_are_followed() {
        assert_eq!(
            touched("/bin/alias", PathUse::Open),
            pairs(&[
                ("/bin", "linked through, looked up"),
                ("/usr", "looked up"),
                ("/usr/bin", "looked up"),
                ("/usr/bin/alias", "linked through, looked up"),
                ("/usr/bin/tool", "read, looked up"),
            ])
        );
    }

    #[test]
    fn a_link_that_is_only_looked_at_is_not_followed() {
        let names = touched("/usr/bin/alias", PathUse::LookUpLink);
        assert!(names.contains(&("/usr/bin/alias".to_owned(), "looked up".to_owned())));
        assert!(!names.iter().any(|(path, _)| path == "/usr/bin/tool"));
    }

    #[test]
    fn an_opened_directory_counts_as_listed_and_a_missing_name_as_missing() {
        assert!(
            touched("/usr/bin/", PathUse::Open)
                .contains(&("/usr/bin".into(), "listed, looked up".into()))
        );
        assert!(
            touched("/usr/bin/no", PathUse::LookUp)
                .contains(&("/usr/bin/no".into(), "missing".into()))
        );
    }
}
