//! glibc's character set converters stay where iconv is used.

use jettison_rootfs::{Kind, PathId};

use crate::{Level, Rule, Scene, Wants, elf, rule::Page, subtree::Subtree};

/// Keeps gconv modules.
pub(super) struct Gconv;

/// Converters that programs with iconv are kept with though none was touched: the forms of Unicode, and the character
/// sets that more than one in a thousand web pages or mails still has. Together about 0.9 MB; all 250 have 8 MB.
const COMMON: [&str; 17] = [
    "UNICODE",
    "UTF-16",
    "UTF-32",
    "UTF-7",
    "ISO8859-1",
    "ISO8859-2",
    "ISO8859-9",
    "ISO8859-15",
    "CP1250",
    "CP1251",
    "CP1252",
    "KOI8-R",
    "SJIS",
    "EUC-JP",
    "EUC-KR",
    "GBK",
    "BIG5",
];
/// What finds a converter by the name of a character set.
const INDEX: [&str; 3] = ["gconv-modules", "gconv-modules.cache", "gconv-modules.d"];

impl Rule for Gconv {
    fn name(&self) -> &'static str {
        "gconv"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "glibc's gconv directory: all of it once a converter was loaded or the iconv command is kept; its index and \
                   the converters of the most common character sets where a kept program or library calls iconv_open.",
            why: "iconv_open fails with EINVAL, as if the character set did not exist, when its converter is missing: seen \
                  only when a text in that character set arrives.",
            instead: "--no-rule gconv for programs that see UTF-8 only; --include-path for rare character sets.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        if inode.kind != Kind::File {
            return;
        }
        let name = scene.tree.name(path);
        let parent = scene.tree.parent(path);
        let is_touched = !scene.evidence.touches(path).is_empty();
        if name.ends_with(b".so") && scene.tree.name(parent) == b"gconv" && is_touched {
            wants.want_below(
                scene,
                Subtree { directory: parent, by: Some(path), because: "beside" },
                |_| true,
            );
            return;
        }
        // The C++ library offers conversions to programs that ask for a named locale, which hardly any does.
        if name.starts_with(b"libc.so") || name.starts_with(b"libstdc++.so") {
            return;
        }
        let id = scene.tree.inode_id(path);
        let Some(facts) = elf::facts(scene.tree, id) else { return };
        if elf::mentions(scene.tree, id, &facts, &["iconv_open"]).is_empty() {
            return;
        }
        let is_command = name == b"iconv";
        for directory in directories(scene) {
            let admits = |child: PathId| {
                let name = scene.tree.name(child);
                let stem = name.strip_suffix(b".so").unwrap_or_default();
                is_command
                    || INDEX.iter().any(|index| index.as_bytes() == name)
                    || scene.tree.parent(child) != directory
                    || COMMON.iter().any(|common| common.as_bytes() == stem)
            };
            wants.want_below(
                scene,
                Subtree { directory, by: Some(path), because: "a converter for" },
                admits,
            );
        }
    }
}

/// `gconv` below the library directories, multiarch ones included.
fn directories(scene: &Scene<'_>) -> Vec<PathId> {
    super::libraries::system_directories(scene)
        .into_iter()
        .filter_map(|directory| scene.find([&directory[..], b"/gconv"].concat()))
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::{
        Level,
        rules::fixture::{Stage, elf_file},
    };

    fn stage() -> Stage {
        // The fixture's strings are those of its dynamic section, where symbol names are too.
        let converter = elf_file(None, &["iconv_open"], None);
        let other = elf_file(None, &["iconv_opener"], None);
        Stage::new(|tree| {
            tree.file("/usr/bin/app", 0o755, &converter)
                .file("/usr/bin/iconv", 0o755, &converter)
                .file("/usr/bin/other", 0o755, &other)
                .file("/usr/lib/x86_64-linux-gnu/gconv/UTF-16.so", 0o644, b"x")
                .file("/usr/lib/x86_64-linux-gnu/gconv/IBM1047.so", 0o644, b"x")
                .file("/usr/lib/x86_64-linux-gnu/gconv/gconv-modules", 0o644, b"x")
                .file("/usr/lib/x86_64-linux-gnu/gconv/gconv-modules.d/extra.conf", 0o644, b"x")
        })
        .level(Level::Balanced)
    }

    #[test]
    fn a_caller_of_iconv_has_the_common_converters() {
        let gconv = "/usr/lib/x86_64-linux-gnu/gconv";
        assert_eq!(
            stage().read("/usr/bin/app").kept_files(),
            [
                "/usr/bin/app".to_owned(),
                format!("{gconv}/UTF-16.so"),
                format!("{gconv}/gconv-modules"),
                format!("{gconv}/gconv-modules.d/extra.conf")
            ]
        );
        assert_eq!(stage().read("/usr/bin/other").kept_files(), ["/usr/bin/other"]);
    }

    #[test]
    fn a_used_converter_and_the_command_bring_all() {
        let rare = "/usr/lib/x86_64-linux-gnu/gconv/IBM1047.so".to_owned();
        let converter = "/usr/lib/x86_64-linux-gnu/gconv/UTF-16.so";
        assert!(stage().read(converter).kept_files().contains(&rare));
        assert!(stage().read("/usr/bin/iconv").kept_files().contains(&rare));
    }
}
