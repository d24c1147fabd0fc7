//! RubyGems' packages: `specifications/NAME-VERSION.gemspec` with `gems/` and `extensions/` beside it.

use jettison_rootfs::{Kind, PathId, Tree};

use crate::{
    Landmarks, Manager, Package,
    paths::{files_below, in_order},
};

/// Longest specification that is read; one with 5,000 files has 300 KiB.
const SPECIFICATION_BYTES: u64 = 4 << 20;

/// Every installed gem. Default gems own nothing: see [`default_gems`].
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
    let mut gem = described(tree, home)?;
    gem.files = in_order(files);
    Some(gem)
}

/// Default gems: they come with Ruby, and their files are the standard library's.
pub(crate) fn default_gems(tree: &Tree, landmarks: &Landmarks) -> Vec<Package> {
    landmarks.default_gemspecs.iter().filter_map(|&home| described(tree, home)).collect()
}

/// What a specification and its name tell.
fn described(tree: &Tree, home: PathId) -> Option<Package> {
    let full_name = tree.name(home).strip_suffix(b".gemspec")?;
    let (name, version) = split(&String::from_utf8_lossy(full_name));
    let text = tree.read_all(tree.inode_id(home), SPECIFICATION_BYTES).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut gem = Package::new(Manager::Gem, name, home);
    gem.version = version;
    gem.about.licenses = values(&text, "licenses");
    gem.about.homepage = values(&text, "homepage").pop();
    Some(gem)
}

/// The texts that are assigned to an attribute: `s.licenses = ["MIT".freeze]`, as RubyGems writes specifications.
fn values(text: &str, attribute: &str) -> Vec<String> {
    let prefix = format!("s.{attribute} = ");
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(&prefix));
    let quoted = line.unwrap_or_default().split('"').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
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
    fn attributes_of_specifications_are_read() {
        let text = "Gem::Specification.new do |s|\n  s.licenses = [\"MIT\".freeze, \"Ruby\"]\n  s.homepage = \"https://x\".freeze\n";
        assert_eq!(super::values(text, "licenses"), ["MIT", "Ruby"]);
        assert_eq!(super::values(text, "homepage"), ["https://x"]);
        assert!(super::values(text, "summary").is_empty());
    }

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
