//! Writes tar entries: a ustar header, and PAX records for what it cannot hold.
//!
//! The bytes depend on nothing but the entry, so that the same image always gives the same layer.

use crate::{
    Device, EntryKind, Kind, Meta, Segment, Timestamp,
    header::{
        BLOCK, CHECKSUM, DEVICE_MAJOR, DEVICE_MINOR, GID, LINK_NAME, MAGIC, MODE, MTIME, NAME,
        PREFIX, SIZE, TYPE_FLAG, UID,
    },
    pax::SCHILY_XATTR,
};

/// Two blocks of zeros end an archive.
pub(crate) const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// The highest number that fits the 7 octal digits of a short field.
const MAX_SHORT: u64 = 0o777_7777;
/// The highest number that fits the 11 octal digits of a long field.
const MAX_LONG: u64 = 0o777_7777_7777;

/// An entry to write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewEntry<'a> {
    /// In the form of [`crate::LayerEntry::path`].
    pub(crate) path: &'a [u8],
    pub(crate) kind: EntryKind,
    pub(crate) meta: &'a Meta,
    /// Where a link points.
    pub(crate) target: &'a [u8],
    /// Length of a regular file, holes included.
    pub(crate) size: u64,
    /// The runs of a sparse file.
    pub(crate) segments: Option<&'a [Segment]>,
}

impl NewEntry<'_> {
    /// All bytes in front of the data: extended header, header, and the map of a sparse file.
    pub(crate) fn headers(&self) -> Vec<u8> {
        let map = self.segments.map(|segments| sparse_map(segments, self.size));
        let map_len = map.as_ref().map_or(0, Vec::len) as u64;
        let stored = map_len + self.stored_data();
        let mut records = Records::default();
        let mut header = [0; BLOCK];
        self.fill(&mut header, &mut records, stored);
        if map.is_some() {
            records.add(b"GNU.sparse.major", b"1");
            records.add(b"GNU.sparse.minor", b"0");
            records.add(b"GNU.sparse.name", self.path);
            records.add(b"GNU.sparse.realsize", self.size.to_string().as_bytes());
        }
        for (name, value) in self.meta.xattrs.iter() {
            records.add(&[SCHILY_XATTR, name].concat(), value);
        }
        let mut bytes = records.into_entry(self.path);
        put_checksum(&mut header);
        bytes.extend_from_slice(&header);
        bytes.extend(map.into_iter().flatten());
        bytes
    }

    /// The length of the data that must follow the headers, without its padding.
    pub(crate) fn stored_data(&self) -> u64 {
        match (self.kind, self.segments) {
            (EntryKind::Own(Kind::File), None) => self.size,
            (EntryKind::Own(Kind::File), Some(segments)) => {
                segments.iter().map(|run| run.len).sum()
            }
            _ => 0,
        }
    }

    fn fill(&self, header: &mut [u8; BLOCK], records: &mut Records, stored: u64) {
        self.fill_path(header, records);
        header[TYPE_FLAG] = type_flag(self.kind);
        header[MAGIC].copy_from_slice(b"ustar\x0000");
        put_octal(&mut header[MODE], u64::from(self.meta.mode));
        let (uid, gid) = (u64::from(self.meta.uid), u64::from(self.meta.gid));
        for (field, range, value, most) in [
            (&b"uid"[..], UID, uid, MAX_SHORT),
            (b"gid", GID, gid, MAX_SHORT),
            (b"size", SIZE, stored, MAX_LONG),
        ] {
            if value > most {
                records.add(field, value.to_string().as_bytes());
            }
            put_octal(&mut header[range], if value > most { 0 } else { value });
        }
        self.fill_mtime(header, records);
        if let EntryKind::Own(Kind::CharDevice | Kind::BlockDevice) = self.kind {
            let device = Device::from_rdev(self.meta.rdev);
            put_octal(&mut header[DEVICE_MAJOR], device.major.into());
            put_octal(&mut header[DEVICE_MINOR], device.minor.into());
        }
    }

    fn fill_path(&self, header: &mut [u8; BLOCK], records: &mut Records) {
        let mut path = if self.path.is_empty() { b".".to_vec() } else { self.path.to_vec() };
        if self.kind == EntryKind::Own(Kind::Directory) {
            path.push(b'/');
        }
        if let Some((prefix, name)) = split_path(&path) {
            header[NAME][..name.len()].copy_from_slice(name);
            header[PREFIX][..prefix.len()].copy_from_slice(prefix);
        } else {
            records.add(b"path", &path);
            put_shortened(&mut header[NAME], &path);
        }
        if self.target.len() <= LINK_NAME.len() && self.target.is_ascii() {
            header[LINK_NAME][..self.target.len()].copy_from_slice(self.target);
        } else {
            records.add(b"linkpath", self.target);
            put_shortened(&mut header[LINK_NAME], self.target);
        }
    }

    fn fill_mtime(&self, header: &mut [u8; BLOCK], records: &mut Records) {
        let Timestamp { seconds, nanos } = self.meta.mtime;
        let stored = u64::try_from(seconds).ok().filter(|&seconds| seconds <= MAX_LONG);
        if stored.is_none() || nanos != 0 {
            records.add(b"mtime", pax_time(self.meta.mtime).as_bytes());
        }
        put_octal(&mut header[MTIME], stored.unwrap_or(0));
    }
}

/// The zeros that must follow `len` bytes of data.
pub(crate) fn padding(len: u64) -> &'static [u8] {
    let over = usize::try_from(len % BLOCK as u64).expect("smaller than a block");
    &END[..if over == 0 { 0 } else { BLOCK - over }]
}

fn type_flag(kind: EntryKind) -> u8 {
    match kind {
        EntryKind::Hardlink => b'1',
        EntryKind::Own(Kind::File) => b'0',
        EntryKind::Own(Kind::Symlink) => b'2',
        EntryKind::Own(Kind::CharDevice) => b'3',
        EntryKind::Own(Kind::BlockDevice) => b'4',
        EntryKind::Own(Kind::Directory) => b'5',
        EntryKind::Own(Kind::Fifo) => b'6',
    }
}

/// Splits a path so that it fits the header's fields. POSIX asks for records when it is not plain
/// ASCII, and no part may be empty.
fn split_path(path: &[u8]) -> Option<(&[u8], &[u8])> {
    if !path.is_ascii() {
        return None;
    }
    if path.len() <= NAME.len() {
        return Some((&[], path));
    }
    // The last byte may be the slash of a directory, which must stay with the name.
    let slashes = (1..path.len() - 1).filter(|&at| path[at] == b'/');
    slashes
        .map(|at| (&path[..at], &path[at + 1..]))
        .find(|(prefix, name)| prefix.len() <= PREFIX.len() && name.len() <= NAME.len())
}

/// What a reader without PAX sees: the printable start of the text.
fn put_shortened(field: &mut [u8], text: &[u8]) {
    let printable = text.iter().filter(|byte| byte.is_ascii_graphic());
    for (place, byte) in field.iter_mut().zip(printable) {
        *place = *byte;
    }
}

fn put_octal(field: &mut [u8], value: u64) {
    let width = field.len() - 1;
    let digits = format!("{value:0width$o}");
    field[..width].copy_from_slice(digits.as_bytes());
    field[width] = 0;
}

fn put_checksum(header: &mut [u8; BLOCK]) {
    header[CHECKSUM].fill(b' ');
    let sum: u64 = header.iter().map(|&byte| u64::from(byte)).sum();
    let (digits, _space) = header[CHECKSUM].split_at_mut(7);
    put_octal(digits, sum);
}

fn pax_time(time: Timestamp) -> String {
    let Timestamp { seconds, nanos } = time;
    let (sign, seconds, nanos) = match (seconds < 0, nanos) {
        (false, _) => ("", seconds.unsigned_abs(), nanos),
        (true, 0) => ("-", seconds.unsigned_abs(), 0),
        (true, _) => ("-", (seconds + 1).unsigned_abs(), 1_000_000_000 - nanos),
    };
    if nanos == 0 { format!("{sign}{seconds}") } else { format!("{sign}{seconds}.{nanos:09}") }
}

/// The list in front of the data of a sparse file in format 1.0, padded.
fn sparse_map(segments: &[Segment], size: u64) -> Vec<u8> {
    let mut runs: Vec<(u64, u64)> = segments.iter().map(|run| (run.start, run.len)).collect();
    // GNU tar makes a hole at the end only when an empty run stands there.
    if runs.last().is_none_or(|&(start, len)| start + len < size) {
        runs.push((size, 0));
    }
    let mut map = format!("{}\n", runs.len()).into_bytes();
    for (start, len) in runs {
        map.extend_from_slice(format!("{start}\n{len}\n").as_bytes());
    }
    let padding = padding(map.len() as u64);
    map.extend_from_slice(padding);
    map
}

/// PAX records being collected.
#[derive(Default)]
struct Records(Vec<u8>);

impl Records {
    fn add(&mut self, key: &[u8], value: &[u8]) {
        // A space, an equals sign, a newline; and the length counts its own digits.
        let rest = key.len() + value.len() + 3;
        let mut len = rest + digits(rest);
        len = rest + digits(len);
        self.0.extend_from_slice(format!("{len} ").as_bytes());
        self.0.extend_from_slice(key);
        self.0.push(b'=');
        self.0.extend_from_slice(value);
        self.0.push(b'\n');
    }

    /// The whole extended header; nothing if there are no records.
    fn into_entry(self, path: &[u8]) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let mut header = [0; BLOCK];
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        put_shortened(&mut header[NAME], &[b"PaxHeaders.0/", name].concat());
        header[TYPE_FLAG] = b'x';
        header[MAGIC].copy_from_slice(b"ustar\x0000");
        put_octal(&mut header[MODE], 0o644);
        for field in [UID, GID, MTIME] {
            put_octal(&mut header[field], 0);
        }
        put_octal(&mut header[SIZE], self.0.len() as u64);
        put_checksum(&mut header);
        [&header, &self.0[..], padding(self.0.len() as u64)].concat()
    }
}

fn digits(number: usize) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}
