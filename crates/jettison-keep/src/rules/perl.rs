//! Perl modules that kept Perl code uses stay.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId, evidence::Touches};

use crate::{Level, Rule, Scene, Wants, family, languages, rule::Page, subtree::Subtree};

/// Keeps modules by the names in `use` and `require`.
pub(super) struct Perl;

/// Longest source that is read; perl5db.pl has 300 KB.
const SOURCE_BYTES: u64 = 2 << 20;

/// Where modules are, for Debian, for Perl's own images and for Red Hat and Alpine; versions are directories below.
const BASES: [&str; 12] = [
    "/etc/perl",
    "/usr/local/lib/perl5",
    "/usr/local/share/perl",
    "/usr/local/share/perl5",
    "/usr/share/perl5",
    "/usr/lib/perl5",
    "/usr/share/perl",
    "/usr/lib/perl",
    "/usr/lib64/perl5",
    "/usr/share/perl/vendor_perl",
    "/usr/lib/perl5/vendor_perl",
    "/usr/share/perl5/vendor_perl",
];

/// Modules that others load by names that are nowhere written: character classes, encodings, the parts of base modules.
const WHOLE: [&str; 3] = ["unicore", "Encode", "PerlIO"];

/// Modules that the language itself loads for what a text has in it (perlfunc, perlvar, perlunicode, perlopentut).
const IMPLIED: [(&[&str], &[&str]); 5] = [
    (&["glob", "<*", "*>"], &["File/Glob"]),
    (&["%!", "$!{"], &["Errno"]),
    (&["%+", "$+{", "%-", "$-{"], &["Tie/Hash/NamedCapture"]),
    (&["\\N{"], &["_charnames", "charnames"]),
    (&["STDERR->", "STDOUT->", "STDIN->", "->autoflush", "->binmode", "->getline"], &["IO/File"]),
];

impl Rule for Perl {
    fn name(&self) -> &'static str {
        "perl"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Modules that kept Perl scripts and modules name in use, require and parent, with their compiled parts; with a \
                   kept perl its Unicode tables and encodings, with a kept libperl the pragmas. Data of modules in auto/share. Modules whose beginning was used (DBI, HTTP::Message) are kept \
                   with what lies below them.",
            why: "require inside a sub loads its module when the sub first runs; drivers and encodings are loaded by name.",
            instead: "--no-rule perl.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        let name = scene.tree.name(path);
        if inode.kind != Kind::File {
            return;
        }
        if inode.is_executable() && family::is_program(name, &["perl"]) && is_run(scene, path) {
            let bases = bases(scene);
            for whole in WHOLE {
                for directory in
                    bases.iter().filter_map(|&base| scene.tree.child(base, whole.as_bytes()))
                {
                    wants.want_below(
                        scene,
                        Subtree { directory, by: Some(path), because: "loaded by name by" },
                        |path| !scene.tree.name(path).ends_with(b".pod"),
                    );
                }
            }
        }
        if family::is_library(name, &["libperl"]) {
            want_pragmas(scene, path, wants);
        }
        if name.ends_with(b".pm") || name.ends_with(b".pl") || is_perl_script(scene, path) {
            want_used(scene, path, wants);
        }
        if name.ends_with(b".pm")
            && (!scene.evidence.touches(path).is_empty() || loads_by_name(scene, path))
        {
            want_family(scene, path, wants);
        }
    }
}

fn is_perl_script(scene: &Scene<'_>, path: PathId) -> bool {
    if !scene.tree.inode(path).is_executable() {
        return false;
    }
    let mut head = [0; 64];
    let count = scene.tree.read(scene.tree.inode_id(path), 0, &mut head).unwrap_or_default();
    let line = head[..count].split(|&byte| byte == b'\n').next().unwrap_or_default();
    line.starts_with(b"#!") && line.windows(4).any(|part| part == b"perl")
}

/// Directories of `@INC` as far as they are in the tree.
fn bases(scene: &Scene<'_>) -> Vec<PathId> {
    let tree = scene.tree;
    let mut roots: Vec<PathId> = BASES.iter().filter_map(|base| scene.find(base)).collect();
    for triplet in scene.find("/usr/lib").into_iter().flat_map(|lib| tree.children(lib)) {
        roots.extend(
            ["perl", "perl5", "perl-base"]
                .iter()
                .filter_map(|name| tree.child(triplet, name.as_bytes())),
        );
    }
    let is_nested = |path: &PathId| {
        let name = tree.name(*path);
        name.first().is_some_and(u8::is_ascii_digit)
            || name.windows(6).any(|part| part == b"-linux")
            || name.ends_with(b"_perl")
    };
    let mut found: BTreeSet<PathId> = roots.iter().copied().collect();
    // VERSION/PLATFORM is the deepest.
    for _ in 0..2 {
        roots = roots.iter().flat_map(|&root| tree.children(root)).filter(is_nested).collect();
        roots = roots.into_iter().filter_map(|root| scene.find(tree.path(root))).collect();
        found.extend(roots.iter().copied());
    }
    found.into_iter().collect()
}

/// What a program that has Perl inside (a database, an editor, a web server) asks for before any code of its users runs:
/// pragmas, which are the modules with small first letters, and the two that most of them load.
fn want_pragmas(scene: &Scene<'_>, library: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let is_pragma = |name: &[u8]| {
        name.ends_with(b".pm") && name[0].is_ascii_lowercase()
            || matches!(name, b"Carp.pm" | b"Exporter.pm")
    };
    for base in bases(scene).into_iter().filter(|&base| is_core(scene, base)) {
        for module in tree.children(base).filter(|&child| is_pragma(tree.name(child))) {
            wants.want_for(module, library, "a pragma of");
        }
    }
}

/// Whether a directory holds Perl's own modules: `strict` is always one of them.
fn is_core(scene: &Scene<'_>, base: PathId) -> bool {
    scene.tree.child(base, b"strict.pm").is_some() || scene.tree.child(base, b"re.pm").is_some()
}

/// Whether the interpreter was seen at work. One that is kept for a script that somebody may call brings the modules
/// that the script names, not the tables for texts of the whole world.
fn is_run(scene: &Scene<'_>, perl: PathId) -> bool {
    scene.evidence.touches(perl).contains(Touches::READ)
}

/// Whether a source is the list of all encodings by which Encode finds their modules.
fn is_list_of_encodings(scene: &Scene<'_>, source: PathId) -> bool {
    scene.tree.name(source) == b"Config.pm"
        && scene.tree.name(scene.tree.parent(source)) == b"Encode"
}

fn want_used(scene: &Scene<'_>, source: PathId, wants: &mut Wants) {
    let is_run = || {
        scene
            .command("perl")
            .and_then(|path| scene.find(scene.tree.path(path)))
            .is_some_and(|perl| is_run(scene, perl))
    };
    if is_list_of_encodings(scene, source) && !is_run() {
        return;
    }
    let Some(text) = scene.contents(source, SOURCE_BYTES) else { return };
    let text = String::from_utf8_lossy(&text);
    let tree = scene.tree;
    let mut bases = bases(scene);
    // A module finds its relatives in the directory that its own name begins in; scripts have `lib` beside or above them.
    let mut at = tree.parent(source);
    while at != tree.root() {
        bases.extend(tree.child(at, b"lib"));
        if tree.name(at) == b"lib" {
            bases.push(at);
        }
        at = tree.parent(at);
    }
    let own = bases
        .iter()
        .filter(|&&base| tree.is_below(source, base))
        .filter_map(|&base| own_name(scene, source, base));
    let own: Vec<String> = own.collect();
    for module in &own {
        want_shared(scene, source, module, &bases, wants);
    }
    let names_encodings = text.contains("Encode") || text.contains(":encoding(");
    if names_encodings && !scene.packages().is_owned(source) {
        for directory in ["Encode", "auto/Encode"] {
            for directory in bases.iter().filter_map(|&base| {
                scene.find([&tree.path(base)[..], b"/", directory.as_bytes()].concat())
            }) {
                let because = "an encoding, which is loaded by name by";
                wants.want_below(scene, Subtree { directory, by: Some(source), because }, |path| {
                    !tree.name(path).ends_with(b".pod")
                });
            }
        }
    }
    let implied = IMPLIED.iter().filter(|(marks, _)| marks.iter().any(|mark| text.contains(mark)));
    let implied = implied.flat_map(|(_, modules)| *modules).map(|&module| module.to_owned());
    for module in used(&text).into_iter().chain(implied).chain(own) {
        let last = module.rsplit('/').next().unwrap_or_default();
        for base in &bases {
            for file in [format!("{module}.pm"), format!("auto/{module}/{last}.so"), module.clone()]
            {
                let full = [&tree.path(*base)[..], b"/", file.as_bytes()].concat();
                if scene.find(&full).is_some_and(|path| tree.inode(path).is_file()) {
                    wants.want_resolved(scene, &full, Some(source), "used by");
                }
            }
        }
    }
}

/// Data that File::ShareDir finds by the names of the distribution and the module: both are the module's with dashes.
fn want_shared(
    scene: &Scene<'_>,
    source: PathId,
    module: &str,
    bases: &[PathId],
    wants: &mut Wants,
) {
    let name = module.replace('/', "-");
    for kind in ["dist", "module"] {
        let relative = format!("auto/share/{kind}/{name}");
        for &base in bases {
            let Some(directory) = scene.find_from(base, relative.as_bytes()) else { continue };
            let files: Vec<PathId> = scene.tree.descendants(directory).collect();
            let rare = languages::rare(scene, &files);
            let subtree = Subtree { directory, by: Some(source), because: "shared data of" };
            wants.want_below(scene, subtree, |path| !rare.contains(&path));
        }
    }
}

/// A module's own name as a path below one of the directories of `@INC`: its compiled part is found by it.
fn own_name(scene: &Scene<'_>, module: PathId, base: PathId) -> Option<String> {
    let full = scene.tree.path(module);
    let name = full.get(scene.tree.path(base).len() + 1..)?.strip_suffix(b".pm")?;
    String::from_utf8(name.to_vec()).ok()
}

/// Modules, as paths, that a source names: `use X::Y`, `require X::Y`, `require "x.pl"`, `use parent 'X'`, and words with
/// colons in quotes, which are loaded by name.
fn used(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines().take_while(|line| !matches!(line.trim_end(), "__END__" | "__DATA__")) {
        let line = line.trim_start();
        if line.starts_with('#') {
            continue;
        }
        for keyword in ["use ", "require ", "no "] {
            let begins = |&at: &usize| at == 0 || !line.as_bytes()[at - 1].is_ascii_alphanumeric();
            for at in line.match_indices(keyword).map(|(at, _)| at).filter(begins) {
                insert_used(line[at + keyword.len()..].trim_start(), &mut found);
            }
        }
        let words = line.split(['"', '\'']).skip(1).step_by(2);
        words.filter(|word| word.contains("::")).for_each(|word| insert(word, &mut found));
    }
    found
}

/// What stands behind `use` or `require`.
fn insert_used(rest: &str, found: &mut BTreeSet<String>) {
    let is_end = |next: char| !next.is_ascii_alphanumeric() && !"_:".contains(next);
    let quoted = rest.strip_prefix(['"', '\'']).and_then(|rest| rest.split(['"', '\'']).next());
    let word = quoted.unwrap_or_else(|| rest.split(is_end).next().unwrap_or_default());
    insert(word, found);
    if matches!(word, "parent" | "base") {
        rest[word.len()..].split(is_end).for_each(|word| insert(word, found));
    }
}

fn insert(word: &str, found: &mut BTreeSet<String>) {
    let is_name = word.starts_with(|next: char| next.is_ascii_alphabetic() || next == '_')
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:./-".contains(&byte));
    if is_name && !word.contains("..") {
        found.insert(word.replace("::", "/"));
    }
}

/// Whether a module loads others by names that it puts together, as DateTime::TimeZone does with each zone.
fn loads_by_name(scene: &Scene<'_>, module: PathId) -> bool {
    const MARKS: [&str; 11] = [
        "require_module",
        "use_module",
        "load_class",
        "Class::Load",
        "Module::Pluggable",
        "Module::Runtime",
        "Module::Find",
        "Module::Implementation",
        "Module::Load",
        "eval \"require",
        "eval \"use",
    ];
    let text = scene.contents(module, SOURCE_BYTES).unwrap_or_default();
    MARKS.iter().any(|mark| memchr::memmem::find(&text, mark.as_bytes()).is_some())
}

/// What lies below a touched module: `DBI.pm` loads `DBD` drivers by another name, but `HTTP/Message/*` by its own.
fn want_family(scene: &Scene<'_>, module: PathId, wants: &mut Wants) {
    let stem = scene.tree.name(module).strip_suffix(b".pm").unwrap_or_default();
    let Some(directory) = scene.tree.child(scene.tree.parent(module), stem) else { return };
    wants.want_below(
        scene,
        Subtree { directory, by: Some(module), because: "loaded by name by" },
        |path| {
            scene.tree.inode(path).is_directory()
                || scene.tree.name(path).ends_with(b".pm")
                || scene.tree.name(path).ends_with(b".pl")
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixture::Stage;

    #[test]
    fn modules_stay_with_who_uses_them() {
        let kept = Stage::new(|tree| {
            tree.file("/app/run", 0o755, b"#!/usr/bin/perl -w\nuse strict;\nsub x { require JSON::PP; }\nuse parent 'My::Base';\n# use Never;\n")
                .file("/app/lib/My/Base.pm", 0o644, b"1;")
                .file("/usr/bin/perl", 0o755, b"x")
                .file("/usr/share/perl/5.36.0/strict.pm", 0o644, b"1;")
                .file("/usr/share/perl/5.36.0/JSON/PP.pm", 0o644, b"use List::Util;\n__END__\nuse Never;")
                .file("/usr/share/perl/5.36.0/Never.pm", 0o644, b"1;")
                .file("/usr/share/perl/5.36.0/unicore/lib/Nd.pl", 0o644, b"1;")
                .file("/usr/lib/x86_64-linux-gnu/perl/5.36/List/Util.pm", 0o644, b"1;")
                .file("/usr/lib/x86_64-linux-gnu/perl/5.36/auto/List/Util/Util.so", 0o644, b"x")
        })
        .level(Level::Balanced)
        .read("/app/run")
        .read("/usr/bin/perl")
        .kept_files();
        assert_eq!(
            kept,
            [
                "/app/lib/My/Base.pm",
                "/app/run",
                "/usr/bin/perl",
                "/usr/lib/x86_64-linux-gnu/perl/5.36/List/Util.pm",
                "/usr/lib/x86_64-linux-gnu/perl/5.36/auto/List/Util/Util.so",
                "/usr/share/perl/5.36.0/JSON/PP.pm",
                "/usr/share/perl/5.36.0/strict.pm",
                "/usr/share/perl/5.36.0/unicore/lib/Nd.pl"
            ]
        );
    }

    #[test]
    fn what_the_language_loads_for_a_text_stays() {
        let kept = |text: &[u8]| {
            let kept = Stage::new(|tree| {
                tree.file("/app/run.pl", 0o644, text)
                    .file("/usr/share/perl/5.36.0/strict.pm", 0o644, b"1;")
                    .file("/usr/share/perl/5.36.0/File/Glob.pm", 0o644, b"1;")
                    .file("/usr/share/perl/5.36.0/Encode.pm", 0o644, b"1;")
                    .file("/usr/share/perl/5.36.0/Encode/JP.pm", 0o644, b"1;")
            })
            .level(Level::Balanced)
            .read("/app/run.pl")
            .kept_files();
            kept.into_iter().filter(|path| path != "/app/run.pl").collect::<Vec<_>>()
        };
        assert_eq!(kept(b"print for glob('*.x');\n"), ["/usr/share/perl/5.36.0/File/Glob.pm"]);
        assert_eq!(
            kept(b"require Encode;\n"),
            ["/usr/share/perl/5.36.0/Encode.pm", "/usr/share/perl/5.36.0/Encode/JP.pm"]
        );
        assert_eq!(kept(b"print 1;\n"), Vec::<String>::new());
    }

    #[test]
    fn modules_that_load_by_name_keep_what_is_below_them() {
        let stage = |text: &[u8]| {
            Stage::new(|tree| {
                tree.file("/app/run.pl", 0o644, b"sub x { require Zone; }\n")
                    .file("/usr/share/perl5/Zone.pm", 0o644, text)
                    .file("/usr/share/perl5/Zone/Tokyo.pm", 0o644, b"1;")
            })
            .level(Level::Balanced)
            .read("/app/run.pl")
            .kept_files()
        };
        assert!(
            stage(b"Module::Runtime::require_module($x);")
                .contains(&"/usr/share/perl5/Zone/Tokyo.pm".to_owned())
        );
        assert!(!stage(b"1;").contains(&"/usr/share/perl5/Zone/Tokyo.pm".to_owned()));
    }

    #[test]
    fn shared_data_stays_with_its_module() {
        let kept = Stage::new(|tree| {
            tree.file("/app/run.pl", 0o644, b"use Date::Names;\n")
                .file("/usr/share/perl5/Date/Names.pm", 0o644, b"1;")
                .file("/usr/share/perl5/auto/share/dist/Date-Names/de.pl", 0o644, b"1;")
                .file("/usr/share/perl5/auto/share/dist/Other/x", 0o644, b"1;")
        })
        .level(Level::Balanced)
        .read("/app/run.pl")
        .kept_files();
        assert_eq!(
            kept,
            [
                "/app/run.pl",
                "/usr/share/perl5/Date/Names.pm",
                "/usr/share/perl5/auto/share/dist/Date-Names/de.pl"
            ]
        );
    }

    #[test]
    fn programs_with_perl_inside_keep_the_pragmas() {
        let base = "/usr/lib/x86_64-linux-gnu/perl-base";
        let kept = Stage::new(|tree| {
            ["strict.pm", "feature.pm", "Carp.pm", "Socket.pm"]
                .iter()
                .fold(tree, |tree, name| tree.file(&format!("{base}/{name}"), 0o644, b"1;"))
                .file("/usr/share/perl5/autodie.pm", 0o644, b"1;")
                .file("/usr/lib/x86_64-linux-gnu/libperl.so.5.36", 0o644, b"x")
        })
        .level(Level::Balanced)
        .read("/usr/lib/x86_64-linux-gnu/libperl.so.5.36")
        .kept_files();
        let pragmas = ["Carp.pm", "feature.pm", "strict.pm"];
        let expected: Vec<String> = ["/usr/lib/x86_64-linux-gnu/libperl.so.5.36".to_owned()]
            .into_iter()
            .chain(pragmas.iter().map(|name| format!("{base}/{name}")))
            .collect();
        assert_eq!(kept, expected);
    }

    #[test]
    fn names_are_found() {
        let text = "use A::B qw(x);\neval { require C };\nrequire \"d/e.pl\";\nuse 5.010;\nmy $class = 'F::G';\nuse base qw(H I::J);\nsub x { require K; require _l; }\n";
        let expected = ["A/B", "C", "F/G", "H", "I/J", "K", "_l", "base", "d/e.pl", "qw"];
        assert_eq!(used(text).into_iter().collect::<Vec<_>>(), expected);
    }
}
