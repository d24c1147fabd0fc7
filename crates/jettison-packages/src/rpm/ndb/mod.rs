//! NDB, rpm's own database: the headers in `Packages.db`, every index in `Index.db`.

mod index;
mod packages;
mod reader;
mod slots;

#[cfg(test)]
pub(super) use index::find;
pub(super) use index::written as index_written;
pub(super) use packages::{generation, written as packages_written};
pub(super) use reader::entries;
