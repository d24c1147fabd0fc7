//! What lies among an application's files and is none of them: version control, caches, tests, sources of what is there
//! in compiled form, archives of what is installed.
//!
//! Judged by name and shape, for files that no program touched: what was used stays by evidence all the same.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId, Tree, evidence::Touches};

use crate::{
    Scene,
    packages::{Manager, Packages},
};

/// Directories of version control systems and of the services and editors around them.
const VERSION_CONTROL: [&[u8]; 13] = [
    b".git",
    b".hg",
    b".svn",
    b".bzr",
    b"CVS",
    b"_darcs",
    b".jj",
    b".github",
    b".gitlab",
    b".circleci",
    b".idea",
    b".vscode",
    b".devcontainer",
];

/// Directories that tools fill so as to be faster next time.
const CACHES: [&[u8]; 32] = [
    b"__pycache__",
    b".pytest_cache",
    b".mypy_cache",
    b".ruff_cache",
    b".tox",
    b".nox",
    b".eggs",
    b".hypothesis",
    b".npm",
    b"_cacache",
    b".pnpm-store",
    b".yarn-cache",
    b".parcel-cache",
    b".turbo",
    b".nyc_output",
    b".eslintcache",
    b".sass-cache",
    b".node-gyp",
    b".gradle",
    b".m2",
    b".ivy2",
    b".sbt",
    b".nuget",
    b".cargo",
    b".rustup",
    b".gem",
    b".gnupg",
    b".subversion",
    b".cpan",
    b".cpanm",
    b".bundle",
    b".ccache",
];

/// Below `.cache` (XDG Base Directory Specification) only what installers and compilers leave: models and browsers that
/// programs load are there too.
const CACHED_BY: [&[u8]; 18] = [
    b"pip",
    b"uv",
    b"pypoetry",
    b"pipenv",
    b"pdm",
    b"yarn",
    b"pnpm",
    b"node-gyp",
    b"node",
    b"go-build",
    b"golangci-lint",
    b"composer",
    b"bazel",
    b"sccache",
    b"ccache",
    b"pre-commit",
    b"virtualenv",
    b"typescript",
];

/// Start-up files and histories of shells and tools, as every home gets them.
const HOME_FILES: [&[u8]; 15] = [
    b".bashrc",
    b".profile",
    b".bash_logout",
    b".bash_profile",
    b".bash_history",
    b".zshrc",
    b".cshrc",
    b".tcshrc",
    b".wget-hsts",
    b".lesshst",
    b".viminfo",
    b".python_history",
    b".node_repl_history",
    b".selected_editor",
    b".sudo_as_admin_successful",
];

/// Endings of sources that programs are compiled from, and of what only linkers read.
const SOURCES: [&str; 35] = [
    "erl", "hrl", "c", "cc", "cpp", "cxx", "h", "hh", "hpp", "hxx", "m4", "in", "am", "go", "rs",
    "java", "kt", "kts", "scala", "groovy", "cs", "fs", "vb", "swift", "zig", "hs", "ml", "mli",
    "ts", "tsx", "o", "a", "la", "pc", "cmake",
];

/// Names of directories of tests, where the files in them look like tests too.
const TESTS: [&[u8]; 6] = [b"test", b"tests", b"__tests__", b"spec", b"specs", b"e2e"];

/// How many files of a directory of tests are looked at.
const TEST_FILES: usize = 64;

/// Tells what is no part of the application.
#[derive(Debug)]
pub(crate) struct Residue<'a> {
    scene: &'a Scene<'a>,
    /// Endings of sources that the program read: it runs from source.
    interpreted: BTreeSet<&'a [u8]>,
    /// Normalised names of what is installed, by the ending of its archives.
    installed: BTreeSet<(&'static [u8], Vec<u8>)>,
}

impl<'a> Residue<'a> {
    pub(crate) fn new(scene: &'a Scene<'a>) -> Self {
        let read = scene.evidence.iter().filter(|(_, seen)| seen.touches.contains(Touches::READ));
        let endings = read.filter_map(|(path, _)| ending(scene.tree.name(path)));
        let interpreted = endings.filter(|ending| is_source(ending)).collect();
        Self { scene, interpreted, installed: installed(scene.packages()) }
    }

    /// Whether nothing below a directory belongs to the application.
    pub(crate) fn holds_directory(&self, path: PathId) -> bool {
        let tree = self.scene.tree;
        let name = tree.name(path);
        let parent = tree.name(tree.parent(path));
        let has = |child: &[u8]| tree.child(path, child).is_some();
        let is_documentation =
            parent == b"share" && matches!(name, b"man" | b"doc" | b"info" | b"gtk-doc");
        VERSION_CONTROL.contains(&name)
            || CACHES.contains(&name)
            || (parent == b".cache" && CACHED_BY.contains(&name))
            // Cache Directory Tagging Specification: Cargo, pytest, uv and others mark theirs.
            || has(b"CACHEDIR.TAG")
            || (name == b"mod" && parent == b"pkg" && has(b"cache"))
            || (name == b"man" && has(b"man1"))
            || is_documentation
            || (TESTS.contains(&name) && self.looks_like_tests(path))
    }

    /// Whether a file does not belong to the application.
    pub(crate) fn holds_file(&self, path: PathId) -> bool {
        let name = self.scene.tree.name(path);
        let Some(ending) = ending(name) else { return HOME_FILES.contains(&name) };
        let is_unread_source = is_source(ending) && !self.interpreted.contains(ending);
        HOME_FILES.contains(&name) || is_unread_source || self.is_installed_archive(name, ending)
    }

    fn looks_like_tests(&self, directory: PathId) -> bool {
        let tree = self.scene.tree;
        let files = tree.descendants(directory).filter(|&path| tree.inode(path).kind == Kind::File);
        files.take(TEST_FILES).any(|path| is_test(tree, path))
    }

    /// `NAME-VERSION-….whl`, `NAME_VERSION_ARCH.deb`, `NAME-VERSION.gem` of something that is installed.
    fn is_installed_archive(&self, name: &[u8], ending: &[u8]) -> bool {
        let (ending, separator): (&'static [u8], u8) = match ending {
            b"whl" => (b"whl", b'-'),
            b"deb" => (b"deb", b'_'),
            b"gem" => (b"gem", b'-'),
            b"rpm" => (b"rpm", b'-'),
            _ => return false,
        };
        let mut ends =
            name.iter().enumerate().filter(|&(_, &byte)| byte == separator).map(|(at, _)| at);
        ends.any(|at| self.installed.contains(&(ending, normal(&name[..at]))))
    }
}

/// Whether a file's name is one that test runners look for.
fn is_test(tree: &Tree, path: PathId) -> bool {
    let name = tree.name(path);
    let stem = name.split(|&byte| byte == b'.').next().unwrap_or_default();
    let holds = |part: &[u8]| name.windows(part.len()).any(|window| window == part);
    stem.starts_with(b"test_")
        || [&b"_test"[..], b"_spec", b"Test", b"Tests", b"TestCase"]
            .iter()
            .any(|end| stem.ends_with(end))
        || holds(b".test.")
        || holds(b".spec.")
        || matches!(name, b"conftest.py" | b"spec_helper.rb" | b"test_helper.rb" | b"phpunit.xml")
}

fn ending(name: &[u8]) -> Option<&[u8]> {
    let dot = name.iter().rposition(|&byte| byte == b'.').filter(|&dot| dot > 0)?;
    Some(&name[dot + 1..])
}

fn is_source(ending: &[u8]) -> bool {
    SOURCES.iter().any(|source| source.as_bytes() == ending)
}

fn installed(packages: &Packages) -> BTreeSet<(&'static [u8], Vec<u8>)> {
    let archived = packages.iter().filter_map(|(_, package)| {
        let ending: &'static [u8] = match package.manager {
            Manager::Wheel => b"whl",
            Manager::Dpkg => b"deb",
            Manager::Gem => b"gem",
            Manager::Rpm => b"rpm",
            _ => return None,
        };
        Some((ending, normal(package.name.as_bytes())))
    });
    archived.collect()
}

/// Small letters, and one kind of separator: archives spell names in more than one way.
fn normal(name: &[u8]) -> Vec<u8> {
    let fold =
        |byte: &u8| if matches!(byte, b'_' | b'.') { b'-' } else { byte.to_ascii_lowercase() };
    name.iter().map(fold).collect()
}
