//! What two images differ in: files by package and by directory, packages, configuration, layers, and
//! what a pull of the second moves for somebody who has the first.
//!
//! [`compare_images`] opens and indexes two images; [`compare`], which it ends in, is pure and gives
//! back plain data.

#![forbid(unsafe_code)]

mod compare;
mod config;
mod difference;
mod directories;
mod files;
mod images;
mod layers;
mod masking;
mod overview;
mod packages;
mod side;
mod tally;
mod version;

pub use compare::{Options, compare};
pub use difference::{
    ConfigChange, Detail, Difference, DirectoryChange, FileChange, FileState, ImageFacts,
    LayerChanges, LayerFacts, PackageChange, SCHEMA, Status,
};
pub use images::{Error, Request, compare_images};
pub use overview::{Row, overview};
pub use side::{Layer, Side};
pub use tally::Tally;
