//! Debian packages.

pub(crate) mod interactive_tool;
pub(crate) mod lists;
pub(crate) mod recommends;
pub(crate) mod unpinned;
pub(crate) mod update;
pub(crate) mod upgrade;
pub(crate) mod yes;
