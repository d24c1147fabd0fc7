//! Images into one archive, as `docker save` has it.

use std::{io::Write, path::Path};

use jettison_image::Reference;

use crate::{
    OpenOptions, Source, TransferImageError,
    archive_destination::ArchiveDestination,
    archive_stream::ArchiveKind,
    copy::{self, CopyOptions},
    entry_name::EntryName,
    open::open_source,
    resolve,
};

/// The form of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveFormat {
    /// For `docker load`, `podman load` and skopeo; an OCI layout is inside as well.
    Docker,
    /// An OCI layout alone.
    Oci,
}

/// Where an archive goes.
pub enum SaveOutput<'p> {
    /// A file, which appears when it is complete.
    File(&'p Path),
    /// A stream.
    Stream(Box<dyn Write + Send>),
}

impl std::fmt::Debug for SaveOutput<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// Writes images to one archive, each with its names; blobs that several share are in it once.
pub fn save(
    sources: &[Source],
    output: SaveOutput<'_>,
    format: ArchiveFormat,
    open: &OpenOptions,
    options: &CopyOptions,
) -> Result<(), TransferImageError> {
    let kind = match format {
        ArchiveFormat::Docker => ArchiveKind::Docker,
        ArchiveFormat::Oci => ArchiveKind::Oci,
    };
    let mut opened = Vec::new();
    for source in sources {
        let source = resolve(source, &open.places)?;
        let image = open_source(&source, open)?;
        // An image that was asked for by name has that name in the archive; by id, the names it has.
        let asked = source.name().and_then(|name| name.parse::<Reference>().ok());
        let names = match asked {
            Some(name) if name.tag().is_some() => vec![name],
            Some(_) => Vec::new(),
            None => image.tags(),
        };
        opened.push((image, EntryName::all(&names, None)));
    }
    let names: Vec<_> = opened.iter().map(|(_, names)| names.clone()).collect();
    let destination = match output {
        SaveOutput::File(path) => {
            let name = path.display().to_string();
            ArchiveDestination::create(name, path, kind, names)?
        }
        SaveOutput::Stream(stream) => {
            ArchiveDestination::stream("standard output".to_owned(), stream, kind, names)?
        }
    };
    for (image, _) in &opened {
        copy::copy(image.as_ref(), &destination, options)?;
    }
    Ok(())
}
