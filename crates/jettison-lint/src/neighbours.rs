//! Files beside the Dockerfile: the build context.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

/// Largest file that is read: scripts, configurations and manifests are far smaller.
const MAX_FILE: u64 = 1 << 20;

/// Most entries that are counted when the context's size is asked for.
const MAX_ENTRIES: usize = 200_000;

/// A file or directory at the top of the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path within the context, with slashes.
    pub path: String,
    /// Bytes of the file, or of everything below the directory.
    pub bytes: u64,
}

/// The build context, as far as rules ask for it.
pub trait Neighbours: fmt::Debug {
    /// The text of the file at `path` (relative, with slashes); none when it is not there, is no
    /// text, or is larger than 1 MiB.
    fn text(&self, path: &str) -> Option<String>;

    /// What is at the top of the context; none when there is no context.
    fn entries(&self) -> Option<Vec<Entry>>;
}

/// No context: a file read from standard input.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNeighbours;

impl Neighbours for NoNeighbours {
    fn text(&self, _path: &str) -> Option<String> {
        None
    }

    fn entries(&self) -> Option<Vec<Entry>> {
        None
    }
}

/// A context held in memory.
#[derive(Clone, Debug, Default)]
pub struct GivenFiles(pub BTreeMap<String, String>);

impl Neighbours for GivenFiles {
    fn text(&self, path: &str) -> Option<String> {
        self.0.get(path.trim_start_matches("./")).cloned()
    }

    fn entries(&self) -> Option<Vec<Entry>> {
        let mut entries: BTreeMap<String, u64> = BTreeMap::new();
        for (path, text) in &self.0 {
            let top = path.split('/').next().unwrap_or(path);
            *entries.entry(top.to_owned()).or_default() += text.len() as u64;
        }
        Some(entries.into_iter().map(|(path, bytes)| Entry { path, bytes }).collect())
    }
}

/// A context directory on disk.
#[derive(Clone, Debug)]
pub struct ContextDirectory(pub PathBuf);

impl Neighbours for ContextDirectory {
    fn text(&self, path: &str) -> Option<String> {
        let relative = Path::new(path.trim_start_matches("./"));
        let is_inside =
            relative.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !is_inside {
            return None;
        }
        let full = self.0.join(relative);
        let metadata = fs_err::symlink_metadata(&full).ok()?;
        if !metadata.is_file() || metadata.len() > MAX_FILE {
            return None;
        }
        String::from_utf8(fs_err::read(&full).ok()?).ok()
    }

    fn entries(&self) -> Option<Vec<Entry>> {
        let mut left = MAX_ENTRIES;
        let mut entries = Vec::new();
        for entry in fs_err::read_dir(&self.0).ok()?.flatten() {
            let path = entry.file_name().to_string_lossy().into_owned();
            entries.push(Entry { path, bytes: size_of(&entry.path(), &mut left) });
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Some(entries)
    }
}

/// Bytes of the regular files at and below `path`; links are not followed.
fn size_of(path: &Path, left: &mut usize) -> u64 {
    let mut total = 0;
    let mut pending = vec![path.to_owned()];
    while let Some(path) = pending.pop() {
        if *left == 0 {
            break;
        }
        *left -= 1;
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
