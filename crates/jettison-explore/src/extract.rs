//! A file out of a layer, copied into a directory.

use std::{
    ffi::OsStr,
    fs::Permissions,
    io::{self, Write},
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use jettison_image::ReadAt;
use jettison_rootfs::{LayerEntry, LayerIndex, LayerSource, Tree};
use thiserror::Error;

/// Bytes copied at a time.
const CHUNK: usize = 1 << 20;
/// Permissions that a copy keeps: a set-user-id program of an image shall not be one here.
const KEPT_MODE: u32 = 0o777;

/// Why a file was not copied.
#[derive(Debug, Error)]
pub enum ExtractError {
    /// The entry is no regular file.
    #[error("{0} is no regular file of its layer")]
    NotAFile(String),
    /// Something of that name is there; nothing is overwritten.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// Reading or writing failed.
    #[error("cannot copy it: {0}")]
    Copy(#[from] io::Error),
}

/// Copies the file that `entry` holds, of the uncompressed layer `blob`, into `directory` under the last part of `path`, byte for
/// byte the name that the layer has, and returns where it is.
pub fn extract(
    blob: &Arc<dyn ReadAt>,
    entry: &LayerEntry,
    path: &[u8],
    directory: &Path,
) -> Result<PathBuf, ExtractError> {
    let missing = || ExtractError::NotAFile(String::from_utf8_lossy(path).into_owned());
    // The entry as a layer of its own: what else its layer holds cannot get in the way.
    let index = Arc::new(LayerIndex::from_entries(vec![entry.clone()]));
    let source = LayerSource { blob: Arc::clone(blob), index };
    let tree = Tree::merge(vec![source]).map_err(|_error| missing())?;
    let found = tree.find(&entry.path).filter(|found| tree.inode(*found).is_file());
    let found = found.ok_or_else(missing)?;
    let name = path.rsplit(|&byte| byte == b'/').next().filter(|name| !name.is_empty());
    let target = directory.join(OsStr::from_bytes(name.ok_or_else(missing)?));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    let (mut at, mut chunk) = (0, vec![0; CHUNK]);
    loop {
        let read = tree.read(tree.inode_id(found), at, &mut chunk)?;
        if read == 0 {
            break;
        }
        file.write_all(&chunk[..read])?;
        at += read as u64;
    }
    let mode = Permissions::from_mode(entry.meta.mode & KEPT_MODE);
    file.as_file().set_permissions(mode)?;
    match file.persist_noclobber(&target) {
        Ok(_) => Ok(target),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(ExtractError::Exists(target))
        }
        Err(error) => Err(error.error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jettison_rootfs::fixture::TreeBuilder;

    #[test]
    fn files_are_copied_and_nothing_is_overwritten() {
        let layer = TreeBuilder::new()
            .dir("/etc", 0o755)
            .file("/etc/a.conf", 0o4750, b"x=1")
            .symlink("/etc/link", "a.conf")
            .layers();
        let (blob, entries) = (&layer[0].blob, layer[0].index.entries());
        let directory = tempfile::tempdir().expect("a temporary directory");
        let copy = |path: &[u8]| {
            let entry = entries.iter().find(|entry| *entry.path == path[1..]);
            extract(blob, entry.expect("the layer has it"), path, directory.path())
        };
        let made = copy(b"/etc/a.conf").expect("it is there");
        assert_eq!(fs_err::read(&made).expect("it is written"), b"x=1");
        let mode = fs_err::metadata(&made).expect("it is written").permissions().mode();
        assert_eq!(mode & 0o7777, 0o750);
        let again = copy(b"/etc/a.conf");
        assert!(matches!(again, Err(ExtractError::Exists(path)) if path == made));
        for path in [&b"/etc"[..], b"/etc/link"] {
            assert!(matches!(copy(path), Err(ExtractError::NotAFile(_))), "{path:?}");
        }
        assert_eq!(fs_err::read_dir(directory.path()).expect("readable").count(), 1);
    }

    #[test]
    fn names_are_bytes() {
        let layer = TreeBuilder::new().file("/name", 0o644, b"x").layers();
        let mut entry = layer[0].index.entries()[0].clone();
        entry.path = b"d\xe9j\xe0".as_slice().into();
        let directory = tempfile::tempdir().expect("a temporary directory");
        let made = extract(&layer[0].blob, &entry, b"/d\xe9j\xe0", directory.path());
        let made = made.expect("any name but an empty one will do");
        assert_eq!(made.file_name().expect("it has a name").as_bytes(), b"d\xe9j\xe0");
    }
}
