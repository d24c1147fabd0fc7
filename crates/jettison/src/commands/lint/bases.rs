//! What the images that Dockerfiles start from provide, looked up in the images themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use jettison_analyze::{ImageIndex, IndexCache, IndexOptions, LayerInput};
use jettison_image::{ImageConfig, Reference};
use jettison_lint::{ImageFacts, Images, Libc, Origin};
use jettison_packages::{Landmarks, Manager, Packages, Release};
use jettison_rootfs::{PathId, Tree};
use jettison_transport::{
    OpenError, OpenOptions, Source, StoredImage, locate, peek, store::StoreError,
};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    messages::LintText,
    terminal::Terminal,
};

/// A layer that is longer in its registry, in bytes, is not fetched for linting: systems and what is installed into them
/// are shorter (`debian:12` 50 MB, `python:3.13` 250 MB in seven layers); models and data are longer.
const MAX_FETCHED: u64 = 128 << 20;

/// The directories of PATH where the config names none: Docker's default.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Runtimes whose version rules ask for.
const RUNTIMES: &[&str] = &["java", "python", "node", "go", "php", "ruby"];

/// Looks into images of the local store and, if it may, of registries. Each is looked at once.
pub(crate) struct Bases {
    open: OpenOptions,
    is_online: bool,
    cache: Option<IndexCache>,
    known: Mutex<BTreeMap<String, Option<Arc<ImageFacts>>>>,
    /// Is told why an image cannot be looked at: its name, and the reason.
    tell: Teller,
}

/// Takes an image's name, and why it cannot be looked at.
type Teller = Box<dyn Fn(&str, &dyn std::error::Error) + Send + Sync>;

impl Bases {
    /// Looks where `open` says; into registries only if it names a client.
    pub(crate) fn new(open: OpenOptions, environment: &Environment, terminal: &Terminal) -> Self {
        let directory = environment.cache.as_ref().map(|cache| cache.join("index"));
        let (notify, language) = (terminal.notifier(), terminal.language);
        Self {
            is_online: open.places.registries.is_some(),
            open,
            // Without a cache each run reads the layers again.
            cache: directory.and_then(|directory| IndexCache::open(&directory).ok()),
            known: Mutex::default(),
            tell: Box::new(move |name, error| {
                let why = Failure::from_error(Kind::Operation, error).to_string();
                notify(&language.say(LintText::NotLookedUp, &[name, &why.replace('\n', " ")]));
            }),
        }
    }

    fn look(&self, name: &str) -> Option<ImageFacts> {
        let reference: Reference = name.parse().ok()?;
        match self.find(name, &reference).and_then(|found| {
            let Some((origin, image)) = found else { return Ok(None) };
            self.facts_of(&image, origin).map(Some)
        }) {
            Ok(facts) => facts,
            Err(error) => {
                (self.tell)(name, error.as_ref());
                None
            }
        }
    }

    fn find(
        &self,
        name: &str,
        reference: &Reference,
    ) -> Result<Option<(Origin, StoredImage)>, Failed> {
        let store = self.open.places.store.as_ref();
        if store.is_some_and(|store| store.dir().is_dir()) {
            match locate(&Source::Store { name: name.to_owned() }, &self.open) {
                Ok(image) => return Ok(Some((Origin::Store, image))),
                Err(OpenError::Store(StoreError::NoSuchImage { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if !self.is_online {
            return Ok(None);
        }
        Ok(Some((Origin::Registry, peek(reference, &self.open)?)))
    }

    fn facts_of(&self, image: &StoredImage, origin: Origin) -> Result<ImageFacts, Failed> {
        let mut facts = configured(&image.config);
        facts.origin = origin;
        if facts.os == "windows" {
            return Ok(facts);
        }
        let is_read = |bytes: u64| origin == Origin::Store || bytes <= MAX_FETCHED;
        let layers = image.layers.iter().filter(|layer| is_read(layer.content.len()));
        let inputs: Vec<LayerInput> = layers
            .map(|layer| LayerInput {
                diff_id: Some(layer.diff_id.clone()),
                content: Arc::clone(&layer.content),
            })
            .collect();
        let options = IndexOptions { cache: self.cache.clone(), ..IndexOptions::default() };
        let tree = ImageIndex::build(&inputs, &options)?.tree;
        let release = Release::of(&tree);
        facts.system = release.id;
        facts.version = release.version;
        facts.has_all_programs = inputs.len() == image.layers.len();
        facts.programs = programs(&tree, facts.environment.get("PATH").map(String::as_str));
        facts.shell = shell(&tree);
        facts.libc = libc(&tree);
        facts.runtimes = runtimes(&tree);
        Ok(facts)
    }
}

/// Why an image could not be looked at.
type Failed = Box<dyn std::error::Error>;

impl Images for Bases {
    fn facts(&self, name: &str) -> Option<Arc<ImageFacts>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(facts) = known.get(name) {
            return facts.clone();
        }
        let facts = self.look(name).map(Arc::new);
        known.insert(name.to_owned(), facts.clone());
        facts
    }
}

impl fmt::Debug for Bases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bases").field("is_online", &self.is_online).finish_non_exhaustive()
    }
}

/// What the config says.
fn configured(config: &ImageConfig) -> ImageFacts {
    let run = &config.config;
    let pairs = run.env.iter().filter_map(|pair| pair.split_once('='));
    ImageFacts {
        os: config.os.clone(),
        user: run.user.clone(),
        environment: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        working_dir: run.working_dir.clone(),
        has_healthcheck: run
            .healthcheck
            .as_ref()
            .is_some_and(|check| check.test.first().is_some_and(|kind| kind != "NONE")),
        ..ImageFacts::default()
    }
}

fn programs(tree: &Tree, path: Option<&str>) -> BTreeSet<String> {
    let directories = path.unwrap_or(DEFAULT_PATH).split(':').filter(|one| one.starts_with('/'));
    let directories = directories.filter_map(|one| Some(tree.resolve(one.as_bytes())?.path));
    let is_program = |path: PathId| {
        let found = tree.resolve(&tree.path(path));
        found.is_some_and(|found| {
            tree.inode(found.path).is_file() && tree.inode(found.path).is_executable()
        })
    };
    directories
        .flat_map(|directory| tree.children(directory).filter(|child| is_program(*child)))
        .map(|child| String::from_utf8_lossy(tree.name(child)).into_owned())
        .collect()
}

/// The name of the file that `/bin/sh` is.
fn shell(tree: &Tree) -> Option<String> {
    let shell = tree.resolve(b"/bin/sh")?.path;
    let busybox = tree.resolve(b"/bin/busybox");
    if busybox.is_some_and(|busybox| tree.inode_id(busybox.path) == tree.inode_id(shell)) {
        return Some("busybox".to_owned());
    }
    Some(String::from_utf8_lossy(tree.name(shell)).into_owned())
}

/// By its dynamic linker.
fn libc(tree: &Tree) -> Option<Libc> {
    let directories = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"];
    let directories = directories.iter().filter_map(|one| Some(tree.resolve(one.as_bytes())?.path));
    let linkers: Vec<Libc> = directories
        .flat_map(|directory| tree.children(directory))
        .filter_map(|child| match tree.name(child) {
            name if name.starts_with(b"ld-musl-") => Some(Libc::Musl),
            name if name.starts_with(b"ld-linux") => Some(Libc::Glibc),
            _ => None,
        })
        .collect();
    // An Alpine with glibc beside its own keeps musl for its own programs.
    let musl = linkers.iter().find(|one| **one == Libc::Musl);
    musl.or(linkers.first()).copied()
}

fn runtimes(tree: &Tree) -> BTreeMap<String, String> {
    let packages = Packages::of(tree, &Landmarks::of(tree));
    let is_wanted = |name: &str| RUNTIMES.contains(&name);
    let found = packages.iter().map(|(_, package)| package).filter(|package| {
        package.manager == Manager::Runtime
            && is_wanted(&package.name)
            && !package.version.is_empty()
    });
    found.map(|package| (package.name.clone(), package.version.clone())).collect()
}
