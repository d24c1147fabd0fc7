//! What was found, as plain data. `docs/diff.md` documents every field.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Tally;

/// Raised when a field changes its meaning or goes; added fields do not raise it.
pub const SCHEMA: u32 = 1;

/// Everything that two images differ in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// [`SCHEMA`] of the version that wrote it.
    pub schema: u32,
    /// Version of jettison that wrote it.
    pub jettison: String,
    /// The old image.
    pub old: ImageFacts,
    /// The new image.
    pub new: ImageFacts,
    /// All changes of files together.
    pub total: Tally,
    /// Changes of the configuration, by field.
    pub config: Vec<ConfigChange>,
    /// Packages of which the version, the presence or some file changed; by manager and name.
    pub packages: Vec<PackageChange>,
    /// Changes of files that no package owns.
    pub unowned: Tally,
    /// Directories below which something changed, parents before what is in them.
    pub directories: Vec<DirectoryChange>,
    /// Files that changed, by path.
    pub files: Vec<FileChange>,
    /// What the images share.
    pub layers: LayerChanges,
}

impl Difference {
    /// Whether the images are alike but for what does not count: their names and how they are stored.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.config.is_empty()
    }
}

/// An image in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageFacts {
    /// What it is called.
    pub name: String,
    /// Digest of its configuration.
    pub image_id: String,
    /// Bytes of its files, each counted once.
    pub bytes: u64,
    /// Bytes of its layers as they are stored.
    pub stored_bytes: u64,
    /// Its files, each counted once, without directories.
    pub files: u64,
    /// Its layers.
    pub layers: usize,
}

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Only the new image has it.
    Added,
    /// Only the old image has it.
    Removed,
    /// Both have it, but not alike.
    Changed,
    /// A package has a higher version.
    Upgraded,
    /// A package has a lower version.
    Downgraded,
}

/// A field of the configuration that changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ConfigChange {
    /// As Dockerfiles call it, with the name of a variable or label behind a space: `ENV PATH`.
    pub field: String,
    /// As it was; `None` if it was not there. Secrets are masked.
    pub before: Option<String>,
    /// As it is.
    pub after: Option<String>,
}

/// A package that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackageChange {
    /// The kind of package, as in a package URL: `deb`, `pypi`.
    pub manager: String,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub status: Status,
    /// Versions that only the old image has; or the one that both have, where only files changed.
    pub before: Vec<String>,
    /// The same of the new image.
    pub after: Vec<String>,
    /// Changes of its files.
    pub files: Tally,
}

/// A directory below which something changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DirectoryChange {
    /// Its path.
    pub path: String,
    /// What became of the directory itself, where everything in it shares that: it came or went whole.
    pub whole: Option<Status>,
    /// Everything below it, itself included.
    pub below: Tally,
}

/// A file that changed, or a directory, or anything else that has a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Its path. Bytes that are no UTF-8 are shown as U+FFFD.
    pub path: String,
    /// What became of it.
    pub status: Status,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<FileState>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<FileState>,
    /// What differs, where both have it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<&'static str, Detail>,
    /// Bytes that the old image spends on it; a file of several names counts under one of them.
    pub bytes_before: u64,
    /// The same of the new image.
    pub bytes_after: u64,
}

/// A file in one of the images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileState {
    /// `file`, `directory`, `symbolic link`, ...
    pub kind: String,
    /// The package that owns it, as `deb/openssl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
}

/// How one property differs; both empty for the bytes of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
}

/// What the images share, and what a pull moves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LayerChanges {
    /// Layers that both have.
    pub shared: usize,
    /// So many of these lie at the bottom of both, one above the other.
    pub shared_lowest: usize,
    /// Layers that only the old image has.
    pub only_old: Vec<LayerFacts>,
    /// Layers that only the new image has.
    pub only_new: Vec<LayerFacts>,
    /// Stored bytes of the latter, each once: what a pull of the new image moves for somebody who has the old one.
    pub pull_bytes: u64,
}

/// A layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayerFacts {
    /// Its place, counted from 1 at the bottom.
    pub number: usize,
    /// Digest of the uncompressed layer.
    pub diff_id: String,
    /// Its size as it is stored.
    pub stored_bytes: u64,
    /// What made it, if the history says so.
    pub instruction: String,
}
