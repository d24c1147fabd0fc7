//! Decides, with reasons, which paths of a tree stay. Pure.

#![forbid(unsafe_code)]
