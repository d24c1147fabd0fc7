//! Modules that a Go program was linked from.
//!
//! Source: the documentation of Go's packages debug/buildinfo and runtime/debug (`BuildInfo.String`): a marker of 14 bytes, then
//! how the two strings are given, the version of Go and the list of modules: in place behind 32 bytes, each with its length
//! in front, or (before Go 1.18) by address. The list lies between two marks of 16 bytes.

use jettison_rootfs::PathId;

use crate::{Manager, Package, bytes::Pieces, elf_sections::Elf};

pub(crate) const MAGIC: &[u8] = b"\xff Go buildinf:";
/// Longest section that is looked at; it holds the list and little else.
const SECTION_BYTES: u64 = 16 << 20;
/// Longest list of modules that is read; Kubernetes' has 40 KiB.
pub(crate) const LIST_BYTES: u64 = 4 << 20;
const MARK_BYTES: usize = 16;
/// The flag that the two strings stand behind the marker.
pub(crate) const IN_PLACE: u8 = 2;
/// From the marker on, what tells a program of Go's from one that only knows the marker.
pub(crate) const PROOF_BYTES: usize = 48;

/// Every module of a program, itself and Go's standard library included.
pub(crate) fn modules(file: &dyn Pieces, elf: &Elf<'_>, home: PathId) -> Option<Vec<Package>> {
    let section = elf.find(".go.buildinfo")?;
    let bytes = elf.bytes(section, SECTION_BYTES.min(file.len()))?;
    let start = memchr::memmem::find(&bytes, MAGIC)?;
    let (version, list) = strings(&bytes[start..], elf)?;
    Some(listed(&version, &list, home))
}

/// The same out of bytes that begin with the marker, wherever they are from; only of programs that have both strings in place.
pub(crate) fn modules_in_place(info: &[u8], home: PathId) -> Option<Vec<Package>> {
    let (version, list) = both_in_place(info)?;
    Some(listed(&String::from_utf8_lossy(&version), &list.unwrap_or_default(), home))
}

/// Where the marker stands with a version of Go in place behind it, all within `bytes`.
pub(crate) fn find(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(bytes, MAGIC).find(|&at| {
        let proof = bytes.get(at..at + PROOF_BYTES);
        let version = proof.filter(|info| info[15] & IN_PLACE != 0).map(|info| &info[33..]);
        version.is_some_and(|text| text.starts_with(b"go") || text.starts_with(b"devel"))
    })
}

/// The modules of a list between its marks, Go's standard library first.
pub(crate) fn listed(version: &str, list: &[u8], home: PathId) -> Vec<Package> {
    let list = list.get(MARK_BYTES..list.len().saturating_sub(MARK_BYTES)).unwrap_or_default();
    let mut found = vec![module(home, "stdlib", version.trim_start_matches("go"))];
    let list = String::from_utf8_lossy(list);
    let mut lines = list.lines().peekable();
    while let Some(line) = lines.next() {
        let mut words = line.split('\t');
        let is_module = matches!(words.next(), Some("mod" | "dep"));
        let (Some(name), true) = (words.next(), is_module) else { continue };
        let version = words.next().unwrap_or_default();
        // A replacement stands on the line behind what it replaces.
        let replacement = lines.next_if(|next| next.starts_with("=>\t"));
        let mut other = replacement.into_iter().flat_map(|line| line.split('\t').skip(1));
        let (name, version) = match (other.next(), other.next()) {
            (Some(name), Some(version)) if !name.starts_with(['.', '/']) => (name, version),
            _ => (name, version),
        };
        found.push(module(home, name, version.trim_start_matches("(devel)")));
    }
    found
}

fn module(home: PathId, name: &str, version: &str) -> Package {
    let mut module = Package::new(Manager::Go, name.to_owned(), home);
    version.clone_into(&mut module.version);
    module
}

/// Both strings, if they stand behind the marker.
fn both_in_place(info: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    let (version, at) = (info.get(15)? & IN_PLACE != 0).then(|| in_place(info, 32))??;
    Some((version, in_place(info, at).map(|(list, _)| list)))
}

/// The version of Go and the list of modules.
fn strings(info: &[u8], elf: &Elf<'_>) -> Option<(String, Vec<u8>)> {
    let (version, list) = if let Some(both) = both_in_place(info) {
        both
    } else {
        let width = elf.word_bytes();
        let string = |at: usize| {
            let header = elf.at_address(elf.word(info, at)?, width as u64 * 2)?;
            let length = elf.word(&header, width)?;
            elf.at_address(
                elf.word(&header, 0)?,
                Some(length).filter(|&length| length <= LIST_BYTES)?,
            )
        };
        (string(16)?, string(16 + width))
    };
    Some((String::from_utf8_lossy(&version).into_owned(), list.unwrap_or_default()))
}

/// A string with its length in front, seven bits a byte, the lowest first; and where it ends.
fn in_place(info: &[u8], mut at: usize) -> Option<(Vec<u8>, usize)> {
    let mut length = 0;
    for shift in (0..28).step_by(7) {
        let byte = *info.get(at)?;
        at += 1;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let end = at.checked_add(length)?;
            return Some((info.get(at..end)?.to_vec(), end));
        }
    }
    None
}

#[cfg(test)]
pub(crate) mod fixture {
    use crate::elf_sections::fixture::elf;

    const LIST: &str = "path\texample.org/cmd\nmod\texample.org/server\t(devel)\t\n\
                        dep\tgithub.com/gorilla/mux\tv1.8.1\th1:x=\ndep\tgolang.org/x/net\tv0.1.0\n=>\tgolang.org/x/net\tv0.2.0\th1:y=\n\
                        dep\texample.org/local\tv0.0.0\n=>\t./local\t(devel)\t\nbuild\t-compiler=gc\n";

    /// A program of Go 1.21, with both strings in place.
    pub(crate) fn new_program() -> Vec<u8> {
        let mut info = b"\xff Go buildinf:\x08\x02".to_vec();
        info.resize(32, 0);
        let list = [&[b'<'; 16], LIST.as_bytes(), &[b'>'; 16]].concat();
        for text in [b"go1.21.3".to_vec(), list] {
            let length = text.len();
            if length < 128 {
                info.push(u8::try_from(length).expect("it is short"));
            } else {
                info.extend([
                    u8::try_from(length & 0x7f).expect("seven bits") | 0x80,
                    u8::try_from(length >> 7).expect("it is short"),
                ]);
            }
            info.extend(text);
        }
        elf(&[(".go.buildinfo", 0x1000, info)])
    }

    /// A program of Go 1.16, with both strings by address.
    pub(crate) fn old_program() -> Vec<u8> {
        let mut info = b"\xff Go buildinf:\x08\x00".to_vec();
        info.extend(0x2000_u64.to_le_bytes());
        info.extend(0x2010_u64.to_le_bytes());
        let list = [&[b'<'; 16], LIST.as_bytes(), &[b'>'; 16]].concat();
        let mut data = Vec::new();
        for number in [0x2020, 8, 0x2028, list.len() as u64] {
            data.extend(number.to_le_bytes());
        }
        data.extend(b"go1.16.2");
        data.extend(list);
        elf(&[(".go.buildinfo", 0x1000, info), (".data", 0x2000, data)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_read_from_programs_of_both_kinds() {
        let home = PathId::from_index(0);
        for (file, go) in [(fixture::new_program(), "1.21.3"), (fixture::old_program(), "1.16.2")] {
            let elf = Elf::open(&file).expect("it is one");
            let found = modules(&file, &elf, home).expect("it is a Go program");
            let found: Vec<_> = found
                .iter()
                .map(|module| (module.name.as_str(), module.version.as_str()))
                .collect();
            assert_eq!(
                found,
                [
                    ("stdlib", go),
                    ("example.org/server", ""),
                    ("github.com/gorilla/mux", "v1.8.1"),
                    ("golang.org/x/net", "v0.2.0"),
                    ("example.org/local", "v0.0.0"),
                ]
            );
        }
    }
}
