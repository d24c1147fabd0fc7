//! Data files of which a package has one per language, and what to do where they are most of what it weighs.
//!
//! A program may be asked for any language, so a small family stays whole. A large one (CLDR data has a thousand locales)
//! stays in the languages that most users ask for, in those that were used, and in those that the environment names.

use std::collections::{BTreeMap, BTreeSet};

use jettison_rootfs::{Kind, PathId, Tree};

use crate::Scene;

/// Families up to this size stay whole, in bytes: about what five common languages of full CLDR data take.
const FAMILY_BYTES: u64 = 8 << 20;

/// Fewer files of one kind in a directory are no family.
const FAMILY_FILES: usize = 100;

/// Languages (ISO 639) of at least 0.5 % of web pages (W3Techs, 2025) or with more than 300 million speakers (Ethnologue,
/// 2025).
const COMMON: [&str; 24] = [
    "ar", "cs", "de", "el", "en", "es", "fa", "fr", "hi", "hu", "id", "it", "ja", "ko", "nl", "pl",
    "pt", "ro", "ru", "sv", "tr", "uk", "vi", "zh",
];

/// Variables that name a locale (locale(7), gettext(1)).
const VARIABLES: [&str; 4] = ["LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES"];

/// Those of the files that are data of a rare language in a large family.
pub(crate) fn rare(scene: &Scene<'_>, files: &[PathId]) -> BTreeSet<PathId> {
    let tree = scene.tree;
    let mut families: BTreeMap<(PathId, &[u8]), Vec<PathId>> = BTreeMap::new();
    for &file in files.iter().filter(|&&file| tree.inode(file).kind == Kind::File) {
        families.entry((tree.parent(file), ending(tree.name(file)))).or_default().push(file);
    }
    let mut found = BTreeSet::new();
    for family in families.into_values().filter(|family| is_large(tree, family)) {
        let wanted = wanted(scene, &family);
        found.extend(
            family.into_iter().filter(|&file| {
                language(tree.name(file)).is_some_and(|name| !wanted.contains(name))
            }),
        );
    }
    found
}

/// Whether most files are named by a language, and together they are large.
fn is_large(tree: &Tree, family: &[PathId]) -> bool {
    let named = family.iter().filter(|&&file| language(tree.name(file)).is_some()).count();
    let bytes: u64 = family.iter().map(|&file| tree.inode(file).size).sum();
    family.len() >= FAMILY_FILES && named * 10 >= family.len() * 9 && bytes > FAMILY_BYTES
}

/// The languages that stay.
fn wanted<'a>(scene: &'a Scene<'_>, family: &[PathId]) -> BTreeSet<&'a [u8]> {
    let touched = family.iter().filter(|&&file| !scene.evidence.touches(file).is_empty());
    let used = touched.filter_map(|&file| language(scene.tree.name(file)));
    let values = VARIABLES.iter().filter_map(|name| scene.contract.env.get(*name));
    let named =
        values.flat_map(|value| value.split(':')).filter_map(|value| language(value.as_bytes()));
    COMMON.iter().map(|name| name.as_bytes()).chain(used).chain(named).collect()
}

/// `pt` of `pt_BR.dat`, `pt-BR.json`, `pt.mo`; nothing for names of another shape.
fn language(name: &[u8]) -> Option<&[u8]> {
    let end = name
        .iter()
        .position(|byte| matches!(byte, b'_' | b'-' | b'.' | b'@'))
        .unwrap_or(name.len());
    let word = &name[..end];
    ((2..=3).contains(&word.len()) && word.iter().all(u8::is_ascii_lowercase)).then_some(word)
}

fn ending(name: &[u8]) -> &[u8] {
    name.iter().rposition(|&byte| byte == b'.').map_or(b"", |dot| &name[dot..])
}

#[cfg(test)]
mod tests {
    #[test]
    fn languages_are_read_from_names() {
        for (name, expected) in [
            ("pt_BR.dat", Some("pt")),
            ("zh-Hans-CN.json", Some("zh")),
            ("fil.dat", Some("fil")),
            ("de_DE.UTF-8", Some("de")),
            ("root.dat", None),
            ("Makefile", None),
            ("C.UTF-8", None),
        ] {
            assert_eq!(super::language(name.as_bytes()), expected.map(str::as_bytes), "{name}");
        }
    }
}
