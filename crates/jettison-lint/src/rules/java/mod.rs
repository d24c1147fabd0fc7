//! Java in containers.

pub(crate) mod conflicting_options;
pub(crate) mod heap_dump_path;
pub(crate) mod heap_options;
pub(crate) mod locked_option;
pub(crate) mod misspelt_option;
pub(crate) mod removed_option;
