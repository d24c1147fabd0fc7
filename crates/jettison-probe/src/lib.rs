//! Exercises a running container and compares what it answered.

#![forbid(unsafe_code)]
