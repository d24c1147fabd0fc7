//! R's packages stay whole, with those they import.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId};

use crate::{Level, Rule, Scene, Wants, rule::Page, subtree::Subtree};

/// Keeps each used package of R's, and those that kept packages and sources name.
pub(super) struct RLanguage;

/// Longest source or DESCRIPTION that is read.
const SOURCE_BYTES: u64 = 1 << 20;

/// Libraries of packages, for Debian, Red Hat, and R as it is built.
const LIBRARIES: [&str; 8] = [
    "/usr/local/lib/R/site-library",
    "/usr/lib/R/site-library",
    "/usr/lib/R/library",
    "/usr/local/lib/R/library",
    "/usr/lib64/R/library",
    "/usr/local/lib64/R/library",
    "/usr/share/R/library",
    "/opt/R/library",
];

/// Packages that are attached when R starts (`R_DEFAULT_PACKAGES`), and those that they load when they are first needed.
const BASE: [&str; 10] = [
    "base",
    "compiler",
    "datasets",
    "graphics",
    "grDevices",
    "methods",
    "stats",
    "tools",
    "utils",
    "parallel",
];

/// Parts of a package that are only for people and for building others.
const UNUSED: [&[u8]; 9] =
    [b"help", b"html", b"doc", b"demo", b"tests", b"include", b"po", b"testthat", b"tinytest"];

impl Rule for RLanguage {
    fn name(&self) -> &'static str {
        "r-language"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "With a kept R: its etc, modules and base packages. Each package of which something was used, or that a kept \
                   package's DESCRIPTION or a kept R source names (library, require, loadNamespace, NAME::function), whole but \
                   for help, demonstrations, tests and headers.",
            why: "A package's code and data lie in one database that is read object by object, and namespaces are loaded when a \
                  function that needs them first runs.",
            instead: "--no-rule r-language.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let tree = scene.tree;
        let name = tree.name(path);
        if tree.inode(path).kind == Kind::Directory {
            if is_package(scene, path) {
                want_package(scene, path, wants);
            }
            return;
        }
        if name == b"libR.so" || (name == b"R" && tree.name(tree.parent(path)) == b"exec") {
            want_runtime(scene, path, wants);
        }
        let is_source = [&b".R"[..], b".r", b".Rprofile", b".Rmd", b".qmd"]
            .iter()
            .any(|ending| name.ends_with(ending));
        if is_source && let Some(text) = scene.contents(path, SOURCE_BYTES) {
            want_all(scene, path, named(&String::from_utf8_lossy(&text)), wants);
        }
    }
}

/// A directory in a library of R's with what makes it a package.
fn is_package(scene: &Scene<'_>, directory: PathId) -> bool {
    let tree = scene.tree;
    tree.child(directory, b"DESCRIPTION").is_some()
        && tree.child(directory, b"Meta").is_some()
        && matches!(tree.name(tree.parent(directory)), b"library" | b"site-library")
}

fn want_package(scene: &Scene<'_>, package: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let subtree =
        Subtree { directory: package, by: Some(package), because: "part of the used package" };
    wants.want_below(scene, subtree, |path| {
        tree.parent(path) != package || !UNUSED.contains(&tree.name(path))
    });
    let description = tree.child(package, b"DESCRIPTION");
    let text = description.and_then(|file| scene.contents(file, SOURCE_BYTES)).unwrap_or_default();
    want_all(scene, package, imported(&String::from_utf8_lossy(&text)), wants);
}

/// What R itself needs beside its library: it lies in one directory, and on Debian in a second one for what is no code.
fn want_runtime(scene: &Scene<'_>, by: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let home = tree.parent(tree.parent(by));
    let because = "part of the R of";
    let parts = ["etc", "modules", "bin/exec", "share/R", "lib"];
    let beside = parts.iter().filter_map(|part| scene.find_from(home, part.as_bytes()));
    let apart = ["/etc/R", "/usr/share/R/share"].iter().filter_map(|path| scene.find(path));
    for directory in beside.chain(apart) {
        wants.want_below(scene, Subtree { directory, by: Some(by), because }, |path| {
            !matches!(tree.name(path), b"texmf" | b"licenses" | b"dictionaries" | b"java")
        });
    }
    want_all(scene, by, BASE.iter().map(ToString::to_string).collect(), wants);
}

fn want_all(scene: &Scene<'_>, by: PathId, names: BTreeSet<String>, wants: &mut Wants) {
    let variables = ["R_LIBS", "R_LIBS_SITE", "R_LIBS_USER"];
    let own = variables.iter().filter_map(|name| scene.contract.env.get(*name));
    let own = own.flat_map(|value| value.split(':'));
    let libraries: Vec<&str> = own.chain(LIBRARIES).filter(|path| !path.is_empty()).collect();
    for name in names {
        for library in &libraries {
            let full = format!("{library}/{name}");
            if scene.find(&full).is_some_and(|package| is_package(scene, package)) {
                wants.want_resolved(
                    scene,
                    full.as_bytes(),
                    Some(by),
                    "a package that is loaded by",
                );
            }
        }
    }
}

/// Packages that a DESCRIPTION says are loaded with it (Writing R Extensions, 1.1.3). Lines that begin with a blank go on.
fn imported(description: &str) -> BTreeSet<String> {
    let text = description.replace("\n ", " ").replace("\n\t", " ");
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    let lists = fields.filter(|(key, _)| matches!(*key, "Depends" | "Imports"));
    let names = lists.flat_map(|(_, list)| list.split(','));
    let name = |item: &str| item.split('(').next().unwrap_or_default().trim().to_owned();
    names.map(name).filter(|name| !name.is_empty() && name != "R").collect()
}

/// Packages that a source names.
fn named(text: &str) -> BTreeSet<String> {
    let is_part = |next: char| next.is_ascii_alphanumeric() || next == '.';
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        for call in ["library(", "require(", "requireNamespace(", "loadNamespace("] {
            for (at, _) in line.match_indices(call) {
                let rest = line[at + call.len()..].trim_start_matches(['"', '\'', ' ']);
                let end = rest.find(|next| !is_part(next)).unwrap_or(rest.len());
                found.insert(rest[..end].to_owned());
            }
        }
        for (at, _) in line.match_indices("::") {
            let start = line[..at].rfind(|next| !is_part(next)).map_or(0, |last| last + 1);
            // The last one may be longer than a byte: then it is no name either.
            found.extend(line.get(start..at).map(str::to_owned));
        }
    }
    found.remove("");
    found
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;
    use crate::rules::fixture::Stage;

    fn package(tree: TreeBuilder, library: &str, name: &str, description: &str) -> TreeBuilder {
        let at = format!("{library}/{name}");
        tree.file(&format!("{at}/DESCRIPTION"), 0o644, description.as_bytes())
            .file(&format!("{at}/Meta/package.rds"), 0o644, b"x")
            .file(&format!("{at}/R/{name}.rdb"), 0o644, b"x")
            .file(&format!("{at}/help/{name}.rdb"), 0o644, b"x")
    }

    fn stage(touched: &str) -> Vec<String> {
        Stage::new(|tree| {
            let site = "/usr/lib/R/site-library";
            let tree = package(tree, site, "plumber", "Package: plumber\nDepends: R (>= 3)\nImports: httpuv (>= 1.5),\n  jsonlite\nSuggests: never\n");
            let tree = package(tree, site, "httpuv", "Package: httpuv\n");
            let tree = package(tree, site, "jsonlite", "Package: jsonlite\n");
            let tree = package(tree, site, "never", "Package: never\n");
            package(tree, "/usr/lib/R/library", "stats", "Package: stats\n")
                .file("/usr/lib/R/lib/libR.so", 0o644, b"x")
                .file("/usr/lib/R/modules/internet.so", 0o644, b"x")
                .file("/app/run.R", 0o644, b"library(plumber)\n# library(never)\n")
                .file("/app/other.R", 0o644, b"x <- jsonlite::toJSON(1)\n")
        })
        .level(Level::Balanced)
        .read(touched)
        .kept_files()
    }

    #[test]
    fn packages_stay_whole_with_those_they_import() {
        let kept = stage("/app/run.R");
        for name in ["plumber", "httpuv", "jsonlite"] {
            let code = format!("/usr/lib/R/site-library/{name}/R/{name}.rdb");
            assert!(kept.contains(&code), "{code} in {kept:?}");
        }
        assert!(!kept.iter().any(|path| path.contains("never") || path.contains("/help/")));
        assert_eq!(stage("/app/other.R").len(), 4, "the source and one package");
    }

    #[test]
    fn the_runtime_has_its_base_packages() {
        let kept = stage("/usr/lib/R/lib/libR.so");
        for path in ["/usr/lib/R/modules/internet.so", "/usr/lib/R/library/stats/R/stats.rdb"] {
            assert!(kept.contains(&path.to_owned()), "{path} in {kept:?}");
        }
    }

    #[test]
    fn names_are_found() {
        let text = "library(a); suppressMessages(require('b.c'))\nx <- d::f(e:::g)\né::h\n";
        assert_eq!(named(text).into_iter().collect::<Vec<_>>(), ["a", "b.c", "d", "e"]);
    }
}
