//! The bill of materials of the slim image.

use jettison_keep::KeepSet;
use jettison_packages::{
    inventory,
    sbom::{self, Subject},
};

use jettison_transport::Image;

use crate::{decision::Basis, report::ImageFacts, request::Bill};

/// What is left of the fat image's packages, in the form that was asked for.
///
/// Databases are read in the fat image: lists of files and licences that it has are not all in the slim one.
pub(crate) fn write(
    bill: Bill,
    basis: &Basis<'_>,
    keep: &KeepSet,
    slim: &ImageFacts,
    fat: &Image,
) -> Vec<u8> {
    let tree = basis.tree;
    let packages =
        inventory(tree, basis.facts.landmarks(tree), basis.facts.packages(tree), &|path| {
            keep.contains(path)
        });
    let subject = Subject {
        name: slim.tags.first().unwrap_or(&fat.source_name).clone(),
        digest: slim.image_id.clone(),
        created: fat.config.created.clone(),
        epoch: bill.epoch,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    sbom::write(bill.format, &subject, tree, &packages)
}
