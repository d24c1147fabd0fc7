//! What the store holds: documents from the names down to the blobs.

use std::collections::{BTreeMap, BTreeSet};

use jettison_image::{
    Descriptor, Digest, IMAGE_NAME, ImageConfig, Index, MAX_CONFIG, MAX_MANIFEST, Manifest,
    MediaKind, REF_NAME, ReadAt, Reference,
};

use super::{Store, StoreError};
use crate::{
    FileBlob,
    oci_layout::{MAX_INDEX_DEPTH, full_name, is_note},
    stored_files::blob_name,
};

/// An image manifest in the store, and what is known of it.
#[derive(Debug)]
pub(super) struct Held {
    /// The entry of the index that leads to it.
    pub(super) descriptor: Descriptor,
    pub(super) manifest: Manifest,
    /// `None` for artifacts, and when it is missing.
    pub(super) config: Option<ImageConfig>,
}

/// Everything under one entry of `index.json`.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Every blob with its size, documents included.
    pub(super) blobs: BTreeMap<Digest, u64>,
    /// Images, in the order of their indexes, without attestations.
    pub(super) images: Vec<Held>,
    /// What should be there and is not, or is damaged.
    pub(super) missing: Vec<(Digest, String)>,
}

impl Store {
    /// Walks down from an entry. A document that is missing ends the walk there and is noted; one that
    /// cannot be understood is an error, as nobody can tell what it needs.
    pub(super) fn tree(&self, entry: &Descriptor) -> Result<Tree, StoreError> {
        let mut tree = Tree::default();
        self.walk(entry, &mut tree, 0)?;
        Ok(tree)
    }

    fn walk(&self, entry: &Descriptor, tree: &mut Tree, depth: usize) -> Result<(), StoreError> {
        if tree.blobs.insert(entry.digest.clone(), entry.size).is_some() {
            return Ok(());
        }
        let kind = MediaKind::of(&entry.media_type);
        if !matches!(kind, MediaKind::Index | MediaKind::Manifest) {
            return Ok(());
        }
        let bytes = match self.read(&entry.digest, MAX_MANIFEST) {
            Ok(bytes) => bytes,
            Err(problem) => {
                tree.missing.push((entry.digest.clone(), problem));
                return Ok(());
            }
        };
        let broken = |source| StoreError::Document {
            dir: self.dir().to_owned(),
            digest: entry.digest.clone(),
            source,
        };
        if kind == MediaKind::Index {
            if depth > MAX_INDEX_DEPTH {
                let problem = format!("indexes nested deeper than {MAX_INDEX_DEPTH}");
                let (dir, digest) = (self.dir().to_owned(), entry.digest.clone());
                return Err(StoreError::Damaged { dir, digest, problem });
            }
            let index = Index::from_slice(&bytes).map_err(broken)?;
            return index.manifests.iter().try_for_each(|entry| self.walk(entry, tree, depth + 1));
        }
        let manifest = Manifest::from_slice(&bytes).map_err(broken)?;
        for blob in manifest.layers.iter().chain([&manifest.config]) {
            let elsewhere = matches!(MediaKind::of(&blob.media_type), MediaKind::ForeignLayer(_));
            if !elsewhere || self.blob_size(&blob.digest).is_some() {
                tree.blobs.insert(blob.digest.clone(), blob.size);
            }
        }
        if !is_note(entry) {
            let config = self.read(&manifest.config.digest, MAX_CONFIG).ok();
            let config = config.and_then(|bytes| ImageConfig::from_slice(&bytes).ok());
            tree.images.push(Held { descriptor: entry.clone(), manifest, config });
        }
        Ok(())
    }

    /// A small blob, its digest checked; or what is wrong with it.
    pub(super) fn read(&self, digest: &Digest, limit: usize) -> Result<Vec<u8>, String> {
        let blob = FileBlob::open(&self.dir().join(blob_name(digest)));
        let blob = blob.map_err(|error| error.to_string())?;
        let len = usize::try_from(blob.len()).ok().filter(|len| *len <= limit);
        let len = len.ok_or_else(|| format!("it has {} bytes, more than {limit}", blob.len()))?;
        let mut bytes = vec![0; len];
        blob.read_exact_at(0, &mut bytes).map_err(|error| error.to_string())?;
        let found = Digest::sha256(&bytes);
        if found == *digest { Ok(bytes) } else { Err(format!("it is damaged: it is {found}")) }
    }

    /// The size of a blob's file.
    pub(super) fn blob_size(&self, digest: &Digest) -> Option<u64> {
        fs_err::metadata(self.dir().join(blob_name(digest))).ok().map(|metadata| metadata.len())
    }

    /// The entries of the image that a person means: a name, the beginning of an id (of six digits at
    /// least), or a digest, alone or behind a name.
    pub(crate) fn find(&self, wanted: &str) -> Result<Vec<Descriptor>, StoreError> {
        let index = self.index()?;
        let missing = || StoreError::NoSuchImage { wanted: wanted.to_owned() };
        if let Ok(name) = wanted.parse::<Reference>() {
            let is_meant = |entry: &&Descriptor| is_meant(entry, &name);
            let found: Vec<Descriptor> = index.manifests.iter().filter(is_meant).cloned().collect();
            if !found.is_empty() {
                return Ok(found);
            }
        }
        let id = wanted.strip_prefix("sha256:").unwrap_or(wanted);
        if id.len() < SHORTEST_ID || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(missing());
        }
        let id = id.to_ascii_lowercase();
        let mut found: BTreeMap<Digest, Descriptor> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for entry in &index.manifests {
            for own in self.ids(entry)?.into_iter().filter(|own| own.hex().starts_with(&id)) {
                ids.insert(own.short().to_owned());
                found.entry(entry.digest.clone()).or_insert_with(|| entry.clone());
            }
        }
        match found.len() {
            0 => Err(missing()),
            1 => Ok(found.into_values().collect()),
            _ => {
                let ids = ids.into_iter().collect();
                Err(StoreError::Ambiguous { wanted: wanted.to_owned(), ids })
            }
        }
    }

    /// The digests that an entry's image goes by: its own, and those of its manifests and configs.
    fn ids(&self, entry: &Descriptor) -> Result<Vec<Digest>, StoreError> {
        let tree = self.tree(entry)?;
        let mut ids = vec![entry.digest.clone()];
        for image in tree.images {
            ids.push(image.descriptor.digest);
            ids.push(image.manifest.config.digest);
        }
        ids.sort();
        ids.dedup();
        Ok(ids)
    }
}

/// The fewest digits that are taken for an id: four are guessed right too often, Docker's users write
/// twelve.
const SHORTEST_ID: usize = 6;

/// Whether the entry has this very name.
pub(super) fn same_name(entry: &Descriptor, name: &Reference) -> bool {
    name_of(entry).as_ref() == Some(name)
}

/// Whether a person who writes `name` means this entry.
fn is_meant(entry: &Descriptor, name: &Reference) -> bool {
    let Some(own) = name_of(entry) else {
        return false;
    };
    let Some(digest) = name.digest() else {
        return own == *name;
    };
    // What was pulled by the digest of an index is one of its manifests.
    let is_same = entry.digest == *digest || own.digest() == Some(digest);
    is_same && own.repository() == name.repository()
}

/// The name of an entry, if it has one.
pub(super) fn name_of(entry: &Descriptor) -> Option<Reference> {
    full_name(entry).or_else(|| entry.annotations.get(REF_NAME)?.parse().ok())
}

/// Whether the entry has a name at all, be it one that is none of Docker's.
pub(super) fn is_named(entry: &Descriptor) -> bool {
    entry.annotations.contains_key(REF_NAME) || entry.annotations.contains_key(IMAGE_NAME)
}
