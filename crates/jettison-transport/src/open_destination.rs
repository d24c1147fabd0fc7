//! A destination as a person wrote it, made ready to be written to.

use jettison_image::Reference;

use crate::{
    Destination, Places, RegistryDestination, WriteError,
    archive_destination::ArchiveDestination,
    archive_stream::ArchiveKind,
    copy::ImageDestination,
    directory_destination::DirectoryDestination,
    engine::{Engine, EngineDestination},
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
    places: &Places,
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
        Destination::Directory { path } => Box::new(DirectoryDestination::open(name, path)?),
        named => open_named(named, &[], places)?,
    })
}

/// Makes a place that knows images by name ready: the local store, an engine, a registry. The image gets
/// `more` names beside the destination's own, as far as they can be had there.
pub(crate) fn open_named(
    destination: &Destination,
    more: &[Reference],
    places: &Places,
) -> Result<Box<dyn ImageDestination>, WriteError> {
    let shown = destination.to_string();
    let missing = |problem| WriteError::NoPlace { destination: shown.clone(), problem };
    let names = |own: &Reference| {
        let mut names = vec![own.clone()];
        names.extend(more.iter().filter(|more| *more != own).cloned());
        names
    };
    match destination {
        Destination::Store { name } => {
            let problem = "there is no local store; say where it is with --store DIR";
            let store = places.store.as_ref().ok_or_else(|| missing(problem))?;
            store.destination(&names(name)).map_err(|error| Box::new(error).into())
        }
        Destination::DockerDaemon { name } => {
            let problem = "no Docker engine is configured; say where it listens with DOCKER_HOST";
            let engine = places.docker.as_ref().ok_or_else(|| missing(problem))?;
            load_into(shown.clone(), engine, &names(name))
        }
        Destination::ContainersStorage { name } => {
            let problem =
                "podman is not configured; say where its service listens with CONTAINER_HOST";
            let engine = places.podman.as_ref().ok_or_else(|| missing(problem))?;
            load_into(shown.clone(), engine, &names(name))
        }
        Destination::Registry { name } => {
            let problem = "registries cannot be reached from here";
            let client = places.registries.as_ref().ok_or_else(|| missing(problem))?;
            let mut names = names(name);
            names.retain(|more| more.repository() == name.repository());
            match RegistryDestination::new(client, &names) {
                Ok(destination) => Ok(Box::new(destination)),
                Err(source) => Err(WriteError::Registry { destination: shown.clone(), source }),
            }
        }
        Destination::DockerArchive { .. }
        | Destination::OciArchive { .. }
        | Destination::OciLayout { .. }
        | Destination::Directory { .. } => {
            Err(missing("a file has no further names; name them behind its path"))
        }
    }
}

fn load_into(
    shown: String,
    engine: &Engine,
    names: &[Reference],
) -> Result<Box<dyn ImageDestination>, WriteError> {
    Ok(Box::new(EngineDestination::open(shown, engine, names)?))
}
