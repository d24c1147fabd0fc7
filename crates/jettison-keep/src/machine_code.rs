//! Texts that the code of a 64-bit program refers to by address and length.
//!
//! Go and Rust lay their strings one after the other without an end; where one begins and how long it is stands only in
//! the instructions that use it, and in tables of pairs. Nothing is disassembled: on x86-64 and AArch64 the instructions
//! that put an address, and a small number, into a register have one shape each.

use std::{cell::OnceCell, collections::HashMap, ops::Range};

use jettison_rootfs::{InodeId, Kind, Tree};
use object::{
    Endianness, elf,
    read::elf::{Dyn, FileHeader, ProgramHeader},
};

/// The largest program that is read; Docker's daemon has 75 MB.
const PROGRAM_BYTES: u64 = 256 << 20;
/// Texts of other lengths are neither names nor command lines.
pub(crate) const LENGTHS: Range<usize> = 2..200;
/// Bytes of code before and behind an address in which its length may stand: compilers move independent instructions.
const BEFORE: usize = 24;
/// See [`BEFORE`].
const BEHIND: usize = 48;
/// Pairs of address and length that are read from one table.
const PAIRS: usize = 64;

/// A text that code refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Literal<'a> {
    /// The address of the instruction.
    pub(crate) at: u64,
    /// The text, which is believed to end where the length says.
    pub(crate) text: &'a [u8],
    /// Whether address and length are where Rust's calls take the first text behind the place for their result.
    pub(crate) is_argument: bool,
}

/// A program in memory.
#[derive(Debug)]
pub(crate) struct Program {
    /// The whole file.
    pub(crate) bytes: Vec<u8>,
    segments: Vec<Segment>,
    machine: Machine,
    relocations: OnceCell<HashMap<u64, u64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Machine {
    X86,
    Arm,
}

#[derive(Clone, Debug)]
struct Segment {
    address: u64,
    file: Range<usize>,
    is_code: bool,
    is_writable: bool,
}

impl Program {
    /// Reads a 64-bit ELF file for a processor that is known here; nothing if it is another file, or too large.
    pub(crate) fn read(tree: &Tree, id: InodeId) -> Option<Self> {
        let inode = tree.inode_by_id(id);
        if inode.kind != Kind::File || inode.size > PROGRAM_BYTES {
            return None;
        }
        Self::parse(tree.read_all(id, PROGRAM_BYTES).ok()?)
    }

    fn parse(bytes: Vec<u8>) -> Option<Self> {
        let header = elf::FileHeader64::<Endianness>::parse(&*bytes).ok()?;
        let endian = header.endian().ok().filter(|&endian| endian == Endianness::Little)?;
        let machine = match header.e_machine(endian) {
            elf::EM_X86_64 => Machine::X86,
            elf::EM_AARCH64 => Machine::Arm,
            _ => return None,
        };
        let segments = header.program_headers(endian, &*bytes).ok()?;
        let segments = segments
            .iter()
            .filter(|segment| segment.p_type(endian) == elf::PT_LOAD)
            .filter_map(|segment| {
                let start = usize::try_from(segment.p_offset(endian)).ok()?;
                let length = usize::try_from(segment.p_filesz(endian)).ok()?;
                let file = start..start.checked_add(length)?;
                let flags = segment.p_flags(endian);
                bytes.get(file.clone())?;
                Some(Segment {
                    address: segment.p_vaddr(endian),
                    file,
                    is_code: flags.contains(elf::PF_X),
                    is_writable: flags.contains(elf::PF_W),
                })
            })
            .collect();
        Some(Self { bytes, segments, machine, relocations: OnceCell::new() })
    }

    /// Where in the file an address is.
    fn offset(&self, address: u64) -> Option<usize> {
        self.segments.iter().find_map(|segment| {
            let within = usize::try_from(address.checked_sub(segment.address)?).ok()?;
            (within < segment.file.len()).then(|| segment.file.start + within)
        })
    }

    /// The address of a place in the file.
    pub(crate) fn address(&self, offset: usize) -> Option<u64> {
        let segment = self.segments.iter().find(|segment| segment.file.contains(&offset))?;
        Some(segment.address + (offset - segment.file.start) as u64)
    }

    fn text(&self, address: u64, length: usize) -> Option<&[u8]> {
        let start = self.offset(address).filter(|_| LENGTHS.contains(&length))?;
        let text = self.bytes.get(start..start.checked_add(length)?)?;
        text.iter().all(|byte| (b' '..0x7f).contains(byte)).then_some(text)
    }

    /// The word at an address, as the loader leaves it.
    pub(crate) fn pointer(&self, address: u64) -> Option<u64> {
        if let Some(&moved) = self.relocations().get(&address) {
            return Some(moved);
        }
        let start = self.offset(address)?;
        Some(u64::from_le_bytes(self.bytes.get(start..start + 8)?.try_into().ok()?))
    }

    fn relocations(&self) -> &HashMap<u64, u64> {
        self.relocations.get_or_init(|| self.read_relocations().unwrap_or_default())
    }

    /// What `DT_RELA` makes of the words of a program that can be loaded anywhere; the older way leaves them in place.
    fn read_relocations(&self) -> Option<HashMap<u64, u64>> {
        const ENTRY: usize = 24;
        let header = elf::FileHeader64::<Endianness>::parse(&*self.bytes).ok()?;
        let endian = header.endian().ok()?;
        let segments = header.program_headers(endian, &*self.bytes).ok()?;
        let entries = segments
            .iter()
            .find_map(|segment| segment.dynamic(endian, &*self.bytes).ok().flatten())?;
        let value = |tag| {
            entries.iter().find(|entry| entry.d_tag(endian) == tag).map(|entry| entry.d_val(endian))
        };
        let start = self.offset(value(elf::DT_RELA)?)?;
        let size = usize::try_from(value(elf::DT_RELASZ)?).ok()?;
        let relative = match self.machine {
            Machine::X86 => elf::R_X86_64_RELATIVE,
            Machine::Arm => elf::R_AARCH64_RELATIVE,
        };
        let word = |entry: &[u8], at: usize| {
            entry.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
        };
        let table = self.bytes.get(start..start.checked_add(size)?)?;
        let moved = table.chunks_exact(ENTRY).filter_map(|entry| {
            let is_relative = word(entry, 8)? & 0xffff_ffff == u64::from(relative.0);
            is_relative.then_some((word(entry, 0)?, word(entry, 16)?))
        });
        Some(moved.collect())
    }

    /// Calls `look` with each text that an instruction refers to; the same place comes once for each length that stands
    /// near it. `is_asked` says for an address of code whether anybody wants to know.
    pub(crate) fn for_each_literal<'a>(
        &'a self,
        is_asked: impl Fn(u64) -> bool,
        mut look: impl FnMut(Literal<'a>),
    ) {
        self.for_each_reference(is_asked, |reference| {
            for &(length, is_argument) in &reference.lengths {
                if let Some(text) = self.text(reference.target, length) {
                    look(Literal { at: reference.at, text, is_argument });
                }
            }
            for text in self.table(reference.target) {
                look(Literal { at: reference.at, text, is_argument: false });
            }
        });
    }

    /// The texts of a table of pairs, or of a Go slice of them, at an address.
    fn table(&self, address: u64) -> Vec<&[u8]> {
        let at = |index: usize| address.checked_add(index as u64 * 16);
        let pair = |at: u64| {
            let length = self.pointer(at.checked_add(8)?)?;
            self.text(self.pointer(at)?, usize::try_from(length).ok()?)
        };
        if self.offset(address).is_none() || !address.is_multiple_of(8) {
            return Vec::new();
        }
        (0..PAIRS).map_while(|index| pair(at(index)?)).collect()
    }

    /// Every text that a pair of address and length in writable data (before the loader protects it) means.
    pub(crate) fn pairs(&self) -> Vec<&[u8]> {
        let words =
            self.segments.iter().filter(|segment| segment.is_writable).flat_map(|segment| {
                (0..segment.file.len() as u64 / 8).map(move |index| segment.address + index * 8)
            });
        words
            .filter_map(|at| {
                let length = usize::try_from(self.pointer(at.checked_add(8)?)?).ok()?;
                if !LENGTHS.contains(&length) {
                    return None;
                }
                self.text(self.pointer(at)?, length)
            })
            .collect()
    }

    /// The addresses of instructions that call one of the targets.
    pub(crate) fn calls(&self, is_target: impl Fn(u64) -> bool) -> Vec<(u64, u64)> {
        let mut found = Vec::new();
        for segment in self.segments.iter().filter(|segment| segment.is_code) {
            let code = &self.bytes[segment.file.clone()];
            match self.machine {
                Machine::X86 => {
                    for index in memchr::memchr_iter(0xe8, code) {
                        let Some(distance) = little(code, index + 1) else { continue };
                        let at = segment.address + index as u64;
                        let target = at.wrapping_add(5).wrapping_add_signed(distance.into());
                        if is_target(target) {
                            found.push((at, target));
                        }
                    }
                }
                Machine::Arm => {
                    for (index, word) in instructions(code).enumerate() {
                        if word >> 26 == 0b10_0101 {
                            let at = segment.address + index as u64 * 4;
                            let distance = i64::from((word << 6).cast_signed() >> 4);
                            let target = at.wrapping_add_signed(distance);
                            if is_target(target) {
                                found.push((at, target));
                            }
                        }
                    }
                }
            }
        }
        found
    }

    fn for_each_reference(&self, is_asked: impl Fn(u64) -> bool, mut look: impl FnMut(&Reference)) {
        for segment in self.segments.iter().filter(|segment| segment.is_code) {
            let code = &self.bytes[segment.file.clone()];
            match self.machine {
                Machine::X86 => x86_references(code, segment.address, &is_asked, &mut look),
                Machine::Arm => arm_references(code, segment.address, &is_asked, &mut look),
            }
        }
    }
}

/// An instruction that makes an address, and the small numbers near it.
#[derive(Debug)]
struct Reference {
    at: u64,
    target: u64,
    lengths: Vec<(usize, bool)>,
}

fn little(code: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_le_bytes(code.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn instructions(code: &[u8]) -> impl Iterator<Item = u32> {
    code.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
}

/// `lea reg, [rip + distance]` and `mov reg, [rip + distance]`: REX.W, 8D or 8B, a ModRM of mode 0 and base 5
/// (Intel SDM volume 2, 2.2.1.6).
fn x86_references(
    code: &[u8],
    address: u64,
    is_asked: &impl Fn(u64) -> bool,
    look: &mut impl FnMut(&Reference),
) {
    /// The ModRM byte whose register is RSI, the second argument of the System V ABI.
    const TO_RSI: u8 = 0x35;
    for index in 0..code.len().saturating_sub(6) {
        let is_address = matches!(code[index], 0x48 | 0x4c)
            && matches!(code[index + 1], 0x8d | 0x8b)
            && code[index + 2] & 0xc7 == 0x05;
        let at = address + index as u64;
        if !is_address || !is_asked(at) {
            continue;
        }
        let Some(distance) = little(code, index + 3) else { continue };
        let target = at.wrapping_add(7).wrapping_add_signed(distance.into());
        let is_second = code[index] == 0x48 && code[index + 2] == TO_RSI;
        let mut lengths = Vec::new();
        let behind = index + 7..code.len().min(index + 7 + BEHIND);
        for place in [index.saturating_sub(BEFORE)..index, behind] {
            x86_numbers(&code[place], is_second, &mut lengths);
        }
        look(&Reference { at, target, lengths });
    }
}

/// `mov r32, number`, and `mov [register + distance], number`.
fn x86_numbers(code: &[u8], is_second: bool, lengths: &mut Vec<(usize, bool)>) {
    /// `mov edx, number`: the third argument.
    const TO_RDX: u8 = 0xba;
    for index in 0..code.len() {
        let immediate = match code[index] {
            0xb8..=0xbf => index + 1,
            0xc7 => match (code.get(index + 1), code.get(index + 2)) {
                (Some(0x44), Some(0x24)) => index + 4,
                (Some(0x84), Some(0x24)) => index + 7,
                (Some(0x40..=0x47), _) => index + 3,
                (Some(0x80..=0x87), _) => index + 6,
                (Some(0x00..=0x07), _) => index + 2,
                _ => continue,
            },
            _ => continue,
        };
        let number = little(code, immediate).and_then(|number| usize::try_from(number).ok());
        if let Some(number) = number.filter(|number| LENGTHS.contains(number)) {
            lengths.push((number, is_second && code[index] == TO_RDX));
        }
    }
}

/// `adrp x, page` and, in the instructions behind it, `add y, x, offset` (Arm ARM, C6.2).
fn arm_references(
    code: &[u8],
    address: u64,
    is_asked: &impl Fn(u64) -> bool,
    look: &mut impl FnMut(&Reference),
) {
    let words: Vec<u32> = instructions(code).collect();
    let mut pages: [Option<u64>; 32] = [None; 32];
    for (index, &word) in words.iter().enumerate() {
        let at = address + index as u64 * 4;
        let to = (word & 31) as usize;
        if word & 0x9f00_0000 == 0x9000_0000 {
            let pages_on =
                i64::from((word << 8).cast_signed() >> 13) << 2 | i64::from(word >> 29 & 3);
            pages[to] = Some((at & !0xfff).wrapping_add_signed(pages_on << 12));
            continue;
        }
        let is_add = word & 0xffc0_0000 == 0x9100_0000;
        let page = pages[(word >> 5 & 31) as usize];
        let (true, Some(page)) = (is_add && is_asked(at), page) else { continue };
        let target = page + u64::from(word >> 10 & 0xfff);
        let near = index.saturating_sub(BEFORE / 4)..words.len().min(index + 1 + BEHIND / 4);
        let lengths = words[near]
            .iter()
            .filter_map(|&word| {
                let number = usize::try_from(arm_number(word)?).ok()?;
                LENGTHS.contains(&number).then_some((number, (word & 31) as usize == to + 1))
            })
            .collect();
        look(&Reference { at, target, lengths });
    }
}

/// `movz register, number`, and `orr register, zero, number` where the number is one run of set bits.
fn arm_number(word: u32) -> Option<u64> {
    if word & 0x7fe0_0000 == 0x5280_0000 {
        return Some(u64::from(word >> 5 & 0xffff));
    }
    if word & 0x7f80_03e0 != 0x3200_03e0 {
        return None;
    }
    let (rotation, ones) = (word >> 16 & 63, (word >> 10 & 63) + 1);
    if word >> 22 & 1 == 1 {
        return (ones < 64).then(|| ((1u64 << ones) - 1).rotate_right(rotation));
    }
    (word >> 31 == 0 && ones < 32).then(|| u64::from(((1u32 << ones) - 1).rotate_right(rotation)))
}

#[cfg(test)]
pub(crate) mod fixture {
    /// A program of one code segment at `0x1000` and one of data at `0x10_0000`.
    pub(crate) fn program(machine: u16, code: &[u8], data: &[u8]) -> Vec<u8> {
        let mut out = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        for half in [2u16, machine] {
            out.extend(half.to_le_bytes());
        }
        out.extend(1u32.to_le_bytes());
        for word in [0u64, 64, 0] {
            out.extend(word.to_le_bytes());
        }
        out.extend(0u32.to_le_bytes());
        for half in [64u16, 56, 2, 64, 0, 0] {
            out.extend(half.to_le_bytes());
        }
        let code_at = 64 + 2 * 56;
        let parts = [(5u32, 0x1000u64, code_at, code), (6, 0x10_0000, code_at + code.len(), data)];
        for (flags, address, offset, bytes) in parts {
            out.extend(1u32.to_le_bytes());
            out.extend(flags.to_le_bytes());
            for word in [offset as u64, address, address, bytes.len() as u64, bytes.len() as u64, 8]
            {
                out.extend(word.to_le_bytes());
            }
        }
        out.extend(code);
        out.extend(data);
        out
    }

    /// `lea rax, [target]; mov ebx, length` as if it stood at `at`: how Go passes a text.
    pub(crate) fn go_text(at: u64, target: u64, length: u32) -> Vec<u8> {
        let distance = i32::try_from(target.cast_signed() - at.cast_signed() - 7).expect("near");
        [&[0x48, 0x8d, 0x05][..], &distance.to_le_bytes(), &[0xbb], &length.to_le_bytes()].concat()
    }

    /// `lea rsi, [target]; mov edx, length` as if it stood at `at`: how Rust passes one.
    pub(crate) fn rust_text(at: u64, target: u64, length: u32) -> Vec<u8> {
        let mut code = go_text(at, target, length);
        code[2] = 0x35;
        code[7] = 0xba;
        code
    }

    /// `call target` as if it stood at `at`.
    pub(crate) fn call(at: u64, target: u64) -> Vec<u8> {
        let distance = i32::try_from(target.cast_signed() - at.cast_signed() - 5).expect("near");
        [&[0xe8][..], &distance.to_le_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::{fixture::*, *};

    const X86: u16 = 62;
    const ARM: u16 = 183;

    fn texts(machine: u16, code: &[u8], data: &[u8]) -> Vec<(u64, String, bool)> {
        let program = Program::parse(program(machine, code, data)).expect("it is a program");
        let mut found = Vec::new();
        program.for_each_literal(
            |_| true,
            |literal| {
                let text = String::from_utf8_lossy(literal.text).into_owned();
                found.push((literal.at, text, literal.is_argument));
            },
        );
        found
    }

    #[test]
    fn a_text_is_an_address_and_a_length() {
        let data = b"pagedateline";
        assert_eq!(
            texts(X86, &go_text(0x1000, 0x10_0004, 4), data),
            [(0x1000, "date".to_owned(), false)]
        );
        assert_eq!(
            texts(X86, &rust_text(0x1000, 0x10_0004, 4), data),
            [(0x1000, "date".to_owned(), true)]
        );
        assert_eq!(texts(X86, &go_text(0x1000, 0x20_0000, 4), data), []);
        // adrp x0, 0x100000; add x0, x0, #4; orr x1, xzr, #4, as an assembler writes them.
        let code: Vec<u8> = [0xf000_07e0u32, 0x9100_1000, 0xb27e_03e1]
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        assert_eq!(texts(ARM, &code, data), [(0x1004, "date".to_owned(), true)]);
        // The same with movz w1, #4.
        let code: Vec<u8> = [0xf000_07e0u32, 0x9100_1000, 0x5280_0081]
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        assert_eq!(texts(ARM, &code, data), [(0x1004, "date".to_owned(), true)]);
    }

    #[test]
    fn tables_of_pairs_are_read() {
        let mut data = Vec::new();
        for (address, length) in [(0x10_0030u64, 4u64), (0x10_0034, 2), (0, 0)] {
            data.extend(address.to_le_bytes());
            data.extend(length.to_le_bytes());
        }
        data.extend(b"dateid");
        let code = go_text(0x1000, 0x10_0000, 1 << 20);
        let found = texts(X86, &code, &data);
        assert_eq!(
            found.iter().map(|(_, text, _)| text.as_str()).collect::<Vec<_>>(),
            ["date", "id"]
        );
        let program = Program::parse(program(X86, &code, &data)).expect("it is a program");
        assert_eq!(program.pairs(), [b"date".as_slice(), b"id"]);
    }

    #[test]
    fn calls_are_found() {
        let code = [vec![0x90], call(0x1001, 0x1234)].concat();
        let found = |machine, code: &[u8]| {
            let program = Program::parse(program(machine, code, b"x")).expect("it is a program");
            program.calls(|target| target == 0x1234)
        };
        assert_eq!(found(X86, &code), [(0x1001, 0x1234)]);
        // nop; bl forward by 0x230
        let code: Vec<u8> =
            [0xd503_201fu32, 0x9400_008c].iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(found(ARM, &code), [(0x1004, 0x1234)]);
    }

    #[test]
    fn any_bytes_end() {
        for machine in [X86, ARM] {
            for byte in [0u8, 0x48, 0x8d, 0xc7, 0x90, 0xff] {
                texts(machine, &[byte; 64], &[byte; 40]);
                texts(machine, &[byte, 0x48, 0x8d, 0x05], &[]);
            }
        }
    }
}
