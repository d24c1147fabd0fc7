//! A directory packed to one tar: everything that a layer can hold, always in the same order.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    io::{self, BufWriter, Read, Write},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::{FileTypeExt, MetadataExt},
    },
    path::Path,
};

use fs_err::os::unix::fs::OpenOptionsExt;
use jettison_image::{Digest, Sha256Hasher};
use rustix::{fs::OFlags, io::Errno};
use tar::{Builder, EntryType, Header};

use crate::{FileBlob, hashing::CHUNK, staged_file::StagedFile};

/// A packed directory.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) diff_id: Digest,
    pub(crate) tar: FileBlob,
    /// What was left out, and why.
    pub(crate) warnings: Vec<String>,
}

/// Packs `root`, without crossing into other file systems, to a temporary file in `work_dir`.
pub(crate) fn pack(root: &Path, work_dir: &Path) -> io::Result<Packed> {
    let spool = StagedFile::new_in(work_dir)?;
    let out = BufWriter::with_capacity(CHUNK, HashingWriter::new(&spool));
    let (out, warnings) = write_tar(root, out)?;
    let out = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    let diff_id = out.hasher.finish();
    Ok(Packed { diff_id, tar: spool.into_blob()?, warnings })
}

/// Returns the writer and what was left out.
fn write_tar<W: Write>(root: &Path, out: W) -> io::Result<(W, Vec<String>)> {
    let mut packer = Packer {
        builder: Builder::new(out),
        device: fs_err::metadata(root)?.dev(),
        links: BTreeMap::new(),
        warnings: Vec::new(),
    };
    // A link to the root directory is followed, no other.
    let root = fs_err::canonicalize(root)?;
    // Children are pushed in reverse, so that the stack gives them in order, depth first.
    let mut stack = vec![(root, OsString::new())];
    while let Some((path, name)) = stack.pop() {
        if packer.add(&path, &name)? == Kind::Leaf {
            continue;
        }
        for child in sorted_children(&path)?.into_iter().rev() {
            let mut child_name = name.clone();
            if !name.is_empty() {
                child_name.push("/");
            }
            child_name.push(&child);
            stack.push((path.join(&child), child_name));
        }
    }
    Ok((packer.builder.into_inner()?, packer.warnings))
}

fn sorted_children(dir: &Path) -> io::Result<Vec<OsString>> {
    let entries = fs_err::read_dir(dir)?;
    let mut names: Vec<OsString> =
        entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
}

/// What the walk does behind an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Go into it.
    Directory,
    /// Go on.
    Leaf,
}

struct Packer<W: Write> {
    builder: Builder<W>,
    /// The file system that is packed.
    device: u64,
    /// The first name of each file with several, by device and inode.
    links: BTreeMap<(u64, u64), OsString>,
    warnings: Vec<String>,
}

impl<W: Write> Packer<W> {
    /// Writes one entry. `name` is relative to the root, without a slash at its end.
    fn add(&mut self, path: &Path, name: &OsStr) -> io::Result<Kind> {
        let metadata = fs_err::symlink_metadata(path)?;
        let kind = metadata.file_type();
        if kind.is_socket() {
            self.warnings.push(format!("{}: a socket, left out", path.display()));
            return Ok(Kind::Leaf);
        }
        let mut records = Vec::new();
        let mut header = base_header(&metadata, &mut records);
        self.add_xattrs(path, &mut records)?;
        if kind.is_dir() {
            return self.add_dir(path, name, (header, records), &metadata);
        }
        let inode = (metadata.dev(), metadata.ino());
        if metadata.nlink() > 1 {
            if let Some(first) = self.links.get(&inode).cloned() {
                header.set_entry_type(EntryType::Link);
                set_link(&mut header, &first, &mut records);
                // A hard link shares what the first name's entry says.
                records.retain(|(key, _)| key == "linkpath");
                self.append(name, (header, records), &mut io::empty())?;
                return Ok(Kind::Leaf);
            }
            self.links.insert(inode, name.to_owned());
        }
        if kind.is_file() {
            self.add_file(path, name, (header, records), metadata.len())?;
            return Ok(Kind::Leaf);
        }
        if kind.is_symlink() {
            header.set_entry_type(EntryType::Symlink);
            let target = fs_err::read_link(path)?;
            set_link(&mut header, target.as_os_str(), &mut records);
        } else if kind.is_fifo() {
            header.set_entry_type(EntryType::Fifo);
        } else {
            let block = kind.is_block_device();
            header.set_entry_type(if block { EntryType::Block } else { EntryType::Char });
            header.set_device_major(rustix::fs::major(metadata.rdev()))?;
            header.set_device_minor(rustix::fs::minor(metadata.rdev()))?;
        }
        self.append(name, (header, records), &mut io::empty())?;
        Ok(Kind::Leaf)
    }

    fn add_dir(
        &mut self,
        path: &Path,
        name: &OsStr,
        (mut header, records): Entry,
        metadata: &std::fs::Metadata,
    ) -> io::Result<Kind> {
        header.set_entry_type(EntryType::Directory);
        let mut with_slash = name.to_owned();
        with_slash.push(if name.is_empty() { "./" } else { "/" });
        self.append(&with_slash, (header, records), &mut io::empty())?;
        if metadata.dev() == self.device {
            return Ok(Kind::Directory);
        }
        self.warnings.push(format!(
            "{}: another file system is mounted there, packed as an empty directory",
            path.display()
        ));
        Ok(Kind::Leaf)
    }

    fn add_file(
        &mut self,
        path: &Path,
        name: &OsStr,
        (mut header, records): Entry,
        len: u64,
    ) -> io::Result<()> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).expect("open flags fit an int: it is their C type");
        let file = fs_err::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        header.set_entry_type(EntryType::Regular);
        header.set_size(len);
        let mut content = ExactLen { inner: file.take(len), path, rest: len };
        self.append(name, (header, records), &mut content)
    }

    /// Capabilities and user attributes; the rest (labels, ACLs, an overlay's own marks) belongs to
    /// the machine and is not in layers that engines make.
    fn add_xattrs(&mut self, path: &Path, records: &mut Records) -> io::Result<()> {
        for name in xattr_names(path)? {
            let bytes = name.as_bytes();
            let user = bytes.starts_with(b"user.") && !bytes.starts_with(b"user.overlay.");
            if !user && bytes != b"security.capability" {
                if bytes.starts_with(b"system.posix_acl_") {
                    let name = name.display();
                    self.warnings.push(format!("{}: {name} left out", path.display()));
                }
                continue;
            }
            let Some(key) = name.to_str().filter(|key| !key.contains('=')) else {
                let name = name.display();
                self.warnings.push(format!("{}: attribute {name} left out", path.display()));
                continue;
            };
            records.push((format!("SCHILY.xattr.{key}"), xattr(path, &name)?));
        }
        Ok(())
    }

    /// Writes PAX records, if any are needed, the header and the content.
    fn append(
        &mut self,
        name: &OsStr,
        (mut header, mut records): Entry,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let field = &mut header.as_old_mut().name;
        let bytes = name.as_bytes();
        let fits = bytes.len().min(field.len());
        field[..fits].copy_from_slice(&bytes[..fits]);
        if bytes.len() > field.len() || !bytes.is_ascii() {
            records.push(("path".to_owned(), bytes.to_vec()));
        }
        records.sort();
        if !records.is_empty() {
            let records = records.iter().map(|(key, value)| (key.as_str(), value.as_slice()));
            self.builder.append_pax_extensions(records)?;
        }
        header.set_cksum();
        self.builder.append(&header, content)
    }
}

/// PAX records, key and value.
type Records = Vec<(String, Vec<u8>)>;
/// A header and the records before it.
type Entry = (Header, Records);

fn base_header(metadata: &std::fs::Metadata, records: &mut Records) -> Header {
    let mut header = Header::new_ustar();
    header.set_mode(metadata.mode() & 0o7777);
    header.set_uid(metadata.uid().into());
    header.set_gid(metadata.gid().into());
    header.set_size(0);
    match u64::try_from(metadata.mtime()) {
        Ok(seconds) => header.set_mtime(seconds),
        // Before 1970: the header cannot say that.
        Err(_) => records.push(("mtime".to_owned(), metadata.mtime().to_string().into_bytes())),
    }
    header
}

fn set_link(header: &mut Header, target: &OsStr, records: &mut Records) {
    let field = &mut header.as_old_mut().linkname;
    let bytes = target.as_bytes();
    let fits = bytes.len().min(field.len());
    field[..fits].copy_from_slice(&bytes[..fits]);
    if bytes.len() > field.len() || !bytes.is_ascii() {
        records.push(("linkpath".to_owned(), bytes.to_vec()));
    }
}

/// Sorted names of a file's attributes; none where the file system has no attributes.
fn xattr_names(path: &Path) -> io::Result<Vec<OsString>> {
    /// `XATTR_LIST_MAX` of Linux, in bytes.
    const LIST_MAX: usize = 64 << 10;
    let mut buffer = vec![0; LIST_MAX];
    let len = match rustix::fs::llistxattr(path, &mut buffer[..]) {
        Ok(len) => len,
        Err(Errno::NOTSUP) => return Ok(Vec::new()),
        Err(error) => return Err(named(path, error)),
    };
    let names = buffer[..len].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let mut names: Vec<OsString> = names.map(|name| OsString::from_vec(name.to_vec())).collect();
    names.sort();
    Ok(names)
}

fn xattr(path: &Path, name: &OsStr) -> io::Result<Vec<u8>> {
    /// `XATTR_SIZE_MAX` of Linux, in bytes.
    const SIZE_MAX: usize = 64 << 10;
    let mut value = vec![0; SIZE_MAX];
    let len = rustix::fs::lgetxattr(path, name, &mut value[..]);
    value.truncate(len.map_err(|error| named(path, error))?);
    Ok(value)
}

fn named(path: &Path, error: Errno) -> io::Error {
    let error = io::Error::from(error);
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Fails where `tar` would pad or cut: when a file's length changes while it is packed.
struct ExactLen<'a, R> {
    inner: R,
    path: &'a Path,
    rest: u64,
}

impl<R: Read> Read for ExactLen<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.rest -= read as u64;
        if read == 0 && self.rest > 0 && !buf.is_empty() {
            let problem = format!("{}: the file shrank while it was packed", self.path.display());
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, problem));
        }
        Ok(read)
    }
}

struct HashingWriter<W> {
    inner: W,
    hasher: Sha256Hasher,
}

impl<W> HashingWriter<W> {
    fn new(inner: W) -> Self {
        Self { inner, hasher: Sha256Hasher::new() }
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buf)?;
        self.hasher.update(&buf[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
