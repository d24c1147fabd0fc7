//! The rules, one file each.

pub(crate) mod apk;
pub(crate) mod apt;
pub(crate) mod cache;
pub(crate) mod context;
pub(crate) mod file;
pub(crate) mod from;
pub(crate) mod image;
pub(crate) mod instruction;
pub(crate) mod java;
pub(crate) mod label;
pub(crate) mod language;
pub(crate) mod rpm;
pub(crate) mod secret;
pub(crate) mod shell;
