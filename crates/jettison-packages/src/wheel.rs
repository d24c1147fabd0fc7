//! Python's distributions: `*.dist-info` with RECORD (PEP 376, PEP 627), `*.egg-info`, eggs.

use jettison_rootfs::{Kind, PathId, Tree};

use crate::{
    Landmarks, Manager, Package, Packages,
    paths::{Finder, files_below, in_order},
};

/// Longest RECORD or METADATA that is read; the largest known RECORD, of a machine-learning framework, has 2 MiB.
const LIST_BYTES: u64 = 16 << 20;

/// Every distribution.
pub(crate) fn packages(tree: &Tree, landmarks: &Landmarks, system: &Packages) -> Vec<Package> {
    let mut finder = Finder::new(tree);
    landmarks
        .distributions
        .iter()
        .filter_map(|&home| package(tree, home, system, &mut finder))
        .collect()
}

fn package(
    tree: &Tree,
    home: PathId,
    system: &Packages,
    finder: &mut Finder<'_>,
) -> Option<Package> {
    let metadata = metadata(tree, home)?;
    let fields = |key: &'static str| {
        let lines = metadata.lines().take_while(|line| !line.is_empty());
        lines.filter_map(move |line| line.strip_prefix(key)).map(|value| value.trim().to_owned())
    };
    let mut files = recorded(tree, home, finder);
    files.extend(if tree.inode(home).kind == Kind::Directory {
        files_below(tree, home)
    } else {
        vec![home]
    });
    if files.iter().all(|&file| file == home || tree.is_below(file, home)) {
        files.extend(unrecorded(tree, home, system));
    }
    let mut package = Package::new(Manager::Wheel, fields("Name:").next()?, home);
    package.version = fields("Version:").next().unwrap_or_default();
    package.about.homepage = fields("Home-page:").next().filter(|page| page != "UNKNOWN");
    package.about.licenses = licenses(
        fields("License-Expression:").next(),
        fields("License:").next().as_deref(),
        fields("Classifier:"),
    );
    package.files = in_order(files);
    Some(package)
}

/// The most exact of what is said: an SPDX expression, the classifiers, or words.
fn licenses(
    expression: Option<String>,
    words: Option<&str>,
    classifiers: impl Iterator<Item = String>,
) -> Vec<String> {
    if let Some(expression) = expression {
        return vec![expression];
    }
    let of_classifier = |classifier: String| {
        let name = classifier.strip_prefix("License :: ")?;
        let name = name.strip_prefix("OSI Approved :: ").unwrap_or(name);
        (name != "OSI Approved").then(|| name.to_owned())
    };
    let found: Vec<String> = classifiers.filter_map(of_classifier).collect();
    let is_said = |words: &&str| !words.is_empty() && *words != "UNKNOWN";
    if found.is_empty() {
        words.filter(is_said).map(str::to_owned).into_iter().collect()
    } else {
        found
    }
}

/// The text of METADATA, PKG-INFO, or of an egg-info that is a file itself.
fn metadata(tree: &Tree, home: PathId) -> Option<String> {
    let candidates = [tree.child(home, b"METADATA"), tree.child(home, b"PKG-INFO"), Some(home)];
    let file =
        candidates.into_iter().flatten().find(|&file| tree.inode(file).kind == Kind::File)?;
    let bytes = tree.read_all(tree.inode_id(file), LIST_BYTES).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// What the distribution's own list names: RECORD, relative to the directory of the dist-info; or installed-files.txt,
/// relative to the egg-info.
fn recorded(tree: &Tree, home: PathId, finder: &mut Finder<'_>) -> Vec<PathId> {
    let read = |name: &[u8]| {
        let file = tree.child(home, name)?;
        tree.read_all(tree.inode_id(file), LIST_BYTES).ok()
    };
    let (text, base) = match (read(b"RECORD"), read(b"installed-files.txt")) {
        (Some(text), _) => (text, tree.path(tree.parent(home))),
        (None, Some(text)) => (text, tree.path(home)),
        (None, None) => return Vec::new(),
    };
    let paths = text.split(|&byte| byte == b'\n').map(first_field).filter(|path| !path.is_empty());
    paths
        .filter_map(|path| match path.first() {
            Some(b'/') => finder.find_file(&path),
            _ => finder.find_file(&[&base, &b"/"[..], &path].concat()),
        })
        .collect()
}

/// RECORD, or an egg-info's installed-files.txt, without the files of the tree that are not kept; nothing when it is kept as it
/// is, or there is none.
///
/// Paths that the tree does not have stay: they were wrong before.
pub(crate) fn trimmed_record(
    tree: &Tree,
    keeps: &dyn Fn(PathId) -> bool,
    package: &Package,
) -> Option<(PathId, Vec<u8>)> {
    let list = |name: &[u8]| tree.child(package.home, name);
    let (record, base) = match (list(b"RECORD"), list(b"installed-files.txt")) {
        (Some(record), _) => (record, tree.parent(package.home)),
        (None, Some(files)) => (files, package.home),
        (None, None) => return None,
    };
    let text = tree.read_all(tree.inode_id(record), LIST_BYTES).ok().filter(|_| keeps(record))?;
    let mut finder = Finder::new(tree);
    let base = tree.path(base);
    let mut trimmed = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let path = first_field(line.strip_suffix(b"\n").unwrap_or(line));
        let found = match path.first() {
            Some(b'/') => finder.find_file(&path),
            _ => finder.find_file(&[&base, &b"/"[..], &path].concat()),
        };
        if found.is_none_or(keeps) {
            trimmed.extend_from_slice(line);
        }
    }
    (trimmed.len() < text.len()).then_some((record, trimmed))
}

/// The first field of a line of comma-separated values (RFC 4180), as far as RECORD uses them.
fn first_field(line: &[u8]) -> Vec<u8> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match line.strip_prefix(b"\"") {
        None => line.split(|&byte| byte == b',').next().unwrap_or_default().to_vec(),
        Some(quoted) => {
            let text = String::from_utf8_lossy(quoted);
            let end = text.find("\",").unwrap_or(text.len());
            text[..end].replace("\"\"", "\"").into_bytes()
        }
    }
}

/// What a distribution without a list owns. Distributions' packages have none: then it is what their package has in the
/// same directory. An egg owns what lies in it; anything else what `top_level.txt` names.
fn unrecorded(tree: &Tree, home: PathId, system: &Packages) -> Vec<PathId> {
    let site = tree.parent(home);
    if tree.name(site).ends_with(b".egg") {
        return files_below(tree, site);
    }
    let inside = if tree.inode(home).kind == Kind::Directory {
        tree.children(home).next()
    } else {
        Some(home)
    };
    if let Some(owner) = inside.and_then(|file| system.system_owner(file)) {
        let files = &system.get(owner).files;
        return files.iter().copied().filter(|&file| tree.is_below(file, site)).collect();
    }
    let Some(list) = tree.child(home, b"top_level.txt") else { return Vec::new() };
    let text = tree.read_all(tree.inode_id(list), LIST_BYTES).unwrap_or_default();
    let names =
        text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty());
    names.flat_map(|name| top_level(tree, site, name)).collect()
}

/// The files of a module or package: `NAME/`, `NAME.py`, `NAME.so`, `NAME.ABI.so`.
fn top_level(tree: &Tree, site: PathId, name: &[u8]) -> Vec<PathId> {
    let directory =
        tree.child(site, name).into_iter().flat_map(|directory| files_below(tree, directory));
    let prefix = [name, b"."].concat();
    let modules = tree.children(site).filter(|&path| {
        tree.inode(path).kind == Kind::File
            && tree
                .name(path)
                .strip_prefix(prefix.as_slice())
                .is_some_and(|rest| rest == b"py" || rest.ends_with(b"so"))
    });
    directory.chain(modules).collect()
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;

    fn owned(tree: &Tree, name: &str) -> Vec<String> {
        let packages = Packages::of(tree, &Landmarks::of(tree));
        let (_, package) =
            packages.iter().find(|(_, package)| package.name == name).expect("it is installed");
        assert_eq!(package.manager, Manager::Wheel);
        package
            .files
            .iter()
            .map(|&file| String::from_utf8_lossy(&tree.path(file)).into_owned())
            .collect()
    }

    #[test]
    fn records_are_read_with_what_lies_outside_the_directory() {
        let record = b"../../../bin/tool,sha256=x,1\n\"pkg/a,b.py\",sha256=x,1\r\npkg/gone.py,,\nx-1.dist-info/RECORD,,\n";
        let tree = TreeBuilder::new()
            .file("/opt/lib/python3.11/site-packages/x-1.dist-info/RECORD", 0o644, record)
            .file(
                "/opt/lib/python3.11/site-packages/x-1.dist-info/METADATA",
                0o644,
                b"Metadata-Version: 2.1\nName: X\nVersion: 1\n\nName: not this\n",
            )
            .file("/opt/lib/python3.11/site-packages/pkg/a,b.py", 0o644, b"x")
            .file("/opt/lib/python3.11/site-packages/pkg/other.py", 0o644, b"x")
            .file("/opt/bin/tool", 0o755, b"x")
            .build();
        let site = "/opt/lib/python3.11/site-packages";
        let expected = [
            "/opt/bin/tool".to_owned(),
            format!("{site}/pkg/a,b.py"),
            format!("{site}/x-1.dist-info/METADATA"),
            format!("{site}/x-1.dist-info/RECORD"),
        ];
        assert_eq!(owned(&tree, "X"), expected);
    }

    #[test]
    fn without_a_record_the_system_package_or_the_top_level_tells() {
        let tree = TreeBuilder::new()
            .file("/var/lib/dpkg/status", 0o644, b"Package: python3-y\nVersion: 2\n")
            .file("/var/lib/dpkg/info/python3-y.list", 0o644, b"/usr/lib/python3/dist-packages/Y.egg-info\n/usr/lib/python3/dist-packages/y/__init__.py\n/usr/bin/y\n")
            .file("/usr/lib/python3/dist-packages/Y.egg-info", 0o644, b"Name: Y\nVersion: 2\n")
            .file("/usr/lib/python3/dist-packages/y/__init__.py", 0o644, b"x")
            .file("/usr/bin/y", 0o755, b"x")
            .file("/srv/site-packages/z.egg-info/PKG-INFO", 0o644, b"Name: z\n")
            .file("/srv/site-packages/z.egg-info/top_level.txt", 0o644, b"z\n_z\n")
            .file("/srv/site-packages/z/__init__.py", 0o644, b"x")
            .file("/srv/site-packages/_z.abi3.so", 0o644, b"x")
            .build();
        let dist = "/usr/lib/python3/dist-packages";
        assert_eq!(
            owned(&tree, "Y"),
            [format!("{dist}/Y.egg-info"), format!("{dist}/y/__init__.py")]
        );
        let z = owned(&tree, "z");
        assert!(
            z.contains(&"/srv/site-packages/_z.abi3.so".to_owned())
                && z.contains(&"/srv/site-packages/z/__init__.py".to_owned())
        );
    }

    #[test]
    fn lists_of_both_kinds_lose_what_is_gone() {
        let tree = TreeBuilder::new()
            .file("/srv/x.egg-info/PKG-INFO", 0o644, b"Name: x\n")
            .file("/srv/x.egg-info/installed-files.txt", 0o644, b"../x/a.py\n../x/b.py\nPKG-INFO\n")
            .file("/srv/x/a.py", 0o644, b"x")
            .file("/srv/x/b.py", 0o644, b"x")
            .file("/srv/y.dist-info/METADATA", 0o644, b"Name: y\n")
            .file("/srv/y.dist-info/RECORD", 0o644, b"y/a.py,,\ny/b.py,,\n")
            .file("/srv/y/a.py", 0o644, b"x")
            .file("/srv/y/b.py", 0o644, b"x")
            .build();
        let packages = Packages::of(&tree, &Landmarks::of(&tree));
        let keeps = |path| !tree.path(path).ends_with(b"/b.py");
        let lists =
            packages.iter().filter_map(|(_, package)| trimmed_record(&tree, &keeps, package));
        let lists: Vec<_> =
            lists.map(|(_, text)| String::from_utf8_lossy(&text).into_owned()).collect();
        assert_eq!(lists, ["../x/a.py\nPKG-INFO\n", "y/a.py,,\n"]);
        for (_, package) in packages.iter() {
            assert_eq!(trimmed_record(&tree, &|_| true, package), None);
        }
    }
}
