//! Package managers of programming languages.

pub(crate) mod gem_unpinned;
pub(crate) mod go_unpinned;
pub(crate) mod musl_wheels;
pub(crate) mod npm_unpinned;
pub(crate) mod pip_cache;
pub(crate) mod pip_unpinned;
pub(crate) mod python_env;
pub(crate) mod yarn_cache;
