//! The locales that were used, and those that the environment names, stay.

use std::collections::BTreeSet;

use jettison_rootfs::PathId;

use crate::{Level, Rule, Scene, Wants, rule::Page, subtree::Subtree};

/// Keeps locale data and message catalogues.
pub(super) struct Locale;

/// Variables that name a locale (locale(7), gettext(1)).
const VARIABLES: [&str; 15] = [
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_COLLATE",
    "LC_MESSAGES",
    "LC_MONETARY",
    "LC_NUMERIC",
    "LC_TIME",
    "LC_NAME",
    "LC_PAPER",
    "LC_ADDRESS",
    "LC_TELEPHONE",
    "LC_MEASUREMENT",
    "LC_IDENTIFICATION",
];
/// Where glibc (locale(7)) and musl-locales look for a locale.
const LOCALES: [&str; 3] = ["/usr/lib/locale", "/usr/lib64/locale", "/usr/share/i18n/locales/musl"];
/// Where gettext looks for translated messages.
const MESSAGES: &str = "/usr/share/locale";

/// An archive that is no larger than this holds what somebody chose, some 3 MB each; all locales have 220 MB.
const ARCHIVE_BYTES: u64 = 16 << 20;
/// A longer list of locales is not read; Debian's, with all of them, has 10 KB.
const LIST_BYTES: u64 = 1 << 20;

impl Rule for Locale {
    fn name(&self) -> &'static str {
        "locale"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Below /usr/lib/locale: every locale of which a file was touched, those that LANG and its like name, \
                   and the archive that holds them, or those that locale-gen was told to make; the messages of /usr/share/locale in the languages they name.",
            why: "A program that opens one category of a locale opens the others when it formats a date, a number or a name.",
            instead: "--no-rule locale, for programs that speak no language.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        let named = named(scene);
        let generated = generated(scene);
        for base in LOCALES {
            let Some(directory) = scene.find(base) else { continue };
            let is_archive = |name: &[u8]| {
                name == b"locale-archive"
                    && named.iter().chain(&generated).any(|locale| !is_plain(locale))
            };
            for locale in scene.tree.children(directory) {
                let name = scene.tree.name(locale);
                let is_small = scene.tree.inode(locale).size <= ARCHIVE_BYTES;
                if is_archive(name) && (is_small || !named.is_empty())
                    || named.contains(&normal(name))
                {
                    want_locale(scene, locale, None, wants);
                }
            }
        }
        for language in languages(&generated) {
            let path = format!("{MESSAGES}/{language}/LC_MESSAGES/libc.mo");
            wants.want_resolved(
                scene,
                path.as_bytes(),
                None,
                "messages in a language that was made for the image",
            );
        }
        for language in languages(&named) {
            let path = format!("{MESSAGES}/{language}");
            if let Some(directory) = scene.find(&path) {
                wants.want_below(
                    scene,
                    Subtree { directory, by: None, because: "a message in the image's language" },
                    |_| true,
                );
            }
        }
        if !named.is_empty() {
            wants.want_resolved(scene, b"/usr/share/locale/locale.alias", None, "names of locales");
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let parent = scene.tree.parent(path);
        if scene.tree.name(parent) == b"locale"
            && scene.tree.inode(path).is_directory()
            && LOCALES.iter().any(|base| scene.tree.path(parent) == base.as_bytes())
        {
            want_locale(scene, path, Some(path), wants);
        }
    }
}

fn want_locale(scene: &Scene<'_>, locale: PathId, by: Option<PathId>, wants: &mut Wants) {
    wants.want(locale, "a locale");
    wants.want_below(scene, Subtree { directory: locale, by, because: "part of a locale" }, |_| {
        true
    });
}

/// The locales that somebody had made for this image, in normal form: what `/etc/locale.gen` lists (locale-gen(8)).
fn generated(scene: &Scene<'_>) -> BTreeSet<String> {
    let text = scene.find("/etc/locale.gen").and_then(|file| scene.contents(file, LIST_BYTES));
    let text = text.unwrap_or_default();
    String::from_utf8_lossy(&text)
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_whitespace().next())
        .map(|locale| normal(locale.as_bytes()))
        .collect()
}

/// The locales that the environment names, in normal form.
fn named(scene: &Scene<'_>) -> BTreeSet<String> {
    let values = VARIABLES.iter().filter_map(|name| scene.contract.env.get(*name));
    values
        .flat_map(|value| value.split(':'))
        .filter(|value| !value.is_empty())
        .map(|value| normal(value.as_bytes()))
        .collect()
}

/// glibc's normal form: the code set in lower case without punctuation (`en_US.UTF-8` is `en_us.utf8`); all in lower case.
fn normal(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name).to_lowercase();
    match name.split_once('.') {
        Some((language, codeset)) => format!("{language}.{}", codeset.replace('-', "")),
        None => name,
    }
}

fn is_plain(locale: &str) -> bool {
    matches!(locale, "c" | "posix" | "c.utf8")
}

/// `de_DE` and `de` of `de_DE.UTF-8@euro`, as directories below `/usr/share/locale` are named.
fn languages(named: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for locale in named.iter().filter(|locale| !is_plain(locale)) {
        let locale = locale.split(['.', '@']).next().unwrap_or_default();
        let (language, country) = locale.split_once('_').unwrap_or((locale, ""));
        found.insert(language.to_owned());
        found.insert(format!("{language}_{}", country.to_uppercase()));
    }
    found
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use crate::{Level, rules::fixture::Stage};

    fn image(tree: TreeBuilder) -> TreeBuilder {
        tree.file("/usr/lib/locale/C.utf8/LC_CTYPE", 0o644, b"x")
            .file("/usr/lib/locale/de_DE.utf8/LC_TIME", 0o644, b"x")
            .file("/usr/lib/locale/de_DE.utf8/LC_MESSAGES/SYS_LC_MESSAGES", 0o644, b"x")
            .file("/usr/lib/locale/fr_FR.utf8/LC_TIME", 0o644, b"x")
            .file("/usr/lib/locale/locale-archive", 0o644, b"x")
            .file("/usr/share/locale/de/LC_MESSAGES/bash.mo", 0o644, b"x")
            .file("/usr/share/locale/fr/LC_MESSAGES/bash.mo", 0o644, b"x")
    }

    #[test]
    fn the_environments_locale_stays() {
        let kept = Stage::new(image).level(Level::Balanced).env("LANG", "de_DE.UTF-8").kept_files();
        assert_eq!(
            kept,
            [
                "/usr/lib/locale/de_DE.utf8/LC_MESSAGES/SYS_LC_MESSAGES",
                "/usr/lib/locale/de_DE.utf8/LC_TIME",
                "/usr/lib/locale/locale-archive",
                "/usr/share/locale/de/LC_MESSAGES/bash.mo"
            ]
        );
    }

    #[test]
    fn locales_that_were_made_for_the_image_stay() {
        let kept = Stage::new(|tree| {
            image(tree)
                .file("/etc/locale.gen", 0o644, b"# fr_FR.UTF-8 UTF-8\nde_DE.UTF-8 UTF-8\n")
                .file("/usr/share/locale/de/LC_MESSAGES/libc.mo", 0o644, b"x")
        })
        .level(Level::Balanced)
        .kept_files();
        let expected =
            ["/usr/lib/locale/locale-archive", "/usr/share/locale/de/LC_MESSAGES/libc.mo"];
        assert_eq!(kept, expected);
    }

    #[test]
    fn a_touched_locale_stays_whole() {
        let kept = Stage::new(image)
            .level(Level::Balanced)
            .read("/usr/lib/locale/fr_FR.utf8/LC_TIME")
            .kept_files();
        assert_eq!(kept, ["/usr/lib/locale/fr_FR.utf8/LC_TIME"]);
        let kept = Stage::new(image)
            .level(Level::Balanced)
            .read("/usr/lib/locale/de_DE.utf8/LC_TIME")
            .kept_files();
        assert!(
            kept.contains(&"/usr/lib/locale/de_DE.utf8/LC_MESSAGES/SYS_LC_MESSAGES".to_owned()),
            "{kept:?}"
        );
    }
}
