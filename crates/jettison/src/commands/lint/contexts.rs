//! Which directory a Dockerfile is built from: asked for, configured, or found.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use fs_err as fs;
use jettison_dockerfile::Dockerfile;
use jettison_lint::{BuildContexts, ContextDirectory, Images, plain_path};

use super::subjects::plain;
use crate::failure::{Failure, Kind};

/// Where a file lies.
pub(super) struct Place {
    /// Its directory, absolute and without links.
    pub(super) directory: PathBuf,
    pub(super) name: OsString,
    /// Its directory as it was named.
    shown: PathBuf,
}

impl Place {
    /// The place of `path`; of `Dockerfile` here without one.
    pub(super) fn of(path: Option<&Path>) -> Result<Self, Failure> {
        let parent = path.and_then(Path::parent).unwrap_or(Path::new(""));
        let is_here = parent.as_os_str().is_empty();
        let directory = fs::canonicalize(if is_here { Path::new(".") } else { parent })
            .map_err(|error| Failure::from_error(Kind::Input, &error))?;
        let name = path.and_then(Path::file_name).unwrap_or("Dockerfile".as_ref()).to_owned();
        Ok(Self { directory, name, shown: parent.to_owned() })
    }

    pub(super) fn path(&self) -> PathBuf {
        self.directory.join(&self.name)
    }
}

/// Build contexts. Each is read once.
pub(super) struct Contexts {
    bases: Arc<dyn Images>,
    /// The one that was asked for: as it was named, and where it is.
    asked: Option<(PathBuf, PathBuf)>,
    found: BuildContexts,
    known: BTreeMap<PathBuf, Rc<ContextDirectory>>,
    /// What is handed out where nobody knows the context.
    unknown: Rc<ContextDirectory>,
}

impl Contexts {
    pub(super) fn new(asked: Option<&Path>, bases: &Arc<dyn Images>) -> Result<Self, Failure> {
        let asked = asked.map(|asked| Ok((plain(asked), directory(asked)?))).transpose()?;
        let unknown = ContextDirectory::unknown().with_images(Arc::clone(bases));
        Ok(Self {
            bases: Arc::clone(bases),
            asked,
            found: BuildContexts::default(),
            known: BTreeMap::new(),
            unknown: Rc::new(unknown),
        })
    }

    /// The context of the Dockerfile at `place`, which says `file`, and how it is shown.
    pub(super) fn find(
        &mut self,
        place: &Place,
        configured: Option<&Path>,
        file: &Dockerfile,
    ) -> Result<(Rc<ContextDirectory>, PathBuf), Failure> {
        let (shown, path) = match (&self.asked, configured) {
            (Some((shown, path)), _) => (shown.clone(), path.clone()),
            (None, Some(configured)) => {
                let path = directory(configured)?;
                (show(place, &path), path)
            }
            (None, None) => match self.found.find(&place.path(), file) {
                Some(path) => (show(place, &path), path),
                None => return Ok((Rc::clone(&self.unknown), place.shown.clone())),
            },
        };
        let bases = &self.bases;
        let context = self.known.entry(path).or_insert_with_key(|path| {
            Rc::new(ContextDirectory::new(path).with_images(Arc::clone(bases)))
        });
        Ok((Rc::clone(context), shown))
    }
}

/// The directory that `path` names, without links.
fn directory(path: &Path) -> Result<PathBuf, Failure> {
    let failed = |text: String| {
        Failure::new(Kind::Input, text)
            .hint("name the directory that the image is built from: --context DIR, or context in jettison.toml")
    };
    let found = fs::canonicalize(path).map_err(|error| failed(error.to_string()))?;
    if !found.is_dir() {
        return Err(failed(format!("the build context {} is no directory", path.display())));
    }
    Ok(found)
}

/// How the context `path` of the file at `place` is shown: from here, as the file is, or in full.
fn show(place: &Place, path: &Path) -> PathBuf {
    if path == place.directory {
        return place.shown.clone();
    }
    let here = if place.shown.is_absolute() { None } else { fs::canonicalize(".").ok() };
    here.map_or_else(|| path.to_owned(), |here| relative(&here, path))
}

/// `path` as it is shown: one that leads up and comes back (`../docker/run.sh` in `docker/`) the short way.
pub(super) fn from_here(path: &Path) -> PathBuf {
    let here = if path.starts_with("..") { fs::canonicalize(".").ok() } else { None };
    here.map_or_else(|| path.to_owned(), |here| relative(&here, &plain_path(&here.join(path))))
}

/// The way from the directory `from` to `path`; both are absolute.
pub(super) fn relative(from: &Path, path: &Path) -> PathBuf {
    let shared = from.components().zip(path.components()).take_while(|(one, other)| one == other);
    let shared = shared.count();
    let up = from.components().skip(shared).map(|_| std::path::Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_between_directories() {
        for (from, path, way) in [
            ("/a", "/a/b/c", "b/c"),
            ("/a/b", "/a/c", "../c"),
            ("/a/b", "/a", ".."),
            ("/a", "/a", ""),
            ("/", "/a", "a"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(path)), Path::new(way), "{from} {path}");
        }
    }
}
