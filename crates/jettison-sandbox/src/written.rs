//! What a workload changed in its root.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::wire::os_path;

/// How a path changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WrittenKind {
    /// It was not in the image (or a directory was replaced).
    Created,
    /// A file of the image was written, or its owner, mode or attributes were changed.
    Modified,
    /// A path of the image was removed.
    Deleted,
}

/// A path that the workload changed. Directories are listed only when they are new.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Written {
    /// Absolute path in the sandbox.
    #[serde(with = "os_path")]
    pub path: PathBuf,
    /// How it changed.
    pub kind: WrittenKind,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// Size in bytes of a regular file, else 0.
    pub size: u64,
}
