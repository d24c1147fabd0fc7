//! Lua modules that kept Lua code requires stay.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId};

use crate::{Level, Rule, Scene, Wants, rule::Page, subtree::Subtree};

/// Keeps modules by the names in `require`.
pub(super) struct Lua;

/// Longest source that is read; Penlight's largest has 60 KB, generated ones some hundred.
const SOURCE_BYTES: u64 = 2 << 20;

/// Directories of modules, for Lua and LuaJIT as they are built, for Debian, Red Hat and Alpine, and for OpenResty; versions are
/// directories below.
const ROOTS: [&str; 12] = [
    "/usr/local/share/lua",
    "/usr/local/lib/lua",
    "/usr/share/lua",
    "/usr/lib/lua",
    "/usr/lib64/lua",
    "/usr/local/openresty/lualib",
    "/usr/local/openresty/site/lualib",
    "/usr/local/openresty/luajit/share/lua",
    "/usr/local/openresty/luajit/lib/lua",
    "/usr/share/lua-resty",
    "/opt/lua/share/lua",
    "/opt/lua/lib/lua",
];

impl Rule for Lua {
    fn name(&self) -> &'static str {
        "lua"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Modules that kept Lua sources and nginx's *_by_lua blocks require, in the directories of package.path, \
                   package.cpath, LUA_PATH and lua_package_path; with a used module those below its name.",
            why: "A handler requires its modules when the first request for it comes, and OpenResty runs each phase's code on \
                  its own.",
            instead: "--no-rule lua.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        if scene.tree.inode(path).kind != Kind::File || !may_be_source(scene, path) {
            return;
        }
        if !scene.evidence.touches(path).is_empty() {
            want_family(scene, path, wants);
        }
        let Some(text) = scene.contents(path, SOURCE_BYTES) else { return };
        let text = String::from_utf8_lossy(&text);
        let is_lua = scene.tree.name(path).ends_with(b".lua") || text.starts_with("#!");
        if !is_lua && !text.contains("_by_lua") && !text.contains("lua_package") {
            return;
        }
        let bases = bases(scene, path, &text);
        for required in required(&text) {
            for base in &bases {
                want_module(scene, path, *base, &required, wants);
            }
        }
    }
}

/// Whether a file is Lua by its name or first line, or a configuration that may hold Lua.
fn may_be_source(scene: &Scene<'_>, path: PathId) -> bool {
    let tree = scene.tree;
    let name = tree.name(path);
    if name.ends_with(b".lua") || name.ends_with(b".conf") {
        return true;
    }
    let parent = tree.name(tree.parent(path));
    if parent.ends_with(b"-enabled") || parent.ends_with(b"-available") || parent == b"conf.d" {
        return true;
    }
    if !tree.inode(path).is_executable() {
        return false;
    }
    let mut head = [0; 64];
    let count = tree.read(tree.inode_id(path), 0, &mut head).unwrap_or_default();
    let line = head[..count].split(|&byte| byte == b'\n').next().unwrap_or_default();
    line.starts_with(b"#!") && line.windows(3).any(|part| part == b"lua")
}

/// Directories in which a source finds modules: the usual ones, those that templates name, and those above the source.
fn bases(scene: &Scene<'_>, source: PathId, text: &str) -> BTreeSet<PathId> {
    let tree = scene.tree;
    let mut roots: Vec<PathId> = ROOTS.iter().filter_map(|root| scene.find(root)).collect();
    for triplet in scene.find("/usr/lib").into_iter().flat_map(|lib| tree.children(lib)) {
        roots.extend(tree.child(triplet, b"lua"));
    }
    let is_version = |path: &PathId| tree.name(*path).first().is_some_and(u8::is_ascii_digit);
    let versions = roots.iter().flat_map(|&root| tree.children(root)).filter(is_version);
    let mut found: BTreeSet<PathId> = versions.collect();
    found.extend(roots);
    let variables = scene.contract.env.iter().filter(|(name, _)| name.starts_with("LUA_"));
    let texts = variables.map(|(_, value)| value.as_str()).chain([text]);
    for directory in texts.flat_map(templates) {
        found.extend(scene.find(directory.as_bytes()));
    }
    found.extend(scene.contract.workdir.as_ref().and_then(|workdir| scene.find(workdir)));
    let mut at = tree.parent(source);
    while at != tree.root() {
        found.insert(at);
        at = tree.parent(at);
    }
    found.retain(|&base| tree.inode(base).is_directory());
    found
}

/// The absolute directories in templates of paths: `/srv/lib/?.lua;/srv/lib/?/init.lua`.
fn templates(text: &str) -> impl Iterator<Item = String> + '_ {
    let parts = text.split(|next: char| next.is_whitespace() || ";\"'`,()[]{}".contains(next));
    parts.filter_map(|part| {
        let directory = part.split_once("/?")?.0;
        directory.starts_with('/').then(|| directory.to_owned())
    })
}

/// What a `require` names.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Required {
    /// A module, as a path.
    Module(String),
    /// The beginning of the names of several: `require("drivers." .. name)`.
    Begin(String),
}

fn required(text: &str) -> BTreeSet<Required> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("require") {
        let before = text[..at].chars().next_back();
        let is_word = before.is_some_and(|last| last.is_alphanumeric() || last == '_');
        let line = text[..at].rsplit('\n').next().unwrap_or_default();
        if is_word || line.trim_start().starts_with("--") {
            continue;
        }
        // `require "x"`, `require("x")`, `pcall(require, "x")`.
        let rest = text[at + "require".len()..].trim_start_matches([' ', '\t', '(', ',']);
        let Some(quote) = rest.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else {
            continue;
        };
        let Some((name, behind)) = rest[1..].split_once(quote) else { continue };
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte))
            && !name.contains("..");
        if !is_name {
            continue;
        }
        let path = name.replace('.', "/");
        let goes_on = behind.trim_start().starts_with("..");
        found.insert(if goes_on { Required::Begin(path) } else { Required::Module(path) });
    }
    found
}

/// The files that a name may mean in one directory: `?.lua`, `?/init.lua`, `?.so`, and the library of the name's first part.
fn want_module(
    scene: &Scene<'_>,
    by: PathId,
    base: PathId,
    required: &Required,
    wants: &mut Wants,
) {
    let tree = scene.tree;
    let candidates = match required {
        Required::Module(name) => {
            let first = name.split('/').next().unwrap_or_default();
            vec![
                format!("{name}.lua"),
                format!("{name}/init.lua"),
                format!("{name}.so"),
                format!("{first}.so"),
            ]
        }
        Required::Begin(begin) => {
            let directory = begin.trim_end_matches('/');
            if let Some(directory) = scene.find_from(base, directory.as_bytes())
                && begin.ends_with('/')
                && tree.inode(directory).is_directory()
            {
                let because = "may be required by";
                wants.want_below(scene, Subtree { directory, by: Some(by), because }, |path| {
                    is_module(scene, path)
                });
            }
            return;
        }
    };
    for candidate in candidates {
        let full = [&tree.path(base)[..], b"/", candidate.as_bytes()].concat();
        if scene.find(&full).is_some_and(|path| tree.inode(path).is_file()) {
            wants.want_resolved(scene, &full, Some(by), "required by");
        }
    }
}

/// What lies below a used module: `resty/core.lua` loads `resty/core/*` by names that it puts together.
fn want_family(scene: &Scene<'_>, module: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let Some(stem) = tree.name(module).strip_suffix(b".lua") else { return };
    let directory = match stem {
        b"init" => Some(tree.parent(module)).filter(|&directory| scene.is_in_lua(directory)),
        stem => tree.child(tree.parent(module), stem),
    };
    let Some(directory) = directory.filter(|&directory| tree.inode(directory).is_directory())
    else {
        return;
    };
    let because = "loaded by name by";
    wants.want_below(scene, Subtree { directory, by: Some(module), because }, |path| {
        is_module(scene, path)
    });
}

fn is_module(scene: &Scene<'_>, path: PathId) -> bool {
    let name = scene.tree.name(path);
    scene.tree.inode(path).is_directory() || name.ends_with(b".lua") || name.ends_with(b".so")
}

impl Scene<'_> {
    /// Whether a directory lies below one of Lua's own.
    fn is_in_lua(&self, directory: PathId) -> bool {
        let mut at = self.tree.parent(directory);
        while at != self.tree.root() {
            if matches!(self.tree.name(at), b"lua" | b"lualib") {
                return true;
            }
            at = self.tree.parent(at);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;
    use crate::rules::fixture::Stage;

    fn image(tree: TreeBuilder) -> TreeBuilder {
        tree.file("/app/main.lua", 0o644, b"local a = require 'lib.a'\nlocal ok, c = pcall(require, \"cjson\")\nrequire('drivers.' .. name)\n-- require 'never'\n")
            .file("/app/lib/a.lua", 0o644, b"return require(\"pl.path\")\n")
            .file("/app/drivers/pg.lua", 0o644, b"")
            .file("/usr/share/lua/5.1/pl/path.lua", 0o644, b"")
            .file("/usr/share/lua/5.1/pl/other.lua", 0o644, b"")
            .file("/usr/share/lua/5.1/never.lua", 0o644, b"")
            .file("/usr/lib/x86_64-linux-gnu/lua/5.1/cjson.so", 0o755, b"")
            .file("/usr/share/lua/5.1/resty/core.lua", 0o644, b"")
            .file("/usr/share/lua/5.1/resty/core/time.lua", 0o644, b"")
            .file("/srv/modules/own.lua", 0o644, b"")
            .file("/etc/nginx/nginx.conf", 0o644, b"lua_package_path '/srv/modules/?.lua;;';\ncontent_by_lua_block { require \"own\" }\n")
            .file("/etc/other.conf", 0o644, b"require 'never'\n")
    }

    fn kept(touched: &str) -> Vec<String> {
        Stage::new(image).level(Level::Balanced).read(touched).kept_files()
    }

    #[test]
    fn modules_stay_with_who_requires_them() {
        assert_eq!(
            kept("/app/main.lua"),
            [
                "/app/drivers/pg.lua",
                "/app/lib/a.lua",
                "/app/main.lua",
                "/usr/lib/x86_64-linux-gnu/lua/5.1/cjson.so",
                "/usr/share/lua/5.1/pl/path.lua",
            ]
        );
    }

    #[test]
    fn blocks_in_nginx_count_and_other_configuration_does_not() {
        assert_eq!(
            kept("/etc/nginx/nginx.conf"),
            ["/etc/nginx/nginx.conf", "/srv/modules/own.lua"]
        );
        assert_eq!(kept("/etc/other.conf"), ["/etc/other.conf"]);
    }

    #[test]
    fn a_used_module_keeps_what_is_below_its_name() {
        assert_eq!(
            kept("/usr/share/lua/5.1/resty/core.lua"),
            ["/usr/share/lua/5.1/resty/core.lua", "/usr/share/lua/5.1/resty/core/time.lua"]
        );
    }

    #[test]
    fn names_are_found() {
        let text = "x=require'a.b' myrequire 'no' require ( \"c\" ) require(x) require '../no' require(\"d.\"..e)";
        let module = |name: &str| Required::Module(name.to_owned());
        let expected = [module("a/b"), module("c"), Required::Begin("d/".to_owned())];
        assert_eq!(required(text).into_iter().collect::<Vec<_>>(), expected);
    }
}
