//! A file out of a layer, copied into a directory.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use jettison_image::ReadAt;
use jettison_rootfs::{LayerIndex, LayerSource, Limits, Tree};
use thiserror::Error;

/// Bytes copied at a time.
const CHUNK: usize = 1 << 20;

/// Why a file was not copied.
#[derive(Debug, Error)]
pub enum ExtractError {
    /// The layer has no such regular file.
    #[error("{0} is no regular file of its layer")]
    NotAFile(String),
    /// Something of that name is there; nothing is overwritten.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// Reading or writing failed.
    #[error("cannot copy it: {0}")]
    Copy(#[from] io::Error),
}

/// Copies the file at `path` of an uncompressed layer into `directory` under its own name, and returns where it is.
pub fn extract(
    layer: &Arc<dyn ReadAt>,
    path: &str,
    directory: &Path,
) -> Result<PathBuf, ExtractError> {
    let missing = || ExtractError::NotAFile(path.to_owned());
    let index = LayerIndex::read(layer, &Limits::DEFAULT).map_err(|_error| missing())?;
    let source = LayerSource { blob: Arc::clone(layer), index: Arc::new(index) };
    let tree = Tree::merge(vec![source]).map_err(|_error| missing())?;
    let found = tree.find(path.as_bytes()).filter(|found| tree.inode(*found).is_file());
    let found = found.ok_or_else(missing)?;
    let name = path.rsplit('/').next().unwrap_or_default();
    let target = directory.join(name);
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
        let layer =
            TreeBuilder::new().dir("/etc", 0o755).file("/etc/a.conf", 0o600, b"x=1").layers();
        let blob = &layer[0].blob;
        let directory = tempfile::tempdir().expect("a temporary directory");
        let made = extract(blob, "/etc/a.conf", directory.path()).expect("it is there");
        assert_eq!(fs_err::read(&made).expect("it is written"), b"x=1");
        let again = extract(blob, "/etc/a.conf", directory.path());
        assert!(matches!(again, Err(ExtractError::Exists(path)) if path == made));
        for path in ["/etc", "/nothing", "/../etc/passwd"] {
            let refused = extract(blob, path, directory.path());
            assert!(matches!(refused, Err(ExtractError::NotAFile(_))), "{path}");
        }
        assert_eq!(fs_err::read_dir(directory.path()).expect("readable").count(), 1);
    }
}
