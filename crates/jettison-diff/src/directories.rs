//! Changes rolled up by directory.

use std::collections::BTreeMap;

use crate::{DirectoryChange, FileChange, FileState, Status, Tally};

/// Every directory below which something changed. One that came or went whole stands for all in it.
pub(crate) fn changes(files: &[FileChange]) -> Vec<DirectoryChange> {
    let mut below: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut whole: BTreeMap<&str, Status> = BTreeMap::new();
    for file in files {
        let mut tally = Tally::default();
        tally.count_file(file);
        if let Some(status) = came_or_went(file) {
            whole.insert(&file.path, status);
            *below.entry(&file.path).or_default() += tally;
        } else if is_directory(file.after.as_ref()) && file.path != "/" {
            *below.entry(&file.path).or_default() += tally;
        }
        for directory in parents(&file.path) {
            *below.entry(directory).or_default() += tally;
        }
        if file.path == "/" {
            *below.entry("/").or_default() += tally;
        }
    }
    let is_inside_whole = |path: &str| parents(path).any(|parent| whole.contains_key(parent));
    let change = |(path, below): (&str, Tally)| DirectoryChange {
        path: path.to_owned(),
        whole: whole.get(path).copied(),
        below,
    };
    below.into_iter().filter(|(path, _)| !is_inside_whole(path)).map(change).collect()
}

/// A directory that only one image has: everything in it is only there too.
fn came_or_went(file: &FileChange) -> Option<Status> {
    let was = is_directory(file.before.as_ref());
    let is = is_directory(file.after.as_ref());
    match file.status {
        Status::Added if is => Some(Status::Added),
        Status::Removed if was => Some(Status::Removed),
        // It became something else, or something else became it.
        Status::Changed if was && !is => Some(Status::Removed),
        Status::Changed if is && !was => Some(Status::Added),
        _ => None,
    }
}

fn is_directory(state: Option<&FileState>) -> bool {
    state.is_some_and(|state| state.kind == jettison_rootfs::Kind::Directory.to_string())
}

/// The directories above a path, the nearest first.
pub(crate) fn parents(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = path;
    std::iter::from_fn(move || {
        if rest == "/" {
            return None;
        }
        let slash = rest.rfind('/')?;
        rest = if slash == 0 { "/" } else { &rest[..slash] };
        Some(rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_end_at_the_root() {
        assert_eq!(parents("/a/b/c").collect::<Vec<_>>(), ["/a/b", "/a", "/"]);
        assert_eq!(parents("/a").collect::<Vec<_>>(), ["/"]);
        assert_eq!(parents("/").count(), 0);
    }
}
