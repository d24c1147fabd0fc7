//! What an image provides, as somebody found it in the image itself.
//!
//! The linter opens no images: an [`Images`] is handed in that does. What it does not know is taken from the image's
//! name (`base.rs`).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

/// Looks into images.
pub trait Images: fmt::Debug + Send + Sync {
    /// What the image that FROM calls `name` provides; none when it is nowhere that may be looked at.
    fn facts(&self, name: &str) -> Option<Arc<ImageFacts>>;
}

/// Where an image was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// In the local store.
    #[default]
    Store,
    /// In its registry.
    Registry,
}

/// The C library that programs are linked against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Libc {
    /// GNU's.
    Glibc,
    /// musl, as on Alpine.
    Musl,
}

/// What an image provides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFacts {
    /// Where it was looked at.
    pub origin: Origin,
    /// `os` of the config: `linux`, `windows`.
    pub os: String,
    /// `ID` of os-release: `debian`; empty without one.
    pub system: String,
    /// `VERSION_ID` of os-release: `12`; empty without one.
    pub version: String,
    /// Names of the programs in the directories of PATH, shells among them.
    pub programs: BTreeSet<String>,
    /// Whether `programs` are all there are: every layer was looked at.
    pub has_all_programs: bool,
    /// What `/bin/sh` is, by its file's name: `dash`, `bash`, `busybox`.
    pub shell: Option<String>,
    /// The C library, when there is one.
    pub libc: Option<Libc>,
    /// Versions of runtimes by name: `java`, `python`, `node`, `go`, `php`, `ruby`.
    pub runtimes: BTreeMap<String, String>,
    /// The user that it runs as; empty for root.
    pub user: String,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// The directory in which it starts; empty for `/`.
    pub working_dir: String,
    /// Whether it has a health check.
    pub has_healthcheck: bool,
}

impl ImageFacts {
    /// Whether the image certainly has no program of that name.
    pub(crate) fn lacks(&self, program: &str) -> bool {
        self.has_all_programs && !self.programs.contains(program)
    }

    /// The major version of its Java platform: 8 for `1.8.0_392`.
    pub(crate) fn java(&self) -> Option<u32> {
        let version = self.runtimes.get("java")?;
        let version = version.strip_prefix("1.").unwrap_or(version);
        let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
        version[..digits].parse().ok()
    }

    /// Whether it runs as another user than root.
    pub(crate) fn has_own_user(&self) -> bool {
        let name = self.user.split(':').next().unwrap_or_default();
        !matches!(name, "" | "root" | "0")
    }
}
