//! Packages that came, went, or changed, each with its files.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use jettison_packages::Packages;

use crate::{FileChange, PackageChange, Side, Status, Tally, files::key, version};

/// Kind and name of a package.
type Key = (String, String);

/// Every package that changed, and the changes of files that none owns.
pub(crate) fn changes(
    (old, old_packages): (&Side<'_>, &Packages),
    (new, new_packages): (&Side<'_>, &Packages),
    files: &[FileChange],
) -> (Vec<PackageChange>, Tally) {
    let (before, after) = (versions(old, old_packages), versions(new, new_packages));
    let (mut tallies, unowned) = tally(files);
    let keys: BTreeSet<&Key> = before.keys().chain(after.keys()).collect();
    let none = BTreeSet::new();
    let changes = keys.into_iter().filter_map(|key| {
        let (was, is) = (before.get(key).unwrap_or(&none), after.get(key).unwrap_or(&none));
        let files = tallies.remove(key).unwrap_or_default();
        let (before, after, status) = if was == is {
            if files.is_empty() {
                return None;
            }
            (was.iter().cloned().collect(), is.iter().cloned().collect(), Status::Changed)
        } else {
            let (gone, come) = (only(was, is), only(is, was));
            let status = status(&gone, &come);
            (gone, come, status)
        };
        let (manager, name) = key.clone();
        Some(PackageChange { manager, name, status, before, after, files })
    });
    (changes.collect(), unowned)
}

/// The versions of each package; what lies inside of files that a larger package brought is that package.
fn versions(side: &Side<'_>, packages: &Packages) -> BTreeMap<Key, BTreeSet<String>> {
    let mut versions: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    for (_, package) in packages.own() {
        versions.entry(key(package)).or_default().insert(package.version.clone());
    }
    for (_, packed) in side.packed.iter().filter(|(path, _)| !packages.has_brought(*path)) {
        let key = (packed.manager.purl_type().to_owned(), packed.name.clone());
        versions.entry(key).or_default().insert(packed.version.clone());
    }
    versions
}

/// Versions of `these` that `others` lack, the lowest first.
fn only(these: &BTreeSet<String>, others: &BTreeSet<String>) -> Vec<String> {
    let mut only: Vec<String> = these.difference(others).cloned().collect();
    only.sort_by(|left, right| version::compare(left, right));
    only
}

/// Of several versions the highest counts.
fn status(gone: &[String], come: &[String]) -> Status {
    match (gone.last(), come.last()) {
        (None, _) => Status::Added,
        (_, None) => Status::Removed,
        (Some(gone), Some(come)) => match version::compare(gone, come) {
            Ordering::Less => Status::Upgraded,
            Ordering::Greater => Status::Downgraded,
            Ordering::Equal => Status::Changed,
        },
    }
}

/// Changes of files by the package that owns them. Where the owner changed, the old one has the bytes
/// before.
fn tally(files: &[FileChange]) -> (BTreeMap<Key, Tally>, Tally) {
    let mut tallies: BTreeMap<Option<Key>, Tally> = BTreeMap::new();
    for file in files {
        let key = |state: &Option<crate::FileState>| {
            let package = state.as_ref()?.package.as_deref()?;
            let (manager, name) = package.split_once('/')?;
            Some((manager.to_owned(), name.to_owned()))
        };
        let (was, is) = (key(&file.before), key(&file.after));
        let owner = if file.status == Status::Removed { &was } else { &is };
        let mut tally = Tally::default();
        tally.count_file(file);
        if file.status == Status::Changed && was != is {
            tally.bytes_before = 0;
            tallies.entry(was.clone()).or_default().bytes_before += file.bytes_before;
        }
        *tallies.entry(owner.clone()).or_default() += tally;
    }
    let unowned = tallies.remove(&None).unwrap_or_default();
    let owned = tallies.into_iter().filter_map(|(key, tally)| Some((key?, tally)));
    (owned.collect(), unowned)
}
