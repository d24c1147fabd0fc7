//! Whether everything in the store is what its digest says, and whether nothing is missing.

use std::collections::BTreeMap;

use jettison_image::{Digest, Reference};

use super::{Store, StoreError, contents::name_of, gc::names_in};
use crate::{FileBlob, hashing::digest_of};

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    /// Names and images without a name.
    pub entries: usize,
    /// Blobs that were read and hashed.
    pub blobs: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What is wrong, sorted by digest.
    pub damage: Vec<Damage>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The blob.
    pub digest: Digest,
    /// What is wrong with it.
    pub problem: String,
    /// The images that need it; none for garbage.
    pub images: Vec<Reference>,
}

impl Store {
    /// Hashes every blob and follows every name. `progress` is told of each further byte count read.
    pub fn verify(&self, progress: &mut dyn FnMut(u64)) -> Result<Verified, StoreError> {
        let Some(_use) = self.enter()? else {
            return Ok(Verified::default());
        };
        let mut verified = Verified::default();
        let mut problems: BTreeMap<Digest, String> = BTreeMap::new();
        for name in names_in(&self.dir().join("blobs/sha256"))? {
            // What is not named for a digest is a leftover: garbage, not damage.
            let Ok(digest) = Digest::from_sha256_hex(&name) else {
                continue;
            };
            let path = self.dir().join("blobs/sha256").join(&name);
            verified.blobs += 1;
            let mut count = |more| {
                verified.bytes += more;
                progress(more);
            };
            match FileBlob::open(&path).and_then(|blob| digest_of(&blob, &mut count)) {
                Ok(found) if found == digest => {}
                Ok(found) => drop(problems.insert(digest, format!("it is damaged: it is {found}"))),
                Err(error) => drop(problems.insert(digest, error.to_string())),
            }
        }
        let mut users: BTreeMap<Digest, Vec<Reference>> = BTreeMap::new();
        for entry in self.index()?.manifests {
            verified.entries += 1;
            let tree = match self.tree(&entry) {
                Ok(tree) => tree,
                Err(StoreError::Document { digest, source, .. }) => {
                    problems.insert(digest, source.to_string());
                    continue;
                }
                Err(StoreError::Damaged { digest, problem, .. }) => {
                    problems.insert(digest, problem);
                    continue;
                }
                Err(error) => return Err(error),
            };
            for (digest, size) in tree.blobs {
                match self.blob_size(&digest) {
                    None => drop(problems.insert(digest.clone(), "it is missing".to_owned())),
                    Some(found) if found != size => {
                        let problem = format!("it has {found} bytes, {size} are expected");
                        problems.entry(digest.clone()).or_insert(problem);
                    }
                    Some(_) => {}
                }
                users.entry(digest).or_default().extend(name_of(&entry));
            }
        }
        verified.damage = problems
            .into_iter()
            .map(|(digest, problem)| {
                let images = users.remove(&digest).unwrap_or_default();
                Damage { digest, problem, images }
            })
            .collect();
        Ok(verified)
    }
}
