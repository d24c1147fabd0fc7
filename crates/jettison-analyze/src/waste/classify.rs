//! What of the final tree is waste: by place, by name, by owner. Purely by the index.

use jettison_rootfs::{Kind, PathId, Tree};

use super::{cause::Cause, packages_of_languages::Installed, places};
use crate::{analysis::Purpose, owners::Owners};

/// What the classification depends on beside the tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances<'a> {
    /// Whose the files are.
    pub(crate) owners: &'a Owners,
    /// Whether what builds need is waste.
    pub(crate) purpose: Purpose,
    /// The languages that the image is set to, such as `de_DE`: from `LANG` and its like.
    pub(crate) locales: &'a [String],
}

/// The cause of each name of the tree that could go as a whole, by [`PathId::index`].
///
/// A directory could go when it is waste itself and so is all it holds.
pub(crate) fn classify(tree: &Tree, circumstances: &Circumstances<'_>) -> Vec<Option<Cause>> {
    let mut causes = Walk { tree, circumstances }.run();
    // Children have higher ids than their directory.
    for index in (0..tree.len()).rev() {
        let path = PathId::from_index(index);
        if tree.inode(path).is_directory() {
            let all = tree.children(path).all(|child| causes[child.index()].is_some());
            if !all {
                causes[index] = None;
            }
        }
    }
    causes
}

struct Walk<'a> {
    tree: &'a Tree,
    circumstances: &'a Circumstances<'a>,
}

/// What is known of a directory while what is below it is looked at.
#[derive(Clone, Debug, Default)]
struct Zone {
    path: String,
    /// What everything below is, directories too.
    whole: Option<Cause>,
    /// What the files below are; directories stay, since programs expect them.
    files: Option<Cause>,
    installed: Installed,
}

impl Walk<'_> {
    fn run(&self) -> Vec<Option<Cause>> {
        let mut causes = vec![None; self.tree.len()];
        let mut todo = vec![(self.tree.root(), Zone::default())];
        while let Some((directory, zone)) = todo.pop() {
            for child in self.tree.children(directory) {
                let (cause, below) = self.name(child, &zone);
                causes[child.index()] = cause;
                todo.extend(below.map(|below| (child, below)));
            }
        }
        causes
    }

    /// The cause of a name, and what holds below it.
    fn name(&self, child: PathId, zone: &Zone) -> (Option<Cause>, Option<Zone>) {
        let name = String::from_utf8_lossy(self.tree.name(child));
        let separator = if zone.path.is_empty() { "" } else { "/" };
        let path = format!("{}{separator}{name}", zone.path);
        let is_directory = self.tree.inode(child).is_directory();
        let parent = zone.path.rsplit('/').next().unwrap_or_default();
        let own = if is_directory {
            let build = self.build(|| places::build_directory(&path, parent, &name));
            places::directory(&path, parent, &name).min_some(build)
        } else {
            let build = self.build(|| places::build_file(&name));
            places::file(&path, &name).min_some(build).min_some(self.by_owner(child))
        };
        let installed = zone
            .installed
            .enter(&name, is_directory, || Contents { tree: self.tree, directory: child }.names());
        let whole = zone.whole.min_some(own).min_some(installed.cause());
        let files = zone.files.min_some(places::below(&path));
        let cause = if is_directory { whole } else { whole.min_some(zone.files) };
        let cause = self.corrected(cause, &path, &name, child);
        let below =
            is_directory.then(|| Zone { path, whole: cause, files, installed: installed.below() });
        (cause, below)
    }

    fn build(&self, cause: impl FnOnce() -> Option<Cause>) -> Option<Cause> {
        if self.circumstances.purpose == Purpose::Runtime { cause() } else { None }
    }

    fn by_owner(&self, path: PathId) -> Option<Cause> {
        self.build(|| {
            let owners = self.circumstances.owners;
            let system = owners.system(path).and_then(places::package);
            let runtime = || owners.runtime(path).and_then(places::runtime);
            system.or_else(runtime)
        })
    }

    /// Exceptions: what a place has that is needed all the same.
    fn corrected(
        &self,
        cause: Option<Cause>,
        path: &str,
        name: &str,
        child: PathId,
    ) -> Option<Cause> {
        let is_needed = match cause? {
            // Licences must be passed on with the programs.
            Cause::Documentation => name == "copyright" || is_licence(name),
            Cause::Locales => name == "locale.alias" || self.is_set(path),
            Cause::CompiledCache => !self.has_source(child, name),
            // A log that is a link to standard output, or a pipe.
            Cause::Temporary => {
                !matches!(self.tree.inode(child).kind, Kind::File | Kind::Directory)
            }
            _ => false,
        };
        if is_needed {
            return None;
        }
        match cause? {
            Cause::PackageCache if places::is_list(path, name) => Some(Cause::PackageLists),
            cause => Some(cause),
        }
    }

    /// Whether the image is set to a language of which this is a part.
    fn is_set(&self, path: &str) -> bool {
        let locales = self.circumstances.locales;
        let parts = |locale: &String| {
            let language = locale.split(['_', '.', '@']).next().unwrap_or_default().to_owned();
            [locale.clone(), language]
        };
        let is_part = |part: &str| locales.iter().flat_map(parts).any(|locale| locale == part);
        (path.ends_with("locale-archive") && !locales.is_empty()) || path.split('/').any(is_part)
    }

    /// Whether the Python source that a compiled file in `__pycache__` came from is there; without it, that file *is* the
    /// program.
    fn has_source(&self, child: PathId, name: &str) -> bool {
        if self.tree.inode(child).is_directory() {
            return true;
        }
        let stem = name.split('.').next().unwrap_or_default();
        let cache = self.tree.parent(child);
        let directory = self.tree.parent(cache);
        self.tree.child(directory, format!("{stem}.py").as_bytes()).is_some()
    }
}

fn is_licence(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "AUTHORS"]
        .iter()
        .any(|start| upper.starts_with(start))
}

/// The names in a directory, asked for only where they matter.
struct Contents<'a> {
    tree: &'a Tree,
    directory: PathId,
}

impl Contents<'_> {
    fn names(&self) -> Vec<String> {
        let names = self.tree.children(self.directory);
        names.map(|child| String::from_utf8_lossy(self.tree.name(child)).into_owned()).collect()
    }
}

/// The earlier of two causes in the order of precedence, where there is one.
trait Earlier {
    fn min_some(self, other: Self) -> Self;
}

impl Earlier for Option<Cause> {
    fn min_some(self, other: Self) -> Self {
        match (self, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }
}
