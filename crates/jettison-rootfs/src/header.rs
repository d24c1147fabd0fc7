//! The 512-byte tar header: v7, POSIX ustar, star and GNU.
//!
//! Field positions are those of POSIX.1-2017 `pax(1)` ("ustar Interchange Format") and of the GNU
//! tar manual ("Basic Tar Format"). Where producers disagree, the reading is that of Go's
//! `archive/tar`, through which every container runtime sees a layer.

use std::ops::Range;

/// Tar is made of blocks of this many bytes.
pub(crate) const BLOCK: usize = 512;

pub(crate) const NAME: Range<usize> = 0..100;
pub(crate) const MODE: Range<usize> = 100..108;
pub(crate) const UID: Range<usize> = 108..116;
pub(crate) const GID: Range<usize> = 116..124;
pub(crate) const SIZE: Range<usize> = 124..136;
pub(crate) const MTIME: Range<usize> = 136..148;
pub(crate) const CHECKSUM: Range<usize> = 148..156;
pub(crate) const TYPE_FLAG: usize = 156;
pub(crate) const LINK_NAME: Range<usize> = 157..257;
pub(crate) const MAGIC: Range<usize> = 257..265;
pub(crate) const DEVICE_MAJOR: Range<usize> = 329..337;
pub(crate) const DEVICE_MINOR: Range<usize> = 337..345;
pub(crate) const PREFIX: Range<usize> = 345..500;

const STAR_PREFIX: Range<usize> = 345..476;
const STAR_TRAILER: Range<usize> = 508..512;
const GNU_ATIME: Range<usize> = 345..357;
const GNU_CTIME: Range<usize> = 357..369;
const GNU_SPARSE: Range<usize> = 386..482;
const GNU_IS_EXTENDED: usize = 482;
const GNU_REAL_SIZE: Range<usize> = 483..495;
const EXTENSION_SPARSE: Range<usize> = 0..504;
const EXTENSION_IS_EXTENDED: usize = 504;
const SPARSE_FIELD: usize = 12;

/// A header block.
#[derive(Clone, Debug)]
pub(crate) struct Header(pub(crate) [u8; BLOCK]);

/// The dialects that differ in what follows the first 257 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    V7,
    Ustar,
    Star,
    Gnu,
}

impl Header {
    pub(crate) fn is_zero(&self) -> bool {
        self.0.iter().all(|&byte| byte == 0)
    }

    /// Whether the stored checksum fits the bytes: summed as unsigned as POSIX says, or as signed
    /// bytes as some old producers did.
    pub(crate) fn has_valid_checksum(&self) -> bool {
        let Some(stored) = number(&self.0[CHECKSUM]) else { return false };
        let (mut unsigned, mut signed) = (0, 0);
        for (place, &byte) in self.0.iter().enumerate() {
            let byte = if CHECKSUM.contains(&place) { b' ' } else { byte };
            unsigned += i64::from(byte);
            signed += i64::from(byte.cast_signed());
        }
        stored == unsigned || stored == signed
    }

    pub(crate) fn type_flag(&self) -> u8 {
        self.0[TYPE_FLAG]
    }

    pub(crate) fn field(&self, field: Range<usize>) -> &[u8] {
        &self.0[field]
    }

    pub(crate) fn link_name(&self) -> &[u8] {
        text(&self.0[LINK_NAME])
    }

    /// The path, its prefix included.
    pub(crate) fn path(&self) -> Vec<u8> {
        let name = text(&self.0[NAME]);
        let prefix = match self.dialect() {
            Dialect::V7 => &[],
            Dialect::Ustar => text(&self.0[PREFIX]),
            Dialect::Star => text(&self.0[STAR_PREFIX]),
            Dialect::Gnu => self.mistaken_prefix(),
        };
        if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
    }

    /// Go before 1.8, and so old Docker, wrote a ustar prefix into GNU headers, over their times.
    /// Go's reader takes the times for a prefix when they are no numbers; so does this one.
    fn mistaken_prefix(&self) -> &[u8] {
        let is_time = |field: Range<usize>| {
            let field = &self.0[field];
            field[0] == 0 || number(field).is_some()
        };
        let prefix = text(&self.0[PREFIX]);
        if is_time(GNU_ATIME) && is_time(GNU_CTIME) || !prefix.is_ascii() { &[] } else { prefix }
    }

    fn dialect(&self) -> Dialect {
        match &self.0[MAGIC] {
            b"ustar  \0" => Dialect::Gnu,
            magic if magic.starts_with(b"ustar\0") => {
                if &self.0[STAR_TRAILER] == b"tar\0" {
                    Dialect::Star
                } else {
                    Dialect::Ustar
                }
            }
            _ => Dialect::V7,
        }
    }

    /// The length of an old GNU sparse file, holes included.
    pub(crate) fn real_size(&self) -> &[u8] {
        &self.0[GNU_REAL_SIZE]
    }

    /// The runs that an old GNU sparse header lists, and whether an extension block follows.
    pub(crate) fn sparse_runs(&self) -> SparseRuns<'_> {
        SparseRuns { fields: &self.0[GNU_SPARSE], is_extended: self.0[GNU_IS_EXTENDED] != 0 }
    }

    /// The same for an extension block.
    pub(crate) fn extension_runs(&self) -> SparseRuns<'_> {
        SparseRuns {
            fields: &self.0[EXTENSION_SPARSE],
            is_extended: self.0[EXTENSION_IS_EXTENDED] != 0,
        }
    }
}

/// A list of runs in an old GNU sparse header or its extension.
#[derive(Debug)]
pub(crate) struct SparseRuns<'a> {
    fields: &'a [u8],
    pub(crate) is_extended: bool,
}

impl<'a> SparseRuns<'a> {
    /// Offset and length fields, up to the first unused one.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let pairs = self.fields.chunks_exact(2 * SPARSE_FIELD);
        pairs.take_while(|pair| pair[0] != 0).map(|pair| pair.split_at(SPARSE_FIELD))
    }
}

/// A field up to its first zero byte.
pub(crate) fn text(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// A number in octal digits, or in GNU's base-256: big-endian two's complement with the top bit
/// set as a mark. An empty field is 0. `None` when it is neither or does not fit.
pub(crate) fn number(field: &[u8]) -> Option<i64> {
    match field.first() {
        Some(&first) if first & 0x80 != 0 => base_256(field),
        _ => octal(field),
    }
}

fn base_256(field: &[u8]) -> Option<i64> {
    let is_negative = field[0] & 0x40 != 0;
    let flip = if is_negative { 0xff } else { 0 };
    let mut value: u64 = 0;
    for (place, &byte) in field.iter().enumerate() {
        let byte = if place == 0 { (byte ^ flip) & 0x7f } else { byte ^ flip };
        if value >> 56 != 0 {
            return None;
        }
        value = value << 8 | u64::from(byte);
    }
    let value = i64::try_from(value).ok()?;
    Some(if is_negative { !value } else { value })
}

fn octal(field: &[u8]) -> Option<i64> {
    let is_padding = |byte: &u8| *byte == b' ' || *byte == 0;
    let start = field.iter().position(|byte| !is_padding(byte)).unwrap_or(field.len());
    let digits = text(&field[start..]);
    let len = digits.iter().rposition(|byte| !is_padding(byte)).map_or(0, |last| last + 1);
    digits[..len].iter().try_fold(0_i64, |value, &byte| {
        let digit = matches!(byte, b'0'..=b'7').then(|| i64::from(byte - b'0'))?;
        value.checked_mul(8)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_base_256() {
        let cases: [(&[u8], Option<i64>); 14] = [
            (b"0000644\0", Some(0o644)),
            (b"   644 \0", Some(0o644)),
            (b"\0\0\0\0\0\0\0\0", Some(0)),
            (b"        ", Some(0)),
            (b"644\0junk", Some(0o644)),
            (b"77777777", Some(0o7777_7777)),
            (b"0000648\0", None),
            (b"-000644\0", None),
            (b"64 4   \0", None),
            (b"\x80\0\0\0\0\0\x01\0", Some(256)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff", Some(-1)),
            (b"\xff\xff\xff\xff\xff\xff\xff\0", Some(-256)),
            (b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", Some(i64::MAX)),
            (b"\x80\0\0\0\x80\0\0\0\0\0\0\0", None),
        ];
        for (field, expected) in cases {
            assert_eq!(number(field), expected, "{}", field.escape_ascii());
        }
    }

    #[test]
    fn prefixes_of_old_go_headers_are_found() {
        let mut header = Header([0; BLOCK]);
        header.0[..4].copy_from_slice(b"name");
        header.0[MAGIC].copy_from_slice(b"ustar  \0");
        assert_eq!(header.path(), b"name");
        header.0[345..357].copy_from_slice(b"14000000000\0");
        assert_eq!(header.path(), b"name");
        header.0[345..360].copy_from_slice(b"very/long/part\0");
        assert_eq!(header.path(), b"very/long/part/name");
    }
}
