//! PAX extended headers: records that override fields of the header they precede.
//!
//! POSIX.1-2017 `pax(1)`, "pax Extended Header"; attributes as star (`SCHILY.xattr.`, which Docker
//! reads) and libarchive (`LIBARCHIVE.xattr.`) write them; sparse maps as in the GNU tar manual,
//! "Storing Sparse Files".

use std::{borrow::Cow, collections::BTreeMap, ops::Bound};

use crate::Timestamp;

pub(crate) const SCHILY_XATTR: &[u8] = b"SCHILY.xattr.";
const LIBARCHIVE_XATTR: &[u8] = b"LIBARCHIVE.xattr.";

/// Keys besides attributes and sparse maps that say something the index keeps.
const FIELDS: [&[u8]; 6] = [b"path", b"linkpath", b"size", b"uid", b"gid", b"mtime"];

/// The records of one or more extended headers, the last of each key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    map: BTreeMap<Vec<u8>, Vec<u8>>,
    /// `GNU.sparse.offset` and `.numbytes` of format 0.0, which repeat.
    sparse_runs: Vec<Vec<u8>>,
}

/// Which record of an extended header is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordFault {
    Length,
    End,
    Key,
    SparseOrder,
}

impl RecordFault {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Length => "a record does not begin with its length",
            Self::End => "a record ends behind the header, or not with a newline",
            Self::Key => "a record has no key, or a zero byte in a key or path",
            Self::SparseOrder => "the runs of a sparse file are out of order",
        }
    }
}

impl Records {
    /// Reads the body of an extended header.
    pub(crate) fn parse(mut body: &[u8]) -> Result<Self, RecordFault> {
        let mut records = Self::default();
        while !body.is_empty() {
            let (record, rest) = split_record(body)?;
            records.add(record)?;
            body = rest;
        }
        Ok(records)
    }

    fn add(&mut self, record: &[u8]) -> Result<(), RecordFault> {
        let equals = record.iter().position(|&byte| byte == b'=').ok_or(RecordFault::Key)?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        let is_text = matches!(key, b"path" | b"linkpath" | b"GNU.sparse.name");
        if key.is_empty() || key.contains(&0) || (is_text && value.contains(&0)) {
            return Err(RecordFault::Key);
        }
        let is_offset = key == b"GNU.sparse.offset";
        if is_offset || key == b"GNU.sparse.numbytes" {
            if self.sparse_runs.len().is_multiple_of(2) != is_offset {
                return Err(RecordFault::SparseOrder);
            }
            self.sparse_runs.push(value.to_vec());
        }
        self.map.insert(key.to_vec(), value.to_vec());
        Ok(())
    }

    /// Takes over what a later header says.
    pub(crate) fn update(&mut self, newer: Self) {
        self.map.extend(newer.map);
    }

    /// The sparse map of formats 0.0 and 0.1: offsets and lengths in turn.
    pub(crate) fn sparse_numbers(&self) -> Option<Vec<&[u8]>> {
        if !self.sparse_runs.is_empty() {
            return Some(self.sparse_runs.iter().map(Vec::as_slice).collect());
        }
        let map = self.map.get(&b"GNU.sparse.map"[..]).filter(|map| !map.is_empty())?;
        Some(map.split(|&byte| byte == b',').collect())
    }

    /// The value of `key` in these records alone.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.map.get(key).map(Vec::as_slice).filter(|value| !value.is_empty())
    }

    fn with_prefix<'a>(&'a self, prefix: &'a [u8]) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let from = self.map.range::<[u8], _>((Bound::Included(prefix), Bound::Unbounded));
        from.map_while(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_slice())))
    }
}

/// The records that count for one entry: its own, and those of the global headers before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effective<'a> {
    pub(crate) own: &'a Records,
    pub(crate) global: &'a Records,
}

impl<'a> Effective<'a> {
    /// The value of `key`. An empty value says that the header's own field counts.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&'a [u8]> {
        let value = self.own.map.get(key).or_else(|| self.global.map.get(key))?;
        Some(value.as_slice()).filter(|value| !value.is_empty())
    }

    /// Extended attributes, ones to be overridden by later ones of the same name: `SCHILY` counts
    /// more than `LIBARCHIVE`, which says the same in other clothes, and the entry's own header
    /// more than a global one. `None` stands for one that cannot be decoded.
    pub(crate) fn xattrs(&self) -> impl Iterator<Item = Option<Attribute<'a>>> {
        [self.global, self.own].into_iter().flat_map(|records| {
            let libarchive = records.with_prefix(LIBARCHIVE_XATTR).map(|(name, value)| {
                Some((Cow::Owned(percent_decoded(name)?), value, Coding::Base64))
            });
            let schily = records
                .with_prefix(SCHILY_XATTR)
                .map(|(name, value)| Some((Cow::Borrowed(name), value, Coding::Plain)));
            libarchive.chain(schily)
        })
    }

    /// Whether a global header says something about the entry that its own does not.
    pub(crate) fn needs_global(&self) -> bool {
        let is_missing = |key: &[u8]| !self.own.map.contains_key(key);
        let has = |key: &&[u8]| self.global.map.contains_key(*key) && is_missing(key);
        FIELDS.iter().any(has)
            || [SCHILY_XATTR, LIBARCHIVE_XATTR].iter().any(|prefix| {
                let mut names = self.global.with_prefix(prefix);
                names.any(|(name, _)| is_missing(&[prefix, name].concat()))
            })
    }
}

/// The name of an extended attribute, its value as written, and how that is to be read.
pub(crate) type Attribute<'a> = (Cow<'a, [u8]>, &'a [u8], Coding);

/// How the value of an extended attribute is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Plain,
    Base64,
}

impl Coding {
    /// The bytes meant; `None` when they are not written so.
    pub(crate) fn decode(self, value: &[u8]) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Plain => Some(Cow::Borrowed(value)),
            Self::Base64 => base64_decoded(value).map(Cow::Owned),
        }
    }
}

/// Splits `LENGTH KEY=VALUE\n` off, LENGTH counting itself; returns `KEY=VALUE` and the rest.
fn split_record(body: &[u8]) -> Result<(&[u8], &[u8]), RecordFault> {
    // 20 digits hold any 64-bit number.
    let space = body.iter().take(21).position(|&byte| byte == b' ').ok_or(RecordFault::Length)?;
    let len = decimal(&body[..space]).and_then(|len| usize::try_from(len).ok());
    let len = len.ok_or(RecordFault::Length)?;
    let record = body.get(space + 1..len).ok_or(RecordFault::End)?;
    let record = record.strip_suffix(b"\n").ok_or(RecordFault::End)?;
    Ok((record, &body[len..]))
}

/// A decimal number without a sign.
pub(crate) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, &byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// A time: seconds with an optional sign and fraction. Digits beyond nanoseconds are cut off.
pub(crate) fn time(value: &[u8]) -> Option<Timestamp> {
    let (is_negative, value) = match value.strip_prefix(b"-") {
        Some(value) => (true, value),
        None => (false, value),
    };
    let mut parts = value.splitn(2, |&byte| byte == b'.');
    let seconds = i64::try_from(decimal(parts.next()?)?).ok()?;
    let mut nanos = 0;
    if let Some(fraction) = parts.next() {
        if !fraction.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let digits = fraction.iter().map(|digit| u32::from(digit - b'0'));
        nanos = digits.chain(std::iter::repeat(0)).take(9).fold(0, |sum, digit| sum * 10 + digit);
    }
    Some(match (is_negative, nanos) {
        (false, _) => Timestamp { seconds, nanos },
        (true, 0) => Timestamp::from_seconds(-seconds),
        (true, _) => Timestamp { seconds: -seconds - 1, nanos: 1_000_000_000 - nanos },
    })
}

fn percent_decoded(name: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(name.len());
    let mut rest = name.iter();
    while let Some(&byte) = rest.next() {
        decoded.push(if byte == b'%' {
            hex(*rest.next()?)? << 4 | hex(*rest.next()?)?
        } else {
            byte
        });
    }
    Some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Base64 as libarchive writes it: the usual alphabet, without padding.
fn base64_decoded(value: &[u8]) -> Option<Vec<u8>> {
    let unpadded = value.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    let mut decoded = Vec::with_capacity(unpadded * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for &byte in &value[..unpadded] {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            decoded.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_and_the_last_counts() {
        let body = b"12 path=one\n12 path=two\n12 comment=\n26 SCHILY.xattr.user.x=\0\n\n";
        let own = Records::parse(body).expect("the records are well formed");
        let records = Effective { own: &own, global: &Records::default() };
        assert_eq!(records.get(b"path"), Some(&b"two"[..]));
        assert_eq!(records.get(b"comment"), None);
        let xattrs: Vec<_> = records.xattrs().collect::<Option<_>>().expect("nothing to decode");
        assert_eq!(xattrs, [(Cow::from(&b"user.x"[..]), &b"\0\n"[..], Coding::Plain)]);
    }

    #[test]
    fn damaged_records_are_refused() {
        let cases: [(&[u8], RecordFault); 9] = [
            (b"path=x\n", RecordFault::Length),
            (b"x path=x\n", RecordFault::Length),
            (b"99999999999999999999999 path=x\n", RecordFault::Length),
            (b"11 path=x\n", RecordFault::End),
            (b"1 path=x\n", RecordFault::End),
            (b"8 path=x\n", RecordFault::End),
            (b"5 =x\n", RecordFault::Key),
            (b"7 path\n", RecordFault::Key),
            (b"10 path=\0\n", RecordFault::Key),
        ];
        for (body, expected) in cases {
            assert_eq!(Records::parse(body).err(), Some(expected), "{}", body.escape_ascii());
        }
    }

    #[test]
    fn times_have_signs_and_fractions() {
        let stamp = |seconds, nanos| Some(Timestamp { seconds, nanos });
        let cases: [(&str, Option<Timestamp>); 12] = [
            ("0", stamp(0, 0)),
            ("1700000000", stamp(1_700_000_000, 0)),
            ("1.5", stamp(1, 500_000_000)),
            ("1.123456789123", stamp(1, 123_456_789)),
            ("1.", stamp(1, 0)),
            ("-1", stamp(-1, 0)),
            ("-1.25", stamp(-2, 750_000_000)),
            ("-0.5", stamp(-1, 500_000_000)),
            ("", None),
            (".5", None),
            ("1.5.5", None),
            ("99999999999999999999", None),
        ];
        for (text, expected) in cases {
            assert_eq!(time(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn libarchive_attributes_are_decoded() {
        assert_eq!(percent_decoded(b"user.a%3Db"), Some(b"user.a=b".to_vec()));
        assert_eq!(percent_decoded(b"user.%3"), None);
        for (text, bytes) in
            [("", &b""[..]), ("Zg", b"f"), ("Zm8", b"fo"), ("Zm9v", b"foo"), ("Zm8=", b"fo")]
        {
            assert_eq!(base64_decoded(text.as_bytes()).as_deref(), Some(bytes), "{text}");
        }
        assert_eq!(base64_decoded(b"Z*"), None);
    }

    #[test]
    fn own_records_override_global_ones() {
        let global =
            Records::parse(b"10 uid=10\n10 gid=10\n16 comment=hash\n").expect("well formed");
        let own = Records::parse(b"9 uid=55\n9 gid=66\n").expect("well formed");
        let all = Effective { own: &own, global: &global };
        assert_eq!((all.get(b"uid"), all.needs_global()), (Some(&b"55"[..]), false));
        let own = Records::parse(b"7 uid=\n").expect("well formed");
        let all = Effective { own: &own, global: &global };
        assert_eq!((all.get(b"uid"), all.get(b"gid")), (None, Some(&b"10"[..])));
        assert!(all.needs_global());
        let global = Records::parse(b"25 SCHILY.xattr.user.x=y\n").expect("well formed");
        assert!(Effective { own: &own, global: &global }.needs_global());
    }
}
