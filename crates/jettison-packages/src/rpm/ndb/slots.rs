//! What both of NDB's files begin with: a head, and behind it slots that say where the rest is.

use crate::bytes::u32_le;

/// The head, as long as two slots, and a slot.
pub(super) const HEAD_BYTES: usize = 32;
pub(super) const SLOT_BYTES: usize = 16;

/// Why a file is not written anew: what is wrong with it.
pub(in crate::rpm) type Problem = &'static str;

/// One slot: where something is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// `Slot` in `Packages.db`; in `Index.db` its last letter is a number.
    pub(super) magic: [u8; 4],
    /// What is there: a package, an index. Zero if nothing is.
    pub(super) what: u32,
    /// Where it begins and how long it is, in the units of the file.
    pub(super) start: u32,
    pub(super) count: u32,
}

impl Slot {
    /// Those of a file in use, in the order in which they lie.
    pub(super) fn all(slots: &[u8], letters: &[u8]) -> Result<Vec<Self>, Problem> {
        let mut found = Vec::new();
        for bytes in slots.chunks_exact(SLOT_BYTES).skip(HEAD_BYTES / SLOT_BYTES) {
            let field = |at| u32_le(bytes, at).unwrap_or_default();
            let magic = [bytes[0], bytes[1], bytes[2], bytes[3]];
            let slot = Self { magic, what: field(4), start: field(8), count: field(12) };
            if !magic.starts_with(letters) {
                return Err("a slot is none");
            }
            // An index may be of tag zero, but nothing lies in the place of the head.
            if slot.start != 0 {
                found.push(slot);
            }
        }
        Ok(found)
    }

    pub(super) fn bytes(self) -> [u8; SLOT_BYTES] {
        let mut bytes = [0; SLOT_BYTES];
        bytes[..4].copy_from_slice(&self.magic);
        for (at, number) in [(4, self.what), (8, self.start), (12, self.count)] {
            bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    /// The bytes that it stands for.
    pub(super) fn find(self, file: &[u8], unit: usize) -> Option<&[u8]> {
        let start = usize::try_from(self.start).ok()?.checked_mul(unit)?;
        let length = usize::try_from(self.count).ok()?.checked_mul(unit)?;
        file.get(start..start.checked_add(length)?)
    }
}

/// The head and the slots of a new file, the unused ones too: so many pages of them as are needed.
pub(super) fn written(head: &[u8], slots: &[Slot], free: [u8; 4], page_bytes: usize) -> Vec<u8> {
    let mut bytes = head[..HEAD_BYTES].to_vec();
    for slot in slots {
        bytes.extend(slot.bytes());
    }
    let pages = bytes.len().div_ceil(page_bytes);
    let empty = Slot { magic: free, what: 0, start: 0, count: 0 };
    while bytes.len() < pages * page_bytes {
        bytes.extend(empty.bytes());
    }
    let pages = u32::try_from(pages).expect("no more than the old file had");
    bytes[12..16].copy_from_slice(&pages.to_le_bytes());
    bytes
}

/// How many pages the slots of a new file have.
pub(super) fn pages(slots: usize, page_bytes: usize) -> usize {
    (HEAD_BYTES + slots * SLOT_BYTES).div_ceil(page_bytes)
}
