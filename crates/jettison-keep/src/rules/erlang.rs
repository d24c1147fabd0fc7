//! Applications of Erlang and Elixir stay whole, with those they depend on.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId, evidence::Touches};

use crate::{Level, Rule, Scene, Wants, rule::Page, subtree::Subtree};

/// Keeps OTP applications of which a module was loaded, or that source text names.
pub(super) struct Erlang;

/// Longest source or resource file that is read; the largest of OTP has 60 KB.
const TEXT_BYTES: u64 = 1 << 20;

/// Parts of an application that only compilers and people read.
const UNUSED: [&[u8]; 7] = [b"src", b"include", b"examples", b"doc", b"man", b"emacs", b"test"];

/// Where Erlang's and Elixir's own applications are.
const PLACES: [&str; 6] = [
    "/usr/lib/erlang/lib",
    "/usr/local/lib/erlang/lib",
    "/usr/lib64/erlang/lib",
    "/usr/lib/elixir/lib",
    "/usr/local/lib/elixir/lib",
    "/opt/elixir/lib",
];

impl Rule for Erlang {
    fn name(&self) -> &'static str {
        "erlang"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Each OTP application of which a module was loaded, or of which kept source text names a module: its compiled \
                   modules and priv directory, with the applications that its resource file names.",
            why: "The runtime loads a module when a function of it is first called.",
            instead: "Build a release, which holds the applications that the program needs and no others.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        if scene.tree.inode(path).kind != Kind::File {
            return;
        }
        let name = scene.tree.name(path);
        let is_compiled =
            name.ends_with(b".beam") && scene.tree.name(scene.tree.parent(path)) == b"ebin";
        if is_compiled && is_first_loaded(scene, path) {
            want_application(scene, path, wants);
        } else if [&b".ex"[..], b".exs", b".erl", b".eex"]
            .iter()
            .any(|ending| name.ends_with(ending))
        {
            want_named(scene, path, wants);
        }
    }
}

/// Whether a module was loaded, and no earlier one of the same application: one of them speaks for all.
fn is_first_loaded(scene: &Scene<'_>, module: PathId) -> bool {
    let is_loaded = |path: PathId| scene.evidence.touches(path).contains(Touches::READ);
    let mut modules = scene.tree.children(scene.tree.parent(module));
    modules.find(|&other| is_loaded(other) && scene.tree.name(other).ends_with(b".beam"))
        == Some(module)
}

fn resources(scene: &Scene<'_>, ebin: PathId) -> Vec<PathId> {
    scene.tree.children(ebin).filter(|&child| scene.tree.name(child).ends_with(b".app")).collect()
}

/// The application that a file of its `ebin` belongs to, and those it depends on.
fn want_application(scene: &Scene<'_>, member: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let mut seen = BTreeSet::new();
    let mut open = vec![member];
    while let Some(member) = open.pop() {
        let ebin = tree.parent(member);
        let application = tree.parent(ebin);
        if !seen.insert(application) {
            continue;
        }
        let because = "of the same application as";
        let subtree = Subtree { directory: application, by: Some(member), because };
        wants.want_below(scene, subtree, |path| {
            tree.parent(path) != application || !UNUSED.contains(&tree.name(path))
        });
        for resource in resources(scene, ebin) {
            let text = scene.contents(resource, TEXT_BYTES).unwrap_or_default();
            for name in dependencies(&String::from_utf8_lossy(&text)) {
                for found in applications(scene, tree.parent(application), &name) {
                    wants.want_for(found, resource, "an application named in");
                    open.push(found);
                }
            }
        }
    }
}

/// Names in `{applications,[kernel,stdlib]}` and its like for optional and included ones (app(4)).
fn dependencies(text: &str) -> BTreeSet<String> {
    let text: String = text.chars().filter(|next| !next.is_whitespace()).collect();
    let mut found = BTreeSet::new();
    for key in ["{applications,", "{included_applications,", "{optional_applications,"] {
        let list =
            text.split(key).nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default();
        let names = list.split(['[', ',', '\'']).filter(|name| !name.is_empty());
        found.extend(names.map(str::to_owned));
    }
    found
}

/// Resource files of an application, beside others in `lib` and in Erlang's own: `crypto-5.1/ebin/crypto.app`.
fn applications(scene: &Scene<'_>, near: PathId, name: &str) -> Vec<PathId> {
    let tree = scene.tree;
    let resource = format!("{name}.app");
    let mut found = Vec::new();
    for lib in libraries(scene).into_iter().chain([near]) {
        for application in tree.children(lib).filter(|&path| is_of(tree.name(path), name)) {
            let ebin = tree.child(application, b"ebin");
            found.extend(ebin.and_then(|ebin| tree.child(ebin, resource.as_bytes())));
        }
    }
    found
}

fn is_of(directory: &[u8], name: &str) -> bool {
    let rest = directory.strip_prefix(name.as_bytes());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"-"))
}

fn libraries(scene: &Scene<'_>) -> Vec<PathId> {
    PLACES.iter().filter_map(|place| scene.find(place)).collect()
}

/// The applications of modules that a source names: `:crypto` and `crypto:` in lower case, `Mix.Task` in upper.
fn want_named(scene: &Scene<'_>, source: PathId, wants: &mut Wants) {
    let Some(text) = scene.contents(source, TEXT_BYTES) else { return };
    let text = String::from_utf8_lossy(&text);
    let is_border = |next: char| !next.is_ascii_alphanumeric() && next != '_' && next != '.';
    let words: BTreeSet<&str> = text.split(is_border).filter(|word| word.len() > 2).collect();
    let tree = scene.tree;
    for lib in libraries(scene) {
        for ebin in tree.children(lib).filter_map(|application| tree.child(application, b"ebin")) {
            let Some(resource) = resources(scene, ebin).first().copied() else { continue };
            if words.iter().any(|word| is_named(scene, ebin, word)) {
                wants.want_for(resource, source, "an application named in");
                want_application(scene, resource, wants);
            }
        }
    }
}

/// Whether a word, with or without the function behind its last dot, is a module or the name of an application.
fn is_named(scene: &Scene<'_>, ebin: PathId, word: &str) -> bool {
    let word = word.trim_matches('.');
    let (module, _) = word.rsplit_once('.').unwrap_or((word, ""));
    let files = [
        format!("{word}.beam"),
        format!("Elixir.{word}.beam"),
        format!("{module}.beam"),
        format!("Elixir.{module}.beam"),
        format!("{word}.app"),
    ];
    files.iter().any(|file| scene.tree.child(ebin, file.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;
    use crate::rules::fixture::Stage;

    const LIB: &str = "/usr/lib/erlang/lib";

    fn image(tree: TreeBuilder) -> TreeBuilder {
        let files: [(&str, &str); 9] = [
            ("stdlib-4.2/ebin/stdlib.app", "{application, stdlib, [{applications, [kernel]}]}."),
            ("stdlib-4.2/ebin/lists.beam", "x"),
            ("stdlib-4.2/ebin/maps.beam", "x"),
            ("stdlib-4.2/src/maps.erl", "x"),
            ("kernel-8.5/ebin/kernel.app", "{application, kernel, [{applications, []}]}."),
            ("kernel-8.5/ebin/code.beam", "x"),
            (
                "xmerl-1.3/ebin/xmerl.app",
                "{application, xmerl, [{applications,\n [kernel,\n stdlib]}]}.",
            ),
            ("xmerl-1.3/ebin/xmerl_scan.beam", "x"),
            ("mnesia-4/ebin/mnesia.beam", "x"),
        ];
        let tree = tree.file("/app/app.exs", 0o644, b"IO.puts(:xmerl_scan.string('x'))");
        files.iter().fold(tree, |tree, (file, text)| {
            tree.file(&format!("{LIB}/{file}"), 0o644, text.as_bytes())
        })
    }

    fn stage(used: &str) -> Vec<String> {
        let kept = Stage::new(image)
            .level(Level::Balanced)
            .looked_up("/usr/lib/erlang/lib/stdlib-4.2/ebin/stdlib.app")
            .read(used)
            .kept_files();
        kept.into_iter().map(|path| path.replace(LIB, "~")).collect()
    }

    #[test]
    fn a_loaded_application_stays_with_its_dependencies() {
        assert_eq!(
            stage("/usr/lib/erlang/lib/stdlib-4.2/ebin/lists.beam"),
            [
                "~/kernel-8.5/ebin/code.beam",
                "~/kernel-8.5/ebin/kernel.app",
                "~/stdlib-4.2/ebin/lists.beam",
                "~/stdlib-4.2/ebin/maps.beam",
                "~/stdlib-4.2/ebin/stdlib.app"
            ]
        );
    }

    #[test]
    fn an_application_that_a_source_names_stays() {
        let kept = stage("/app/app.exs");
        assert!(kept.contains(&"~/xmerl-1.3/ebin/xmerl_scan.beam".to_owned()), "{kept:?}");
        assert!(kept.contains(&"~/kernel-8.5/ebin/code.beam".to_owned()), "{kept:?}");
        assert!(!kept.iter().any(|path| path.contains("mnesia")), "{kept:?}");
    }
}
