//! Several layers of an image made into one, everything else as it was.
//!
//! [`squash()`] chooses layers ([`Selection`]), puts each run of them into one, compares the file
//! tree before and after, and only then writes. Layers that stay keep their digest and their
//! compressed bytes, the configuration all but its history and list of layers. Nothing is unpacked,
//! and no layer is held in memory.

#![forbid(unsafe_code)]

mod base;
mod error;
mod history;
mod parts;
pub mod report;
mod request;
mod savings;
mod selection;
mod squash;
mod steps;

pub use error::Error;
pub use report::Report;
pub use request::{Base, Event, Events, KnownImage, Request};
pub use selection::{Selection, SelectionError};
pub use squash::squash;
