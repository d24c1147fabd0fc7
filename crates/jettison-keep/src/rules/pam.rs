//! What decides whether somebody may log in stays with the library that asks.

use std::collections::BTreeSet;

use jettison_rootfs::PathId;

use super::libraries;
use crate::{Level, Rule, Scene, Wants, family, rule::Page, subtree::Subtree};

/// Keeps PAM's configuration and the modules it names.
pub(super) struct Pam;

/// Longest service file that is read; the longest in a distribution has 5 KB.
const SERVICE_BYTES: u64 = 64 << 10;

impl Rule for Pam {
    fn name(&self) -> &'static str {
        "pam"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "/etc/pam.d, /etc/security and the modules named there, once libpam is kept.",
            why: "libpam loads modules by name when somebody logs in; one that is missing denies everybody.",
            instead: "--no-rule pam, if nobody logs in.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        if !family::is_library(scene.tree.name(path), &["libpam"]) {
            return;
        }
        for file in [
            "/etc/pam.conf",
            "/etc/login.defs",
            "/etc/environment",
            "/etc/shadow",
            "/etc/gshadow",
            "/etc/securetty",
        ] {
            wants.want_resolved(scene, file.as_bytes(), Some(path), "read by modules of");
        }
        let mut modules = BTreeSet::new();
        for directory in ["/etc/pam.d", "/usr/lib/pam.d", "/etc/security"] {
            let Some(directory) = scene.find(directory) else { continue };
            wants.want_below(
                scene,
                Subtree { directory, by: Some(path), because: "configuration of" },
                |_| true,
            );
            for service in scene.tree.descendants(directory) {
                modules.extend(
                    scene
                        .contents(service, SERVICE_BYTES)
                        .map(|text| named(&text))
                        .unwrap_or_default(),
                );
            }
        }
        for directory in libraries::system_directories(scene) {
            for module in &modules {
                let file = [&directory[..], b"/security/", module.as_bytes()].concat();
                wants.want_resolved(scene, &file, Some(path), "a module for");
            }
        }
    }
}

/// Words of a service file that name a module (pam.conf(5)); those with a directory count by their last part.
fn named(text: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(text);
    let words = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(str::split_whitespace);
    words
        .filter(|word| word.as_bytes().ends_with(b".so"))
        .filter_map(|word| word.rsplit('/').next())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn named_modules_stay_with_the_library() {
        let stage = |used: &str| {
            Stage::new(|tree| {
                tree.file("/lib/x86_64-linux-gnu/libpam.so.0", 0o644, b"x")
                    .file("/lib/x86_64-linux-gnu/security/pam_unix.so", 0o644, b"x")
                    .file("/lib/x86_64-linux-gnu/security/pam_rare.so", 0o644, b"x")
                    .file(
                        "/etc/pam.d/login",
                        0o644,
                        b"auth [success=1] pam_unix.so nullok\n# auth pam_rare.so\n",
                    )
                    .file("/etc/security/limits.conf", 0o644, b"x")
                    .file("/app", 0o755, b"x")
            })
            .level(Level::Balanced)
            .read(used)
            .kept_files()
        };
        assert_eq!(
            stage("/lib/x86_64-linux-gnu/libpam.so.0"),
            [
                "/etc/pam.d/login",
                "/etc/security/limits.conf",
                "/lib/x86_64-linux-gnu/libpam.so.0",
                "/lib/x86_64-linux-gnu/security/pam_unix.so"
            ]
        );
        assert_eq!(stage("/app"), ["/app"]);
    }
}
