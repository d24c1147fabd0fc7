//! Every file that Ruby's `require` can find, by the name under which it finds it.

use std::collections::BTreeMap;

use jettison_rootfs::{Kind, PathId, Tree};

/// Where the standard library, Debian's `vendor_ruby` and local additions are; versions and platforms lie below.
const BASES: [&str; 4] =
    ["/usr/lib/ruby", "/usr/local/lib/ruby", "/usr/lib64/ruby", "/opt/ruby/lib/ruby"];

/// Files of all load paths.
#[derive(Debug, Default)]
pub(crate) struct RubyFiles {
    by_name: BTreeMap<Vec<u8>, Vec<PathId>>,
}

impl RubyFiles {
    /// Looks through the load paths of a tree: the standard library and its like, and the `lib` of every gem.
    pub(crate) fn of(tree: &Tree) -> Self {
        let mut files = Self::default();
        for directory in libraries(tree) {
            files.add(tree, directory);
        }
        // One look at all names is cheaper than to search for each place where gems may be.
        for gems in tree.iter().filter(|&path| tree.name(path) == b"gems") {
            if tree.child(tree.parent(gems), b"specifications").is_some() {
                for lib in tree.children(gems).filter_map(|gem| tree.child(gem, b"lib")) {
                    files.add(tree, lib);
                }
            }
        }
        files
    }

    /// The files that `require "name"` may load.
    pub(crate) fn named(&self, name: &str) -> &[PathId] {
        let name = [".rb", ".so"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        self.by_name.get(name.as_bytes()).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, tree: &Tree, directory: PathId) {
        let skipped = tree.path(directory).len() + 1;
        for path in tree.descendants(directory) {
            if tree.inode(path).kind == Kind::Directory {
                continue;
            }
            let name = tree.name(path);
            if name.ends_with(b".rb") || name.ends_with(b".so") {
                let full = tree.path(path);
                let key = full.get(skipped..full.len() - b".rb".len()).unwrap_or_default();
                self.by_name.entry(key.to_vec()).or_default().push(path);
            }
        }
    }
}

/// `3.1.0`, `vendor_ruby`, `site_ruby`, the versions in these, and their directories for platforms.
fn libraries(tree: &Tree) -> Vec<PathId> {
    let find = |path: &str| tree.resolve(path.as_bytes()).map(|resolved| resolved.path);
    let is_version = |path: &PathId| tree.name(*path).first().is_some_and(u8::is_ascii_digit);
    let is_platform = |path: &PathId| memchr::memmem::find(tree.name(*path), b"linux").is_some();
    let mut bases: Vec<PathId> = BASES.iter().filter_map(|base| find(base)).collect();
    let triplets = find("/usr/lib").into_iter().flat_map(|lib| tree.children(lib));
    bases.extend(triplets.filter_map(|triplet| tree.child(triplet, b"ruby")));
    let is_library = |path: &PathId| {
        is_version(path) || matches!(tree.name(*path), b"vendor_ruby" | b"site_ruby")
    };
    let mut found: Vec<PathId> =
        bases.iter().flat_map(|&base| tree.children(base)).filter(is_library).collect();
    found.extend(found.clone().into_iter().flat_map(|path| tree.children(path)).filter(is_version));
    found
        .extend(found.clone().into_iter().flat_map(|path| tree.children(path)).filter(is_platform));
    found
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;

    #[test]
    fn files_are_known_by_the_name_that_finds_them() {
        let tree = TreeBuilder::new()
            .file("/usr/lib/ruby/3.1.0/net/http.rb", 0o644, b"x")
            .file("/usr/lib/x86_64-linux-gnu/ruby/3.1.0/zlib.so", 0o644, b"x")
            .file("/usr/local/lib/ruby/3.3.0/x86_64-linux/zlib.so", 0o644, b"x")
            .file("/srv/gems/rack-3/lib/rack.rb", 0o644, b"x")
            .dir("/srv/specifications", 0o755)
            .file("/srv/other/rack.rb", 0o644, b"x")
            .build();
        let files = RubyFiles::of(&tree);
        let shown = |name: &str| -> Vec<String> {
            let text = |path: &PathId| String::from_utf8_lossy(&tree.path(*path)).into_owned();
            files.named(name).iter().map(text).collect()
        };
        assert_eq!(shown("net/http"), ["/usr/lib/ruby/3.1.0/net/http.rb"]);
        assert!(shown("zlib").contains(&"/usr/lib/x86_64-linux-gnu/ruby/3.1.0/zlib.so".to_owned()));
        assert!(
            shown("zlib.so").contains(&"/usr/local/lib/ruby/3.3.0/x86_64-linux/zlib.so".to_owned())
        );
        assert_eq!(shown("rack"), ["/srv/gems/rack-3/lib/rack.rb"]);
        assert_eq!(shown("nothing"), Vec::<String>::new());
    }
}
