//! Node packages stay whole, with the packages they depend on.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId};
use serde_json::Value;

use crate::{Level, Rule, Scene, Wants, ballast, rule::Page, subtree::Subtree};

/// Keeps each used package of Node, and those it names in its `package.json`.
pub(super) struct Node;

/// Longest package.json that is read; the longest that npm serves have some hundred kilobytes.
pub(super) const MANIFEST_BYTES: u64 = 4 << 20;
/// Files that an entry point may mean (Node's CommonJS resolution, `LOAD_AS_FILE` and `LOAD_INDEX`).
const ENDINGS: [&str; 6] = ["", ".js", ".json", ".node", ".cjs", "/index.js"];

impl Rule for Node {
    fn name(&self) -> &'static str {
        "node"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Each package in node_modules (and in Debian's /usr/share/nodejs) of which something was touched, or that a kept \
                   package.json depends on, found as Node finds it; without tests, documentation, TypeScript sources and source \
                   maps. Node's ICU data.",
            why: "require() and import() inside a function run when the function does: a route, an error, a second request. A \
                  package has no other border that can be trusted.",
            instead: "Install with `npm ci --omit=dev` so that package.json's dependencies are what the program needs.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        let variable = scene.contract.env.get("NODE_ICU_DATA");
        if let Some(directory) = variable.and_then(|value| scene.find(value)) {
            let is_data = |path: PathId| scene.tree.name(path).starts_with(b"icudt");
            wants.want_below(
                scene,
                Subtree { directory, by: None, because: "Node's ICU data" },
                is_data,
            );
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        match scene.tree.inode(path).kind {
            Kind::Directory if is_package(scene, path) && !is_builder(scene, path) => {
                want_package(scene, path, wants);
            }
            Kind::File if scene.tree.name(path) == b"package.json" => {
                want_dependencies(scene, path, wants);
            }
            _ => {}
        }
    }
}

/// Whether a directory is where a package's files are: `node_modules/NAME`, `node_modules/@SCOPE/NAME`, and Debian's
/// `nodejs/NAME`.
pub(super) fn is_package(scene: &Scene<'_>, directory: PathId) -> bool {
    let tree = scene.tree;
    if tree.name(directory).starts_with(b".") || tree.name(directory).starts_with(b"@") {
        return false;
    }
    let mut holder = tree.parent(directory);
    if tree.name(holder).starts_with(b"@") {
        holder = tree.parent(holder);
    }
    matches!(tree.name(holder), b"node_modules" | b"nodejs")
        && (tree.child(directory, b"package.json").is_some()
            || tree.child(directory, b"index.js").is_some())
}

fn want_package(scene: &Scene<'_>, package: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let subtree =
        Subtree { directory: package, by: Some(package), because: "part of the used package" };
    wants.want_below(scene, subtree, |path| {
        let name = tree.name(path);
        match tree.inode(path).kind {
            Kind::Directory if name == b"node_modules" => false,
            Kind::Directory => tree.parent(path) != package || !ballast::is_directory(name),
            _ => !ballast::is_file(name) && !is_foreign_script(scene, path),
        }
    });
    let Some(manifest) =
        tree.child(package, b"package.json").and_then(|file| manifest(scene, file))
    else {
        return;
    };
    let mut entries = BTreeSet::new();
    for field in ["main", "module", "browser", "bin", "exports", "imports"] {
        strings(&manifest[field], &mut entries);
    }
    for entry in entries {
        let found = ENDINGS.iter().find_map(|ending| {
            let found = scene.find_from(package, format!("{entry}{ending}").as_bytes())?;
            tree.inode(found).is_file().then_some(found)
        });
        if let Some(found) = found {
            wants.want_for(found, package, "an entry point of");
        }
    }
    want_commands(scene, package, &manifest, wants);
}

/// Scripts for other interpreters, with which packages are built or people start them: kept, they would bring Python,
/// Perl or bash along.
fn is_foreign_script(scene: &Scene<'_>, path: PathId) -> bool {
    scene.evidence.touches(path).is_empty() && scene.is_script_but_for(path, &["node", "nodejs"])
}

/// The links in `node_modules/.bin` that lead into the package.
fn want_commands(scene: &Scene<'_>, package: PathId, manifest: &Value, wants: &mut Wants) {
    let holder = scene.tree.parent(package);
    let holder =
        if scene.tree.name(holder).starts_with(b"@") { scene.tree.parent(holder) } else { holder };
    let Some(directory) = scene.tree.child(holder, b".bin") else { return };
    let own = manifest["name"].as_str().and_then(|name| name.rsplit('/').next());
    let names: Vec<&str> = match &manifest["bin"] {
        Value::String(_) => own.into_iter().collect(),
        Value::Object(commands) => commands.keys().map(String::as_str).collect(),
        _ => return,
    };
    for link in names.into_iter().filter_map(|name| scene.tree.child(directory, name.as_bytes())) {
        wants.want_for(link, package, "a command of");
    }
}

/// Wants the packages that a package.json depends on: of the application's own, and of packages.
fn want_dependencies(scene: &Scene<'_>, file: PathId, wants: &mut Wants) {
    let directory = scene.tree.parent(file);
    let is_inside = !is_package(scene, directory) && scene.is_in_language_package(file);
    // A package.json below a package's directory only sets the kind of the modules there.
    if is_inside {
        return;
    }
    let Some(manifest) = manifest(scene, file) else { return };
    if manifest["name"] == "@npmcli/run-script"
        && let Some(builder) = resolve(scene, directory, "node-gyp")
    {
        for part in ["/package.json", "/bin/node-gyp.js"] {
            let part = [&builder[..], part.as_bytes()].concat();
            wants.want_resolved(scene, &part, Some(file), "looked for, and not run, by");
        }
    }
    for field in ["dependencies", "optionalDependencies", "peerDependencies"] {
        let names = manifest[field].as_object().into_iter().flat_map(|names| names.keys());
        for name in names.filter(|name| !is_for_developers(name)) {
            if let Some(found) = resolve(scene, directory, name) {
                wants.want_resolved(scene, &found, Some(file), "a dependency in");
            }
        }
    }
}

/// Packages that compile others or describe them to compilers, which some name as dependencies.
fn is_for_developers(name: &str) -> bool {
    name.starts_with("@types/")
        || matches!(name, "node-gyp" | "node-pre-gyp" | "prebuild-install" | "typescript")
}

/// npm looks at its compiler of addons whenever it runs a script; what it read of it stays, as with any file.
fn is_builder(scene: &Scene<'_>, package: PathId) -> bool {
    let holder = scene.tree.name(scene.tree.parent(package));
    if holder.starts_with(b"@") && holder != b"@types" {
        // @npmcli/node-gyp only tells whether there is something to compile.
        return false;
    }
    std::str::from_utf8(scene.tree.name(package)).is_ok_and(is_for_developers)
}

/// The directory or file of a package as Node finds it from `directory`: the nearest `node_modules` upwards
/// (`LOAD_NODE_MODULES`), then NODE_PATH and the global directories, Debian's among them.
pub(super) fn resolve(scene: &Scene<'_>, directory: PathId, name: &str) -> Option<Vec<u8>> {
    if name.is_empty() || name.split('/').any(|part| part == "..") {
        return None;
    }
    let tree = scene.tree;
    let mut at = directory;
    loop {
        if tree.name(at) != b"node_modules" {
            let candidate = [&tree.path(at)[..], b"/node_modules/", name.as_bytes()].concat();
            if scene.find(&candidate).is_some() {
                return Some(candidate);
            }
        }
        if at == tree.root() {
            break;
        }
        at = tree.parent(at);
    }
    let variable = scene.contract.env.get("NODE_PATH").map(String::as_str).unwrap_or_default();
    let mut roots: Vec<String> =
        variable.split(':').filter(|root| !root.is_empty()).map(str::to_owned).collect();
    roots.extend(
        [
            "/usr/share/nodejs",
            "/usr/lib/nodejs",
            "/usr/local/lib/node_modules",
            "/usr/lib/node_modules",
        ]
        .map(str::to_owned),
    );
    for triplet in scene.find("/usr/lib").into_iter().flat_map(|lib| tree.children(lib)) {
        if let Some(nodejs) = tree.child(triplet, b"nodejs") {
            roots.push(scene.show(nodejs));
        }
    }
    let endings = ["", ".js"];
    let candidates = roots
        .iter()
        .flat_map(|root| endings.map(|ending| format!("{root}/{name}{ending}").into_bytes()));
    candidates.into_iter().find(|candidate| scene.find(candidate).is_some())
}

/// A package.json as JSON.
pub(super) fn manifest(scene: &Scene<'_>, file: PathId) -> Option<Value> {
    serde_json::from_slice(&scene.contents(scene.find(scene.tree.path(file))?, MANIFEST_BYTES)?)
        .ok()
}

/// Every string in a value, at any depth, that names a file.
fn strings<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(text) if !text.contains('*') => {
            found.insert(text);
        }
        Value::Array(values) => values.iter().for_each(|value| strings(value, found)),
        Value::Object(values) => values.values().for_each(|value| strings(value, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use crate::{Level, rules::fixture::Stage};

    fn image(tree: TreeBuilder) -> TreeBuilder {
        tree.file("/app/package.json", 0o644, br#"{"dependencies": {"web": "1"}, "devDependencies": {"lint": "1"}}"#)
            .file("/app/node_modules/web/package.json", 0o644, br#"{"main": "./test/start", "dependencies": {"deep": "1", "@s/x": "1"}, "bin": {"web": "cli.js"}}"#)
            .file("/app/node_modules/web/lib/a.js", 0o644, b"x")
            .file("/app/node_modules/web/lib/test/b.js", 0o644, b"x")
            .file("/app/node_modules/web/lib/a.d.ts", 0o644, b"x")
            .file("/app/node_modules/web/README.md", 0o644, b"x")
            .file("/app/node_modules/web/build/Release/x.node", 0o755, b"x")
            .file("/app/node_modules/web/test/start.js", 0o644, b"x")
            .file("/app/node_modules/web/test/other.js", 0o644, b"x")
            .file("/app/node_modules/web/node_modules/deep/package.json", 0o644, b"{}")
            .file("/app/node_modules/web/cli.js", 0o755, b"x")
            .symlink("/app/node_modules/.bin/web", "../web/cli.js")
            .symlink("/app/node_modules/.bin/lint", "../lint/cli.js")
            .file("/app/node_modules/deep/package.json", 0o644, b"{}")
            .file("/app/node_modules/lint/package.json", 0o644, b"{}")
            .file("/app/node_modules/lint/cli.js", 0o644, b"x")
            .file("/usr/share/nodejs/@s/x/package.json", 0o644, b"{}")
            .file("/usr/share/nodejs/@s/y/package.json", 0o644, b"{}")
    }

    const WEB: [&str; 11] = [
        "/app/node_modules/.bin/web",
        "/app/node_modules/web/build/Release/x.node",
        "/app/node_modules/web/cli.js",
        "/app/node_modules/web/lib/a.js",
        "/app/node_modules/web/lib/test/b.js",
        "/app/node_modules/web/node_modules/deep/package.json",
        "/app/node_modules/web/package.json",
        "/app/node_modules/web/test/start.js",
        "/app/package.json",
        "/usr/share/nodejs/@s/x/package.json",
        "",
    ];

    #[test]
    fn declared_packages_stay_with_what_they_depend_on() {
        let kept = Stage::new(image).level(Level::Balanced).read("/app/package.json").kept_files();
        assert_eq!(kept, WEB[..10]);
    }

    #[test]
    fn a_touched_package_stays_whole() {
        let kept = Stage::new(image)
            .level(Level::Balanced)
            .read("/app/node_modules/web/lib/a.js")
            .kept_files();
        let expected: Vec<&str> =
            WEB[..10].iter().copied().filter(|path| *path != "/app/package.json").collect();
        assert_eq!(kept, expected);
        let kept = Stage::new(image).read("/app/node_modules/web/lib/a.js").kept_files();
        assert_eq!(kept, ["/app/node_modules/web/lib/a.js"]);
    }

    #[test]
    fn stores_of_links_are_followed() {
        let kept = Stage::new(|tree| {
            tree.file("/app/package.json", 0o644, br#"{"dependencies": {"a": "1"}}"#)
                .symlink("/app/node_modules/a", ".pnpm/a@1/node_modules/a")
                .file(
                    "/app/node_modules/.pnpm/a@1/node_modules/a/package.json",
                    0o644,
                    br#"{"dependencies": {"b": "1"}}"#,
                )
                .symlink("/app/node_modules/.pnpm/a@1/node_modules/b", "../../b@2/node_modules/b")
                .file("/app/node_modules/.pnpm/b@2/node_modules/b/package.json", 0o644, b"{}")
                .file("/app/node_modules/.pnpm/c@2/node_modules/c/package.json", 0o644, b"{}")
        })
        .level(Level::Balanced)
        .read("/app/package.json")
        .kept_files();
        assert!(
            kept.contains(&"/app/node_modules/.pnpm/b@2/node_modules/b/package.json".to_owned()),
            "{kept:?}"
        );
        assert!(!kept.iter().any(|path| path.contains("c@2")), "{kept:?}");
    }

    #[test]
    fn broken_manifests_are_passed_over() {
        for text in [
            &b"{"[..],
            b"[]",
            b"\xff",
            br#"{"dependencies": ["../../etc"], "main": {"a": [1]}}"#,
            br#"{"dependencies": {"../x": 1}}"#,
        ] {
            let kept = Stage::new(|tree| {
                tree.file("/app/package.json", 0o644, text).file("/x/index.js", 0o644, b"x")
            })
            .level(Level::Balanced)
            .read("/app/package.json")
            .kept_files();
            assert_eq!(kept, ["/app/package.json"]);
        }
    }

    #[test]
    fn npm_finds_the_compiler_that_it_looks_for() {
        let kept = Stage::new(|tree| {
            tree.file(
                "/usr/share/nodejs/@npmcli/run-script/package.json",
                0o644,
                br#"{"name": "@npmcli/run-script", "dependencies": {"node-gyp": "1"}}"#,
            )
            .file("/usr/share/nodejs/node-gyp/package.json", 0o644, br#"{"name": "node-gyp"}"#)
            .file("/usr/share/nodejs/node-gyp/bin/node-gyp.js", 0o755, b"x")
            .file("/usr/share/nodejs/node-gyp/gyp/gyp_main.py", 0o755, b"x")
        })
        .level(Level::Balanced)
        .read("/usr/share/nodejs/@npmcli/run-script/package.json")
        .kept_files();
        assert!(
            kept.contains(&"/usr/share/nodejs/node-gyp/bin/node-gyp.js".to_owned()),
            "{kept:?}"
        );
        assert!(
            !kept.contains(&"/usr/share/nodejs/node-gyp/gyp/gyp_main.py".to_owned()),
            "{kept:?}"
        );
    }
}
