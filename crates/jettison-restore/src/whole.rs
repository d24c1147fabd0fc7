//! Slim image and rest, put together: the fat image, readable without a copy.

use std::{io, path::Path, sync::Arc};

use jettison_image::{Digest, ImageConfig, ReadAt, Sha256Hasher, SubRange};
use jettison_rootfs::{DataMap, LayerIndex, LayerSource, Limits, PathId, Tree, index_layers};
use jettison_transport::Image;

use crate::{
    DIRECTORY, RestoreError, Spliced,
    recipe::{CONFIG, ODD, RECIPE, RECIPE_BYTES, Recipe},
    splice::{Piece, Side},
};

/// Bytes hashed at a time.
const CHUNK: usize = 256 << 10;

/// The fat image.
#[derive(Debug)]
pub struct Whole {
    pub(crate) recipe: Recipe,
    pub(crate) slim: Image,
    pub(crate) config: ImageConfig,
    pub(crate) config_bytes: Vec<u8>,
    /// Each layer, read through the recipe.
    pub(crate) tars: Vec<Arc<dyn ReadAt>>,
    tree: Tree,
    slim_tree: Tree,
}

impl Whole {
    /// Puts the two together and verifies what comes out.
    pub fn open(slim: Image, rest: &Image, limits: &Limits) -> Result<Self, RestoreError> {
        let top = Top::open(rest, limits)?;
        let recipe = Recipe::parse(&top.read(RECIPE, RECIPE_BYTES)?)?;
        let found: Vec<&Digest> = slim.layers.iter().map(|layer| &layer.diff_id).collect();
        if recipe.slim.diff_ids.iter().ne(found) {
            return Err(RestoreError::OtherSlim {
                name: slim.source_name.clone(),
                expected: recipe.slim.image_id,
                found: slim.config_digest.clone(),
            });
        }
        let config_bytes = top.read(CONFIG, jettison_image::MAX_CONFIG as u64)?;
        let config = config(&recipe, &config_bytes)?;
        let odd: Arc<dyn ReadAt> = Arc::new(top.odd()?);
        let below = rest.layers.len() - 1;
        let source = |side: Side, layer: u32| {
            let layer = layer as usize;
            match side {
                Side::Slim => slim.layers.get(layer).map(|layer| Arc::clone(&layer.tar)),
                Side::Rest => rest.layers[..below].get(layer).map(|layer| Arc::clone(&layer.tar)),
                Side::Odd => (layer == 0).then(|| Arc::clone(&odd)),
            }
        };
        let tars = tars(&recipe.fat.layers, &config.rootfs.diff_ids, source)?;
        let tree = merge(&tars, limits)?;
        let slim_tars: Vec<_> = slim.layers.iter().map(|layer| Arc::clone(&layer.tar)).collect();
        let slim_tree = merge(&slim_tars, limits)?;
        Ok(Self { recipe, slim, config, config_bytes, tars, tree, slim_tree })
    }

    /// The tree of the fat image.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The tree of the slim image.
    pub fn slim_tree(&self) -> &Tree {
        &self.slim_tree
    }

    /// The fat image's names.
    pub fn tags(&self) -> &[String] {
        &self.recipe.fat.tags
    }

    /// The fat image's id.
    pub fn image_id(&self) -> &Digest {
        &self.recipe.fat.image_id
    }

    /// The slim image that it was put together from.
    pub fn slim(&self) -> &Image {
        &self.slim
    }

    /// Whether the slim image has a name of the fat one.
    pub fn is_in_slim(&self, path: PathId) -> bool {
        self.slim_tree.find(&self.tree.path(path)).is_some()
    }

    /// Every name that the slim image does not have, in the order of the tree.
    pub fn dropped(&self) -> impl Iterator<Item = PathId> + '_ {
        self.tree.iter().filter(|&path| !self.is_in_slim(path))
    }
}

/// The fat image's configuration, if it is the one that the recipe names.
fn config(recipe: &Recipe, bytes: &[u8]) -> Result<ImageConfig, RestoreError> {
    let wrong = |problem: String| RestoreError::Recipe { problem };
    let digest = Digest::sha256(bytes);
    if digest != recipe.fat.image_id {
        let expected = &recipe.fat.image_id;
        return Err(wrong(format!("the configuration is {digest} instead of {expected}")));
    }
    let config = ImageConfig::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    let (layers, diff_ids) = (recipe.fat.layers.len(), config.rootfs.diff_ids.len());
    if layers != diff_ids {
        return Err(wrong(format!("it has {layers} layers for {diff_ids} diff-ids")));
    }
    Ok(config)
}

fn tars(
    layers: &[Vec<Piece>],
    diff_ids: &[Digest],
    source: impl Fn(Side, u32) -> Option<Arc<dyn ReadAt>>,
) -> Result<Vec<Arc<dyn ReadAt>>, RestoreError> {
    let mut tars: Vec<Arc<dyn ReadAt>> = Vec::with_capacity(layers.len());
    for (number, (pieces, expected)) in (1..).zip(layers.iter().zip(diff_ids)) {
        let missing = || RestoreError::Recipe {
            problem: format!("a piece of layer {number} lies where there are no bytes"),
        };
        let tar = Spliced::new(pieces, &source).ok_or_else(missing)?;
        let unreadable = |error: io::Error| RestoreError::Index {
            number,
            problem: format!("it cannot be read: {error}"),
        };
        let found = digest(&tar).map_err(unreadable)?;
        if found != *expected {
            return Err(RestoreError::Digest { number, expected: expected.clone(), found });
        }
        tars.push(Arc::new(tar));
    }
    Ok(tars)
}

fn digest(tar: &dyn ReadAt) -> io::Result<Digest> {
    let mut hasher = Sha256Hasher::new();
    let mut buffer = vec![0; CHUNK];
    let mut at = 0;
    loop {
        let read = tar.read_at(at, &mut buffer)?;
        if read == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(&buffer[..read]);
        at += read as u64;
    }
}

fn merge(tars: &[Arc<dyn ReadAt>], limits: &Limits) -> Result<Tree, RestoreError> {
    let layers = index_layers(tars, limits).map_err(|error| RestoreError::Index {
        number: error.layer + 1,
        problem: error.source.to_string(),
    })?;
    Ok(Tree::merge(layers)?)
}

/// The topmost layer of a rest.
struct Top<'a> {
    name: &'a str,
    tree: Tree,
}

impl<'a> Top<'a> {
    fn open(rest: &'a Image, limits: &Limits) -> Result<Self, RestoreError> {
        let name = rest.source_name.as_str();
        let missing =
            || RestoreError::NoRest { name: name.to_owned(), directory: DIRECTORY, file: RECIPE };
        let layer = rest.layers.last().ok_or_else(missing)?;
        let index = LayerIndex::read(&layer.tar, limits).map_err(|error| RestoreError::Recipe {
            problem: format!("its layer is no readable tar: {error}"),
        })?;
        let layer = LayerSource { blob: Arc::clone(&layer.tar), index: Arc::new(index) };
        Ok(Self { name, tree: Tree::merge(vec![layer])? })
    }

    fn find(&self, file: &'static str) -> Result<PathId, RestoreError> {
        let path = Path::new(DIRECTORY).join(file);
        let found = self.tree.find(path.as_os_str().as_encoded_bytes());
        found.filter(|&path| self.tree.inode(path).is_file()).ok_or_else(|| RestoreError::NoRest {
            name: self.name.to_owned(),
            directory: DIRECTORY,
            file,
        })
    }

    fn read(&self, file: &'static str, limit: u64) -> Result<Vec<u8>, RestoreError> {
        let path = self.find(file)?;
        let bytes = self.tree.read_all(self.tree.inode_id(path), limit);
        bytes.map_err(|error| RestoreError::Recipe { problem: format!("{file}: {error}") })
    }

    /// The odd bytes, where they lie.
    fn odd(&self) -> Result<SubRange, RestoreError> {
        let wrong = || RestoreError::Recipe { problem: format!("{ODD} is no plain file") };
        let id = self.tree.inode_id(self.find(ODD)?);
        let (layer, data) = self.tree.data(id).ok_or_else(wrong)?;
        let DataMap::Contiguous(offset) = *data else { return Err(wrong()) };
        let blob = Arc::clone(&self.tree.layers()[layer].blob);
        SubRange::new(blob, offset, self.tree.inode_by_id(id).size).ok_or_else(wrong)
    }
}
