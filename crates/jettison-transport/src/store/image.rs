//! What the store can tell of its images: names, ids, sizes, what they share.

use std::collections::{BTreeMap, BTreeSet};

use jettison_image::{Descriptor, Digest, ImageConfig, Platform, Reference};

use super::{
    Store, StoreError,
    contents::{Held, Tree, name_of},
};
use crate::platform_choice::nearest;

/// An image in the store.
#[derive(Debug, Clone)]
pub struct StoreImage {
    /// Its names, sorted; none for one that was kept without.
    pub names: Vec<Reference>,
    /// The digest of its index or manifest.
    pub digest: Digest,
    /// Its id: the digest of its config; of an index, that of this machine's image, or the first.
    pub id: Digest,
    /// The images in it: one, or one for each platform.
    pub platforms: Vec<StorePlatform>,
    /// Bytes of all its blobs, each once, as they are stored (layers mostly compressed).
    pub size: u64,
    /// Of those, bytes of blobs that other images need too.
    pub shared: u64,
    /// Digests of documents that should be there and are not.
    pub missing: Vec<Digest>,
}

/// One platform's image.
#[derive(Debug, Clone)]
pub struct StorePlatform {
    /// What it runs on.
    pub platform: Platform,
    /// Media type, digest and size of its manifest.
    pub manifest: Descriptor,
    /// The digest of its config.
    pub id: Digest,
    /// Its config; `None` if it is missing, or an artifact's.
    pub config: Option<ImageConfig>,
    /// Its layers as they are stored.
    pub layers: Vec<Descriptor>,
}

impl StoreImage {
    /// Bytes that removing it frees.
    pub fn own(&self) -> u64 {
        self.size - self.shared
    }

    /// The image for this machine, or the first; `None` only for an empty or damaged index.
    pub fn main(&self) -> Option<&StorePlatform> {
        main(&self.platforms)
    }
}

fn main(platforms: &[StorePlatform]) -> Option<&StorePlatform> {
    let of = platforms.iter().map(|one| Some(&one.platform));
    platforms.get(nearest(of, &Platform::host()).unwrap_or(0))
}

impl Store {
    /// All images, the one with the first name first; those without a name last, by id.
    pub fn images(&self) -> Result<Vec<StoreImage>, StoreError> {
        let Some(_use) = self.enter()? else {
            return Ok(Vec::new());
        };
        let mut roots: BTreeMap<Digest, (Descriptor, BTreeSet<Reference>)> = BTreeMap::new();
        for entry in self.index()?.manifests {
            let name = name_of(&entry);
            let root =
                roots.entry(entry.digest.clone()).or_insert_with(|| (entry, BTreeSet::new()));
            root.1.extend(name);
        }
        let mut trees = Vec::new();
        let mut users: BTreeMap<Digest, usize> = BTreeMap::new();
        for (entry, names) in roots.into_values() {
            let tree = self.tree(&entry)?;
            for digest in tree.blobs.keys() {
                *users.entry(digest.clone()).or_default() += 1;
            }
            trees.push((entry, names, tree));
        }
        let mut images: Vec<StoreImage> = trees
            .into_iter()
            .map(|(entry, names, tree)| image(entry, names, tree, &users))
            .collect();
        images.sort_by(|a, b| {
            let key = |image: &StoreImage| (image.names.is_empty(), image.names.clone());
            key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
        });
        Ok(images)
    }

    /// One image, by name, id or digest.
    pub fn image(&self, wanted: &str) -> Result<StoreImage, StoreError> {
        let _use = self.enter_for(wanted)?;
        let root = self.find(wanted)?.swap_remove(0).digest;
        let missing = || StoreError::NoSuchImage { wanted: wanted.to_owned() };
        self.images()?.into_iter().find(|image| image.digest == root).ok_or_else(missing)
    }
}

fn image(
    entry: Descriptor,
    names: BTreeSet<Reference>,
    tree: Tree,
    users: &BTreeMap<Digest, usize>,
) -> StoreImage {
    let Tree { blobs, images, missing } = tree;
    let shared = |digest: &&Digest| users.get(*digest).is_some_and(|users| *users > 1);
    let shared = blobs.keys().filter(shared).map(|digest| blobs[digest]).sum();
    let platforms: Vec<StorePlatform> = images.into_iter().map(platform).collect();
    let id = main(&platforms).map_or_else(|| entry.digest.clone(), |main| main.id.clone());
    StoreImage {
        names: names.into_iter().collect(),
        digest: entry.digest,
        id,
        platforms,
        size: blobs.values().sum(),
        shared,
        missing: missing.into_iter().map(|(digest, _)| digest).collect(),
    }
}

fn platform(held: Held) -> StorePlatform {
    let Held { descriptor, manifest, config } = held;
    let stated = descriptor.platform.clone();
    let own = config.as_ref().map(ImageConfig::platform).filter(|own| !own.os.is_empty());
    let mut bare = Descriptor::new(&descriptor.media_type, descriptor.digest, descriptor.size);
    bare.artifact_type.clone_from(&manifest.artifact_type);
    StorePlatform {
        platform: stated.or(own).unwrap_or_default(),
        manifest: bare,
        id: manifest.config.digest,
        config,
        layers: manifest.layers,
    }
}
