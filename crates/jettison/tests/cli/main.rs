//! The command as its users run it: arguments in; exit status, streams and files out.
//!
//! Tests that run an image in the sandbox are called `privileged_*`: they need what `jettison doctor` asks for, and fail
//! where it is missing.

mod analyze;
mod bases;
mod bill;
mod choices;
mod contents;
mod determinism;
mod diff;
mod differences;
mod exercises;
mod hostile;
mod images;
mod killed;
mod linting;
mod neighbours;
mod odd_images;
mod ordinary_user;
mod overrides;
mod place;
mod questions;
mod registries;
mod restore;
mod squash;
mod tiers;
mod web_server;
