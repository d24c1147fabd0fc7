//! skopeo's `dir:` layout: `manifest.json`, blobs named by the digits of their digests, and for an index
//! the manifests below it as `DIGITS.manifest.json`.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use jettison_image::{
    Descriptor, Digest, Index, MAX_MANIFEST, Manifest, ReadAt,
    media_type::{OCI_INDEX, OCI_MANIFEST},
};

use crate::{FileBlob, OpenError, stored_files::StoredFiles};

/// The root document.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The file that says what the directory is.
pub(crate) const VERSION: &str = "version";
/// Its content, as skopeo writes it.
pub(crate) const VERSION_TEXT: &[u8] = b"Directory Transport Version: 1.1\n";

/// The name of a document below the root.
pub(crate) fn child_name(digest: &Digest) -> String {
    format!("{}.manifest.json", digest.hex())
}

/// A directory of that layout.
#[derive(Debug)]
pub(crate) struct SkopeoDirectory {
    pub(crate) dir: PathBuf,
    root: Digest,
}

/// Opens a directory; returns its files and what is the root among them.
pub(crate) fn open(dir: &Path) -> Result<(StoredFiles, Descriptor), OpenError> {
    if !dir.join(MANIFEST).is_file() {
        return Err(OpenError::WrongKind {
            path: dir.to_owned(),
            expected: "a directory that skopeo wrote (dir:)",
            hint: format!("it has no {MANIFEST}"),
        });
    }
    let plain = StoredFiles::Directory(dir.to_owned());
    let bytes = plain.read(MANIFEST, "the manifest", MAX_MANIFEST)?;
    let descriptor = Descriptor::of(&media_type(&bytes), &bytes);
    let files = SkopeoDirectory { dir: dir.to_owned(), root: descriptor.digest.clone() };
    Ok((StoredFiles::Skopeo(files), descriptor))
}

/// What a document says that it is; OCI's may say nothing, and are told by their fields.
fn media_type(bytes: &[u8]) -> String {
    if let Ok(Manifest { media_type, .. }) = Manifest::from_slice(bytes) {
        return media_type.unwrap_or_else(|| OCI_MANIFEST.to_owned());
    }
    let index = Index::from_slice(bytes).ok().filter(|index| !index.manifests.is_empty());
    let stated = index.map(|index| index.media_type.unwrap_or_else(|| OCI_INDEX.to_owned()));
    // What is neither is read as a manifest, whose reader says what is wrong.
    stated.unwrap_or_else(|| OCI_MANIFEST.to_owned())
}

impl SkopeoDirectory {
    /// A file by the name that it has in an OCI layout.
    pub(crate) fn find(&self, name: &str) -> Result<Option<Arc<dyn ReadAt>>, OpenError> {
        let Some(hex) = name.strip_prefix("blobs/sha256/") else {
            return Ok(None);
        };
        let Ok(digest) = Digest::from_sha256_hex(hex) else {
            return Ok(None);
        };
        let root = (digest == self.root).then(|| MANIFEST.to_owned());
        for name in root.into_iter().chain([hex.to_owned(), child_name(&digest)]) {
            match FileBlob::open(&self.dir.join(name)) {
                Ok(blob) => return Ok(Some(Arc::new(blob))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}
