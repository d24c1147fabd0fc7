//! Runs processes in namespaces over a mounted root.

#![deny(unsafe_code)]
