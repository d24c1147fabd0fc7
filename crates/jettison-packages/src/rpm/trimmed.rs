//! A database without the packages that are gone.
//!
//! It is written anew in its own form, with its indexes, and read back before it is believed. What cannot be read to the last
//! byte, or is of a version that is not known here, stays whole: a damaged database is worse than one that knows too much.

use std::collections::{BTreeMap, BTreeSet};

use jettison_rootfs::{PathId, Tree};
use thiserror::Error;

use crate::{bytes::Pieces, trimmed::Trimmed};

use super::{
    Entry, Form, KEY, berkeley,
    form::parts,
    header::{Header, Tag},
    ndb, sqlite, sqlite_trimmed,
};

/// Longest file of a database that is written anew; it is held in memory three times. Images of RHEL have 5 to 40 MiB.
const FILE_BYTES: u64 = 128 << 20;

/// Why a database stays whole.
#[derive(Debug, Error)]
pub(crate) enum WhyWhole {
    #[error("{name} has {bytes} bytes, and {FILE_BYTES} is the most that is written anew")]
    TooLarge { name: String, bytes: u64 },
    #[error("{name} cannot be read: {source}")]
    Unreadable { name: String, source: std::io::Error },
    #[error("{name} is damaged: {what}")]
    Damaged { name: String, what: String },
    #[error("{name} is of a kind that is not written here: {what}")]
    Unknown { name: String, what: String },
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// The database in `home` without the headers of these numbers.
pub(crate) fn trimmed(
    tree: &Tree,
    home: PathId,
    gone: &BTreeSet<u32>,
) -> Result<Trimmed, WhyWhole> {
    let files = Files { tree, directory: tree.parent(home) };
    match Form::of(tree, home) {
        Some(Form::Sqlite) => of_sqlite(&files, home, gone),
        Some(Form::Ndb) => of_ndb(&files, home, gone),
        Some(Form::Berkeley) => of_berkeley(&files, home, gone),
        None => Err(unknown(tree, home, "its name is none of rpm's")),
    }
}

/// The files of a database's directory.
struct Files<'a> {
    tree: &'a Tree,
    directory: PathId,
}

impl Files<'_> {
    fn find(&self, name: &str) -> Option<PathId> {
        self.tree.child(self.directory, name.as_bytes())
    }

    /// A whole file.
    fn read(&self, file: PathId) -> Result<Vec<u8>, WhyWhole> {
        let (tree, name) = (self.tree, name(self.tree, file));
        let bytes = tree.inode(file).size;
        if bytes > FILE_BYTES {
            return Err(WhyWhole::TooLarge { name, bytes });
        }
        tree.read_all(tree.inode_id(file), FILE_BYTES)
            .map_err(|source| WhyWhole::Unreadable { name, source })
    }
}

fn name(tree: &Tree, file: PathId) -> String {
    String::from_utf8_lossy(tree.name(file)).into_owned()
}

pub(super) fn damaged(tree: &Tree, file: PathId, what: &str) -> WhyWhole {
    WhyWhole::Damaged { name: name(tree, file), what: what.to_owned() }
}

fn unknown(tree: &Tree, file: PathId, what: &str) -> WhyWhole {
    WhyWhole::Unknown { name: name(tree, file), what: what.to_owned() }
}

/// Holds the entries of the new database against those of the old one, which must be packages or keys.
fn prove(
    tree: &Tree,
    home: PathId,
    old: Option<Vec<Entry>>,
    new: Option<Vec<Entry>>,
    gone: &BTreeSet<u32>,
) -> Result<(), WhyWhole> {
    let mut old = old.ok_or_else(|| damaged(tree, home, "its entries cannot be read"))?;
    for entry in &old {
        let name = Header::parse(&entry.blob).and_then(|header| header.string(Tag::NAME));
        if name.is_none() {
            let what = format!("entry {} is no header", entry.number);
            return Err(damaged(tree, home, &what));
        }
        if gone.contains(&entry.number) && name.as_deref() == Some(KEY) {
            return Err(damaged(tree, home, "a package has the number of a key"));
        }
    }
    old.retain(|entry| !gone.contains(&entry.number));
    old.sort_unstable_by_key(|entry| entry.number);
    let mut new = new.unwrap_or_default();
    new.sort_unstable_by_key(|entry| entry.number);
    if old == new {
        return Ok(());
    }
    Err(damaged(tree, home, "written anew, it does not hold the same headers"))
}

fn of_sqlite(files: &Files<'_>, home: PathId, gone: &BTreeSet<u32>) -> Result<Trimmed, WhyWhole> {
    let tree = files.tree;
    let main = files.read(home)?;
    let journal = files.find("rpmdb.sqlite-journal");
    if journal.is_some_and(|journal| tree.inode(journal).size > 0) {
        return Err(damaged(tree, home, "a change of it was not finished (rpmdb.sqlite-journal)"));
    }
    let log = files.find("rpmdb.sqlite-wal");
    let wal = log.map(|log| files.read(log)).transpose()?;
    let wal = wal.as_ref().map(|wal| wal as &dyn Pieces);
    let old = sqlite::entries(&main, wal);
    let database =
        sqlite::checkpointed(&main, wal).ok_or_else(|| damaged(tree, home, "it ends too early"))?;
    let new = sqlite_trimmed::without(&database, gone)?;
    prove(tree, home, old, sqlite::entries(&new, None), gone)?;
    let spent = [log, files.find("rpmdb.sqlite-shm"), journal].into_iter().flatten().collect();
    Ok(Trimmed { home, rewrites: BTreeMap::from([(home, new)]), spent })
}

fn of_berkeley(files: &Files<'_>, home: PathId, gone: &BTreeSet<u32>) -> Result<Trimmed, WhyWhole> {
    let tree = files.tree;
    let main = files.read(home)?;
    let mut headers = berkeley_file(tree, home, &main)?;
    let mut numbers = BTreeSet::new();
    let mut pairs = std::mem::take(&mut headers.pairs);
    for pair in &pairs {
        if pair.key.len() != 4 {
            return Err(damaged(tree, home, "a header has no number"));
        }
        numbers.extend(headers.number(&pair.key));
    }
    let is_gone = |key: &[u8]| headers.number(key).is_some_and(|number| gone.contains(&number));
    pairs.retain(|pair| !is_gone(&pair.key));
    headers.pairs = pairs;
    numbers.retain(|number| !gone.contains(number));
    let new = berkeley_written(tree, home, &headers)?;
    prove(tree, home, berkeley::entries(&main), berkeley::entries(&new), gone)?;
    let mut trimmed =
        Trimmed { home, rewrites: BTreeMap::from([(home, new)]), spent: BTreeSet::new() };
    for part in parts(tree, home).into_iter().filter(|&part| part != home) {
        if tree.name(part).starts_with(b"__db.") {
            trimmed.spent.insert(part);
            continue;
        }
        let bytes = files.read(part)?;
        if berkeley::is_database(&bytes) {
            let index = berkeley_index(tree, part, &bytes, &numbers)?;
            trimmed.rewrites.insert(part, index);
        }
    }
    Ok(trimmed)
}

/// An index with what it says of these headers: under each key, the numbers of headers and a place in each.
fn berkeley_index(
    tree: &Tree,
    part: PathId,
    bytes: &[u8],
    numbers: &BTreeSet<u32>,
) -> Result<Vec<u8>, WhyWhole> {
    const ITEM_BYTES: usize = 8;
    let mut index = berkeley_file(tree, part, bytes)?;
    let mut pairs = std::mem::take(&mut index.pairs);
    for pair in &mut pairs {
        if !pair.data.len().is_multiple_of(ITEM_BYTES) {
            return Err(damaged(tree, part, "it is no index of rpm's"));
        }
        let items = pair.data.chunks_exact(ITEM_BYTES);
        let is_there = |item: &&[u8]| index.number(item).is_some_and(|at| numbers.contains(&at));
        pair.data = items.filter(is_there).flatten().copied().collect();
    }
    pairs.retain(|pair| !pair.data.is_empty());
    index.pairs = pairs;
    let new = berkeley_written(tree, part, &index)?;
    // Read back, it holds the same.
    let mut there = berkeley_file(tree, part, &new)?.pairs;
    for pairs in [&mut there, &mut index.pairs] {
        pairs.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    }
    if there == index.pairs {
        return Ok(new);
    }
    Err(damaged(tree, part, "written anew, it does not hold the same"))
}

fn berkeley_file(tree: &Tree, file: PathId, bytes: &[u8]) -> Result<berkeley::File, WhyWhole> {
    berkeley::File::read(bytes).map_err(|problem| berkeley_problem(tree, file, problem))
}

fn berkeley_written(tree: &Tree, file: PathId, new: &berkeley::File) -> Result<Vec<u8>, WhyWhole> {
    new.written().map_err(|problem| berkeley_problem(tree, file, problem))
}

fn berkeley_problem(tree: &Tree, file: PathId, problem: berkeley::Problem) -> WhyWhole {
    match problem {
        berkeley::Problem::Damaged(what) => damaged(tree, file, what),
        berkeley::Problem::Unknown(what) => unknown(tree, file, what),
    }
}

fn of_ndb(files: &Files<'_>, home: PathId, gone: &BTreeSet<u32>) -> Result<Trimmed, WhyWhole> {
    let tree = files.tree;
    let main = files.read(home)?;
    let (new, numbers) =
        ndb::packages_written(&main, gone).map_err(|what| damaged(tree, home, what))?;
    prove(tree, home, ndb::entries(&main), ndb::entries(&new), gone)?;
    let mut trimmed =
        Trimmed { home, rewrites: BTreeMap::from([(home, new)]), spent: BTreeSet::new() };
    if let Some(part) = files.find("Index.db") {
        let generation = ndb::generation(&main).unwrap_or_default();
        let index = ndb::index_written(&files.read(part)?, &numbers, generation);
        trimmed.rewrites.insert(part, index.map_err(|what| damaged(tree, part, what))?);
    }
    Ok(trimmed)
}
