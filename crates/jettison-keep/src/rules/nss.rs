//! What the C library needs to look up names of hosts, users and services stays.

use std::collections::BTreeSet;

use jettison_rootfs::PathId;

use super::libraries;
use crate::{Level, Rule, Scene, Wants, rule::Page};

/// Keeps the modules that nsswitch.conf names, and the tables they read.
pub(super) struct NameService;

/// Longest nsswitch.conf that is read; distributions' have 600 bytes.
const CONF_BYTES: u64 = 64 << 10;

/// Tables and settings of the resolver and of `getservbyname(3)` and its like.
const TABLES: [&str; 11] = [
    "/etc/nsswitch.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/resolv.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/networks",
    "/etc/hostname",
    "/etc/shells",
    "/etc/rpc",
];

/// What glibc uses without an nsswitch.conf (nsswitch.conf(5), "FILES").
const DEFAULT: [&str; 2] = ["files", "dns"];

impl Rule for NameService {
    fn name(&self) -> &'static str {
        "nss"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "/etc/nsswitch.conf with the libnss_*.so it names, hosts, resolv.conf, services, protocols, once a C library is \
                   kept.",
            why: "A probe speaks to the program; the program looks up a database server or a service's port only when it is \
                  used. glibc loads the modules by name at the first look-up.",
            instead: "--no-rule nss, if the program looks up no names.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let name = scene.tree.name(path);
        let is_glibc = name == b"libc.so.6";
        if !is_glibc && !name.starts_with(b"ld-musl-") {
            return;
        }
        for table in TABLES {
            wants.want_resolved(scene, table.as_bytes(), Some(path), "a table read by");
        }
        if is_glibc {
            let directories = libraries::system_directories(scene);
            for module in modules(scene) {
                let library = format!("libnss_{module}.so.2");
                let found = directories
                    .iter()
                    .map(|directory| [directory, &b"/"[..], library.as_bytes()].concat());
                if let Some(found) = found.into_iter().find(|found| scene.find(found).is_some()) {
                    wants.want_resolved(scene, &found, Some(path), "a name service module for");
                }
            }
        }
    }
}

/// The services that nsswitch.conf names, in any of its databases.
fn modules(scene: &Scene<'_>) -> BTreeSet<String> {
    let text = scene
        .find("/etc/nsswitch.conf")
        .and_then(|path| scene.contents(path, CONF_BYTES))
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().filter_map(|line| line.split('#').next()?.split_once(':'));
    let words = lines.flat_map(|(_, services)| services.split_whitespace());
    let is_service =
        |word: &&str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let named = words.filter(is_service).map(str::to_owned);
    named.chain(DEFAULT.map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn named_modules_stay_with_glibc() {
        let conf = b"passwd: files sss [NOTFOUND=return]\nhosts: files dns # wins\n";
        let stage = |used: &str| {
            Stage::new(|tree| {
                tree.file("/lib/x86_64-linux-gnu/libc.so.6", 0o755, b"x")
                    .file("/lib/x86_64-linux-gnu/libnss_sss.so.2", 0o644, b"x")
                    .file("/lib/x86_64-linux-gnu/libnss_wins.so.2", 0o644, b"x")
                    .file("/etc/nsswitch.conf", 0o644, conf)
                    .file("/etc/services", 0o644, b"x")
                    .file("/app", 0o755, b"x")
            })
            .level(Level::Balanced)
            .read(used)
            .kept_files()
        };
        assert_eq!(
            stage("/lib/x86_64-linux-gnu/libc.so.6"),
            [
                "/etc/nsswitch.conf",
                "/etc/services",
                "/lib/x86_64-linux-gnu/libc.so.6",
                "/lib/x86_64-linux-gnu/libnss_sss.so.2"
            ]
        );
        assert_eq!(stage("/app"), ["/app", "/etc/nsswitch.conf"]);
    }
}
