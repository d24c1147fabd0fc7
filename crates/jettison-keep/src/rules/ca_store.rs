//! The certificates of the authorities that TLS clients trust stay where there is a TLS client.

use jettison_rootfs::PathId;

use crate::{Level, Rule, Scene, Wants, family, rule::Page, subtree::Subtree};

/// Keeps the certificate stores of the distribution.
pub(super) struct CaStore;

/// TLS libraries that read the system's store.
const LIBRARIES: [&str; 9] = [
    "libssl",
    "libcrypto",
    "libgnutls",
    "libnss3",
    "libmbedtls",
    "libmbedx509",
    "libwolfssl",
    "libnode",
    "libcurl",
];

/// Where distributions keep the store: Debian and Alpine, Red Hat, SUSE, OpenSSL's own default, and what administrators add.
const STORES: [&str; 9] = [
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/ca-trust/extracted",
    "/var/lib/ca-certificates",
    "/usr/lib/ssl/cert.pem",
    "/usr/local/share/ca-certificates",
    "/usr/local/ssl/certs",
];

impl Rule for CaStore {
    fn name(&self) -> &'static str {
        "ca-store"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "/etc/ssl/certs with the bundle, the hashed links and the files they lead to (and its like on other \
                   distributions), once a TLS library is kept or the store was touched. Java's store is the jvm rule's.",
            why: "A program makes its first outgoing TLS connection when somebody uses it, not when it is probed; without the \
                  store each of them fails with a certificate error. It costs about half a megabyte.",
            instead: "--no-rule ca-store, if the program makes no TLS connections, or bring its own certificates.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let name = scene.tree.name(path);
        let is_store = name == b"certs"
            && STORES.iter().any(|store| scene.tree.path(path) == store.as_bytes());
        if !is_store && !family::is_library(name, &LIBRARIES) {
            return;
        }
        let because = "an authority's certificate for";
        for store in STORES {
            let Some(found) = scene.find(store) else { continue };
            wants.want_resolved(scene, store.as_bytes(), Some(path), because);
            // Java's keystore is no store of TLS libraries.
            let admits = |child: PathId| scene.tree.name(child) != b"java";
            wants.want_below(scene, Subtree { directory: found, by: Some(path), because }, admits);
        }
    }
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use crate::{Level, rules::fixture::Stage};

    fn image(tree: TreeBuilder) -> TreeBuilder {
        tree.file("/usr/lib/libssl.so.3", 0o644, b"x")
            .file("/usr/lib/libz.so.1", 0o644, b"x")
            .file("/etc/ssl/certs/ca-certificates.crt", 0o644, b"x")
            .file("/etc/ssl/certs/java/cacerts", 0o644, b"x")
            .symlink("/etc/ssl/certs/0a1b2c3d.0", "Root.pem")
            .symlink("/etc/ssl/certs/Root.pem", "/usr/share/ca-certificates/mozilla/Root.crt")
            .file("/usr/share/ca-certificates/mozilla/Root.crt", 0o644, b"x")
            .file("/usr/share/ca-certificates/mozilla/Other.crt", 0o644, b"x")
    }

    #[test]
    fn the_store_stays_with_a_tls_library() {
        let kept =
            Stage::new(image).level(Level::Balanced).read("/usr/lib/libssl.so.3").kept_files();
        assert_eq!(
            kept,
            [
                "/etc/ssl/certs/0a1b2c3d.0",
                "/etc/ssl/certs/Root.pem",
                "/etc/ssl/certs/ca-certificates.crt",
                "/usr/lib/libssl.so.3",
                "/usr/share/ca-certificates/mozilla/Root.crt"
            ]
        );
    }

    #[test]
    fn the_store_goes_without_one() {
        let kept = Stage::new(image).level(Level::Balanced).read("/usr/lib/libz.so.1").kept_files();
        assert_eq!(kept, ["/usr/lib/libz.so.1"]);
        let kept = Stage::new(image).read("/usr/lib/libssl.so.3").kept_files();
        assert_eq!(kept, ["/usr/lib/libssl.so.3"]);
    }
}
