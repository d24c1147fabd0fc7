//! What to name in an `rm`: the fewest paths that cover all.

use std::collections::BTreeSet;

use super::{Matter, Portion};

/// Paths that are named; more would not be typed.
const MAX_PATHS: usize = 4;

/// The paths to remove: of whiteouts what they hide, else common directories of what goes.
pub(super) fn paths(matter: &Matter<'_>, portion: &Portion) -> Vec<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    for (at, _) in &portion.entries {
        let path = matter.path(*at);
        match path.rsplit_once("/.wh.") {
            Some((directory, ".wh..opq" | ".opq")) => found.insert(format!("{directory}/*")),
            Some((directory, name)) => found.insert(format!("{directory}/{name}")),
            None => false,
        };
    }
    if found.is_empty() {
        found = portion.entries.iter().map(|(at, _)| matter.path(*at)).collect();
    }
    common(found)
}

/// Climbs up until few enough directories cover all paths.
pub(super) fn common(paths: BTreeSet<String>) -> Vec<String> {
    let mut paths = without_nested(paths);
    while paths.len() > MAX_PATHS {
        let deepest = paths.iter().map(|path| depth(path)).max().unwrap_or_default();
        if deepest <= 2 {
            break;
        }
        let parents = paths
            .iter()
            .map(|path| if depth(path) == deepest { parent(path) } else { path.clone() });
        paths = without_nested(parents.collect());
    }
    let mut list: Vec<String> = paths.into_iter().collect();
    list.truncate(MAX_PATHS);
    list
}

fn without_nested(paths: BTreeSet<String>) -> BTreeSet<String> {
    let mut kept: BTreeSet<String> = BTreeSet::new();
    for path in paths {
        let is_below = kept.iter().next_back().is_some_and(|last| {
            path.strip_prefix(last.as_str()).is_some_and(|rest| rest.starts_with('/'))
        });
        if !is_below {
            kept.insert(path);
        }
    }
    kept
}

fn depth(path: &str) -> usize {
    path.matches('/').count()
}

fn parent(path: &str) -> String {
    path.rsplit_once('/').map_or_else(String::new, |(parent, _)| parent.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_directories_cover_many_files() {
        let set = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        assert_eq!(common(set(&["/a/b", "/a/b/c", "/d"])), ["/a/b", "/d"]);
        let many: BTreeSet<String> =
            (0..20).map(|number| format!("/src/app/{number}/x.o")).collect();
        assert_eq!(common(many), ["/src/app"]);
    }
}
