//! Bytes that an image could do without, each with one cause.

mod cause;

pub use cause::{CAUSES, Cause};
