//! Licences of Debian's packages: `/usr/share/doc/NAME/copyright`, where it is machine-readable.
//!
//! Source: Debian's machine-readable copyright file format 1.0 (DEP-5): paragraphs with a `License` field whose first line is
//! a short name. Files in words of their own are not guessed at.

use std::collections::BTreeSet;

use jettison_rootfs::Tree;

/// Longest file that is read; the kernel's has 1 MiB.
const FILE_BYTES: u64 = 4 << 20;

/// The short names of the licences of a package's files, sorted.
pub(crate) fn licenses(tree: &Tree, package: &str) -> Vec<String> {
    let path = format!("/usr/share/doc/{package}/copyright");
    let Some(file) = tree.resolve(path.as_bytes()) else { return Vec::new() };
    let text = tree.read_all(tree.inode_id(file.path), FILE_BYTES).unwrap_or_default();
    short_names(&String::from_utf8_lossy(&text))
}

fn short_names(text: &str) -> Vec<String> {
    if !text.trim_start().starts_with("Format:") {
        return Vec::new();
    }
    let mut found = BTreeSet::new();
    for paragraph in text.split("\n\n") {
        let field = |key: &str| paragraph.lines().find_map(|line| line.strip_prefix(key));
        // A paragraph of a licence alone is the text of one that others name.
        let is_about_files = field("Files:").is_some() || field("Format:").is_some();
        let name = field("License:").map(str::trim).filter(|name| !name.is_empty());
        found.extend(name.filter(|_| is_about_files).map(str::to_owned));
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_files_count() {
        let text = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: x\n\n\
                    Files: *\nCopyright: someone\nLicense: GPL-2+\n text\n .\n more\n\n\
                    Files: debian/*\nLicense: Expat\n\nLicense: GPL-2+\n the text\n\nLicense: unused\n";
        assert_eq!(short_names(text), ["Expat", "GPL-2+"]);
        assert!(short_names("This package was debianized by\nLicense: GPL\n").is_empty());
    }
}
