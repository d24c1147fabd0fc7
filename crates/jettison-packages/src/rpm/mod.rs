//! rpm's packages: the header of each installed package, in a database of one of three kinds.
//!
//! * `rpmdb.sqlite` (Fedora since 33, RHEL 9): SQLite 3, the table `Packages`;
//! * `Packages.db` (SUSE): rpm's own NDB;
//! * `Packages` (RHEL 8 and older, Amazon Linux 2): a Berkeley DB hash.
//!
//! `trimmed` writes each of them without the packages that are gone.

mod berkeley;
mod form;
mod header;
mod ndb;
mod sqlite;
mod sqlite_trimmed;
mod trimmed;

use jettison_rootfs::{PathId, Tree};

use crate::{
    Manager, Package,
    bytes::InTree,
    package::Source,
    paths::{Finder, in_order},
};
use form::Form;
use header::{Header, Tag};

pub(crate) use form::parts;
pub(crate) use trimmed::trimmed;

/// Where the databases are: of old, since 2020, and with rpm-ostree.
pub(crate) const DIRECTORIES: [&[u8]; 3] =
    [b"/var/lib/rpm", b"/usr/lib/sysimage/rpm", b"/usr/share/rpm"];

/// Longest header that is read; that of a kernel package with 100,000 files has 12 MiB.
const HEADER_BYTES: u64 = 64 << 20;

/// Longest path, Linux's `PATH_MAX`.
const PATH_BYTES: usize = 4096;

/// What keys that packages are signed with are called: entries of the database, but no packages.
const KEY: &str = "gpg-pubkey";

/// `RPMFILE_GHOST`: a file that the package only lays claim to.
const GHOST: u32 = 1 << 6;

/// What a database holds of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// What indexes call it by.
    number: u32,
    /// Its header.
    blob: Vec<u8>,
}

/// Every package of rpm's. A missing or unreadable database means that there is none.
pub(crate) fn packages(tree: &Tree) -> Vec<Package> {
    let mut finder = Finder::new(tree);
    let mut found = Vec::new();
    let mut seen = Vec::new();
    for directory in DIRECTORIES {
        let Some(directory) = tree.resolve(directory).map(|resolved| resolved.path) else {
            continue;
        };
        // One of the places is often a link to another.
        if seen.contains(&directory) {
            continue;
        }
        seen.push(directory);
        if let Some((home, entries)) = entries(tree, directory) {
            found.extend(entries.iter().filter_map(|entry| package(home, entry, &mut finder)));
        }
    }
    found
}

/// What a database holds, and the file that it is in.
fn entries(tree: &Tree, directory: PathId) -> Option<(PathId, Vec<Entry>)> {
    let (form, home) = Form::in_directory(tree, directory)?;
    let main = InTree { tree, id: tree.inode_id(home) };
    let entries = match form {
        Form::Sqlite => {
            let wal = tree.child(directory, b"rpmdb.sqlite-wal");
            let wal = wal.map(|wal| InTree { tree, id: tree.inode_id(wal) });
            sqlite::entries(&main, wal.as_ref().map(|wal| wal as _))?
        }
        Form::Ndb => ndb::entries(&main)?,
        Form::Berkeley => berkeley::entries(&main)?,
    };
    Some((home, entries))
}

fn package(home: PathId, entry: &Entry, finder: &mut Finder<'_>) -> Option<Package> {
    let header = Header::parse(&entry.blob)?;
    let name = header.string(Tag::NAME)?;
    if name == KEY {
        return None;
    }
    let version = header.string(Tag::VERSION)?;
    let release = header.string(Tag::RELEASE).unwrap_or_default();
    let epoch = header.numbers(Tag::EPOCH).first().map(|epoch| format!("{epoch}:"));
    let mut package = Package::new(Manager::Rpm, name, home);
    package.version = format!("{}{version}-{release}", epoch.unwrap_or_default());
    package.header = Some(entry.number);
    package.architecture = header.string(Tag::ARCH);
    package.files = in_order(files(&header, finder));
    package.about.licenses.extend(header.string(Tag::LICENSE));
    package.about.supplier = header.string(Tag::VENDOR).filter(|vendor| vendor != "(none)");
    package.about.homepage = header.string(Tag::URL);
    package.about.source = header.string(Tag::SOURCERPM).and_then(|file| source(&file));
    Some(package)
}

/// The files that a package put there.
fn files(header: &Header<'_>, finder: &mut Finder<'_>) -> Vec<PathId> {
    let directories = header.strings(Tag::DIRNAMES);
    let indexes = header.numbers(Tag::DIRINDEXES);
    let flags = header.numbers(Tag::FILEFLAGS);
    let names = header.strings(Tag::BASENAMES);
    let mut files = Vec::new();
    for (at, (name, index)) in names.iter().zip(&indexes).enumerate() {
        let is_ghost = flags.get(at).is_some_and(|flags| flags & GHOST != 0);
        let directory = usize::try_from(*index).ok().and_then(|index| directories.get(index));
        let is_path = |directory: &&[u8]| directory.len() + name.len() <= PATH_BYTES;
        if let Some(directory) = directory.copied().filter(is_path).filter(|_| !is_ghost) {
            files.extend(finder.find_file(&[directory, name].concat()));
        }
    }
    files
}

/// `bash-5.2.15-5.fc39.src.rpm` → bash and 5.2.15-5.fc39.
fn source(file: &str) -> Option<Source> {
    let stem = file.strip_suffix(".src.rpm").or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let release = stem.rfind('-')?;
    let version = stem[..release].rfind('-')?;
    Some(Source { name: stem[..version].to_owned(), version: stem[version + 1..].to_owned() })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod trimmed_tests;
