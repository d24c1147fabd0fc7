//! What refers to a manifest: signatures, bills of materials, attestations (distribution spec 1.1, "Listing Referrers").

use jettison_image::{Descriptor, Digest, Index, MAX_MANIFEST, Manifest, media_type};
use ureq::http::{Method, StatusCode};

use crate::{
    FetchedManifest, ManifestName, RegistryError, Repository,
    session::{Ask, Target, status_error},
    tags::next_page,
};

/// More pages than any manifest has referrers for.
const MAX_PAGES: usize = 64;

/// A registry that knows of referrers says so when it stores one.
pub(crate) const SUBJECT: &str = "oci-subject";

impl Repository {
    /// The manifests whose subject is `digest`, of one type or of all. Registries that do not know of referrers keep them
    /// under a tag made of the digest.
    pub fn referrers(
        &self,
        digest: &Digest,
        artifact_type: Option<&str>,
    ) -> Result<Vec<Descriptor>, RegistryError> {
        let mut found = match self.listed_referrers(digest)? {
            Some(found) => found,
            None => {
                self.tagged_referrers(digest)?.map(|(index, _)| index.manifests).unwrap_or_default()
            }
        };
        if let Some(wanted) = artifact_type {
            // Whether a registry filters is its own choice.
            found.retain(|descriptor| descriptor.artifact_type.as_deref() == Some(wanted));
        }
        Ok(found)
    }

    /// By the API; `None` where the registry has none.
    fn listed_referrers(&self, digest: &Digest) -> Result<Option<Vec<Descriptor>>, RegistryError> {
        let endpoint = self.upstream();
        let first = endpoint.at(&format!("referrers/{digest}"));
        let (mut next, mut found) = (None, Vec::new());
        for _ in 0..MAX_PAGES {
            let target = next.as_ref().map_or(Target::Path(&first), Target::Url);
            let ask = Ask::new(Method::GET, target, endpoint.pull());
            let reply = endpoint.session.send(&ask)?;
            match reply.status() {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND
                | StatusCode::BAD_REQUEST
                | StatusCode::METHOD_NOT_ALLOWED => {
                    reply.drain();
                    return Ok(None);
                }
                _ => return Err(status_error(reply, &ask, None)),
            }
            next = next_page(reply.header("link"), &reply.url);
            let bytes = reply.into_bytes("a list of referrers", MAX_MANIFEST)?;
            found.extend(self.index(&bytes, digest)?.manifests);
            if next.is_none() {
                return Ok(Some(found));
            }
        }
        let problem = "its list of referrers has no end".to_owned();
        Err(RegistryError::Protocol { host: endpoint.session.domain().to_owned(), problem })
    }

    /// By the tag; the digest is that of the index, to notice when somebody else changes it.
    fn tagged_referrers(&self, digest: &Digest) -> Result<Option<(Index, Digest)>, RegistryError> {
        let tag = referrers_tag(digest);
        match Self::fetch_manifest(self.upstream(), ManifestName::Tag(&tag)) {
            Ok(FetchedManifest { bytes, digest: own, .. }) => {
                Ok(Some((self.index(&bytes, digest)?, own)))
            }
            Err(RegistryError::UnknownTag { .. } | RegistryError::UnknownRepository { .. }) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Adds a manifest that has a subject to the list under the tag, where the registry keeps no list itself.
    pub(crate) fn tag_referrer(
        &self,
        manifest: &Manifest,
        bytes: &[u8],
    ) -> Result<(), RegistryError> {
        let Some(subject) = &manifest.subject else { return Ok(()) };
        let kind = manifest.media_type.as_deref().unwrap_or(media_type::OCI_MANIFEST);
        let mut entry = Descriptor::of(kind, bytes);
        // Of an artifact without a type, its config's is it.
        let own = manifest.artifact_type.clone();
        entry.artifact_type = own.or_else(|| Some(manifest.config.media_type.clone()));
        entry.annotations.clone_from(&manifest.annotations);
        let known = self.tagged_referrers(&subject.digest)?;
        let mut index = known.map_or_else(|| Index::oci(Vec::new()), |(index, _)| index);
        if index.manifests.iter().any(|one| one.digest == entry.digest) {
            return Ok(());
        }
        index.manifests.push(entry);
        let tag = referrers_tag(&subject.digest);
        self.put_document(ManifestName::Tag(&tag), media_type::OCI_INDEX, &index.to_vec())?;
        Ok(())
    }

    fn index(&self, bytes: &[u8], digest: &Digest) -> Result<Index, RegistryError> {
        let reference = || format!("referrers of {}@{digest}", self.name());
        Index::from_slice(bytes)
            .map_err(|source| RegistryError::Document { reference: reference(), source })
    }
}

/// `sha256-e3b0...` (distribution spec, "Referrers Tag Schema").
fn referrers_tag(digest: &Digest) -> String {
    let (algorithm, hex) = (digest.algorithm().name(), digest.hex());
    // Tags have at most 128 characters: the algorithm is cut at 32, the digits at 64.
    format!("{algorithm:.32}-{hex:.64}")
}
