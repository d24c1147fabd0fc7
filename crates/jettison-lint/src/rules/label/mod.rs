//! Labels.

pub(crate) mod key;
pub(crate) mod schema;
