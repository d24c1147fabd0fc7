//! rpm's packages: the header of each installed package, in a database of one of three kinds.
//!
//! * `rpmdb.sqlite` (Fedora since 33, RHEL 9): SQLite 3, the table `Packages`;
//! * `Packages.db` (SUSE): rpm's own NDB;
//! * `Packages` (RHEL 8 and older, Amazon Linux 2): a Berkeley DB hash.
//!
//! Nothing here writes any of them: a database of rpm's is kept whole or dropped whole. An entry is a web of indexes in all
//! three kinds, and a damaged database is worse than one that knows too much.

mod berkeley;
mod header;
mod ndb;
mod sqlite;

use jettison_rootfs::{PathId, Tree};

use crate::{
    Manager, Package,
    bytes::InTree,
    package::Source,
    paths::{Finder, in_order},
};
use header::{Header, Tag};

/// Where the databases are: of old, since 2020, and with rpm-ostree.
const DIRECTORIES: [&[u8]; 3] = [b"/var/lib/rpm", b"/usr/lib/sysimage/rpm", b"/usr/share/rpm"];

/// Longest header that is read; that of a kernel package with 100,000 files has 12 MiB.
const HEADER_BYTES: u64 = 64 << 20;

/// Longest path, Linux's `PATH_MAX`.
const PATH_BYTES: usize = 4096;

/// `RPMFILE_GHOST`: a file that the package only lays claim to.
const GHOST: u32 = 1 << 6;

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
        if let Some((home, blobs)) = headers(tree, directory) {
            found.extend(blobs.iter().filter_map(|blob| package(home, blob, &mut finder)));
        }
    }
    found
}

/// The headers in a database, and the file that they are in.
fn headers(tree: &Tree, directory: PathId) -> Option<(PathId, Vec<Vec<u8>>)> {
    let file = |name: &str| {
        let path = tree.child(directory, name.as_bytes())?;
        Some((path, InTree { tree, id: tree.inode_id(path) }))
    };
    if let Some((home, main)) = file("rpmdb.sqlite") {
        let wal = file("rpmdb.sqlite-wal").map(|(_, wal)| wal);
        return Some((home, sqlite::blobs(&main, wal.as_ref().map(|wal| wal as _))?));
    }
    if let Some((home, main)) = file("Packages.db") {
        return Some((home, ndb::blobs(&main)?));
    }
    let (home, main) = file("Packages")?;
    Some((home, berkeley::blobs(&main)?))
}

fn package(home: PathId, blob: &[u8], finder: &mut Finder<'_>) -> Option<Package> {
    let header = Header::parse(blob)?;
    let name = header.string(Tag::NAME)?;
    // Keys that packages are signed with are entries of the database, but no packages.
    if name == "gpg-pubkey" {
        return None;
    }
    let version = header.string(Tag::VERSION)?;
    let release = header.string(Tag::RELEASE).unwrap_or_default();
    let epoch = header.numbers(Tag::EPOCH).first().map(|epoch| format!("{epoch}:"));
    let mut package = Package::new(Manager::Rpm, name, home);
    package.version = format!("{}{version}-{release}", epoch.unwrap_or_default());
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
