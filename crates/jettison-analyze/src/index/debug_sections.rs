//! How many bytes of a program only debuggers read: what `strip` would take away.

/// Longest table of sections that is read, in bytes: the kernel's own vmlinux has some 50 sections, of 64 bytes each;
/// compilers with a section per function make thousands in object files.
const MAX_TABLE: u64 = 1 << 20;

/// `sh_type` and `sh_flags` of the System V ABI, chapter 4, "Sections".
const SHT_PROGBITS: u32 = 1;
const SHT_SYMTAB: u32 = 2;
const SHT_STRTAB: u32 = 3;
const SHF_ALLOC: u64 = 2;
/// `ET_REL`: in object files and static libraries, symbols are the point.
const ET_REL: u16 = 1;
/// Shorter sections are notes such as `.comment` that stripping leaves or that do not matter.
const MIN_SECTION: u64 = 4096;

/// Waits for the section table of an ELF file that is read front to back.
#[derive(Debug)]
pub(crate) struct DebugSections {
    is_64: bool,
    is_big: bool,
    /// Where the table lies in the file.
    start: u64,
    len: usize,
    entry: usize,
    table: Vec<u8>,
}

impl DebugSections {
    /// Reads the header in the first bytes of a file; `None` unless it is a linked program or library with sections.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        if head.len() < 64 || !head.starts_with(b"\x7fELF") {
            return None;
        }
        let (is_64, is_big) = (head[4] == 2, head[5] == 2);
        let number = |at: usize, len: usize| number(&head[at..at + len], is_big);
        if number(16, 2) == u64::from(ET_REL) {
            return None;
        }
        let (start, entry, count) = if is_64 {
            (number(40, 8), number(58, 2), number(60, 2))
        } else {
            (number(32, 4), number(46, 2), number(48, 2))
        };
        let len = entry * count;
        let wanted = if is_64 { 64 } else { 40 };
        let is_sound = start >= 64 && entry == wanted && count > 0 && len <= MAX_TABLE;
        is_sound.then(|| Self {
            is_64,
            is_big,
            start,
            len: usize::try_from(len).expect("MAX_TABLE fits"),
            entry: usize::try_from(entry).expect("two bytes"),
            table: Vec::new(),
        })
    }

    /// Takes what of the table is in `bytes`, which lie at `offset` of the file. Calls come in order, without gaps.
    pub(crate) fn see(&mut self, offset: u64, bytes: &[u8]) {
        let wanted = self.start + self.table.len() as u64;
        let end = offset + bytes.len() as u64;
        if self.table.len() < self.len && wanted >= offset && wanted < end {
            let from = usize::try_from(wanted - offset).expect("it is within the slice");
            let to = bytes.len().min(from + self.len - self.table.len());
            self.table.extend_from_slice(&bytes[from..to]);
        }
    }

    /// Bytes of the sections that are not loaded: debug information and symbols. 0 when the table did not come, or says
    /// more than the file has.
    pub(crate) fn finish(self, file_size: u64) -> u64 {
        if self.table.len() < self.len {
            return 0;
        }
        let sizes = self.table.chunks_exact(self.entry).map(|section| self.removable(section));
        let sum = sizes.fold(0_u64, u64::saturating_add);
        if sum < file_size { sum } else { 0 }
    }

    fn removable(&self, section: &[u8]) -> u64 {
        let number = |at: usize, len: usize| number(&section[at..at + len], self.is_big);
        let kind = u32::try_from(number(4, 4)).expect("four bytes");
        let (flags, size) =
            if self.is_64 { (number(8, 8), number(32, 8)) } else { (number(8, 4), number(20, 4)) };
        let is_debug = matches!(kind, SHT_PROGBITS | SHT_SYMTAB | SHT_STRTAB);
        if is_debug && flags & SHF_ALLOC == 0 && size >= MIN_SECTION { size } else { 0 }
    }
}

fn number(bytes: &[u8], is_big: bool) -> u64 {
    let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    if is_big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 64-bit file of `size` bytes with a table of (type, flags, size) at its end.
    fn elf(kind: u16, sections: &[(u32, u64, u64)], size: usize) -> Vec<u8> {
        let start = size - sections.len() * 64;
        let mut file = vec![0; size];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[16..18].copy_from_slice(&kind.to_le_bytes());
        file[40..48].copy_from_slice(&(start as u64).to_le_bytes());
        file[58..60].copy_from_slice(&64_u16.to_le_bytes());
        file[60..62].copy_from_slice(&u16::try_from(sections.len()).expect("few").to_le_bytes());
        for (section, (kind, flags, len)) in file[start..].chunks_mut(64).zip(sections) {
            section[4..8].copy_from_slice(&kind.to_le_bytes());
            section[8..16].copy_from_slice(&flags.to_le_bytes());
            section[32..40].copy_from_slice(&len.to_le_bytes());
        }
        file
    }

    fn measured(file: &[u8], chunk: usize) -> Option<u64> {
        let mut sections = DebugSections::of(file)?;
        for (index, bytes) in file.chunks(chunk).enumerate() {
            sections.see((index * chunk) as u64, bytes);
        }
        Some(sections.finish(file.len() as u64))
    }

    #[test]
    fn sections_that_are_not_loaded_count() {
        let sections = [
            (SHT_PROGBITS, SHF_ALLOC, 9000),
            (SHT_PROGBITS, 0, 8000),
            (SHT_SYMTAB, 0, 5000),
            (8, 0, 70000),
            (1, 0, 40),
        ];
        let file = elf(3, &sections, 100_000);
        for chunk in [100, 4096, 1 << 20] {
            assert_eq!(measured(&file, chunk), Some(13_000), "{chunk}");
        }
        assert_eq!(measured(&elf(ET_REL, &sections, 100_000), 4096), None);
        assert_eq!(measured(b"#!/bin/sh", 4096), None);
        assert_eq!(measured(&file[..50_000], 4096), Some(0), "a file that was cut off");
        assert_eq!(measured(&elf(2, &[(1, 0, u64::MAX), (1, 0, 9)], 9000), 512), Some(0));
    }
}
