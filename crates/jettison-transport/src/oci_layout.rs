//! Opening an OCI image layout (image-layout.md), as a directory or in an archive.

use jettison_image::{
    Descriptor, Digest, IMAGE_NAME, ImageConfig, Index, MAX_CONFIG, MAX_MANIFEST, Manifest,
    MediaKind, Platform, REF_NAME, Reference,
    media_type::{OCI_CONFIG, OCI_MANIFEST},
};

use crate::{
    LayerError, OpenError, OpenOptions,
    platform_choice::nearest,
    stored_files::StoredFiles,
    stored_image::{StoredImage, StoredLayer, StoredManifest},
};

/// The file that lists the images.
pub(crate) const INDEX: &str = "index.json";
/// The file that says that a directory is a layout.
pub(crate) const LAYOUT: &str = "oci-layout";
/// The content of [`LAYOUT`] (image-layout.md).
pub(crate) const LAYOUT_VERSION: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
/// Indexes within indexes: builders write one level, image-index.md allows any number.
pub(crate) const MAX_INDEX_DEPTH: usize = 4;
/// The most manifests that are considered, over all nested indexes.
pub(crate) const MAX_CANDIDATES: usize = 10_000;
/// What overlayfs and every engine can stack: Docker's `MaxImageDepth` (layer/layer_store.go) is 125;
/// overlayfs itself takes 500 lower directories.
const MAX_LAYERS: usize = 500;

/// Finds one image under these entries of an index.
pub(crate) fn locate(
    files: &StoredFiles,
    named: &[Descriptor],
    options: &OpenOptions,
) -> Result<StoredImage, OpenError> {
    let descriptor = select_platform(files, named, options)?;
    let mut image = locate_manifest(files, &descriptor, options)?;
    image.tags = named.iter().filter_map(full_name).take(1).collect();
    Ok(image)
}

/// The entries of `index.json` that make up the image that is meant. `transport` is what messages suggest:
/// `oci` or `oci-archive`.
pub(crate) fn entries(
    files: &StoredFiles,
    transport: &str,
    tag: Option<&str>,
) -> Result<Vec<Descriptor>, OpenError> {
    let index = find_index(files)?.ok_or_else(|| OpenError::WrongKind {
        path: files.path().to_owned(),
        expected: "an OCI image layout",
        hint: format!("it has no {INDEX}"),
    })?;
    choose(files, &index, transport, tag)
}

/// An image of a layout: its entries of `index.json`, and its names.
pub(crate) type Listed = (Vec<Descriptor>, Vec<Reference>);

/// The images of a layout.
pub(crate) fn images(files: &StoredFiles) -> Result<Vec<Listed>, OpenError> {
    let index = find_index(files)?.ok_or_else(|| OpenError::WrongKind {
        path: files.path().to_owned(),
        expected: "an image archive",
        hint: format!("it has neither manifest.json nor {INDEX}"),
    })?;
    let mut images: Vec<Listed> = Vec::new();
    for entry in index.manifests.into_iter().filter(|entry| !is_note(entry)) {
        // Several names of one image, or the platforms of one name, side by side.
        let known = images.iter_mut().find(|(entries, _)| {
            let first = &entries[0];
            let side_by_side = entry.platform.is_some() && first.platform.is_some();
            let same_name = label(&entry).is_some() && label(&entry) == label(first);
            first.digest == entry.digest || (side_by_side && same_name)
        });
        let name = full_name(&entry);
        match known {
            Some((entries, names)) => {
                names.extend(name.filter(|name| !names.contains(name)));
                entries.push(entry);
            }
            None => images.push((vec![entry], name.into_iter().collect())),
        }
    }
    Ok(images)
}

/// Finds the image of one manifest.
pub(crate) fn locate_manifest(
    files: &StoredFiles,
    descriptor: &Descriptor,
    options: &OpenOptions,
) -> Result<StoredImage, OpenError> {
    let manifest = read_manifest(files, descriptor)?;
    check_is_image(files, descriptor, &manifest.manifest)?;
    let config_digest = manifest.manifest.config.digest.clone();
    let config_bytes =
        files.read_blob(&manifest.manifest.config, "the image config", MAX_CONFIG)?;
    let config = ImageConfig::from_slice(&config_bytes)
        .map_err(|source| document(files, &config_digest, source))?;
    options.check_platform(files.path(), &config)?;
    let layers = layers(files, &manifest.manifest, &config)?;
    Ok(StoredImage {
        source_name: files.path().display().to_string(),
        path: files.path().to_owned(),
        tags: Vec::new(),
        config_digest,
        manifest: Some(manifest),
        config,
        config_bytes,
        layers,
        warnings: Vec::new(),
    })
}

fn document(files: &StoredFiles, digest: &Digest, source: jettison_image::JsonError) -> OpenError {
    OpenError::Document { path: files.path().to_owned(), name: digest.to_string(), source }
}

/// `index.json`, if there is one.
pub(crate) fn find_index(files: &StoredFiles) -> Result<Option<Index>, OpenError> {
    if files.find(INDEX)?.is_none() {
        return Ok(None);
    }
    let bytes = files.read(INDEX, "the list of images", MAX_MANIFEST)?;
    let index = Index::from_slice(&bytes);
    index.map(Some).map_err(|source| OpenError::Document {
        path: files.path().to_owned(),
        name: INDEX.to_owned(),
        source,
    })
}

pub(crate) fn read_index(files: &StoredFiles, descriptor: &Descriptor) -> Result<Index, OpenError> {
    let bytes = files.read_blob(descriptor, "an image index", MAX_MANIFEST)?;
    Index::from_slice(&bytes).map_err(|source| document(files, &descriptor.digest, source))
}

pub(crate) fn read_manifest(
    files: &StoredFiles,
    descriptor: &Descriptor,
) -> Result<StoredManifest, OpenError> {
    let bytes = files.read_blob(descriptor, "the image manifest", MAX_MANIFEST)?;
    let manifest = Manifest::from_slice(&bytes)
        .map_err(|source| document(files, &descriptor.digest, source))?;
    // What an index says beside the pointer (platform, names) belongs to the index.
    let (digest, size) = (descriptor.digest.clone(), descriptor.size);
    let stated = Some(descriptor.media_type.as_str()).filter(|stated| !stated.is_empty());
    let media_type = manifest.media_type.as_deref().or(stated).unwrap_or(OCI_MANIFEST);
    let descriptor = Descriptor::new(media_type, digest, size);
    Ok(StoredManifest { descriptor, bytes, manifest })
}

/// The full name of an entry of `index.json`, where it has one.
pub(crate) fn full_name(descriptor: &Descriptor) -> Option<Reference> {
    if let Some(name) = descriptor.annotations.get(IMAGE_NAME) {
        return name.parse().ok();
    }
    // Often a tag alone, which says nothing about the repository.
    let name = descriptor.annotations.get(REF_NAME)?;
    if name.contains(['/', ':']) { name.parse().ok() } else { None }
}

/// The entries of the image that is meant: one, or one for each platform.
fn choose(
    files: &StoredFiles,
    index: &Index,
    transport: &str,
    tag: Option<&str>,
) -> Result<Vec<Descriptor>, OpenError> {
    let path = files.path().to_owned();
    let entries: Vec<&Descriptor> =
        index.manifests.iter().filter(|entry| !is_note(entry)).collect();
    let choices = || {
        let name = |entry: &&Descriptor| label(entry).unwrap_or_else(|| entry.digest.to_string());
        let mut choices: Vec<String> = entries.iter().map(name).collect();
        choices.sort();
        choices.dedup();
        let choice = |label| format!("{transport}:{}:{label}", path.display());
        choices.into_iter().map(choice).collect::<Vec<_>>()
    };
    if entries.is_empty() {
        return Err(OpenError::NoImage { path });
    }
    let found: Vec<Descriptor> = match tag {
        None => entries.iter().copied().cloned().collect(),
        Some(tag) => {
            entries.iter().filter(|entry| is_called(entry, tag)).copied().cloned().collect()
        }
    };
    if found.is_empty() {
        let wanted = tag.unwrap_or_default().to_owned();
        return Err(OpenError::NoSuchImage { choices: choices(), path, wanted });
    }
    if is_one_image(&found) {
        return Ok(found);
    }
    Err(OpenError::SeveralImages { choices: choices(), path })
}

fn is_called(entry: &Descriptor, tag: &str) -> bool {
    let full = full_name(entry);
    entry.annotations.get(REF_NAME).is_some_and(|name| name == tag)
        || (full.is_some() && full == tag.parse().ok())
        || entry.digest.as_str() == tag
}

/// One manifest under several names is one image, and so are manifests of one name that differ in
/// their platform.
fn is_one_image(entries: &[Descriptor]) -> bool {
    let first = &entries[0];
    let platforms =
        entries.iter().all(|entry| entry.platform.is_some() && label(entry) == label(first));
    platforms || entries.iter().all(|entry| entry.digest == first.digest)
}

/// The name that a person writes behind the path to get this entry.
fn label(entry: &Descriptor) -> Option<String> {
    let full = full_name(entry).map(|name| name.familiar());
    full.or_else(|| entry.annotations.get(REF_NAME).cloned())
}

/// Attestations lie beside the manifests that they are about.
pub(crate) fn is_note(entry: &Descriptor) -> bool {
    entry.platform.as_ref().is_some_and(Platform::is_unknown)
        || entry.annotations.contains_key("vnd.docker.reference.type")
}

/// A manifest, and the platform that the index states for it.
struct Candidate {
    descriptor: Descriptor,
    platform: Option<Platform>,
}

fn select_platform(
    files: &StoredFiles,
    named: &[Descriptor],
    options: &OpenOptions,
) -> Result<Descriptor, OpenError> {
    let mut candidates = Vec::new();
    for descriptor in named {
        collect(files, descriptor, &mut candidates, 0)?;
    }
    candidates.dedup_by(|a, b| a.descriptor.digest == b.descriptor.digest);
    let wanted = options.platform.clone().unwrap_or_else(Platform::host);
    let platforms = candidates.iter().map(|candidate| candidate.platform.as_ref());
    match (nearest(platforms, &wanted), candidates.as_slice()) {
        (Some(best), _) => Ok(candidates[best].descriptor.clone()),
        (None, []) => Err(OpenError::NoImage { path: files.path().to_owned() }),
        // Nobody asked for a platform, so that there is nothing to choose.
        (None, [only]) if options.platform.is_none() => Ok(only.descriptor.clone()),
        (None, _) => Err(OpenError::Platform {
            path: files.path().to_owned(),
            wanted: wanted.to_string(),
            available: candidates
                .iter()
                .filter_map(|candidate| candidate.platform.as_ref().map(Platform::to_string))
                .collect(),
        }),
    }
}

fn collect(
    files: &StoredFiles,
    descriptor: &Descriptor,
    candidates: &mut Vec<Candidate>,
    depth: usize,
) -> Result<(), OpenError> {
    let refuse = |problem: String| {
        let (path, name) = (files.path().to_owned(), descriptor.digest.to_string());
        Err(OpenError::NotAnImage { path, name, problem })
    };
    match MediaKind::of(&descriptor.media_type) {
        MediaKind::Manifest if candidates.len() < MAX_CANDIDATES => {
            let platform = descriptor.platform.clone();
            candidates.push(Candidate { descriptor: descriptor.clone(), platform });
            Ok(())
        }
        MediaKind::Manifest => refuse(format!("more than {MAX_CANDIDATES} manifests")),
        MediaKind::Index if depth < MAX_INDEX_DEPTH => {
            let index = read_index(files, descriptor)?;
            let mut entries = index.manifests.iter().filter(|entry| !is_note(entry));
            entries.try_for_each(|entry| collect(files, entry, candidates, depth + 1))
        }
        MediaKind::Index => refuse(format!("indexes nested deeper than {MAX_INDEX_DEPTH}")),
        MediaKind::Schema1 => refuse(
            "its manifest is of version 1, which engines gave up; pull it with a current engine and \
             save it"
                .to_owned(),
        ),
        _ => refuse(format!("its media type is {:.100?}", descriptor.media_type)),
    }
}

/// Artifacts (charts, signatures) have manifests too.
fn check_is_image(
    files: &StoredFiles,
    descriptor: &Descriptor,
    manifest: &Manifest,
) -> Result<(), OpenError> {
    let config = manifest.config.media_type.as_str();
    if config.is_empty() || MediaKind::of(config) == MediaKind::Config {
        return Ok(());
    }
    let kind = manifest.artifact_type.as_deref().unwrap_or(config);
    Err(OpenError::NotAnImage {
        path: files.path().to_owned(),
        name: descriptor.digest.to_string(),
        problem: format!(
            "it is an artifact of type {kind:.100?}, expected a config of {OCI_CONFIG}"
        ),
    })
}

/// As many layers as diff-ids, and no more than can be stacked.
pub(crate) fn check_layer_count(
    files: &StoredFiles,
    layers: usize,
    diff_ids: usize,
) -> Result<(), OpenError> {
    let path = files.path().to_owned();
    if layers != diff_ids {
        return Err(OpenError::LayerCount { path, layers, diff_ids });
    }
    if layers > MAX_LAYERS {
        return Err(OpenError::TooManyLayers { path, layers, limit: MAX_LAYERS });
    }
    Ok(())
}

fn layers(
    files: &StoredFiles,
    manifest: &Manifest,
    config: &ImageConfig,
) -> Result<Vec<StoredLayer>, OpenError> {
    let diff_ids = &config.rootfs.diff_ids;
    let layers = manifest.layers.len();
    check_layer_count(files, layers, diff_ids.len())?;
    let mut named = Vec::new();
    for (index, (descriptor, diff_id)) in manifest.layers.iter().zip(diff_ids).enumerate() {
        if descriptor.media_type.ends_with("+encrypted") {
            let (path, name) = (files.path().to_owned(), descriptor.digest.to_string());
            let source = LayerError::Encrypted;
            return Err(OpenError::Layer { path, index, layers, name, source });
        }
        let content = match files.blob(descriptor, "a layer") {
            Err(OpenError::Missing { path, .. }) if is_foreign(descriptor) => {
                let (digest, urls) = (descriptor.digest.clone(), descriptor.urls.clone());
                return Err(OpenError::ForeignLayer { path, index, layers, digest, urls });
            }
            other => other?,
        };
        named.push(StoredLayer {
            name: descriptor.digest.to_string(),
            diff_id: diff_id.clone(),
            descriptor: Some(descriptor.clone()),
            content,
            verified: None,
            spooled: None,
        });
    }
    Ok(named)
}

fn is_foreign(descriptor: &Descriptor) -> bool {
    matches!(MediaKind::of(&descriptor.media_type), MediaKind::ForeignLayer(_))
}
