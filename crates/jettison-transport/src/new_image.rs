//! An image that is about to be written: its documents and blobs, before it is known where they go.

use std::{collections::BTreeMap, sync::Arc};

use jettison_image::{
    Compression, Descriptor, Digest, ImageConfig, Manifest, ReadAt, Reference, media_type,
};

use crate::{
    CompressedLayer, Layer, SingleImage, WriteError, compression_magic::Magic, single_image::Parts,
};

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

impl NewImage {
    /// Bytes of all layers as they are stored.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.layers.iter().map(|layer| layer.descriptor.size).sum()
    }

    /// What is copied to the destination, with these bytes for its config: the manifest is made here.
    pub(crate) fn source(&self, config: Vec<u8>) -> Result<SingleImage, WriteError> {
        check_layers(self)?;
        let layers = self.layers.iter().map(|layer| layer.descriptor.clone()).collect();
        let blobs = self.layers.iter();
        let blobs = blobs.map(|layer| (layer.descriptor.digest.clone(), layer.content.clone()));
        let make = |config| {
            let mut manifest = Manifest::oci(config, layers);
            manifest.annotations.clone_from(&self.annotations);
            manifest
        };
        let parts = Parts { config, blobs: blobs.collect() };
        Ok(SingleImage::made("the new image".to_owned(), parts, make))
    }
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
