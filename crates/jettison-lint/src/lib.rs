//! Dockerfile rules, one file per rule.

#![forbid(unsafe_code)]
