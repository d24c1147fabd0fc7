//! What an ELF file cannot be loaded without stays: its interpreter and the libraries it names.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId};

use crate::{
    Level, Rule, Scene, Wants,
    elf::{self, ElfFacts},
    rule::Page,
};

/// Keeps `PT_INTERP` and `DT_NEEDED` of every kept ELF file, found as the loader finds them.
pub(super) struct Libraries;

/// Where loaders search last: glibc's and musl's defaults, and the multiarch directories that distributions build in
/// (ld.so(8); musl ldso/dynlink.c).
const DEFAULT_DIRECTORIES: [&str; 5] =
    ["/lib64", "/usr/lib64", "/lib", "/usr/local/lib", "/usr/lib"];

/// Files of `ld.so.conf` that one `include` may bring in; real images have under ten.
const CONF_FILES: usize = 256;
/// Longest configuration that is read, in bytes; real ones have some hundred.
const CONF_BYTES: u64 = 64 << 10;

impl Rule for Libraries {
    fn name(&self) -> &'static str {
        "elf"
    }

    fn level(&self) -> Level {
        Level::Minimal
    }

    fn page(&self) -> Page {
        Page {
            what: "For each kept ELF file the interpreter (PT_INTERP) and the libraries (DT_NEEDED) it names, found by \
                   RUNPATH, LD_LIBRARY_PATH, ld.so.conf and the default directories, and the links that lead there.",
            why: "The loader refuses to start a program of which one library is missing.",
            instead: "Do not keep the file that needs them.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        if inode.kind != Kind::File || inode.size == 0 {
            return;
        }
        let Some(facts) = elf::facts(scene.tree, scene.tree.inode_id(path)) else { return };
        if let Some(interpreter) = &facts.interpreter {
            wants.want_resolved(scene, interpreter, Some(path), "the ELF interpreter of");
        }
        if facts.needed.is_empty() {
            return;
        }
        let directories = directories(scene, path, &facts);
        for name in &facts.needed {
            if let Some(found) = locate(scene, &directories, name, facts.bits) {
                wants.want_resolved(scene, &found, Some(path), "needed by");
            }
        }
    }
}

/// The path at which the loader finds a library, links not yet followed.
pub(super) fn locate(
    scene: &Scene<'_>,
    directories: &[Vec<u8>],
    name: &[u8],
    bits: u8,
) -> Option<Vec<u8>> {
    if name.contains(&b'/') {
        return Some(name.to_vec());
    }
    directories.iter().map(|directory| [directory, &b"/"[..], name].concat()).find(|candidate| {
        scene.find(candidate).is_some_and(|found| {
            elf::facts(scene.tree, scene.tree.inode_id(found))
                .is_some_and(|facts| facts.bits == bits)
        })
    })
}

/// The directories the loader searches for what `path` needs, in its order.
pub(super) fn directories(scene: &Scene<'_>, path: PathId, facts: &ElfFacts) -> Vec<Vec<u8>> {
    let origin = scene.tree.path(scene.tree.parent(path));
    let mut list: Vec<Vec<u8>> =
        facts.runpath.iter().map(|entry| replace_origin(entry, &origin)).collect();
    if let Some(value) = scene.contract.env.get("LD_LIBRARY_PATH") {
        list.extend(
            value
                .split([':', ';'])
                .filter(|entry| !entry.is_empty())
                .map(|entry| entry.as_bytes().to_vec()),
        );
    }
    list.extend(system_directories(scene));
    // A library that nothing configured names is found where its user lies: bundled libraries without a RUNPATH of
    // their own are loaded by one that has it.
    list.push(origin);
    list
}

/// The directories in which every program's libraries are looked for, configured ones first.
pub(super) fn system_directories(scene: &Scene<'_>) -> Vec<Vec<u8>> {
    let mut list: Vec<Vec<u8>> = configured(scene).into_iter().collect();
    list.extend(DEFAULT_DIRECTORIES.iter().map(|directory| directory.as_bytes().to_vec()));
    list.extend(multiarch(scene));
    list
}

fn replace_origin(entry: &[u8], origin: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(entry);
    let origin = String::from_utf8_lossy(origin);
    text.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin).into_bytes()
}

/// Directories named by `/etc/ld.so.conf` and the files it includes, and by musl's path file.
fn configured(scene: &Scene<'_>) -> BTreeSet<Vec<u8>> {
    let mut found = BTreeSet::new();
    let mut files = vec![b"/etc/ld.so.conf".to_vec()];
    if let Some(etc) = scene.find("/etc") {
        let is_musl = |name: &[u8]| name.starts_with(b"ld-musl-") && name.ends_with(b".path");
        files.extend(
            scene
                .tree
                .children(etc)
                .filter(|&child| is_musl(scene.tree.name(child)))
                .map(|path| scene.tree.path(path)),
        );
        if let Some(parts) = scene.find("/etc/ld.so.conf.d") {
            files.extend(
                scene.tree.children(parts).take(CONF_FILES).map(|path| scene.tree.path(path)),
            );
        }
    }
    for file in files {
        let Some(path) = scene.find(&file) else { continue };
        let Ok(text) = scene.tree.read_all(scene.tree.inode_id(path), CONF_BYTES) else { continue };
        let words = text.split(|byte| matches!(byte, b'\n' | b':' | b' ' | b'\t'));
        found.extend(words.filter(|word| word.starts_with(b"/")).map(<[u8]>::to_vec));
    }
    found
}

/// `/lib/x86_64-linux-gnu` and its like, as far as the image has them.
fn multiarch(scene: &Scene<'_>) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for base in ["/lib", "/usr/lib"] {
        let Some(directory) = scene.find(base) else { continue };
        let is_triplet = |name: &[u8]| name.windows(7).any(|part| part == b"-linux-");
        found.extend(
            scene
                .tree
                .children(directory)
                .filter(|&child| is_triplet(scene.tree.name(child)))
                .map(|path| scene.tree.path(path)),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{Stage, elf_file};

    #[test]
    fn interpreter_and_libraries_stay_with_their_links() {
        let program = elf_file(Some("/lib64/ld.so"), &["libone.so.1"], None);
        let one = elf_file(None, &["libtwo.so"], None);
        let plain = elf_file(None, &[], None);
        let kept = Stage::new(|tree| {
            tree.file("/bin/app", 0o755, &program)
                .symlink("/lib64/ld.so", "/lib/real-ld.so")
                .file("/lib/real-ld.so", 0o755, &plain)
                .file("/usr/lib/libone.so.1.2", 0o644, &one)
                .symlink("/usr/lib/libone.so.1", "libone.so.1.2")
                .file("/usr/lib/x86_64-linux-gnu/libtwo.so", 0o644, &plain)
                .file("/usr/lib/libthree.so", 0o644, &plain)
        })
        .read("/bin/app")
        .kept_files();
        assert_eq!(
            kept,
            [
                "/bin/app",
                "/lib/real-ld.so",
                "/lib64/ld.so",
                "/usr/lib/libone.so.1",
                "/usr/lib/libone.so.1.2",
                "/usr/lib/x86_64-linux-gnu/libtwo.so"
            ]
        );
    }

    #[test]
    fn origin_and_configuration_are_searched() {
        let program = elf_file(None, &["liba.so", "libb.so"], Some("$ORIGIN/../private"));
        let plain = elf_file(None, &[], None);
        let kept = Stage::new(|tree| {
            tree.file("/opt/app/bin/app", 0o755, &program)
                .file("/opt/app/private/liba.so", 0o644, &plain)
                .file("/etc/ld.so.conf.d/x.conf", 0o644, b"# comment\n/opt/libs\n")
                .file("/opt/libs/libb.so", 0o644, &plain)
        })
        .read("/opt/app/bin/app")
        .kept_files();
        assert_eq!(kept, ["/opt/app/bin/app", "/opt/app/private/liba.so", "/opt/libs/libb.so"]);
    }

    #[test]
    fn broken_elf_files_are_passed_over() {
        let mut program = elf_file(Some("/lib/ld.so"), &["liba.so"], None);
        for length in [5, 40, 64, 100, program.len() - 1] {
            program.truncate(length.max(5));
            let kept =
                Stage::new(|tree| tree.file("/app", 0o755, &program)).read("/app").kept_files();
            assert_eq!(kept, ["/app"]);
        }
    }
}
