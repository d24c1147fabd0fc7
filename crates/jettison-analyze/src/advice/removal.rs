//! What to name in an `rm`: the fewest paths that cover all.

use std::collections::{BTreeSet, HashSet};

use jettison_rootfs::{EntryKind, EntryRef, Kind};

use super::{Matter, Portion};

/// Paths that are named; more would not be typed.
pub(super) const MAX_PATHS: usize = 4;

/// The paths to remove: of whiteouts what they hide, else of what goes, or directories in which nothing else is.
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
    let found = without_nested(found);
    if found.len() <= MAX_PATHS {
        return found.into_iter().collect();
    }
    let shared = shared(matter, portion, &found);
    let mut list = common(found.clone(), &|directory| !shared.contains(directory));
    // Programs expect that directories like /var/log are there.
    for path in list.iter_mut().filter(|path| depth(path) <= 2 && !found.contains(*path)) {
        path.push_str("/*");
    }
    if list.len() > MAX_PATHS {
        list.truncate(MAX_PATHS);
        list.push("…".to_owned());
    }
    list
}

/// Directories around the paths in which something else lies, too, from that layer or those below.
fn shared(matter: &Matter<'_>, portion: &Portion, paths: &BTreeSet<String>) -> HashSet<String> {
    let mut around: HashSet<&str> = HashSet::new();
    for path in paths {
        let directories = path.match_indices('/').map(|(at, _)| &path[..at]);
        around.extend(directories.filter(|directory| !directory.is_empty()));
    }
    let own: HashSet<EntryRef> = portion.entries.iter().map(|(at, _)| *at).collect();
    let mut shared = HashSet::new();
    for (layer, record) in (0..).zip(&matter.index.layers[..=portion.layer]) {
        for (entry, listed) in (0..).zip(record.index.entries()) {
            let is_file =
                listed.kind != EntryKind::Own(Kind::Directory) && listed.whiteout.is_none();
            if !is_file || own.contains(&EntryRef { layer, entry }) {
                continue;
            }
            let path = format!("/{}", String::from_utf8_lossy(&listed.path));
            let directories = path.match_indices('/').skip(1).map(|(at, _)| &path[..at]);
            let mut known = directories.take_while(|directory| around.contains(directory));
            known.by_ref().for_each(|directory| {
                if !shared.contains(directory) {
                    shared.insert(directory.to_owned());
                }
            });
        }
    }
    shared
}

/// Climbs up until few enough directories cover all paths, to none but those that may be named.
pub(super) fn common(paths: BTreeSet<String>, may_name: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut paths = without_nested(paths);
    while paths.len() > MAX_PATHS {
        let climbs = |path: &String| depth(path) > 2 && may_name(&parent(path));
        let Some(deepest) = paths.iter().filter(|path| climbs(path)).map(|path| depth(path)).max()
        else {
            break;
        };
        let is_next = |path: &String| depth(path) == deepest && climbs(path);
        let parents =
            paths.iter().map(|path| if is_next(path) { parent(path) } else { path.clone() });
        paths = without_nested(parents.collect());
    }
    paths.into_iter().collect()
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
        assert_eq!(common(set(&["/a/b", "/a/b/c", "/d"]), &|_| true), ["/a/b", "/d"]);
        let many: BTreeSet<String> =
            (0..20).map(|number| format!("/src/app/{number}/x.o")).collect();
        assert_eq!(common(many.clone(), &|_| true), ["/src/app"]);
        assert_eq!(common(many, &|directory| directory != "/src/app").len(), 20);
    }
}
