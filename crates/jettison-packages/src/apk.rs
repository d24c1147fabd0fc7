//! Alpine's packages: `/lib/apk/db/installed` (apk-tools' documentation, apk-v2(5)).

use jettison_rootfs::Tree;

use crate::{
    Manager, Package,
    package::Source,
    paths::{Finder, in_order},
    stanza,
};

/// `/usr/lib` on systems with a merged /usr; a link leads there.
const DATABASE: &[u8] = b"/lib/apk/db/installed";

/// Longest database that is read; an image with 1,000 packages has 10 MiB.
const DATABASE_BYTES: u64 = 64 << 20;

/// Every package of apk's. A missing or unreadable database means that there is none.
pub(crate) fn packages(tree: &Tree) -> Vec<Package> {
    let Some(home) = tree.resolve(DATABASE).map(|resolved| resolved.path) else {
        return Vec::new();
    };
    let Ok(text) = tree.read_all(tree.inode_id(home), DATABASE_BYTES) else { return Vec::new() };
    let mut finder = Finder::new(tree);
    let packages = stanza::split(&text).into_iter().filter_map(|range| {
        let entry = &text[range.clone()];
        let name = stanza::field(entry, "P:")?;
        let mut directory: &[u8] = b"";
        let mut files = Vec::new();
        for line in entry.split(|&byte| byte == b'\n') {
            match line.get(..2) {
                Some(b"F:") => directory = &line[2..],
                Some(b"R:") => {
                    let slash: &[u8] = if directory.is_empty() { b"" } else { b"/" };
                    files.extend(finder.find_file(&[b"/", directory, slash, &line[2..]].concat()));
                }
                _ => {}
            }
        }
        let version = stanza::field(entry, "V:").unwrap_or_default();
        let mut package = Package::new(Manager::Apk, name, home);
        package.about.licenses.extend(stanza::field(entry, "L:"));
        package.about.supplier = stanza::field(entry, "m:");
        package.about.homepage = stanza::field(entry, "U:");
        package.about.source =
            stanza::field(entry, "o:").map(|name| Source { name, version: version.clone() });
        package.version = version;
        package.architecture = stanza::field(entry, "A:");
        package.files = in_order(files);
        package.stanza = Some(range);
        Some(package)
    });
    packages.collect()
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;

    #[test]
    fn directories_and_files_are_joined() {
        let installed = b"C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\nF:\nR:top\n\nP:empty\nV:1\n\n";
        let tree = TreeBuilder::new()
            .file("/lib/apk/db/installed", 0o644, installed)
            .file("/lib/ld-musl-x86_64.so.1", 0o755, b"x")
            .file("/top", 0o644, b"x")
            .build();
        let found = packages(&tree);
        let files: Vec<_> = found[0].files.iter().map(|&file| tree.path(file)).collect();
        assert_eq!(files, [b"/lib/ld-musl-x86_64.so.1".to_vec(), b"/top".to_vec()]);
        assert_eq!((found[0].name.as_str(), found[0].version.as_str()), ("musl", "1.2.5-r0"));
        assert!(found.len() == 2 && found[1].files.is_empty());
    }
}
