//! What was found out about an image: plain data, in the form that `--format json` writes.
//!
//! Sizes are bytes of uncompressed layer tars, see [`SizeFacts`]. Layers are counted from 0, the lowest first. Nothing here
//! holds the value of a secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{language::Level, waste::Cause};

/// Version of the format; raised when a field changes its meaning or goes.
pub const SCHEMA: u32 = 1;

/// Everything about one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Version of jettison that wrote it.
    pub jettison: String,
    /// What the image is and how it is run.
    pub image: ImageFacts,
    /// How large it is, and how large it could be.
    pub size: SizeFacts,
    /// Its layers.
    pub layers: Vec<LayerFacts>,
    /// Waste by cause, the largest first.
    pub causes: Vec<CauseFacts>,
    /// Waste by cause, place and package, the largest first.
    pub waste: Vec<WasteGroup>,
    /// What to do about it, what saves most first.
    pub advice: Vec<Advice>,
    /// Packages, the largest first.
    pub packages: Vec<PackageFacts>,
    /// Secrets, the worst first.
    pub secrets: Vec<SecretFinding>,
    /// Risks, the worst first.
    pub risks: Vec<RiskFinding>,
    /// What changed against another image, when one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth: Option<Growth>,
    /// What was allowed and what is, when bounds were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub budget: Vec<BudgetLine>,
    /// How many findings were left out, by the name that was ignored.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ignored: BTreeMap<String, usize>,
    /// What a person should know: sentences without a final full stop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What an image is and how it is run. Secrets in values are masked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// Where it came from, as a person would write it.
    pub name: String,
    /// Its names.
    pub tags: Vec<String>,
    /// The digest of its config.
    pub image_id: String,
    /// `linux/amd64`.
    pub platform: String,
    /// When it was made, RFC 3339.
    pub created: Option<String>,
    /// `PRETTY_NAME` of the distribution (os-release(5)).
    pub distribution: Option<String>,
    /// Whether it is made to run one program.
    pub purpose: Purpose,
    /// What it was built on, as far as that can be told.
    pub base: Option<BaseFacts>,
    /// User it runs as; empty is root.
    pub user: String,
    /// Where the program starts.
    pub working_dir: String,
    /// Entry point and command, joined.
    pub command: Vec<String>,
    /// `NAME=value`.
    pub env: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// `8080/tcp`.
    pub exposed_ports: Vec<String>,
    /// Declared volumes.
    pub volumes: Vec<String>,
    /// Whether it says how to ask whether it is well.
    pub has_healthcheck: bool,
}

/// What an image is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// It runs a program: what only builds need is waste in it.
    Runtime,
    /// It starts a shell, an interpreter or a build tool: others build on it or in it.
    #[default]
    Toolbox,
}

/// The image that this one was built on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseFacts {
    /// Its name, when labels or the Dockerfile say it.
    pub name: Option<String>,
    /// How many of the layers are its.
    pub layers: usize,
    /// Bytes of those.
    pub bytes: u64,
}

/// How large an image is.
///
/// A layer is a tar; everything in it is paid for when it is stored, pushed and pulled: for each file its headers (512
/// bytes, more for long names and attributes), its content and the padding to the next 512. That is what is counted,
/// before compression: `now` is the length of all tars, `wasted` what of that the causes claim, `after` the difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeFacts {
    /// Bytes of all layers.
    pub now: u64,
    /// Bytes that would be left without the waste.
    pub after: u64,
    /// Bytes that causes claim, each once.
    pub wasted: u64,
    /// Of those, bytes that no container sees: they are in a layer and not in the final tree.
    pub hidden: u64,
    /// Bytes of all layers as they are stored, compressed or not.
    pub stored: Option<u64>,
    /// Bytes of the files that a container sees, each file once.
    pub files_bytes: u64,
    /// How many files those are.
    pub files: u64,
}

impl SizeFacts {
    /// The share of bytes that a container sees, from 0 to 1.
    pub fn efficiency(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let share = self.hidden as f64 / self.now.max(1) as f64;
        1.0 - share
    }
}

/// A layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerFacts {
    /// Its place, from 0.
    pub index: usize,
    /// The digest of its tar.
    pub diff_id: String,
    /// Length of its tar.
    pub bytes: u64,
    /// Length of what is stored of it.
    pub stored: Option<u64>,
    /// Bytes of it that are waste, whoever is to blame.
    pub wasted: u64,
    /// Entries, whiteouts among them.
    pub entries: usize,
    /// Paths that no lower layer showed.
    pub added: usize,
    /// Paths that a lower layer showed otherwise.
    pub changed: usize,
    /// Whiteouts.
    pub removed: usize,
    /// Whether it belongs to the base.
    pub is_base: bool,
    /// What made it.
    pub step: Option<Step>,
}

/// An instruction that made a layer or changed the config.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its place in the history, from 0.
    pub history: usize,
    /// The instruction's name in upper case: `RUN`.
    pub keyword: String,
    /// The instruction as a person would write it, secrets masked.
    pub text: String,
    /// When it was carried out, RFC 3339.
    pub created: Option<String>,
    /// Where it stands, when a Dockerfile was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// A place in a Dockerfile. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file as it was named.
    pub file: String,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column after the last character.
    pub end_column: usize,
}

/// Waste of one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseFacts {
    /// The cause.
    pub cause: Cause,
    /// Bytes.
    pub bytes: u64,
    /// Entries.
    pub files: u64,
}

/// Waste of one cause in one layer, of one package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WasteGroup {
    /// The cause.
    pub cause: Cause,
    /// The layer that the bytes lie in.
    pub layer: usize,
    /// The layer that made them useless, where that is another.
    pub by: Option<usize>,
    /// The package they belong to: `deb gcc-12`.
    pub package: Option<String>,
    /// Bytes.
    pub bytes: u64,
    /// Entries.
    pub files: u64,
    /// The largest of them.
    pub paths: Vec<PathBytes>,
}

impl WasteGroup {
    /// The layer whose instruction is to blame.
    pub fn blamed(&self) -> usize {
        self.by.unwrap_or(self.layer)
    }
}

/// A path and what it costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathBytes {
    /// The absolute path. Bytes that are no UTF-8 show as U+FFFD.
    pub path: String,
    /// Bytes.
    pub bytes: u64,
    /// Where else the same is, for duplicates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
}

/// An edit that recovers bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// What to do.
    pub kind: AdviceKind,
    /// The cause that it removes.
    pub cause: Cause,
    /// Bytes that it recovers.
    pub bytes: u64,
    /// Entries that go.
    pub files: u64,
    /// The layer that the bytes lie in; that of the most bytes when there are several.
    pub layer: usize,
    /// The layer whose instruction is to be merged or to go.
    pub by: Option<usize>,
    /// What to write: lines of a Dockerfile, a `.dockerignore` or a command line.
    pub code: Vec<String>,
    /// What it is about: a package manager, a directory, a package.
    pub subject: String,
    /// Where, when a Dockerfile was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Kinds of edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdviceKind {
    /// Remove it in the instruction that made it.
    RemoveWhereMade,
    /// Set the owner while copying.
    CopyChown,
    /// Set the mode while copying.
    CopyChmod,
    /// Make both changes in one instruction.
    MergeRuns,
    /// Do not write the file twice.
    WriteOnce,
    /// Mount what is needed for a moment.
    BindMount,
    /// Keep the cache in a cache mount.
    CacheMount,
    /// Clean up in the same instruction.
    CleanInPlace,
    /// Keep it out of the build context.
    Ignore,
    /// Build in a stage of its own and copy the result.
    BuildStage,
    /// Tell the package manager to leave it out.
    LeaveOut,
    /// Strip programs.
    Strip,
    /// Link instead of copying.
    Link,
    /// Let `jettison slim` do it.
    Slim,
    /// Let `jettison squash` do it.
    Squash,
    /// It is in the base: take another one.
    OtherBase,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFacts {
    /// The type of its package URL: `deb`, `apk`, `rpm`, `pypi`, `npm`, ...
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its version; empty when nobody says it.
    pub version: String,
    /// Bytes of its files that a container sees, as in [`SizeFacts`].
    pub bytes: u64,
    /// How many files those are.
    pub files: u64,
    /// The layer that most of them lie in.
    pub layer: Option<usize>,
    /// Where it is described.
    pub home: String,
}

/// A secret, at one or several places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretFinding {
    /// The kind: `github-token`.
    pub rule: String,
    /// How much it matters.
    pub level: Level,
    /// The value as it may be shown.
    pub masked: String,
    /// Where the same value is; never empty.
    pub places: Vec<SecretPlace>,
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "in", rename_all = "kebab-case")]
pub enum SecretPlace {
    /// In a file of a layer.
    File {
        /// The layer.
        layer: usize,
        /// The absolute path.
        path: String,
        /// The line, from 1; 0 when there is none.
        line: u32,
        /// The layer that hides it from containers, but not from who pulls the image.
        hidden_by: Option<usize>,
    },
    /// In the environment.
    Env {
        /// The variable.
        name: String,
    },
    /// In a label.
    Label {
        /// Its key.
        name: String,
    },
    /// In an instruction that the history tells.
    History {
        /// Its place in the history, from 0.
        step: usize,
        /// The layer it made, if it made one.
        layer: Option<usize>,
    },
    /// In the arguments of a build that the history tells.
    BuildArgument {
        /// The argument.
        name: String,
        /// The first step that had it.
        step: usize,
    },
    /// In the command, entry point or health check.
    Command,
}

/// A risk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskFinding {
    /// The check: `JR-root-user`.
    pub id: String,
    /// Its names elsewhere: `CIS-DI-0001`.
    pub aliases: Vec<String>,
    /// How much it matters.
    pub level: Level,
    /// What was found: paths, names, instructions. The first few.
    pub subjects: Vec<String>,
    /// How many there are.
    pub count: usize,
    /// The layer it came with, where that is one.
    pub layer: Option<usize>,
    /// Where, when a Dockerfile was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// What changed against an earlier image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Growth {
    /// The earlier image.
    pub baseline: String,
    /// Bytes of its layers.
    pub bytes: u64,
    /// Of those, wasted.
    pub wasted: u64,
    /// How many layers it had.
    pub layers: usize,
    /// How many of them, from the lowest up, are the same here.
    pub shared_layers: usize,
    /// Bytes of those.
    pub shared_bytes: u64,
    /// Packages that came, went, or changed version or size, the largest change first.
    pub packages: Vec<PackageChange>,
    /// Secrets that are new: their place in [`Analysis::secrets`].
    pub new_secrets: Vec<usize>,
    /// Risks that are new: their place in [`Analysis::risks`].
    pub new_risks: Vec<usize>,
}

/// A package that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageChange {
    /// As [`PackageFacts::kind`].
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The version it had; `None` when it is new.
    pub from: Option<String>,
    /// The version it has; `None` when it is gone.
    pub to: Option<String>,
    /// By how many bytes it grew.
    pub bytes: i64,
}

/// A bound and what there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLine {
    /// The bound: `max-size`.
    pub name: String,
    /// What is allowed, as it was written.
    pub limit: String,
    /// What there is, in the same unit.
    pub actual: String,
    /// Whether that is too much.
    pub is_broken: bool,
    /// Where the bound was set: `--max-size`, `jettison.toml:12`.
    pub origin: String,
}
