//! The files of an image, whether they lie in a directory or in an archive.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use jettison_image::{Descriptor, Digest, ReadAt};

use crate::{
    FileBlob, OpenError,
    archive::Archive,
    skopeo_directory::SkopeoDirectory,
    streamed_files::{Spooled, StreamedFiles},
};

/// Where the files of an image are found by name.
#[derive(Debug)]
pub(crate) enum StoredFiles {
    /// A directory.
    Directory(PathBuf),
    /// An archive, and the path it was read from.
    Archive(Archive, PathBuf),
    /// A directory in skopeo's own layout.
    Skopeo(SkopeoDirectory),
    /// An archive that came as a stream, and what messages call it.
    Streamed(StreamedFiles, PathBuf),
}

impl StoredFiles {
    /// The directory or archive, for messages.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Directory(path) | Self::Archive(_, path) | Self::Streamed(_, path) => path,
            Self::Skopeo(directory) => &directory.dir,
        }
    }

    /// A file's bytes; `None` if there is no such file.
    pub(crate) fn find(&self, name: &str) -> Result<Option<Arc<dyn ReadAt>>, OpenError> {
        match self {
            // Names are constants or digests here, never text from the layout itself.
            Self::Directory(dir) => match FileBlob::open(&dir.join(name)) {
                Ok(blob) => Ok(Some(Arc::new(blob))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error.into()),
            },
            Self::Archive(archive, path) => match archive.open(name) {
                Ok(range) => Ok(range.map(|range| Arc::new(range) as Arc<dyn ReadAt>)),
                Err(source) => Err(OpenError::Archive { path: path.clone(), source }),
            },
            Self::Skopeo(directory) => directory.find(name),
            Self::Streamed(files, path) => {
                files.find(name).map_err(|source| OpenError::Archive { path: path.clone(), source })
            }
        }
    }

    /// A file that was hashed while it came, and may be given a name.
    pub(crate) fn spooled(&self, name: &str) -> Option<Arc<Spooled>> {
        match self {
            Self::Streamed(files, _) => files.spooled(name),
            Self::Directory(_) | Self::Archive(..) | Self::Skopeo(_) => None,
        }
    }

    /// A file's bytes; its absence is an error that says what it is for.
    pub(crate) fn require(
        &self,
        name: &str,
        what: &'static str,
    ) -> Result<Arc<dyn ReadAt>, OpenError> {
        self.find(name)?.ok_or_else(|| OpenError::Missing {
            path: self.path().to_owned(),
            name: name.to_owned(),
            what,
        })
    }

    /// The whole of a small file.
    pub(crate) fn read(
        &self,
        name: &str,
        what: &'static str,
        limit: usize,
    ) -> Result<Vec<u8>, OpenError> {
        let bytes = self.require(name, what)?;
        self.read_all(name, bytes.as_ref(), limit)
    }

    fn read_all(&self, name: &str, bytes: &dyn ReadAt, limit: usize) -> Result<Vec<u8>, OpenError> {
        let size = bytes.len();
        let len = usize::try_from(size).ok().filter(|len| *len <= limit);
        let too_large = || OpenError::TooLarge {
            path: self.path().to_owned(),
            name: name.to_owned(),
            size,
            limit,
        };
        let mut buffer = vec![0; len.ok_or_else(too_large)?];
        bytes.read_exact_at(0, &mut buffer)?;
        Ok(buffer)
    }

    /// The blob that a descriptor points at; its size is checked, its digest is not.
    pub(crate) fn blob(
        &self,
        descriptor: &Descriptor,
        what: &'static str,
    ) -> Result<Arc<dyn ReadAt>, OpenError> {
        let name = blob_name(&descriptor.digest);
        let blob = self.require(&name, what)?;
        if blob.len() != descriptor.size {
            return Err(OpenError::Size {
                path: self.path().to_owned(),
                name,
                what,
                expected: descriptor.size,
                found: blob.len(),
            });
        }
        Ok(blob)
    }

    /// The whole of a small blob, its digest checked.
    pub(crate) fn read_blob(
        &self,
        descriptor: &Descriptor,
        what: &'static str,
        limit: usize,
    ) -> Result<Vec<u8>, OpenError> {
        let blob = self.blob(descriptor, what)?;
        let name = blob_name(&descriptor.digest);
        let bytes = self.read_all(&name, blob.as_ref(), limit)?;
        self.check_digest(&name, what, &descriptor.digest, &bytes)?;
        Ok(bytes)
    }

    /// Compares a document with the digest it goes by.
    pub(crate) fn check_digest(
        &self,
        name: &str,
        what: &'static str,
        expected: &Digest,
        bytes: &[u8],
    ) -> Result<(), OpenError> {
        let mut hasher = expected.hasher()?;
        hasher.update(bytes);
        let found = hasher.finish();
        if found == *expected {
            return Ok(());
        }
        Err(OpenError::Digest {
            path: self.path().to_owned(),
            name: name.to_owned(),
            what,
            expected: expected.clone(),
            found,
        })
    }
}

/// The path of a blob in an OCI layout.
pub(crate) fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}
