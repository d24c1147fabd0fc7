//! Where an image is whose name does not say so.

use jettison_image::Reference;

use crate::{OpenError, Places, Source, engine::EngineError, store::StoreError};

/// Finds out what a bare text means: a path that exists, else an image of the local store, else one of
/// Docker, else one of its registry. Every other source is what it says.
///
/// An engine that is not there is passed over; the registry is not asked.
pub fn resolve(source: &Source, places: &Places) -> Result<Source, OpenError> {
    let Source::Path(path) = source else {
        return Ok(source.clone());
    };
    if path.symlink_metadata().is_ok() {
        return Ok(source.clone());
    }
    let text = path.to_str().unwrap_or_default();
    let parsed = text.parse::<Reference>();
    let is_id = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let (Err(error), false) = (&parsed, is_id || text.starts_with("sha256:")) {
        let text = path.display().to_string();
        return Err(OpenError::NotAPath { text, source: error.clone() });
    }
    let mut looked = Vec::new();
    if let Some(store) = &places.store {
        match store.find(text) {
            Ok(_) => return Ok(Source::Store { name: text.to_owned() }),
            Err(StoreError::NoSuchImage { .. }) => {
                looked.push("the local store does not have it".to_owned());
            }
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(docker) = &places.docker {
        match docker.inspect(text) {
            Ok(_) => return Ok(Source::DockerDaemon { name: text.to_owned() }),
            Err(EngineError::NoSuchImage { .. }) => {
                looked.push("Docker does not have it".to_owned());
            }
            Err(EngineError::Unreachable { address, .. }) => {
                looked.push(format!("no Docker engine answers at {address}"));
            }
            Err(error) => looked.push(error.to_string()),
        }
    }
    if looked.is_empty() {
        looked.push("no other place is known".to_owned());
    }
    match parsed {
        Ok(name) if places.registries.is_some() => Ok(Source::Registry { name }),
        _ => Err(OpenError::NotFound { text: text.to_owned(), looked }),
    }
}
