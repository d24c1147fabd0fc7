//! The file as a whole.

pub(crate) mod casing;
pub(crate) mod empty_continuation;
pub(crate) mod inline_ignore;
pub(crate) mod syntax;
pub(crate) mod unused_ignore;
