//! What is inside, as one list: packages with files of their own, and what is linked or packed into files.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId, Tree};

use crate::{
    Landmarks, Manager, Package, Packages,
    bytes::{InTree, Pieces},
    crate_paths, crates, dotnet,
    elf_sections::Elf,
    gem, go, jar, left,
};

/// Files shorter than this are no programs with a table of sections.
const LEAST_PROGRAM_BYTES: u64 = 256;

/// Every package of a tree of which `keeps` leaves something, in the order of manager, name, version and place.
///
/// Language packages and runtimes that come as part of a distribution's package are that package, not one more: the
/// distribution mends them under its own version, and whoever looks for holes in `pkg:pypi/requests` would be misled.
pub fn inventory(
    tree: &Tree,
    landmarks: &Landmarks,
    packages: &Packages,
    keeps: &dyn Fn(PathId) -> bool,
) -> Vec<Package> {
    let left = left(tree, packages, keeps);
    let mut found: Vec<Package> = left
        .iter()
        .filter(|&&id| packages.is_own(id))
        .map(|&id| packages.get(id).clone())
        .collect();
    let is_runtimes = |path: PathId| {
        let owner = packages.language_owner(path).map(|owner| packages.get(owner).manager);
        owner == Some(Manager::Runtime)
    };
    let inside = contained(tree, landmarks, &|path| keeps(path) && !is_runtimes(path));
    found.extend(inside.into_iter().filter(|package| !packages.is_systems(tree, package)));
    found.sort_by_cached_key(|package| {
        let place = tree.path(package.home);
        (package.manager, package.name.clone(), package.version.clone(), place)
    });
    found.dedup_by(|one, other| {
        (one.manager, &one.name, &one.version, one.home)
            == (other.manager, &other.name, &other.version, other.home)
    });
    found
}

/// What is linked into programs and packed into jars, and what has nothing but an entry in a list.
///
/// Opens every program and jar among the files that `is_there`: not for those who only ask who owns a file.
pub fn contained(
    tree: &Tree,
    landmarks: &Landmarks,
    is_there: &dyn Fn(PathId) -> bool,
) -> Vec<Package> {
    let mut found = gem::default_gems(tree, landmarks);
    found.retain(|gem| is_there(gem.home));
    let mut seen = BTreeSet::new();
    for path in tree.iter().filter(|&path| is_there(path)) {
        let inode = tree.inode(path);
        if inode.kind != Kind::File || !seen.insert(tree.inode_id(path)) {
            continue;
        }
        let name = tree.name(path);
        if jar::is_jar(name) {
            found.extend(jar::artefacts(tree, path));
        } else if name.ends_with(b".deps.json") {
            found.extend(dotnet::packages(tree, path).unwrap_or_default());
        } else if inode.size >= LEAST_PROGRAM_BYTES {
            found.extend(linked(tree, path));
        }
    }
    found
}

/// What is linked into a program or library, if it is one and tells.
fn linked(tree: &Tree, path: PathId) -> Vec<Package> {
    let file = InTree { tree, id: tree.inode_id(path) };
    if file.piece(0, 4).is_none_or(|magic| magic != b"\x7fELF") {
        return Vec::new();
    }
    let Some(elf) = Elf::open(&file) else { return Vec::new() };
    go::modules(&file, &elf, path)
        .or_else(|| crates::crates(&elf, path))
        .or_else(|| crate_paths::crates(&file, &elf, path))
        .unwrap_or_default()
}

/// The layer that a package lies in, counted from 0: the one that most of its files are from, the lowest of several.
///
/// A database is written anew by each layer that installs something, so its own place tells little.
pub fn layer_of(tree: &Tree, package: &Package) -> Option<usize> {
    let mut counts = vec![0_u64; tree.layers().len()];
    let files =
        if package.files.is_empty() { std::slice::from_ref(&package.home) } else { &package.files };
    for &file in files {
        if let Some((layer, _)) = tree.provider(file) {
            counts[layer] += 1;
        }
    }
    let most = counts.iter().copied().max().filter(|&most| most > 0)?;
    counts.iter().position(|&count| count == most)
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;

    fn tree() -> Tree {
        TreeBuilder::new()
            .file(
                "/var/lib/dpkg/status",
                0o644,
                b"Package: python3-y\nVersion: 2\n\nPackage: gone\nVersion: 3\n",
            )
            .file(
                "/var/lib/dpkg/info/python3-y.list",
                0o644,
                b"/usr/lib/python3/dist-packages/y.dist-info/METADATA\n/usr/lib/python3.11/os.py\n/usr/bin/python3.11\n",
            )
            .file("/usr/lib/python3/dist-packages/y.dist-info/METADATA", 0o644, b"Name: y\n")
            // The distribution's Python is no runtime beside it, however much was compiled.
            .file("/usr/bin/python3.11", 0o755, b"x")
            .file("/usr/lib/python3.11/os.py", 0o644, b"x")
            .file("/usr/lib/python3.11/__pycache__/os.cpython-311.pyc", 0o644, b"x")
            .file("/usr/lib/python3.11/__pycache__/os.cpython-311.opt-1.pyc", 0o644, b"x")
            .file("/usr/lib/python3.11/__pycache__/os.cpython-311.opt-2.pyc", 0o644, b"x")
            .layer()
            .file("/srv/site-packages/z.dist-info/METADATA", 0o644, b"Name: z\nVersion: 1\n")
            .file("/srv/site-packages/z.dist-info/RECORD", 0o644, b"z.py,,\n")
            .file("/srv/site-packages/z.py", 0o644, b"x")
            .file("/app/server", 0o755, &go::fixture::new_program())
            .hardlink("/app/same", "/app/server")
            .file("/app/tool", 0o755, &crates::fixture::program())
            .build()
    }

    fn names(tree: &Tree, keeps: &dyn Fn(PathId) -> bool) -> Vec<String> {
        let landmarks = Landmarks::of(tree);
        let packages = Packages::of(tree, &landmarks);
        let found = inventory(tree, &landmarks, &packages, keeps);
        found.into_iter().map(|package| package.name).collect()
    }

    #[test]
    fn everything_is_listed_once() {
        let expected = [
            "python3-y",
            "z",
            "example.org/local",
            "example.org/server",
            "github.com/gorilla/mux",
            "golang.org/x/net",
            "stdlib",
            "serde",
            "server",
        ];
        assert_eq!(names(&tree(), &|_| true), expected);
    }

    #[test]
    fn a_file_has_one_owner() {
        let tree = tree();
        let packages = Packages::of(&tree, &Landmarks::of(&tree));
        let owner = |path: &str| {
            let path = tree.find(path.as_bytes()).expect("it is there");
            packages.owner(&tree, path).map(|id| packages.get(id).name.as_str())
        };
        assert_eq!(owner("/usr/lib/python3.11/os.py"), Some("python3-y"));
        assert_eq!(owner("/usr/lib/python3.11/__pycache__/os.cpython-311.pyc"), Some("python3-y"));
        assert_eq!(owner("/srv/site-packages/z.py"), Some("z"));
        assert_eq!(owner("/app/tool"), None);
        let listed: Vec<&str> = packages.own().map(|(_, package)| package.name.as_str()).collect();
        assert_eq!(listed, ["python3-y", "gone", "z"]);
    }

    #[test]
    fn what_is_gone_is_not_listed() {
        let tree = tree();
        let keeps = |path: PathId| {
            let path = tree.path(path);
            path.starts_with(b"/usr") || path.starts_with(b"/app/tool")
        };
        assert_eq!(names(&tree, &keeps), ["python3-y", "serde", "server"]);
    }

    #[test]
    fn a_package_lies_where_most_of_its_files_do() {
        let tree = tree();
        let packages = Packages::of(&tree, &Landmarks::of(&tree));
        let layer = |name: &str| {
            let (_, package) =
                packages.iter().find(|(_, package)| package.name == name).expect("it is there");
            layer_of(&tree, package)
        };
        assert_eq!((layer("python3-y"), layer("z")), (Some(0), Some(1)));
    }
}
