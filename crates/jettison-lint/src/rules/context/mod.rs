//! The build context and files in it.

pub(crate) mod ignored_files;
pub(crate) mod nginx_workers;
pub(crate) mod script_exec;
