//! Names that mark where packages and runtimes lie, found in one pass over a tree.

use jettison_rootfs::{Kind, PathId, Tree};

/// Where to look closer. Each list is in the order of the ids.
#[derive(Debug, Default)]
pub struct Landmarks {
    /// `*.dist-info` directories, and `*.egg-info` files and directories.
    pub distributions: Vec<PathId>,
    /// `pythonX.Y` and `pypyX.Y` directories with an `os.py`: standard libraries.
    pub stdlibs: Vec<PathId>,
    /// Directories in `node_modules` with a `package.json`.
    pub(crate) node_packages: Vec<PathId>,
    /// `*.gemspec` files in a `specifications` directory.
    pub(crate) gemspecs: Vec<PathId>,
    /// `*.gemspec` files in `specifications/default`: gems that come with Ruby.
    pub(crate) default_gemspecs: Vec<PathId>,
    /// `installed.json` files of Composer's.
    pub(crate) composer: Vec<PathId>,
    /// Top directories of runtimes that lie in a directory of their own.
    pub(crate) runtimes: Vec<(PathId, &'static str)>,
    /// Prefixes (`/usr/local`) that a Node.js was unpacked into.
    pub(crate) node_prefixes: Vec<PathId>,
    /// Directories of a language's own library in a prefix's `lib` or `libexec`, by the language: `lib/ruby`.
    pub(crate) libraries: Vec<(PathId, &'static str)>,
}

impl Landmarks {
    /// Looks at every name once.
    pub fn of(tree: &Tree) -> Self {
        let mut found = Self::default();
        for path in tree.iter() {
            found.note(tree, path);
        }
        found
    }

    fn note(&mut self, tree: &Tree, path: PathId) {
        let name = tree.name(path);
        let parent = tree.parent(path);
        let parent_name = tree.name(parent);
        match name {
            _ if name.ends_with(b".dist-info") || name.ends_with(b".egg-info") => {
                self.distributions.push(path);
            }
            b"EGG-INFO" if parent_name.ends_with(b".egg") => self.distributions.push(path),
            b"os.py" if parent_name.starts_with(b"python") || parent_name.starts_with(b"pypy") => {
                self.stdlibs.push(parent);
            }
            b"package.json" if is_node_package(tree, parent) => self.node_packages.push(parent),
            b"installed.json" if parent_name == b"composer" => self.composer.push(path),
            _ if name.ends_with(b".gemspec") && parent_name == b"specifications" => {
                self.gemspecs.push(path);
            }
            _ if name.ends_with(b".gemspec")
                && parent_name == b"default"
                && tree.name(tree.parent(parent)) == b"specifications" =>
            {
                self.default_gemspecs.push(path);
            }
            b"npm" if parent_name == b"node_modules" => {
                self.node_prefixes.extend(node_prefix(tree, parent));
            }
            _ => {
                self.runtimes.extend(runtime(tree, path));
                self.libraries.extend(library(tree, path));
            }
        }
    }
}

/// `node_modules/NAME` or `node_modules/@SCOPE/NAME`.
fn is_node_package(tree: &Tree, directory: PathId) -> bool {
    let above = tree.parent(directory);
    tree.name(above) == b"node_modules"
        || (tree.name(above).starts_with(b"@") && tree.name(tree.parent(above)) == b"node_modules")
}

/// The prefix above `lib/node_modules`, when it has Node.js itself.
fn node_prefix(tree: &Tree, modules: PathId) -> Option<PathId> {
    let lib = tree.parent(modules);
    let prefix = tree.parent(lib);
    (tree.name(lib) == b"lib" && has(tree, prefix, &["bin", "node"])).then_some(prefix)
}

/// A runtime in a directory of its own, told by one name and proved by others beside it.
fn runtime(tree: &Tree, path: PathId) -> Option<(PathId, &'static str)> {
    let top = tree.parent(path);
    match tree.name(path) {
        // A JDK or a jlinked runtime: the file `release` and the modules, or Java 8's rt.jar.
        b"release" if has(tree, top, &["lib", "modules"]) => Some((top, "java")),
        b"release"
            if has(tree, top, &["jre", "lib", "rt.jar"]) || has(tree, top, &["lib", "rt.jar"]) =>
        {
            Some((top, "java"))
        }
        b"VERSION" if has(tree, top, &["bin", "go"]) && has(tree, top, &["src", "runtime"]) => {
            Some((top, "go"))
        }
        b"rustlib" if tree.name(top) == b"lib" => {
            let prefix = tree.parent(top);
            // A distribution's compiler shares its prefix with everything else.
            let is_apart = !matches!(tree.path(prefix).as_slice(), b"/usr" | b"/usr/local");
            (is_apart && has(tree, prefix, &["bin", "rustc"])).then_some((prefix, "rust"))
        }
        b"yarn.js"
            if tree.name(top) == b"bin" && has(tree, tree.parent(top), &["package.json"]) =>
        {
            Some((tree.parent(top), "yarn"))
        }
        b"shared"
            if has(tree, path, &["Microsoft.NETCore.App"])
                && tree.child(top, b"dotnet").is_some() =>
        {
            Some((top, "dotnet"))
        }
        _ => None,
    }
}

/// A language's library beside the language's program in the same prefix.
fn library(tree: &Tree, path: PathId) -> Option<(PathId, &'static str)> {
    let parent = tree.parent(path);
    let prefix = tree.parent(parent);
    let is_beside = |program: &str| {
        tree.inode(path).kind == Kind::Directory && has(tree, prefix, &["bin", program])
    };
    match (tree.name(parent), tree.name(path)) {
        (b"lib", b"ruby") if is_beside("ruby") => Some((path, "ruby")),
        (b"lib", b"perl5") if is_beside("perl") => Some((path, "perl")),
        (b"lib", b"php") if is_beside("php") => Some((path, "php")),
        (b"libexec", b"gcc") if is_beside("gcc") => Some((path, "gcc")),
        _ => None,
    }
}

/// Whether there is something at that place below a directory.
pub(crate) fn has(tree: &Tree, directory: PathId, names: &[&str]) -> bool {
    names.iter().try_fold(directory, |at, name| tree.child(at, name.as_bytes())).is_some()
}
