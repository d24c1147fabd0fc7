//! Names that move: who has one now, and whether it may go to another image.

use std::collections::BTreeSet;

use jettison_image::{
    Contract, ContractChange, Digest, ImageConfig, Impact, Index, MAX_CONFIG, Manifest, MediaKind,
    Reference, VersionTag,
};
use jettison_registry::{Client, RegistryError};

use crate::{
    OpenError, OpenOptions, RegistrySource, Source,
    copy::{Document, ImageSource, TransferError, VerifyError, read_blob},
    engine::{Engine, EngineError},
    oci_layout::{MAX_INDEX_DEPTH, is_note},
    open::open_source,
    store::{Store, StoreError},
};

/// Where names are given.
#[derive(Debug, Clone)]
pub enum TagPlace {
    /// The local store.
    Store(Store),
    /// An engine.
    Engine(Engine),
    /// Registries.
    Registry(Client),
}

/// Why names cannot be looked up.
#[derive(Debug, thiserror::Error)]
pub enum TaggingError {
    /// The image that gets the names cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The local store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The documents of an image cannot be read.
    #[error("{name}: {source}")]
    Documents {
        /// The image.
        name: String,
        /// What is wrong.
        source: TransferError,
    },
}

/// What is compared of an image.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Identity {
    /// The digests of its configs: the same ones mean the same image, whatever its layers are compressed
    /// with.
    pub configs: BTreeSet<Digest>,
    /// How it is run.
    pub contract: Contract,
}

/// A name, and what it means that the image gets it.
#[derive(Debug, Clone, PartialEq)]
pub struct TagMove {
    /// The name.
    pub name: Reference,
    /// What happens.
    pub verdict: Verdict,
}

/// What it means that an image gets a name.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Nobody has it.
    New,
    /// The image has it already.
    Same,
    /// It moves on from an image whose contract is kept.
    Moves {
        /// What changed all the same.
        changes: Vec<ContractChange>,
        /// The version that the image should have had, if something was added and the name promises that
        /// only mistakes are mended: `1.4`.
        should_be: Option<String>,
    },
    /// It would move onto an image that breaks what it promises.
    Breaks {
        /// What changed; what breaks comes first.
        changes: Vec<ContractChange>,
        /// The version that the image should have had.
        should_be: String,
    },
    /// A newer version has it, and keeps it.
    Older {
        /// That version.
        newer: String,
    },
    /// The version itself is another image already.
    Taken,
}

impl TagMove {
    /// Whether the image gets the name.
    pub fn happens(&self) -> bool {
        matches!(self.verdict, Verdict::New | Verdict::Moves { .. })
    }

    /// Whether it must not get it, unless somebody insists.
    pub fn is_refused(&self) -> bool {
        matches!(self.verdict, Verdict::Breaks { .. } | Verdict::Taken)
    }
}

impl Identity {
    /// Of an image as a person names it.
    pub fn of(source: &Source, options: &OpenOptions) -> Result<Self, TaggingError> {
        // An engine tells its config without packing its layers.
        let engine = match source {
            Source::DockerDaemon { name } => Some((name, options.places.docker.as_ref())),
            Source::ContainersStorage { name } => Some((name, options.places.podman.as_ref())),
            _ => None,
        };
        if let Some((name, Some(engine))) = engine {
            return Ok(Self::of_engine(engine.config(name)?));
        }
        let opened = open_source(source, options)?;
        Self::of_source(opened.as_ref())
    }

    fn of_engine((id, config): (Digest, ImageConfig)) -> Self {
        Self { configs: BTreeSet::from([id]), contract: Contract::of([&config]) }
    }

    fn of_source(source: &dyn ImageSource) -> Result<Self, TaggingError> {
        let mut configs = Vec::new();
        let read = source.root().and_then(|root| collect(source, &root, &mut configs, 0));
        read.map_err(|error| TaggingError::Documents { name: source.name(), source: error })?;
        Ok(Self {
            contract: Contract::of(configs.iter().map(|(_, config)| config)),
            configs: configs.into_iter().map(|(digest, _)| digest).collect(),
        })
    }
}

/// The configs of all images under a document.
fn collect(
    source: &dyn ImageSource,
    document: &Document,
    configs: &mut Vec<(Digest, ImageConfig)>,
    depth: usize,
) -> Result<(), TransferError> {
    if MediaKind::of(&document.descriptor.media_type) != MediaKind::Index {
        let config = Manifest::from_slice(&document.bytes)?.config;
        let bytes = read_blob(source, &config, MAX_CONFIG)?;
        configs.push((config.digest, ImageConfig::from_slice(&bytes)?));
        return Ok(());
    }
    if depth > MAX_INDEX_DEPTH {
        let digest = document.digest().clone();
        return Err(VerifyError::TooDeep { digest, limit: MAX_INDEX_DEPTH }.into());
    }
    for entry in Index::from_slice(&document.bytes)?.manifests.iter().filter(|one| !is_note(one)) {
        collect(source, &source.document(entry)?, configs, depth + 1)?;
    }
    Ok(())
}

impl TagPlace {
    /// The image that has a name; `None` if nobody has it.
    pub fn holder(&self, name: &Reference) -> Result<Option<Identity>, TaggingError> {
        match self {
            Self::Store(store) => match store.image(&name.to_string()) {
                Ok(image) => {
                    let known = image.platforms.into_iter();
                    let configs = known.filter_map(|one| Some((one.id, one.config?)));
                    let configs: Vec<_> = configs.collect();
                    Ok(Some(Identity {
                        contract: Contract::of(configs.iter().map(|(_, config)| config)),
                        configs: configs.into_iter().map(|(digest, _)| digest).collect(),
                    }))
                }
                Err(StoreError::NoSuchImage { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            },
            Self::Engine(engine) => match engine.config(&name.familiar()) {
                Ok(held) => Ok(Some(Identity::of_engine(held))),
                Err(EngineError::NoSuchImage { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            },
            Self::Registry(client) => {
                let repository = client.repository(name)?;
                let by = jettison_registry::ManifestName::of(name);
                if repository.manifest_digest(by)?.is_none() {
                    return Ok(None);
                }
                Identity::of_source(&RegistrySource::new(client, name)?).map(Some)
            }
        }
    }

    /// The tags that a repository has.
    pub fn tags(&self, name: &Reference) -> Result<Vec<String>, TaggingError> {
        let in_repository = |names: Vec<Reference>| {
            let own = names.into_iter().filter(|own| own.repository() == name.repository());
            own.filter_map(|own| own.tag().map(str::to_owned)).collect()
        };
        match self {
            Self::Store(store) => {
                let images = store.images()?.into_iter();
                Ok(in_repository(images.flat_map(|image| image.names).collect()))
            }
            Self::Engine(engine) => {
                let images = engine.images()?.into_iter();
                Ok(in_repository(images.flat_map(|image| image.names).collect()))
            }
            Self::Registry(client) => match client.repository(name)?.tags() {
                Ok(tags) => Ok(tags),
                // A repository that is made by the first push.
                Err(RegistryError::UnknownRepository { .. }) => Ok(Vec::new()),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// What it means that `image` gets the tag of `version` in the repository of `name`, and all tags of
    /// its series.
    pub fn plan_series(
        &self,
        image: &Identity,
        name: &Reference,
        version: &VersionTag,
        latest: Latest,
    ) -> Result<Vec<TagMove>, TaggingError> {
        let others: Vec<VersionTag> =
            self.tags(name)?.iter().filter_map(|tag| tag.parse().ok()).collect();
        let named = |tag: &str| -> Reference {
            let text = format!("{}:{tag}", name.repository());
            text.parse().expect("a repository and a tag made of a valid one")
        };
        let exact = named(&version.to_string());
        let verdict = match self.holder(&exact)? {
            None => Verdict::New,
            Some(held) if held.configs == image.configs => Verdict::Same,
            Some(_) => Verdict::Taken,
        };
        let mut moves = vec![TagMove { name: exact, verdict }];
        let mut tags = version.series();
        if latest == Latest::Too && !version.is_prerelease() {
            tags.push(version.latest());
        }
        for tag in tags {
            let name = named(&tag);
            let covers = |other: &&VersionTag| {
                let in_series = other.is_in(&tag) || tag == version.latest();
                in_series && other.is_same_line(version) && !other.is_prerelease()
            };
            let newest = others.iter().filter(covers).max().filter(|newest| *newest > version);
            let verdict = match newest {
                Some(newer) => Verdict::Older { newer: newer.to_string() },
                None => self.judge(image, &name, version, &tag)?,
            };
            moves.push(TagMove { name, verdict });
        }
        Ok(moves)
    }

    fn judge(
        &self,
        image: &Identity,
        name: &Reference,
        version: &VersionTag,
        tag: &str,
    ) -> Result<Verdict, TaggingError> {
        let Some(held) = self.holder(name)? else {
            return Ok(Verdict::New);
        };
        if held.configs == image.configs {
            return Ok(Verdict::Same);
        }
        let changes = held.contract.changes_to(&image.contract);
        // `latest` promises nothing; `1` promises that nothing breaks, `1.4` that nothing is added either.
        if tag == version.latest() {
            return Ok(Verdict::Moves { changes, should_be: None });
        }
        let has = |impact| changes.iter().any(|change: &ContractChange| change.impact == impact);
        if has(Impact::Breaks) {
            return Ok(Verdict::Breaks { changes, should_be: version.after_break() });
        }
        let is_minor = tag.contains('.') && version.series().len() > 1;
        let should_be = (is_minor && has(Impact::Adds)).then(|| version.after_addition());
        Ok(Verdict::Moves { changes, should_be })
    }
}

/// The digest that a name means now, as registries know it, and where that was learnt.
///
/// Asked in this order: the registry, if it can be reached; Docker, which remembers the digest that it
/// pulled; the local store.
pub fn digest_of(
    name: &Reference,
    places: &crate::Places,
) -> Result<Option<(Digest, Source)>, TaggingError> {
    let mut unreachable = None;
    if let Some(client) = &places.registries {
        let by = jettison_registry::ManifestName::of(name);
        match client.repository(name)?.manifest_digest(by) {
            Ok(Some(digest)) => {
                return Ok(Some((digest, Source::Registry { name: name.clone() })));
            }
            // The registry answered: it is the one that knows.
            Ok(None) => return Ok(None),
            Err(error) => unreachable = Some(error),
        }
    }
    if let Some(docker) = &places.docker {
        match docker.inspect(&name.familiar()) {
            Ok(image) => {
                let own = image.digests.iter().find(|own| own.repository() == name.repository());
                if let Some(digest) = own.and_then(|own| own.digest().cloned()) {
                    let source = Source::DockerDaemon { name: name.familiar() };
                    return Ok(Some((digest, source)));
                }
            }
            Err(EngineError::NoSuchImage { .. } | EngineError::Unreachable { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(store) = &places.store {
        match store.image(&name.to_string()) {
            Ok(image) => {
                return Ok(Some((image.digest, Source::Store { name: name.familiar() })));
            }
            Err(StoreError::NoSuchImage { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    unreachable.map_or(Ok(None), |error| Err(error.into()))
}

/// Whether `latest` is one of the tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latest {
    /// It stays where it is.
    Not,
    /// It moves too.
    Too,
}
