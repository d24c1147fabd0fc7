//! What a bill lists: one entry for each package, wherever it lies.

use std::collections::BTreeMap;

use jettison_rootfs::Tree;

use super::{license::License, purl};
use crate::{Manager, Package, Release, debian_copyright};

/// One entry.
#[derive(Debug)]
pub(super) struct Component {
    pub(super) manager: Manager,
    /// What stands in front of the name: a scope, a group, a vendor.
    pub(super) group: Option<String>,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) purl: Option<String>,
    /// The most exact that is known; sorted.
    pub(super) licenses: Vec<License>,
    pub(super) supplier: Option<String>,
    pub(super) homepage: Option<String>,
    /// Files and directories that say that it is there; sorted.
    pub(super) places: Vec<String>,
}

/// The entries of an inventory, in the inventory's order.
pub(super) fn all(tree: &Tree, packages: &[Package], release: &Release) -> Vec<Component> {
    let mut found: BTreeMap<_, Component> = BTreeMap::new();
    for package in packages {
        let key = (
            package.manager,
            package.name.clone(),
            package.version.clone(),
            package.architecture.clone(),
        );
        let component = found.entry(key).or_insert_with(|| component(tree, package, release));
        component.places.push(String::from_utf8_lossy(&tree.path(package.home)).into_owned());
    }
    let mut components: Vec<Component> = found.into_values().collect();
    for component in &mut components {
        component.places.sort();
        component.places.dedup();
    }
    components
}

fn component(tree: &Tree, package: &Package, release: &Release) -> Component {
    let separator = match package.manager {
        Manager::Npm | Manager::Composer => Some('/'),
        Manager::Maven => Some(':'),
        _ => None,
    };
    let split = separator.and_then(|separator| package.name.split_once(separator));
    let (group, name) =
        split.map_or((None, package.name.as_str()), |(group, name)| (Some(group), name));
    let words = match package.manager {
        Manager::Dpkg => debian_copyright::licenses(tree, &package.name),
        _ => package.about.licenses.clone(),
    };
    let is_said = |words: &String| !words.trim().is_empty();
    let mut licenses: Vec<License> =
        words.iter().filter(|words| is_said(words)).map(|words| License::of(words)).collect();
    licenses.sort();
    licenses.dedup();
    Component {
        manager: package.manager,
        group: group.map(str::to_owned),
        name: name.to_owned(),
        version: package.version.clone(),
        purl: purl::of(package, release),
        licenses,
        supplier: package.about.supplier.clone().filter(is_said),
        homepage: package.about.homepage.clone().filter(|page| is_url(page)),
        places: Vec::new(),
    }
}

/// Whether a text is an address that both forms accept.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_fit = |char: char| char.is_ascii_graphic() && !r#""<>\^`{|}"#.contains(char);
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_fit))
}
