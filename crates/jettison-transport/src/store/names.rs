//! Names taken away: untagging and removing.

use jettison_image::{Descriptor, Digest, Reference};

use super::{
    Store, StoreError,
    contents::{is_named, name_of, same_name},
};
use crate::layout_destination::edit_index;

/// What a removal did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Names that are gone.
    pub untagged: Vec<Reference>,
    /// The image that nothing leads to any more, by the digest of its index or manifest. Its blobs are
    /// garbage, as far as no other image needs them.
    pub deleted: Option<Digest>,
}

impl Store {
    /// Takes away a name; an image without any name left is deleted. By id or digest the image itself is
    /// meant: it must not have more than one name then, unless `force` is given.
    pub fn remove(&self, wanted: &str, force: Force) -> Result<Removed, StoreError> {
        let _use = self.enter_for(wanted)?;
        let found = self.find(wanted)?;
        let name = wanted.parse::<Reference>().ok().filter(|name| name.digest().is_none());
        let by_name = name.filter(|name| found.iter().any(|entry| same_name(entry, name)));
        let root = found[0].digest.clone();
        if by_name.is_none() && force == Force::No {
            self.check_one_name(wanted, &root)?;
        }
        let (removed, _) = edit_index(self.dir(), |index| {
            let goes = |entry: &Descriptor| match &by_name {
                Some(name) => same_name(entry, name),
                None => entry.digest == root,
            };
            let gone: Vec<Descriptor> =
                index.manifests.iter().filter(|entry| goes(entry)).cloned().collect();
            index.manifests.retain(|entry| !goes(entry));
            let is_left = index.manifests.iter().any(|entry| entry.digest == root);
            let untagged = gone.iter().filter_map(name_of).collect();
            Removed { untagged, deleted: (!is_left && !gone.is_empty()).then_some(root) }
        })?;
        Ok(removed)
    }

    fn check_one_name(&self, wanted: &str, root: &Digest) -> Result<(), StoreError> {
        let index = self.index()?;
        let entries = index.manifests.iter().filter(|entry| entry.digest == *root);
        let names: Vec<String> = entries
            .filter(|entry| is_named(entry))
            .map(|entry| name_of(entry).map_or_else(|| "?".to_owned(), |name| name.familiar()))
            .collect();
        if names.len() < 2 {
            return Ok(());
        }
        Err(StoreError::SeveralNames { id: wanted.to_owned(), names })
    }
}

/// Whether an image goes with all of its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// Only if it has one at most.
    No,
    /// Whatever names it has.
    Yes,
}
