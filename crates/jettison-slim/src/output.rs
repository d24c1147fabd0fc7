//! The slim image as it is saved: configuration and history of the fat one, layers of its own.

use std::collections::BTreeMap;

use jettison_image::{Digest, History, ImageConfig, Reference, RuntimeConfig};
use jettison_transport::{Image, NewImage};

use crate::{
    layers::SlimLayers,
    request::{Layering, Request},
};

/// Puts the image together. Nothing in it depends on the clock, the host or the order of a map: two runs of the same input
/// give the same digest.
pub(crate) fn image(
    request: &Request,
    fat: &Image,
    config: RuntimeConfig,
    layers: &SlimLayers,
    tags: &[Reference],
) -> NewImage {
    let mut image_config = ImageConfig { config, ..fat.config.clone() };
    let stored: Vec<_> = layers.stored().collect();
    image_config.rootfs.diff_ids = stored.iter().map(|(_, layer)| layer.diff_id.clone()).collect();
    let kept: Vec<usize> = stored.iter().filter_map(|&(origin, _)| origin).collect();
    image_config.history = history(request, &fat.config, &kept);
    NewImage {
        config: image_config,
        layers: stored.into_iter().map(|(_, layer)| layer.clone()).collect(),
        tags: tags.to_vec(),
        annotations: BTreeMap::new(),
    }
}

/// What Docker calls the image id.
pub(crate) fn image_id(image: &NewImage) -> String {
    Digest::sha256(&image.config.to_vec()).to_string()
}

/// The steps of the fat image, those without a layer left marked so, and what was done here.
fn history(request: &Request, fat: &ImageConfig, kept: &[usize]) -> Vec<History> {
    let mut history = fat.history.clone();
    let steps = history.iter_mut().filter(|step| !step.empty_layer);
    for (layer, step) in steps.enumerate() {
        step.empty_layer = !kept.contains(&layer);
    }
    let is_flat = request.layering == Layering::Flatten;
    let flat = if is_flat { " --flatten" } else { "" };
    history.push(History {
        // The time of the fat image: a clock would make two runs differ.
        created: fat.created.clone(),
        created_by: Some(format!("jettison slim --keep {}{flat}", request.keep.level)),
        comment: Some("unused files removed; kept files are as they were".to_owned()),
        empty_layer: !is_flat,
        ..History::default()
    });
    history
}
