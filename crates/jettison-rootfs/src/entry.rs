//! What a layer says about one path: kind, metadata, where its bytes lie.

use std::{collections::BTreeMap, fmt, ops::Range, sync::Arc};

/// What a file is.
///
/// Sockets are missing on purpose: tar cannot hold them, and runtimes drop them when they make a
/// layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Fifo,
}

impl Kind {
    /// The file type bits of `st_mode`, as in inode(7).
    pub fn mode_bits(self) -> u32 {
        match self {
            Self::File => 0o100_000,
            Self::Directory => 0o040_000,
            Self::Symlink => 0o120_000,
            Self::CharDevice => 0o020_000,
            Self::BlockDevice => 0o060_000,
            Self::Fifo => 0o010_000,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Symlink => "symbolic link",
            Self::CharDevice => "character device",
            Self::BlockDevice => "block device",
            Self::Fifo => "named pipe",
        })
    }
}

/// What one tar entry makes: a file of some kind, or one more name for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A file of its own.
    Own(Kind),
    /// One more name for the file that [`LayerEntry::target`] names.
    Hardlink,
}

/// A point in time, counted from 1970-01-01 00:00 UTC.
///
/// `seconds` is rounded down, so that `nanos` always counts forward, before 1970 too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Whole seconds, rounded towards the past.
    pub seconds: i64,
    /// Nanoseconds to add, below 1,000,000,000.
    pub nanos: u32,
}

impl Timestamp {
    /// A time without a fraction.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self { seconds, nanos: 0 }
    }
}

/// Extended attributes in the order of their names. A clone shares the memory.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Xattrs(Option<Arc<XattrMap>>);

type XattrMap = BTreeMap<Box<[u8]>, Box<[u8]>>;

impl Xattrs {
    /// No attributes.
    pub const fn new() -> Self {
        Self(None)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of attributes.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |map| map.len())
    }

    /// The value of `name` (`security.capability`, ...).
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.0.as_ref()?.get(name).map(AsRef::as_ref)
    }

    /// Sets `name`, replacing an earlier value.
    pub fn insert(&mut self, name: &[u8], value: &[u8]) {
        let map = self.0.get_or_insert_with(Arc::default);
        Arc::make_mut(map).insert(name.into(), value.into());
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().flat_map(|map| map.iter()).map(|(name, value)| (&**name, &**value))
    }
}

impl fmt::Debug for Xattrs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
        f.debug_map().entries(self.iter().map(|(name, value)| (shown(name), shown(value)))).finish()
    }
}

/// The two numbers of a device file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Device {
    /// The driver.
    pub major: u32,
    /// The device within its driver.
    pub minor: u32,
}

impl Device {
    /// The number as Linux keeps it (`new_encode_dev`, `include/linux/kdev_t.h`): 12 bits for the
    /// driver and 20 for the device. `None` when the numbers do not fit, as `mknod(2)` would say.
    pub fn to_rdev(self) -> Option<u32> {
        let fits = self.major < 1 << 12 && self.minor < 1 << 20;
        fits.then_some((self.minor & 0xff) | self.major << 8 | (self.minor & !0xff) << 12)
    }

    /// The inverse of [`Device::to_rdev`].
    pub fn from_rdev(rdev: u32) -> Self {
        Self { major: rdev >> 8 & 0xfff, minor: (rdev & 0xff) | (rdev >> 12 & 0xf_ff00) }
    }
}

/// The metadata that a layer records for a file, besides its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Permission bits with setuid, setgid and sticky: the low 12 bits of `st_mode`.
    pub mode: u32,
    /// Numeric owner.
    pub uid: u32,
    /// Numeric group.
    pub gid: u32,
    /// Time of last modification.
    pub mtime: Timestamp,
    /// Extended attributes, capabilities among them.
    pub xattrs: Xattrs,
    /// The device number, see [`Device::from_rdev`]; zero unless the file is a device.
    pub rdev: u32,
}

impl Meta {
    /// The metadata of a directory that no layer lists but that paths below it imply.
    ///
    /// containerd and Docker make such parents with mode 0755, owned by root; the time would be
    /// that of unpacking, so it is fixed to 0 here.
    pub fn implicit_directory() -> Self {
        Self { mode: 0o755, ..Self::default() }
    }
}

/// A run of bytes of a sparse file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where the run lies in the file, in bytes.
    pub start: u64,
    /// Where the run lies in the blob, in bytes.
    pub blob_offset: u64,
    /// Length in bytes, never 0.
    pub len: u64,
}

/// Where the bytes of a file lie in its layer's blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataMap {
    /// One run that starts here and is as long as the file.
    Contiguous(u64),
    /// Runs in ascending order that do not overlap; what lies between them is zeros.
    Sparse(Arc<[Segment]>),
}

impl DataMap {
    /// The run that holds byte `offset`, or else the next one; as (file offset, blob offset,
    /// length) from there on. `None` when only zeros follow.
    pub(crate) fn run_at(&self, offset: u64, file_size: u64) -> Option<Segment> {
        match self {
            Self::Contiguous(start) => (offset < file_size).then(|| Segment {
                start: offset,
                blob_offset: start + offset,
                len: file_size - offset,
            }),
            Self::Sparse(segments) => {
                let next = segments.partition_point(|run| run.start + run.len <= offset);
                let run = segments.get(next)?;
                let skipped = offset.saturating_sub(run.start);
                Some(Segment {
                    start: run.start + skipped,
                    blob_offset: run.blob_offset + skipped,
                    len: run.len - skipped,
                })
            }
        }
    }
}

/// What a whiteout hides in the layers below, see the OCI image specification, `layer.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whiteout {
    /// `.wh.NAME`: the file or directory NAME beside it.
    File(Box<[u8]>),
    /// `.wh..wh..opq`: everything in its directory.
    Opaque,
}

/// One entry of a layer.
#[derive(Clone, Debug)]
pub struct LayerEntry {
    /// The components of the path, joined by `/`: no leading slash, no `.` or `..`. Empty for the
    /// root itself. For a whiteout this is the path of the marker file.
    pub path: Box<[u8]>,
    /// What the entry makes.
    pub kind: EntryKind,
    /// The metadata in its headers.
    pub meta: Meta,
    /// Length of the file in bytes, holes included; 0 for all but regular files.
    pub size: u64,
    /// Where a symbolic link points, byte for byte; for a hard link the path of the other name,
    /// in the form of [`LayerEntry::path`]. Empty otherwise.
    pub target: Arc<[u8]>,
    /// Where the bytes lie.
    pub data: DataMap,
    /// All bytes of the blob that belong to this entry: extension headers, header, data, padding.
    pub raw: Range<u64>,
    /// Set when the entry is no file but a whiteout.
    pub whiteout: Option<Whiteout>,
    /// Whether a global PAX header gave the entry something that its own bytes do not say, so
    /// that [`LayerEntry::raw`] alone does not describe it.
    pub needs_global: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_numbers_follow_the_kernel() {
        for (major, minor, expected) in
            [(1, 3, 0x103), (8, 17, 0x811), (4095, 255, 0xf_ffff), (0x234, 0x5_6789, 0x5672_3489)]
        {
            let device = Device { major, minor };
            assert_eq!(device.to_rdev(), Some(expected), "{major}:{minor}");
            assert_eq!(Device::from_rdev(expected), device, "{expected:#x}");
        }
        assert_eq!(Device { major: 4096, minor: 0 }.to_rdev(), None);
        assert_eq!(Device { major: 0, minor: 1 << 20 }.to_rdev(), None);
    }

    #[test]
    fn sparse_runs_are_found_within_and_before() {
        let run = |start, blob_offset, len| Segment { start, blob_offset, len };
        let map = DataMap::Sparse([run(10, 512, 5), run(20, 517, 5)].into());
        assert_eq!(map.run_at(0, 30), Some(run(10, 512, 5)));
        assert_eq!(map.run_at(12, 30), Some(run(12, 514, 3)));
        assert_eq!(map.run_at(15, 30), Some(run(20, 517, 5)));
        assert_eq!(map.run_at(25, 30), None);
    }
}
