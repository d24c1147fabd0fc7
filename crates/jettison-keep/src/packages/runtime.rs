//! Runtimes that no package manager put there.

use jettison_rootfs::{Kind, PathId, Tree};

use super::{
    Landmarks, Manager, Package,
    landmarks::has,
    paths::{files_below, in_order},
};

/// Every runtime that is recognised by its shape. Those of distribution packages are among them: owners of two kinds do
/// not disturb each other.
pub(super) fn packages(tree: &Tree, landmarks: &Landmarks) -> Vec<Package> {
    let mut found = Vec::new();
    for &(home, name) in &landmarks.runtimes {
        found.push(package(home, name, files_below(tree, home)));
    }
    for &stdlib in &landmarks.stdlibs {
        found.push(package(stdlib, "python", python(tree, stdlib)));
    }
    for &prefix in &landmarks.node_prefixes {
        found.push(package(prefix, "node", node(tree, prefix)));
    }
    for &ruby in landmarks
        .rubies
        .iter()
        .filter(|&&ruby| has(tree, tree.parent(tree.parent(ruby)), &["bin", "ruby"]))
    {
        found.push(package(ruby, "ruby", files_below(tree, ruby)));
    }
    found
}

fn package(home: PathId, name: &str, files: Vec<PathId>) -> Package {
    Package {
        manager: Manager::Runtime,
        name: name.to_owned(),
        version: String::new(),
        architecture: None,
        files: in_order(files),
        home,
        stanza: None,
    }
}

/// The standard library, without the packages installed into it, and what `make install` puts beside it.
fn python(tree: &Tree, stdlib: PathId) -> Vec<PathId> {
    let prefix = tree.parent(tree.parent(stdlib));
    let is_site = |path: &PathId| matches!(tree.name(*path), b"site-packages" | b"dist-packages");
    let mut files = Vec::new();
    for child in tree.children(stdlib).filter(|child| !is_site(child)) {
        match tree.inode(child).kind {
            Kind::Directory => files.extend(files_below(tree, child)),
            _ => files.push(child),
        }
    }
    let commands = ["python", "pip", "idle", "pydoc", "2to3", "easy_install"];
    files.extend(starting(tree, prefix, "bin", &commands));
    files.extend(starting(tree, prefix, "lib", &["libpython"]));
    if let Some(include) = tree.child(prefix, b"include") {
        for headers in tree.children(include).filter(|&path| tree.name(path).starts_with(b"python"))
        {
            files.extend(files_below(tree, headers));
        }
    }
    files
}

/// The programs and headers; the packages in `lib/node_modules` are npm's.
fn node(tree: &Tree, prefix: PathId) -> Vec<PathId> {
    let mut files = starting(tree, prefix, "bin", &["node", "npm", "npx", "corepack"]);
    for place in [["include", "node"], ["share", "doc"], ["share", "systemtap"]] {
        if let Some(found) =
            place.iter().try_fold(prefix, |at, name| tree.child(at, name.as_bytes()))
        {
            files.extend(files_below(tree, found));
        }
    }
    files.extend(
        ["CHANGELOG.md", "README.md"].iter().filter_map(|name| tree.child(prefix, name.as_bytes())),
    );
    files
}

/// What is no directory in a directory of the prefix and starts with one of the words.
fn starting(tree: &Tree, prefix: PathId, directory: &str, words: &[&str]) -> Vec<PathId> {
    let Some(directory) = tree.child(prefix, directory.as_bytes()) else { return Vec::new() };
    let is_one = |path: &PathId| {
        let name = tree.name(*path);
        tree.inode(*path).kind != Kind::Directory
            && words.iter().any(|word| name.starts_with(word.as_bytes()))
    };
    tree.children(directory).filter(is_one).collect()
}
