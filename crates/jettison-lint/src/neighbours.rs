//! What a Dockerfile stands beside: the files of its build context, and the images that it starts from.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    build_context::plain,
    image_facts::{ImageFacts, Images},
};

/// Largest file that is read: scripts, configurations and manifests are far smaller.
const MAX_FILE: u64 = 1 << 20;

/// Most entries that are listed or counted: a directory larger than this is no source tree.
const MAX_ENTRIES: usize = 200_000;

/// A file or directory of the context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Child {
    /// Its name.
    pub name: String,
    /// Whether it is a directory.
    pub is_directory: bool,
}

/// The build context, as far as rules ask for it. Paths are relative to it, with slashes.
pub trait Neighbours: fmt::Debug {
    /// The text of the file at `path`; none when it is not there, is no text, or is larger than
    /// 1 MiB.
    fn text(&self, path: &str) -> Option<String>;

    /// What is in `directory` (empty for the context itself), by name; none when it is not there,
    /// or when there is no context.
    fn children(&self, directory: &str) -> Option<Arc<[Child]>>;

    /// Bytes of the file at `path`, or of everything below that directory.
    fn bytes(&self, path: &str) -> u64;

    /// What the image called `name` provides; none when nobody may look into it.
    fn image(&self, _name: &str) -> Option<Arc<ImageFacts>> {
        None
    }
}

/// No context: a file read from standard input.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNeighbours;

impl Neighbours for NoNeighbours {
    fn text(&self, _path: &str) -> Option<String> {
        None
    }

    fn children(&self, _directory: &str) -> Option<Arc<[Child]>> {
        None
    }

    fn bytes(&self, _path: &str) -> u64 {
        0
    }
}

/// A context held in memory.
#[derive(Clone, Debug, Default)]
pub struct GivenFiles(pub BTreeMap<String, String>);

impl GivenFiles {
    /// Files below `directory`: the rest of their path, and their text.
    fn below(&self, directory: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(move |(path, text)| {
            let rest = match directory {
                "" => Some(path.as_str()),
                other => path.strip_prefix(other)?.strip_prefix('/'),
            };
            rest.map(|rest| (rest, text.as_str()))
        })
    }
}

impl Neighbours for GivenFiles {
    fn text(&self, path: &str) -> Option<String> {
        self.0.get(normal(path)).cloned()
    }

    fn children(&self, directory: &str) -> Option<Arc<[Child]>> {
        let mut children: Vec<Child> = self
            .below(normal(directory))
            .map(|(rest, _)| match rest.split_once('/') {
                Some((name, _)) => Child { name: name.to_owned(), is_directory: true },
                None => Child { name: rest.to_owned(), is_directory: false },
            })
            .collect();
        children.dedup();
        (directory.is_empty() || !children.is_empty()).then(|| children.into())
    }

    fn bytes(&self, path: &str) -> u64 {
        match self.0.get(normal(path)) {
            Some(text) => text.len() as u64,
            None => self.below(normal(path)).map(|(_, text)| text.len() as u64).sum(),
        }
    }
}

/// `path` without what says nothing: `./` or a slash at the beginning, as sources count from the context in any case, and a
/// slash at the end.
fn normal(path: &str) -> &str {
    let mut path = path.trim_end_matches('/');
    while let Some(rest) = path.strip_prefix("./").or_else(|| path.strip_prefix('/')) {
        path = rest;
    }
    path
}

/// A context directory on disk. What is in it is read once and remembered; file contents are read
/// whenever they are asked for.
#[derive(Debug)]
pub struct ContextDirectory {
    /// None when nobody knows where it is.
    directory: Option<PathBuf>,
    listed: Mutex<BTreeMap<String, Option<Arc<[Child]>>>>,
    images: Option<Arc<dyn Images>>,
}

impl ContextDirectory {
    /// The context at `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: Some(directory.into()), listed: Mutex::default(), images: None }
    }

    /// A context that nobody knows: nothing is in it, and nothing is said of it.
    pub fn unknown() -> Self {
        Self { directory: None, listed: Mutex::default(), images: None }
    }

    /// With images that may be looked into.
    #[must_use]
    pub fn with_images(self, images: Arc<dyn Images>) -> Self {
        Self { images: Some(images), ..self }
    }

    /// The directory, when it is known.
    pub fn path(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// `path` on disk, when it names something within the context.
    fn inside(&self, path: &str) -> Option<PathBuf> {
        let relative = Path::new(normal(path));
        let is_inside =
            relative.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        let directory = self.directory.as_ref().filter(|_| is_inside)?;
        Some(directory.join(relative))
    }

    /// The same for a Dockerfile's own `.dockerignore`, which stands beside it: the Dockerfile may lie outside of its context.
    fn inside_or_ignore_file(&self, path: &str) -> Option<PathBuf> {
        if path.starts_with("../") && path.ends_with(".dockerignore") {
            return Some(plain(&self.directory.as_ref()?.join(path)));
        }
        self.inside(path)
    }

    fn list(&self, directory: &str) -> Option<Arc<[Child]>> {
        let mut children = Vec::new();
        for entry in fs_err::read_dir(self.inside(directory)?).ok()?.flatten().take(MAX_ENTRIES) {
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name().to_string_lossy().into_owned();
            children.push(Child { name, is_directory: kind.is_dir() });
        }
        children.sort();
        Some(children.into())
    }
}

impl Neighbours for ContextDirectory {
    fn text(&self, path: &str) -> Option<String> {
        let full = self.inside_or_ignore_file(path)?;
        let metadata = fs_err::symlink_metadata(&full).ok()?;
        if !metadata.is_file() || metadata.len() > MAX_FILE {
            return None;
        }
        String::from_utf8(fs_err::read(&full).ok()?).ok()
    }

    fn children(&self, directory: &str) -> Option<Arc<[Child]>> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = listed.get(directory) {
            return known.clone();
        }
        let children = self.list(directory);
        listed.insert(directory.to_owned(), children.clone());
        children
    }

    fn bytes(&self, path: &str) -> u64 {
        self.inside(path).map_or(0, |full| size_of(&full))
    }

    fn image(&self, name: &str) -> Option<Arc<ImageFacts>> {
        self.images.as_ref()?.facts(name)
    }
}

/// Bytes of the regular files at and below `path`; links are not followed.
fn size_of(path: &Path) -> u64 {
    let mut left = MAX_ENTRIES;
    let mut total = 0;
    let mut pending = vec![path.to_owned()];
    while let Some(path) = pending.pop() {
        if left == 0 {
            break;
        }
        left -= 1;
        let Ok(metadata) = fs_err::symlink_metadata(&path) else { continue };
        if metadata.is_file() {
            total += metadata.len();
        } else if metadata.is_dir()
            && let Ok(children) = fs_err::read_dir(&path)
        {
            pending.extend(children.flatten().map(|child| child.path()));
        }
    }
    total
}

/// A context in which some files have other texts than they really have: fixes that were not
/// written yet, or what an editor holds.
#[derive(Debug)]
pub struct Overlay<'a> {
    /// Where everything else comes from.
    pub below: &'a dyn Neighbours,
    /// The texts, by path.
    pub texts: BTreeMap<String, String>,
}

impl Neighbours for Overlay<'_> {
    fn text(&self, path: &str) -> Option<String> {
        self.texts.get(normal(path)).cloned().or_else(|| self.below.text(path))
    }

    fn children(&self, directory: &str) -> Option<Arc<[Child]>> {
        self.below.children(directory)
    }

    fn bytes(&self, path: &str) -> u64 {
        self.below.bytes(path)
    }

    fn image(&self, name: &str) -> Option<Arc<ImageFacts>> {
        self.below.image(name)
    }
}
