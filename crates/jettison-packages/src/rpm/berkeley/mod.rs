//! Berkeley DB: rpm before 4.16. The headers are in a hash (`Packages`), each index in a file of its own, a hash or a B-tree.

mod btree;
mod file;
mod hash;
mod pages;
mod reader;

#[cfg(test)]
pub(super) use file::Pair;
pub(super) use file::{File, Problem, is_database};
pub(super) use reader::entries;
