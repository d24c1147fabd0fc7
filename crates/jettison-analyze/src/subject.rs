//! The image that is analysed, without its layers' bytes.

use jettison_image::ImageConfig;
use jettison_transport::StoredImage;

use crate::index::LayerInput;

/// What is known of an image beside its layers.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Where it came from, as a person would write it.
    pub name: String,
    /// Its names.
    pub tags: Vec<String>,
    /// Its config.
    pub config: ImageConfig,
    /// The digest of its config.
    pub image_id: String,
    /// Length of each layer as it is stored.
    pub stored: Vec<u64>,
    /// What a person should know: sentences without a final full stop.
    pub warnings: Vec<String>,
}

impl Subject {
    /// An image that was located.
    pub fn of(image: &StoredImage) -> Self {
        Self {
            name: image.source_name.clone(),
            tags: image.tags.iter().map(jettison_image::Reference::familiar).collect(),
            config: image.config.clone(),
            image_id: image.config_digest.to_string(),
            stored: image.layers.iter().map(|layer| layer.content.len()).collect(),
            warnings: image.warnings.clone(),
        }
    }
}

/// The layers of an image that was located, for [`crate::ImageIndex::build`].
pub fn layer_inputs(image: &StoredImage) -> Vec<LayerInput> {
    let layers = image.layers.iter();
    let input = |layer: &jettison_transport::StoredLayer| LayerInput {
        diff_id: Some(layer.diff_id.clone()),
        content: layer.content.clone(),
    };
    layers.map(input).collect()
}
