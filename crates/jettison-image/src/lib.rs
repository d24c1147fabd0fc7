//! What a container image is: references, digests, manifests, configs, platforms. Pure.

#![forbid(unsafe_code)]
