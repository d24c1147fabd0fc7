//! What was done, as plain data. `docs/squash.md` documents every field.

use serde::Serialize;

/// Raised when a field changes its meaning or goes; added fields do not raise it.
pub const SCHEMA: u32 = 1;

/// Everything that is known about one squashing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// [`SCHEMA`] of the version that wrote it.
    pub schema: u32,
    /// Version of jettison that wrote it.
    pub jettison: String,
    /// The image before.
    pub source: ImageFacts,
    /// The image after.
    pub squashed: ImageFacts,
    /// The base image, if one was recognised and counted.
    pub base: Option<BaseFacts>,
    /// The layers of the image before, the lowest first.
    pub layers: Vec<LayerFacts>,
    /// What became one layer, the lowest first.
    pub runs: Vec<RunFacts>,
    /// Where it was written, as `--to` names it.
    pub written: Vec<String>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// An image in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageFacts {
    /// Where it came from; empty for one that was made.
    pub name: String,
    /// Its names.
    pub tags: Vec<String>,
    /// Digest of its configuration: what Docker calls the image id.
    pub image_id: String,
    /// Bytes of all layers, uncompressed.
    pub bytes: u64,
    /// Bytes of all layers as stored or transferred.
    pub stored_bytes: u64,
    /// Entries of all layers.
    pub entries: usize,
    /// How many layers it has.
    pub layers: usize,
}

/// The base image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BaseFacts {
    /// How many layers are its.
    pub layers: usize,
    /// Its name, or the instruction of the history that ends it.
    pub name: String,
    /// How it is known.
    pub known_from: KnownFrom,
}

/// How a base image is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownFrom {
    /// The caller named it.
    Argument,
    /// It is among the images that are kept here.
    Store,
    /// Its last instruction stands in the history.
    History,
}

/// A layer of the image before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayerFacts {
    /// Its diff-id.
    pub diff_id: String,
    /// Its bytes, uncompressed.
    pub bytes: u64,
    /// The instruction that made it, if the history says so.
    pub instruction: String,
    /// The layer of the new image that it is in, counted from 1; none if nothing of its run is left.
    pub becomes: Option<usize>,
    /// Whether that layer is this one, unchanged.
    pub unchanged: bool,
}

/// A run of layers that became one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunFacts {
    /// The lowest, counted from 1.
    pub first: usize,
    /// The highest.
    pub last: usize,
    /// Their bytes, uncompressed.
    pub bytes_before: u64,
    /// Bytes of the new layer; 0 if nothing is left.
    pub bytes_after: u64,
    /// Entries of the layers.
    pub entries_before: usize,
    /// Entries of the new layer.
    pub entries_after: usize,
    /// Those among them that hide something of lower layers.
    pub whiteouts: usize,
}
