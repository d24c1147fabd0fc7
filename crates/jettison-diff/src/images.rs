//! From the names of two images to what they differ in.

use std::{collections::BTreeSet, sync::Arc};

use jettison_analyze::{
    ContentId, ImageIndex, ImageIndexError, IndexOptions, LayerInput, LayerRecord,
};
use jettison_image::ImageConfig;
use jettison_rootfs::{DiffError, Field, InodeId};
use jettison_transport::{OpenError, OpenOptions, Source, StoredImage, StoredLayer, locate};
use thiserror::Error;

use crate::{Difference, Layer, Options, Side, compare, masking::Masking};

/// Two images to compare.
#[derive(Debug)]
pub struct Request {
    /// The old image.
    pub old: Source,
    /// The new image.
    pub new: Source,
    /// How they are opened.
    pub open: OpenOptions,
    /// How they are indexed.
    pub index: IndexOptions,
    /// Differences of names that both have which are not to count.
    pub ignored: BTreeSet<Field>,
}

/// Why two images could not be compared.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// One could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// One could not be indexed.
    #[error("{image}: {source}")]
    Index {
        /// Which.
        image: String,
        /// Why.
        source: ImageIndexError,
    },
    /// They could not be compared.
    #[error(transparent)]
    Compare(#[from] DiffError),
}

/// Compares two images. Each layer is read at most once, and not at all if it was indexed before.
pub fn compare_images(
    request: &Request,
    opening: &mut dyn FnMut(&Source),
) -> Result<Difference, Error> {
    let masking = Masking::default();
    let mut read = |source: &Source| {
        opening(source);
        Indexed::read(source, request)
    };
    let (old, new) = (read(&request.old)?, read(&request.new)?);
    let options = Options {
        ignored: request.ignored.clone(),
        is_same: &|left, right| Ok(old.content(left) == new.content(right)),
        mask: &|field, value| masking.value(field, value),
    };
    Ok(compare(&old.side(&masking), &new.side(&masking), &options)?)
}

/// An image, found and indexed.
struct Indexed {
    image: StoredImage,
    index: ImageIndex,
}

impl Indexed {
    fn read(source: &Source, request: &Request) -> Result<Self, Error> {
        let image = locate(source, &request.open)?;
        let input = |layer: &StoredLayer| LayerInput {
            diff_id: Some(layer.diff_id.clone()),
            content: Arc::clone(&layer.content),
        };
        let inputs: Vec<LayerInput> = image.layers.iter().map(input).collect();
        let index = ImageIndex::build(&inputs, &request.index);
        let index =
            index.map_err(|source| Error::Index { image: image.source_name.clone(), source })?;
        Ok(Self { image, index })
    }

    /// What stands for the bytes of a regular file.
    fn content(&self, inode: InodeId) -> Option<ContentId> {
        let origin = self.index.tree.inode_by_id(inode).origin?;
        let layer: &LayerRecord = &self.index.layers[origin.layer as usize];
        layer.contents.get(origin.entry as usize).copied()
    }

    fn side(&self, masking: &Masking) -> Side<'_> {
        let instructions = instructions(&self.image.config);
        let layer = |(at, layer): (usize, &StoredLayer)| Layer {
            diff_id: layer.diff_id.clone(),
            digest: layer.descriptor.as_ref().map(|descriptor| descriptor.digest.clone()),
            stored_bytes: layer.content.len(),
            instruction: masking.instruction(instructions.get(at).map_or("", String::as_str)),
        };
        Side {
            name: self.image.source_name.clone(),
            image_id: self.image.config_digest.to_string(),
            config: &self.image.config,
            tree: &self.index.tree,
            packed: self.index.packed().map(|(path, _, it)| (path, it.package.clone())).collect(),
            layers: self.image.layers.iter().enumerate().map(layer).collect(),
        }
    }
}

/// What made each layer; nothing where the history does not fit the layers.
fn instructions(config: &ImageConfig) -> Vec<String> {
    let steps = config.history.iter().filter(|step| !step.empty_layer);
    let made: Vec<String> = steps
        .map(|step| step.created_by.as_deref().unwrap_or_default().trim().to_owned())
        .collect();
    if made.len() == config.rootfs.diff_ids.len() { made } else { Vec::new() }
}
