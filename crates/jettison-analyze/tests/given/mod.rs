//! An image of the testkit as `analyze` takes it.

use std::sync::Arc;

use jettison_analyze::{ImageIndex, IndexOptions, LayerInput, Subject};
use jettison_image::ImageConfig;
use jettison_testkit::FatImage;

pub(crate) fn index(image: &FatImage) -> ImageIndex {
    let input = |layer: &Vec<u8>| LayerInput { diff_id: None, content: Arc::new(layer.clone()) };
    let inputs: Vec<LayerInput> = image.layers.iter().map(input).collect();
    ImageIndex::build(&inputs, &IndexOptions::default()).expect("sound layers")
}

pub(crate) fn subject(image: &FatImage) -> Subject {
    let config = image.configuration().to_string();
    Subject {
        name: image.tag.clone(),
        tags: vec![image.tag.clone()],
        config: ImageConfig::from_slice(config.as_bytes()).expect("a sound config"),
        image_id: "sha256:0".to_owned(),
        stored: Vec::new(),
        warnings: Vec::new(),
    }
}
