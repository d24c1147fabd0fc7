//! An image in the terminal: layers, the tree after each of them, and what each changes.
//!
//! [`Contents`] is read once from an index. [`Model`] is what a person sees of it; [`Model::press`] changes it by a key and
//! says what is to be done outside; [`draw`] shows it. None of these touches a terminal or a disk: the caller does.

#![forbid(unsafe_code)]

mod contents;
mod extract;
mod key;
mod model;
mod nodes;
mod rows;
mod view;

pub use contents::Contents;
pub use extract::{ExtractError, extract};
pub use key::{Action, Key};
pub use model::{Mode, Model, Pane, Sort};
pub use nodes::{Node, Nodes, Status};
pub use view::{Colours, draw};
