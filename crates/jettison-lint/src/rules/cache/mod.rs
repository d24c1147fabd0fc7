//! Layers and the build cache.

pub(crate) mod consecutive_run;
pub(crate) mod early_arg;
pub(crate) mod late_cleanup;
pub(crate) mod recursive_owner;
pub(crate) mod sources_first;
