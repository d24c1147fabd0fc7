//! A destination as a person wrote it, made ready to be written to.

use jettison_image::Reference;

use crate::{
    Destination, WriteError,
    archive_destination::ArchiveDestination,
    archive_stream::ArchiveKind,
    copy::ImageDestination,
    entry_name::EntryName,
    layout_destination::{LayoutDestination, Present},
};

/// Makes `destination` ready for one image.
///
/// `tags` are the image's names at its source. An archive that is given no name takes them over; a layout
/// gets the tag that stands behind its path alone, as with skopeo.
pub fn open_destination(
    destination: &Destination,
    tags: &[Reference],
) -> Result<Box<dyn ImageDestination>, WriteError> {
    let name = destination.to_string();
    let taken_over = || EntryName::all(tags, None);
    Ok(match destination {
        Destination::DockerArchive { path, name: given } => {
            let names = given
                .as_ref()
                .map_or_else(taken_over, |name| EntryName::all(std::slice::from_ref(name), None));
            Box::new(ArchiveDestination::create(name, path, ArchiveKind::Docker, vec![names])?)
        }
        Destination::OciArchive { path, tag } => {
            let given = tag.as_deref();
            let names = given.map_or_else(taken_over, |tag| vec![EntryName::written(tag)]);
            Box::new(ArchiveDestination::create(name, path, ArchiveKind::Oci, vec![names])?)
        }
        Destination::OciLayout { path, tag } => {
            let names = tag.as_deref().map(EntryName::written).into_iter().collect();
            Box::new(LayoutDestination::open(name, path, names, Present::ByDigest)?)
        }
    })
}
