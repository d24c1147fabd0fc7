//! What an ELF file says it needs: interpreter, libraries, where to search for them.
//!
//! Source: System V ABI, gABI chapter 5 (program header, dynamic section), and ld.so(8) for the order of the search.

use std::{
    cell::RefCell,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
};

use jettison_rootfs::{InodeId, Kind, Tree};
use object::{
    Endianness,
    elf::{self, DynamicTag, FileHeader32, FileHeader64},
    read::{
        ReadCache, ReadRef,
        elf::{Dyn, FileHeader, ProgramHeader},
    },
};

/// Longest name of a library or list of directories that is believed; Linux's `PATH_MAX` for one path, times a list.
const STRING_LIMIT: u64 = 64 << 10;

/// Bytes of symbol names that are looked at; the largest C++ libraries have about 20 MB of them.
const SYMBOL_BYTES: u64 = 64 << 20;

/// What the dynamic section and the program header of a file say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ElfFacts {
    /// `PT_INTERP`: the program that loads it.
    pub(crate) interpreter: Option<Vec<u8>>,
    /// `DT_NEEDED`: libraries by name or path, in order.
    pub(crate) needed: Vec<Vec<u8>>,
    /// `DT_RUNPATH` or, without it, `DT_RPATH`: directories, `$ORIGIN` not yet replaced.
    pub(crate) runpath: Vec<Vec<u8>>,
    /// 32 or 64: libraries of the other class are passed over by the loader.
    pub(crate) bits: u8,
    /// Where in the file the names of the dynamic symbols are (`DT_STRTAB`, `DT_STRSZ`); empty without a dynamic section.
    pub(crate) symbol_names: Range<u64>,
}

/// Reads the facts of a file in the tree; `None` if it is not an ELF file or is broken.
pub(crate) fn facts(tree: &Tree, id: InodeId) -> Option<ElfFacts> {
    let inode = tree.inode_by_id(id);
    let mut magic = [0; 5];
    if inode.kind != Kind::File || tree.read(id, 0, &mut magic).ok()? < magic.len() {
        return None;
    }
    if magic[..4] != elf::ELFMAG {
        return None;
    }
    let cache = ReadCache::new(File { tree, id, position: RefCell::new(0) });
    match magic[4] {
        1 => read::<FileHeader32<Endianness>, _>(&cache, 32),
        2 => read::<FileHeader64<Endianness>, _>(&cache, 64),
        _ => None,
    }
}

/// Which of `symbols` a file defines or imports, as its dynamic symbol names tell.
pub(crate) fn mentions<'a>(
    tree: &Tree,
    id: InodeId,
    facts: &ElfFacts,
    symbols: &[&'a str],
) -> Vec<&'a str> {
    let size = facts.symbol_names.end.saturating_sub(facts.symbol_names.start).min(SYMBOL_BYTES);
    let size = usize::try_from(size.min(tree.inode_by_id(id).size)).unwrap_or_default();
    let mut names = vec![0; size];
    let Ok(count) = tree.read(id, facts.symbol_names.start, &mut names) else { return Vec::new() };
    let is_there = |symbol: &&&str| {
        let ended = [b"\0", symbol.as_bytes(), b"\0"].concat();
        memchr::memmem::find(&names[..count], &ended).is_some()
    };
    symbols.iter().filter(is_there).copied().collect()
}

fn read<'data, Elf, R>(data: R, bits: u8) -> Option<ElfFacts>
where
    Elf: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let header = Elf::parse(data).ok()?;
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, data).ok()?;
    let mut facts = ElfFacts { bits, ..ElfFacts::default() };
    for segment in segments {
        if let Ok(Some(interpreter)) = segment.interpreter(endian, data) {
            facts.interpreter = Some(interpreter.to_vec());
        }
    }
    let Some(entries) =
        segments.iter().find_map(|segment| segment.dynamic(endian, data).ok().flatten())
    else {
        return Some(facts);
    };
    let value = |tag: DynamicTag| {
        entries
            .iter()
            .find(|entry| entry.d_tag(endian) == tag)
            .map(|entry| entry.d_val(endian).into())
    };
    let strings =
        value(elf::DT_STRTAB).and_then(|address| file_offset::<Elf>(segments, endian, address));
    if let (Some(start), Some(size)) = (strings, value(elf::DT_STRSZ)) {
        facts.symbol_names = start..start.saturating_add(size);
    }
    let string = |offset: u64| {
        let start = strings?.checked_add(offset)?;
        let end = start.checked_add(STRING_LIMIT)?.min(data.len().ok()?);
        data.read_bytes_at_until(start..end, 0).ok().map(<[u8]>::to_vec)
    };
    facts.needed = entries
        .iter()
        .filter(|entry| entry.d_tag(endian) == elf::DT_NEEDED)
        .filter_map(|entry| string(entry.d_val(endian).into()))
        .collect();
    let paths = value(elf::DT_RUNPATH)
        .or_else(|| value(elf::DT_RPATH))
        .and_then(string)
        .unwrap_or_default();
    facts.runpath = paths
        .split(|&byte| byte == b':')
        .filter(|path| !path.is_empty())
        .map(<[u8]>::to_vec)
        .collect();
    Some(facts)
}

fn file_offset<Elf: FileHeader>(
    segments: &[Elf::ProgramHeader],
    endian: Elf::Endian,
    address: u64,
) -> Option<u64> {
    segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_LOAD).find_map(|segment| {
        let start: u64 = segment.p_vaddr(endian).into();
        let size: u64 = segment.p_filesz(endian).into();
        let within = address.checked_sub(start).filter(|&within| within < size)?;
        segment.p_offset(endian).into().checked_add(within)
    })
}

/// A file of the tree as a stream, for `object`'s cache.
struct File<'a> {
    tree: &'a Tree,
    id: InodeId,
    position: RefCell<u64>,
}

impl Read for File<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut position = self.position.borrow_mut();
        let count = self.tree.read(self.id, *position, buffer)?;
        *position += count as u64;
        Ok(count)
    }
}

impl Seek for File<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let size = self.tree.inode_by_id(self.id).size;
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.borrow().checked_add_signed(offset),
        };
        let target = target.ok_or(io::ErrorKind::InvalidInput)?;
        *self.position.borrow_mut() = target;
        Ok(target)
    }
}
