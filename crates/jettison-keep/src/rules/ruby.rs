//! Ruby gems stay whole, with what they require, and the parts of the standard library that kept code requires.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId};

use super::shell;
use crate::{
    Level, Rule, Scene, Wants, ballast, family, packages::Manager, rule::Page, subtree::Subtree,
};

/// Keeps gems, their specifications and extensions, and required files.
pub(super) struct Ruby;

/// Longest source that is read for its requires; the longest in Ruby's own library has 300 KB.
const SOURCE_BYTES: u64 = 2 << 20;
/// Longest specification or lock file that is read.
const TEXT_BYTES: u64 = 1 << 20;

/// Calls that load a file by a name in quotes.
const CALLS: [&str; 5] = ["require_relative", "require_dependency", "require", "autoload", "load"];

impl Rule for Ruby {
    fn name(&self) -> &'static str {
        "ruby"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Each gem of which something was touched, that a kept Gemfile.lock names, or that a kept gem requires: its \
                   files without tests and documents, its specification and built extensions. Files of the standard library, \
                   and of Debian's vendor_ruby, that kept Ruby code requires or autoloads. All of Ruby's own encodings, and irb.",
            why: "autoload and require inside methods load files when they are first needed; Bundler refuses to start when a gem \
                  of the lock file is missing.",
            instead: "Install with `bundle config set without development test`.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let tree = scene.tree;
        let name = tree.name(path);
        match tree.inode(path).kind {
            Kind::Directory if is_gem(scene, path) && is_used(scene, path) => {
                want_gems(scene, path, wants);
            }
            Kind::File if name == b"Gemfile.lock" || name == b"gems.locked" => {
                want_locked(scene, path, wants);
            }
            Kind::File if name.ends_with(b".rb") || is_ruby_script(scene, path) => {
                want_required(scene, path, wants);
            }
            Kind::File if family::is_program(name, &["ruby"]) => {
                // Its console, as other interpreters have it built in.
                shell::want_program(scene, Some(path), "irb", wants);
            }
            Kind::File if name == b"encdb.so" => want_encodings(scene, path, wants),
            _ => {}
        }
    }
}

/// Whether a directory is where a gem's files are.
fn is_gem(scene: &Scene<'_>, directory: PathId) -> bool {
    let gems = scene.tree.parent(directory);
    scene.tree.name(gems) == b"gems"
        && scene.tree.child(scene.tree.parent(gems), b"specifications").is_some()
}

/// Directories that hold `gems/` and `specifications/`: the default ones, those of the environment, and `near`'s own.
fn homes(scene: &Scene<'_>, near: Option<PathId>) -> Vec<PathId> {
    let mut found: BTreeSet<PathId> = near.into_iter().collect();
    for (_, gem) in scene.packages().iter().filter(|(_, package)| package.manager == Manager::Gem) {
        found.insert(scene.tree.parent(scene.tree.parent(gem.home)));
    }
    found.into_iter().collect()
}

/// Whether a gem's directory is kept for its sake: RubyGems looks into every gem's directories when it searches for a
/// file, so that only a touched file in it, or a rule's wish, says that the gem is used.
fn is_used(scene: &Scene<'_>, gem: PathId) -> bool {
    let touched = |path: PathId| !scene.evidence.touches(path).is_empty();
    !touched(gem)
        || scene
            .tree
            .descendants(gem)
            .any(|path| !scene.tree.inode(path).is_directory() && touched(path))
}

/// Whether a gem's directory was kept for having been looked into, so that nobody is told when it is wanted as a gem.
fn is_passed_by(scene: &Scene<'_>, gem: PathId) -> bool {
    scene.tree.inode(gem).is_directory() && !is_used(scene, gem)
}

/// Wants a gem with the gems that it requires. Their turn comes when they are kept, or at once if they were passed by.
fn want_gems(scene: &Scene<'_>, first: PathId, wants: &mut Wants) {
    let mut seen = BTreeSet::from([first]);
    let mut open = vec![first];
    while let Some(gem) = open.pop() {
        want_gem(scene, gem, wants);
        for specification in specifications(scene, gem) {
            let Some(text) = file(scene, specification, TEXT_BYTES) else { continue };
            for name in dependencies(&text) {
                for required in named_gems(scene, gem, &name) {
                    wants.want_for(required, gem, "a gem required by");
                    if is_passed_by(scene, required) && seen.insert(required) {
                        open.push(required);
                    }
                }
            }
        }
    }
}

/// The specification of a gem, where RubyGems keeps it.
fn specifications(scene: &Scene<'_>, gem: PathId) -> Vec<PathId> {
    let tree = scene.tree;
    let home = tree.parent(tree.parent(gem));
    let Some(directory) = tree.child(home, b"specifications") else { return Vec::new() };
    let name = [tree.name(gem), b".gemspec"].concat();
    let places = [Some(directory), tree.child(directory, b"default")];
    places.into_iter().flatten().filter_map(|place| tree.child(place, &name)).collect()
}

/// A gem's files, its specification, and its extensions.
fn want_gem(scene: &Scene<'_>, gem: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let because = "part of the used gem";
    // Sources of extensions are compiled into extensions/ and lib/; ext/ is for compilers.
    let admits = |path: PathId| {
        let name = tree.name(path);
        match tree.inode(path).kind {
            Kind::Directory => {
                tree.parent(path) != gem || !(ballast::is_directory(name) || name == b"ext")
            }
            _ => !ballast::is_file(name) && !scene.is_script_but_for(path, &["ruby"]),
        }
    };
    wants.want_below(scene, Subtree { directory: gem, by: Some(gem), because }, admits);
    for specification in specifications(scene, gem) {
        wants.want_for(specification, gem, "the specification of");
    }
    let home = tree.parent(tree.parent(gem));
    for platform in tree.child(home, b"extensions").into_iter().flat_map(|all| tree.children(all)) {
        for built in tree.children(platform).filter_map(|abi| tree.child(abi, tree.name(gem))) {
            let is_log = |path: PathId| matches!(tree.name(path), b"mkmf.log" | b"gem_make.out");
            wants.want_below(scene, Subtree { directory: built, by: Some(gem), because }, |path| {
                !is_log(path)
            });
        }
    }
}

/// Names in `add_runtime_dependency(%q<rack>.freeze, …)`, as RubyGems writes installed specifications.
fn dependencies(text: &str) -> BTreeSet<String> {
    let calls = text.lines().filter(|line| {
        line.contains("add_runtime_dependency")
            || (line.contains("add_dependency") && !line.contains("add_development_dependency"))
    });
    calls
        .filter_map(|line| {
            let start = line.find(['<', '"', '\''])?;
            let close = match &line[start..=start] {
                "<" => '>',
                quote => quote.chars().next()?,
            };
            let rest = &line[start + 1..];
            Some(rest[..rest.find(close)?].to_owned())
        })
        .collect()
}

/// Every installed version of a gem: its directory, or for gems of the standard library their specification.
fn named_gems(scene: &Scene<'_>, near: PathId, name: &str) -> Vec<PathId> {
    let tree = scene.tree;
    let mut found = Vec::new();
    for home in homes(scene, Some(tree.parent(tree.parent(near)))) {
        for directory in [&b"gems"[..], b"specifications"] {
            let Some(directory) = tree.child(home, directory) else { continue };
            found.extend(
                tree.children(directory).filter(|&path| is_version_of(tree.name(path), name)),
            );
        }
    }
    found
}

/// Whether `full_name` is `name-VERSION`.
fn is_version_of(full_name: &[u8], name: &str) -> bool {
    full_name
        .strip_prefix(name.as_bytes())
        .and_then(|rest| rest.strip_prefix(b"-"))
        .is_some_and(|version| version.first().is_some_and(u8::is_ascii_digit))
}

/// Gems that a Gemfile.lock names: lines of four spaces, a name and a version in brackets.
fn want_locked(scene: &Scene<'_>, lock: PathId, wants: &mut Wants) {
    if scene.is_in_language_package(lock) {
        return;
    }
    let Some(text) = file(scene, lock, TEXT_BYTES) else { return };
    let entries = text
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| !line.starts_with(' '));
    for entry in entries {
        let Some((name, version)) = entry.split_once(" (") else { continue };
        let version = version.trim_end_matches(')');
        for home in homes(scene, None) {
            let Some(gems) = scene.tree.child(home, b"gems") else { continue };
            let exact = format!("{name}-{version}");
            // Gems of a platform have its name behind the version.
            let is_it = |full: &[u8]| {
                full == exact.as_bytes() || full.starts_with(format!("{exact}-").as_bytes())
            };
            for gem in scene.tree.children(gems).filter(|&gem| is_it(scene.tree.name(gem))) {
                wants.want_for(gem, lock, "a gem named in");
                if is_passed_by(scene, gem) {
                    want_gems(scene, gem, wants);
                }
            }
        }
    }
}

fn is_ruby_script(scene: &Scene<'_>, path: PathId) -> bool {
    let name = scene.tree.name(path);
    let is_config =
        matches!(name, b"config.ru" | b"Rakefile" | b"Gemfile") || name.ends_with(b".rake");
    is_config
        || (scene.tree.inode(path).is_executable()
            && !name.contains(&b'.')
            && begins_with_ruby(scene, path))
}

fn begins_with_ruby(scene: &Scene<'_>, path: PathId) -> bool {
    let mut head = [0; 64];
    let count = scene.tree.read(scene.tree.inode_id(path), 0, &mut head).unwrap_or_default();
    let line = head[..count].split(|&byte| byte == b'\n').next().unwrap_or_default();
    line.starts_with(b"#!") && line.windows(4).any(|part| part == b"ruby")
}

/// Files that a Ruby source requires, as far as their names are written out, and the directory that is called like it:
/// compiled extensions and tables of names load what is in there.
fn want_required(scene: &Scene<'_>, source: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let stem = tree.name(source).strip_suffix(b".rb").unwrap_or_default();
    if let Some(directory) = tree.child(tree.parent(source), stem) {
        let subtree = Subtree { directory, by: Some(source), because: "loaded by name by" };
        wants.want_below(scene, subtree, |path| {
            let name = tree.name(path);
            tree.inode(path).is_directory() || name.ends_with(b".rb") || name.ends_with(b".so")
        });
    }
    let Some(text) = file(scene, source, SOURCE_BYTES) else { return };
    for (is_relative, name) in requires(&text) {
        if is_relative {
            want_beside(scene, source, &name, wants);
        }
        for &found in scene.facts.ruby_files(scene.tree).named(&name) {
            wants.want_for(found, source, "required by");
            if let Some(gem) = gem_of(scene, found).filter(|&gem| is_passed_by(scene, gem)) {
                want_gems(scene, gem, wants);
            }
        }
    }
}

/// The directory of the gem that a file is in.
fn gem_of(scene: &Scene<'_>, file: PathId) -> Option<PathId> {
    let mut at = file;
    while at != scene.tree.root() && !is_gem(scene, at) {
        at = scene.tree.parent(at);
    }
    is_gem(scene, at).then_some(at)
}

fn want_beside(scene: &Scene<'_>, source: PathId, name: &str, wants: &mut Wants) {
    let directory = scene.tree.parent(source);
    for ending in [".rb", ".so", ""] {
        let Some(found) = scene.find_from(directory, format!("{name}{ending}").as_bytes()) else {
            continue;
        };
        if scene.tree.inode(found).is_file() {
            wants.want_for(found, source, "required by");
        }
    }
}

/// Names that a source loads, with whether they are relative to it.
fn requires(text: &str) -> BTreeSet<(bool, String)> {
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let line = line.trim_start();
        let Some((at, call)) = CALLS.iter().find_map(|call| Some((line.find(call)?, call))) else {
            continue;
        };
        if line.starts_with('#') {
            continue;
        }
        let rest = &line[at + call.len()..];
        let Some(open) = rest.find(['\'', '"']) else { continue };
        let quote = &rest[open..=open];
        let Some(length) = rest[open + 1..].find(quote) else { continue };
        let name = &rest[open + 1..open + 1 + length];
        if !name.is_empty() && !name.contains("#{") {
            found.insert((call.ends_with("relative"), name.to_owned()));
        }
    }
    found
}

/// Encodings and converters are loaded by the name of the encoding (`rb_enc_find`, `rb_econv_open`).
fn want_encodings(scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
    let directory = scene.tree.parent(path);
    if scene.tree.name(directory) == b"enc" {
        wants.want_below(
            scene,
            Subtree { directory, by: Some(path), because: "an encoding beside" },
            |_| true,
        );
    }
}

fn file(scene: &Scene<'_>, path: PathId, limit: u64) -> Option<String> {
    let found = scene.find(scene.tree.path(path))?;
    Some(String::from_utf8_lossy(&scene.contents(found, limit)?).into_owned())
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;
    use crate::rules::fixture::Stage;

    const RACK: &str = "s.add_runtime_dependency(%q<tilt>.freeze, [\"~> 2.0\"])\ns.add_development_dependency(%q<minitest>.freeze, [])\n";

    fn image(tree: TreeBuilder) -> TreeBuilder {
        let home = "/var/lib/gems/3.1.0";
        tree.file(&format!("{home}/gems/rack-3.0.9/lib/rack.rb"), 0o644, b"x")
            .file(
                &format!("{home}/gems/rack-3.0.9/lib/rack/late.rb"),
                0o644,
                b"require 'csv'\n# require 'set'\n",
            )
            .file(&format!("{home}/gems/rack-3.0.9/test/x.rb"), 0o644, b"x")
            .file(&format!("{home}/gems/rack-3.0.9/ext/x.c"), 0o644, b"x")
            .file(&format!("{home}/specifications/rack-3.0.9.gemspec"), 0o644, RACK.as_bytes())
            .file(&format!("{home}/extensions/x86_64-linux/3.1.0/rack-3.0.9/rack.so"), 0o755, b"x")
            .file(&format!("{home}/gems/tilt-2.1.0/lib/tilt.rb"), 0o644, b"x")
            .file(&format!("{home}/specifications/tilt-2.1.0.gemspec"), 0o644, b"x")
            .file(&format!("{home}/gems/minitest-5.0.0/lib/minitest.rb"), 0o644, b"x")
            .file(&format!("{home}/specifications/minitest-5.0.0.gemspec"), 0o644, b"x")
            .file("/usr/lib/ruby/3.1.0/csv.rb", 0o644, b"require_relative \"csv/parser\"\n")
            .file("/usr/lib/ruby/3.1.0/csv/parser.rb", 0o644, b"x")
            .file("/usr/lib/ruby/3.1.0/set.rb", 0o644, b"x")
            .file(
                "/app/Gemfile.lock",
                0o644,
                b"GEM\n  specs:\n    rack (3.0.9)\n      tilt (>= 2)\n    other (1.0)\n",
            )
    }

    fn stage(used: &str) -> Vec<String> {
        let kept = Stage::new(image).level(Level::Balanced).read(used).kept_files();
        kept.into_iter().map(|path| path.replace("/var/lib/gems/3.1.0", "~")).collect()
    }

    const EXPECTED: [&str; 8] = [
        "/usr/lib/ruby/3.1.0/csv.rb",
        "/usr/lib/ruby/3.1.0/csv/parser.rb",
        "~/extensions/x86_64-linux/3.1.0/rack-3.0.9/rack.so",
        "~/gems/rack-3.0.9/lib/rack.rb",
        "~/gems/rack-3.0.9/lib/rack/late.rb",
        "~/gems/tilt-2.1.0/lib/tilt.rb",
        "~/specifications/rack-3.0.9.gemspec",
        "~/specifications/tilt-2.1.0.gemspec",
    ];

    #[test]
    fn a_used_gem_stays_whole_with_what_it_requires() {
        assert_eq!(stage("/var/lib/gems/3.1.0/gems/rack-3.0.9/lib/rack.rb"), EXPECTED);
    }

    #[test]
    fn locked_gems_stay() {
        let expected: Vec<&str> = ["/app/Gemfile.lock"].into_iter().chain(EXPECTED).collect();
        assert_eq!(stage("/app/Gemfile.lock"), expected);
    }

    #[test]
    fn a_specification_that_was_only_read_brings_nothing() {
        let path = "/var/lib/gems/3.1.0/specifications/minitest-5.0.0.gemspec";
        assert_eq!(stage(path), ["~/specifications/minitest-5.0.0.gemspec"]);
    }

    #[test]
    fn a_gem_that_is_required_late_stays_though_it_was_only_looked_into() {
        let home = "/var/lib/gems/3.1.0";
        let kept = Stage::new(|tree| {
            image(tree)
                .file("/app/app.rb", 0o644, b"get('/x') { require 'rack'; Rack }\n")
                .file("/usr/lib/ruby/3.1.0/psych.rb", 0o644, b"x")
                .file("/usr/lib/ruby/3.1.0/psych/late.rb", 0o644, b"x")
        })
        .level(Level::Balanced)
        .looked_up("/var/lib/gems/3.1.0/gems/rack-3.0.9")
        .read("/usr/lib/ruby/3.1.0/psych.rb")
        .read("/app/app.rb")
        .kept_files();
        for path in [
            format!("{home}/gems/tilt-2.1.0/lib/tilt.rb"),
            format!("{home}/gems/rack-3.0.9/lib/rack/late.rb"),
        ] {
            assert!(kept.contains(&path), "{path} in {kept:?}");
        }
        assert!(kept.contains(&"/usr/lib/ruby/3.1.0/psych/late.rb".to_owned()), "{kept:?}");
    }

    #[test]
    fn requires_are_found() {
        let text = "require 'a/b'\n  autoload :X, \"c\"\nrequire_relative('d')\n# require 'e'\nrequire \"f#{x}\"\nload 'g.rb'\n";
        let expected = [(false, "a/b"), (false, "c"), (false, "g.rb"), (true, "d")];
        assert_eq!(
            requires(text),
            expected.map(|(relative, name)| (relative, name.to_owned())).into()
        );
    }
}
