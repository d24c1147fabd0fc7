//! The tables of media types stay where something reads them.

use jettison_rootfs::PathId;

use crate::{Level, Rule, Scene, Wants, family, rule::Page};

/// Keeps `/etc/mime.types` and the compiled tables of shared-mime-info.
pub(super) struct Mime;

/// Programs that read `/etc/mime.types` when they first have to name a type.
const PROGRAMS: [&str; 6] = ["python", "apache", "httpd", "lighttpd", "perl", "nginx"];
/// Libraries that read the tables of shared-mime-info.
const LIBRARIES: [&str; 3] = ["libgio-2.0", "libQt5Core", "libQt6Core"];
/// Files of `/etc` that map endings to types.
const TYPES: [&str; 4] =
    ["/etc/mime.types", "/etc/apache2/mime.types", "/etc/httpd/mime.types", "/etc/mailcap"];
/// The compiled tables (Shared MIME-info Database specification, section 2); the sources below packages/ are not read.
const TABLES: [&str; 11] = [
    "mime.cache",
    "globs",
    "globs2",
    "magic",
    "aliases",
    "subclasses",
    "icons",
    "generic-icons",
    "types",
    "treemagic",
    "XMLnamespaces",
];

impl Rule for Mime {
    fn name(&self) -> &'static str {
        "mime"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "/etc/mime.types with a language or server that reads it; the compiled tables of /usr/share/mime once one of \
                   them was touched or a library that reads them is kept.",
            why: "The type of a file is looked up when the first file of that kind is sent: an upload, a download, a style \
                  sheet. Without the table it is sent as application/octet-stream.",
            instead: "--no-rule mime.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let name = scene.tree.name(path);
        let is_program = name.starts_with(b"libpython3")
            || (family::is_program(name, &PROGRAMS) && scene.tree.inode(path).is_executable());
        if is_program {
            for file in TYPES {
                wants.want_resolved(scene, file.as_bytes(), Some(path), "media types for");
            }
        }
        let is_database = name == b"mime" && scene.tree.path(path) == b"/usr/share/mime";
        if is_database || family::is_library(name, &LIBRARIES) {
            for table in TABLES {
                let file = format!("/usr/share/mime/{table}");
                wants.want_resolved(scene, file.as_bytes(), Some(path), "media types for");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use crate::{Level, rules::fixture::Stage};

    fn image(tree: TreeBuilder) -> TreeBuilder {
        tree.file("/etc/mime.types", 0o644, b"x")
            .file("/usr/share/mime/mime.cache", 0o644, b"x")
            .file("/usr/share/mime/globs2", 0o644, b"x")
            .file("/usr/share/mime/packages/freedesktop.org.xml", 0o644, b"x")
            .file("/usr/bin/python3.12", 0o755, b"x")
            .file("/usr/bin/app", 0o755, b"x")
    }

    #[test]
    fn types_stay_with_their_readers() {
        let kept =
            Stage::new(image).level(Level::Balanced).read("/usr/bin/python3.12").kept_files();
        assert_eq!(kept, ["/etc/mime.types", "/usr/bin/python3.12"]);
        let kept = Stage::new(image)
            .level(Level::Balanced)
            .read("/usr/share/mime/mime.cache")
            .kept_files();
        assert_eq!(kept, ["/usr/share/mime/globs2", "/usr/share/mime/mime.cache"]);
        let kept = Stage::new(image).level(Level::Balanced).read("/usr/bin/app").kept_files();
        assert_eq!(kept, ["/usr/bin/app"]);
    }
}
