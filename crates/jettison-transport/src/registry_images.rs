//! Images in registries as the two ends of a copy.

use std::{
    io::{self, Read},
    sync::{Mutex, PoisonError},
};

use jettison_image::{Descriptor, Digest, Reference};
use jettison_registry::{BlobContent, Client, ManifestName, Pushed, RegistryError, Repository};

use crate::copy::{
    Abilities, BlobTransfer, Document, ImageDestination, ImageSource, Order, PutBlob, SourceReader,
    TransferError,
};

/// Uploads at once: as many as Docker's, which registries are used to.
const UPLOADS: usize = 5;

/// An image of a registry, to be read.
#[derive(Debug)]
pub struct RegistrySource {
    name: Reference,
    repository: Repository,
}

impl RegistrySource {
    /// The image of that name. Nothing is asked of the registry yet.
    pub fn new(client: &Client, name: &Reference) -> Result<Self, RegistryError> {
        Ok(Self { name: name.clone(), repository: client.repository(name)? })
    }

    fn fetch(&self, name: ManifestName<'_>) -> Result<Document, TransferError> {
        let manifest = self.repository.manifest(name)?;
        let size = manifest.bytes.len() as u64;
        let descriptor = Descriptor::new(&manifest.media_type, manifest.digest, size);
        Ok(Document { descriptor, bytes: manifest.bytes })
    }
}

impl ImageSource for RegistrySource {
    fn name(&self) -> String {
        shown(&self.name)
    }

    fn root(&self) -> Result<Document, TransferError> {
        self.fetch(ManifestName::of(&self.name))
    }

    fn document(&self, descriptor: &Descriptor) -> Result<Document, TransferError> {
        self.fetch(ManifestName::Digest(&descriptor.digest))
    }

    fn blob(
        &self,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<SourceReader<'_>, TransferError> {
        Ok(Box::new(self.repository.blob(descriptor, offset)))
    }

    fn distrust(&self, expected: &Digest, found: &Digest) -> bool {
        self.repository.distrust(expected, found)
    }

    fn repository(&self) -> Option<&Reference> {
        Some(&self.name)
    }

    fn tags(&self) -> Vec<Reference> {
        vec![self.name.clone()]
    }
}

/// An image of a registry, to be written.
#[derive(Debug)]
pub struct RegistryDestination {
    names: Vec<Reference>,
    repository: Repository,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The document that came last: if it is the root, its names store it too.
    pending: Option<Document>,
    /// Names that mean the image already.
    named: Vec<Reference>,
}

/// Why a registry cannot give an image its names.
#[derive(Debug, thiserror::Error)]
enum NameError {
    #[error("{other} is not in {repository}; push to one repository at a time")]
    OtherRepository { other: String, repository: String },
    #[error("{name} is a digest, but the image's is {digest}; give it a tag instead")]
    OtherDigest { name: String, digest: Digest },
}

impl RegistryDestination {
    /// An image that gets these names, all in one repository. Nothing is asked of the registry yet.
    pub fn new(client: &Client, names: &[Reference]) -> Result<Self, TransferError> {
        let first = names.first().expect("an image that is pushed has a name");
        let repository = first.repository();
        if let Some(other) = names.iter().find(|name| name.repository() != repository) {
            return Err(NameError::OtherRepository { other: other.familiar(), repository }.into());
        }
        let repository = client.repository(first)?;
        Ok(Self { names: names.to_vec(), repository, state: Mutex::default() })
    }

    fn put(&self, name: ManifestName<'_>, document: &Document) -> Result<(), TransferError> {
        let media_type = &document.descriptor.media_type;
        self.repository.put_manifest(name, media_type, &document.bytes)?;
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ImageDestination for RegistryDestination {
    fn name(&self) -> String {
        shown(&self.names[0])
    }

    fn abilities(&self) -> Abilities {
        Abilities { indexes: true, order: Order::BlobsFirst, parallelism: Some(UPLOADS) }
    }

    /// A registry takes a manifest only when all it refers to is there.
    fn is_complete(&self, root: &Document) -> Result<bool, TransferError> {
        let digest = root.digest();
        let mut named = Vec::new();
        for name in &self.names {
            if self.repository.pushed_digest(ManifestName::of(name))?.as_ref() == Some(digest) {
                named.push(name.clone());
            }
        }
        let is_known = !named.is_empty()
            || self.repository.pushed_digest(ManifestName::Digest(digest))?.is_some();
        self.state().named = named;
        Ok(is_known)
    }

    fn has_blob(&self, descriptor: &Descriptor) -> Result<bool, TransferError> {
        Ok(self.repository.has_blob(descriptor)?)
    }

    fn put_blob(&self, transfer: &mut BlobTransfer<'_>) -> Result<PutBlob, TransferError> {
        let blob = transfer.descriptor().clone();
        let near = transfer.repository().filter(|from| from.domain() == self.names[0].domain());
        let neighbours: Vec<String> = near.map(|from| from.path().to_owned()).into_iter().collect();
        let pushed = self.repository.push_blob(&blob, &mut Content(transfer), &neighbours)?;
        Ok(match pushed {
            Pushed::Mounted { .. } => PutBlob::Linked,
            Pushed::Uploaded => PutBlob::Moved,
        })
    }

    fn put_document(&self, document: &Document) -> Result<(), TransferError> {
        let before = self.state().pending.replace(document.clone());
        match before {
            Some(before) => self.put(ManifestName::Digest(before.digest()), &before),
            None => Ok(()),
        }
    }

    fn commit(&self, root: &Document) -> Result<Vec<String>, TransferError> {
        let State { pending, named } = std::mem::take(&mut *self.state());
        if let Some(other) = pending.filter(|pending| pending.digest() != root.digest()) {
            self.put(ManifestName::Digest(other.digest()), &other)?;
        }
        for name in self.names.iter().filter(|name| !named.contains(name)) {
            let by = ManifestName::of(name);
            if let ManifestName::Digest(digest) = by
                && digest != root.digest()
            {
                let (name, digest) = (name.familiar(), root.digest().clone());
                return Err(NameError::OtherDigest { name, digest }.into());
            }
            self.put(by, root)?;
        }
        Ok(Vec::new())
    }
}

/// A blob that is read from its source again where an upload goes on.
struct Content<'t, 'a>(&'t mut BlobTransfer<'a>);

impl BlobContent for Content<'_, '_> {
    fn open(&mut self, offset: u64) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.0.open(offset).map_err(io::Error::other)?))
    }
}

fn shown(name: &Reference) -> String {
    format!("docker://{}", name.familiar())
}
