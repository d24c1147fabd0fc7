//! One entry's header together with the extension headers that override it.

use std::sync::Arc;

use crate::{
    Device, EntryKind, Fault, Kind, Limits, Meta, SparseFault, Timestamp, Xattrs,
    entry_path::{check_target, normalise},
    header::{DEVICE_MAJOR, DEVICE_MINOR, GID, Header, MODE, MTIME, SIZE, UID, number},
    pax::{self, Effective, RecordFault, decimal},
    tar_index::too_many,
};

/// A header and what goes with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Described<'a> {
    pub(crate) header: &'a Header,
    pub(crate) records: Effective<'a>,
    pub(crate) long_name: Option<&'a [u8]>,
    pub(crate) long_link: Option<&'a [u8]>,
    pub(crate) limits: &'a Limits,
}

/// Where the map of a sparse file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SparseForm {
    /// In the header and the blocks behind it: type `S` of GNU tar before 1.14.
    Header,
    /// In PAX records: formats 0.0 and 0.1.
    Records,
    /// In front of the data: format 1.0.
    Data,
}

impl Described<'_> {
    /// The path as it is spelled. GNU's long name counts more than PAX, as in Go.
    pub(crate) fn path(&self) -> Vec<u8> {
        let sparse_name = match self.sparse_form() {
            Ok(Some(SparseForm::Records | SparseForm::Data)) => self.own(b"GNU.sparse.name"),
            _ => None,
        };
        let long = self.long_name.filter(|name| !name.is_empty());
        let given = sparse_name.or(long).or_else(|| self.records.get(b"path"));
        given.map_or_else(|| self.header.path(), <[u8]>::to_vec)
    }

    pub(crate) fn kind(&self, path: &[u8]) -> Result<EntryKind, Fault> {
        Ok(EntryKind::Own(match self.header.type_flag() {
            // v7 has no type for directories.
            0 if path.ends_with(b"/") => Kind::Directory,
            0 | b'0' | b'7' | b'S' => Kind::File,
            b'1' => return Ok(EntryKind::Hardlink),
            b'2' => Kind::Symlink,
            b'3' => Kind::CharDevice,
            b'4' => Kind::BlockDevice,
            b'5' => Kind::Directory,
            b'6' => Kind::Fifo,
            other => return Err(Fault::Type(other)),
        }))
    }

    pub(crate) fn target(&self, kind: EntryKind) -> Result<Arc<[u8]>, Fault> {
        let long = self.long_link.filter(|name| !name.is_empty());
        let given = long.or_else(|| self.records.get(b"linkpath"));
        let spelled = given.unwrap_or_else(|| self.header.link_name());
        match kind {
            EntryKind::Own(Kind::Symlink) => {
                check_target(spelled, self.limits).map_err(Fault::Target)?;
                Ok(spelled.into())
            }
            EntryKind::Hardlink => {
                Ok(Arc::from(normalise(spelled, self.limits).map_err(Fault::Target)?))
            }
            EntryKind::Own(_) => Ok(Arc::default()),
        }
    }

    pub(crate) fn meta(&self, kind: EntryKind) -> Result<Meta, Fault> {
        let mode = unsigned("mode", self.header.field(MODE))? & 0o7777;
        Ok(Meta {
            mode: u32::try_from(mode).expect("twelve bits fit"),
            uid: self.id("uid", self.header.field(UID))?,
            gid: self.id("gid", self.header.field(GID))?,
            mtime: self.mtime()?,
            xattrs: self.xattrs()?,
            rdev: self.rdev(kind)?,
        })
    }

    fn id(&self, field: &'static str, stored: &[u8]) -> Result<u32, Fault> {
        let value = match self.records.get(field.as_bytes()) {
            Some(text) => {
                let value = decimal(text).and_then(|value| i64::try_from(value).ok());
                value.ok_or_else(|| not_a_number(field, text))?
            }
            None => signed(field, stored)?,
        };
        // The highest id means "leave it as it is" to chown(2).
        let id = u32::try_from(value).ok().filter(|&id| id != u32::MAX);
        id.ok_or(Fault::Range { field, value })
    }

    fn mtime(&self) -> Result<Timestamp, Fault> {
        match self.records.get(b"mtime") {
            Some(text) => pax::time(text).ok_or_else(|| not_a_number("mtime", text)),
            None => Ok(Timestamp::from_seconds(signed("mtime", self.header.field(MTIME))?)),
        }
    }

    fn rdev(&self, kind: EntryKind) -> Result<u32, Fault> {
        let EntryKind::Own(Kind::CharDevice | Kind::BlockDevice) = kind else { return Ok(0) };
        let number = |field, stored| {
            let value = signed(field, stored)?;
            u32::try_from(value).map_err(|_fits_no_device| Fault::Range { field, value })
        };
        let major = number("device major number", self.header.field(DEVICE_MAJOR))?;
        let minor = number("device minor number", self.header.field(DEVICE_MINOR))?;
        let rdev = Device { major, minor }.to_rdev();
        rdev.ok_or(Fault::Range { field: "device number", value: major.into() })
    }

    fn xattrs(&self) -> Result<Xattrs, Fault> {
        let mut xattrs = Xattrs::new();
        for attribute in self.records.xattrs() {
            let Some((name, coded, coding)) = attribute else {
                return Err(Fault::Pax("the name of an extended attribute cannot be decoded"));
            };
            let fault = |reason| Fault::Xattr { name: name.to_vec(), reason };
            let Some(value) = coding.decode(coded) else { return Err(fault("is not base64")) };
            if name.is_empty() || name.contains(&0) {
                return Err(fault("has a name that cannot be one"));
            }
            if name.len() > self.limits.xattr_name_bytes {
                return Err(fault("has a longer name than Linux allows"));
            }
            if value.len() > self.limits.xattr_value_bytes {
                return Err(fault("is longer than Linux allows"));
            }
            xattrs.insert(&name, &value);
            if xattrs.len() > self.limits.xattrs {
                return Err(too_many("extended attributes in one entry", self.limits.xattrs));
            }
        }
        Ok(xattrs)
    }

    /// The length of the data in the archive, without its padding.
    pub(crate) fn stored_size(&self) -> Result<u64, Fault> {
        match self.records.get(b"size") {
            Some(text) => length("size", text),
            None => unsigned("size", self.header.field(SIZE)),
        }
    }

    /// How the entry says that it is sparse, if it does.
    pub(crate) fn sparse_form(&self) -> Result<Option<SparseForm>, Fault> {
        match self.header.type_flag() {
            b'S' => return Ok(Some(SparseForm::Header)),
            0 | b'0' | b'7' => {}
            _ => return Ok(None),
        }
        let version = (self.own(b"GNU.sparse.major"), self.own(b"GNU.sparse.minor"));
        match version {
            (Some(b"1"), Some(b"0")) => Ok(Some(SparseForm::Data)),
            (None, None) if self.records.own.sparse_numbers().is_none() => Ok(None),
            (None, None) | (Some(b"0"), Some(b"0" | b"1")) => Ok(Some(SparseForm::Records)),
            _ => Err(SparseFault::Version.into()),
        }
    }

    /// The length of a sparse file, holes included.
    pub(crate) fn sparse_size(&self, form: SparseForm) -> Result<u64, Fault> {
        if form == SparseForm::Header {
            return unsigned("size of the sparse file", self.header.real_size());
        }
        let size = self.own(b"GNU.sparse.size").or_else(|| self.own(b"GNU.sparse.realsize"));
        length("size of the sparse file", size.ok_or(SparseFault::Malformed)?)
    }

    /// A record of the entry's own header. Sparse maps of global headers mean nothing.
    fn own(&self, key: &[u8]) -> Option<&[u8]> {
        self.records.own.get(key)
    }
}

fn not_a_number(field: &'static str, text: &[u8]) -> Fault {
    Fault::Number { field, text: text.to_vec() }
}

fn signed(field: &'static str, stored: &[u8]) -> Result<i64, Fault> {
    number(stored).ok_or_else(|| not_a_number(field, stored))
}

/// A header field that may not be negative.
pub(crate) fn unsigned(field: &'static str, stored: &[u8]) -> Result<u64, Fault> {
    let value = signed(field, stored)?;
    u64::try_from(value).map_err(|_is_negative| Fault::Range { field, value })
}

/// A decimal length that a file offset can hold.
fn length(field: &'static str, text: &[u8]) -> Result<u64, Fault> {
    let value = decimal(text).filter(|&value| i64::try_from(value).is_ok());
    value.ok_or_else(|| not_a_number(field, text))
}

impl From<RecordFault> for Fault {
    fn from(fault: RecordFault) -> Self {
        Self::Pax(fault.text())
    }
}
