//! All images of an archive into the local store, as `docker load` has it.

use std::{
    io::{BufReader, Read},
    path::Path,
    sync::Arc,
};

use flate2::bufread::MultiGzDecoder;
use jettison_image::{Digest, Reference, docker_archive::MANIFEST};

use crate::{
    ArchiveChoice, OpenError, OpenOptions, SingleImage, TransferImageError,
    copy::{self, CopyOptions, ImageSource, Platforms},
    docker_archive,
    hashing::CHUNK,
    layout_source::LayoutSource,
    oci_layout, open,
    store::Store,
    stored_files::StoredFiles,
    streamed_files::StreamedFiles,
};

/// What an archive is read from.
pub enum LoadInput<'r> {
    /// A file, also compressed, or the directory of an OCI layout.
    Path(&'r Path),
    /// A stream, also compressed. Its layers go to unnamed files on the store's file system, and become
    /// part of the store without being copied.
    Stream(&'r mut dyn Read),
}

impl std::fmt::Debug for LoadInput<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// An image that was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Its names; none for one that the archive gave none.
    pub names: Vec<Reference>,
    /// The digest of its manifest or index in the store.
    pub digest: Digest,
    /// What a person should know: sentences without a final full stop.
    pub warnings: Vec<String>,
}

/// Puts every image of an archive into `store`. Of the options, the directory for temporary files counts.
pub fn load(
    input: LoadInput<'_>,
    store: &Store,
    options: &OpenOptions,
) -> Result<Vec<Loaded>, TransferImageError> {
    let files = match input {
        LoadInput::Path(path) => open::files_of(path, options)?,
        LoadInput::Stream(stream) => {
            let stream = inflated(stream).map_err(OpenError::from)?;
            let files = StreamedFiles::read(stream, &options.work_dir, &mut |_| {});
            StoredFiles::Streamed(files.map_err(OpenError::from)?, "standard input".into())
        }
    };
    let files = Arc::new(files);
    if files.find(MANIFEST)?.is_some() {
        return load_docker(&files, store, options);
    }
    let mut loaded = Vec::new();
    for (entries, names) in oci_layout::images(&files)? {
        let name = files.path().display().to_string();
        let source = LayoutSource::new(name, files.clone(), entries, None);
        loaded.push(put(&source, names, store)?);
    }
    Ok(loaded)
}

fn load_docker(
    files: &StoredFiles,
    store: &Store,
    options: &OpenOptions,
) -> Result<Vec<Loaded>, TransferImageError> {
    let mut loaded = Vec::new();
    for index in 0..docker_archive::count(files)? {
        let image = docker_archive::locate(files, Some(&ArchiveChoice::Index(index)), options)?;
        let source = SingleImage::new(&image)
            .map_err(|source| OpenError::Compressed { path: files.path().to_owned(), source })?;
        let mut one = put(&source, image.tags, store)?;
        one.warnings.splice(0..0, image.warnings);
        loaded.push(one);
    }
    Ok(loaded)
}

fn put(
    source: &dyn ImageSource,
    names: Vec<Reference>,
    store: &Store,
) -> Result<Loaded, TransferImageError> {
    let destination =
        store.destination(&names).map_err(|error| crate::WriteError::from(Box::new(error)))?;
    let options = CopyOptions { platforms: Platforms::All, ..CopyOptions::default() };
    let copied = copy::copy(source, destination.as_ref(), &options)?;
    Ok(Loaded { names, digest: copied.root.digest, warnings: copied.warnings })
}

/// The stream without its compression, told by its first bytes.
fn inflated<'r>(stream: &'r mut dyn Read) -> std::io::Result<Box<dyn Read + 'r>> {
    let mut start = Vec::new();
    stream.take(4).read_to_end(&mut start)?;
    let whole = std::io::Cursor::new(start.clone()).chain(stream);
    Ok(match start.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(BufReader::with_capacity(CHUNK, whole))),
        [0x28, 0xb5, 0x2f, 0xfd] => Box::new(zstd::stream::read::Decoder::new(whole)?),
        _ => Box::new(whole),
    })
}
