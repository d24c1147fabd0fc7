//! Paths with symbolic links in them, followed as the kernel would inside the tree.

use crate::{PathId, Tree};

/// Links that the kernel follows in one look-up before it gives up with ELOOP (`MAXSYMLINKS`).
pub(crate) const MAX_LINKS: usize = 40;

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The name it ends at; never a symbolic link.
    pub path: PathId,
    /// Every symbolic link that was followed on the way, in order.
    pub links: Vec<PathId>,
}

impl Tree {
    /// Follows `path` from the root, symbolic links included, in parents and at the end.
    ///
    /// `None` when the path leads nowhere, through something that is no directory, or through
    /// more than 40 links. As with `chroot(2)`, `..` stays inside the root.
    pub fn resolve(&self, path: &[u8]) -> Option<Resolved> {
        self.resolve_from(self.root(), path)
    }

    /// Like [`Tree::resolve`], a relative `path` starting at `directory`.
    pub fn resolve_from(&self, directory: PathId, path: &[u8]) -> Option<Resolved> {
        if path.is_empty() {
            return None;
        }
        let mut at = directory;
        let mut links = Vec::new();
        let mut todo = vec![components(path)];
        if path.starts_with(b"/") {
            at = self.root();
        }
        while let Some(current) = todo.last_mut() {
            let Some(name) = current.next() else {
                todo.pop();
                continue;
            };
            if !self.inode(at).is_directory() {
                return None;
            }
            match name {
                b"." | b"" => continue,
                b".." => at = self.parent(at),
                name => at = self.child(at, name)?,
            }
            let Some(target) = &self.inode(at).target else { continue };
            if links.len() == MAX_LINKS {
                return None;
            }
            links.push(at);
            at = if target.starts_with(b"/") { self.root() } else { self.parent(at) };
            todo.push(components(target));
        }
        Some(Resolved { path: at, links })
    }
}

/// Components in order; an empty one at the end when the path ends with a slash, which then must
/// name a directory.
pub(crate) fn components(path: &[u8]) -> std::slice::Split<'_, u8, fn(&u8) -> bool> {
    path.split(|&byte| byte == b'/')
}

#[cfg(test)]
mod tests {
    use crate::fixture::TreeBuilder;

    /// A path, and where it ends through which links.
    type Case<'a> = (&'a str, Option<(&'a str, &'a [&'a str])>);

    #[test]
    fn links_are_followed_in_parents_and_at_the_end() {
        let tree = TreeBuilder::new()
            .dir("/usr", 0o755)
            .dir("/usr/lib", 0o755)
            .file("/usr/lib/libc.so.6", 0o644, b"elf")
            .symlink("/lib", "usr/lib")
            .symlink("/usr/lib/libc.so", "libc.so.6")
            .symlink("/up", "../../../usr/./lib//")
            .symlink("/abs", "/lib/libc.so")
            .symlink("/loop", "loop")
            .symlink("/dangling", "nowhere")
            .build();
        let shown = |path: &str| {
            let resolved = tree.resolve(path.as_bytes())?;
            let text = |id| String::from_utf8(tree.path(id)).expect("fixture paths are text");
            Some((text(resolved.path), resolved.links.into_iter().map(text).collect::<Vec<_>>()))
        };
        let cases: [Case<'_>; 15] = [
            ("/", Some(("/", &[]))),
            ("/usr/lib/libc.so.6", Some(("/usr/lib/libc.so.6", &[]))),
            ("/lib/libc.so.6", Some(("/usr/lib/libc.so.6", &["/lib"]))),
            ("/lib/libc.so", Some(("/usr/lib/libc.so.6", &["/lib", "/usr/lib/libc.so"]))),
            ("/abs", Some(("/usr/lib/libc.so.6", &["/abs", "/lib", "/usr/lib/libc.so"]))),
            ("/up/libc.so.6", Some(("/usr/lib/libc.so.6", &["/up"]))),
            ("/../..//lib/.", Some(("/usr/lib", &["/lib"]))),
            ("/lib/../lib/..", Some(("/usr", &["/lib"]))),
            ("lib/", Some(("/usr/lib", &["/lib"]))),
            ("", None),
            ("/loop", None),
            ("/dangling", None),
            ("/usr/nothing", None),
            ("/abs/", None),
            ("/abs/..", None),
        ];
        for (path, expected) in cases {
            let expected = expected.map(|(path, links)| {
                (path.to_owned(), links.iter().copied().map(str::to_owned).collect())
            });
            assert_eq!(shown(path), expected, "{path}");
        }
        let lib = tree.find(b"/usr/lib").expect("it was made");
        let end = tree.resolve_from(lib, b"libc.so").expect("it leads to libc.so.6");
        assert_eq!(tree.path(end.path), b"/usr/lib/libc.so.6");
    }

    #[test]
    fn forty_links_are_followed_and_no_more() {
        let mut builder = TreeBuilder::new().file("/0", 0o644, b"");
        for number in 1..=41 {
            builder = builder.symlink(&format!("/{number}"), &format!("{}", number - 1));
        }
        let tree = builder.build();
        assert_eq!(tree.resolve(b"/40").map(|end| end.links.len()), Some(40));
        assert_eq!(tree.resolve(b"/41"), None);
    }
}
