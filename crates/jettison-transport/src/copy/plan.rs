//! What is to be copied: the documents under a root, and the blobs that they refer to.

use std::collections::{BTreeMap, BTreeSet};

use jettison_image::{
    Descriptor, Digest, ImageConfig, Index, MAX_CONFIG, Manifest, MediaKind, Platform,
};

use super::{BlobRole, CopyError, Document, ImageSource, Platforms, TransferError, VerifyError};
use crate::{
    oci_layout::{MAX_CANDIDATES, MAX_INDEX_DEPTH, is_note},
    platform_choice::nearest,
};

/// Everything that a copy moves.
#[derive(Debug)]
pub(super) struct CopyPlan {
    /// What gets the name.
    pub(super) root: Document,
    /// The documents below it, each after what it refers to.
    pub(super) children: Vec<Document>,
    /// Configs and layers, each once.
    pub(super) blobs: BTreeMap<Digest, (Descriptor, BlobRole)>,
}

impl CopyPlan {
    /// Reads the documents and decides.
    pub(super) fn new(
        source: &dyn ImageSource,
        root: Document,
        platforms: &Platforms,
    ) -> Result<Self, CopyError> {
        let planner = Planner { source };
        let root = match platforms {
            Platforms::All => root,
            Platforms::One(wanted) => planner.one(root, wanted.as_ref())?,
        };
        let mut plan = Self { root, children: Vec::new(), blobs: BTreeMap::new() };
        let top = plan.root.clone();
        planner.walk(&top, &mut plan, &mut BTreeSet::new(), 0)?;
        Ok(plan)
    }
}

/// The manifest of the image at `source` for a machine; `None` is this one.
pub(crate) fn image_document(
    source: &dyn ImageSource,
    platform: Option<&Platform>,
) -> Result<Document, CopyError> {
    let planner = Planner { source };
    let root = source.root().map_err(|error| planner.failed(error))?;
    planner.one(root, platform)
}

struct Planner<'s> {
    source: &'s dyn ImageSource,
}

impl Planner<'_> {
    /// The manifest for the machine that is meant.
    fn one(&self, root: Document, wanted: Option<&Platform>) -> Result<Document, CopyError> {
        if kind(&root) != MediaKind::Index {
            if let Some(wanted) = wanted {
                self.check_platform(&root, wanted)?;
            }
            return Ok(root);
        }
        let mut candidates = Vec::new();
        self.candidates(&root, &mut candidates, 0)?;
        let host = Platform::host();
        let machine = wanted.unwrap_or(&host);
        let platforms = candidates.iter().map(|candidate| candidate.platform.as_ref());
        let chosen = match nearest(platforms, machine) {
            Some(chosen) => chosen,
            // Nobody asked for a platform, so that there is nothing to choose.
            None if wanted.is_none() && candidates.len() == 1 => 0,
            None => {
                let available =
                    candidates.iter().filter_map(|one| Some(one.platform.as_ref()?.to_string()));
                return Err(CopyError::Platform {
                    name: self.source.name(),
                    wanted: machine.to_string(),
                    available: available.collect(),
                });
            }
        };
        self.document(&candidates[chosen])
    }

    /// All manifests under an index that are images.
    fn candidates(
        &self,
        index: &Document,
        found: &mut Vec<Descriptor>,
        depth: usize,
    ) -> Result<(), CopyError> {
        for entry in self.index(index)?.manifests.iter().filter(|entry| !is_note(entry)) {
            match MediaKind::of(&entry.media_type) {
                MediaKind::Manifest if found.len() < MAX_CANDIDATES => found.push(entry.clone()),
                MediaKind::Index if depth < MAX_INDEX_DEPTH => {
                    self.candidates(&self.document(entry)?, found, depth + 1)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Adds what is below `document`, and what it refers to.
    fn walk(
        &self,
        document: &Document,
        plan: &mut CopyPlan,
        seen: &mut BTreeSet<Digest>,
        depth: usize,
    ) -> Result<(), CopyError> {
        match kind(document) {
            MediaKind::Index if depth > MAX_INDEX_DEPTH => {
                self.refuse(document, format!("indexes nested deeper than {MAX_INDEX_DEPTH}"))
            }
            MediaKind::Index => {
                for entry in self.index(document)?.manifests {
                    if !seen.insert(entry.digest.clone()) {
                        continue;
                    }
                    if seen.len() > MAX_CANDIDATES {
                        return self.refuse(document, format!("more than {MAX_CANDIDATES} manifests"));
                    }
                    let child = self.document(&entry)?;
                    self.walk(&child, plan, seen, depth + 1)?;
                    plan.children.push(child);
                }
                Ok(())
            }
            MediaKind::Manifest => {
                let manifest = self.manifest(document)?;
                let mut add = |descriptor: Descriptor, role| {
                    plan.blobs.insert(descriptor.digest.clone(), (descriptor, role));
                };
                for layer in manifest.layers {
                    // Layers that lie elsewhere are not the registry's, nor the archive's.
                    let elsewhere = matches!(MediaKind::of(&layer.media_type), MediaKind::ForeignLayer(_))
                        && !layer.urls.is_empty();
                    if !elsewhere {
                        add(layer, BlobRole::Layer);
                    }
                }
                add(manifest.config, BlobRole::Config);
                Ok(())
            }
            MediaKind::Schema1 => self.refuse(
                document,
                "its manifest is of version 1, which engines gave up; pull and push it with a current engine"
                    .to_owned(),
            ),
            _ => {
                let media_type = &document.descriptor.media_type;
                self.refuse(document, format!("its media type is {media_type:.100?}"))
            }
        }
    }

    fn check_platform(&self, manifest: &Document, wanted: &Platform) -> Result<(), CopyError> {
        let config = self.manifest(manifest)?.config;
        if MediaKind::of(&config.media_type) != MediaKind::Config {
            return Ok(());
        }
        let bytes =
            read_blob(self.source, &config, MAX_CONFIG).map_err(|error| self.failed(error))?;
        let (name, digest) = (self.source.name(), config.digest.clone());
        let config = ImageConfig::from_slice(&bytes).map_err(|source| CopyError::Document {
            name,
            digest,
            source,
        })?;
        let own = config.platform();
        if own.runs_on(wanted) {
            return Ok(());
        }
        let (name, wanted) = (self.source.name(), wanted.to_string());
        Err(CopyError::Platform { name, wanted, available: vec![own.to_string()] })
    }

    /// A document of the source, its digest checked.
    fn document(&self, descriptor: &Descriptor) -> Result<Document, CopyError> {
        let document = self.source.document(descriptor).map_err(|error| self.failed(error))?;
        check_digest(self.source, &document)?;
        if document.digest() == &descriptor.digest {
            return Ok(document);
        }
        let (expected, found) = (descriptor.digest.clone(), document.digest().clone());
        Err(CopyError::Digest { name: self.source.name(), expected, found })
    }

    fn index(&self, document: &Document) -> Result<Index, CopyError> {
        Index::from_slice(&document.bytes).map_err(|source| self.malformed(document, source))
    }

    fn manifest(&self, document: &Document) -> Result<Manifest, CopyError> {
        Manifest::from_slice(&document.bytes).map_err(|source| self.malformed(document, source))
    }

    fn malformed(&self, document: &Document, source: jettison_image::JsonError) -> CopyError {
        CopyError::Document { name: self.source.name(), digest: document.digest().clone(), source }
    }

    fn failed(&self, source: TransferError) -> CopyError {
        CopyError::Source { name: self.source.name(), source }
    }

    fn refuse<T>(&self, document: &Document, problem: String) -> Result<T, CopyError> {
        let (name, digest) = (self.source.name(), document.digest().clone());
        Err(CopyError::NotCopyable { name, digest, problem })
    }
}

fn kind(document: &Document) -> MediaKind {
    MediaKind::of(&document.descriptor.media_type)
}

/// Fails unless a document has the digest that it says.
pub(super) fn check_digest(source: &dyn ImageSource, document: &Document) -> Result<(), CopyError> {
    let name = || source.name();
    let expected = document.digest();
    let mut hasher = expected
        .hasher()
        .map_err(|error| CopyError::Unverifiable { name: name(), source: error })?;
    hasher.update(&document.bytes);
    let found = hasher.finish();
    if found == *expected {
        return Ok(());
    }
    Err(CopyError::Digest { name: name(), expected: expected.clone(), found })
}

/// The whole of a small blob, verified.
pub(crate) fn read_blob(
    source: &dyn ImageSource,
    descriptor: &Descriptor,
    limit: usize,
) -> Result<Vec<u8>, TransferError> {
    if descriptor.size > limit as u64 {
        let (digest, size) = (descriptor.digest.clone(), descriptor.size);
        return Err(VerifyError::TooLarge { digest, size, limit }.into());
    }
    let mut transfer = super::BlobTransfer::new(source, descriptor, BlobRole::Config, None)?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut transfer.open(0)?, &mut bytes)?;
    Ok(bytes)
}

/// Items with commas, or a word for none.
pub(super) fn list(items: &[String]) -> String {
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}
