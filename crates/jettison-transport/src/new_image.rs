//! An image that is about to be written: its documents and blobs, before it is known where they go.

use std::{collections::BTreeMap, sync::Arc};

use jettison_image::{
    Compression, Descriptor, Digest, IMAGE_NAME, ImageConfig, Index, Manifest, REF_NAME, ReadAt,
    Reference, media_type,
};

use crate::{CompressedLayer, Layer, WriteError, compression_magic::Magic};

/// An image to be written.
#[derive(Debug, Clone)]
pub struct NewImage {
    /// The config. Its diff-ids must be those of `layers`.
    pub config: ImageConfig,
    /// The layers, lowest first.
    pub layers: Vec<NewLayer>,
    /// The image's names.
    pub tags: Vec<Reference>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
}

/// A layer to be written.
#[derive(Debug, Clone)]
pub struct NewLayer {
    /// The digest of the uncompressed tar.
    pub diff_id: Digest,
    /// Media type, digest and size of `content`.
    pub descriptor: Descriptor,
    /// The blob.
    pub content: Arc<dyn ReadAt>,
}

impl From<CompressedLayer> for NewLayer {
    fn from(layer: CompressedLayer) -> Self {
        let CompressedLayer { diff_id, descriptor, content, tar_len: _ } = layer;
        Self { diff_id, descriptor, content }
    }
}

/// A layer of an opened image, as it is: the compressed form it came in, if it came in one.
impl From<&Layer> for NewLayer {
    fn from(layer: &Layer) -> Self {
        let diff_id = layer.diff_id.clone();
        if let Some(blob) = &layer.blob {
            // Docker's name for the format becomes OCI's, as the manifest is OCI's; and a wrong one
            // becomes right, as the layer was read by its content.
            let compression = match Magic::of(&blob.content) {
                Ok(Magic::Known(compression)) => compression,
                _ => Compression::None,
            };
            let (digest, size) = (blob.descriptor.digest.clone(), blob.descriptor.size);
            let descriptor = Descriptor::new(compression.oci_layer(), digest, size);
            return Self { diff_id, descriptor, content: blob.content.clone() };
        }
        let descriptor = Descriptor::new(media_type::OCI_LAYER, diff_id.clone(), layer.tar.len());
        Self { diff_id, descriptor, content: layer.tar.clone() }
    }
}

/// A blob of the image: a document made here, or a layer.
#[derive(Debug, Clone)]
pub(crate) struct PlannedBlob {
    pub(crate) what: String,
    pub(crate) size: u64,
    pub(crate) content: Arc<dyn ReadAt>,
}

/// Everything that a layout holds of one image.
#[derive(Debug)]
pub(crate) struct ImagePlan {
    pub(crate) manifest_digest: Digest,
    pub(crate) config_digest: Digest,
    /// Sorted, each once.
    pub(crate) blobs: BTreeMap<Digest, PlannedBlob>,
    /// The entries of `index.json`: one for each name.
    pub(crate) entries: Vec<Descriptor>,
    /// The layers' digests, lowest first.
    pub(crate) layers: Vec<Digest>,
    /// Docker's names for it.
    pub(crate) repo_tags: Vec<String>,
}

impl ImagePlan {
    /// Plans an image whose `index.json` entries also get `ref_name`, if there is one.
    pub(crate) fn new(image: &NewImage, ref_name: Option<&str>) -> Result<Self, WriteError> {
        check_layers(image)?;
        let config = image.config.to_vec();
        let config = (Descriptor::of(media_type::OCI_CONFIG, &config), config);
        let layers = image.layers.iter().map(|layer| layer.descriptor.clone()).collect();
        let mut manifest = Manifest::oci(config.0.clone(), layers);
        manifest.annotations.clone_from(&image.annotations);
        let manifest = manifest.to_vec();
        let manifest = (Descriptor::of(media_type::OCI_MANIFEST, &manifest), manifest);

        let mut blobs = BTreeMap::new();
        for (what, (descriptor, bytes)) in [("config", &config), ("manifest", &manifest)] {
            let content: Arc<dyn ReadAt> = Arc::new(bytes.clone());
            let blob = PlannedBlob { what: what.to_owned(), size: descriptor.size, content };
            blobs.insert(descriptor.digest.clone(), blob);
        }
        for (index, layer) in image.layers.iter().enumerate() {
            let content = layer.content.clone();
            let what = format!("layer {} of {}", index + 1, image.layers.len());
            let blob = PlannedBlob { what, size: layer.descriptor.size, content };
            blobs.insert(layer.descriptor.digest.clone(), blob);
        }
        Ok(Self {
            manifest_digest: manifest.0.digest.clone(),
            config_digest: config.0.digest,
            blobs,
            entries: entries(image, &manifest.0, ref_name),
            layers: image.layers.iter().map(|layer| layer.descriptor.digest.clone()).collect(),
            repo_tags: image.tags.iter().filter(|tag| tag.tag().is_some()).map(repo_tag).collect(),
        })
    }

    /// `index.json` of a layout that holds nothing else.
    pub(crate) fn index(&self) -> Index {
        Index::oci(self.entries.clone())
    }
}

/// `docker load` takes names without digests only.
fn repo_tag(name: &Reference) -> String {
    format!("{}:{}", name.familiar_repository(), name.tag().unwrap_or("latest"))
}

fn check_layers(image: &NewImage) -> Result<(), WriteError> {
    let diff_ids = &image.config.rootfs.diff_ids;
    let layers = image.layers.len();
    if diff_ids.len() != layers {
        return Err(WriteError::LayerCount { layers, diff_ids: diff_ids.len() });
    }
    for (index, (layer, diff_id)) in image.layers.iter().zip(diff_ids).enumerate() {
        if layer.diff_id != *diff_id {
            let (config, layer) = (diff_id.clone(), layer.diff_id.clone());
            return Err(WriteError::DiffId { index, layers, config, layer });
        }
        let (expected, found) = (layer.descriptor.size, layer.content.len());
        if expected != found {
            let what = format!("layer {} of {layers}", index + 1);
            return Err(WriteError::BlobSize { what, expected, found });
        }
    }
    Ok(())
}

/// One entry for each name, as BuildKit writes them: skopeo finds an image by the tag, containerd and
/// podman by the full name.
fn entries(image: &NewImage, manifest: &Descriptor, ref_name: Option<&str>) -> Vec<Descriptor> {
    let entry = |ref_name: Option<&str>, full: Option<String>| {
        let mut entry = manifest.clone();
        entry.platform = Some(image.config.platform());
        let annotations = [(REF_NAME, ref_name.map(str::to_owned)), (IMAGE_NAME, full)];
        for (key, value) in annotations {
            entry.annotations.extend(value.map(|value| (key.to_owned(), value)));
        }
        entry
    };
    let full =
        |name: &Reference| format!("{}:{}", name.repository(), name.tag().unwrap_or("latest"));
    let tagged = image.tags.iter().filter_map(|name| Some((name.tag()?, full(name))));
    let mut entries: Vec<Descriptor> =
        tagged.map(|(tag, full)| entry(Some(tag), Some(full))).collect();
    let has = |entries: &[Descriptor], name: &str| {
        entries.iter().any(|entry| entry.annotations.get(REF_NAME).is_some_and(|own| own == name))
    };
    if let Some(name) = ref_name
        && !has(&entries, name)
    {
        let is_full = name.contains(['/', ':']);
        let parsed = name.parse().ok().filter(|_| is_full);
        entries.insert(0, entry(Some(name), parsed.as_ref().map(full)));
    }
    if entries.is_empty() {
        entries.push(entry(None, None));
    }
    entries
}
