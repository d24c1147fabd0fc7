//! What a decision is about: the tree, what was seen of it, and what the image promises its users.

use std::collections::BTreeMap;

use jettison_rootfs::{Kind, PathId, Tree, evidence::Evidence};

use crate::{Facts, Selection};

/// The configuration of the image as far as files follow from it.
#[derive(Clone, Debug, Default)]
pub struct Contract {
    /// Every command the image is to be able to run: entrypoint with its arguments, health check, what the user added.
    pub commands: Vec<Vec<String>>,
    /// Environment variables as the program sees them.
    pub env: BTreeMap<String, String>,
    /// Working directory, absolute.
    pub workdir: Option<String>,
    /// Declared volumes, absolute.
    pub volumes: Vec<String>,
    /// User and group ids that the image's processes have.
    pub uid: u32,
    /// See [`Self::uid`].
    pub gid: u32,
}

impl Contract {
    /// Directories that bare command names are looked up in: `PATH`, or a runtime's default when the image sets none.
    pub fn search_path(&self) -> impl Iterator<Item = &str> {
        /// What runc and crun use when the image sets no PATH.
        const DEFAULT: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        self.env
            .get("PATH")
            .map_or(DEFAULT, String::as_str)
            .split(':')
            .filter(|directory| !directory.is_empty())
    }
}

/// How a layer came to be, as the image's history tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LayerOrigin {
    /// The history does not say.
    #[default]
    Unknown,
    /// Somebody's `COPY` or `ADD`: files that a person chose for this image.
    Copied,
    /// A `RUN`: files that some program wrote.
    Ran,
    /// The first layers: an imported root file system.
    Base,
}

/// Everything a rule may look at.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The merged tree of the fat image.
    pub tree: &'a Tree,
    /// What was touched.
    pub evidence: &'a Evidence,
    /// What the image promises.
    pub contract: &'a Contract,
    /// Origin of each layer, bottom first; shorter than the layers when the history is.
    pub origins: &'a [LayerOrigin],
    /// Names of processes by their number inside the container, where known.
    pub processes: &'a BTreeMap<u32, String>,
    /// What the user named.
    pub selection: &'a Selection,
    /// What is derived from this tree when a rule first asks; may be shared by all decisions about one tree.
    pub facts: &'a Facts,
}

impl Scene<'_> {
    /// The file or directory that an absolute path leads to, links followed.
    pub fn find(&self, path: impl AsRef<[u8]>) -> Option<PathId> {
        self.tree.resolve(path.as_ref()).map(|resolved| resolved.path)
    }

    /// The executable that a command's first word means: a path, or a name in the search path.
    ///
    /// The name as it is called, not what it links to: the link is needed too.
    pub fn command(&self, word: &str) -> Option<PathId> {
        let candidates: Vec<String> = if word.starts_with('/') {
            vec![word.to_owned()]
        } else if word.contains('/') {
            vec![format!("{}/{word}", self.contract.workdir.as_deref().unwrap_or(""))]
        } else {
            self.contract.search_path().map(|directory| format!("{directory}/{word}")).collect()
        };
        candidates.into_iter().find_map(|candidate| self.executable(candidate.as_bytes()))
    }

    fn executable(&self, path: &[u8]) -> Option<PathId> {
        let file = self.tree.inode(self.find(path)?);
        if file.kind != Kind::File || file.mode & 0o111 == 0 {
            return None;
        }
        let slash = path.iter().rposition(|&byte| byte == b'/')?;
        let directory = self.find(&path[..=slash])?;
        self.tree.child(directory, &path[slash + 1..])
    }

    /// How the layer came to be that the name is from.
    pub fn origin(&self, path: PathId) -> LayerOrigin {
        let layer = self.tree.provider(path).map(|(layer, _)| layer);
        layer.and_then(|layer| self.origins.get(layer)).copied().unwrap_or_default()
    }

    /// Every name below a directory, parents before children.
    pub fn below(&self, directory: PathId) -> Vec<PathId> {
        let mut found = Vec::new();
        let mut open = vec![directory];
        while let Some(at) = open.pop() {
            for child in self.tree.children(at) {
                found.push(child);
                open.push(child);
            }
        }
        found
    }

    /// A path as reports show it.
    pub fn show(&self, path: PathId) -> String {
        String::from_utf8_lossy(&self.tree.path(path)).into_owned()
    }
}
