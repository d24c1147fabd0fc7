//! Debian's packages: `/var/lib/dpkg/status` with `info/*.list`, and `status.d` of images built without dpkg.

use std::collections::BTreeMap;

use jettison_rootfs::{Kind, PathId, Tree};

use crate::{
    Manager, Package,
    package::Source,
    paths::{Finder, in_order},
    stanza,
};

const DIRECTORY: &[u8] = b"/var/lib/dpkg";
/// The database of what is installed.
pub(crate) const STATUS: &[u8] = b"/var/lib/dpkg/status";

/// Longest status file that is read; one of a desktop with 5,000 packages has 6 MiB.
const STATUS_BYTES: u64 = 64 << 20;
/// Longest list of one package's files that is read; the kernel headers' has 2 MiB.
const LIST_BYTES: u64 = 16 << 20;

/// Every package of dpkg's.
pub(crate) fn packages(tree: &Tree) -> Vec<Package> {
    let Some(directory) = tree.resolve(DIRECTORY).map(|resolved| resolved.path) else {
        return Vec::new();
    };
    let mut found = installed(tree, directory).unwrap_or_default();
    found.extend(described(tree, directory).unwrap_or_default());
    found
}

/// The packages of the one status file. A missing or unreadable one means that there is no such database.
fn installed(tree: &Tree, directory: PathId) -> Option<Vec<Package>> {
    let home = tree.child(directory, b"status")?;
    let text = tree.read_all(tree.inode_id(home), STATUS_BYTES).ok()?;
    let info = tree.child(directory, b"info");
    let diversions = diversions(tree, directory);
    let mut finder = Finder::new(tree);
    let packages = stanza::split(&text).into_iter().filter_map(|range| {
        let entry = &text[range.clone()];
        let name = stanza::field(entry, "Package:")?;
        let status = stanza::field(entry, "Status:").unwrap_or_default();
        if status.ends_with("config-files") || status.ends_with("not-installed") {
            return None;
        }
        let architecture = stanza::field(entry, "Architecture:");
        let list = info.and_then(|info| {
            let qualified =
                architecture.as_ref().map(|architecture| format!("{name}:{architecture}.list"));
            let plain = Some(format!("{name}.list"));
            [plain, qualified]
                .into_iter()
                .flatten()
                .find_map(|file| tree.child(info, file.as_bytes()))
        });
        let list = list
            .and_then(|list| tree.read_all(tree.inode_id(list), LIST_BYTES).ok())
            .unwrap_or_default();
        let mut files = Vec::new();
        for line in list.split(|&byte| byte == b'\n').filter(|line| line.starts_with(b"/")) {
            let diverted =
                diversions.get(line).filter(|(_, by)| *by != name).map(|(to, _)| to.as_slice());
            files.extend(finder.find_file(diverted.unwrap_or(line)));
        }
        let mut package = described_by(entry, name, home);
        package.files = in_order(files);
        package.stanza = Some(range);
        Some(package)
    });
    Some(packages.collect())
}

/// What a stanza says of a package.
fn described_by(entry: &[u8], name: String, home: PathId) -> Package {
    let version = stanza::field(entry, "Version:").unwrap_or_default();
    let mut package = Package::new(Manager::Dpkg, name, home);
    package.about.supplier = stanza::field(entry, "Maintainer:");
    package.about.homepage = stanza::field(entry, "Homepage:");
    package.about.source =
        stanza::field(entry, "Source:").map(|source| source_of(&source, &version));
    package.version = version;
    package.architecture = stanza::field(entry, "Architecture:");
    package
}

/// `gcc-12 (12.2.0-14)`, or a name alone when the version is the package's own.
fn source_of(field: &str, version: &str) -> Source {
    let (name, version) = match field.split_once(" (") {
        Some((name, rest)) => (name, rest.trim_end_matches(')')),
        None => (field, version),
    };
    Source { name: name.to_owned(), version: version.to_owned() }
}

/// Where files of other packages went when one took their place (dpkg-divert(1)): three lines each, from, to, by whom.
fn diversions(tree: &Tree, directory: PathId) -> BTreeMap<Vec<u8>, (Vec<u8>, String)> {
    let file = tree.child(directory, b"diversions");
    let text = file
        .and_then(|file| tree.read_all(tree.inode_id(file), LIST_BYTES).ok())
        .unwrap_or_default();
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let entries = lines.chunks_exact(3);
    entries
        .map(|entry| {
            (entry[0].to_vec(), (entry[1].to_vec(), String::from_utf8_lossy(entry[2]).into_owned()))
        })
        .collect()
}

/// The packages that have a file each in `status.d`: the stanza there, and its files in a `.md5sums` beside it.
fn described(tree: &Tree, directory: PathId) -> Option<Vec<Package>> {
    let status = tree.child(directory, b"status.d")?;
    let mut finder = Finder::new(tree);
    let packages = tree.children(status).filter_map(|home| {
        let file_name = tree.name(home);
        if tree.inode(home).kind != Kind::File || file_name.ends_with(b".md5sums") {
            return None;
        }
        let text = tree.read_all(tree.inode_id(home), LIST_BYTES).ok()?;
        let name = stanza::field(&text, "Package:")?;
        let sums = tree.child(status, &[file_name, b".md5sums"].concat());
        let sums = sums
            .and_then(|sums| tree.read_all(tree.inode_id(sums), LIST_BYTES).ok())
            .unwrap_or_default();
        // Lines of md5sum(1): the sum, two spaces, a path without its leading slash.
        let lines = sums.split(|&byte| byte == b'\n').filter_map(|line| line.get(34..));
        let files = lines.filter_map(|line| finder.find_file(&[b"/", line].concat())).collect();
        let mut package = described_by(&text, name, home);
        package.files = in_order(files);
        Some(package)
    });
    Some(packages.collect())
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;

    fn shown(tree: &Tree) -> Vec<(String, Vec<String>)> {
        let text = |path: &PathId| String::from_utf8_lossy(&tree.path(*path)).into_owned();
        packages(tree)
            .into_iter()
            .map(|package| (package.name, package.files.iter().map(text).collect()))
            .collect()
    }

    #[test]
    fn lists_are_read_through_merged_usr_and_diversions() {
        let status = b"Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36\n\n\
                       Package: dash\nStatus: install ok installed\nVersion: 1\n\nPackage: gone\nVersion: 3\n";
        let tree = TreeBuilder::new()
            .symlink("/lib", "usr/lib")
            .file("/usr/lib/libc.so.6", 0o755, b"x")
            .file("/bin/sh", 0o755, b"other")
            .file("/bin/sh.distrib", 0o755, b"x")
            .file("/var/lib/dpkg/status", 0o644, status)
            .file(
                "/var/lib/dpkg/info/libc6:amd64.list",
                0o644,
                b"/.\n/lib\n/lib/libc.so.6\n/lib/missing\n",
            )
            .file("/var/lib/dpkg/info/dash.list", 0o644, b"/.\n/bin\n/bin/sh\n")
            .file("/var/lib/dpkg/diversions", 0o644, b"/bin/sh\n/bin/sh.distrib\nbash\n")
            .build();
        let expected = [
            // The list names /lib, which is a link here and no directory: the package's as much as its files.
            ("libc6", vec!["/lib", "/usr/lib/libc.so.6"]),
            ("dash", vec!["/bin/sh.distrib"]),
            ("gone", vec![]),
        ];
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(name, files)| {
                (name.to_owned(), files.into_iter().map(str::to_owned).collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(shown(&tree), expected);
        let first = &packages(&tree)[0];
        assert_eq!(
            (first.version.as_str(), first.architecture.as_deref()),
            ("2.36", Some("amd64"))
        );
    }

    #[test]
    fn removed_packages_are_none_and_sources_are_named() {
        let status = b"Package: left\nStatus: deinstall ok config-files\nVersion: 1\n\n\
                       Package: libstdc++6\nStatus: install ok installed\nSource: gcc-12 (12.2.0-14)\nVersion: 12.2.0-14+b1\n\n\
                       Package: libc-bin\nSource: glibc\nVersion: 2.36\n";
        let tree = TreeBuilder::new().file("/var/lib/dpkg/status", 0o644, status).build();
        let found: Vec<_> = packages(&tree)
            .into_iter()
            .map(|package| (package.name, package.about.source))
            .collect();
        let source = |name: &str, version: &str| {
            Some(Source { name: name.to_owned(), version: version.to_owned() })
        };
        assert_eq!(
            found,
            [
                ("libstdc++6".to_owned(), source("gcc-12", "12.2.0-14")),
                ("libc-bin".to_owned(), source("glibc", "2.36")),
            ]
        );
    }

    #[test]
    fn status_d_is_read_too() {
        let tree = TreeBuilder::new()
            .file("/var/lib/dpkg/status.d/tzdata", 0o644, b"Package: tzdata\nVersion: 2024a\n")
            .file(
                "/var/lib/dpkg/status.d/tzdata.md5sums",
                0o644,
                b"0123456789abcdef0123456789abcdef  usr/share/zoneinfo/UTC\nshort\n",
            )
            .file("/usr/share/zoneinfo/UTC", 0o644, b"x")
            .build();
        assert_eq!(
            shown(&tree),
            [("tzdata".to_owned(), vec!["/usr/share/zoneinfo/UTC".to_owned()])]
        );
    }
}
