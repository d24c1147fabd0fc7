//! Where images come from and go to.

#![forbid(unsafe_code)]
