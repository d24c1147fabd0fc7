//! The recipe in a rest's top layer: how the fat image is made of the slim one and the rest.

use jettison_image::Digest;
use serde::{Deserialize, Serialize};

use crate::{RestoreError, splice::Piece};

/// Raised when a field changes its meaning.
pub(crate) const SCHEMA: u32 = 1;

/// Longest recipe that is read. An entry that stays between two that go costs two pieces of some 30 bytes: this is enough
/// for the four million entries that two layers may have at most.
pub(crate) const RECIPE_BYTES: u64 = 256 << 20;

/// Name of the recipe in the directory.
pub(crate) const RECIPE: &str = "recipe.json";
/// Name of the odd bytes there.
pub(crate) const ODD: &str = "odd";
/// Name of the fat image's configuration there.
pub(crate) const CONFIG: &str = "config.json";

/// Everything that a rest says beside its layers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Recipe {
    pub(crate) schema: u32,
    /// The version of jettison that wrote it.
    pub(crate) jettison: String,
    pub(crate) fat: FatRecipe,
    pub(crate) slim: SlimRecipe,
}

/// The image that is made.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FatRecipe {
    /// Digest of its configuration, which lies beside the recipe.
    pub(crate) image_id: Digest,
    pub(crate) tags: Vec<String>,
    /// Its layers, lowest first; as many as the configuration has diff-ids.
    pub(crate) layers: Vec<Vec<Piece>>,
}

/// The image that it is made of.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SlimRecipe {
    pub(crate) image_id: Digest,
    /// What tells it from others, whatever it is called and however it is compressed.
    pub(crate) diff_ids: Vec<Digest>,
    /// Whether it has one layer for all.
    pub(crate) is_flat: bool,
}

impl Recipe {
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("recipes hold nothing that JSON cannot")
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, RestoreError> {
        let wrong = |problem: String| RestoreError::Recipe { problem };
        let recipe: Self =
            serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if recipe.schema != SCHEMA {
            return Err(wrong(format!(
                "it has schema {}, and this jettison knows {SCHEMA}; it was written by {}",
                recipe.schema, recipe.jettison
            )));
        }
        Ok(recipe)
    }
}
