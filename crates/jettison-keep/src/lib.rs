//! Decides, with reasons, which paths of a tree stay.
//!
//! [`decide`] takes a [`Scene`] (a tree, what was seen of it, what the image promises) and [`Options`], lets every
//! [`Rule`] say what it wants until none wants more, and returns a [`KeepSet`]: each kept name with its reason. Pure: it
//! reads nothing but the tree it was handed, starts nothing, and gives the same answer for the same input.

#![forbid(unsafe_code)]

mod elf;
mod engine;
mod keepset;
mod level;
mod rule;
pub mod rules;
mod scene;
mod selection;

pub use engine::{Options, decide};
pub use keepset::{KeepSet, Reason, Risk, RuleCost};
pub use level::Level;
pub use rule::{Page, Rule, Wants};
pub use scene::{Contract, LayerOrigin, Scene};
pub use selection::{GlobError, Selection};
