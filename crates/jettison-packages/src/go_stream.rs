//! Modules of a Go program from before Go 1.18, whose bytes go by from front to back.
//!
//! Its marker gives two addresses, each of a string's address and length, which stand behind it; the strings themselves stand
//! before it, so what may be one of them is kept until then. Programs of Go's begin with a note of their linker's, so that no others
//! cost anything.
//!
//! Source: Go's package debug/buildinfo; package runtime/debug for the marks around the list; System V ABI, gABI chapter 5
//! (program header).

use jettison_rootfs::PathId;

use crate::{
    Package,
    bytes::{array, u16_le, u32_le},
    go::{IN_PLACE, LIST_BYTES, MAGIC, listed},
};

/// The end of the header of the note in which Go's linker gives the program an id: its type, its owner.
const NOTE: &[u8] = b"\x04\0\0\0Go\0\0";
/// What a version begins with.
const VERSION: &[u8] = b"go1.";
/// Longest version that is kept: `go1.17.13 X:regabi` has 18.
const VERSION_BYTES: usize = 40;
/// Most texts that may be the version. Names of Go's own files hold it, too, but stand behind the strings.
const VERSIONS: usize = 4096;
/// The marks around the list of modules.
const LIST_START: &[u8] = b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6";
const LIST_END: &[u8] = b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2";
/// Most texts that may be the list.
const LISTS: usize = 4;
/// From the marker on, what tells it all.
const MARKER_BYTES: usize = 32;
/// How much of a piece is looked at again with the next one: as much as the longest that is looked for.
const SEAM: usize = VERSION_BYTES;
/// Most bytes in front that are read for the program header.
pub(crate) const HEAD_BYTES: usize = 4096;

/// A program of Go's, as far as its bytes have come.
#[derive(Debug)]
pub(crate) struct OldGo {
    is_64: bool,
    /// What is loaded where: place in the file, address, length.
    loads: Vec<[u64; 3]>,
    seam: Vec<u8>,
    versions: Vec<(u64, Vec<u8>)>,
    lists: Vec<List>,
    /// Where the two strings are: the version's and the list's.
    headers: Option<[Watched; 2]>,
}

#[derive(Debug)]
struct List {
    offset: u64,
    bytes: Vec<u8>,
    is_whole: bool,
}

/// Bytes at a place of the file that is still to come.
#[derive(Debug)]
struct Watched {
    offset: u64,
    len: usize,
    bytes: Vec<u8>,
}

impl OldGo {
    /// A program with these first bytes; `None` if it is none of Go's, or has its lowest byte last.
    pub(crate) fn begin(head: &[u8]) -> Option<Self> {
        let is_little = head.starts_with(b"\x7fELF") && head.get(5) == Some(&1);
        if !is_little || memchr::memmem::find(head, NOTE).is_none() {
            return None;
        }
        let is_64 = head[4] == 2;
        let loads = loads(head, is_64)?;
        let (seam, versions, lists) = (Vec::new(), Vec::new(), Vec::new());
        Some(Self { is_64, loads, seam, versions, lists, headers: None })
    }

    /// Takes the bytes from `offset` on. Calls come in order, without gaps.
    pub(crate) fn see(&mut self, offset: u64, bytes: &[u8]) {
        for list in self.lists.iter_mut().filter(|list| !list.is_whole) {
            list.see(bytes);
        }
        let joined = [&self.seam[..], bytes].concat();
        let base = offset - self.seam.len() as u64;
        let seam = joined.len().saturating_sub(SEAM);
        let starts =
            |needle| memchr::memmem::find_iter(&joined, needle).take_while(|at| *at < seam);
        if self.headers.is_none() {
            for at in starts(VERSION).take(VERSIONS - self.versions.len()) {
                let text = joined[at..joined.len().min(at + VERSION_BYTES)].to_vec();
                self.versions.push((base + at as u64, text));
            }
            for at in starts(LIST_START).take(LISTS - self.lists.len()) {
                let offset = base + at as u64;
                let mut list = List { offset, bytes: Vec::new(), is_whole: false };
                list.see(&joined[at..]);
                self.lists.push(list);
            }
            self.headers = starts(MAGIC).find_map(|at| self.headers(&joined[at..]));
        }
        for header in self.headers.iter_mut().flatten() {
            header.see(base, &joined);
        }
        self.seam = joined[seam..].to_vec();
    }

    /// Where the strings' addresses and lengths are, by a marker that gives both by address.
    fn headers(&self, info: &[u8]) -> Option<[Watched; 2]> {
        let width = usize::from(*info.get(14)?);
        let is_plain = *info.get(15)? & (IN_PLACE | 1) == 0 && width == self.word_bytes();
        let watched = |at: usize| {
            let offset = self.offset_of(self.word(&info[..MARKER_BYTES], at)?)?;
            Some(Watched { offset, len: width * 2, bytes: Vec::new() })
        };
        is_plain.then(|| Some([watched(16)?, watched(16 + width)?]))?
    }

    fn word_bytes(&self) -> usize {
        if self.is_64 { 8 } else { 4 }
    }

    fn word(&self, bytes: &[u8], at: usize) -> Option<u64> {
        word(bytes, at, self.is_64)
    }

    /// Where in the file an address of the running program is.
    fn offset_of(&self, address: u64) -> Option<u64> {
        self.loads.iter().find_map(|[offset, start, length]| {
            let within = address.checked_sub(*start).filter(|within| within < length)?;
            offset.checked_add(within)
        })
    }

    /// Every module, Go's standard library first.
    pub(crate) fn finish(self, home: PathId) -> Option<Vec<Package>> {
        let [version, list] = self.headers.as_ref()?;
        let place = |header: &Watched| {
            let address = self.word(&header.bytes, 0)?;
            let length = usize::try_from(self.word(&header.bytes, self.word_bytes())?).ok()?;
            Some((self.offset_of(address)?, length))
        };
        let (at, length) = place(version)?;
        let version = self.versions.iter().find(|(offset, _)| *offset == at)?.1.get(..length)?;
        let list = place(list).and_then(|(at, length)| {
            self.lists.iter().find(|list| list.offset == at)?.bytes.get(..length)
        });
        Some(listed(std::str::from_utf8(version).ok()?, list.unwrap_or_default(), home))
    }
}

impl List {
    fn see(&mut self, bytes: &[u8]) {
        let before = self.bytes.len().saturating_sub(LIST_END.len() - 1);
        self.bytes.extend_from_slice(bytes);
        if let Some(at) = memchr::memmem::find(&self.bytes[before..], LIST_END) {
            self.bytes.truncate(before + at + LIST_END.len());
            self.is_whole = true;
        } else if self.bytes.len() as u64 > LIST_BYTES {
            self.bytes = Vec::new();
            self.is_whole = true;
        }
    }
}

impl Watched {
    fn see(&mut self, offset: u64, bytes: &[u8]) {
        let next = self.offset + self.bytes.len() as u64;
        let skipped = next.checked_sub(offset).and_then(|skipped| usize::try_from(skipped).ok());
        if let Some(rest) = skipped.and_then(|skipped| bytes.get(skipped..)) {
            let missing = self.len - self.bytes.len();
            self.bytes.extend_from_slice(&rest[..missing.min(rest.len())]);
        }
    }
}

fn word(bytes: &[u8], at: usize, is_64: bool) -> Option<u64> {
    if is_64 { array(bytes, at).map(u64::from_le_bytes) } else { u32_le(bytes, at).map(u64::from) }
}

/// The parts of the file that are loaded.
fn loads(head: &[u8], is_64: bool) -> Option<Vec<[u64; 3]>> {
    let (table, size, count) = if is_64 { (32, 54, 56) } else { (28, 42, 44) };
    let start = usize::try_from(word(head, table, is_64)?).ok()?;
    let (size, count) = (usize::from(u16_le(head, size)?), usize::from(u16_le(head, count)?));
    let rows = head.get(start..start.checked_add(size * count)?)?;
    let places = if is_64 { [8, 16, 32] } else { [4, 8, 16] };
    let load = |row: &[u8]| {
        let is_load = u32_le(row, 0)? == 1;
        let [offset, address, length] = places.map(|at| word(row, at, is_64));
        is_load.then(|| Some([offset?, address?, length?]))?
    };
    Some(rows.chunks_exact(size.max(1)).filter_map(load).collect())
}

#[cfg(test)]
pub(crate) mod fixture {
    use super::{LIST_END, LIST_START, NOTE};

    /// A program of Go 1.17 as its linker lays it out: strings, then the marker, then where the strings are.
    pub(crate) fn program(list: &str) -> Vec<u8> {
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(32, 0);
        file.extend(64_u64.to_le_bytes());
        file.resize(54, 0);
        file.extend([56_u16, 1].iter().flat_map(|number| number.to_le_bytes()));
        file.resize(64, 0);
        // All of the file is loaded at this address.
        let base = 0x40_0000_u64;
        file.extend(1_u64.to_le_bytes());
        for number in [0, base, base, 1 << 20, 1 << 20, 4096] {
            file.extend(number.to_le_bytes());
        }
        file.extend(NOTE);
        file.resize(5000, b'.');
        // In Go, texts of one length stand beside each other, without an end.
        file.extend(b"go1.text");
        let version = file.len() as u64;
        file.extend(b"go1.17.5go1.more");
        file.resize(9000, b'.');
        let start = file.len() as u64;
        let list = [LIST_START, list.as_bytes(), LIST_END].concat();
        file.extend(&list);
        file.resize(20_000, b'.');
        let headers = base + 20_100;
        file.extend(b"\xff Go buildinf:\x08\x00");
        file.extend(headers.to_le_bytes());
        file.extend((headers + 16).to_le_bytes());
        file.resize(20_100, 0);
        for number in [base + version, 8, base + start, list.len() as u64] {
            file.extend(number.to_le_bytes());
        }
        file.resize(30_000, 0);
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_found_before_the_marker() {
        let file = fixture::program(
            "path\tx\nmod\texample.org/old\t(devel)\t\ndep\texample.org/dep\tv1.2.0\th1:x=\n",
        );
        for piece in [64, 1000, 4096, 1 << 20] {
            let mut go = OldGo::begin(&file[..HEAD_BYTES]).expect("it has the note");
            for (number, bytes) in file.chunks(piece).enumerate() {
                go.see((number * piece) as u64, bytes);
            }
            let found = go.finish(PathId::from_index(0)).expect("it is whole");
            let found: Vec<_> =
                found.iter().map(|one| (one.name.as_str(), one.version.as_str())).collect();
            assert_eq!(
                found,
                [("stdlib", "1.17.5"), ("example.org/old", ""), ("example.org/dep", "v1.2.0")],
                "{piece}"
            );
        }
    }

    #[test]
    fn damaged_programs_end_quietly() {
        let file = fixture::program("mod\tx\tv1\n");
        for at in (0..file.len()).step_by(101) {
            let mut damaged = file.clone();
            damaged[at] ^= 0xff;
            if let Some(mut go) = OldGo::begin(&damaged[..HEAD_BYTES]) {
                go.see(0, &damaged[..at]);
                go.see(at as u64, &damaged[at..]);
                go.finish(PathId::from_index(0));
            }
        }
    }
}
