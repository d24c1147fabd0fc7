//! Package databases, cut down to the packages of which something is left.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use jettison_rootfs::{PathId, Tree};

use crate::{Manager, Package, PackageId, Packages, apk, dpkg, rpm, wheel};

/// Longest database of stanzas that is rewritten: the readers' own limit.
const DATABASE_BYTES: u64 = 64 << 20;

/// A database in its new form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trimmed {
    /// The file that names it: the packages' entries are there.
    pub home: PathId,
    /// New bytes of that file and of indexes beside it. One without the other is a damaged database.
    pub rewrites: BTreeMap<PathId, Vec<u8>>,
    /// Files that only the old form needs, and that must not lie beside the new one: logs, caches.
    pub spent: BTreeSet<PathId>,
}

/// A database that names what is gone, and stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// The file that names it.
    pub home: PathId,
    /// How many packages it lists.
    pub listed: usize,
    /// Of how many of these something is left.
    pub left: usize,
    /// Why it stays.
    pub because: String,
}

/// What becomes of the kept databases that name what is gone.
#[derive(Clone, Debug, Default)]
pub struct Databases {
    /// Those that were cut down.
    pub trimmed: Vec<Trimmed>,
    /// Those that could not be.
    pub whole: Vec<Whole>,
}

/// The packages of which a file is kept that is more than documentation.
pub fn left(
    tree: &Tree,
    packages: &Packages,
    keeps: &dyn Fn(PathId) -> bool,
) -> BTreeSet<PackageId> {
    let is_content = |file: &PathId| keeps(*file) && !is_documentation(&tree.path(*file));
    let is_left = |package: &Package| package.files.iter().any(is_content);
    packages.iter().filter(|(_, package)| is_left(package)).map(|(id, _)| id).collect()
}

fn is_documentation(path: &[u8]) -> bool {
    ["/usr/share/doc/", "/usr/share/man/", "/usr/share/info/", "/usr/share/lintian/"]
        .iter()
        .any(|directory| path.starts_with(directory.as_bytes()))
}

/// The files of the database that a package's entry is in: the one with the entry, and what belongs to it.
pub fn database_parts(tree: &Tree, package: &Package) -> Vec<PathId> {
    match package.manager {
        Manager::Rpm => rpm::parts(tree, package.home),
        Manager::Apk => [package.home].into_iter().chain(apk::world(tree)).collect(),
        _ => vec![package.home],
    }
}

/// Links on the usual ways to the database that a package's entry is in: tools look there, and the file is elsewhere.
pub fn database_links(tree: &Tree, package: &Package) -> BTreeSet<PathId> {
    let ways: Vec<Vec<u8>> = match package.manager {
        Manager::Dpkg => vec![dpkg::STATUS.to_vec()],
        Manager::Apk => apk::DATABASES.map(<[u8]>::to_vec).to_vec(),
        Manager::Rpm => rpm::DIRECTORIES
            .map(|directory| [directory, b"/", tree.name(package.home)].concat())
            .to_vec(),
        _ => Vec::new(),
    };
    let ways = ways.iter().filter_map(|way| tree.resolve(way));
    ways.filter(|way| way.path == package.home).flat_map(|way| way.links).collect()
}

/// Each kept database that names what is gone, cut down: entries of packages, and files of Python distributions.
pub fn trimmed(tree: &Tree, packages: &Packages, keeps: &dyn Fn(PathId) -> bool) -> Databases {
    let mut done = Databases::default();
    let left = left(tree, packages, keeps);
    for (home, entries) in databases(packages) {
        let is_left = |(id, _): &&(PackageId, &Package)| left.contains(id);
        let remaining = entries.iter().filter(is_left).count();
        if !keeps(home) || remaining == entries.len() {
            continue;
        }
        let (listed, left) = (entries.len(), remaining);
        if entries.iter().all(|(_, package)| package.manager != Manager::Rpm) {
            let stanzas = entries.iter().filter(is_left);
            let stanzas = stanzas.filter_map(|(_, package)| package.stanza.clone());
            done.trimmed.extend(of_stanzas(tree, home, &stanzas.collect::<Vec<_>>()));
            continue;
        }
        let gone = entries.iter().filter(|entry| !is_left(entry));
        match rpm::trimmed(tree, home, &gone.filter_map(|(_, package)| package.header).collect()) {
            Ok(trimmed) => done.trimmed.push(trimmed),
            Err(error) => done.whole.push(Whole { home, listed, left, because: error.to_string() }),
        }
    }
    let wheels = packages.iter().filter(|(_, package)| package.manager == Manager::Wheel);
    let records = wheels.filter_map(|(_, package)| wheel::trimmed_record(tree, keeps, package));
    done.trimmed.extend(records.map(|(record, text)| single(record, text)));
    done
}

/// A database of stanzas with these alone.
fn of_stanzas(tree: &Tree, home: PathId, stanzas: &[Range<usize>]) -> Option<Trimmed> {
    let text = tree.read_all(tree.inode_id(home), DATABASE_BYTES).ok()?;
    let mut trimmed = single(home, joined(&text, stanzas.iter().cloned())?);
    if apk::is_home(tree, home) {
        trimmed.rewrites.extend(apk::trimmed_world(tree, &text, stanzas));
    }
    Some(trimmed)
}

/// A database of one file.
fn single(home: PathId, bytes: Vec<u8>) -> Trimmed {
    Trimmed { home, rewrites: BTreeMap::from([(home, bytes)]), spent: BTreeSet::new() }
}

/// The databases of several packages each, with their packages.
fn databases(packages: &Packages) -> BTreeMap<PathId, Vec<(PackageId, &Package)>> {
    let mut databases: BTreeMap<PathId, Vec<(PackageId, &Package)>> = BTreeMap::new();
    let is_entry = |package: &Package| package.stanza.is_some() || package.header.is_some();
    for (id, package) in packages.iter().filter(|(_, package)| is_entry(package)) {
        databases.entry(package.home).or_default().push((id, package));
    }
    databases
}

/// The stanzas, each followed by a blank line.
fn joined(text: &[u8], stanzas: impl Iterator<Item = Range<usize>>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for stanza in stanzas {
        out.extend_from_slice(text.get(stanza)?);
        if !out.ends_with(b"\n") {
            out.push(b'\n');
        }
        out.push(b'\n');
    }
    Some(out)
}
