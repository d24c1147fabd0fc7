//! The files of the system that programs without a C library read stay.

use jettison_rootfs::{Kind, PathId};

use crate::{Level, Rule, Scene, Wants, elf, elf_words, rule::Page, subtree::Subtree};

/// Keeps what Go, Rust and other self-contained programs read from the system.
pub(super) struct StaticBinary;

/// Self-contained programs link nothing, or the C library, its helpers and little else.
const MOST_LIBRARIES: usize = 5;

/// Files and directories that the libraries of such languages read, as their sources name them: Go's `crypto/x509`
/// (`root_linux.go`), `time` (`zoneinfo_unix.go`), `mime` (`type_unix.go`), `net` (`conf.go`, `port_unix.go`),
/// `os/user`; Rust's `rustls-native-certs`, `openssl-probe`, `tzfile`, `mime_guess`.
const READ: [&str; 16] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/mime.types",
    "/etc/apache2/mime.types",
    "/usr/share/mime/globs2",
    "/usr/share/mime/magic",
    "/etc/nsswitch.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/group",
    "/etc/os-release",
    "/etc/machine-id",
    "/etc/gai.conf",
];
/// The same, whole directories.
const READ_WHOLE: [&str; 2] = ["/etc/ssl/certs", "/usr/share/zoneinfo"];

impl Rule for StaticBinary {
    fn name(&self) -> &'static str {
        "static-binary"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "For kept programs that link no more than a C library: the CA store, time zones, media types and name service \
                   files that their bytes name.",
            why: "Go and Rust programs bring their libraries but not these tables, and open them when the first connection, \
                  zone or file type comes up. `FROM scratch` images fail by their absence.",
            instead: "--no-rule static-binary, for programs that embed them.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        if inode.kind != Kind::File || !inode.is_executable() {
            return;
        }
        let id = scene.tree.inode_id(path);
        let Some(facts) = elf::facts(scene.tree, id) else { return };
        let is_library = scene.tree.name(path).windows(3).any(|part| part == b".so");
        if is_library || facts.needed.len() > MOST_LIBRARIES {
            return;
        }
        let words: Vec<&str> = READ.into_iter().chain(READ_WHOLE).collect();
        for named in elf_words::contained(scene.tree, id, &words) {
            let is_there =
                wants.want_resolved(scene, named.as_bytes(), Some(path), "a file named in");
            if is_there
                && READ_WHOLE.contains(&named)
                && let Some(directory) = scene.find(named)
            {
                let is_copy =
                    |path: PathId| matches!(scene.tree.name(path), b"posix" | b"right" | b"java");
                wants.want_below(
                    scene,
                    Subtree { directory, by: Some(path), because: "data for" },
                    |path| !is_copy(path),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Level,
        rules::fixture::{Stage, elf_file},
    };

    #[test]
    fn tables_that_a_static_program_names_stay() {
        let mut program = elf_file(None, &[], None);
        program.extend(b"glued/etc/ssl/certs/ca-certificates.crt/usr/share/zoneinfo/more");
        let kept = Stage::new(|tree| {
            tree.file("/app", 0o755, &program)
                .file("/etc/ssl/certs/ca-certificates.crt", 0o644, b"x")
                .file("/etc/mime.types", 0o644, b"x")
                .file("/usr/share/zoneinfo/Asia/Tokyo", 0o644, b"x")
                .file("/usr/share/zoneinfo/right/Asia/Tokyo", 0o644, b"x")
        })
        .level(Level::Balanced)
        .read("/app")
        .kept_files();
        assert_eq!(
            kept,
            ["/app", "/etc/ssl/certs/ca-certificates.crt", "/usr/share/zoneinfo/Asia/Tokyo"]
        );
    }

    #[test]
    fn a_program_that_links_much_is_no_such_program() {
        let mut program = elf_file(None, &["a", "b", "c", "d", "e", "f"], None);
        program.extend(b"glued/etc/mime.types");
        let kept = Stage::new(|tree| {
            tree.file("/app", 0o755, &program).file("/etc/mime.types", 0o644, b"x")
        })
        .level(Level::Balanced)
        .read("/app")
        .kept_files();
        assert_eq!(kept, ["/app"]);
    }
}
