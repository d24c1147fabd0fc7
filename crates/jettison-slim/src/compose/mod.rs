//! Compose files: which containers an image needs beside it, and how it is run itself.
//!
//! A subset of the Compose Specification, complete for what applications and their databases are described with. What is not
//! understood is an error, what has no meaning here is said once.

mod document;
mod duration;
mod environment;
mod interpolate;
mod mounts;
mod service;
mod start_order;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use jettison_transport::Source;
use thiserror::Error;

use crate::neighbour::{Neighbour, Surroundings};
use document::Project;
use service::Service;

pub use environment::parse_env_file;

/// Which part of which file is meant.
#[derive(Clone, Debug)]
pub struct ComposeOptions {
    /// The file.
    pub file: PathBuf,
    /// The service whose image is slimmed.
    pub service: String,
    /// What `${NAME}` stands for: the environment, and the `.env` file beside the Compose file.
    pub variables: BTreeMap<String, String>,
    /// Images of services, by the service's name, instead of what the file says.
    pub images: BTreeMap<String, Source>,
}

/// Why a Compose file cannot be used.
#[derive(Debug, Error)]
pub enum ComposeError {
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no Compose file.
    #[error("{path}: {problem}")]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Something in it is wrong or not understood.
    #[error("{path}: {place}: {problem}")]
    Place {
        /// The file.
        path: PathBuf,
        /// `services.db.volumes`.
        place: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

/// What is wrong, and where in the file.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    place: String,
    problem: String,
}

impl Fault {
    fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }
}

/// What the file says of the surroundings of one service.
pub fn surroundings(options: &ComposeOptions) -> Result<Surroundings, ComposeError> {
    let path = &options.file;
    let bytes = read(path)?;
    let form = |problem| ComposeError::Form { path: path.clone(), problem };
    let project = Project::parse(&bytes, &options.variables).map_err(form)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let directory = fs_err::canonicalize(directory)
        .map_err(|source| ComposeError::Read { path: directory.to_owned(), source })?;
    let loader = Loader { project: &project, directory: &directory, options };
    loader.load().map_err(|Fault { place, problem }| ComposeError::Place {
        path: path.clone(),
        place,
        problem,
    })
}

/// A network of this machine's loopback and its processes; also a bound for what is walked.
const MAX_SERVICES: usize = 200;

/// Compose files of whole companies have some hundred kilobytes.
const MAX_BYTES: u64 = 4 << 20;

fn read(path: &Path) -> Result<Vec<u8>, ComposeError> {
    use std::io::Read as _;
    let failed = |source| ComposeError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = fs_err::File::open(path).map_err(failed)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        let problem = format!("it is larger than {} MiB", MAX_BYTES >> 20);
        return Err(ComposeError::Form { path: path.to_owned(), problem });
    }
    Ok(bytes)
}

/// What services are read with.
#[derive(Clone, Copy)]
struct Loader<'a> {
    project: &'a Project,
    /// That of the file, to which paths are relative.
    directory: &'a Path,
    options: &'a ComposeOptions,
}

impl Loader<'_> {
    fn load(&self) -> Result<Surroundings, Fault> {
        let name = &self.options.service;
        let main = self.service(name)?;
        let unknown = self.options.images.keys().find(|name| self.project.service(name).is_none());
        if let Some(unknown) = unknown {
            return Err(Fault::new(
                "services",
                format!("there is no service {unknown}, for which an image is named"),
            ));
        }
        let mut services: BTreeMap<String, Service> = BTreeMap::new();
        let mut pending: Vec<String> = main.needs.keys().cloned().collect();
        while let Some(next) = pending.pop() {
            if !services.contains_key(&next) {
                if services.len() >= MAX_SERVICES {
                    return Err(Fault::new(
                        "services",
                        format!("more than {MAX_SERVICES} are needed"),
                    ));
                }
                let service = self.service(&next)?;
                pending.extend(service.needs.keys().cloned());
                services.insert(next, service);
            }
        }
        if services.contains_key(name) {
            return Err(Fault::new(format!("services.{name}.depends_on"), "it depends on itself"));
        }
        let order = start_order::of(&main, &services)?;
        let mut warnings: BTreeSet<String> = main.warnings.iter().cloned().collect();
        let mut aliases: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for service in services.values().chain([&main]) {
            for (linked, alias) in &service.links {
                aliases.entry(linked).or_default().push(alias.clone());
            }
        }
        let mut neighbours = Vec::new();
        for (service_name, wait) in &order {
            let service = &services[service_name];
            warnings.extend(service.warnings.iter().cloned());
            let mut names = service.aliases.clone();
            names.extend(aliases.remove(service_name.as_str()).unwrap_or_default());
            neighbours.push(Neighbour {
                name: service_name.clone(),
                aliases: names,
                source: self.image(service_name, service)?,
                setup: service.setup.clone(),
                wait: *wait,
            });
        }
        let names = std::iter::once(name.clone()).chain(main.aliases).collect();
        let warnings = warnings.into_iter().collect();
        Ok(Surroundings { neighbours, names, setup: main.setup, warnings })
    }

    fn service(&self, name: &str) -> Result<Service, Fault> {
        let Some(value) = self.project.service(name) else {
            let known: Vec<&str> = self.project.service_names();
            return Err(Fault::new(
                "services",
                format!("there is no service {name}; there are {}", known.join(", ")),
            ));
        };
        service::read(self, name, value)
    }

    fn image(&self, name: &str, service: &Service) -> Result<Source, Fault> {
        if let Some(source) = self.options.images.get(name) {
            return Ok(source.clone());
        }
        let name_it = format!("name one with --compose-image {name}=SOURCE");
        let Some(image) = &service.image else {
            let problem = format!("it is built, and jettison does not build: {name_it}");
            return Err(Fault::new(format!("services.{name}.build"), problem));
        };
        let place = format!("services.{name}.image");
        let source: Source =
            image.parse().map_err(|error| Fault::new(&place, format!("{error}; {name_it}")))?;
        // A name is looked for by the caller; a file is beside the Compose file.
        Ok(match source {
            Source::Path(path) if self.directory.join(&path).exists() => {
                Source::Path(self.directory.join(path))
            }
            other => other,
        })
    }
}

#[cfg(test)]
mod tests;
