//! `Packages.db`, written anew: the blobs as they were, one behind the other.

use std::collections::BTreeSet;

use crate::bytes::u32_le;

use super::slots::{self, HEAD_BYTES, Problem, Slot};

const PAGE_BYTES: usize = 4096;
const BLOCK_BYTES: usize = 16;
const TAIL_BYTES: usize = 12;

/// The number of the database's last change, which `Index.db` must have too.
pub(in crate::rpm) fn generation(file: &[u8]) -> Option<u32> {
    u32_le(file, 8)
}

/// The file without the headers of these numbers, and the numbers of those that it has.
pub(in crate::rpm) fn written(
    file: &[u8],
    gone: &BTreeSet<u32>,
) -> Result<(Vec<u8>, BTreeSet<u32>), Problem> {
    let head = file.get(..HEAD_BYTES).ok_or("it ends in its head")?;
    if !head.starts_with(b"RpmP") || u32_le(head, 4) != Some(0) {
        return Err("it is of another version of NDB");
    }
    let pages = u32_le(head, 12).and_then(|pages| usize::try_from(pages).ok());
    let length = pages.and_then(|pages| pages.checked_mul(PAGE_BYTES));
    let table = length.and_then(|length| file.get(..length)).ok_or("it ends in its slots")?;
    let mut kept = Slot::all(table, b"Slot")?;
    let mut numbers: BTreeSet<u32> = kept.iter().map(|slot| slot.what).collect();
    if numbers.len() < kept.len() {
        return Err("two of its headers have one number");
    }
    let is_whole =
        |slot: &Slot| slot.find(file, BLOCK_BYTES).is_some_and(|blob| is_blob(blob, slot.what));
    if !kept.iter().all(is_whole) {
        return Err("a slot leads to no header");
    }
    numbers.retain(|number| !gone.contains(number));
    kept.retain(|slot| !gone.contains(&slot.what));
    let mut start = slots::pages(kept.len(), PAGE_BYTES) * PAGE_BYTES / BLOCK_BYTES;
    let mut blobs = Vec::new();
    for slot in &mut kept {
        blobs.extend_from_slice(slot.find(file, BLOCK_BYTES).unwrap_or_default());
        slot.start = u32::try_from(start).map_err(|_too_many| "it is too large")?;
        start += usize::try_from(slot.count).unwrap_or_default();
    }
    let mut new = slots::written(head, &kept, *b"Slot", PAGE_BYTES);
    new.extend(blobs);
    Ok((new, numbers))
}

/// Whether blocks hold the header of that number, and nothing else.
fn is_blob(blob: &[u8], number: u32) -> bool {
    let Some(tail) = blob.len().checked_sub(TAIL_BYTES) else { return false };
    let length = u32_le(blob, 12);
    let needed = length.and_then(|length| usize::try_from(length).ok());
    let needed = needed.and_then(|length| length.checked_add(BLOCK_BYTES + TAIL_BYTES));
    blob.starts_with(b"BlbS")
        && blob.ends_with(b"BlbE")
        && u32_le(blob, 4) == Some(number)
        && u32_le(blob, tail + 4) == length
        && needed.map(|needed| needed.next_multiple_of(BLOCK_BYTES)) == Some(blob.len())
}
