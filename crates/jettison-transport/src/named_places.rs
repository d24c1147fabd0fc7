//! Images in places that know them by name: the local store, an engine, a registry.

use jettison_image::Reference;

use crate::{
    OpenError, OpenOptions, RegistrySource, Source,
    copy::{self, CopyOptions, ImageSource, Platforms},
    engine::Engine,
    layout_destination::{LayoutDestination, Present},
    open::Found,
    store::Store,
    stored_files::StoredFiles,
};

/// An image of the local store.
pub(crate) fn store(name: &str, options: &OpenOptions) -> Result<Found, OpenError> {
    let missing = || OpenError::NoPlace {
        image: format!("store:{name}"),
        problem: "there is no local store; say where it is with --store DIR",
    };
    find_in(options.places.store.as_ref().ok_or_else(missing)?, name)
}

fn find_in(store: &Store, name: &str) -> Result<Found, OpenError> {
    let held = store.enter_for(name)?;
    let entries = store.find(name)?;
    let files = StoredFiles::Directory(store.dir().to_owned());
    Ok(Found::Layout { files, entries, held: Some(held) })
}

/// An image of an engine: streamed, its layers to unnamed files.
pub(crate) fn engine(
    name: &str,
    engine: Option<&Engine>,
    source: &Source,
    options: &OpenOptions,
) -> Result<Found, OpenError> {
    let missing = || OpenError::NoPlace {
        image: source.to_string(),
        problem: "no engine is configured; say where it listens with DOCKER_HOST or CONTAINER_HOST",
    };
    let engine = engine.ok_or_else(missing)?;
    // The size of what comes is not known before; the engine tells how large the layers are.
    let size = engine.inspect(name)?.size;
    let mut read = 0;
    let files = engine.export(name, &options.work_dir, &mut |more| {
        read += more;
        options.report(crate::Progress { layer: 0, layers: 1, read, size: size.max(read) });
    })?;
    Ok(Found::Docker(files, None))
}

/// An image of a registry, not fetched yet.
pub(crate) fn registry(
    name: &Reference,
    options: &OpenOptions,
) -> Result<Box<dyn ImageSource>, OpenError> {
    let image = format!("docker://{}", name.familiar());
    let Some(client) = &options.places.registries else {
        let problem = "registries cannot be reached from here";
        return Err(OpenError::NoPlace { image, problem });
    };
    match RegistrySource::new(client, name) {
        Ok(source) => Ok(Box::new(source)),
        Err(error) => Err(OpenError::Registry { image, source: error.into() }),
    }
}

/// An image of a registry, fetched: into the local store, as a pull does, or to a temporary directory
/// where there is no store.
pub(crate) fn fetched(name: &Reference, options: &OpenOptions) -> Result<Found, OpenError> {
    let source = registry(name, options)?;
    let copy_options = CopyOptions {
        platforms: Platforms::One(options.platform.clone()),
        parallelism: options.parallelism,
        progress: options.places.progress.clone(),
    };
    if let Some(store) = &options.places.store {
        let destination = store.destination(std::slice::from_ref(&pulled_name(name)))?;
        copy::copy(source.as_ref(), destination.as_ref(), &copy_options)?;
        // Only now nobody else's garbage collection may come between.
        let found = find_in(store, &pulled_name(name).familiar());
        drop(destination);
        return found;
    }
    let dir = tempfile::Builder::new().prefix("jettison-").tempdir_in(&options.work_dir)?;
    let destination = LayoutDestination::open(
        format!("oci:{}", dir.path().display()),
        dir.path(),
        Vec::new(),
        Present::BySize,
    )?;
    copy::copy(source.as_ref(), &destination, &copy_options)?;
    let files = StoredFiles::Directory(dir.path().to_owned());
    let entries = crate::oci_layout::entries(&files, "oci", None)?;
    Ok(Found::Layout { files, entries, held: Some(crate::store::Use::directory(dir)) })
}

/// The name under which a pulled image is kept. With a digest, the tag beside it is only a remark.
pub(crate) fn pulled_name(name: &Reference) -> Reference {
    let pinned = name.digest().map(|digest| format!("{}@{digest}", name.repository()));
    pinned.and_then(|pinned| pinned.parse().ok()).unwrap_or_else(|| name.clone())
}
