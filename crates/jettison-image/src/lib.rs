//! What a container image is: references, digests, manifests, configs, platforms. Pure.

#![forbid(unsafe_code)]

mod read_at;

pub use read_at::ReadAt;
