//! Modules, found the way the import system finds them.

use jettison_rootfs::{Kind, PathId, Tree};

/// Endings of extension modules that every Python knows (PEP 3149, PEP 384), beside its own ABI's.
const EXTENSIONS: [&str; 2] = [".abi3.so", ".so"];

/// Where modules may be called from a directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finder<'a> {
    pub(super) tree: &'a Tree,
    /// The ABI's own ending of extension modules, as `.cpython-311-x86_64-linux-gnu.so`.
    pub(super) suffix: Option<&'a [u8]>,
}

impl Finder<'_> {
    /// The files of a dotted module below a directory of the import path: those of the packages on the way, then the
    /// module's own. What of the name is no module (a function in it, say) is left out; nothing when even the first
    /// part is none.
    pub(super) fn files(self, root: PathId, module: &str) -> Vec<PathId> {
        let mut found = Vec::new();
        let mut at = root;
        for part in module.split('.') {
            let name = part.as_bytes();
            let Some(directory) = self.directory(at, name) else {
                found.extend(self.module(at, name));
                break;
            };
            found.extend(self.module(directory, b"__init__"));
            at = directory;
        }
        found
    }

    fn directory(self, at: PathId, name: &[u8]) -> Option<PathId> {
        let child = self.follow(self.tree.child(at, name)?)?;
        let is_package = self.tree.inode(child).kind == Kind::Directory;
        // A directory beside a module of its name loses against the module, unless it is a package.
        (is_package
            && (self.module(child, b"__init__").is_some() || self.module(at, name).is_none()))
        .then_some(child)
    }

    /// `NAME.py`, an extension module, or bytecode without a source.
    fn module(self, directory: PathId, name: &[u8]) -> Option<PathId> {
        let own = self.suffix.into_iter();
        let mut endings = own
            .chain(EXTENSIONS.iter().map(|ending| ending.as_bytes()))
            .chain([&b".py"[..], b".pyc"]);
        endings.find_map(|ending| self.tree.child(directory, &[name, ending].concat()))
    }

    fn follow(self, path: PathId) -> Option<PathId> {
        match self.tree.inode(path).kind {
            Kind::Symlink => self.tree.resolve(&self.tree.path(path)).map(|resolved| resolved.path),
            _ => Some(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;

    #[test]
    fn packages_modules_extensions_and_namespaces_are_found() {
        let tree = TreeBuilder::new()
            .file("/s/pkg/__init__.py", 0o644, b"")
            .file("/s/pkg/mod.py", 0o644, b"")
            .file("/s/pkg/sub/__init__.py", 0o644, b"")
            .file("/s/ns/deep/leaf.py", 0o644, b"")
            .file("/s/_ext.cpython-311-x86_64-linux-gnu.so", 0o644, b"")
            .file("/s/stable.abi3.so", 0o644, b"")
            .file("/s/both.py", 0o644, b"")
            .file("/s/both/data.txt", 0o644, b"")
            .build();
        let root = tree.find(b"/s").expect("it was made");
        let finder = Finder { tree: &tree, suffix: Some(b".cpython-311-x86_64-linux-gnu.so") };
        let cases: [(&str, &[&str]); 8] = [
            ("pkg", &["/s/pkg/__init__.py"]),
            ("pkg.mod.function", &["/s/pkg/__init__.py", "/s/pkg/mod.py"]),
            ("pkg.sub", &["/s/pkg/__init__.py", "/s/pkg/sub/__init__.py"]),
            ("ns.deep.leaf", &["/s/ns/deep/leaf.py"]),
            ("_ext", &["/s/_ext.cpython-311-x86_64-linux-gnu.so"]),
            ("stable", &["/s/stable.abi3.so"]),
            ("both", &["/s/both.py"]),
            ("missing.x", &[]),
        ];
        for (module, expected) in cases {
            let files: Vec<_> = finder
                .files(root, module)
                .into_iter()
                .map(|path| String::from_utf8_lossy(&tree.path(path)).into_owned())
                .collect();
            assert_eq!(files, expected, "{module}");
        }
    }
}
