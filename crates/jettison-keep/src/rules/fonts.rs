//! Fonts stay where the program showed that it draws text.

use std::collections::BTreeSet;

use jettison_rootfs::PathId;

use super::code_commands;
use crate::{Level, Rule, Scene, Wants, code_words, family, rule::Page, subtree::Subtree};

/// Keeps fonts and fontconfig's configuration.
pub(super) struct Fonts;

/// Where fonts and what describes them are (fonts.conf(5)).
const DIRECTORIES: [&str; 5] = [
    "/etc/fonts",
    "/usr/share/fontconfig",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/var/cache/fontconfig",
];

/// Fonts are kept whole up to here; a family for every script of the world has several hundred MB, of which then only
/// directories stay from which one font was used.
const WHOLE_BYTES: u64 = 32 << 20;

/// Beside the library that finds fonts, these many bytes of fonts are kept though none was used: a distribution's default
/// family has 3 MB.
const DEFAULT_BYTES: u64 = 8 << 20;

/// Programs that lay out others' documents: which fonts those need nobody knows beforehand, and whoever installed more than
/// the default family did so for them.
const RENDERERS: [&str; 8] = [
    "chromium",
    "chrome",
    "google-chrome",
    "firefox",
    "firefox-esr",
    "soffice",
    "wkhtmltopdf",
    "inkscape",
];

/// Bytes of fonts that are kept beside one of those; Noto's for Chinese, Japanese and Korean have 90 MB.
const RENDERERS_BYTES: u64 = 128 << 20;

/// Endings of files that hold fonts.
const FONTS: [&[u8]; 5] = [b".ttf", b".otf", b".ttc", b".pfb", b".afm"];
/// Longest source text that is searched for the names of fonts.
const SOURCE_BYTES: u64 = 8 << 20;

impl Rule for Fonts {
    fn name(&self) -> &'static str {
        "fonts"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "/etc/fonts, /usr/share/fonts and fontconfig's cache once one of them was touched: all up to 32 MB, beyond \
                   that the directories from which a font was used. The files of fonts that the application's code names. Up to 8 MB of them beside a kept libfontconfig, \
                   128 MB beside a browser or an office program.",
            why: "Which font a text needs depends on the text. A missing one shows as boxes, not as an error.",
            instead: "--no-rule fonts, or --include-path for just the fonts you know.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        if code_words::is_source(scene.tree.name(path)) && code_commands::is_own(scene, path) {
            want_named(scene, path, wants);
        }
        let tree = scene.tree;
        let mut left = if family::is_library(tree.name(path), &["libfontconfig"]) {
            DEFAULT_BYTES
        } else if tree.inode(path).is_executable()
            && family::is_program(tree.name(path), &RENDERERS)
        {
            RENDERERS_BYTES
        } else {
            return;
        };
        let found = DIRECTORIES.iter().filter_map(|directory| scene.find(directory));
        // Directories of fonts are families: as many as fit, small ones first.
        let mut families: Vec<(u64, PathId)> = found
            .flat_map(|top| tree.descendants(top).chain([top]))
            .filter(|&path| tree.inode(path).is_directory())
            .map(|directory| {
                let files = tree.children(directory).map(|child| tree.inode(child));
                (files.filter(|file| file.is_file()).map(|file| file.size).sum(), directory)
            })
            .collect();
        families.sort_unstable();
        for (bytes, directory) in families {
            let Some(rest) = left.checked_sub(bytes) else { return };
            left = rest;
            for file in tree.children(directory).filter(|&child| !tree.inode(child).is_directory())
            {
                wants.want_for(file, path, "found by");
            }
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        let found: Vec<PathId> =
            DIRECTORIES.iter().filter_map(|directory| scene.find(directory)).collect();
        let is_touched = |path: PathId| !scene.evidence.touches(path).is_empty();
        if !found.iter().any(|&directory| {
            is_touched(directory) || scene.tree.descendants(directory).any(is_touched)
        }) {
            return;
        }
        for directory in found {
            let is_whole = scene.bytes_below(directory, WHOLE_BYTES) <= WHOLE_BYTES;
            let admits = |path: PathId| {
                is_whole
                    || scene.tree.inode(path).is_directory()
                    || scene
                        .tree
                        .children(scene.tree.parent(path))
                        .any(|font| scene.tree.inode(font).is_file() && is_touched(font))
            };
            wants.want_below(
                scene,
                Subtree { directory, by: None, because: "a font, as others were used" },
                admits,
            );
        }
    }
}

/// Wants the fonts whose files a source text names, with a directory or, as Pillow and ReportLab find them, without.
fn want_named(scene: &Scene<'_>, source: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let text = scene.contents(source, SOURCE_BYTES).unwrap_or_default();
    let names: BTreeSet<&[u8]> = FONTS
        .iter()
        .flat_map(|ending| {
            memchr::memmem::find_iter(&text, ending).map(|at| {
                let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_. ".contains(byte);
                let start = text[..at].iter().rposition(|byte| !is_name(byte));
                &text[start.map_or(0, |before| before + 1)..at + ending.len()]
            })
        })
        .filter(|name| name.len() > ".ttf".len())
        .collect();
    if names.is_empty() {
        return;
    }
    for directory in DIRECTORIES.iter().filter_map(|directory| scene.find(directory)) {
        for font in tree.descendants(directory).filter(|&font| names.contains(tree.name(font))) {
            wants.want_resolved(scene, &tree.path(font), Some(source), "a font named by");
        }
    }
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use crate::{Level, rules::fixture::Stage};

    fn image(tree: TreeBuilder) -> TreeBuilder {
        tree.file("/etc/fonts/fonts.conf", 0o644, b"x")
            .file("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 0o644, b"x")
            .file("/usr/bin/app", 0o755, b"x")
    }

    #[test]
    fn fonts_stay_once_they_are_used() {
        let kept =
            Stage::new(image).level(Level::Balanced).read("/etc/fonts/fonts.conf").kept_files();
        assert_eq!(
            kept,
            ["/etc/fonts/fonts.conf", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"]
        );
        let kept = Stage::new(image).level(Level::Balanced).read("/usr/bin/app").kept_files();
        assert_eq!(kept, ["/usr/bin/app"]);
    }

    #[test]
    fn default_fonts_stay_beside_the_library_that_finds_them() {
        let kept = Stage::new(|tree| image(tree).file("/usr/lib/libfontconfig.so.1", 0o644, b"x"))
            .level(Level::Balanced)
            .read("/usr/lib/libfontconfig.so.1")
            .kept_files();
        assert!(
            kept.contains(&"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf".to_owned()),
            "{kept:?}"
        );
    }

    #[test]
    fn a_browser_has_all_fonts_that_fit() {
        let kept = |program: &str| {
            Stage::new(|tree| {
                image(tree)
                    .file("/usr/share/fonts/cjk/a.ttc", 0o644, &vec![0; 33 << 20])
                    .file("/usr/share/fonts/world/a.ttc", 0o644, &vec![0; 100 << 20])
                    .file(program, 0o755, b"x")
            })
            .level(Level::Balanced)
            .read(program)
            .kept_files()
        };
        let fonts = kept("/usr/bin/chromium");
        assert!(fonts.contains(&"/usr/share/fonts/cjk/a.ttc".to_owned()), "{fonts:?}");
        assert!(!fonts.contains(&"/usr/share/fonts/world/a.ttc".to_owned()), "{fonts:?}");
        assert_eq!(kept("/usr/bin/other"), ["/usr/bin/other"]);
    }

    #[test]
    fn of_very_many_fonts_only_the_used_directories_stay() {
        let big = vec![0; 33 << 20];
        let kept = Stage::new(|tree| {
            image(tree).file("/usr/share/fonts/cjk/a.ttc", 0o644, &big).file(
                "/usr/share/fonts/cjk/b.ttc",
                0o644,
                b"x",
            )
        })
        .level(Level::Balanced)
        .read("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
        .kept_files();
        assert_eq!(
            kept,
            ["/etc/fonts/fonts.conf", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"]
        );
    }

    #[test]
    fn fonts_that_code_names_stay() {
        let kept = |text: &[u8]| {
            Stage::new(|tree| image(tree).file("/srv/app.py", 0o644, text))
                .level(Level::Balanced)
                .read("/srv/app.py")
                .kept_files()
        };
        let font = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf".to_owned();
        assert!(kept(b"ImageFont.truetype(\"DejaVuSans.ttf\", 12)").contains(&font));
        assert!(!kept(b"ImageFont.truetype(\"Other.ttf\", 12)").contains(&font));
    }
}
