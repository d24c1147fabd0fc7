//! An image in the terminal: layers, the tree after each of them, what each changes, and what the image wastes.
//!
//! [`Contents`] is made once from an analysis. [`Model`] is what a person sees of it; [`Model::press`] and [`Model::point`]
//! change it by a key or the mouse and say what is to be done outside; [`draw`] shows it. None of these touches a terminal
//! or a disk: the caller does.

#![forbid(unsafe_code)]

mod contents;
mod extract;
mod file_lines;
mod key;
mod layer_tree;
mod list;
mod model;
mod mouse;
mod nodes;
mod rows;
mod view;
mod waste;
mod words;

pub use contents::Contents;
pub use extract::{ExtractError, extract};
pub use key::{Action, Gesture, Key, Pointer};
pub use layer_tree::LayerTree;
pub use list::List;
pub use model::{Mode, Model, Pane, Sort};
pub use nodes::{Node, Nodes, Status};
pub use view::{Colours, draw};
