//! Layers to tree and back: index, merge, filter, diff.
//!
//! [`LayerIndex::read`] reads the headers of a layer's tar and notes where the data lies.
//! [`Tree::merge`] lays layers over one another and serves names, files and bytes; nothing is
//! unpacked. [`LayerFilter`] writes the layers again with only the names that are kept, byte for
//! byte where it can, [`Delta`] one layer that does what several do. [`diff`] tells what two trees differ in.
//!
//! Layers are untrusted: [`Limits`] bounds what they may cost, and whatever they hold, reading
//! them ends in a tree or in an error that says where and what to do. Nothing here opens a file:
//! bytes come from [`jettison_image::ReadAt`] and go to [`std::io::Write`].

#![forbid(unsafe_code)]

mod composed;
mod delta;
mod described;
mod diff;
mod draft;
mod entry;
mod entry_path;
pub mod evidence;
mod filter;
pub mod fixture;
mod header;
mod index_error;
mod layer_set;
mod layer_writer;
mod limits;
mod merge;
mod pax;
mod resolve;
mod sparse;
mod tar_index;
mod tree;
mod unpack;
mod writer;

pub use composed::ComposedLayer;
pub use delta::Delta;
pub use diff::{Change, ChangeKind, DiffError, Field, SameContent, diff, diff_by};
pub use entry::{
    DataMap, Device, EntryKind, Kind, LayerEntry, Meta, Segment, Timestamp, Whiteout, Xattrs,
};
pub use entry_path::PathFault;
pub use evidence::Evidence;
pub use filter::{LayerFilter, LayerPlan, Rewrites, flatten};
pub use index_error::{Fault, IndexError};
pub use layer_set::{LayerIndexError, index_layers};
pub use layer_writer::WriteError;
pub use limits::Limits;
pub use merge::{MergeError, Problem, ProblemKind};
pub use resolve::Resolved;
pub use sparse::SparseFault;
pub use tar_index::{EntryReader, LayerIndex};
pub use tree::{EntryRef, Fate, Inode, InodeId, LayerSource, PathId, Tree};
