//! Why an image cannot be opened.

use std::{io, path::PathBuf};

use jettison_image::{Digest, DigestError, JsonError, ReferenceError};

use crate::{
    LayerError, TarError, WriteError,
    copy::{CopyError, TransferError},
    engine::EngineError,
    store::StoreError,
};

/// How sources are written.
const FORMS: &str = "docker-archive:FILE, oci:DIR, oci-archive:FILE, dir:DIR, rootfs:PATH, store:NAME, \
                     docker-daemon:NAME, docker://NAME";

/// Why an image cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file cannot be read or made. The error names it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// No such path, and no image of that name anywhere.
    #[error("{text}: no such file, and no such image ({}); name where it is: {FORMS}", looked.join(", "))]
    NotFound {
        /// What was given.
        text: String,
        /// Where it was looked for, and what was said there.
        looked: Vec<String>,
    },
    /// No such path, and no name of an image either.
    #[error("{text}: no such file or directory, and {source}")]
    NotAPath {
        /// What was given.
        text: String,
        /// Why it is no name.
        source: ReferenceError,
    },
    /// The place is not known to the caller.
    #[error("{image}: {problem}")]
    NoPlace {
        /// The source, as a person writes it.
        image: String,
        /// Why it cannot be read, and the way out.
        problem: &'static str,
    },
    /// The local store cannot give it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine cannot give it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// It cannot be fetched.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The registry cannot give it; its own error.
    #[error("{image}: {source}")]
    Registry {
        /// The source, as a person writes it.
        image: String,
        /// What its crate says.
        source: TransferError,
    },
    /// What was fetched cannot be kept.
    #[error(transparent)]
    Keep(#[from] WriteError),
    /// The archive's tar is damaged or hostile.
    #[error("{}: {source}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        source: TarError,
    },
    /// The whole archive is compressed, and that fails.
    #[error("{}: the archive {source}", path.display())]
    Compressed {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        source: LayerError,
    },
    /// A manifest, config or index is malformed.
    #[error("{}: {name}: {source}", path.display())]
    Document {
        /// The archive or directory.
        path: PathBuf,
        /// The file in it.
        name: String,
        /// What is wrong.
        source: JsonError,
    },
    /// A file that must be there is not.
    #[error("{}: {what} is missing ({name:?})", path.display())]
    Missing {
        /// The archive or directory.
        path: PathBuf,
        /// The file in it.
        name: String,
        /// What it is: `the image config`.
        what: &'static str,
    },
    /// A document beyond its bound.
    #[error("{}: {name:?} has {size} bytes, more than the {limit} that jettison reads", path.display())]
    TooLarge {
        /// The archive or directory.
        path: PathBuf,
        /// The file in it.
        name: String,
        /// Its size in bytes.
        size: u64,
        /// The bound in bytes.
        limit: usize,
    },
    /// A blob has another size than its descriptor says.
    #[error("{}: {what} {name:?} has {found} bytes, expected {expected}", path.display())]
    Size {
        /// The archive or directory.
        path: PathBuf,
        /// The file in it.
        name: String,
        /// What it is.
        what: &'static str,
        /// Bytes by the descriptor.
        expected: u64,
        /// Bytes there.
        found: u64,
    },
    /// A document's bytes do not have its digest.
    #[error("{}: {what} {name:?} is damaged: expected {expected}, got {found}", path.display())]
    Digest {
        /// The archive or directory.
        path: PathBuf,
        /// The file in it.
        name: String,
        /// What it is.
        what: &'static str,
        /// The digest it goes by.
        expected: Digest,
        /// What the bytes hash to.
        found: Digest,
    },
    /// A digest of an algorithm that cannot be checked.
    #[error(transparent)]
    Unverifiable(#[from] DigestError),
    /// The source is of another kind than was said.
    #[error("{}: is not {expected}: {hint}", path.display())]
    WrongKind {
        /// The file or directory.
        path: PathBuf,
        /// What was asked for.
        expected: &'static str,
        /// What it seems to be, and the way out.
        hint: String,
    },
    /// There is no image in it.
    #[error("{}: there is no image in it", path.display())]
    NoImage {
        /// The archive or directory.
        path: PathBuf,
    },
    /// More than one image, and none was chosen.
    #[error("{}: there are several images in it; choose one: {}", path.display(), choices.join(", "))]
    SeveralImages {
        /// The archive or directory.
        path: PathBuf,
        /// The sources that name each one.
        choices: Vec<String>,
    },
    /// The image that was asked for is not in it.
    #[error("{}: there is no image {wanted:?} in it; there is: {}", path.display(), list(choices))]
    NoSuchImage {
        /// The archive or directory.
        path: PathBuf,
        /// What was asked for.
        wanted: String,
        /// The sources that name each one.
        choices: Vec<String>,
    },
    /// The image is for other machines.
    #[error("{}: the image is not for {wanted}; it is for {}", path.display(), list(available))]
    Platform {
        /// The archive or directory.
        path: PathBuf,
        /// The machine.
        wanted: String,
        /// What there is.
        available: Vec<String>,
    },
    /// What was found is no container image, though it has a manifest.
    #[error("{}: {name:?} is not a container image: {problem}", path.display())]
    NotAnImage {
        /// The archive or directory.
        path: PathBuf,
        /// The file in it.
        name: String,
        /// What it is.
        problem: String,
    },
    /// Config and manifest disagree about the layers.
    #[error("{}: the manifest has {layers} layers but the config has {diff_ids} diff-ids", path.display())]
    LayerCount {
        /// The archive or directory.
        path: PathBuf,
        /// Layers in the manifest.
        layers: usize,
        /// Diff-ids in the config.
        diff_ids: usize,
    },
    /// More layers than engines take.
    #[error("{}: the image has {layers} layers, engines take at most {limit}", path.display())]
    TooManyLayers {
        /// The archive or directory.
        path: PathBuf,
        /// Layers in the manifest.
        layers: usize,
        /// The bound.
        limit: usize,
    },
    /// A layer that lies elsewhere.
    #[error("{}: layer {} of {layers} ({digest}) is not included; fetch it from {}", path.display(), index + 1, list(urls))]
    ForeignLayer {
        /// The archive or directory.
        path: PathBuf,
        /// Which layer, from 0.
        index: usize,
        /// How many there are.
        layers: usize,
        /// Its digest.
        digest: Digest,
        /// Where it can be had.
        urls: Vec<String>,
    },
    /// A layer is damaged, hostile or unsupported.
    #[error("{}: layer {} of {layers} ({name}) {source}", path.display(), index + 1)]
    Layer {
        /// The archive or directory.
        path: PathBuf,
        /// Which layer, from 0.
        index: usize,
        /// How many there are.
        layers: usize,
        /// The member or digest.
        name: String,
        /// What is wrong.
        source: LayerError,
    },
}

/// Items with commas, or a word for none.
fn list(items: &[String]) -> String {
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}
