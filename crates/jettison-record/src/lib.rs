//! Serves a tree as a file system and notes each touch.
//!
//! [`Recorder`] collects touches as [`jettison_rootfs::Evidence`]; [`Server`] answers a FUSE connection from the tree and
//! tells the recorder. Where there is no `/dev/fuse`, [`copy_out`] puts the tree on disk and [`Accesses`] feeds the
//! recorder with paths that system calls named. No rule lives here: what a touch means is `keep`'s business.

#![forbid(unsafe_code)]

mod accesses;
mod copy;
mod names;
mod recorder;
mod server;
mod view;

pub use accesses::{Accesses, PathUse, Toucher};
pub use copy::{CopyError, IdOnHost, Owners, copy_out, read_since_copy};
pub use names::ProcessNames;
pub use recorder::Recorder;
pub use server::{ServeError, Server, ServerOptions};
pub use view::{Ghosts, View};
