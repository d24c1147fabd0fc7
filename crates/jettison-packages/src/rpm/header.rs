//! Headers of rpm packages, as databases hold them.
//!
//! Source: rpm's file format manual (rpm.org, "Package format", "Header structure"): two numbers, how many entries and how many
//! bytes of data; entries of tag, type, offset and count; the data. All numbers have their highest byte first. What a package
//! file has in front of that (magic, version) databases leave out.

use crate::bytes::u32_be;

/// Most entries of a header, rpm's own limit.
const ENTRIES: u32 = 0xffff;
/// Most members of one array, rpm's limit on files of a package too.
const MEMBERS: u32 = 1 << 22;

/// A number that says what an entry means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag(u32);

impl Tag {
    pub(super) const NAME: Self = Self(1000);
    pub(super) const VERSION: Self = Self(1001);
    pub(super) const RELEASE: Self = Self(1002);
    pub(super) const EPOCH: Self = Self(1003);
    pub(super) const VENDOR: Self = Self(1011);
    pub(super) const LICENSE: Self = Self(1014);
    pub(super) const URL: Self = Self(1020);
    pub(super) const ARCH: Self = Self(1022);
    pub(super) const FILEFLAGS: Self = Self(1037);
    pub(super) const SOURCERPM: Self = Self(1044);
    pub(super) const DIRINDEXES: Self = Self(1116);
    pub(super) const BASENAMES: Self = Self(1117);
    pub(super) const DIRNAMES: Self = Self(1118);
}

const INT32: u32 = 4;
const STRING: u32 = 6;
const STRING_ARRAY: u32 = 8;
const I18N_STRING: u32 = 9;

/// A header in memory.
#[derive(Debug)]
pub(super) struct Header<'a> {
    entries: &'a [u8],
    data: &'a [u8],
}

impl<'a> Header<'a> {
    pub(super) fn parse(blob: &'a [u8]) -> Option<Self> {
        let count = u32_be(blob, 0).filter(|&count| count <= ENTRIES)?;
        let length = usize::try_from(u32_be(blob, 4)?).ok()?;
        let data_at = 8 + usize::try_from(count).ok()? * 16;
        Some(Self {
            entries: blob.get(8..data_at)?,
            data: blob.get(data_at..data_at.checked_add(length)?)?,
        })
    }

    /// Type, count, and the data from the entry's place on.
    fn entry(&self, tag: Tag) -> Option<(u32, u32, &'a [u8])> {
        let entry = self.entries.chunks_exact(16).find(|entry| u32_be(entry, 0) == Some(tag.0))?;
        let offset = usize::try_from(u32_be(entry, 8)?).ok()?;
        Some((u32_be(entry, 4)?, u32_be(entry, 12)?, self.data.get(offset..)?))
    }

    /// Text; of one in several languages, the first, which is English.
    pub(super) fn string(&self, tag: Tag) -> Option<String> {
        let (kind, _, data) = self.entry(tag)?;
        let is_text = matches!(kind, STRING | STRING_ARRAY | I18N_STRING);
        is_text.then(|| String::from_utf8_lossy(up_to_zero(data)).into_owned())
    }

    /// Every text of an array.
    pub(super) fn strings(&self, tag: Tag) -> Vec<&'a [u8]> {
        let Some((STRING_ARRAY, count @ ..=MEMBERS, mut data)) = self.entry(tag) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for _ in 0..count {
            let text = up_to_zero(data);
            found.push(text);
            let Some(rest) = data.get(text.len() + 1..) else { break };
            data = rest;
        }
        found
    }

    /// Every number of an array.
    pub(super) fn numbers(&self, tag: Tag) -> Vec<u32> {
        let Some((INT32, count @ ..=MEMBERS, data)) = self.entry(tag) else { return Vec::new() };
        let count = usize::try_from(count).unwrap_or_default();
        data.chunks_exact(4).take(count).filter_map(|number| u32_be(number, 0)).collect()
    }
}

fn up_to_zero(data: &[u8]) -> &[u8] {
    &data[..memchr::memchr(0, data).unwrap_or(data.len())]
}
