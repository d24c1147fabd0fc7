//! The bill of materials: the one thing that needs the bytes of programs and jars.

use std::path::Path;

use jettison_packages::{Landmarks, Packages, inventory, sbom};
use jettison_rootfs::{LayerSource, Tree};
use jettison_transport::OpenOptions;

use super::request::Read;
use crate::{
    environment::Environment,
    failure::{Failure, Kind},
};

/// Writes the bill of an image.
pub(super) fn write(
    file: &Path,
    format: sbom::Format,
    read: &Read,
    open: &OpenOptions,
    environment: &Environment,
) -> Result<(), Failure> {
    let failed = |error: &dyn std::error::Error| Failure::from_error(Kind::Input, error);
    let epoch = environment.source_date_epoch.as_deref().map(|text| {
        text.parse().map_err(|_error| {
            Failure::new(Kind::Input, format!("SOURCE_DATE_EPOCH={text}: no number of seconds"))
        })
    });
    let verified = read.image.clone().verify(open).map_err(|error| failed(&error))?;
    let layers = verified.layers.iter().zip(&read.index.layers);
    let sources = layers.map(|(layer, record)| LayerSource {
        blob: layer.tar.clone(),
        index: record.index.clone(),
    });
    let tree = Tree::merge(sources.collect()).map_err(|error| failed(&error))?;
    let landmarks = Landmarks::of(&tree);
    let packages = Packages::of(&tree, &landmarks);
    let list = inventory(&tree, &landmarks, &packages, &|_| true);
    let subject = sbom::Subject {
        name: read.image.source_name.clone(),
        digest: read.image.config_digest.to_string(),
        created: read.image.config.created.clone(),
        epoch: epoch.transpose()?,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let bill = sbom::write(format, &subject, &tree, &list);
    jettison_slim::artifacts::write_file(file, &bill)
        .map_err(|error| Failure::from_error(Kind::Operation, &error))
}
