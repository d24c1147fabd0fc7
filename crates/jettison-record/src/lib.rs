//! Serves a tree as a file system and notes each touch.

#![forbid(unsafe_code)]
