//! Places and names that tell what a file is for. Paths are without the leading slash.

use super::cause::Cause;

/// Directories whose contents are waste; the directories themselves stay.
const BELOW: &[(&str, Cause)] = &[
    ("var/lib/apt/lists", Cause::PackageLists),
    ("var/cache/apt/archives", Cause::PackageCache),
    ("var/cache/apk", Cause::PackageCache),
    ("etc/apk/cache", Cause::PackageCache),
    ("var/cache/yum", Cause::PackageCache),
    ("var/cache/dnf", Cause::PackageCache),
    ("var/cache/libdnf5", Cause::PackageCache),
    ("var/cache/microdnf", Cause::PackageCache),
    ("var/cache/tdnf", Cause::PackageCache),
    ("var/cache/zypp", Cause::PackageCache),
    ("var/cache/pacman/pkg", Cause::PackageCache),
    ("var/lib/pacman/sync", Cause::PackageLists),
    ("opt/conda/pkgs", Cause::PackageCache),
    ("usr/local/share/.cache/yarn", Cause::PackageCache),
    ("usr/local/bundle/cache", Cause::PackageCache),
    ("usr/local/cargo/registry", Cause::PackageCache),
    ("usr/local/cargo/git", Cause::PackageCache),
    ("tmp", Cause::Temporary),
    ("var/tmp", Cause::Temporary),
    ("var/log", Cause::Temporary),
    ("var/backups", Cause::Temporary),
    ("var/cache/man", Cause::ManualPages),
    ("usr/lib/debug", Cause::DebugSymbols),
];

/// Directories by their own and their parent's name, wherever they are: caches in home directories.
const PAIRS: &[(&str, &str, Cause)] = &[
    (".cache", "pip", Cause::PackageCache),
    (".cache", "pipenv", Cause::PackageCache),
    (".cache", "pypoetry", Cause::PackageCache),
    (".cache", "uv", Cause::PackageCache),
    (".cache", "yarn", Cause::PackageCache),
    (".cache", "node-gyp", Cause::PackageCache),
    (".cache", "composer", Cause::PackageCache),
    (".cache", "coursier", Cause::PackageCache),
    (".cache", "go-build", Cause::PackageCache),
    (".cache", "bazel", Cause::PackageCache),
    (".cache", "ccache", Cause::PackageCache),
    (".cache", "deno", Cause::PackageCache),
    (".npm", "_cacache", Cause::PackageCache),
    (".npm", "_logs", Cause::Temporary),
    (".npm", "_npx", Cause::PackageCache),
    (".composer", "cache", Cause::PackageCache),
    (".cargo", "registry", Cause::PackageCache),
    (".cargo", "git", Cause::PackageCache),
    (".m2", "repository", Cause::PackageCache),
    (".gradle", "caches", Cause::PackageCache),
    (".gradle", "wrapper", Cause::PackageCache),
    (".nuget", "packages", Cause::PackageCache),
    (".conda", "pkgs", Cause::PackageCache),
    (".bundle", "cache", Cause::PackageCache),
    (".gem", "specs", Cause::PackageCache),
    ("berry", "cache", Cause::PackageCache),
    ("pkg", "mod", Cause::PackageCache),
    ("node_modules", ".cache", Cause::PackageCache),
    ("share", "man", Cause::ManualPages),
    ("usr", "man", Cause::ManualPages),
    ("local", "man", Cause::ManualPages),
    ("share", "doc", Cause::Documentation),
    ("share", "info", Cause::Documentation),
    ("share", "gtk-doc", Cause::Documentation),
    ("share", "doc-base", Cause::Documentation),
    ("share", "help", Cause::Documentation),
    ("share", "lintian", Cause::Documentation),
    ("share", "linda", Cause::Documentation),
    ("share", "bug", Cause::Documentation),
    ("share", "locale", Cause::Locales),
    ("share", "i18n", Cause::Locales),
];

/// Directories by their name alone, with everything in them.
const NAMES: &[(&str, Cause)] = &[
    (".git", Cause::VersionControl),
    (".hg", Cause::VersionControl),
    (".svn", Cause::VersionControl),
    (".bzr", Cause::VersionControl),
    (".jj", Cause::VersionControl),
    (".pnpm-store", Cause::PackageCache),
    (".ccache", Cause::PackageCache),
    (".ivy2", Cause::PackageCache),
    (".pytest_cache", Cause::BuildContext),
    (".mypy_cache", Cause::BuildContext),
    (".ruff_cache", Cause::BuildContext),
    (".hypothesis", Cause::BuildContext),
    (".tox", Cause::BuildContext),
    (".nox", Cause::BuildContext),
    (".nyc_output", Cause::BuildContext),
    ("htmlcov", Cause::BuildContext),
    (".idea", Cause::BuildContext),
    (".vscode", Cause::BuildContext),
    (".vs", Cause::BuildContext),
    (".github", Cause::BuildContext),
    (".gitlab", Cause::BuildContext),
    (".circleci", Cause::BuildContext),
    (".husky", Cause::BuildContext),
    (".devcontainer", Cause::BuildContext),
    (".terraform", Cause::BuildContext),
    (".vagrant", Cause::BuildContext),
];

/// Directories that only builds look into.
const BUILD_PAIRS: &[(&str, &str, Cause)] = &[
    ("usr", "include", Cause::Headers),
    ("local", "include", Cause::Headers),
    ("share", "pkgconfig", Cause::Headers),
    ("share", "aclocal", Cause::Headers),
    ("lib", "cmake", Cause::Headers),
    ("share", "cmake", Cause::Headers),
    ("usr", "src", Cause::Headers),
];

/// What a directory is, by where it is and what it is called.
pub(super) fn directory(path: &str, parent: &str, name: &str) -> Option<Cause> {
    let by_name = NAMES.iter().find(|(known, _)| *known == name).map(|(_, cause)| *cause);
    let is_pair = |(above, below, _): &&(&str, &str, Cause)| *above == parent && *below == name;
    let by_pair = PAIRS.iter().find(is_pair).map(|(_, _, cause)| *cause);
    // Gems keep the archives they were unpacked from.
    let is_gem_cache = name == "cache" && (path.contains("/gems/") || path.contains("/ruby/"));
    let by_gems = is_gem_cache.then_some(Cause::PackageCache);
    first([by_name, by_pair, by_gems])
}

/// The same, of what only builds need.
pub(super) fn build_directory(path: &str, parent: &str, name: &str) -> Option<Cause> {
    let is_pair = |(above, below, _): &&(&str, &str, Cause)| *above == parent && *below == name;
    let by_pair = BUILD_PAIRS.iter().find(is_pair).map(|(_, _, cause)| *cause);
    let is_pkgconfig = name == "pkgconfig" && path.starts_with("usr/");
    let in_python = name == "include" && is_in(path, "site-packages");
    first([by_pair, (is_pkgconfig || in_python).then_some(Cause::Headers), None])
}

/// What everything below a directory is.
pub(super) fn below(path: &str) -> Option<Cause> {
    BELOW.iter().find(|(known, _)| *known == path).map(|(_, cause)| *cause)
}

fn first<const N: usize>(causes: [Option<Cause>; N]) -> Option<Cause> {
    causes.into_iter().flatten().min()
}

/// Whether one of the directories of a path has this name.
pub(super) fn is_in(path: &str, directory: &str) -> bool {
    path.split('/').rev().skip(1).any(|name| name == directory)
}

/// Files by their whole path.
const FILES: &[(&str, Cause)] = &[
    ("var/cache/apt/pkgcache.bin", Cause::PackageLists),
    ("var/cache/apt/srcpkgcache.bin", Cause::PackageLists),
    ("var/cache/ldconfig/aux-cache", Cause::Temporary),
    ("var/cache/debconf/config.dat-old", Cause::Temporary),
    ("var/cache/debconf/templates.dat-old", Cause::Temporary),
    ("var/lib/dpkg/status-old", Cause::Temporary),
    ("var/lib/dpkg/available-old", Cause::Temporary),
    ("var/lib/dpkg/diversions-old", Cause::Temporary),
    ("var/lib/dpkg/statoverride-old", Cause::Temporary),
    ("etc/passwd-", Cause::Temporary),
    ("etc/group-", Cause::Temporary),
    ("etc/shadow-", Cause::Temporary),
    ("etc/gshadow-", Cause::Temporary),
    ("etc/subuid-", Cause::Temporary),
    ("etc/subgid-", Cause::Temporary),
    ("usr/lib/locale/locale-archive", Cause::Locales),
];

/// Files by their name alone.
const FILE_NAMES: &[(&str, Cause)] = &[
    (".git", Cause::VersionControl),
    (".bash_history", Cause::Temporary),
    (".ash_history", Cause::Temporary),
    (".zsh_history", Cause::Temporary),
    (".sh_history", Cause::Temporary),
    (".python_history", Cause::Temporary),
    (".node_repl_history", Cause::Temporary),
    (".mysql_history", Cause::Temporary),
    (".psql_history", Cause::Temporary),
    (".rediscli_history", Cause::Temporary),
    (".viminfo", Cause::Temporary),
    (".lesshst", Cause::Temporary),
    (".wget-hsts", Cause::Temporary),
    ("nohup.out", Cause::Temporary),
    ("npm-debug.log", Cause::Temporary),
    ("yarn-error.log", Cause::Temporary),
    ("yarn-debug.log", Cause::Temporary),
    (".DS_Store", Cause::BuildContext),
    ("Thumbs.db", Cause::BuildContext),
    ("desktop.ini", Cause::BuildContext),
    (".dockerignore", Cause::BuildContext),
    (".gitignore", Cause::BuildContext),
    (".gitattributes", Cause::BuildContext),
    (".gitmodules", Cause::BuildContext),
    (".gitkeep", Cause::BuildContext),
    (".editorconfig", Cause::BuildContext),
    (".travis.yml", Cause::BuildContext),
    (".gitlab-ci.yml", Cause::BuildContext),
    (".pre-commit-config.yaml", Cause::BuildContext),
    (".coverage", Cause::BuildContext),
    (".eslintcache", Cause::BuildContext),
    ("Dockerfile", Cause::BuildContext),
    ("Containerfile", Cause::BuildContext),
    ("Jenkinsfile", Cause::BuildContext),
    ("Vagrantfile", Cause::BuildContext),
    ("docker-compose.yml", Cause::BuildContext),
    ("docker-compose.yaml", Cause::BuildContext),
    ("compose.yml", Cause::BuildContext),
    ("compose.yaml", Cause::BuildContext),
];

/// What a file is, by where it is and what it is called.
pub(super) fn file(path: &str, name: &str) -> Option<Cause> {
    let by_path = FILES.iter().find(|(known, _)| *known == path).map(|(_, cause)| *cause);
    let by_name = FILE_NAMES.iter().find(|(known, _)| *known == name).map(|(_, cause)| *cause);
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    let by_end = match end {
        "swp" | "swo" if name.starts_with('.') => Some(Cause::BuildContext),
        "debug" | "dwo" | "pdb" => Some(Cause::DebugSymbols),
        _ if name.starts_with("Dockerfile.") || end == "Dockerfile" => Some(Cause::BuildContext),
        _ => None,
    };
    first([by_path, by_name, by_end])
}

/// The same, of what only builds need.
pub(super) fn build_file(name: &str) -> Option<Cause> {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    matches!(end, "a" | "la" | "o").then_some(Cause::StaticLibraries)
}

/// Lists of packages among what package managers download.
pub(super) fn is_list(path: &str, name: &str) -> bool {
    name.starts_with("APKINDEX.")
        || is_in(path, "repodata")
        || [".solv", ".solvx", "repomd.xml", "primary.xml.gz", "filelists.xml.gz"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// Beginnings of names of distribution packages that only builds need.
const TOOL_PACKAGES: &[&str] = &[
    "gcc",
    "g++",
    "cpp-",
    "binutils",
    "make",
    "cmake",
    "automake",
    "autoconf",
    "libtool",
    "m4",
    "bison",
    "flex",
    "gfortran",
    "clang",
    "llvm",
    "build-essential",
    "build-base",
    "dpkg-dev",
    "libdpkg-perl",
    "fakeroot",
    "patch",
    "gdb",
    "ninja-build",
    "meson",
    "rustc",
    "cargo",
    "golang",
    "maven",
    "gradle",
    "ant",
    "nasm",
    "yasm",
    "swig",
    "pkg-config",
    "pkgconf",
    "libgcc-12-dev",
    "libcc1",
    "lto-disabled-list",
    "libasan",
    "libtsan",
    "liblsan",
    "libubsan",
    "libitm",
    "libquadmath",
    "isl",
    "libctf",
    "libgprofng",
    "alpine-sdk",
    "abuild",
    "autotools-dev",
    "bear",
    "ccache",
    "distcc",
    "valgrind",
    "strace",
];

/// What a package of the distribution is for, when only builds need it.
pub(super) fn package(name: &str) -> Option<Cause> {
    let base = name.split(':').next().unwrap_or(name);
    if ["-dev", "-devel", "-headers", "-static"].iter().any(|end| base.ends_with(end)) {
        return Some(Cause::Headers);
    }
    let is_jdk = base.contains("openjdk") && (base.contains("-jdk") || base.ends_with("-devel"));
    let is_tool = TOOL_PACKAGES.iter().any(|tool| {
        base.strip_prefix(tool).is_some_and(|rest| {
            rest.is_empty()
                || rest.starts_with(|next: char| next.is_ascii_digit() || next == '-')
                || tool.ends_with('-')
        })
    });
    // The libraries that programs built with gcc need have names of their own: gcc-12-base has nothing but documentation.
    let is_needed = base.ends_with("-base")
        || base.starts_with("libgcc-s")
        || base.starts_with("makedev")
        || base == "gcc-libs";
    ((is_tool && !is_needed) || is_jdk).then_some(Cause::BuildTools)
}

/// What a runtime is for that no package manager put there.
pub(super) fn runtime(name: &str) -> Option<Cause> {
    matches!(name, "go" | "rust" | "maven" | "gradle" | "gcc").then_some(Cause::BuildTools)
}
