//! Which packages lie in a tree, and who brought each file: those of the distribution, those of languages, and runtimes
//! that came without a package.
//!
//! Read from the databases that package managers leave in the image: dpkg, apk, Python's dist-info and egg-info, npm,
//! RubyGems and Composer. A runtime that was unpacked or built by hand (Python, Node.js, a JDK, Go, Rust, Ruby, .NET) is
//! recognised by its shape, so that its thousands of files do not count as the application's own.
//!
//! [`Packages::of`] reads a tree, [`trimmed`] writes the databases anew for what is left of it. Pure: bytes come from the
//! tree that is handed in. Databases are untrusted: each reader names its limits, and a damaged one has no packages.
//!
//! rpm: only the presence of its database is known. Its files are in a Berkeley, NDB or SQLite file; without reading
//! that, files of rpm packages are told from the application's by the layer and directory they lie in alone.

#![forbid(unsafe_code)]

mod apk;
mod composer;
mod dpkg;
mod gem;
mod landmarks;
mod npm;
mod package;
mod paths;
mod runtime;
mod stanza;
mod trimmed;
mod wheel;
pub mod zip;

pub use landmarks::Landmarks;
pub use package::{Manager, Package, PackageId, Packages};
pub use trimmed::{left, trimmed};
