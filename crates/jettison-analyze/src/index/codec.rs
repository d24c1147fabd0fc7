//! A layer's record as bytes: compact, versioned, checksummed.
//!
//! A header of fixed length, then the body compressed with zstd, then 16 bytes of BLAKE3 over all before it. Within the body,
//! numbers are LEB128, and a path is written as what it adds to the one before. What is read is untrusted all the same: a
//! file in a cache directory may be anything, so lengths are bounded by the bytes that are there.

use std::{ops::Range, sync::Arc};

use jettison_image::Digest;
use jettison_packages::{Manager, PackedPackage};
use jettison_rootfs::{
    DataMap, EntryKind, Kind, LayerEntry, LayerIndex, Meta, Segment, Timestamp, Whiteout, Xattrs,
};

use super::{
    content_id::ContentId,
    documents::{KeptBlob, KeptRange},
    record::{DebugBytes, LayerRecord, Packed},
};
use crate::secrets::{self, SecretHit};

/// What every file begins with; the digit is the version of the format.
const MAGIC: &[u8; 8] = b"jtlayer3";
/// Magic, fingerprint of the rules for secrets, length of the body.
const HEADER: usize = 8 + 8 + 8;
/// The most that a body may have, in bytes: 2^21 entries with long paths, and what is kept.
const MAX_BODY: u64 = 1 << 30;
/// The compression level: the fastest; decoding is what counts.
const LEVEL: i32 = 1;

/// What packages inside of files are of, by their number in a record.
const PACKED: [Manager; 3] = [Manager::Maven, Manager::Go, Manager::Cargo];

/// Flags of an entry.
const IS_FILE: u8 = 1;
const IS_SPARSE: u8 = 2;
const NEEDS_GLOBAL: u8 = 4;
const HAS_XATTRS: u8 = 8;
const WHITEOUT_FILE: u8 = 16;
const WHITEOUT_OPAQUE: u8 = 32;
const HAS_TARGET: u8 = 64;
const HAS_NANOS: u8 = 128;

/// The record as bytes; the same record always gives the same bytes.
pub(crate) fn encode(record: &LayerRecord) -> Vec<u8> {
    let body = body_of(record);
    let mut bytes = MAGIC.to_vec();
    bytes.extend(secrets::fingerprint().to_le_bytes());
    bytes.extend((body.len() as u64).to_le_bytes());
    let packed = zstd::bulk::compress(&body, LEVEL).expect("memory takes everything");
    bytes.extend(packed);
    bytes.extend(ContentId::of(&bytes).as_bytes());
    bytes
}

/// The record in `bytes`, if they are whole, of this version and of these rules.
pub(crate) fn decode(bytes: &[u8]) -> Option<LayerRecord> {
    let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(ContentId::LEN)?)?;
    let (header, packed) = content.split_at_checked(HEADER)?;
    let word = |at: usize| header[at..at + 8].try_into().map(u64::from_le_bytes).ok();
    let len = word(16)?;
    let is_ours = header.starts_with(MAGIC) && word(8)? == secrets::fingerprint();
    if !is_ours || len > MAX_BODY || ContentId::of(content).as_bytes() != checksum {
        return None;
    }
    let body = zstd::bulk::decompress(packed, usize::try_from(len).ok()?).ok()?;
    let mut input = Input { bytes: &body };
    let record = record_of(&mut input)?;
    (input.bytes.is_empty() && body.len() as u64 == len).then_some(record)
}

fn body_of(record: &LayerRecord) -> Vec<u8> {
    let mut out = Output::default();
    out.bytes(record.diff_id.as_str().as_bytes());
    out.number(record.tar_bytes);
    out.len(record.index.entries().len());
    let mut before = Before::default();
    for (entry, id) in record.index.entries().iter().zip(&record.contents) {
        out.entry(entry, *id, &before);
        before.follow(entry);
    }
    out.len(record.secrets.len());
    for hit in &record.secrets {
        out.number(u64::from(hit.entry));
        out.number(u64::from(hit.rule));
        out.number(hit.offset);
        out.number(u64::from(hit.line));
        out.bytes(hit.masked.as_bytes());
        out.number(hit.print);
    }
    out.len(record.debug.len());
    for debug in &record.debug {
        out.number(u64::from(debug.entry));
        out.number(debug.bytes);
    }
    out.len(record.packed.len());
    for packed in &record.packed {
        out.number(u64::from(packed.entry));
        let kind = PACKED.iter().position(|manager| *manager == packed.package.manager);
        out.len(kind.expect("PACKED has all of them"));
        out.bytes(packed.package.name.as_bytes());
        out.bytes(packed.package.version.as_bytes());
    }
    out.len(record.kept_ranges().len());
    for range in record.kept_ranges() {
        out.number(range.offset);
        out.bytes(&range.bytes);
    }
    out.0
}

fn record_of(input: &mut Input<'_>) -> Option<LayerRecord> {
    let diff_id: Digest = std::str::from_utf8(input.bytes()?).ok()?.parse().ok()?;
    let tar_bytes = input.number()?;
    let count = input.len()?;
    let (mut entries, mut contents) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut before = Before::default();
    for _ in 0..count {
        let (entry, id) = input.entry(&before)?;
        before.follow(&entry);
        entries.push(entry);
        contents.push(id);
    }
    let secrets = input.list(|input| {
        Some(SecretHit {
            entry: input.narrow()?,
            rule: input.narrow()?,
            offset: input.number()?,
            line: input.narrow()?,
            masked: input.text()?,
            print: input.number()?,
        })
    })?;
    let debug =
        input.list(|input| Some(DebugBytes { entry: input.narrow()?, bytes: input.number()? }))?;
    let packed = input.list(|input| {
        let entry = input.narrow()?;
        let manager = *PACKED.get(input.narrow::<usize>()?)?;
        let (name, version) = (input.text()?, input.text()?);
        Some(Packed { entry, package: PackedPackage { manager, name, version } })
    })?;
    let ranges = input.list(|input| {
        Some(KeptRange { offset: input.number()?, bytes: input.bytes()?.to_vec() })
    })?;
    let is_within = |entry: u32| (entry as usize) < entries.len();
    let are_sound = secrets.iter().all(|hit| is_within(hit.entry))
        && debug.iter().all(|debug| is_within(debug.entry))
        && packed.iter().all(|packed| is_within(packed.entry));
    are_sound.then(|| LayerRecord {
        diff_id,
        tar_bytes,
        index: Arc::new(LayerIndex::from_entries(entries)),
        contents,
        secrets,
        debug,
        packed,
        kept: Arc::new(KeptBlob { len: tar_bytes, ranges }),
    })
}

/// What entries are written as a difference to.
#[derive(Default)]
struct Before {
    path: Box<[u8]>,
    seconds: i64,
    raw_end: u64,
}

impl Before {
    fn follow(&mut self, entry: &LayerEntry) {
        self.path.clone_from(&entry.path);
        self.seconds = entry.meta.mtime.seconds;
        self.raw_end = entry.raw.end;
    }
}

fn kind_number(kind: EntryKind) -> u8 {
    match kind {
        EntryKind::Own(Kind::File) => 0,
        EntryKind::Own(Kind::Directory) => 1,
        EntryKind::Own(Kind::Symlink) => 2,
        EntryKind::Own(Kind::CharDevice) => 3,
        EntryKind::Own(Kind::BlockDevice) => 4,
        EntryKind::Own(Kind::Fifo) => 5,
        EntryKind::Hardlink => 6,
    }
}

fn kind_of(number: u8) -> Option<EntryKind> {
    Some(match number {
        0 => EntryKind::Own(Kind::File),
        1 => EntryKind::Own(Kind::Directory),
        2 => EntryKind::Own(Kind::Symlink),
        3 => EntryKind::Own(Kind::CharDevice),
        4 => EntryKind::Own(Kind::BlockDevice),
        5 => EntryKind::Own(Kind::Fifo),
        6 => EntryKind::Hardlink,
        _ => return None,
    })
}

fn is_device(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Own(Kind::CharDevice | Kind::BlockDevice))
}

#[derive(Default)]
struct Output(Vec<u8>);

impl Output {
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    #[expect(clippy::cast_possible_truncation, reason = "only seven bits are taken")]
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// Small when near to zero, on either side.
    fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)).cast_unsigned());
    }

    fn len(&mut self, len: usize) {
        self.number(len as u64);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.len(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn entry(&mut self, entry: &LayerEntry, id: ContentId, before: &Before) {
        let LayerEntry { path, kind, meta, size, target, data, raw, whiteout, needs_global } =
            entry;
        let is_file = *kind == EntryKind::Own(Kind::File);
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        self.byte(kind_number(*kind));
        self.byte(
            flag(is_file, IS_FILE)
                | flag(matches!(data, DataMap::Sparse(_)), IS_SPARSE)
                | flag(*needs_global, NEEDS_GLOBAL)
                | flag(!meta.xattrs.is_empty(), HAS_XATTRS)
                | flag(matches!(whiteout, Some(Whiteout::File(_))), WHITEOUT_FILE)
                | flag(matches!(whiteout, Some(Whiteout::Opaque)), WHITEOUT_OPAQUE)
                | flag(!target.is_empty(), HAS_TARGET)
                | flag(meta.mtime.nanos != 0, HAS_NANOS),
        );
        let shared = path.iter().zip(&before.path).take_while(|(one, other)| one == other).count();
        self.len(shared);
        self.bytes(&path[shared..]);
        self.meta(meta, *kind, before);
        if !target.is_empty() {
            self.bytes(target);
        }
        self.signed(raw.start.wrapping_sub(before.raw_end).cast_signed());
        self.number(raw.end - raw.start);
        self.data(data, raw);
        if is_file {
            self.number(*size);
            self.0.extend_from_slice(id.as_bytes());
        }
    }

    fn meta(&mut self, meta: &Meta, kind: EntryKind, before: &Before) {
        self.number(u64::from(meta.mode));
        self.number(u64::from(meta.uid));
        self.number(u64::from(meta.gid));
        self.signed(meta.mtime.seconds.wrapping_sub(before.seconds));
        if meta.mtime.nanos != 0 {
            self.number(u64::from(meta.mtime.nanos));
        }
        if is_device(kind) {
            self.number(u64::from(meta.rdev));
        }
        if !meta.xattrs.is_empty() {
            self.len(meta.xattrs.len());
            for (name, value) in meta.xattrs.iter() {
                self.bytes(name);
                self.bytes(value);
            }
        }
    }

    fn data(&mut self, data: &DataMap, raw: &Range<u64>) {
        match data {
            DataMap::Contiguous(start) => self.number(start.wrapping_sub(raw.start)),
            DataMap::Sparse(segments) => {
                self.len(segments.len());
                for segment in segments.iter() {
                    self.number(segment.start);
                    self.number(segment.blob_offset);
                    self.number(segment.len);
                }
            }
        }
    }
}

struct Input<'a> {
    bytes: &'a [u8],
}

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn narrow<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(self.number()?).ok()
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// A count of things of which each has at least one byte.
    fn len(&mut self) -> Option<usize> {
        self.narrow().filter(|len| *len <= self.bytes.len())
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(len)?;
        self.bytes = rest;
        Some(taken)
    }

    fn text(&mut self) -> Option<String> {
        std::str::from_utf8(self.bytes()?).ok().map(str::to_owned)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.len()?;
        self.take(len)
    }

    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.len()?;
        (0..count).map(|_| read(self)).collect()
    }

    fn entry(&mut self, before: &Before) -> Option<(LayerEntry, ContentId)> {
        let kind = kind_of(self.byte()?)?;
        let flags = self.byte()?;
        let has = |flag: u8| flags & flag != 0;
        let shared: usize = self.narrow()?;
        let path = [before.path.get(..shared)?, self.bytes()?].concat().into_boxed_slice();
        let meta = self.meta(kind, flags, before)?;
        let target = if has(HAS_TARGET) { Arc::from(self.bytes()?) } else { Arc::from(&b""[..]) };
        let start = before.raw_end.wrapping_add_signed(self.signed()?);
        let raw = start..start.checked_add(self.number()?)?;
        let data = self.data(has(IS_SPARSE), &raw)?;
        let (size, id) = if has(IS_FILE) {
            let size = self.number()?;
            (size, ContentId::from_bytes(self.take(ContentId::LEN)?.try_into().ok()?))
        } else {
            (0, ContentId::NONE)
        };
        let whiteout = if has(WHITEOUT_OPAQUE) {
            Some(Whiteout::Opaque)
        } else if has(WHITEOUT_FILE) {
            let name = path.rsplit(|&byte| byte == b'/').next()?;
            Some(Whiteout::File(name.strip_prefix(b".wh.")?.into()))
        } else {
            None
        };
        let needs_global = has(NEEDS_GLOBAL);
        let entry =
            LayerEntry { path, kind, meta, size, target, data, raw, whiteout, needs_global };
        Some((entry, id))
    }

    fn meta(&mut self, kind: EntryKind, flags: u8, before: &Before) -> Option<Meta> {
        let (mode, uid, gid) = (self.narrow()?, self.narrow()?, self.narrow()?);
        let seconds = before.seconds.wrapping_add(self.signed()?);
        let nanos = if flags & HAS_NANOS != 0 { self.narrow()? } else { 0 };
        let rdev = if is_device(kind) { self.narrow()? } else { 0 };
        let mut xattrs = Xattrs::new();
        if flags & HAS_XATTRS != 0 {
            for _ in 0..self.len()? {
                xattrs.insert(self.bytes()?, self.bytes()?);
            }
        }
        Some(Meta { mode, uid, gid, mtime: Timestamp { seconds, nanos }, xattrs, rdev })
    }

    fn data(&mut self, is_sparse: bool, raw: &Range<u64>) -> Option<DataMap> {
        if !is_sparse {
            return Some(DataMap::Contiguous(raw.start.wrapping_add(self.number()?)));
        }
        let segments = self.list(|input| {
            let (start, blob_offset) = (input.number()?, input.number()?);
            Some(Segment { start, blob_offset, len: input.number()? })
        })?;
        Some(DataMap::Sparse(segments.into()))
    }
}
