//! The entries of `Packages.db`, as many as can be read.
//!
//! Layout, all numbers with their lowest byte first: a head of 32 bytes (`RpmP`, version, generation, number of pages of slots,
//! next index); slots of 16 bytes (`Slot`, package index, first block, number of blocks) that fill those pages of 4 KiB behind
//! the head; blobs in blocks of 16 bytes (`BlbS`, package index, generation, length, the header; zeros; in the last 12 bytes a sum, the length once more, and `BlbE`).

use crate::{
    bytes::{Pieces, u32_le},
    rpm::{Entry, HEADER_BYTES},
};

const PAGE_BYTES: u64 = 4096;
const SLOT_BYTES: usize = 16;
const BLOCK_BYTES: u64 = 16;
/// Most pages of slots that are read: 65,000 packages.
const SLOT_PAGES: u32 = 256;

/// The header of each package.
pub(in crate::rpm) fn entries(file: &dyn Pieces) -> Option<Vec<Entry>> {
    let head = file.piece(0, 32)?;
    let pages = u32_le(&head, 12).filter(|pages| (1..=SLOT_PAGES).contains(pages))?;
    if !head.starts_with(b"RpmP") || u32_le(&head, 4)? != 0 {
        return None;
    }
    let slots = file.piece(0, u64::from(pages) * PAGE_BYTES)?;
    let slots = slots.chunks_exact(SLOT_BYTES).skip(2);
    // Blobs do not overlap.
    let mut budget = file.len();
    Some(slots.filter_map(|slot| entry(file, slot, &mut budget)).collect())
}

/// What a slot leads to; `None` for a free one, or one that leads nowhere.
fn entry(file: &dyn Pieces, slot: &[u8], budget: &mut u64) -> Option<Entry> {
    let (index, block) = (u32_le(slot, 4)?, u32_le(slot, 8)?);
    if !slot.starts_with(b"Slot") || index == 0 {
        return None;
    }
    let start = u64::from(block) * BLOCK_BYTES;
    let head = file.piece(start, 16)?;
    let length = u64::from(u32_le(&head, 12)?);
    let is_it = head.starts_with(b"BlbS") && u32_le(&head, 4)? == index && length <= HEADER_BYTES;
    *budget = budget.checked_sub(length).filter(|_| is_it)?;
    Some(Entry { number: index, blob: file.piece(start + 16, length)? })
}
