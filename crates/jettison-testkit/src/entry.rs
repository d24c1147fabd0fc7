//! Layers as tar archives, entry by entry; also such entries as no honest tool writes.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use tar::{Builder, EntryType, Header};

use crate::Content;

/// 2024-01-01, so that nothing depends on the clock.
const MTIME: u64 = 1_704_067_200;

/// Room for a name in a classic header (ustar); longer ones become PAX records.
const NAME_ROOM: usize = 100;

/// What tars are padded to, in bytes.
pub(crate) const BLOCK: usize = 512;

/// One entry of a layer.
#[derive(Clone, Debug)]
pub struct Entry {
    path: String,
    kind: EntryType,
    mode: u32,
    owner: (u64, u64),
    mtime: u64,
    target: String,
    content: Content,
    device: (u32, u32),
    records: BTreeMap<String, Vec<u8>>,
}

impl Entry {
    fn new(path: &str, kind: EntryType, mode: u32) -> Self {
        Self {
            path: path.to_owned(),
            kind,
            mode,
            owner: (0, 0),
            mtime: MTIME,
            target: String::new(),
            content: Content::default(),
            device: (0, 0),
            records: BTreeMap::new(),
        }
    }

    /// A directory.
    pub fn directory(path: &str) -> Self {
        Self::new(&format!("{path}/"), EntryType::Directory, 0o755)
    }

    /// A regular file.
    pub fn file(path: &str, content: impl Into<Content>) -> Self {
        Self { content: content.into(), ..Self::new(path, EntryType::Regular, 0o644) }
    }

    /// A symbolic link.
    pub fn symlink(path: &str, target: &str) -> Self {
        Self { target: target.to_owned(), ..Self::new(path, EntryType::Symlink, 0o777) }
    }

    /// A hard link, with metadata of its own until it is given another.
    pub fn hard_link(path: &str, target: &str) -> Self {
        Self { target: target.to_owned(), ..Self::new(path, EntryType::Link, 0o644) }
    }

    /// Another name of this file, as archivers write it: the file's metadata again, less its attributes.
    #[must_use]
    pub fn also(&self, path: &str) -> Self {
        let link = Self::hard_link(path, &self.path);
        Self { mode: self.mode, owner: self.owner, mtime: self.mtime, ..link }
    }

    /// A named pipe.
    pub fn fifo(path: &str) -> Self {
        Self::new(path, EntryType::Fifo, 0o600)
    }

    /// A character device of these numbers.
    pub fn device(path: &str, numbers: (u32, u32)) -> Self {
        Self { device: numbers, ..Self::new(path, EntryType::Char, 0o600) }
    }

    /// A block device of these numbers.
    pub fn block_device(path: &str, numbers: (u32, u32)) -> Self {
        Self { device: numbers, ..Self::new(path, EntryType::Block, 0o660) }
    }

    /// The mark that a file of a lower layer is gone (OCI image specification, layer.md, "Whiteouts").
    pub fn whiteout(directory: &str, name: &str) -> Self {
        Self::file(&format!("{directory}/.wh.{name}"), "")
    }

    /// With these permissions, set-id and sticky bits included.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// With this owner and group.
    #[must_use]
    pub fn owner(mut self, uid: u64, gid: u64) -> Self {
        self.owner = (uid, gid);
        self
    }

    /// Changed so many seconds after everything else.
    #[must_use]
    pub fn later(mut self, seconds: u64) -> Self {
        self.mtime += seconds;
        self
    }

    /// With an extended attribute, as GNU tar, bsdtar and Docker write it.
    #[must_use]
    pub fn xattr(self, name: &str, value: &[u8]) -> Self {
        self.record(&format!("SCHILY.xattr.{name}"), value)
    }

    /// With any PAX record, sensible or not.
    #[must_use]
    pub fn record(mut self, name: &str, value: &[u8]) -> Self {
        self.records.insert(name.to_owned(), value.to_vec());
        self
    }

    /// How many bytes of a layer the entry takes: headers, content and padding.
    pub fn stored_bytes(&self) -> u64 {
        // No header depends on the content, so it need not be made.
        let bare = Self { content: Content::default(), ..self.clone() };
        let headers = layer([bare]).len() - layer([]).len();
        (headers + self.content.len().next_multiple_of(BLOCK)) as u64
    }

    fn append(mut self, builder: &mut Builder<impl Write>) -> io::Result<()> {
        for (long, name) in [(&self.path, "path"), (&self.target, "linkpath")] {
            if long.len() > NAME_ROOM {
                self.records.insert(name.to_owned(), long.as_bytes().to_vec());
            }
        }
        let records = self.records.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        builder.append_pax_extensions(records)?;
        let mut header = Header::new_ustar();
        header.set_entry_type(self.kind);
        header.set_mode(self.mode);
        header.set_uid(self.owner.0);
        header.set_gid(self.owner.1);
        header.set_mtime(self.mtime);
        header.set_size(self.content.len() as u64);
        if matches!(self.kind, EntryType::Block | EntryType::Char) {
            header.set_device_major(self.device.0)?;
            header.set_device_minor(self.device.1)?;
        }
        // Written as they are: the crate's own setters refuse the hostile ones.
        let old = header.as_old_mut();
        for (field, name) in [(&mut old.name, &self.path), (&mut old.linkname, &self.target)] {
            let length = name.len().min(NAME_ROOM);
            field[..length].copy_from_slice(&name.as_bytes()[..length]);
        }
        header.set_cksum();
        builder.append(&header, self.content.reader())
    }
}

/// A layer out of entries, in their order.
pub fn layer(entries: impl IntoIterator<Item = Entry>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_layer(entries, &mut bytes).expect("a vector takes everything");
    bytes
}

/// Writes the same to `out`, one entry after the other.
pub(crate) fn write_layer(
    entries: impl IntoIterator<Item = Entry>,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut builder = Builder::new(out);
    for entry in entries {
        entry.append(&mut builder)?;
    }
    builder.finish()
}
