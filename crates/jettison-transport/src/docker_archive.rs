//! Opening what `docker save` and `podman save` write, in the layout before and since Docker 25.

use std::path::Path;

use jettison_image::{
    Descriptor, Digest, ImageConfig, Index, MAX_CONFIG, Manifest, MediaKind, Reference,
    docker_archive::{self, ArchiveImage, MANIFEST, MAX_LIST, REPOSITORIES},
};

use crate::{
    ArchiveChoice, Layer, OpenError, OpenOptions, Source, oci_layout,
    stored_files::StoredFiles,
    stored_image::{StoredImage, StoredLayer, StoredManifest},
};

/// Finds one image of a docker archive.
pub(crate) fn locate(
    files: &StoredFiles,
    choice: Option<&ArchiveChoice>,
    options: &OpenOptions,
) -> Result<StoredImage, OpenError> {
    let images = list(files)?;
    let chosen = choose(files, &images, choice)?;
    let (config_bytes, config_digest) = read_config(files, chosen)?;
    let config = ImageConfig::from_slice(&config_bytes)
        .map_err(|source| document(files, &chosen.config, source))?;
    options.check_platform(files.path(), &config)?;
    let manifest = inner_manifest(files, &config_digest)?;
    let known = manifest.as_ref().map(|manifest| &manifest.manifest);
    let layers = layers(files, chosen, &config, known)?;
    let mut warnings = Vec::new();
    let mut tags = Vec::new();
    for tag in &chosen.repo_tags {
        match tag.parse() {
            Ok(tag) => tags.push(tag),
            Err(error) => {
                warnings.push(format!("the archive's name is not used: {error}"));
            }
        }
    }
    Ok(StoredImage {
        source_name: files.path().display().to_string(),
        path: files.path().to_owned(),
        tags,
        manifest,
        config,
        config_bytes,
        config_digest,
        layers,
        warnings,
    })
}

/// How many images an archive has.
pub(crate) fn count(files: &StoredFiles) -> Result<usize, OpenError> {
    Ok(list(files)?.len())
}

fn document(files: &StoredFiles, name: &str, source: jettison_image::JsonError) -> OpenError {
    OpenError::Document { path: files.path().to_owned(), name: name.to_owned(), source }
}

/// The images of `manifest.json`.
fn list(files: &StoredFiles) -> Result<Vec<ArchiveImage>, OpenError> {
    if files.find(MANIFEST)?.is_none() {
        let hint = if files.find("index.json")?.is_some() {
            format!("it has an index.json; use oci-archive:{}", files.path().display())
        } else if files.find(REPOSITORIES)?.is_some() {
            "it was saved by Docker before 1.10; docker load and docker save it with a current \
             engine"
                .to_owned()
        } else {
            "it has no manifest.json".to_owned()
        };
        let (path, expected) = (files.path().to_owned(), "an archive of docker save");
        return Err(OpenError::WrongKind { path, expected, hint });
    }
    let bytes = files.read(MANIFEST, "the list of images", MAX_LIST)?;
    docker_archive::parse(&bytes).map_err(|source| document(files, MANIFEST, source))
}

fn choose<'i>(
    files: &StoredFiles,
    images: &'i [ArchiveImage],
    choice: Option<&ArchiveChoice>,
) -> Result<&'i ArchiveImage, OpenError> {
    let path = files.path().to_owned();
    let (found, wanted) = match (choice, images) {
        (_, []) => return Err(OpenError::NoImage { path }),
        (None, [only]) => return Ok(only),
        (None, _) => {
            return Err(OpenError::SeveralImages { choices: choices(&path, images), path });
        }
        (Some(ArchiveChoice::Index(index)), _) => (images.get(*index), format!("@{index}")),
        (Some(ArchiveChoice::Name(name)), _) => {
            let has = |image: &&ArchiveImage| {
                image.repo_tags.iter().any(|tag| tag.parse::<Reference>().as_ref() == Ok(name))
            };
            (images.iter().find(has), name.familiar())
        }
    };
    let choices = || choices(&path, images);
    found.ok_or_else(|| OpenError::NoSuchImage { choices: choices(), path: path.clone(), wanted })
}

/// What to write to get each image.
fn choices(path: &Path, images: &[ArchiveImage]) -> Vec<String> {
    let choice = |(index, image): (usize, &ArchiveImage)| {
        let name = image.repo_tags.iter().find_map(|tag| tag.parse().ok());
        let image = name.map_or(ArchiveChoice::Index(index), ArchiveChoice::Name);
        Source::DockerArchive { path: path.to_owned(), image: Some(image) }.to_string()
    };
    images.iter().enumerate().map(choice).collect()
}

/// The config, checked against its digest where the member's name holds it, as Docker's and podman's
/// do: `<hex>.json`, `blobs/sha256/<hex>`, `sha256:<hex>`.
fn read_config(files: &StoredFiles, image: &ArchiveImage) -> Result<(Vec<u8>, Digest), OpenError> {
    let what = "the image config";
    let bytes = files.read(&image.config, what, MAX_CONFIG)?;
    if let Some(expected) = digest_in_name(&image.config) {
        files.check_digest(&image.config, what, &expected, &bytes)?;
        return Ok((bytes, expected));
    }
    let digest = Digest::sha256(&bytes);
    Ok((bytes, digest))
}

fn digest_in_name(name: &str) -> Option<Digest> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let base = base.strip_suffix(".json").unwrap_or(base);
    let base = base.strip_prefix("sha256:").unwrap_or(base);
    Digest::from_sha256_hex(base).ok()
}

/// The manifest that an OCI layout in the same archive has for this config.
fn inner_manifest(
    files: &StoredFiles,
    config: &Digest,
) -> Result<Option<StoredManifest>, OpenError> {
    let Some(index) = oci_layout::find_index(files)? else {
        return Ok(None);
    };
    find_manifest(files, &index, config, 0)
}

fn find_manifest(
    files: &StoredFiles,
    index: &Index,
    config: &Digest,
    depth: usize,
) -> Result<Option<StoredManifest>, OpenError> {
    for descriptor in &index.manifests {
        match MediaKind::of(&descriptor.media_type) {
            MediaKind::Manifest => {
                // An archive of one platform lists the others' manifests too, without their blobs.
                if files.find(&crate::stored_files::blob_name(&descriptor.digest))?.is_none() {
                    continue;
                }
                let manifest = oci_layout::read_manifest(files, descriptor)?;
                if manifest.manifest.config.digest == *config {
                    return Ok(Some(manifest));
                }
            }
            MediaKind::Index if depth < oci_layout::MAX_INDEX_DEPTH => {
                let inner = oci_layout::read_index(files, descriptor)?;
                if let Some(manifest) = find_manifest(files, &inner, config, depth + 1)? {
                    return Ok(Some(manifest));
                }
            }
            _ => {}
        }
    }
    Ok(None)
}

fn layers(
    files: &StoredFiles,
    image: &ArchiveImage,
    config: &ImageConfig,
    manifest: Option<&Manifest>,
) -> Result<Vec<StoredLayer>, OpenError> {
    let diff_ids = &config.rootfs.diff_ids;
    oci_layout::check_layer_count(files, image.layers.len(), diff_ids.len())?;
    let mut layers = Vec::new();
    for (index, (name, diff_id)) in image.layers.iter().zip(diff_ids).enumerate() {
        let content = files.require(name, "a layer")?;
        let known = manifest.and_then(|manifest| manifest.layers.get(index));
        let known = known.filter(|known| crate::stored_files::blob_name(&known.digest) == *name);
        let in_name = || {
            let digest = Digest::from_sha256_hex(name.strip_prefix("blobs/sha256/")?).ok()?;
            Some(Descriptor::new("", digest, content.len()))
        };
        let descriptor = known.cloned().or_else(in_name);
        let spooled = files.spooled(name);
        let (name, diff_id) = (name.clone(), diff_id.clone());
        // A tar that came as a stream was hashed: it need not be read again.
        let is_the_layer = spooled.as_ref().is_some_and(|spooled| *spooled.digest() == diff_id);
        let tar = content.clone();
        let verified = is_the_layer.then(|| Layer { diff_id: diff_id.clone(), tar, blob: None });
        layers.push(StoredLayer { name, diff_id, descriptor, content, verified, spooled });
    }
    Ok(layers)
}
