//! RubyGems' packages: `specifications/NAME-VERSION.gemspec` with `gems/` and `extensions/` beside it.

use jettison_rootfs::{Kind, PathId, Tree};

use crate::{
    Landmarks, Manager, Package,
    paths::{files_below, in_order},
};

/// Every installed gem. Default gems, whose files are the standard library's, own nothing and are left out.
pub(crate) fn packages(tree: &Tree, landmarks: &Landmarks) -> Vec<Package> {
    landmarks.gemspecs.iter().filter_map(|&home| package(tree, home)).collect()
}

fn package(tree: &Tree, home: PathId) -> Option<Package> {
    let full_name = tree.name(home).strip_suffix(b".gemspec")?;
    let root = tree.parent(tree.parent(home));
    let directory = tree.child(tree.child(root, b"gems")?, full_name)?;
    let mut files = vec![home];
    files.extend(files_below(tree, directory));
    // extensions/PLATFORM/ABI/NAME-VERSION
    let extensions = tree.child(root, b"extensions");
    let platforms = extensions.into_iter().flat_map(|extensions| tree.children(extensions));
    for built in platforms
        .flat_map(|platform| tree.children(platform))
        .filter_map(|abi| tree.child(abi, full_name))
    {
        if tree.inode(built).kind == Kind::Directory {
            files.extend(files_below(tree, built));
        }
    }
    let (name, version) = split(&String::from_utf8_lossy(full_name));
    Some(Package {
        manager: Manager::Gem,
        name,
        version,
        architecture: None,
        files: in_order(files),
        home,
        stanza: None,
    })
}

/// `nokogiri-1.16.2-x86_64-linux` → nokogiri and 1.16.2-x86_64-linux: the version starts at the first digit after a dash.
fn split(full_name: &str) -> (String, String) {
    let dash = full_name
        .match_indices('-')
        .find(|(at, _)| full_name[at + 1..].starts_with(|next: char| next.is_ascii_digit()));
    match dash {
        Some((at, _)) => (full_name[..at].to_owned(), full_name[at + 1..].to_owned()),
        None => (full_name.to_owned(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_and_versions_are_told_apart() {
        for (full, name, version) in [
            ("rack-3.0.9", "rack", "3.0.9"),
            ("net-http-0.4.1", "net-http", "0.4.1"),
            ("nokogiri-1.16.2-x86_64-linux", "nokogiri", "1.16.2-x86_64-linux"),
            ("odd", "odd", ""),
        ] {
            assert_eq!(super::split(full), (name.to_owned(), version.to_owned()));
        }
    }
}
