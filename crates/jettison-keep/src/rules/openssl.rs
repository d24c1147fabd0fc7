//! OpenSSL's configuration, providers and engines stay with its library.

use jettison_rootfs::{Kind, PathId};

use crate::{Level, Rule, Scene, Wants, family, rule::Page, subtree::Subtree};

/// Keeps what libcrypto loads by name.
pub(super) struct OpenSsl;

/// Configuration, by distribution (`OPENSSLDIR` of their builds; config(5ssl)).
const CONFIGURATION: [&str; 6] = [
    "/etc/ssl/openssl.cnf",
    "/usr/lib/ssl/openssl.cnf",
    "/etc/pki/tls/openssl.cnf",
    "/etc/ssl1.1/openssl.cnf",
    "/usr/local/ssl/openssl.cnf",
    "/etc/crypto-policies/back-ends/opensslcnf.config",
];
/// Directories of configuration fragments.
const FRAGMENTS: [&str; 2] = ["/etc/ssl/openssl.cnf.d", "/etc/pki/tls/openssl.d"];

impl Rule for OpenSsl {
    fn name(&self) -> &'static str {
        "openssl"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "openssl.cnf, and the providers (ossl-modules) and engines beside libcrypto, once that is kept.",
            why: "They are loaded when an old cipher, a hardware key or a policy asks for them: reading a ten-year-old key file \
                  needs the legacy provider. About 0.2 MB.",
            instead: "--no-rule openssl.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        if !family::is_library(scene.tree.name(path), &["libcrypto"]) {
            return;
        }
        for file in CONFIGURATION {
            wants.want_resolved(scene, file.as_bytes(), Some(path), "configuration of");
        }
        let is_modules = |name: &[u8]| name == b"ossl-modules" || name.starts_with(b"engines-");
        let beside = scene
            .tree
            .children(scene.tree.parent(path))
            .filter(|&child| is_modules(scene.tree.name(child)));
        for directory in
            beside.chain(FRAGMENTS.iter().filter_map(|directory| scene.find(directory)))
        {
            if scene.tree.inode(directory).kind == Kind::Directory {
                wants.want_below(
                    scene,
                    Subtree { directory, by: Some(path), because: "loaded by name by" },
                    |_| true,
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn providers_stay_with_the_library() {
        let stage = |used: &str| {
            Stage::new(|tree| {
                tree.file("/usr/lib/x86_64-linux-gnu/libcrypto.so.3", 0o644, b"x")
                    .file("/usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so", 0o644, b"x")
                    .file("/usr/lib/x86_64-linux-gnu/other/x.so", 0o644, b"x")
                    .file("/etc/ssl/openssl.cnf", 0o644, b"x")
                    .symlink("/usr/lib/ssl/openssl.cnf", "/etc/ssl/openssl.cnf")
                    .file("/app", 0o755, b"x")
            })
            .level(Level::Balanced)
            .read(used)
            .kept_files()
        };
        assert_eq!(
            stage("/usr/lib/x86_64-linux-gnu/libcrypto.so.3"),
            [
                "/etc/ssl/openssl.cnf",
                "/usr/lib/ssl/openssl.cnf",
                "/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
                "/usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so"
            ]
        );
        assert_eq!(stage("/app"), ["/app"]);
    }
}
