//! What tells the bytes of files apart.

use std::fmt;

/// Stands for the bytes of a file: equal for equal bytes, and different for different ones.
///
/// The first 128 bits of BLAKE3. A fast checksum would do against accidents; but that two files are
/// equal also decides whether one of them is searched for secrets and what `diff` passes over, and
/// there an image may be made to deceive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ContentId([u8; Self::LEN]);

impl ContentId {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// What all that are no regular files have.
    pub const NONE: Self = Self([0; Self::LEN]);

    /// The id of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_hash(blake3::hash(bytes))
    }

    pub(crate) fn from_hash(hash: blake3::Hash) -> Self {
        let mut id = [0; Self::LEN];
        id.copy_from_slice(&hash.as_bytes()[..Self::LEN]);
        Self(id)
    }

    pub(crate) const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Debug for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
