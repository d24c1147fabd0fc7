//! Runtimes that no package manager put there.

use jettison_rootfs::{Kind, PathId, Tree};

use crate::{
    Landmarks, Manager, Package,
    paths::{files_below, in_order},
    runtime_version,
};

/// Every runtime that is recognised by its shape. Those of distribution packages are among them: owners of two kinds do
/// not disturb each other.
pub(crate) fn packages(tree: &Tree, landmarks: &Landmarks) -> Vec<Package> {
    let mut found = Vec::new();
    for &(home, name) in &landmarks.runtimes {
        found.push(package(tree, home, name, files_below(tree, home)));
    }
    for &stdlib in &landmarks.stdlibs {
        found.push(package(tree, stdlib, "python", python(tree, stdlib)));
    }
    for &prefix in &landmarks.node_prefixes {
        found.push(package(tree, prefix, "node", node(tree, prefix)));
    }
    for &(library, name) in &landmarks.libraries {
        found.push(package(tree, library, name, with_library(tree, library, name)));
    }
    found
}

fn package(tree: &Tree, home: PathId, name: &str, files: Vec<PathId>) -> Package {
    let mut package = Package::new(Manager::Runtime, name.to_owned(), home);
    package.version = runtime_version::of(tree, home, name).unwrap_or_default();
    package.files = in_order(files);
    package
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
    files.extend(named(
        tree,
        prefix,
        "bin",
        &["python", "python3-config", "pip", "idle", "pydoc", "2to3", "easy_install"],
    ));
    files.extend(named(tree, prefix, "lib", &["libpython"]));
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
    let mut files = named(tree, prefix, "bin", &["node", "nodejs", "npm", "npx", "corepack"]);
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

/// A language's library, and the programs and headers that are built with it. PHP's extensions are chosen one by one.
fn with_library(tree: &Tree, library: PathId, name: &str) -> Vec<PathId> {
    let prefix = tree.parent(tree.parent(library));
    let programs: &[&str] = match name {
        "ruby" => &[
            "ruby", "gem", "bundle", "bundler", "erb", "irb", "rake", "rbs", "rdbg", "rdoc", "ri",
            "racc", "typeprof",
        ],
        "perl" => &[
            "perl",
            "perldoc",
            "perlbug",
            "perlthanks",
            "cpan",
            "prove",
            "h2xs",
            "xsubpp",
            "corelist",
            "pod2html",
            "pod2man",
        ],
        "php" => &[
            "php",
            "php-cgi",
            "phpdbg",
            "php-config",
            "phpize",
            "phar",
            "phar.phar",
            "pear",
            "peardev",
            "pecl",
        ],
        "gcc" => &[
            "gcc",
            "g++",
            "c++",
            "cpp",
            "gfortran",
            "gcov",
            "gcov-dump",
            "gcov-tool",
            "lto-dump",
            "gccgo",
            "gdc",
        ],
        _ => &[],
    };
    let mut files = named(tree, prefix, "bin", programs);
    let extensions = tree.child(library, b"extensions").filter(|_| name == "php");
    let is_chosen =
        |path: PathId| extensions.is_some_and(|extensions| tree.is_below(path, extensions));
    files.extend(files_below(tree, library).into_iter().filter(|&path| !is_chosen(path)));
    if name == "gcc" {
        let parts = tree.child(prefix, b"lib").and_then(|lib| tree.child(lib, b"gcc"));
        files.extend(parts.into_iter().flat_map(|parts| files_below(tree, parts)));
    }
    files
}

/// What is no directory in a directory of the prefix and is called one of the names, perhaps with a version behind it.
fn named(tree: &Tree, prefix: PathId, directory: &str, names: &[&str]) -> Vec<PathId> {
    let Some(directory) = tree.child(prefix, directory.as_bytes()) else { return Vec::new() };
    let is_version = |rest: &[u8]| {
        let rest = rest.strip_suffix(b"-config").unwrap_or(rest);
        let rest = rest.split(|&byte| byte == b'.').filter(|part| !matches!(*part, b"so" | b"a"));
        rest.flatten().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b't' | b'm'))
    };
    let is_one = |path: &PathId| {
        let name = tree.name(*path);
        tree.inode(*path).kind != Kind::Directory
            && names.iter().any(|known| name.strip_prefix(known.as_bytes()).is_some_and(is_version))
    };
    tree.children(directory).filter(is_one).collect()
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;
    use crate::Packages;

    #[test]
    fn runtimes_own_what_comes_with_them_and_nothing_else() {
        let theirs = [
            "/usr/local/lib/python3.11/os.py",
            "/usr/local/bin/python3.11",
            "/usr/local/bin/python3-config",
            "/usr/local/lib/libpython3.11.so.1.0",
            "/usr/local/bin/node",
            "/usr/local/lib/php/pearcmd.php",
            "/usr/local/bin/php",
            "/opt/java/release",
            "/opt/java/lib/modules",
            "/usr/local/go/VERSION",
            "/usr/local/go/bin/go",
            "/usr/local/go/src/runtime/x.go",
            "/opt/yarn-v1/bin/yarn.js",
            "/opt/yarn-v1/package.json",
        ];
        let others = [
            "/usr/local/bin/pipeline",
            "/usr/local/bin/nodemon",
            "/usr/local/lib/php/extensions/no-debug/redis.so",
            "/usr/local/lib/node_modules/npm/index.js",
            "/opt/app/release",
            "/usr/local/lib/python3.11/site-packages/x.py",
            "/usr/local/bin/python-run-app",
            "/srv/VERSION",
        ];
        let tree = theirs
            .iter()
            .chain(&others)
            .fold(TreeBuilder::new(), |tree, path| tree.file(path, 0o755, b"x"))
            .build();
        let packages = Packages::of(&tree, &Landmarks::of(&tree));
        let owned = |path: &str| {
            packages.language_owner(tree.find(path.as_bytes()).expect("it was made")).is_some()
        };
        for path in theirs {
            assert!(owned(path), "{path}");
        }
        for path in others {
            assert!(!owned(path), "{path}");
        }
    }
}
