//! PHP's extensions, settings and Composer's packages stay.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId};
use serde_json::Value;

use crate::{Level, Rule, Scene, Wants, ballast, family, rule::Page, subtree::Subtree};

/// Keeps what PHP loads by its settings and its autoloader.
pub(super) struct Php;

/// Names of PHP's programs and of the module for web servers.
const PROGRAMS: [&str; 4] = ["php", "php-fpm", "php-cgi", "phpdbg"];
const LIBRARIES: [&str; 2] = ["libphp", "libphp8"];

/// Settings of Debian, of PHP's own images, of Red Hat and Alpine.
const SETTINGS: [&str; 8] = [
    "/etc/php",
    "/usr/local/etc/php",
    "/usr/local/etc/php-fpm.d",
    "/usr/local/etc/php-fpm.conf",
    "/etc/php.d",
    "/etc/php.ini",
    "/etc/php-fpm.d",
    "/etc/php-fpm.conf",
];
/// Directories with extensions in them, or in one more directory named after the version of the interface.
const EXTENSIONS: [&str; 5] = [
    "/usr/lib/php",
    "/usr/local/lib/php/extensions",
    "/usr/lib64/php/modules",
    "/usr/lib/php8/modules",
    "/usr/lib/php83/modules",
];

/// Where PHP looks for libraries that are shared by applications (`include_path`).
const SHARED: [&str; 3] = ["/usr/share/php", "/usr/share/pear", "/usr/local/lib/php"];
/// Longest source that is read for what it includes.
const SOURCE_BYTES: u64 = 1 << 20;

/// Longest file of settings that is read; php.ini has 75 KB, most of it comments.
const SETTINGS_BYTES: u64 = 1 << 20;
/// Longest installed.json that is read; one with 200 packages has 600 KB.
const JSON_BYTES: u64 = 16 << 20;

impl Rule for Php {
    fn name(&self) -> &'static str {
        "php"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "With a kept PHP: its settings, and the extensions they load; with one inside a web server also the command php. With a kept autoload.php of Composer: every installed \
                   package that is not for developers, without tests and documents. Files that \
                   kept code includes by name. Of PHP's shared libraries (PEAR), each directory of which a file was touched.",
            why: "Every worker reads the settings anew when it starts; migrations, queues and consoles are run with php in the \
                  container; the autoloader opens a class's file when the class is \
                  first used.",
            instead: "Install with `composer install --no-dev`.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        if inode.kind != Kind::File {
            return;
        }
        let name = scene.tree.name(path);
        let is_php = (inode.is_executable() && family::is_program(name, &PROGRAMS))
            || family::is_library(name, &LIBRARIES);
        let is_server = is_server_module(name) || family::is_program(name, &["php-fpm"]);
        if is_server && let Some(command) = scene.command("php") {
            let full = scene.tree.path(command);
            wants.want_resolved(scene, &full, Some(path), "the command line of");
        }
        if is_php || is_server_module(name) {
            want_settings(scene, path, wants);
        } else if name.ends_with(b".php") {
            let installed = scene.find_from(scene.tree.parent(path), b"composer/installed.json");
            if let Some(installed) = installed.filter(|_| name == b"autoload.php") {
                want_installed(scene, path, installed, wants);
            }
            want_shared(scene, path, wants);
            want_included(scene, path, wants);
        }
    }
}

/// `libphp8.2.so`, `mod_php.so`: PHP as a module of a web server.
fn is_server_module(name: &[u8]) -> bool {
    (name.starts_with(b"libphp") || name.starts_with(b"mod_php")) && name.ends_with(b".so")
}

fn want_settings(scene: &Scene<'_>, by: PathId, wants: &mut Wants) {
    let mut named = BTreeSet::new();
    let mut directories = BTreeSet::new();
    for place in SETTINGS {
        let Some(found) = scene.find(place) else { continue };
        wants.want_resolved(scene, place.as_bytes(), Some(by), "settings of");
        wants.want_below(
            scene,
            Subtree { directory: found, by: Some(by), because: "settings of" },
            |_| true,
        );
        for file in scene.tree.descendants(found).chain([found]) {
            // Settings are often links to where their package keeps them.
            let Some(file) = scene.find(scene.tree.path(file)) else { continue };
            let text = scene.contents(file, SETTINGS_BYTES).unwrap_or_default();
            loaded(&String::from_utf8_lossy(&text), &mut named, &mut directories);
        }
    }
    for place in EXTENSIONS {
        let Some(found) = scene.find(place) else { continue };
        directories.insert(place.to_owned());
        let versions =
            scene.tree.children(found).filter(|&child| scene.tree.inode(child).is_directory());
        directories.extend(versions.map(|version| scene.show(version)));
    }
    for directory in &directories {
        for name in &named {
            for file in [format!("{directory}/{name}"), format!("{directory}/{name}.so")] {
                wants.want_resolved(
                    scene,
                    file.as_bytes(),
                    Some(by),
                    "an extension that settings load into",
                );
            }
        }
    }
    for name in named.iter().filter(|name| name.starts_with('/')) {
        wants.want_resolved(
            scene,
            name.as_bytes(),
            Some(by),
            "an extension that settings load into",
        );
    }
}

/// Extensions, and directories of them, that a file of settings names.
fn loaded(text: &str, named: &mut BTreeSet<String>, directories: &mut BTreeSet<String>) {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with([';', '#']));
    for (key, value) in lines.filter_map(|line| line.split_once('=')) {
        let value = value.split(';').next().unwrap_or_default().trim().trim_matches('"').to_owned();
        match key.trim() {
            "extension" | "zend_extension" if !value.is_empty() => named.insert(value),
            "extension_dir" if value.starts_with('/') => directories.insert(value),
            _ => false,
        };
    }
}

/// The packages that Composer installed, but those for developers, and the autoloader's own files.
fn want_installed(scene: &Scene<'_>, autoload: PathId, installed: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let composer = tree.parent(installed);
    wants.want_below(
        scene,
        Subtree { directory: composer, by: Some(autoload), because: "the autoloader of" },
        |_| true,
    );
    let Some(json) = scene
        .contents(installed, JSON_BYTES)
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
    else {
        return;
    };
    let for_developers: BTreeSet<&str> = json["dev-package-names"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    // Composer 2 wraps the list in an object, Composer 1 does not.
    let list = json["packages"].as_array().or_else(|| json.as_array());
    for package in list.into_iter().flatten() {
        let Some(name) = package["name"].as_str().filter(|name| !for_developers.contains(name))
        else {
            continue;
        };
        let place =
            package["install-path"].as_str().map_or_else(|| format!("../{name}"), str::to_owned);
        let Some(home) = scene
            .find_from(composer, place.as_bytes())
            .filter(|&home| !tree.is_below(composer, home))
        else {
            continue;
        };
        let admits = |path: PathId| {
            let name = tree.name(path);
            match tree.inode(path).kind {
                Kind::Directory => {
                    tree.parent(path) != home || !ballast::is_directory(&name.to_ascii_lowercase())
                }
                _ => !ballast::is_file(name),
            }
        };
        wants.want_below(
            scene,
            Subtree { directory: home, by: Some(autoload), because: "a package that is loaded by" },
            admits,
        );
        want_declared(scene, autoload, home, &package["autoload"], wants);
    }
}

/// Files and directories that a package's autoload section names, whatever they are called.
fn want_declared(
    scene: &Scene<'_>,
    autoload: PathId,
    home: PathId,
    section: &Value,
    wants: &mut Wants,
) {
    let mut places = BTreeSet::new();
    collect(section, &mut places);
    for place in places.into_iter().filter(|place| !place.is_empty()) {
        let Some(found) = scene
            .find_from(home, place.as_bytes())
            .filter(|&found| scene.tree.is_below(found, home))
        else {
            continue;
        };
        wants.want_for(found, autoload, "a file that is loaded by");
        wants.want_below(
            scene,
            Subtree { directory: found, by: Some(autoload), because: "a class that is loaded by" },
            |path| !ballast::is_file(scene.tree.name(path)),
        );
    }
}

fn collect<'a>(value: &'a Value, places: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(place) => {
            places.insert(place);
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, places)),
        Value::Object(values) => values.values().for_each(|value| collect(value, places)),
        _ => {}
    }
}

/// Files that a source includes by a name in quotes, seen from its own directory and from where PHP looks for shared
/// libraries; of those, the library's directory.
fn want_included(scene: &Scene<'_>, source: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let text = scene.contents(source, SOURCE_BYTES).unwrap_or_default();
    let shared: Vec<PathId> = SHARED.iter().filter_map(|base| scene.find(base)).collect();
    for name in included(&String::from_utf8_lossy(&text)) {
        let beside = scene.find_from(tree.parent(source), name.as_bytes());
        let in_shared = shared.iter().filter_map(|&base| {
            scene.find_from(base, name.as_bytes()).filter(|&found| tree.is_below(found, base))
        });
        for found in beside.into_iter().chain(in_shared) {
            if !tree.inode(found).is_file() {
                continue;
            }
            wants.want_for(found, source, "included by");
            let directory = tree.parent(found);
            let is_in_library = shared.iter().any(|&base| tree.is_below(directory, base));
            if tree.name(found) == b"autoload.php" && is_in_library {
                let admits = |path: PathId| !is_for_developers(tree.name(path));
                let subtree = Subtree { directory, by: Some(found), because: "loaded by" };
                wants.want_below(scene, subtree, admits);
            }
        }
    }
}

/// Relative names in quotes behind `require`, `include` and their `_once`.
fn included(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines().map(str::trim_start) {
        if line.starts_with(['#', '*']) || line.starts_with("//") {
            continue;
        }
        for keyword in ["require", "include"] {
            for (at, _) in line.match_indices(keyword) {
                let rest = line[at + keyword.len()..].trim_start_matches("_once");
                let rest = rest.trim_start_matches([' ', '(']);
                let rest = rest
                    .strip_prefix("__DIR__")
                    .map_or(rest, |rest| rest.trim_start_matches([' ', '.']).trim_start());
                let quoted = rest
                    .strip_prefix(['"', '\''])
                    .and_then(|rest| rest.split(['"', '\'']).next())
                    .map(|name| name.trim_start_matches('/'));
                found.extend(
                    quoted.filter(|name| name.as_bytes().ends_with(b".php")).map(str::to_owned),
                );
            }
        }
    }
    found
}

/// Whether a directory of a shared library holds nothing that a program uses. Names with a capital are namespaces, in which
/// classes lie that an autoloader lists (`Twig\Node\Expression\Test`); but nobody calls the ones that a program uses `Tests`.
fn is_for_developers(directory: &[u8]) -> bool {
    directory == b"Tests" || ballast::is_directory(directory)
}

/// The library in `/usr/share/php` that a touched file belongs to.
fn want_shared(scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    if scene.evidence.touches(path).is_empty() {
        return;
    }
    for base in SHARED {
        let Some(base) = scene.find(base).filter(|&base| tree.is_below(path, base)) else {
            continue;
        };
        let mut top = path;
        while tree.parent(top) != base {
            top = tree.parent(top);
        }
        let admits =
            |path: PathId| !(tree.inode(path).is_directory() && is_for_developers(tree.name(path)));
        wants.want_below(
            scene,
            Subtree { directory: top, by: Some(path), because: "of the same library as" },
            admits,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixture::Stage;

    #[test]
    fn settings_and_the_extensions_they_load_stay() {
        let stage = |used: &str| {
            Stage::new(|tree| {
                tree.file("/usr/sbin/php-fpm8.2", 0o755, b"x")
                    .file("/usr/bin/other", 0o755, b"x")
                    .file("/etc/php/8.2/fpm/php.ini", 0o644, b";extension=never\nmemory_limit=1\n")
                    .file("/usr/share/php/mods/intl.ini", 0o644, b"extension=intl.so ; comment\n")
                    .symlink("/etc/php/8.2/fpm/conf.d/20-intl.ini", "/usr/share/php/mods/intl.ini")
                    .file("/usr/local/etc/php/conf.d/op.ini", 0o644, b"zend_extension = opcache\n")
                    .file("/usr/lib/php/20220829/intl.so", 0o644, b"x")
                    .file("/usr/lib/php/20220829/opcache.so", 0o644, b"x")
                    .file("/usr/lib/php/20220829/never.so", 0o644, b"x")
            })
            .level(Level::Balanced)
            .read(used)
            .kept_files()
        };
        assert_eq!(
            stage("/usr/sbin/php-fpm8.2"),
            [
                "/etc/php/8.2/fpm/conf.d/20-intl.ini",
                "/etc/php/8.2/fpm/php.ini",
                "/usr/lib/php/20220829/intl.so",
                "/usr/lib/php/20220829/opcache.so",
                "/usr/local/etc/php/conf.d/op.ini",
                "/usr/sbin/php-fpm8.2",
                "/usr/share/php/mods/intl.ini"
            ]
        );
        assert_eq!(stage("/usr/bin/other"), ["/usr/bin/other"]);
    }

    #[test]
    fn included_files_and_libraries_stay() {
        let kept = Stage::new(|tree| {
            tree.file("/app/run.php", 0o644, b"<?php\nrequire_once 'Lib/Console/autoload.php';\ninclude __DIR__ . '/more.php';\n// require 'never.php';\n")
                .file("/app/more.php", 0o644, b"<?php")
                .file("/app/never.php", 0o644, b"<?php")
                .file("/usr/share/php/Lib/Console/autoload.php", 0o644, b"<?php\nrequire_once __DIR__ . '/../Text/autoload.php';\n")
                .file("/usr/share/php/Lib/Text/autoload.php", 0o644, b"<?php")
                .file("/usr/share/php/Lib/Text/Upper.php", 0o644, b"<?php")
                .file("/usr/share/php/Lib/Text/Test/IsUpper.php", 0o644, b"<?php")
                .file("/usr/share/php/Lib/Text/Tests/UpperTest.php", 0o644, b"<?php")
                .file("/usr/share/php/Lib/Console/Table.php", 0o644, b"<?php")
                .file("/usr/share/php/Lib/Other/x.php", 0o644, b"<?php")
        })
        .level(Level::Balanced)
        .read("/app/run.php")
        .kept_files();
        assert_eq!(
            kept,
            [
                "/app/more.php",
                "/app/run.php",
                "/usr/share/php/Lib/Console/Table.php",
                "/usr/share/php/Lib/Console/autoload.php",
                "/usr/share/php/Lib/Text/Test/IsUpper.php",
                "/usr/share/php/Lib/Text/Upper.php",
                "/usr/share/php/Lib/Text/autoload.php"
            ]
        );
    }

    #[test]
    fn composers_packages_stay_but_those_for_developers() {
        let installed = br#"{"packages": [
            {"name": "a/web", "install-path": "../a/web", "autoload": {"psr-4": {"Web\\": "src/"}, "files": ["docs/boot.php"]}},
            {"name": "b/test", "install-path": "../b/test"}, {"name": "evil", "install-path": "../../../etc"}],
            "dev-package-names": ["b/test"]}"#;
        let kept = Stage::new(|tree| {
            tree.file("/app/vendor/autoload.php", 0o644, b"x")
                .file("/app/vendor/composer/installed.json", 0o644, installed)
                .file("/app/vendor/composer/ClassLoader.php", 0o644, b"x")
                .file("/app/vendor/a/web/src/Late.php", 0o644, b"x")
                .file("/app/vendor/a/web/docs/boot.php", 0o644, b"x")
                .file("/app/vendor/a/web/docs/index.html", 0o644, b"x")
                .file("/app/vendor/a/web/Tests/T.php", 0o644, b"x")
                .file("/app/vendor/b/test/T.php", 0o644, b"x")
        })
        .level(Level::Balanced)
        .read("/app/vendor/autoload.php")
        .kept_files();
        assert_eq!(
            kept,
            [
                "/app/vendor/a/web/docs/boot.php",
                "/app/vendor/a/web/src/Late.php",
                "/app/vendor/autoload.php",
                "/app/vendor/composer/ClassLoader.php",
                "/app/vendor/composer/installed.json"
            ]
        );
    }
}
