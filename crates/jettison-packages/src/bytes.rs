//! Bytes that are read in pieces: a file of a tree, or what was unpacked into memory.

use jettison_rootfs::{InodeId, Tree};

/// Bytes of known length. Whoever asks for a piece has bounded its length.
pub(crate) trait Pieces {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Exactly `length` bytes from `offset`; `None` when there are fewer, or they cannot be read.
    fn piece(&self, offset: u64, length: u64) -> Option<Vec<u8>>;
}

/// A regular file of a tree.
#[derive(Clone, Copy)]
pub(crate) struct InTree<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) id: InodeId,
}

impl Pieces for InTree<'_> {
    fn len(&self) -> u64 {
        self.tree.inode_by_id(self.id).size
    }

    fn piece(&self, offset: u64, length: u64) -> Option<Vec<u8>> {
        if offset.checked_add(length)? > self.len() {
            return None;
        }
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        let count = self.tree.read(self.id, offset, &mut bytes).ok()?;
        (count == bytes.len()).then_some(bytes)
    }
}

impl Pieces for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn piece(&self, offset: u64, length: u64) -> Option<Vec<u8>> {
        let start = usize::try_from(offset).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        self.get(start..end).map(<[u8]>::to_vec)
    }
}

/// A number of two bytes, the lowest first.
pub(crate) fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(array(bytes, at)?))
}

/// A number of four bytes, the lowest first.
pub(crate) fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(array(bytes, at)?))
}

/// A number of two bytes, the highest first.
pub(crate) fn u16_be(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(array(bytes, at)?))
}

/// A number of four bytes, the highest first.
pub(crate) fn u32_be(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(array(bytes, at)?))
}

/// So many bytes at a place, if they are there.
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}
