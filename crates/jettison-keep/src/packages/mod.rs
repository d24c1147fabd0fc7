//! Who brought each file: the packages of the distribution, of languages, and runtimes that came without a package.
//!
//! Read from the databases that package managers leave in the image: dpkg, apk, Python's dist-info and egg-info, npm,
//! RubyGems and Composer. A runtime that was unpacked or built by hand (Python, Node.js, a JDK, Go, Rust, Ruby, .NET) is
//! recognised by its shape, so that its thousands of files do not count as the application's own.
//!
//! rpm: only the presence of its database is known. Its files are in a Berkeley, NDB or SQLite file; without reading
//! that, files of rpm packages are told from the application's by the layer and directory they lie in alone.

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

pub(crate) use landmarks::Landmarks;
pub use package::{Manager, Package, PackageId, Packages};
pub use trimmed::left;
pub(crate) use trimmed::rewrites;
