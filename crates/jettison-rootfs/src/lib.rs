//! Layers to tree and back: index, merge, filter, diff.

#![forbid(unsafe_code)]
