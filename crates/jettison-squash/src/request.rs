//! What a caller asks for.

use std::path::PathBuf;

use jettison_image::{Digest, Reference};
use jettison_transport::{Compression, Destination, OpenOptions, Source};

use crate::Selection;

/// One squashing.
#[derive(Debug)]
pub struct Request {
    /// The image.
    pub source: Source,
    /// How it is opened, and the base image with it.
    pub open: OpenOptions,
    /// Which layers become one.
    pub selection: Selection,
    /// How the base image is known, whose layers stay.
    pub base: Base,
    /// Compression of new layers; the others stay as they are.
    pub compression: Compression,
    /// What the history says of new layers; which layers they were, without it.
    pub message: Option<String>,
    /// Tags of the new image; those of the old one with `-squashed` if there are none.
    pub tags: Vec<Reference>,
    /// Where it goes; nowhere is allowed: the result is then only the report.
    pub destinations: Vec<Destination>,
    /// Where temporary files go.
    pub work_dir: PathBuf,
}

/// How the base image is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// By these images, else by the history.
    Recognise(Vec<KnownImage>),
    /// It is this one.
    Image(Source),
}

/// An image that the one at hand may be built on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownImage {
    /// What it is called.
    pub name: String,
    /// Its layers, the lowest first.
    pub diff_ids: Vec<Digest>,
}

/// What is going on, for a caller that shows progress.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An image is opened.
    Opening(String),
    /// So many layers are indexed.
    Indexing(usize),
    /// The layers from the first to the last, counted from 1, become one.
    Squashing {
        /// The lowest.
        first: usize,
        /// The highest.
        last: usize,
    },
    /// The trees are compared while the new layers are compressed and hashed.
    Comparing,
    /// The image is saved.
    Saving(String),
}

/// Receives events.
pub type Events<'a> = &'a mut dyn FnMut(Event);
