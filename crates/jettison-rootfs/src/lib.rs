//! Layers to tree and back: index, merge, filter, diff.

#![forbid(unsafe_code)]

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

pub use diff::{Change, ChangeKind, DiffError, Field, diff};
pub use entry::{
    DataMap, Device, EntryKind, Kind, LayerEntry, Meta, Segment, Timestamp, Whiteout, Xattrs,
};
pub use entry_path::PathFault;
pub use evidence::Evidence;
pub use filter::{LayerFilter, LayerPlan, Rewrites, flatten};
pub use index_error::{Fault, IndexError};
pub use layer_writer::WriteError;
pub use limits::Limits;
pub use merge::{MergeError, Problem, ProblemKind};
pub use resolve::Resolved;
pub use sparse::SparseFault;
pub use tar_index::LayerIndex;
pub use tree::{EntryRef, Fate, Inode, InodeId, LayerSource, PathId, Tree};
