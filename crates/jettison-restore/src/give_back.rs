//! Writes the fat image, or the slim one with some of what was dropped.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
};

use jettison_image::{
    Compression, Digest, History, ImageConfig, MediaKind, ReadAt, Reader, Reference,
};
use jettison_rootfs::{Kind, LayerFilter, LayerPlan, PathId, WriteError};
use jettison_transport::{
    CompressOptions, CompressedLayer, Destination, LayerSink, NewImage, NewLayer, Places, Written,
    compress_layer, write_exactly,
};

use crate::{
    RestoreError, Whole,
    databases::Databases,
    rest,
    splice::{Piece, Side},
};

/// How something is given back.
#[derive(Clone, Debug)]
pub struct GiveBack {
    /// Names of the image that is made.
    pub tags: Vec<Reference>,
    /// Compression of layers that are written.
    pub compression: Compression,
    /// Where temporary files go.
    pub work_dir: PathBuf,
    /// What the history says was done: the command.
    pub created_by: String,
}

/// An image that was put together and can be saved.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The image.
    pub image: NewImage,
    /// The bytes of its configuration.
    pub config: Vec<u8>,
    /// Names that the slim image does not have.
    pub names: u64,
    /// Bytes of regular files among them, each file counted once.
    pub bytes: u64,
}

impl Restored {
    /// The image's id.
    pub fn image_id(&self) -> Digest {
        Digest::sha256(&self.config)
    }

    /// Saves it.
    pub fn save(
        &self,
        destination: &Destination,
        places: &Places,
    ) -> Result<Written, RestoreError> {
        Ok(write_exactly(destination, &self.image, self.config.clone(), places)?)
    }
}

impl Whole {
    /// The fat image as it was: the same layers to the byte, the same configuration, the same id.
    pub fn give_back_all(&self, how: &GiveBack) -> Result<Restored, RestoreError> {
        let layers = (0..self.tars.len()).map(|layer| self.whole_layer(layer, how));
        let layers = layers.collect::<Result<Vec<_>, _>>()?;
        let dropped: BTreeSet<PathId> = self.dropped().collect();
        let (names, bytes) = self.weigh(&dropped);
        let image = NewImage {
            config: self.config.clone(),
            layers,
            tags: how.tags.clone(),
            annotations: BTreeMap::new(),
        };
        Ok(Restored { image, config: self.config_bytes.clone(), names, bytes })
    }

    /// The slim image with those dropped names that `wants` wants, what links among them lead to, and the directories above
    /// them. Package databases list what is there then.
    pub fn give_back(
        &self,
        wants: &dyn Fn(&[u8]) -> bool,
        how: &GiveBack,
    ) -> Result<Restored, RestoreError> {
        let mut wanted = self.wanted(wants);
        let tree = self.tree();
        let kept: Vec<bool> = tree.iter().map(|path| self.is_in_slim(path)).collect();
        let keeps = |path: PathId| kept[path.index()] || wanted.contains(&path);
        let Databases { rewrites, parts } = self.databases(&keeps, wants)?;
        wanted.extend(parts);
        let (names, bytes) = self.weigh(&wanted);
        let keeps = |path: PathId| kept[path.index()] || wanted.contains(&path);
        let filter = LayerFilter::rewriting(tree, &keeps, rewrites);
        let mut layers = Vec::new();
        let mut present = Vec::new();
        if self.recipe.slim.is_flat {
            layers.push(written(how, |out| filter.flatten(out))?);
        } else {
            for layer in 0..self.tars.len() {
                match filter.plan(layer) {
                    LayerPlan::Empty => continue,
                    LayerPlan::Unchanged => layers.push(self.whole_layer(layer, how)?),
                    LayerPlan::Filtered { .. } => {
                        layers.push(written(how, |out| filter.write(layer, out))?);
                    }
                }
                present.push(layer);
            }
        }
        let config = self.config(&layers, &present, how);
        let bytes_of_config = config.to_vec();
        let image =
            NewImage { config, layers, tags: how.tags.clone(), annotations: BTreeMap::new() };
        Ok(Restored { image, config: bytes_of_config, names, bytes })
    }

    /// Dropped names that are wanted, and what links among them lead to.
    fn wanted(&self, wants: &dyn Fn(&[u8]) -> bool) -> BTreeSet<PathId> {
        let tree = self.tree();
        let mut wanted = BTreeSet::new();
        for path in self.dropped().filter(|&path| wants(&tree.path(path))) {
            wanted.insert(path);
            if tree.inode(path).is_symlink()
                && let Some(resolved) = tree.resolve(&tree.path(path))
            {
                let way = resolved.links.into_iter().chain([resolved.path]);
                wanted.extend(way.filter(|&path| !self.is_in_slim(path)));
            }
        }
        wanted
    }

    /// Names, and bytes of regular files.
    fn weigh(&self, paths: &BTreeSet<PathId>) -> (u64, u64) {
        let tree = self.tree();
        let files: BTreeSet<_> = paths
            .iter()
            .filter(|&&path| tree.inode(path).kind == Kind::File)
            .map(|&path| tree.inode_id(path))
            .collect();
        let bytes = files.into_iter().map(|id| tree.inode_by_id(id).size).sum();
        (paths.len() as u64, bytes)
    }

    /// A layer of the fat image: as the slim image stores it where that has it whole, or compressed anew.
    fn whole_layer(&self, layer: usize, how: &GiveBack) -> Result<NewLayer, RestoreError> {
        if let [Piece(Side::Slim, number, 0, length)] = self.recipe.fat.layers[layer][..] {
            let there = &self.slim.layers[number as usize];
            let stored = NewLayer::from(there);
            let kind = MediaKind::of(&stored.descriptor.media_type);
            if length == there.tar.len() && kind == MediaKind::Layer(how.compression) {
                return Ok(stored);
            }
        }
        let tar: &Arc<dyn ReadAt> = &self.tars[layer];
        let options = CompressOptions::new(how.compression, &how.work_dir);
        let done = compress_layer(&mut Reader::new(tar), &options);
        Ok(done.map_err(|source| spool(how, source))?.into())
    }

    /// The slim image's configuration with these layers.
    fn config(&self, layers: &[NewLayer], present: &[usize], how: &GiveBack) -> ImageConfig {
        let mut config = self.slim.config.clone();
        config.rootfs.diff_ids = layers.iter().map(|layer| layer.diff_id.clone()).collect();
        // What slimming added to the fat image's steps stays behind them.
        let slimmed = config.history.iter().skip(self.config.history.len()).cloned();
        let done = History {
            created: self.config.created.clone(),
            created_by: Some(how.created_by.clone()),
            comment: Some("some of what was dropped is back".to_owned()),
            empty_layer: true,
            ..History::default()
        };
        config.history = rest::history(&self.config, present, slimmed.chain([done]));
        config
    }
}

fn spool(how: &GiveBack, source: io::Error) -> RestoreError {
    RestoreError::Spool { path: how.work_dir.clone(), source }
}

/// A layer that is written anew.
fn written(
    how: &GiveBack,
    write: impl FnOnce(&mut dyn Write) -> Result<(), WriteError>,
) -> Result<NewLayer, RestoreError> {
    let options = CompressOptions::new(how.compression, &how.work_dir);
    let mut sink = LayerSink::new(&options).map_err(|source| spool(how, source))?;
    write(&mut sink)?;
    let layer: CompressedLayer = sink.finish().map_err(|source| spool(how, source))?;
    Ok(layer.into())
}
