//! How bytes are compressed, told by how they begin.

use std::io;

use jettison_image::{Compression, ReadAt};

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Magic {
    /// A format that is read; [`Compression::None`] for all that is not recognised.
    Known(Compression),
    /// A format that engines once took and jettison does not.
    Unsupported(&'static str),
}

impl Magic {
    /// Looks at the first six bytes.
    pub(crate) fn of(bytes: &dyn ReadAt) -> io::Result<Self> {
        let mut start = [0; 6];
        let len = usize::try_from(bytes.len()).map_or(6, |len| len.min(6));
        bytes.read_exact_at(0, &mut start[..len])?;
        Ok(match start {
            [0x1f, 0x8b, ..] => Self::Known(Compression::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Known(Compression::Zstd),
            // A skippable frame (RFC 8878, 3.1.2), as zstd:chunked begins.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Known(Compression::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', 0] => Self::Unsupported("xz"),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Unsupported("bzip2"),
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Unsupported("lz4"),
            _ => Self::Known(Compression::None),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings() {
        for (bytes, magic) in [
            (&b""[..], Magic::Known(Compression::None)),
            (b"\x1f", Magic::Known(Compression::None)),
            (b"\x1f\x8b\x08", Magic::Known(Compression::Gzip)),
            (b"\x28\xb5\x2f\xfd\x00", Magic::Known(Compression::Zstd)),
            (b"\x5d\x2a\x4d\x18\x00\x00", Magic::Known(Compression::Zstd)),
            (b"\xfd7zXZ\x00\x00", Magic::Unsupported("xz")),
            (b"BZh91AY", Magic::Unsupported("bzip2")),
            (b"etc/passwd", Magic::Known(Compression::None)),
        ] {
            assert_eq!(Magic::of(&bytes.to_vec()).expect("memory"), magic, "{bytes:?}");
        }
    }
}
