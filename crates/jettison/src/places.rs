//! The places where images are looked for and kept, out of arguments and environment.

use std::{error::Error, io, path::PathBuf};

use jettison_image::Reference;
use jettison_registry::Client;
use jettison_transport::{
    Destination, LayerCache, OpenError, Places, Source, WriteError,
    copy::CopyError,
    engine::{Engine, EngineError, EngineKind},
    store::{Store, StoreError},
};

use crate::{
    byte_size::ByteSize,
    environment::Environment,
    failure::{Failure, Kind},
    messages::{ImageText, RegistryText},
    registries::{self, RegistryArgs},
    terminal::Terminal,
};

/// Where the local store is.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct StoreArg {
    /// Directory of the local store; $JETTISON_STORE or $XDG_DATA_HOME/jettison/images without one
    #[arg(long = "store", value_name = "DIR")]
    directory: Option<PathBuf>,
}

impl StoreArg {
    /// The local store, if it is known where it is.
    pub(crate) fn find(&self, environment: &Environment) -> Option<Store> {
        let own = environment.data.as_ref().map(|data| data.join("images"));
        let dir = self.directory.clone().or_else(|| environment.store.clone()).or(own);
        dir.map(Store::at)
    }

    /// The local store, for a command that cannot do without.
    pub(crate) fn require(&self, environment: &Environment) -> Result<Store, Failure> {
        self.find(environment).ok_or_else(|| {
            Failure::new(Kind::Input, "it is not known where the local store is: HOME is not set")
                .hint("say it with --store DIR")
        })
    }

    /// What holds images on this machine.
    pub(crate) fn places(&self, environment: &Environment) -> Places {
        Places {
            store: self.find(environment),
            docker: Some(Engine::of(EngineKind::Docker, &environment.engines)),
            podman: Some(Engine::of(EngineKind::Podman, &environment.engines)),
            registries: None,
            progress: None,
        }
    }
}

/// Where images are looked for, and where what was unpacked of them is kept.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct PlaceArgs {
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    cache: CacheArg,
    #[command(flatten)]
    registries: RegistryArgs,
}

impl PlaceArgs {
    /// Everything around that holds images.
    pub(crate) fn places(
        &self,
        environment: &Environment,
        terminal: &Terminal,
    ) -> Result<Places, Failure> {
        let registries = Some(self.registries.client(environment, terminal)?);
        Ok(Places { registries, ..self.store.places(environment) })
    }

    /// The cache of unpacked layers.
    pub(crate) fn cache(&self, environment: &Environment) -> Option<LayerCache> {
        self.cache.find(environment)
    }
}

/// What a person wrote for an image, resolved; where a bare name was found is told.
pub(crate) fn source(text: &str, places: &Places, terminal: &Terminal) -> Result<Source, Failure> {
    let source: Source = text.parse().map_err(|error| Failure::from_error(Kind::Input, &error))?;
    let found = jettison_transport::resolve(&source, places).map_err(|error| not_opened(&error))?;
    let place = match (&source, &found) {
        (Source::Path(_), Source::Store { .. }) => ImageText::FromStore,
        (Source::Path(_), Source::DockerDaemon { .. }) => ImageText::FromDocker,
        (Source::Path(_), Source::Registry { .. }) => ImageText::FromRegistry,
        _ => return Ok(found),
    };
    terminal.note(&terminal.language.say(place, &[text, &found.to_string()]));
    if let (Source::Registry { .. }, Some(client)) = (&found, &places.registries) {
        tell_other_meaning(text, client, terminal);
    }
    Ok(found)
}

/// Tells when podman would take a name without a registry for another image's.
pub(crate) fn tell_other_meaning(text: &str, client: &Client, terminal: &Terminal) {
    if let (Ok(name), Some(other)) = (text.parse::<Reference>(), client.other_meaning(text)) {
        let values = [text, &name.to_string(), &other];
        terminal.warning(&terminal.language.say(RegistryText::OtherMeaning, &values));
    }
}

/// The cache of unpacked layers.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct CacheArg {
    /// How large the cache of unpacked layers may grow (10GB, 512MiB; 0 keeps nothing)
    #[arg(long, value_name = "SIZE", default_value = "10GB")]
    cache_size: ByteSize,
}

impl CacheArg {
    /// The cache with its limit, if it is known where it is.
    pub(crate) fn find(self, environment: &Environment) -> Option<LayerCache> {
        let dir = environment.cache.as_ref()?.join("layers");
        Some(LayerCache::new(dir, self.cache_size.0))
    }
}

/// Where temporary files go: where the caller wants them, else on the file system of a local destination, so
/// that layers can be moved there without being copied, else where the system has them.
pub(crate) fn work_dir(
    given: Option<&PathBuf>,
    destination: &Destination,
    places: &Places,
) -> Result<PathBuf, Failure> {
    if let Some(given) = given {
        return Ok(given.clone());
    }
    match (destination, &places.store) {
        (Destination::Store { .. }, Some(store)) => {
            store.staging().map_err(|error| store_failed(&error))
        }
        _ => Ok(std::env::temp_dir()),
    }
}

/// An image that cannot be opened. Disks, connections and engines are not the caller's fault.
pub(crate) fn not_opened(error: &OpenError) -> Failure {
    match error {
        OpenError::Engine(error) => engine_failed(error),
        OpenError::Store(error) => store_failed(error),
        OpenError::Copy(error) => not_copied(error),
        OpenError::Keep(error) => not_written(error),
        OpenError::Registry { source, .. } => registries::failure_in(source)
            .unwrap_or_else(|| with_space_hint(Failure::from_error(Kind::Operation, error), error)),
        _ => with_space_hint(Failure::from_error(Kind::Input, error), error),
    }
}

/// A destination that cannot be written to.
pub(crate) fn not_written(error: &WriteError) -> Failure {
    match error {
        WriteError::Engine(error) => engine_failed(error),
        WriteError::Store(error) => store_failed(error),
        WriteError::Copy(error) => not_copied(error),
        WriteError::Registry { source, .. } => registries::failure_in(source)
            .unwrap_or_else(|| Failure::from_error(Kind::Operation, error)),
        WriteError::Io(_) => with_space_hint(Failure::from_error(Kind::Operation, error), error),
        _ => Failure::from_error(Kind::Input, error),
    }
}

/// A copy that broke off.
pub(crate) fn not_copied(error: &CopyError) -> Failure {
    let kind = match error {
        CopyError::Source { source, .. } | CopyError::Destination { source, .. } => {
            if let Some(failure) = registries::failure_in(source) {
                return with_space_hint(failure, error);
            }
            Kind::Operation
        }
        _ => Kind::Input,
    };
    with_space_hint(Failure::from_error(kind, error), error)
}

/// The local store cannot do it.
pub(crate) fn store_failed(error: &StoreError) -> Failure {
    match error {
        StoreError::NoSuchImage { .. } => {
            Failure::from_error(Kind::Input, error).hint("`jettison images` lists what is there")
        }
        StoreError::Ambiguous { .. } | StoreError::SeveralNames { .. } => {
            Failure::from_error(Kind::Input, error)
        }
        _ => with_space_hint(Failure::from_error(Kind::Operation, error), error),
    }
}

/// An engine cannot do it.
pub(crate) fn engine_failed(error: &EngineError) -> Failure {
    let failure = Failure::from_error(Kind::Operation, error);
    match error {
        EngineError::NoSuchImage { .. } => Failure::from_error(Kind::Input, error)
            .hint("`jettison images --docker` lists what Docker has, --podman what podman has"),
        EngineError::Unreachable { .. } => failure
            .hint("say where it listens with DOCKER_HOST (podman: CONTAINER_HOST, and `podman system service`)"),
        _ => failure,
    }
}

/// On a full disk, the way out.
pub(crate) fn with_space_hint(failure: Failure, error: &(dyn Error + 'static)) -> Failure {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(io, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)) {
            return failure.hint(
                "`jettison gc` frees what no image needs; --store, --work-dir and TMPDIR name other disks",
            );
        }
        cause = error.source();
    }
    failure
}
