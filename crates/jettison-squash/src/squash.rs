//! Open, choose, compose, compare, save.

use std::{ops::Range, sync::Arc};

use jettison_image::{Digest, ImageConfig, Reference};
use jettison_rootfs::{LayerSource, Limits, Tree, index_layers};
use jettison_transport::{
    ArchiveDraft, CompressOptions, Compression, Image, NewImage, locate, open, write,
};

use crate::{
    Error, Selection,
    base::{self, FoundBase},
    history,
    parts::{Form, Parts},
    report::{BaseFacts, ImageFacts, KnownFrom, LayerFacts, Report, SCHEMA},
    request::{Base, Event, Events, Request},
    savings, selection,
    steps::instructions,
};

/// Makes the chosen layers into one, proves that nothing else changed, and writes the image.
pub fn squash(request: &Request, events: Events<'_>) -> Result<Report, Error> {
    events(Event::Opening(request.source.to_string()));
    let (image, unhashed) = locate(&request.source, &request.open)?.verify_later(&request.open)?;
    events(Event::Indexing(image.layers.len()));
    let tars: Vec<_> = image.layers.iter().map(|layer| Arc::clone(&layer.tar)).collect();
    let layers = match index_layers(&tars, &Limits::DEFAULT) {
        Ok(layers) => layers,
        Err(error) => {
            // A layer with other bytes than it should have may be no tar; the digest tells more.
            unhashed.verify()?;
            return Err(error.into());
        }
    };
    let base = find_base(request, &image, events)?;
    let lowest = base.as_ref().map_or(0, |base| base.layers);
    let runs = choose(&request.selection, &image, &layers, lowest)?;
    let tree = Tree::merge(layers.clone())?;
    let mut parts = Parts::compose(&image, &layers, &tree, &runs, events)?;
    events(Event::Comparing);
    let tags = tags(request, &image);
    let mut draft = draft(request, &tags)?;
    let form = match &draft {
        Some((_, draft)) => Form::Draft(draft),
        None => Form::Blob(CompressOptions::new(request.compression, &request.work_dir)),
    };
    parts.finish(&tree, &form, unhashed)?;
    let new = new_image(request, &image, &parts, tags);
    let mut report = report(&image, base, &layers, &parts, &new);
    for (at, destination) in request.destinations.iter().enumerate() {
        events(Event::Saving(destination.to_string()));
        let written = match draft.take_if(|(place, _)| *place == at) {
            Some((_, draft)) => draft.finish(&new)?,
            None => write(destination, &new, &request.open.places)?,
        };
        report.written.push(destination.to_string());
        report.warnings.extend(written.warnings);
    }
    Ok(report)
}

/// The first destination that takes new layers as they are composed, and its place: an archive of layers that are not
/// compressed. Nothing of it is seen before the trees were compared.
fn draft<'r>(
    request: &'r Request,
    tags: &[Reference],
) -> Result<Option<(usize, ArchiveDraft<'r>)>, Error> {
    if request.compression != Compression::None {
        return Ok(None);
    }
    for (at, destination) in request.destinations.iter().enumerate() {
        if let Some(draft) = ArchiveDraft::begin(destination, tags)? {
            return Ok(Some((at, draft)));
        }
    }
    Ok(None)
}

/// The base image, where the selection keeps one.
fn find_base(
    request: &Request,
    image: &Image,
    events: Events<'_>,
) -> Result<Option<BaseFacts>, Error> {
    let facts = |found: FoundBase, known_from| BaseFacts {
        layers: found.layers,
        name: found.name,
        known_from,
    };
    match (&request.selection, &request.base) {
        (Selection::All | Selection::From(_) | Selection::Range { .. }, _) => Ok(None),
        (_, Base::Image(source)) => {
            events(Event::Opening(source.to_string()));
            let base = open(source, &request.open)?;
            let layers = shared(&base, image)?;
            let found = FoundBase { layers, name: base.source_name };
            Ok(Some(facts(found, KnownFrom::Argument)))
        }
        (_, Base::Recognise(known)) => {
            let kept = base::among(known, &image.config.rootfs.diff_ids);
            let kept = kept.map(|found| facts(found, KnownFrom::Store));
            let told = || base::in_history(&image.config);
            Ok(kept.or_else(|| told().map(|found| facts(found, KnownFrom::History))))
        }
    }
}

/// How many layers a base has, all of which the image must have too.
fn shared(base: &Image, image: &Image) -> Result<usize, Error> {
    let (below, all) = (&base.config.rootfs.diff_ids, &image.config.rootfs.diff_ids);
    let equal = below.iter().zip(all).take_while(|(one, other)| one == other).count();
    if equal == below.len() {
        return Ok(equal);
    }
    let (base, image) = (base.source_name.clone(), image.source_name.clone());
    Err(Error::NotItsBase { base, image, layer: equal + 1 })
}

/// The runs of layers that become one. A single layer is one already, unless it was named.
fn choose(
    selection: &Selection,
    image: &Image,
    layers: &[LayerSource],
    lowest: usize,
) -> Result<Vec<Range<usize>>, Error> {
    let several = |run: Range<usize>| if run.len() > 1 { vec![run] } else { Vec::new() };
    Ok(match selection {
        Selection::AboveBase => several(lowest..layers.len()),
        Selection::All => several(0..layers.len()),
        Selection::From(text) => {
            let stored: Vec<Option<Digest>> = image
                .layers
                .iter()
                .map(|layer| layer.blob.as_ref().map(|blob| blob.descriptor.digest.clone()))
                .collect();
            several(selection::from(text, &image.config, &stored)?)
        }
        Selection::Range { first, last } => {
            vec![selection::range(*first, *last, layers.len())?]
        }
        Selection::Saving { at_least } => savings::runs(layers, lowest, *at_least)?,
    })
}

fn new_image(request: &Request, image: &Image, parts: &Parts, tags: Vec<Reference>) -> NewImage {
    let layers: Vec<_> = parts.stored().cloned().collect();
    let mut config: ImageConfig = image.config.clone();
    if !parts.runs.is_empty() {
        let id = image.config_digest.to_string();
        config.history =
            history::after(&image.config, &parts.runs, &id, request.message.as_deref());
        config.rootfs.diff_ids = layers.iter().map(|layer| layer.diff_id.clone()).collect();
    }
    let annotations = image.manifest.as_ref().map(|manifest| manifest.annotations.clone());
    NewImage { config, layers, tags, annotations: annotations.unwrap_or_default() }
}

/// The tags that were asked for, or the image's own with `-squashed`.
fn tags(request: &Request, image: &Image) -> Vec<Reference> {
    if !request.tags.is_empty() {
        return request.tags.clone();
    }
    let squashed = |tag: &Reference| {
        let name = format!("{}:{}-squashed", tag.repository(), tag.tag().unwrap_or("latest"));
        name.parse().ok()
    };
    image.tags.iter().filter_map(squashed).collect()
}

fn report(
    image: &Image,
    base: Option<BaseFacts>,
    layers: &[LayerSource],
    parts: &Parts,
    new: &NewImage,
) -> Report {
    let stored = |layer: &jettison_transport::Layer| {
        layer.blob.as_ref().map_or_else(|| layer.tar.len(), |blob| blob.content.len())
    };
    let names = |tags: &[Reference]| tags.iter().map(Reference::familiar).collect();
    Report {
        schema: SCHEMA,
        jettison: env!("CARGO_PKG_VERSION").to_owned(),
        source: ImageFacts {
            name: image.source_name.clone(),
            tags: names(&image.tags),
            image_id: image.config_digest.to_string(),
            bytes: image.layers.iter().map(|layer| layer.tar.len()).sum(),
            stored_bytes: image.layers.iter().map(stored).sum(),
            entries: layers.iter().map(|layer| layer.index.entries().len()).sum(),
            layers: layers.len(),
        },
        squashed: ImageFacts {
            name: String::new(),
            tags: names(&new.tags),
            image_id: Digest::sha256(&new.config.to_vec()).to_string(),
            bytes: parts.bytes(),
            stored_bytes: new.layers.iter().map(|layer| layer.descriptor.size).sum(),
            entries: parts.all.iter().map(|part| part.entries).sum(),
            layers: new.layers.len(),
        },
        base,
        layers: layer_facts(image, layers, parts),
        runs: parts.facts.clone(),
        written: Vec::new(),
        warnings: image.warnings.clone(),
    }
}

fn layer_facts(image: &Image, layers: &[LayerSource], parts: &Parts) -> Vec<LayerFacts> {
    let made = instructions(&image.config);
    let is_in_run = |at| parts.runs.iter().any(|run| run.layers.contains(&at));
    let fact = |(at, layer): (usize, &LayerSource)| LayerFacts {
        diff_id: image.layers[at].diff_id.to_string(),
        bytes: layer.blob.len(),
        instruction: made[at].clone(),
        becomes: parts.all.iter().position(|part| part.layers.contains(&at)).map(|at| at + 1),
        unchanged: !is_in_run(at),
    };
    layers.iter().enumerate().map(fact).collect()
}
