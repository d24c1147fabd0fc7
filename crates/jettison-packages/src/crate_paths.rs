//! Crates that a Rust program was linked from, by the paths of their sources.
//!
//! The compiler puts the path of a source file into the program where that may panic, and Cargo unpacks each crate into a
//! directory of its name and version: `~/.cargo/registry/src/REGISTRY/NAME-VERSION/` (The Cargo Book, "Cargo Home"),
//! `/usr/share/cargo/registry/NAME-VERSION/` on Debian. So most crates of most programs can be told, though not those that
//! never panic, nor any of a program whose paths were mapped away.

use std::collections::BTreeSet;

use jettison_rootfs::PathId;

use crate::{Manager, Package, bytes::Pieces, elf_sections::Elf};

/// What every such path has in it.
const REGISTRY: &[u8] = b"/registry/";
/// Longest name of a registry's directory, or of a crate's.
const NAME_BYTES: usize = 128;
/// How much of the bytes before must be seen again so that no path is missed: all that is looked at of one.
pub(crate) const SEAM: usize = 16 + 2 * NAME_BYTES;
/// Most crates that are listed of a program; rustc has some 300.
const CRATES: usize = 4096;

/// How much of a program is looked at at a time, in bytes.
const STEP: usize = 1 << 20;

/// The crates whose paths stand among a program's constants.
pub(crate) fn crates(file: &dyn Pieces, elf: &Elf<'_>, home: PathId) -> Option<Vec<Package>> {
    let section = elf.find(".rodata")?;
    let mut found = BTreeSet::new();
    for start in (0..section.size).step_by(STEP) {
        let len = ((STEP + SEAM) as u64).min(section.size - start);
        find(&file.piece(section.offset.checked_add(start)?, len)?, &mut found);
    }
    (!found.is_empty()).then(|| packages(found, home))
}

/// Crates as packages.
pub(crate) fn packages(found: BTreeSet<(String, String)>, home: PathId) -> Vec<Package> {
    let package = |(name, version)| {
        let mut package = Package::new(Manager::Cargo, name, home);
        package.version = version;
        package
    };
    found.into_iter().map(package).collect()
}

/// Adds the crates that the bytes name: name and version.
pub(crate) fn find(bytes: &[u8], found: &mut BTreeSet<(String, String)>) {
    for at in memchr::memmem::find_iter(bytes, REGISTRY) {
        if found.len() < CRATES {
            found.extend(named(&bytes[..at], &bytes[at + REGISTRY.len()..]));
        }
    }
}

fn named(before: &[u8], behind: &[u8]) -> Option<(String, String)> {
    let directory = if let Some(behind) = behind.strip_prefix(b"src/") {
        &behind[component(behind)?.len() + 1..]
    } else {
        before.ends_with(b"/cargo").then_some(behind)?
    };
    let text = std::str::from_utf8(component(directory)?).ok()?;
    // `sha-1-0.10.0`: a version begins with three numbers.
    let dash = text.match_indices('-').map(|(at, _)| at).find(|at| is_version(&text[at + 1..]))?;
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.+".contains(letter);
    text.chars().all(is_plain).then(|| (text[..dash].to_owned(), text[dash + 1..].to_owned()))
}

/// Up to the next slash.
fn component(path: &[u8]) -> Option<&[u8]> {
    let near = &path[..path.len().min(NAME_BYTES)];
    Some(&near[..memchr::memchr(b'/', near)?])
}

fn is_version(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    core.split('.').count() == 3 && core.split('.').all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf_sections::fixture;

    #[test]
    fn constants_of_any_length_are_searched() {
        let mut constants = vec![b' '; 2 * STEP + 500];
        let path = b"/cargo/registry/src/index/serde-1.0.9/src";
        for (version, at) in (b'1'..).zip([0, STEP - 20, 2 * STEP - 3]) {
            constants[at..at + path.len()].copy_from_slice(path);
            constants[at + 32] = version;
        }
        let file = fixture::elf(&[(".rodata", 0x1000, constants)]);
        let elf = Elf::open(&file).expect("it is one");
        let found = crates(&file, &elf, PathId::from_index(0)).expect("they are named");
        assert_eq!(found.len(), 3, "{found:?}");
        let other = fixture::elf(&[(".rodata", 0x1000, b"/registry/src/".to_vec())]);
        let elf = Elf::open(&other).expect("it is one");
        assert!(crates(&other, &elf, PathId::from_index(0)).is_none());
    }

    #[test]
    fn crates_are_told_by_their_directories() {
        let text = b"called `Option::unwrap()`/root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/serde_json-1.0.111/src/de.rs\
            /home/x/.cargo/registry/src/github.com-1ecc6299db9ec823/sha-1-0.10.0/src/lib.rs\
            /usr/share/cargo/registry/clap-4.0.32-rc.1/src/x.rs/cargo/registry/src/a/ring-0.17.7+x/src/y\
            https://npm.example/registry/left-pad-1.3.0/x /rustc/0a1b/library/core/src/fmt/mod.rs\
            /cargo/registry/src/index/not-a-crate/x /cargo/registry/src/index/cut-1.0.0";
        let mut found = BTreeSet::new();
        find(text, &mut found);
        let found: Vec<_> =
            found.iter().map(|(name, version)| format!("{name} {version}")).collect();
        assert_eq!(
            found,
            ["clap 4.0.32-rc.1", "ring 0.17.7+x", "serde_json 1.0.111", "sha-1 0.10.0"]
        );
    }
}
