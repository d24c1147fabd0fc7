//! Crates that a Rust program was linked from, where it was built with cargo-auditable: the section `.dep-v0`.
//!
//! Source: the format's description in the cargo-auditable project: zlib-compressed JSON with a list of packages.

use std::io::Read;

use flate2::read::ZlibDecoder;
use jettison_rootfs::PathId;
use serde::Deserialize;

use crate::{Manager, Package, elf_sections::Elf};

/// Longest section that is read; one with 500 crates has 8 KiB.
const SECTION_BYTES: u64 = 1 << 20;
/// Longest list, unpacked: the limit that the format's description asks readers to have.
const JSON_BYTES: u64 = 8 << 20;

#[derive(Deserialize)]
struct List {
    packages: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: String,
    /// `build` for what only ran while the program was built.
    #[serde(default)]
    kind: String,
    /// Whether it is the program's own.
    #[serde(default)]
    root: bool,
}

/// Every crate that is in a program, its own first.
pub(crate) fn crates(elf: &Elf<'_>, home: PathId) -> Option<Vec<Package>> {
    let packed = elf.bytes(elf.find(".dep-v0")?, SECTION_BYTES)?;
    let mut json = Vec::new();
    ZlibDecoder::new(&packed[..]).take(JSON_BYTES).read_to_end(&mut json).ok()?;
    let mut list: List = serde_json::from_slice(&json).ok()?;
    list.packages.sort_by_key(|entry| !entry.root);
    let linked = list.packages.into_iter().filter(|entry| entry.kind != "build");
    let package = |entry: Entry| {
        let mut package = Package::new(Manager::Cargo, entry.name, home);
        package.version = entry.version;
        package
    };
    Some(linked.map(package).collect())
}

#[cfg(test)]
pub(crate) mod fixture {
    use std::io::Write;

    use crate::elf_sections::fixture::elf;

    /// A program with one crate beside its own, and one that only built it.
    pub(crate) fn program() -> Vec<u8> {
        let json = br#"{"packages":[{"name":"server","version":"0.1.0","source":"local","root":true,"dependencies":[1]},
            {"name":"serde","version":"1.0.200","source":"crates.io"},
            {"name":"cc","version":"1.0.90","source":"crates.io","kind":"build"}]}"#;
        let mut packed =
            flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(json).expect("memory takes all");
        elf(&[(".dep-v0", 0, packed.finish().expect("memory takes all"))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linked_crates_are_listed() {
        let file = fixture::program();
        let elf = Elf::open(&file).expect("it is one");
        let found = crates(&elf, PathId::from_index(0)).expect("it has a list");
        let found: Vec<_> =
            found.iter().map(|one| (one.name.as_str(), one.version.as_str())).collect();
        assert_eq!(found, [("server", "0.1.0"), ("serde", "1.0.200")]);
    }
}
