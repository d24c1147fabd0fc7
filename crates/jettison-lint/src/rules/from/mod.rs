//! FROM and stages.

pub(crate) mod as_casing;
pub(crate) mod duplicate_stage;
pub(crate) mod end_of_life;
pub(crate) mod full_base;
pub(crate) mod invalid_default;
pub(crate) mod latest;
pub(crate) mod platform;
pub(crate) mod redundant_platform;
pub(crate) mod registry;
pub(crate) mod reserved_stage;
pub(crate) mod stage_casing;
pub(crate) mod undefined_arg;
pub(crate) mod untagged;
