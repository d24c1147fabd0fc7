//! Versions of runtimes, as a file or a directory that comes with each tells.

use jettison_rootfs::{PathId, Tree};

/// Longest file that is read for a version; php_version.h and its like have some hundred bytes, node_version.h five thousand.
const FILE_BYTES: u64 = 64 << 10;

/// The version of a runtime whose home is `home`, see `runtime.rs` for what that is.
pub(crate) fn of(tree: &Tree, home: PathId, name: &str) -> Option<String> {
    let prefix = tree.parent(tree.parent(home));
    match name {
        "python" => {
            let directory = text_of(tree.name(home));
            let header = format!("include/{directory}/patchlevel.h");
            let exact = read(tree, prefix, &header)
                .and_then(|text| Some(define(&text, "PY_VERSION")?.trim_matches('"').to_owned()));
            exact.or_else(|| Some(directory.trim_start_matches(char::is_alphabetic).to_owned()))
        }
        "node" => {
            let text = read(tree, home, "include/node/node_version.h")?;
            let part = |name: &str| define(&text, name);
            let (major, minor) = (part("NODE_MAJOR_VERSION")?, part("NODE_MINOR_VERSION")?);
            Some(format!("{major}.{minor}.{}", part("NODE_PATCH_VERSION")?))
        }
        "java" => {
            let text = read(tree, home, "release")?;
            let value = text.lines().find_map(|line| line.strip_prefix("JAVA_VERSION="))?;
            Some(value.trim_matches('"').to_owned())
        }
        "go" => Some(read(tree, home, "VERSION")?.lines().next()?.trim_start_matches("go").into()),
        "php" => {
            let text = read(tree, prefix, "include/php/main/php_version.h")?;
            Some(define(&text, "PHP_VERSION")?.trim_matches('"').to_owned())
        }
        "yarn" => {
            let json: serde_json::Value =
                serde_json::from_str(&read(tree, home, "package.json")?).ok()?;
            json["version"].as_str().map(str::to_owned)
        }
        "dotnet" => newest(tree, find(tree, home, "shared/Microsoft.NETCore.App")?),
        "ruby" | "perl" => newest(tree, home),
        "gcc" => newest(tree, tree.children(home).next()?),
        _ => None,
    }
}

fn find(tree: &Tree, directory: PathId, path: &str) -> Option<PathId> {
    path.split('/').try_fold(directory, |at, name| tree.child(at, name.as_bytes()))
}

fn read(tree: &Tree, directory: PathId, path: &str) -> Option<String> {
    let file = find(tree, directory, path)?;
    tree.read_all(tree.inode_id(file), FILE_BYTES).ok().map(|text| text_of(&text))
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a C header defines a name as.
fn define<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = text.lines().map(|line| line.split_whitespace());
    lines.find_map(|mut words| {
        (words.next() == Some("#define") && words.next() == Some(name)).then(|| words.next())?
    })
}

/// The last of the directories that are named for versions, number by number.
fn newest(tree: &Tree, directory: PathId) -> Option<String> {
    let names = tree.children(directory).map(|child| text_of(tree.name(child)));
    let versions = names.filter_map(|name| {
        let numbers: Option<Vec<u32>> = name.split('.').map(|part| part.parse().ok()).collect();
        Some((numbers?, name))
    });
    versions.max().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;

    #[test]
    fn each_runtime_tells_in_its_own_way() {
        let node = b"#define NODE_MAJOR_VERSION 20\n#define NODE_MINOR_VERSION 11\n#define NODE_PATCH_VERSION 1\n";
        let tree = TreeBuilder::new()
            .file("/usr/local/lib/python3.11/os.py", 0o644, b"")
            .file(
                "/usr/local/include/python3.11/patchlevel.h",
                0o644,
                b"#define PY_MAJOR_VERSION 3\n#define PY_VERSION \t\"3.11.7\"\n",
            )
            .file("/opt/lib/python3.9/os.py", 0o644, b"")
            .file("/usr/local/include/node/node_version.h", 0o644, node)
            .file("/opt/java/release", 0o644, b"IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"17.0.9\"\n")
            .file("/usr/local/go/VERSION", 0o644, b"go1.21.5\ntime 2023\n")
            .file("/opt/dotnet/shared/Microsoft.NETCore.App/8.0.2/x", 0o644, b"")
            .file("/opt/dotnet/shared/Microsoft.NETCore.App/8.0.11/x", 0o644, b"")
            .dir("/usr/local/lib/ruby/3.2.0", 0o755)
            .dir("/usr/local/lib/ruby/gems", 0o755)
            .build();
        for (home, name, expected) in [
            ("/usr/local/lib/python3.11", "python", Some("3.11.7")),
            ("/opt/lib/python3.9", "python", Some("3.9")),
            ("/usr/local", "node", Some("20.11.1")),
            ("/opt/java", "java", Some("17.0.9")),
            ("/usr/local/go", "go", Some("1.21.5")),
            ("/opt/dotnet", "dotnet", Some("8.0.11")),
            ("/usr/local/lib/ruby", "ruby", Some("3.2.0")),
            ("/opt/java", "rust", None),
        ] {
            let home = tree.find(home.as_bytes()).expect("it was made");
            assert_eq!(of(&tree, home, name).as_deref(), expected, "{name}");
        }
    }
}
