//! Files that a kept program names in its own bytes stay.

use jettison_rootfs::{Kind, PathId};

use super::libraries;
use crate::{Level, Rule, Scene, Wants, aids, elf, elf_words, rule::Page};

/// Keeps libraries and files that strings of kept ELF files name.
pub(super) struct Dlopen;

/// The C library and its loader name every family they know; the rules of those families decide about them.
const C_LIBRARY: [&str; 3] = ["libc.so.", "ld-linux", "ld-musl-"];

/// Names below these mean something only to people, compilers, debuggers and package managers.
const PASSED_OVER: [&str; 16] = [
    "/dev/",
    "/proc/",
    "/sys/",
    "/usr/include",
    "/usr/src",
    "/usr/share/doc",
    "/usr/share/man",
    "/usr/share/info",
    "/usr/lib/debug",
    "/var/lib/dpkg",
    "/var/lib/apt",
    "/var/cache",
    "/usr/share/locale",
    "/usr/share/zoneinfo",
    "/usr/share/gdb",
    "/usr/lib/gcc",
];
/// Libraries for printers, desktops and the loading of SELinux policies, which the libraries that name them do without.
const LIBRARIES_PASSED_OVER: [&str; 6] =
    ["libcups.so", "libsepol.so", "libgtk-", "libgnomevfs", "libgconf-2.so", "libgio-2.0.so"];

/// Functions that run a command line with `/bin/sh` (system(3), popen(3), wordexp(3)).
const SHELL_FUNCTIONS: [&str; 3] = ["system", "popen", "wordexp"];

impl Rule for Dlopen {
    fn name(&self) -> &'static str {
        "dlopen"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Strings in kept ELF files that are the exact name of a library in the library directories, or an absolute \
                   path in the image: those files (of directories just the name). /bin/sh for programs that call system(3) or \
                   popen(3), libgcc_s for glibc's threads.",
            why: "dlopen, open and exec take their names from such strings, often only when a feature is used for the first \
                  time; ldd and DT_NEEDED do not show them.",
            instead: "--no-rule dlopen, at the risk of features that fail when they are first used.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        if inode.kind != Kind::File || inode.size == 0 {
            return;
        }
        let id = scene.tree.inode_id(path);
        let Some(facts) = elf::facts(scene.tree, id) else { return };
        let directories = libraries::directories(scene, path, &facts);
        let name = scene.tree.name(path);
        if C_LIBRARY.iter().any(|library| name.starts_with(library.as_bytes())) {
            if let Some(found) =
                libraries::locate(scene, &directories, b"libgcc_s.so.1", facts.bits)
            {
                wants.want_resolved(scene, &found, Some(path), "what ends threads for");
            }
            return;
        }
        if !elf::mentions(scene.tree, id, &facts, &SHELL_FUNCTIONS).is_empty() {
            wants.want_resolved(scene, b"/bin/sh", Some(path), "what runs command lines for");
        }
        let words = elf_words::search(scene.tree, id, &facts.symbol_names);
        for library in &words.libraries {
            let is_passed_over = library.contains(&b'/')
                || LIBRARIES_PASSED_OVER.iter().any(|name| library.starts_with(name.as_bytes()));
            if !is_passed_over
                && let Some(found) = libraries::locate(scene, &directories, library, facts.bits)
            {
                wants.want_resolved(scene, &found, Some(path), "a library named in");
            }
        }
        for named in &words.paths {
            want_named(scene, path, named, wants);
        }
    }
}

fn want_named(scene: &Scene<'_>, by: PathId, named: &[u8], wants: &mut Wants) {
    if PASSED_OVER.iter().any(|prefix| named.starts_with(prefix.as_bytes())) {
        return;
    }
    let Some(found) = scene.find(named) else { return };
    let last = named.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let is_helper = std::str::from_utf8(last).is_ok_and(aids::is_aid)
        && scene.tree.inode(found).is_executable();
    // A shell is named by nearly everything that has a default for SHELL; who calls one is seen by other means.
    let is_shell = matches!(last, b"sh" | b"bash" | b"dash" | b"zsh" | b"csh" | b"ksh");
    if !is_helper && !is_shell {
        wants.want_resolved(scene, named, Some(by), "a file named in");
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Level,
        rules::fixture::{Stage, elf_file},
    };

    #[test]
    fn named_libraries_and_files_stay() {
        let mut program = elf_file(None, &[], None);
        program.extend(b"\0libplugin.so.2\0/etc/app.conf\0/usr/share/doc/app/x\0/usr/bin/gdb\0/bin/sh\0/var/lib/app\0libgone.so\0");
        let plain = elf_file(None, &[], None);
        let stage = |level| {
            Stage::new(|tree| {
                tree.file("/usr/bin/app", 0o755, &program)
                    .file("/usr/lib/libplugin.so.2.1", 0o644, &plain)
                    .symlink("/usr/lib/libplugin.so.2", "libplugin.so.2.1")
                    .file("/usr/lib/libplugin.so.3", 0o644, &plain)
                    .file("/etc/app.conf", 0o644, b"x")
                    .file("/etc/other.conf", 0o644, b"x")
                    .file("/usr/share/doc/app/x", 0o644, b"x")
                    .file("/usr/bin/gdb", 0o755, b"x")
                    .file("/bin/sh", 0o755, b"x")
                    .file("/var/lib/app/content", 0o644, b"x")
            })
            .level(level)
            .read("/usr/bin/app")
        };
        assert_eq!(
            stage(Level::Balanced).kept_files(),
            [
                "/etc/app.conf",
                "/usr/bin/app",
                "/usr/lib/libplugin.so.2",
                "/usr/lib/libplugin.so.2.1"
            ]
        );
        assert!(stage(Level::Balanced).kept().contains(&"/var/lib/app".to_owned()));
        assert_eq!(stage(Level::Minimal).kept_files(), ["/usr/bin/app"]);
    }

    #[test]
    fn who_calls_system_has_a_shell() {
        let program = elf_file(None, &["system"], None);
        let kept = Stage::new(|tree| {
            tree.file("/usr/bin/app", 0o755, &program)
                .file("/bin/dash", 0o755, b"x")
                .symlink("/bin/sh", "dash")
        })
        .level(Level::Balanced)
        .read("/usr/bin/app")
        .kept_files();
        assert_eq!(kept, ["/bin/dash", "/bin/sh", "/usr/bin/app"]);
    }
}
