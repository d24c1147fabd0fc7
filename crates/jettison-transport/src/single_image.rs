//! One image whose documents are in memory and whose layers lie somewhere: the source of a copy for
//! everything that is not a layout or a registry.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use jettison_image::{Descriptor, Digest, Manifest, ReadAt, Reference, media_type};

use crate::{
    LayerError, StoredImage,
    copy::{Document, ImageSource, SourceReader, TransferError},
    layout_source::reader,
    streamed_files::Spooled,
};

/// An image with a manifest, made if there was none.
#[derive(Debug)]
pub struct SingleImage {
    name: String,
    tags: Vec<Reference>,
    root: Document,
    config_digest: Digest,
    blobs: BTreeMap<Digest, Arc<dyn ReadAt>>,
    /// Blobs that are files which may be given a name.
    spooled: BTreeMap<Digest, Arc<Spooled>>,
}

/// What an image is made of beside its manifest.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// The config's bytes.
    pub(crate) config: Vec<u8>,
    /// The layers, by the digest of their bytes as they are stored.
    pub(crate) blobs: BTreeMap<Digest, Arc<dyn ReadAt>>,
}

/// What is wrong with a request for something that the image does not refer to.
#[derive(Debug, thiserror::Error)]
#[error("{digest} is not part of the image")]
struct NotPart {
    digest: Digest,
}

impl SingleImage {
    /// The image as it is. Its config keeps its bytes, and so the image its id; the manifest too, if it has
    /// one. Compressed layers whose digest is not known are hashed.
    pub fn new(image: &StoredImage) -> Result<Self, LayerError> {
        let layers: Vec<Descriptor> =
            image.layers.iter().map(crate::StoredLayer::descriptor).collect::<Result<_, _>>()?;
        let contents = image.layers.iter().map(|layer| layer.content.clone());
        let blobs = layers.iter().map(|layer| layer.digest.clone()).zip(contents).collect();
        let parts = Parts { config: image.config_bytes.clone(), blobs };
        let name = image.source_name.clone();
        let mut made = Self::made(name, parts, |config| Manifest::oci(config, layers));
        made.tags.clone_from(&image.tags);
        let spooled = image.layers.iter().filter_map(|layer| layer.spooled.clone());
        made.spooled = spooled.map(|spooled| (spooled.digest().clone(), spooled)).collect();
        // An archive may hold a layer in another form than the manifest beside it says.
        let known = image.manifest.as_ref().filter(|known| {
            known.manifest.layers.iter().all(|layer| made.blobs.contains_key(&layer.digest))
        });
        if let Some(known) = known {
            let (descriptor, bytes) = (known.descriptor.clone(), known.bytes.clone());
            made.root = Document { descriptor, bytes };
        }
        Ok(made)
    }

    /// An image whose manifest `make` makes of the descriptor of its config.
    pub(crate) fn made(
        name: String,
        parts: Parts,
        make: impl FnOnce(Descriptor) -> Manifest,
    ) -> Self {
        let Parts { config, mut blobs } = parts;
        let descriptor = Descriptor::of(media_type::OCI_CONFIG, &config);
        let config_digest = descriptor.digest.clone();
        let root = Document::new(media_type::OCI_MANIFEST, make(descriptor).to_vec());
        blobs.insert(config_digest.clone(), Arc::new(config));
        Self { name, tags: Vec::new(), root, config_digest, blobs, spooled: BTreeMap::new() }
    }

    /// The same with names.
    #[must_use]
    pub(crate) fn with_tags(mut self, tags: Vec<Reference>) -> Self {
        self.tags = tags;
        self
    }

    /// The digest of the config: the image id.
    pub fn config_digest(&self) -> &Digest {
        &self.config_digest
    }

    fn part(&self, descriptor: &Descriptor) -> Result<&Arc<dyn ReadAt>, NotPart> {
        let digest = &descriptor.digest;
        self.blobs.get(digest).ok_or_else(|| NotPart { digest: digest.clone() })
    }
}

impl ImageSource for SingleImage {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn root(&self) -> Result<Document, TransferError> {
        Ok(self.root.clone())
    }

    fn document(&self, descriptor: &Descriptor) -> Result<Document, TransferError> {
        if descriptor.digest == *self.root.digest() {
            return Ok(self.root.clone());
        }
        Err(NotPart { digest: descriptor.digest.clone() }.into())
    }

    fn blob(
        &self,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<SourceReader<'_>, TransferError> {
        Ok(reader(self.part(descriptor)?.clone(), offset)?)
    }

    fn tags(&self) -> Vec<Reference> {
        self.tags.clone()
    }

    fn link_to(&self, descriptor: &Descriptor, target: &Path) -> Result<bool, TransferError> {
        match self.spooled.get(&descriptor.digest) {
            Some(spooled) => Ok(spooled.link_to(target)?),
            None => Ok(false),
        }
    }
}
