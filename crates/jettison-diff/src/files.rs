//! Files that changed, with the bytes that each image spends on them.

use std::collections::{BTreeMap, BTreeSet};

use jettison_packages::{Package, Packages};
use jettison_rootfs::{
    Change, ChangeKind, DiffError, Field, Inode, InodeId, PathId, SameContent, Timestamp, Tree,
    diff_by,
};

use crate::{Detail, FileChange, FileState, Status};

/// So many other names of a file are told.
const SHOWN_NAMES: usize = 3;

/// A tree and its packages.
#[derive(Clone, Copy)]
pub(crate) struct Owned<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) packages: &'a Packages,
}

/// Every name that changed, but for fields that are not to count.
pub(crate) fn changes(
    old: Owned<'_>,
    new: Owned<'_>,
    is_same: SameContent<'_>,
    ignored: &BTreeSet<Field>,
) -> Result<Vec<FileChange>, DiffError> {
    let found = diff_by(old.tree, new.tree, is_same)?;
    let before = Accounts::new(old.tree, new.tree);
    let after = Accounts::new(new.tree, old.tree);
    let change = |change: Change| {
        let (was, is) = (old.tree.find(&change.path), new.tree.find(&change.path));
        let (status, details) = match change.kind {
            ChangeKind::Added => (Status::Added, BTreeMap::new()),
            ChangeKind::Removed => (Status::Removed, BTreeMap::new()),
            ChangeKind::Modified(fields) => {
                let counted = fields.into_iter().filter(|field| !ignored.contains(field));
                let (was, is) = (was?, is?);
                let details: BTreeMap<_, _> =
                    counted.map(|field| detail(field, (old.tree, was), (new.tree, is))).collect();
                if details.is_empty() {
                    return None;
                }
                (Status::Changed, details)
            }
        };
        Some(FileChange {
            path: String::from_utf8_lossy(&change.path).into_owned(),
            status,
            before: was.map(|path| state(old, path)),
            after: is.map(|path| state(new, path)),
            details,
            bytes_before: was.map_or(0, |path| before.bytes(path)),
            bytes_after: is.map_or(0, |path| after.bytes(path)),
        })
    };
    Ok(found.into_iter().filter_map(change).collect())
}

/// Under which of its names the bytes of a file count: the first that the other tree has too, so that
/// they move only where something changed; else the first.
struct Accounts<'a> {
    tree: &'a Tree,
    names: Vec<PathId>,
}

impl<'a> Accounts<'a> {
    fn new(tree: &'a Tree, other: &Tree) -> Self {
        let name = |inode| {
            let names = tree.names(InodeId::from_index(inode));
            let is_common = |path: &&PathId| other.find(&tree.path(**path)).is_some();
            match names {
                [only] => *only,
                _ => *names.iter().find(is_common).unwrap_or(&names[0]),
            }
        };
        Self { tree, names: (0..tree.inode_count()).map(name).collect() }
    }

    fn bytes(&self, path: PathId) -> u64 {
        let inode = self.tree.inode(path);
        let counts_here = self.names[self.tree.inode_id(path).index()] == path;
        if inode.is_file() && counts_here { inode.size } else { 0 }
    }
}

fn state(owned: Owned<'_>, path: PathId) -> FileState {
    FileState {
        kind: owned.tree.inode(path).kind.to_string(),
        package: owner(owned, path).map(key).map(|(manager, name)| format!("{manager}/{name}")),
    }
}

/// The package that a file belongs to; the distribution's before a language's.
pub(crate) fn owner(owned: Owned<'_>, path: PathId) -> Option<&Package> {
    owned.packages.owner(owned.tree, path).map(|id| owned.packages.get(id))
}

/// What tells packages apart: kind and name.
pub(crate) fn key(package: &Package) -> (String, String) {
    (package.manager.purl_type().to_owned(), package.name.clone())
}

fn detail(field: Field, old: (&Tree, PathId), new: (&Tree, PathId)) -> (&'static str, Detail) {
    let both = |text: &dyn Fn(&Tree, PathId) -> String| Detail {
        before: text(old.0, old.1),
        after: text(new.0, new.1),
    };
    let of_inode = |text: fn(&Inode) -> String| both(&|tree, path| text(tree.inode(path)));
    match field {
        Field::Kind => ("kind", of_inode(|inode| inode.kind.to_string())),
        Field::Content => ("content", of_inode(|inode| inode.size.to_string())),
        Field::Target => {
            ("target", of_inode(|inode| lossy(inode.target.as_deref().unwrap_or_default())))
        }
        Field::Device => (
            "device",
            of_inode(|inode| {
                let device = inode.device();
                format!("{}:{}", device.major, device.minor)
            }),
        ),
        Field::Mode => ("mode", of_inode(|inode| format!("{:04o}", inode.mode))),
        Field::Owner => ("owner", of_inode(|inode| format!("{}:{}", inode.uid, inode.gid))),
        Field::Mtime => ("mtime", of_inode(|inode| time(inode.mtime))),
        Field::Xattrs => ("xattrs", xattrs(old.0.inode(old.1), new.0.inode(new.1))),
        Field::HardLinks => ("links", both(&other_names)),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The attributes that differ, by name: values are binary, and capabilities are read with getcap(8).
fn xattrs(old: &Inode, new: &Inode) -> Detail {
    let differing = |one: &Inode, other: &Inode| {
        let differs = |(name, value): &(&[u8], &[u8])| other.xattrs.get(name) != Some(value);
        let names: Vec<String> =
            one.xattrs.iter().filter(differs).map(|(name, _)| lossy(name)).collect();
        names.join(", ")
    };
    Detail { before: differing(old, new), after: differing(new, old) }
}

fn other_names(tree: &Tree, path: PathId) -> String {
    let names = tree.names(tree.inode_id(path));
    let mut shown: Vec<String> = names
        .iter()
        .filter(|name| **name != path)
        .take(SHOWN_NAMES)
        .map(|&name| lossy(&tree.path(name)))
        .collect();
    if names.len() > SHOWN_NAMES + 1 {
        shown.push("...".to_owned());
    }
    shown.join(", ")
}

/// RFC 3339 in UTC, with a fraction where there is one.
pub(crate) fn time(time: Timestamp) -> String {
    let (days, second) = (time.seconds.div_euclid(86_400), time.seconds.rem_euclid(86_400));
    // Days since 0000-03-01 split into eras of 400 years (Howard Hinnant, "chrono-compatible
    // low-level date algorithms", civil_from_days).
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let fraction = match time.nanos {
        0 => String::new(),
        nanos => format!(".{nanos:09}").trim_end_matches('0').to_owned(),
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_dates() {
        for (seconds, nanos, expected) in [
            (0, 0, "1970-01-01T00:00:00Z"),
            (951_782_400, 0, "2000-02-29T00:00:00Z"),
            (1_704_067_199, 500_000_000, "2023-12-31T23:59:59.5Z"),
            (-1, 0, "1969-12-31T23:59:59Z"),
            (4_107_542_400, 0, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(time(Timestamp { seconds, nanos }), expected);
        }
    }
}
