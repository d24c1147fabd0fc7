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

    /// As apk-tools 2.14 writes it on Alpine 3.20: every field, owners of directories (M) and files (a), checksums (Z).
    const ALPINE: &[u8] = b"C:Q1FIAcx2JPIWYtMzFAx3shbnHTJhQ=\nP:musl\nV:1.2.5-r0\nA:x86_64\nS:407278\nI:667648\n\
        T:the musl c library (libc) implementation\nU:https://musl.libc.org/\nL:MIT\no:musl\n\
        m:Natanael Copa <ncopa@alpinelinux.org>\nt:1711048175\nc:4fe5ac8ef69b12ba4ac9f5f4a3d4ad8e1bd4f0bf\n\
        p:so:libc.musl-x86_64.so.1=1\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\nZ:Q1Z4PoUG3yZNDoSHbzGDbpeVPpI9k=\n\
        R:libc.musl-x86_64.so.1\na:0:0:777\nZ:Q17yJ3JFNypA4mxhJJr0ou6CzsJVI=\n\n\
        C:Q1wHcAGMvVHmPjyzhVBhbPqbuA1dI=\nP:libcrypto3\nV:3.3.0-r2\nA:x86_64\nS:1\nI:2\nT:Crypto library from openssl\n\
        U:https://www.openssl.org/\nL:Apache-2.0\no:openssl\nD:so:libc.musl-x86_64.so.1\nF:etc\nF:etc/ssl\nM:0:0:755\n\
        R:openssl.cnf\nZ:Q1x=\nF:usr/lib\nF:usr/lib/ossl-modules\nR:legacy.so\na:0:0:755\nZ:Q1y=\n\n";

    #[test]
    fn databases_of_alpine_are_read_whole() {
        let files =
            ["/lib/ld-musl-x86_64.so.1", "/etc/ssl/openssl.cnf", "/usr/lib/ossl-modules/legacy.so"];
        let builder = TreeBuilder::new()
            .file("/lib/apk/db/installed", 0o644, ALPINE)
            .symlink("/lib/libc.musl-x86_64.so.1", "ld-musl-x86_64.so.1");
        let tree = files.iter().fold(builder, |tree, path| tree.file(path, 0o644, b"x")).build();
        let found = packages(&tree);
        let crypto = &found[1];
        assert_eq!((crypto.name.as_str(), crypto.version.as_str()), ("libcrypto3", "3.3.0-r2"));
        assert_eq!(crypto.architecture.as_deref(), Some("x86_64"));
        assert_eq!(crypto.about.licenses, ["Apache-2.0"]);
        let source = Source { name: "openssl".to_owned(), version: "3.3.0-r2".to_owned() };
        assert_eq!(crypto.about.source, Some(source));
        let owned: Vec<_> = crypto.files.iter().map(|&file| tree.path(file)).collect();
        assert_eq!(owned, [files[1].as_bytes(), files[2].as_bytes()]);
        assert_eq!(found[0].files.len(), 2, "links are files too");
        assert_eq!(found[0].about.homepage.as_deref(), Some("https://musl.libc.org/"));
        // Cut down, the entry that stays is what it was.
        let range = crypto.stanza.clone().expect("it has a place");
        assert!(ALPINE[range].starts_with(b"C:Q1wHcAGMvVHmPjyzhVBhbPqbuA1dI=\nP:libcrypto3\n"));
    }
}
