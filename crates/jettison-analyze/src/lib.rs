//! What an image carries, wastes and leaks: layers, waste by cause with the edit that recovers it, packages, secrets,
//! risks.
//!
//! [`ImageIndex`] reads each layer once and keeps what it found by diff-id; everything else works on that alone and
//! touches no layer's bytes. Libraries return values: nothing here prints or reads the environment.

#![forbid(unsafe_code)]

mod advice;
pub mod analysis;
pub mod budget;
mod dockerfile_match;
mod file_map;
pub mod format;
mod growth;
mod history;
mod ignored;
pub mod index;
mod language;
mod leaks;
mod owners;
mod package_table;
pub mod pages;
mod purpose;
mod report;
pub mod risks;
pub mod secrets;
mod subject;
pub mod waste;

pub use analysis::Analysis;
pub use file_map::{FileMap, FileNode, MAX_NODES, NodeKind};
pub use growth::growth;
pub use ignored::UnknownName;
pub use index::{
    CacheError, ContentId, DebugBytes, ImageIndex, ImageIndexError, IndexCache, IndexOptions,
    IndexProgress, IndexProgressFn, LayerInput, LayerRecord, PassError,
};
pub use language::{Language, Level, Text};
pub use owners::Owners;
pub use report::{AnalyzeOptions, Analyzed, DockerfileText, analyze};
pub use subject::{Subject, layer_inputs};
pub use waste::{CAUSES, Cause, FAMILIES, Family, Waste, Wasted};
