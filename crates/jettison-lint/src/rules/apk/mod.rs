//! Alpine packages.

pub(crate) mod cache;
pub(crate) mod unpinned;
pub(crate) mod update;
pub(crate) mod upgrade;
