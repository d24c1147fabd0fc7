//! Sections of ELF files by name.
//!
//! Source: System V ABI, gABI chapter 4 (file header, sections). Only the table of sections is read, and of the names no more
//! than one asks for: programs are large.

use crate::bytes::{Pieces, array};

/// Most sections that are looked at; programs have about 40, object files with a section a function some thousands.
const SECTIONS: u64 = 4096;

/// An ELF file's table of sections.
pub(crate) struct Elf<'a> {
    file: &'a dyn Pieces,
    is_64: bool,
    is_big: bool,
    sections: Vec<Section>,
    names: u64,
}

/// One section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section {
    name: u64,
    address: u64,
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

impl<'a> Elf<'a> {
    /// The table of a file; `None` if it is none or has none.
    pub(crate) fn open(file: &'a dyn Pieces) -> Option<Self> {
        let head = file.piece(0, 64)?;
        if !head.starts_with(b"\x7fELF") {
            return None;
        }
        let (is_64, is_big) = (head[4] == 2, head[5] == 2);
        let mut elf = Self { file, is_64, is_big, sections: Vec::new(), names: 0 };
        let (table, sizes) = if is_64 { (40, 58) } else { (32, 46) };
        let table = elf.word(&head, table)?;
        let size = elf.u16(&head, sizes)?;
        let count = elf.u16(&head, sizes + 2)?;
        let names = elf.u16(&head, sizes + 4)?;
        if size < if is_64 { 64 } else { 40 } || count > SECTIONS {
            return None;
        }
        let bytes = file.piece(table, size * count)?;
        let rows = bytes.chunks_exact(usize::try_from(size).ok()?);
        elf.sections = rows.filter_map(|row| elf.section(row)).collect();
        elf.names = elf.sections.get(usize::try_from(names).ok()?)?.offset;
        Some(elf)
    }

    fn section(&self, row: &[u8]) -> Option<Section> {
        let [address, offset, size] = if self.is_64 { [16, 24, 32] } else { [12, 16, 20] };
        Some(Section {
            name: u64::from(self.u32(row, 0)?),
            address: self.word(row, address)?,
            offset: self.word(row, offset)?,
            size: self.word(row, size)?,
        })
    }

    /// The section of that name.
    pub(crate) fn find(&self, name: &str) -> Option<Section> {
        let is_it = |section: &&Section| {
            let at = self.names.checked_add(section.name);
            let read = at.and_then(|at| self.file.piece(at, name.len() as u64 + 1));
            read.is_some_and(|read| {
                read.strip_suffix(b"\0").is_some_and(|read| read == name.as_bytes())
            })
        };
        self.sections.iter().find(is_it).copied()
    }

    /// All bytes of a section, if they are no more than `limit`.
    pub(crate) fn bytes(&self, section: Section, limit: u64) -> Option<Vec<u8>> {
        (section.size <= limit).then(|| self.file.piece(section.offset, section.size)).flatten()
    }

    /// Bytes at an address of the running program.
    pub(crate) fn at_address(&self, address: u64, length: u64) -> Option<Vec<u8>> {
        self.sections.iter().find_map(|section| {
            let within = address.checked_sub(section.address).filter(|_| section.address > 0)?;
            let is_inside = within.checked_add(length)? <= section.size;
            is_inside
                .then(|| self.file.piece(section.offset.checked_add(within)?, length))
                .flatten()
        })
    }

    /// A number as wide as an address of the file's machine.
    pub(crate) fn word(&self, bytes: &[u8], at: usize) -> Option<u64> {
        if !self.is_64 {
            return self.u32(bytes, at).map(u64::from);
        }
        let number = array(bytes, at)?;
        Some(if self.is_big { u64::from_be_bytes(number) } else { u64::from_le_bytes(number) })
    }

    /// Bytes of such a number.
    pub(crate) fn word_bytes(&self) -> usize {
        if self.is_64 { 8 } else { 4 }
    }

    fn u32(&self, bytes: &[u8], at: usize) -> Option<u32> {
        let number = array(bytes, at)?;
        Some(if self.is_big { u32::from_be_bytes(number) } else { u32::from_le_bytes(number) })
    }

    fn u16(&self, bytes: &[u8], at: usize) -> Option<u64> {
        let number = array(bytes, at)?;
        let number =
            if self.is_big { u16::from_be_bytes(number) } else { u16::from_le_bytes(number) };
        Some(number.into())
    }
}

/// ELF files for tests.
#[cfg(test)]
pub(crate) mod fixture {
    /// A 64-bit file, lowest byte first, with these sections (name, address, bytes).
    pub(crate) fn elf(sections: &[(&str, u64, Vec<u8>)]) -> Vec<u8> {
        let mut names = b"\0".to_vec();
        let mut body: Vec<u8> = Vec::new();
        let mut table = vec![0; 64];
        for (name, address, bytes) in sections {
            table.extend(row(names.len() as u64, *address, 64 + body.len() as u64, bytes.len()));
            names.extend(name.as_bytes());
            names.push(0);
            body.extend(bytes);
        }
        let own = names.len() as u64;
        names.extend(b".shstrtab\0");
        table.extend(row(own, 0, 64 + body.len() as u64, names.len()));
        body.extend(&names);
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(40, 0);
        file.extend((64 + body.len() as u64).to_le_bytes());
        file.extend([0; 10]);
        let count = u16::try_from(sections.len()).expect("fixtures are small");
        file.extend([64_u16, count + 2, count + 1].iter().flat_map(|number| number.to_le_bytes()));
        file.extend(body);
        file.extend(table);
        file
    }

    fn row(name: u64, address: u64, offset: u64, size: usize) -> Vec<u8> {
        let mut row = u32::try_from(name).expect("fixtures are small").to_le_bytes().to_vec();
        row.extend([0; 12]);
        for number in [address, offset, size as u64] {
            row.extend(number.to_le_bytes());
        }
        row.resize(64, 0);
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_found_by_name_and_address() {
        let file = fixture::elf(&[(".a", 0, b"one".to_vec()), (".data", 4096, b"two".to_vec())]);
        let elf = Elf::open(&file).expect("it is one");
        let data = elf.find(".data").expect("it is there");
        assert_eq!(elf.bytes(data, 16).as_deref(), Some(&b"two"[..]));
        assert_eq!(elf.bytes(data, 2), None);
        assert_eq!(elf.at_address(4097, 2).as_deref(), Some(&b"wo"[..]));
        assert_eq!(elf.at_address(4097, 3), None);
        assert!(elf.find(".dat").is_none() && elf.find(".data2").is_none());
    }

    #[test]
    fn damaged_files_end_quietly() {
        let file = fixture::elf(&[(".data", 4096, b"two".to_vec())]);
        for at in 0..file.len() {
            for damaged in [file[..at].to_vec(), {
                let mut file = file.clone();
                file[at] ^= 0xff;
                file
            }] {
                if let Some(elf) = Elf::open(&damaged) {
                    let found = elf.find(".data").and_then(|section| elf.bytes(section, 64));
                    assert!(found.is_none_or(|bytes| bytes.len() <= 64));
                }
            }
        }
    }
}
