//! Alpine's packages: `/lib/apk/db/installed` (apk-tools' documentation, apk-v2(5)), and what somebody asked for: `world`.

use std::{collections::BTreeSet, ops::Range};

use jettison_rootfs::{PathId, Tree};

use crate::{
    Manager, Package,
    package::Source,
    paths::{Finder, in_order},
    stanza,
};

/// The second on systems with a merged /usr, where a link mostly leads from the first.
pub(crate) const DATABASES: [&[u8]; 2] = [b"/lib/apk/db/installed", b"/usr/lib/apk/db/installed"];

/// The packages that somebody asked for, one on a line (apk-world(5)). apk reads no database without this file.
const WORLD: &[u8] = b"/etc/apk/world";

/// Longest database that is read; an image with 1,000 packages has 10 MiB.
const DATABASE_BYTES: u64 = 64 << 20;

/// Every package of apk's. A missing or unreadable database means that there is none.
pub(crate) fn packages(tree: &Tree) -> Vec<Package> {
    let home = DATABASES.into_iter().find_map(|path| tree.resolve(path));
    let Some(home) = home.map(|resolved| resolved.path) else { return Vec::new() };
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

/// Whether a file is the database.
pub(crate) fn is_home(tree: &Tree, home: PathId) -> bool {
    tree.path(home).ends_with(DATABASES[0])
}

/// The file that names what was asked for.
pub(crate) fn world(tree: &Tree) -> Option<PathId> {
    tree.resolve(WORLD).map(|resolved| resolved.path)
}

/// That file without what no entry of the database has any more; nothing if it needs no other bytes.
///
/// What must not be installed (`!NAME`) stays. `text` is the database, `stanzas` are the entries that are left.
pub(crate) fn trimmed_world(
    tree: &Tree,
    text: &[u8],
    stanzas: &[Range<usize>],
) -> Option<(PathId, Vec<u8>)> {
    let file = world(tree)?;
    let old = tree.read_all(tree.inode_id(file), DATABASE_BYTES).ok()?;
    let mut there: BTreeSet<String> = BTreeSet::new();
    for stanza in stanzas.iter().filter_map(|stanza| text.get(stanza.clone())) {
        there.extend(stanza::field(stanza, "P:"));
        let provided = stanza::field(stanza, "p:").unwrap_or_default();
        there.extend(provided.split_whitespace().map(|word| name(word).to_owned()));
    }
    let mut new = Vec::new();
    for line in old.split_inclusive(|&byte| byte == b'\n') {
        let words = String::from_utf8_lossy(line);
        let mut words = words.split_whitespace().peekable();
        let is_empty = words.peek().is_none();
        if is_empty || words.any(|word| word.starts_with('!') || there.contains(name(word))) {
            new.extend_from_slice(line);
        }
    }
    (new.len() < old.len()).then_some((file, new))
}

/// The name in front of a version or a repository: `NAME=1.2-r0`, `NAME>1`, `NAME~1`, `NAME@edge`.
fn name(word: &str) -> &str {
    word.split(['=', '<', '>', '~', '@']).next().unwrap_or(word)
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

    #[test]
    fn world_names_what_is_left() {
        let world = b"alpine-base\nmusl=1.2.5-r0\n!uclibc\nso:libc.musl-x86_64.so.1\nlibcrypto3@edge\nlibcrypto3>3\ncmd:vi\n";
        let tree = TreeBuilder::new()
            .file("/usr/lib/apk/db/installed", 0o644, ALPINE)
            .file("/etc/apk/world", 0o644, world)
            .file("/lib/ld-musl-x86_64.so.1", 0o755, b"x")
            .build();
        let packages = crate::Packages::of(&tree, &crate::Landmarks::of(&tree));
        let (_, musl) = packages.iter().next().expect("it is listed");
        let parts: Vec<_> =
            crate::database_parts(&tree, musl).into_iter().map(|part| tree.path(part)).collect();
        assert_eq!(parts, [b"/usr/lib/apk/db/installed".to_vec(), b"/etc/apk/world".to_vec()]);
        let trimmed = crate::trimmed(&tree, &packages, &|_| true).trimmed;
        let [database] = &trimmed[..] else { panic!("{trimmed:?}") };
        let bytes = |path: &[u8]| {
            let path = tree.find(path).expect("it was made");
            String::from_utf8_lossy(&database.rewrites[&path]).into_owned()
        };
        assert!(!bytes(b"/usr/lib/apk/db/installed").contains("P:libcrypto3"));
        assert_eq!(bytes(b"/etc/apk/world"), "musl=1.2.5-r0\n!uclibc\nso:libc.musl-x86_64.so.1\n");
    }
}
