//! .NET's shared frameworks stay whole, and the system libraries they load by name.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId};
use serde_json::Value;

use super::libraries;
use crate::{Level, Rule, Scene, Wants, rule::Page, subtree::Subtree};

/// Keeps frameworks and assemblies of .NET.
pub(super) struct DotNet;

/// Longest deps.json that is read; a large service's has 300 KB.
const JSON_BYTES: u64 = 16 << 20;

/// Parts of a framework that no running program uses.
const UNUSED: [&[u8]; 3] = [b".pdb", b".xml", b".lib"];

/// System libraries that .NET's own load by names that they put together, with the beginnings of those names
/// (`pal_icushim.c`, `opensslshim.c`, `pal_gssapi.c` of dotnet/runtime).
const LOADED: [(&[u8], &[&str]); 3] = [
    (b"libSystem.Globalization.Native.so", &["libicuuc.so.", "libicui18n.so.", "libicudata.so."]),
    (b"libSystem.Security.Cryptography.Native.OpenSsl.so", &["libssl.so.", "libcrypto.so."]),
    (b"libSystem.Net.Security.Native.so", &["libgssapi_krb5.so."]),
];

impl Rule for DotNet {
    fn name(&self) -> &'static str {
        "dotnet"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "The version of each shared framework from which something was used, whole; the host beside it; what a kept \
                   deps.json lists for Linux; ICU, OpenSSL and Kerberos where .NET's own libraries load them.",
            why: "Assemblies are loaded when the first method that uses one of their types is compiled.",
            instead: "Publish self-contained and trimmed (PublishTrimmed), so that there is no shared framework.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let tree = scene.tree;
        let name = tree.name(path);
        if tree.inode(path).kind == Kind::Directory {
            if is_framework(scene, path) {
                want_framework(scene, path, wants);
            }
        } else if name.ends_with(b".deps.json") {
            want_listed(scene, path, wants);
        } else if let Some((_, beginnings)) = LOADED.iter().find(|(library, _)| *library == name) {
            for directory in libraries::system_directories(scene) {
                let Some(found) = scene.find(&directory) else { continue };
                let is_one = |path: &PathId| {
                    beginnings
                        .iter()
                        .any(|beginning| tree.name(*path).starts_with(beginning.as_bytes()))
                };
                for library in tree.children(found).filter(is_one) {
                    wants.want_for(library, path, "a library loaded by name by");
                }
            }
        }
    }
}

/// `shared/Microsoft.NETCore.App/8.0.1` and its like.
fn is_framework(scene: &Scene<'_>, directory: PathId) -> bool {
    let tree = scene.tree;
    let framework = tree.parent(directory);
    tree.name(directory).first().is_some_and(u8::is_ascii_digit)
        && tree.name(framework).ends_with(b".App")
        && tree.name(tree.parent(framework)) == b"shared"
        && tree.descendants(directory).any(|path| !scene.evidence.touches(path).is_empty())
}

fn want_framework(scene: &Scene<'_>, directory: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let is_used = |path: PathId| {
        let name = tree.name(path);
        name != b"createdump" && !UNUSED.iter().any(|ending| name.ends_with(ending))
    };
    wants.want_below(
        scene,
        Subtree { directory, by: Some(directory), because: "part of the used framework" },
        is_used,
    );
    let root = tree.parent(tree.parent(tree.parent(directory)));
    if let Some(host) = tree.child(root, b"host") {
        wants.want_below(
            scene,
            Subtree { directory: host, by: Some(directory), because: "the host of" },
            |_| true,
        );
    }
    if let Some(program) = tree.child(root, b"dotnet") {
        wants.want_for(program, directory, "the host of");
    }
}

/// Assemblies, native libraries and satellite assemblies of a deps.json ("Runtime configuration files" in dotnet/sdk).
fn want_listed(scene: &Scene<'_>, file: PathId, wants: &mut Wants) {
    let Some(json) = scene
        .contents(file, JSON_BYTES)
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
    else {
        return;
    };
    let mut places: BTreeSet<String> = BTreeSet::new();
    let targets = json["targets"].as_object().into_iter().flat_map(|targets| targets.values());
    for library in targets.filter_map(Value::as_object).flat_map(|libraries| libraries.values()) {
        for kind in ["runtime", "native", "resources"] {
            for (place, details) in library[kind].as_object().into_iter().flatten() {
                // Published files lie beside the list, satellite assemblies in a directory of their language.
                let last = place.rsplit('/').next().unwrap_or_default();
                places.insert(
                    details["locale"]
                        .as_str()
                        .map_or_else(|| last.to_owned(), |locale| format!("{locale}/{last}")),
                );
            }
        }
        for (place, details) in library["runtimeTargets"].as_object().into_iter().flatten() {
            let rid = details["rid"].as_str().unwrap_or_default();
            if ["linux", "unix", "alpine", "debian", "any"]
                .iter()
                .any(|family| rid.starts_with(family))
            {
                places.insert(place.clone());
            }
        }
    }
    let directory = scene.tree.parent(file);
    for found in places.iter().filter_map(|place| scene.find_from(directory, place.as_bytes())) {
        if scene.tree.inode(found).is_file() {
            wants.want_for(found, file, "listed in");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixture::Stage;

    #[test]
    fn the_used_framework_stays_whole_and_others_go() {
        let shared = "/usr/share/dotnet/shared/Microsoft.NETCore.App";
        let kept = Stage::new(|tree| {
            tree.file(&format!("{shared}/8.0.1/System.Private.CoreLib.dll"), 0o644, b"x")
                .file(&format!("{shared}/8.0.1/System.Xml.dll"), 0o644, b"x")
                .file(&format!("{shared}/8.0.1/System.Xml.pdb"), 0o644, b"x")
                .file(&format!("{shared}/8.0.1/libSystem.Globalization.Native.so"), 0o644, b"x")
                .file(&format!("{shared}/6.0.1/System.Xml.dll"), 0o644, b"x")
                .file("/usr/share/dotnet/host/fxr/8.0.1/libhostfxr.so", 0o644, b"x")
                .file("/usr/lib/x86_64-linux-gnu/libicuuc.so.72", 0o644, b"x")
                .file("/usr/lib/x86_64-linux-gnu/libz.so.1", 0o644, b"x")
        })
        .level(Level::Balanced)
        .read("/usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/System.Private.CoreLib.dll")
        .kept_files();
        assert_eq!(
            kept,
            [
                "/usr/lib/x86_64-linux-gnu/libicuuc.so.72".to_owned(),
                "/usr/share/dotnet/host/fxr/8.0.1/libhostfxr.so".to_owned(),
                format!("{shared}/8.0.1/System.Private.CoreLib.dll"),
                format!("{shared}/8.0.1/System.Xml.dll"),
                format!("{shared}/8.0.1/libSystem.Globalization.Native.so"),
            ]
        );
    }

    #[test]
    fn what_deps_json_lists_stays() {
        let deps = br#"{"targets": {".NETCoreApp,Version=v8.0": {"A/1.0": {
            "runtime": {"lib/net8.0/A.dll": {}}, "resources": {"lib/net8.0/de/A.resources.dll": {"locale": "de"}},
            "runtimeTargets": {"runtimes/linux-x64/native/a.so": {"rid": "linux-x64"}, "runtimes/win/native/a.dll": {"rid": "win"}}}}}}"#;
        let kept = Stage::new(|tree| {
            tree.file("/app/app.deps.json", 0o644, deps)
                .file("/app/A.dll", 0o644, b"x")
                .file("/app/B.dll", 0o644, b"x")
                .file("/app/de/A.resources.dll", 0o644, b"x")
                .file("/app/runtimes/linux-x64/native/a.so", 0o644, b"x")
                .file("/app/runtimes/win/native/a.dll", 0o644, b"x")
        })
        .level(Level::Balanced)
        .read("/app/app.deps.json")
        .kept_files();
        assert_eq!(
            kept,
            [
                "/app/A.dll",
                "/app/app.deps.json",
                "/app/de/A.resources.dll",
                "/app/runtimes/linux-x64/native/a.so"
            ]
        );
    }
}
