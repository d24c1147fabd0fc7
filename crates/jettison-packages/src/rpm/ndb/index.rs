//! `Index.db`, written anew: a table of hashes for each index.
//!
//! Layout, all numbers with their lowest byte first: a head of 32 bytes (`RpmX`, version, generation, number of pages of slots,
//! bytes of a page, generation of `Packages.db`); slots of 16 bytes (`Slo` and a number, the index's tag, first page, number of
//! pages). An index begins with a head of 64 bytes (`RpmI`, version, generation, number of places, of places in use, of those
//! among them that were given up, a mask, the end of the keys, bytes of unused keys, whether it is obsolete); then for each place
//! eight bytes (where its key begins, with bits of the key's hash under the mask; a package and a number within it), then for
//! each place four bytes more for large numbers; then the keys, each behind its length. rpm needs this file: without it, it
//! makes one, and fails where it may not write.

use std::collections::{BTreeMap, BTreeSet};

use crate::bytes::u32_le;

use super::slots::{self, HEAD_BYTES, Problem, Slot};

const INDEX_HEAD_BYTES: usize = 64;
/// Fewest places of a table, rpm's own number.
const LEAST_PLACES: usize = 1024;
/// The page size is rpm's guess of the machine's.
const PAGE_BYTES: std::ops::RangeInclusive<usize> = 4096..=65536;
/// What stands in a place that was given up.
const GIVEN_UP: u32 = u32::MAX;

/// The file with what it says of these packages.
pub(in crate::rpm) fn written(
    file: &[u8],
    kept: &BTreeSet<u32>,
    generation: u32,
) -> Result<Vec<u8>, Problem> {
    let head = file.get(..HEAD_BYTES).ok_or("it ends in its head")?;
    if !head.starts_with(b"RpmX") || u32_le(head, 4) != Some(0) {
        return Err("it is of another version of NDB");
    }
    if u32_le(head, 20) != Some(generation) {
        return Err("it is older than Packages.db");
    }
    let field = |at| u32_le(head, at).and_then(|number| usize::try_from(number).ok());
    let page_bytes =
        field(16).filter(|bytes| bytes.is_power_of_two() && PAGE_BYTES.contains(bytes));
    let page_bytes = page_bytes.ok_or("its page size is none")?;
    let length = field(12).and_then(|pages| pages.checked_mul(page_bytes));
    let table = length.and_then(|length| file.get(..length)).ok_or("it ends in its slots")?;
    let mut indexes = Slot::all(table, b"Slo")?;
    let mut page = slots::pages(indexes.len(), page_bytes);
    let mut blobs = Vec::new();
    // Indexes do not overlap: more than the file has means that they do.
    let mut budget = file.len();
    for slot in &mut indexes {
        let old = slot.find(file, page_bytes).ok_or("an index lies beyond its end")?;
        budget = budget.checked_sub(old.len()).ok_or("its indexes overlap")?;
        let mut new = Index::read(old)?.written(kept)?;
        new.resize(new.len().next_multiple_of(page_bytes), 0);
        let number = |number: usize| u32::try_from(number).map_err(|_too_many| "it is too large");
        (slot.start, slot.count) = (number(page)?, number(new.len() / page_bytes)?);
        page += new.len() / page_bytes;
        blobs.extend(new);
    }
    let mut new = slots::written(head, &indexes, *b"Slo\0", page_bytes);
    new.extend(blobs);
    Ok(new)
}

/// One index: under each key, where it occurs, in the order in which keys were added.
struct Index<'a> {
    head: &'a [u8],
    keys: BTreeMap<u32, (&'a [u8], Vec<Occurrence>)>,
}

/// A package and a number within it, as the two parts of a place hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Occurrence {
    data: u32,
    more: u32,
}

impl Occurrence {
    /// Three forms, told apart by the two highest bits: 20 bits of the package below 10 of the number, 24 below 6, or the
    /// package apart.
    fn package(self) -> u32 {
        match self.data >> 30 {
            0 => self.data & 0x000f_ffff,
            1 => self.data & 0x00ff_ffff,
            _ => self.more,
        }
    }
}

impl<'a> Index<'a> {
    fn read(blob: &'a [u8]) -> Result<Self, Problem> {
        let head = blob.get(..INDEX_HEAD_BYTES).ok_or("an index ends in its head")?;
        if !head.starts_with(b"RpmI") || u32_le(head, 4) != Some(0) {
            return Err("an index is of another version of NDB");
        }
        let field = |at| u32_le(head, at).unwrap_or_default();
        if field(36) != 0 {
            return Err("an index is obsolete");
        }
        let places = usize::try_from(field(12)).unwrap_or_default();
        let keys_at = places.checked_mul(12).and_then(|bytes| bytes.checked_add(INDEX_HEAD_BYTES));
        let keys_at = keys_at.filter(|&at| at <= blob.len() && places.is_power_of_two());
        let keys_at = keys_at.ok_or("an index ends in its places")?;
        let (mask, end) = (field(24), usize::try_from(field(28)).unwrap_or_default());
        let key_bytes = blob[keys_at..].get(..end).ok_or("an index ends in its keys")?;
        let number = |at: usize| u32_le(blob, at).unwrap_or_default();
        let mut index = Self { head, keys: BTreeMap::new() };
        for place in 0..places {
            let at = INDEX_HEAD_BYTES + place * 8;
            let (key_at, data) = (number(at), number(at + 4));
            if key_at == 0 || key_at == GIVEN_UP {
                continue;
            }
            let more = number(INDEX_HEAD_BYTES + places * 8 + place * 4);
            let offset = key_at & !mask;
            let key = key(key_bytes, offset).ok_or("a key lies beyond its index")?;
            if hash_of(key) & mask != key_at & mask {
                return Err("a key has another hash than its index says");
            }
            index.keys.entry(offset).or_insert((key, Vec::new())).1.push(Occurrence { data, more });
        }
        Ok(index)
    }

    /// The index with what it says of these packages.
    fn written(mut self, kept: &BTreeSet<u32>) -> Result<Vec<u8>, Problem> {
        for (_, occurrences) in self.keys.values_mut() {
            occurrences.retain(|occurrence| kept.contains(&occurrence.package()));
            occurrences.sort_unstable();
        }
        self.keys.retain(|_, (_, occurrences)| !occurrences.is_empty());
        let used: usize = self.keys.values().map(|(_, occurrences)| occurrences.len()).sum();
        // Half of the places stay free at least.
        let places = (used.next_power_of_two() * 2).max(LEAST_PLACES);
        // No key begins at zero, which stands for none.
        let mut key_bytes = vec![0];
        let mut offsets = Vec::new();
        for (key, _) in self.keys.values() {
            offsets.push(u32::try_from(key_bytes.len()).map_err(|_too_many| "it is too large")?);
            key_bytes.extend(length_of(key));
            key_bytes.extend_from_slice(key);
        }
        let end = u32::try_from(key_bytes.len()).map_err(|_too_many| "it is too large")?;
        let mask = !((end + 2).max(1 << 16).next_power_of_two() - 1);

        let mut slots = vec![[0_u32; 3]; places];
        for ((key, occurrences), offset) in self.keys.values().zip(offsets) {
            let hash = hash_of(key);
            for Occurrence { data, more } in occurrences {
                let free = probes(hash, places).find(|&place| slots[place][0] == 0);
                let free = free.ok_or("an index is full")?;
                slots[free] = [offset | (hash & mask), *data, *more];
            }
        }
        let mut new = self.head.to_vec();
        let number = |number: usize| u32::try_from(number).map_err(|_too_many| "it is too large");
        let fields = [number(places)?, number(used)?, 0, mask, end, 0];
        for (at, field) in (12..).step_by(4).zip(fields) {
            new[at..at + 4].copy_from_slice(&field.to_le_bytes());
        }
        new.extend(
            slots.iter().flat_map(|[key, data, _]| [key, data]).flat_map(|word| word.to_le_bytes()),
        );
        new.extend(slots.iter().flat_map(|[_, _, more]| more.to_le_bytes()));
        new.extend(key_bytes);
        Ok(new)
    }
}

/// The places where a key may be, one after the other.
fn probes(hash: u32, places: usize) -> impl Iterator<Item = usize> {
    /// How far the second place lies behind the first; each next one lies one further.
    const FIRST_STEP: usize = 7;
    let mut place = hash as usize & (places - 1);
    (FIRST_STEP..).take(places * 2).map(move |step| {
        let this = place;
        place = (place + step) & (places - 1);
        this
    })
}

/// The key at an offset, behind its length.
fn key(keys: &[u8], offset: u32) -> Option<&[u8]> {
    let keys = keys.get(usize::try_from(offset).ok()?..)?;
    let (head, length) = match *keys.first()? {
        255 => match u16::from_le_bytes([*keys.get(1)?, *keys.get(2)?]) {
            u16::MAX => (7, u32_le(keys, 3)?),
            length => (3, length.into()),
        },
        length => (1, length.into()),
    };
    keys.get(head..)?.get(..usize::try_from(length).ok()?)
}

/// The length of a key: in one byte, or in two or four behind what no shorter one begins with.
fn length_of(key: &[u8]) -> Vec<u8> {
    if let Ok(length) = u8::try_from(key.len())
        && (1..u8::MAX).contains(&length)
    {
        return vec![length];
    }
    if let Ok(length) = u16::try_from(key.len())
        && length < u16::MAX
    {
        return [&[u8::MAX][..], &length.to_le_bytes()].concat();
    }
    let length = u32::try_from(key.len()).expect("read from a file of up to 128 MiB");
    [&[u8::MAX; 3][..], &length.to_le_bytes()].concat()
}

/// Austin Appleby's first MurmurHash.
fn hash_of(key: &[u8]) -> u32 {
    const FACTOR: u32 = 0x5bd1_e995;
    let mixed = |hash: u32, word: u32| {
        let hash = hash.wrapping_add(word).wrapping_mul(FACTOR);
        hash ^ (hash >> 16)
    };
    let length = u32::try_from(key.len()).expect("read from a file of up to 128 MiB");
    let mut hash = length.wrapping_mul(FACTOR);
    let (words, rest) = key.as_chunks::<4>();
    for &word in words {
        hash = mixed(hash, u32::from_le_bytes(word));
    }
    if !rest.is_empty() {
        let mut last = [0; 4];
        last[..rest.len()].copy_from_slice(rest);
        hash = mixed(hash, u32::from_le_bytes(last));
    }
    hash = hash.wrapping_mul(FACTOR);
    hash ^= hash >> 10;
    hash = hash.wrapping_mul(FACTOR);
    hash ^ (hash >> 17)
}

/// The packages under a key, found as rpm does it: place after place from the key's hash on, up to a free one.
#[cfg(test)]
pub(in crate::rpm) fn find(file: &[u8], tag: u32, key: &[u8]) -> Vec<u32> {
    let slots = Slot::all(&file[..4096], b"Slo").expect("they are valid");
    let slot = slots.iter().find(|slot| slot.what == tag).expect("it has this index");
    let blob = slot.find(file, 4096).expect("it lies within the file");
    let number = |at: usize| u32_le(blob, at).expect("it lies within the index");
    let (places, mask) = (number(12) as usize, number(24));
    let hash = hash_of(key);
    let mut found = Vec::new();
    for place in probes(hash, places) {
        let (key_at, data) = (number(64 + place * 8), number(68 + place * 8));
        if key_at == 0 {
            break;
        }
        let keys = &blob[64 + places * 12..];
        if key_at != GIVEN_UP && self::key(keys, key_at & !mask) == Some(key) {
            let more = number(64 + places * 8 + place * 4);
            found.push(Occurrence { data, more }.package());
        }
    }
    found
}
