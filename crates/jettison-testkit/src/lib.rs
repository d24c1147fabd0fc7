//! Fixtures and real engines for the tests of the other crates.

#![forbid(unsafe_code)]
