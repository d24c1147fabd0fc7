//! The slimming pipeline, one file per stage.

#![forbid(unsafe_code)]
