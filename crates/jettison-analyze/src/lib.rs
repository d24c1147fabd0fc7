//! What an image carries, wastes and leaks: layers, waste by cause with the edit that recovers it, packages, secrets,
//! risks.
//!
//! [`ImageIndex`] reads each layer once and keeps what it found by diff-id; everything else works on that alone and
//! touches no layer's bytes. Libraries return values: nothing here prints or reads the environment.

#![forbid(unsafe_code)]

pub mod analysis;
pub mod index;
mod language;
pub mod secrets;
pub mod waste;

pub use analysis::Analysis;
pub use index::{
    CacheError, ContentId, DebugBytes, ImageIndex, ImageIndexError, IndexCache, IndexOptions,
    IndexProgress, IndexProgressFn, LayerInput, LayerRecord, PassError,
};
pub use language::{Language, Level, Text};
