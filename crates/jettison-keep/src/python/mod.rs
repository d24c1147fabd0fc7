//! Python: installations, modules, and what a source file imports.

mod closure;
mod imports;
mod installation;
mod modules;
mod requirements;
mod unwanted;

pub(crate) use closure::Closure;
pub(crate) use imports::{Imports, SOURCE_BYTES};
pub(crate) use installation::Pythons;
