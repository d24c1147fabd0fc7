//! What to name in an `rm`: the fewest paths that cover all.

use std::collections::BTreeSet;

use super::{Matter, Portion, file_names::Directory};

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
    let mut list = common(found.clone(), &holds_nothing_else(matter, portion));
    let is_cut = list.len() > MAX_PATHS;
    if is_cut {
        list = largest(matter, portion, list);
    }
    // Programs expect that directories like /var/log are there.
    for path in list.iter_mut().filter(|path| depth(path) <= 2 && !found.contains(*path)) {
        path.push_str("/*");
    }
    if is_cut {
        list.push("…".to_owned());
    }
    list
}

/// As many paths as are named: those under which most bytes lie, in their order.
fn largest(matter: &Matter<'_>, portion: &Portion, paths: Vec<String>) -> Vec<String> {
    let entries: Vec<(String, u64)> =
        portion.entries.iter().map(|(at, wasted)| (matter.path(*at), wasted.bytes)).collect();
    let below = |path: &str| {
        let is_below = |entry: &str| {
            entry.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        entries.iter().filter(|(entry, _)| is_below(entry)).map(|(_, bytes)| bytes).sum::<u64>()
    };
    let mut weighed: Vec<(u64, String)> =
        paths.into_iter().map(|path| (below(&path), path)).collect();
    weighed.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    weighed.truncate(MAX_PATHS);
    let mut kept: Vec<String> = weighed.into_iter().map(|(_, path)| path).collect();
    kept.sort_unstable();
    kept
}

/// Whether nothing lies in a directory but what goes, in that layer and those below.
fn holds_nothing_else<'m, 'a>(
    matter: &'m Matter<'a>,
    portion: &Portion,
) -> impl Fn(&str) -> bool + use<'m, 'a> {
    let (files, top) = (matter.files, portion.layer);
    let own = files.of(portion.entries.iter().map(|(at, _)| *at), top);
    move |directory| {
        Directory::new(directory)
            .is_some_and(|directory| directory.count(&own) == files.below(&directory, top))
    }
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
