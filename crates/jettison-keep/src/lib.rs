//! Decides, with reasons, which paths of a tree stay.
//!
//! [`decide`] takes a [`Scene`] (a tree, what was seen of it, what the image promises) and [`Options`], lets every
//! [`Rule`] say what it wants until none wants more, and returns a [`KeepSet`]: each kept name with its reason. Pure: it
//! reads nothing but the tree it was handed, starts nothing, and gives the same answer for the same input.

#![forbid(unsafe_code)]

mod aids;
mod ballast;
mod class_file;
mod code_words;
mod elf;
mod elf_words;
mod engine;
mod facts;
mod family;
mod go_functions;
mod keepset;
mod languages;
mod level;
mod machine_code;
mod packages;
mod place;
mod python;
mod residue;
mod ruby_files;
mod rule;
pub mod rules;
mod scene;
mod selection;
mod shell_words;
mod subtree;

pub use engine::{Options, decide};
pub use facts::Facts;
pub use keepset::{KeepSet, Reason, Risk, RuleCost};
pub use level::{Level, UnknownLevel};
pub use packages::Whole;
pub use rule::{Page, Rule, Wants};
pub use scene::{Contract, LayerOrigin, Scene};
pub use selection::{GlobError, Selection};
