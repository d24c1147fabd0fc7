//! Which packages lie in a tree, and who brought each file: those of the distribution, those of languages, and runtimes
//! that came without a package.
//!
//! Read from the databases that package managers leave in the image: dpkg, apk, rpm, Python's dist-info and egg-info, npm,
//! RubyGems and Composer. A runtime that was unpacked or built by hand (Python, Node.js, a JDK, Go, Rust, Ruby, .NET) is
//! recognised by its shape, so that its thousands of files do not count as the application's own.
//!
//! [`Packages::of`] reads a tree and tells who owns a file. [`inventory`] lists what is inside, with what is linked into
//! programs (Go's modules, Rust's crates) and packed into jars. [`trimmed`] writes the databases anew for what is left.
//!
//! [`sbom`] writes the list as a bill of materials.
//!
//! Pure: bytes come from the tree that is handed in. Databases are untrusted: each reader names its limits, and a damaged
//! one has no packages.

#![forbid(unsafe_code)]

mod apk;
mod bytes;
mod composer;
mod crate_paths;
mod crates;
mod debian_copyright;
mod dotnet;
mod dpkg;
mod elf_sections;
mod gem;
mod go;
mod go_stream;
mod inventory;
mod jar;
mod jar_stream;
mod landmarks;
mod npm;
mod package;
mod packed;
mod paths;
mod program_stream;
mod release;
mod rpm;
mod runtime;
mod runtime_version;
pub mod sbom;
mod stanza;
mod trimmed;
mod wheel;
pub mod zip;

pub use inventory::{contained, inventory, layer_of};
pub use landmarks::Landmarks;
pub use package::{About, Manager, Package, PackageId, Packages, Source};
pub use packed::{PackedFile, PackedPackage};
pub use release::Release;
pub use trimmed::{Databases, Trimmed, Whole, database_links, database_parts, left, trimmed};
