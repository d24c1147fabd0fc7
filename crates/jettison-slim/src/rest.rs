//! What was dropped, written as an image of its own.

use jettison_image::Digest;
use jettison_restore::{FatSide, Rest, RestOptions, SlimPart, SlimSide};
use jettison_transport::NewImage;

use crate::{
    Error,
    layers::SlimLayers,
    report::RestFacts,
    request::{Event, Events, Request},
};

/// Writes what the fat image has and `slim` has not.
pub(crate) fn save(
    request: &Request,
    fat: FatSide<'_>,
    slim: &NewImage,
    layers: &SlimLayers,
    events: Events<'_>,
) -> Result<(RestFacts, Vec<String>), Error> {
    events(Event::WritingRest);
    let parts = layers
        .stored()
        .zip(layers.tree().layers())
        .map(|((origin, stored), layer)| SlimPart { origin, diff_id: &stored.diff_id, layer })
        .collect();
    let side =
        SlimSide { image_id: Digest::sha256(&slim.config.to_vec()), tags: &slim.tags, parts };
    let options =
        RestOptions { compression: request.compression, work_dir: request.run.work_dir.clone() };
    let rest = Rest::write(fat, &side, &options)?;
    let stored_bytes = rest.image.layers.iter().map(|layer| layer.descriptor.size).sum();
    let mut facts = RestFacts { written: Vec::new(), bytes: rest.bytes, stored_bytes };
    let mut notes = Vec::new();
    for destination in &request.rest {
        events(Event::Saving(destination.to_string()));
        notes.extend(
            jettison_transport::write(destination, &rest.image, &request.open.places)?.warnings,
        );
        facts.written.push(destination.to_string());
    }
    Ok((facts, notes))
}
