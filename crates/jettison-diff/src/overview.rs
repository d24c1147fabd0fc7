//! Directories for a person to read: as many as fit, none inside another, the largest changes in most
//! detail.

use std::collections::HashMap;

use crate::{DirectoryChange, Status, Tally, directories::parents};

/// A directory with its changes, or what is left of one whose subdirectories are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The path.
    pub path: String,
    /// Whether it came or went whole.
    pub whole: Option<Status>,
    /// Whether subdirectories of it are rows of their own, and only the rest is counted here.
    pub is_rest: bool,
    /// What changed in it.
    pub tally: Tally,
}

/// At most `limit` rows that together count every change once, the largest first.
pub fn overview(directories: &[DirectoryChange], limit: usize) -> Vec<Row> {
    let mut children: HashMap<&str, Vec<&DirectoryChange>> = HashMap::new();
    for directory in directories {
        if let Some(parent) = parents(&directory.path).next() {
            children.entry(parent).or_default().push(directory);
        }
    }
    let Some(root) = directories.iter().find(|directory| directory.path == "/") else {
        return Vec::new();
    };
    let mut rows = vec![row(root, root.below, false)];
    let mut done = Vec::new();
    while let Some(at) = largest(&rows) {
        let open = rows.swap_remove(at);
        let inside = children.get(open.path.as_str()).map_or(&[][..], Vec::as_slice);
        let rest = rest(open.tally, inside);
        let split = inside.len() + usize::from(!rest.is_empty());
        let fits = rows.len() + done.len() + split <= limit;
        if inside.is_empty() || open.whole.is_some() || !fits {
            done.push(open);
            continue;
        }
        rows.extend(inside.iter().map(|directory| row(directory, directory.below, false)));
        if !rest.is_empty() {
            done.push(Row { is_rest: true, tally: rest, ..open });
        }
    }
    done.sort_by(|one, other| {
        let weight = other.tally.weight().cmp(&one.tally.weight());
        weight.then_with(|| one.path.cmp(&other.path))
    });
    done
}

fn row(directory: &DirectoryChange, tally: Tally, is_rest: bool) -> Row {
    Row { path: directory.path.clone(), whole: directory.whole, is_rest, tally }
}

fn largest(rows: &[Row]) -> Option<usize> {
    let weight = |at: &usize| (rows[*at].tally.weight(), rows[*at].tally.count());
    (0..rows.len()).max_by_key(weight)
}

/// What lies in a directory itself.
fn rest(all: Tally, inside: &[&DirectoryChange]) -> Tally {
    inside.iter().fold(all, |rest, directory| Tally {
        added: rest.added - directory.below.added,
        removed: rest.removed - directory.below.removed,
        changed: rest.changed - directory.below.changed,
        bytes_before: rest.bytes_before - directory.below.bytes_before,
        bytes_after: rest.bytes_after - directory.below.bytes_after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(path: &str, bytes: u64, count: u64, whole: Option<Status>) -> DirectoryChange {
        let below = Tally { removed: count, bytes_before: bytes, ..Tally::default() };
        DirectoryChange { path: path.to_owned(), whole, below }
    }

    #[test]
    fn the_largest_changes_are_told_in_most_detail() {
        let gone = Some(Status::Removed);
        let directories = [
            directory("/", 1000, 20, None),
            directory("/etc", 10, 2, None),
            directory("/usr", 990, 18, None),
            directory("/usr/bin", 90, 5, None),
            directory("/usr/lib", 900, 12, None),
            directory("/usr/lib/gcc", 700, 4, gone),
            directory("/usr/lib/python3", 150, 6, gone),
        ];
        let shown = |limit| -> Vec<String> {
            let rows = overview(&directories, limit).into_iter();
            rows.map(|row| {
                format!(
                    "{}{} {}",
                    row.path,
                    if row.is_rest { "/*" } else { "" },
                    row.tally.bytes_before
                )
            })
            .collect()
        };
        assert_eq!(shown(1), ["/ 1000"]);
        assert_eq!(shown(2), ["/usr 990", "/etc 10"]);
        assert_eq!(
            shown(9),
            [
                "/usr/lib/gcc 700",
                "/usr/lib/python3 150",
                "/usr/bin 90",
                "/usr/lib/* 50",
                "/etc 10",
                "/usr/* 0"
            ]
        );
        for limit in 1..9 {
            let rows = overview(&directories, limit);
            assert!(rows.len() <= limit);
            assert_eq!(rows.iter().map(|row| row.tally.bytes_before).sum::<u64>(), 1000);
            assert_eq!(rows.iter().map(|row| row.tally.removed).sum::<u64>(), 20);
        }
        assert!(overview(&[], 5).is_empty());
    }
}
