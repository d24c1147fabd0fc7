//! Lossless parser and byte-range edits for Dockerfiles. Pure.

#![forbid(unsafe_code)]
