//! Image configs and the lists of `docker save`: what was written is read and written again as the
//! same bytes.
//!
//! Shared by the fuzz target and by the test that replays the corpus with stable Rust.

use jettison_image::{ImageConfig, docker_archive};

/// Panics when untrusted bytes do something that they must not.
pub(crate) fn run(data: &[u8]) {
    if let Ok(config) = ImageConfig::from_slice(data) {
        let written = config.to_vec();
        let again = ImageConfig::from_slice(&written).expect("what was written can be read");
        assert_eq!(again.to_vec(), written);
    }
    if let Ok(images) = docker_archive::parse(data) {
        let written = docker_archive::to_vec(&images);
        let again = docker_archive::parse(&written).expect("what was written can be read");
        assert_eq!(docker_archive::to_vec(&again), written);
    }
    drop(docker_archive::parse_repositories(data));
}
