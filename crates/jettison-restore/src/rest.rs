//! Makes the rest: an image with what only the fat image has.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter, Seek, Write},
    path::{Path, PathBuf},
};

use jettison_image::{Compression, Digest, History, ImageConfig, Reference};
use jettison_rootfs::LayerSource;
use jettison_transport::{CompressOptions, Image, LayerSink, NewImage, NewLayer};

use crate::{
    DIRECTORY, LABEL_FAT, LABEL_SLIM, RestoreError,
    cut::{self, Output, Shape, SlimIndex},
    recipe::{CONFIG, FatRecipe, ODD, RECIPE, Recipe, SCHEMA, SlimRecipe},
    splice::{Piece, Pieces, Side},
};

/// The fat image.
#[derive(Clone, Copy, Debug)]
pub struct FatSide<'a> {
    /// As it was opened.
    pub image: &'a Image,
    /// Its layers with their indexes.
    pub layers: &'a [LayerSource],
}

/// The slim image.
#[derive(Clone, Debug)]
pub struct SlimSide<'a> {
    /// Digest of its configuration.
    pub image_id: Digest,
    /// Its names.
    pub tags: &'a [Reference],
    /// Its layers, lowest first.
    pub parts: Vec<SlimPart<'a>>,
}

/// A layer of the slim image.
#[derive(Clone, Copy, Debug)]
pub struct SlimPart<'a> {
    /// The layer of the fat image that it comes from; none for one that holds what all of them had.
    pub origin: Option<usize>,
    /// The digest of its tar.
    pub diff_id: &'a Digest,
    /// Its tar with the index.
    pub layer: &'a LayerSource,
}

/// How a rest is written.
#[derive(Clone, Debug)]
pub struct RestOptions {
    /// Compression of its layers.
    pub compression: Compression,
    /// Where temporary files go.
    pub work_dir: PathBuf,
}

/// A rest that can be saved.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The image.
    pub image: NewImage,
    /// Bytes of its layers, uncompressed.
    pub bytes: u64,
}

impl Rest {
    /// Cuts what `slim` has out of `fat`; what is left is the rest.
    pub fn write(
        fat: FatSide<'_>,
        slim: &SlimSide<'_>,
        options: &RestOptions,
    ) -> Result<Self, RestoreError> {
        let failed = |source| RestoreError::Spool { path: options.work_dir.clone(), source };
        let odd = tempfile::tempfile_in(&options.work_dir).map_err(failed)?;
        let parts = slim.parts.iter().map(|part| (part.origin, part.layer)).collect();
        let index = SlimIndex::new(parts);
        let odd = BufWriter::new(odd);
        let shape = Shape::default();
        let mut work = Work { fat, slim, index, options, shape, odd, odd_len: 0 };
        let mut layers = Vec::new();
        let mut kept = Vec::new();
        let mut recipe = Vec::new();
        let mut bytes = 0;
        for number in 0..fat.layers.len() {
            let (pieces, layer) = work.layer(number, layers.len()).map_err(failed)?;
            recipe.push(pieces.0);
            if let Some((layer, length)) = layer {
                bytes += length;
                layers.push(layer);
                kept.push(number);
            }
        }
        let (top, length) = work.top(recipe).map_err(failed)?;
        layers.push(top);
        bytes += length;
        Ok(Self { image: image(fat.image, slim, layers, &kept), bytes })
    }
}

struct Work<'a> {
    fat: FatSide<'a>,
    slim: &'a SlimSide<'a>,
    index: SlimIndex<'a>,
    options: &'a RestOptions,
    shape: Shape,
    odd: BufWriter<File>,
    odd_len: u64,
}

impl Work<'_> {
    /// What makes up a layer of the fat image, and the rest's part of it, if it has one; the rest has `number_in_rest` layers
    /// so far.
    fn layer(
        &mut self,
        number: usize,
        number_in_rest: usize,
    ) -> io::Result<(Pieces, Option<(NewLayer, u64)>)> {
        let index = &self.index;
        let diff_id = &self.fat.image.layers[number].diff_id;
        let layer = &self.fat.layers[number];
        if let Some(whole) = index.whole(number, |part| self.slim.parts[part].diff_id == diff_id) {
            let mut pieces = Pieces::default();
            pieces.push(Side::Slim, whole, 0, layer.blob.len());
            return Ok((pieces, None));
        }
        let mut sink = self.sink()?;
        let mut output = Output {
            layer: &mut sink,
            number: u32::try_from(number_in_rest).expect("images have few layers"),
            shape: &mut self.shape,
            odd: &mut self.odd,
            odd_len: self.odd_len,
        };
        let (pieces, holds_any) = cut::cut(number, layer, index, &mut output)?;
        self.odd_len = output.odd_len;
        let layer = if holds_any { Some(finish(sink)?) } else { None };
        Ok((pieces, layer))
    }

    fn sink(&self) -> io::Result<LayerSink> {
        LayerSink::new(&CompressOptions::new(self.options.compression, &self.options.work_dir))
    }

    /// The layer with the recipe.
    fn top(mut self, layers: Vec<Vec<Piece>>) -> io::Result<(NewLayer, u64)> {
        let sink = self.sink()?;
        let fat = self.fat.image;
        let recipe = Recipe {
            schema: SCHEMA,
            jettison: env!("CARGO_PKG_VERSION").to_owned(),
            fat: FatRecipe {
                image_id: fat.config_digest.clone(),
                tags: fat.tags.iter().map(ToString::to_string).collect(),
                layers,
            },
            slim: SlimRecipe {
                image_id: self.slim.image_id.clone(),
                diff_ids: self.slim.parts.iter().map(|part| part.diff_id.clone()).collect(),
                is_flat: self.slim.parts.iter().any(|part| part.origin.is_none()),
            },
        };
        self.odd.flush()?;
        let mut odd = self.odd.into_inner().map_err(io::IntoInnerError::into_error)?;
        odd.rewind()?;
        let mut tar = tar::Builder::new(sink);
        let directory = Path::new(DIRECTORY);
        append(&mut tar, directory, tar::EntryType::Directory, 0, &mut io::empty())?;
        let mut file = |name: &str, length: u64, bytes: &mut dyn io::Read| {
            append(&mut tar, &directory.join(name), tar::EntryType::Regular, length, bytes)
        };
        file(CONFIG, fat.config_bytes.len() as u64, &mut &fat.config_bytes[..])?;
        file(ODD, self.odd_len, &mut odd)?;
        let recipe = recipe.to_vec();
        file(RECIPE, recipe.len() as u64, &mut &recipe[..])?;
        finish(tar.into_inner()?)
    }
}

fn finish(sink: LayerSink) -> io::Result<(NewLayer, u64)> {
    let layer = sink.finish()?;
    let length = layer.tar_len;
    Ok((layer.into(), length))
}

/// Adds a member that depends on nothing but its name and bytes.
fn append(
    tar: &mut tar::Builder<LayerSink>,
    path: &Path,
    kind: tar::EntryType,
    length: u64,
    bytes: &mut dyn io::Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(length);
    header.set_mode(if kind.is_dir() { 0o755 } else { 0o644 });
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    tar.append_data(&mut header, path, bytes)
}

/// Puts the image together: the fat one's configuration, with labels that say what it belongs to.
fn image(fat: &Image, slim: &SlimSide<'_>, layers: Vec<NewLayer>, kept: &[usize]) -> NewImage {
    let notes = BTreeMap::from([
        (LABEL_FAT.to_owned(), fat.config_digest.to_string()),
        (LABEL_SLIM.to_owned(), slim.image_id.to_string()),
    ]);
    let mut config = fat.config.clone();
    config.config.labels.extend(notes.clone());
    config.rootfs.diff_ids = layers.iter().map(|layer| layer.diff_id.clone()).collect();
    let last = History {
        created: fat.config.created.clone(),
        created_by: Some("jettison slim --rest".to_owned()),
        comment: Some("what was dropped; `jettison restore` gives it back".to_owned()),
        ..History::default()
    };
    config.history = history(&fat.config, kept, [last]);
    let tag = |tag: &Reference| {
        format!("{}:{}-rest", tag.repository(), tag.tag().unwrap_or("latest")).parse().ok()
    };
    let tags = slim.tags.iter().filter_map(tag).collect();
    NewImage { config, layers, tags, annotations: notes }
}

/// The steps that made an image, those whose layer is gone marked so, and what was done since.
pub(crate) fn history(
    of: &ImageConfig,
    kept: &[usize],
    since: impl IntoIterator<Item = History>,
) -> Vec<History> {
    let mut history = of.history.clone();
    let steps = history.iter_mut().filter(|step| !step.empty_layer);
    for (layer, step) in steps.enumerate() {
        step.empty_layer = !kept.contains(&layer);
    }
    history.extend(since);
    history
}
