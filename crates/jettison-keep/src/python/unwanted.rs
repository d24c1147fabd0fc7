//! What Python code mentions and a program on Linux runs without.

use jettison_rootfs::PathId;

use crate::{Scene, packages::Package};

/// Modules of the standard library that its own code and installed packages mention, but that servers and tools run
/// without: development environments, tests, windows, installers, help texts; and pure twins of C modules that are there.
/// They stay when they are touched, or when the application itself imports them.
pub(super) const UNWANTED: [&str; 16] = [
    "test",
    "idlelib",
    "tkinter",
    "turtle",
    "turtledemo",
    "ensurepip",
    "lib2to3",
    "pydoc_data",
    "venv",
    "_pydecimal",
    "_pyio",
    "_pydatetime",
    "_pylong",
    "__phello__",
    "antigravity",
    "this",
];

/// Modules that serve a person at a prompt, or build packages. Code of libraries that mentions them inside a function or
/// a condition does so for that person.
pub(super) const AT_A_PROMPT: [&str; 11] = [
    "pydoc",
    "pdb",
    "bdb",
    "doctest",
    "readline",
    "rlcompleter",
    "code",
    "unittest",
    "profile",
    "cProfile",
    "distutils",
];

/// Files of the standard library that are for other systems.
pub(super) const OF_OTHERS: [&str; 11] = [
    "asyncio/windows_events.py",
    "asyncio/windows_utils.py",
    "asyncio/proactor_events.py",
    "multiprocessing/popen_spawn_win32.py",
    "encodings/mbcs.py",
    "encodings/oem.py",
    "ctypes/_aix.py",
    "_aix_support.py",
    "_osx_support.py",
    "distutils/_msvccompiler.py",
    "distutils/msvc9compiler.py",
];

/// Files whose modules are frozen into the interpreter and found there whatever the disk has (`Python/frozen.c`). What
/// they import is needed all the same.
pub(super) const FROZEN: [&str; 3] =
    ["zipimport.py", "importlib/_bootstrap.py", "importlib/_bootstrap_external.py"];

/// Distributions that build, test and install others. Code of others mentions them without needing them when it runs.
pub(super) const TOOLS: [&str; 26] = [
    "pip",
    "setuptools",
    "wheel",
    "build",
    "virtualenv",
    "pytest",
    "hypothesis",
    "nose",
    "coverage",
    "tox",
    "nox",
    "mypy",
    "black",
    "ruff",
    "flake8",
    "pylint",
    "isort",
    "sphinx",
    "docutils",
    "ipython",
    "ipykernel",
    "jupyter",
    "notebook",
    "cython",
    "pybind11",
    "twine",
];

/// Source files that only people and their tools run, whatever they import.
pub(super) const PEOPLES: [&[u8]; 5] =
    [b"setup.py", b"conftest.py", b"noxfile.py", b"versioneer.py", b"fabfile.py"];

/// Modules that packages import on Windows alone, by how they are usually called. They stay, but bring nothing along.
pub(super) fn is_for_windows(name: &[u8]) -> bool {
    let stem = name.strip_suffix(b".py").unwrap_or(name);
    stem.starts_with(b"_win")
        || stem.starts_with(b"win32")
        || [&b"windows"[..], b"win32", b"_win"].iter().any(|end| stem.ends_with(end))
}

/// Whether a file of a distribution is none that a running program uses: tests, documents, sources of what is compiled,
/// declarations for type checkers, bytecode that has its source, launchers of other systems.
pub(super) fn is_ballast(scene: &Scene<'_>, package: &Package, path: PathId) -> bool {
    const ENDINGS: [&[u8]; 20] = [
        b".pyi", b".pyx", b".pxd", b".pxi", b".c", b".cc", b".cpp", b".cxx", b".h", b".hh",
        b".hpp", b".cu", b".cuh", b".f90", b".a", b".lib", b".exe", b".pdb", b".po", b".orig",
    ];
    const DIRECTORIES: [&[u8]; 10] = [
        b"tests",
        b"test",
        b"_tests",
        b"docs",
        b"doc",
        b"examples",
        b"benchmarks",
        b"sboms",
        b"man",
        b"__pycache__",
    ];
    let tree = scene.tree;
    let name = tree.name(path);
    if ENDINGS.iter().any(|ending| name.ends_with(ending)) || is_read_by_people(name) {
        return true;
    }
    let top = tree.parent(package.home);
    let mut at = tree.parent(path);
    while at != top && at != tree.root() {
        let is_cache_alone = tree.name(at) == b"__pycache__";
        if DIRECTORIES.contains(&tree.name(at)) || is_cache_alone {
            return true;
        }
        at = tree.parent(at);
    }
    false
}

/// `README.rst`, `CHANGES.rst`: a document by its name. Others of the kind are data, such as the descriptions of
/// scikit-learn's data sets.
fn is_read_by_people(name: &[u8]) -> bool {
    let stem = name.strip_suffix(b".rst").or_else(|| name.strip_suffix(b".md"));
    stem.is_some_and(|stem| stem.iter().all(|byte| !byte.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn documents_are_told_from_data() {
        for (name, expected) in
            [("README.rst", true), ("CHANGES-2.md", true), ("iris.rst", false), ("README", false)]
        {
            assert_eq!(super::is_read_by_people(name.as_bytes()), expected, "{name}");
        }
    }
}
