//! A repository: manifests in and out.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jettison_image::{Digest, MAX_MANIFEST, Manifest, MediaKind, Reference, media_type};
use serde::Deserialize;
use ureq::http::{Method, StatusCode};

use crate::{
    Client, Notice, RegistryError,
    authenticator::Need,
    endpoint::{Endpoint, Purpose},
    referrers::SUBJECT,
    retry::Attempts,
    session::{Ask, Target, status_error},
    similar::similar,
    wire::{Payload, Reply},
};

/// A repository of a registry, with the mirrors that are read before it.
#[derive(Debug, Clone)]
pub struct Repository {
    client: Client,
    /// Registry and path: `docker.io/library/nginx`.
    name: String,
    upstream: Arc<Endpoint>,
    /// In order; the last resort is `upstream`.
    mirrors: Arc<Vec<Endpoint>>,
    /// Blobs that came from a mirror, and its number: who is to blame if they turn out wrong.
    mirrored: Arc<Mutex<HashMap<Digest, usize>>>,
}

/// A manifest or index as the registry has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedManifest {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their digest, computed.
    pub digest: Digest,
    /// What they are.
    pub media_type: String,
}

/// What a manifest is asked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManifestName<'a> {
    /// A tag.
    Tag(&'a str),
    /// Its digest.
    Digest(&'a Digest),
}

impl<'a> ManifestName<'a> {
    /// What a reference points to: its digest, if it has one.
    pub fn of(reference: &'a Reference) -> Self {
        match (reference.digest(), reference.tag()) {
            (Some(digest), _) => Self::Digest(digest),
            (None, tag) => Self::Tag(tag.expect("a reference without digest has a tag")),
        }
    }

    fn as_str(self) -> &'a str {
        match self {
            Self::Tag(tag) => tag,
            Self::Digest(digest) => digest.as_str(),
        }
    }

    fn purpose(self) -> Purpose {
        match self {
            Self::Tag(_) => Purpose::Tag,
            Self::Digest(_) => Purpose::Digest,
        }
    }
}

/// Every kind of manifest there is. `schema 1` is asked for last, so that its error can say what it is.
const ACCEPT: &[&str] = &[
    media_type::OCI_INDEX,
    media_type::OCI_MANIFEST,
    media_type::DOCKER_INDEX,
    media_type::DOCKER_MANIFEST,
    media_type::DOCKER_SCHEMA1_SIGNED,
    media_type::DOCKER_SCHEMA1,
];

/// The digest a registry says its answer has.
pub(crate) const CONTENT_DIGEST: &str = "docker-content-digest";

#[derive(Deserialize)]
struct Typed {
    #[serde(rename = "mediaType")]
    media_type: Option<String>,
    #[serde(rename = "schemaVersion")]
    schema_version: Option<u32>,
    manifests: Option<serde::de::IgnoredAny>,
}

impl Repository {
    pub(crate) fn new(
        client: Client,
        reference: &Reference,
        upstream: Endpoint,
        mirrors: Vec<Endpoint>,
    ) -> Self {
        let name = reference.repository();
        Self {
            client,
            name,
            upstream: Arc::new(upstream),
            mirrors: Arc::new(mirrors),
            mirrored: Arc::default(),
        }
    }

    /// Registry and path: `docker.io/library/nginx`.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn upstream(&self) -> &Endpoint {
        &self.upstream
    }

    /// Who can be asked, counted from 0 in order, the mirrors first: the first one from `number` on that serves. Behind the
    /// mirrors there is always the registry.
    pub(crate) fn place(&self, purpose: Purpose, number: usize) -> (usize, &Endpoint) {
        let mirrors = self.mirrors.iter().enumerate().skip(number);
        let mut serving = mirrors.filter(|(_, mirror)| mirror.serves(purpose));
        serving.next().unwrap_or((self.mirrors.len(), &*self.upstream))
    }

    /// The last bytes of a blob came from place `number`.
    pub(crate) fn served(&self, digest: &Digest, number: usize) {
        if number < self.mirrors.len() {
            self.mirrored().insert(digest.clone(), number);
        }
    }

    /// What [`Self::blob`] gave as `expected` turned out to be `found`. If a mirror gave it, that mirror is not asked
    /// again, and the blob may be had elsewhere: `true`. `false` if it was the registry itself.
    pub fn distrust(&self, expected: &Digest, found: &Digest) -> bool {
        let Some(number) = self.mirrored().remove(expected) else { return false };
        let mirror = &self.mirrors[number];
        mirror.set_gone();
        self.tell(|| {
            let (expected, found) = (expected.clone(), found.clone());
            let host = mirror.session.domain().to_owned();
            let problem = RegistryError::WrongDigest { host, expected, found }.to_string();
            Notice::MirrorFailed { mirror: mirror.mirror().unwrap_or_default().to_owned(), problem }
        });
        true
    }

    fn mirrored(&self) -> MutexGuard<'_, HashMap<Digest, usize>> {
        self.mirrored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn attempts(&self) -> Attempts {
        self.upstream.session.network().attempts()
    }

    pub(crate) fn stall(&self) -> Duration {
        self.upstream.session.network().timeouts.stall
    }

    pub(crate) fn tell(&self, notice: impl FnOnce() -> Notice) {
        self.client.tell(notice);
    }

    /// A manifest or index, verified.
    pub fn manifest(&self, name: ManifestName<'_>) -> Result<FetchedManifest, RegistryError> {
        let fetched = self.read(name.purpose(), |endpoint| Self::fetch_manifest(endpoint, name));
        match fetched {
            Err(RegistryError::UnknownTag { repository, tag, .. }) => {
                // The list is a help; that it cannot be had must not hide the error.
                let tags = self.first_tags().unwrap_or_default();
                let similar = similar(&tag, &tags);
                Err(RegistryError::UnknownTag { repository, tag, similar })
            }
            other => other,
        }
    }

    /// The digest and media type of a manifest, if there is such a one; its bytes are not fetched where the registry
    /// tells the digest.
    pub fn manifest_digest(&self, name: ManifestName<'_>) -> Result<Option<Digest>, RegistryError> {
        self.digest_with(name, self.upstream().pull())
    }

    /// The same, asked for with the rights of a push: a repository that is yet to come has no readers.
    pub fn pushed_digest(&self, name: ManifestName<'_>) -> Result<Option<Digest>, RegistryError> {
        self.digest_with(name, self.upstream().push())
    }

    fn digest_with(
        &self,
        name: ManifestName<'_>,
        need: Need<'_>,
    ) -> Result<Option<Digest>, RegistryError> {
        let endpoint = self.upstream();
        let path = endpoint.at(&format!("manifests/{}", name.as_str()));
        let mut ask = Ask::new(Method::HEAD, Target::Path(&path), need);
        ask.headers.push(("accept", ACCEPT.join(", ")));
        let reply = endpoint.session.send(&ask)?;
        match reply.status() {
            StatusCode::NOT_FOUND => return Ok(None),
            StatusCode::OK => {}
            _ => return Err(status_error(reply, &ask, None)),
        }
        match reply.header(CONTENT_DIGEST).and_then(|text| text.parse().ok()) {
            Some(digest) => Ok(Some(digest)),
            None => Ok(Some(Self::fetch_manifest(endpoint, name)?.digest)),
        }
    }

    /// Stores a manifest or index under a name. The blobs it names must be there already.
    ///
    /// A manifest with a subject is found by [`Self::referrers`] then, whether the registry knows of them or not.
    pub fn put_manifest(
        &self,
        name: ManifestName<'_>,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Digest, RegistryError> {
        let (digest, knows_subject) = self.put_document(name, media_type, bytes)?;
        if !knows_subject && MediaKind::of(media_type) == MediaKind::Manifest {
            let manifest = Manifest::from_slice(bytes).map_err(|source| {
                let reference = format!("{}@{digest}", self.name);
                RegistryError::Document { reference, source }
            })?;
            self.tag_referrer(&manifest, bytes)?;
        }
        Ok(digest)
    }

    /// Stores it; whether the registry took note of its subject.
    pub(crate) fn put_document(
        &self,
        name: ManifestName<'_>,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<(Digest, bool), RegistryError> {
        let endpoint = self.upstream();
        let digest = Digest::sha256(bytes);
        let path = endpoint.at(&format!("manifests/{}", name.as_str()));
        let mut ask = Ask::new(Method::PUT, Target::Path(&path), endpoint.push());
        ask.headers.push(("content-type", media_type.to_owned()));
        ask.payload = Payload::Bytes(bytes);
        // It is short, but some registries look at the whole image before they answer.
        ask.patience = Some(endpoint.session.network().timeouts.stall * 4);
        let reply = endpoint.session.send(&ask)?;
        match reply.status() {
            StatusCode::CREATED | StatusCode::OK | StatusCode::ACCEPTED => {}
            _ => return Err(status_error(reply, &ask, None)),
        }
        let said = reply.header(CONTENT_DIGEST).and_then(|text| text.parse::<Digest>().ok());
        let host = reply.host.clone();
        let knows_subject = reply.header(SUBJECT).is_some();
        reply.drain();
        match said {
            Some(found) if found.algorithm() == digest.algorithm() && found != digest => {
                Err(RegistryError::WrongDigest { host, expected: digest, found })
            }
            _ => Ok((digest, knows_subject)),
        }
    }

    /// Removes a manifest; every tag that points to it goes with it.
    pub fn delete_manifest(&self, digest: &Digest) -> Result<(), RegistryError> {
        let endpoint = self.upstream();
        let path = endpoint.at(&format!("manifests/{digest}"));
        let ask = Ask::new(Method::DELETE, Target::Path(&path), endpoint.delete());
        let reply = endpoint.session.send(&ask)?;
        match reply.status() {
            StatusCode::ACCEPTED | StatusCode::OK | StatusCode::NO_CONTENT => Ok(()),
            StatusCode::NOT_FOUND => Err(RegistryError::UnknownManifest {
                repository: self.name.clone(),
                digest: digest.clone(),
            }),
            _ => Err(status_error(reply, &ask, None)),
        }
    }

    /// Asks each place in order, until one has it.
    pub(crate) fn read<T>(
        &self,
        purpose: Purpose,
        mut from: impl FnMut(&Endpoint) -> Result<T, RegistryError>,
    ) -> Result<T, RegistryError> {
        for mirror in self.mirrors.iter().filter(|mirror| mirror.serves(purpose)) {
            let name = mirror.mirror().unwrap_or_default().to_owned();
            match from(mirror) {
                Ok(value) => {
                    let reference = self.name.clone();
                    self.client.tell(|| Notice::Served { reference, mirror: name });
                    return Ok(value);
                }
                Err(error) if error.is_local() => return Err(error),
                Err(error) => {
                    if mirror.session.is_first_contact(&error) {
                        mirror.set_gone();
                    }
                    let problem = error.to_string();
                    self.client.tell(|| Notice::MirrorFailed { mirror: name, problem });
                }
            }
        }
        from(self.upstream())
    }

    pub(crate) fn fetch_manifest(
        endpoint: &Endpoint,
        name: ManifestName<'_>,
    ) -> Result<FetchedManifest, RegistryError> {
        let path = endpoint.at(&format!("manifests/{}", name.as_str()));
        let mut ask = Ask::new(Method::GET, Target::Path(&path), endpoint.pull());
        ask.headers.push(("accept", ACCEPT.join(", ")));
        let mut attempts = endpoint.session.network().attempts();
        loop {
            let reply = endpoint.session.send(&ask)?;
            match reply.status() {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => {
                    return Err(unknown(endpoint, name, &reply.into_message()));
                }
                _ => return Err(status_error(reply, &ask, None)),
            }
            match Self::read_manifest(endpoint, name, reply) {
                Err(error) => attempts.again(error)?,
                manifest => return manifest,
            }
        }
    }

    fn read_manifest(
        endpoint: &Endpoint,
        name: ManifestName<'_>,
        reply: Reply,
    ) -> Result<FetchedManifest, RegistryError> {
        let host = reply.host.clone();
        let content_type = reply.header("content-type").map(essence);
        let said = reply.header(CONTENT_DIGEST).and_then(|text| text.parse::<Digest>().ok());
        let bytes = reply.into_bytes("a manifest", MAX_MANIFEST)?;
        let digest = Digest::sha256(&bytes);
        let expected = match name {
            ManifestName::Digest(expected) => {
                expected.hasher()?;
                Some(expected.clone())
            }
            // A registry that contradicts itself has damaged storage, or something between changes its answers.
            ManifestName::Tag(_) => said.filter(|said| said.algorithm() == digest.algorithm()),
        };
        if let Some(expected) = expected.filter(|expected| *expected != digest) {
            return Err(RegistryError::WrongDigest { host, expected, found: digest });
        }
        let reference = || match name {
            ManifestName::Tag(tag) => format!("{}:{tag}", endpoint.name()),
            ManifestName::Digest(digest) => format!("{}@{digest}", endpoint.name()),
        };
        let typed: Typed = serde_json::from_slice(&bytes).map_err(|source| {
            let document = "image manifest";
            let source = jettison_image::JsonError::Syntax { document, source };
            RegistryError::Document { reference: reference(), source }
        })?;
        if typed.schema_version == Some(1) {
            return Err(RegistryError::Schema1 { reference: reference() });
        }
        let media_type = media_type_of(&typed, content_type);
        Ok(FetchedManifest { bytes, digest, media_type })
    }
}

/// The document's own word counts; then the header's; then what its fields tell.
fn media_type_of(typed: &Typed, content_type: Option<String>) -> String {
    let known = |text: &String| ACCEPT.contains(&text.as_str());
    let by_shape =
        || if typed.manifests.is_some() { media_type::OCI_INDEX } else { media_type::OCI_MANIFEST };
    let own = typed.media_type.clone().filter(|text| !text.is_empty());
    own.or(content_type.filter(known)).unwrap_or_else(|| by_shape().to_owned())
}

/// A media type without its parameters.
fn essence(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn unknown(endpoint: &Endpoint, name: ManifestName<'_>, message: &str) -> RegistryError {
    let repository = endpoint.name();
    // The code is NAME_UNKNOWN; registries agree on the beginning of its message.
    if message.contains("repository name not known") || message.contains("NAME_UNKNOWN") {
        return RegistryError::UnknownRepository { repository };
    }
    match name {
        ManifestName::Tag(tag) => {
            RegistryError::UnknownTag { repository, tag: tag.to_owned(), similar: Vec::new() }
        }
        ManifestName::Digest(digest) => {
            RegistryError::UnknownManifest { repository, digest: digest.clone() }
        }
    }
}
