//! Filtered layers, case by case: what is copied, what is written anew, what goes.

use jettison_rootfs::{
    EntryKind, Kind, LayerFilter, LayerIndex, LayerPlan, Limits, PathId, Tree, fixture::TreeBuilder,
};

const FILTERED: fn(usize) -> LayerPlan = |entries| LayerPlan::Filtered { entries };

fn keep<'a>(tree: &'a Tree, paths: &'a [&'a str]) -> impl Fn(PathId) -> bool + 'a {
    move |path| {
        let text = tree.path(path);
        paths.iter().any(|kept| kept.as_bytes() == text)
    }
}

/// Writes a layer and lists what its entries are.
fn entries(filter: &LayerFilter<'_>, layer: usize) -> Vec<String> {
    let mut blob = Vec::new();
    filter.write(layer, &mut blob).expect("memory reads and writes");
    let index = LayerIndex::read(&blob, &Limits::DEFAULT).expect("written layers are valid");
    let line = |entry: &jettison_rootfs::LayerEntry| {
        let path = entry.path.escape_ascii();
        match entry.kind {
            EntryKind::Own(Kind::Directory) => format!("{path}/"),
            EntryKind::Own(_) => format!("{path} {}", entry.size),
            EntryKind::Hardlink => format!("{path} = {}", entry.target.escape_ascii()),
        }
    };
    index.entries().iter().map(line).collect()
}

#[test]
fn whole_layers_stay_as_they_are() {
    let tree = TreeBuilder::new()
        .dir("/", 0o755)
        .dir("/etc", 0o755)
        .file("/etc/a", 0o644, b"a")
        .layer()
        .dir("/etc", 0o755)
        .file("/etc/b", 0o644, b"b")
        .layer()
        .layer()
        .dir("/etc", 0o700)
        .build();
    let filter = LayerFilter::new(&tree, &|_| true);
    // The last layer shows: it changes a mode.
    let expected =
        [LayerPlan::Unchanged, LayerPlan::Unchanged, LayerPlan::Empty, LayerPlan::Unchanged];
    assert_eq!(filter.plan_all(), expected);
    let paths = ["/etc/a"];
    let filter = LayerFilter::new(&tree, &keep(&tree, &paths));
    assert_eq!(filter.plan(0), LayerPlan::Unchanged);
    assert_eq!(filter.plan(1), LayerPlan::Empty);
}

#[test]
fn what_is_hidden_goes_and_its_whiteouts_with_it() {
    let tree = TreeBuilder::new()
        .dir("/a", 0o755)
        .file("/a/gone", 0o644, b"secret")
        .file("/a/stays", 0o644, b"s")
        .file("/b", 0o644, b"old")
        .layer()
        .dir("/a", 0o755)
        .whiteout("/a/gone")
        .layer()
        .file("/b", 0o644, b"newer")
        .build();
    let filter = LayerFilter::new(&tree, &|_| true);
    assert_eq!(entries(&filter, 0), ["a/", "a/stays 1"]);
    // The second layer's entry for `/a` shows.
    assert_eq!(entries(&filter, 1), ["a/"]);
    assert_eq!(filter.plan_all(), [FILTERED(2), FILTERED(1), LayerPlan::Unchanged]);
}

#[test]
fn entries_are_copied_to_the_byte() {
    let builder = TreeBuilder::new()
        .dir("/d", 0o1777)
        .file("/d/x", 0o4755, b"bytes")
        .xattr("/d/x", "security.capability", b"\x01\0\0\x02")
        .file("/dropped", 0o644, &[7; 3000])
        .sparse("/s", 1 << 30, &[(1 << 20, b"data")])
        .hardlink("/link", "/d/x")
        .fifo("/f", 0o600)
        .char_device("/c", 1, 3)
        .symlink("/l", "d/x");
    let old = builder.blobs().remove(0);
    let tree = builder.build();
    let raw = tree.layers()[0].index.entries()[2].raw.clone();
    let raw = usize::try_from(raw.start).expect("small")..usize::try_from(raw.end).expect("small");
    let filter = LayerFilter::new(&tree, &|path| tree.path(path) != b"/dropped");
    let mut blob = Vec::new();
    filter.write(0, &mut blob).expect("memory reads and writes");
    assert_eq!(blob, [&old[..raw.start], &old[raw.end..]].concat());
}

#[test]
fn the_next_name_takes_over_when_the_first_of_a_file_goes() {
    let tree = TreeBuilder::new()
        .file("/a", 0o4755, b"bytes")
        .owner("/a", 3, 4)
        .xattr("/a", "user.x", b"y")
        .hardlink("/b", "/a")
        .hardlink("/c", "/a")
        .hardlink("/d", "/b")
        .build();
    let paths = ["/b", "/c", "/d"];
    let filter = LayerFilter::new(&tree, &keep(&tree, &paths));
    assert_eq!(entries(&filter, 0), ["b 5", "c = b", "d = b"]);
    let paths = ["/a", "/d"];
    let filter = LayerFilter::new(&tree, &keep(&tree, &paths));
    assert_eq!(entries(&filter, 0), ["a 5", "d = a"]);
}

#[test]
fn links_that_docker_refuses_are_not_written() {
    let tree = TreeBuilder::new()
        .file("/low", 0o644, b"low")
        .layer()
        .hardlink("/across", "/low")
        .hardlink("/forward", "/late")
        .file("/late", 0o644, b"late!")
        .build();
    let filter = LayerFilter::new(&tree, &|_| true);
    assert_eq!(filter.plan_all(), [LayerPlan::Unchanged, FILTERED(3)]);
    assert_eq!(entries(&filter, 1), ["across 3", "forward 5", "late = forward"]);
}

#[test]
fn paths_through_links_are_spelled_out_when_the_link_may_go() {
    let tree = TreeBuilder::new()
        .dir("/usr", 0o755)
        .symlink("/lib", "usr")
        .file("/lib/x", 0o644, b"x")
        .file("/other", 0o644, b"")
        .build();
    let whole = LayerFilter::new(&tree, &|_| true);
    assert_eq!(whole.plan(0), LayerPlan::Unchanged);
    let paths = ["/usr/x"];
    let filter = LayerFilter::new(&tree, &keep(&tree, &paths));
    assert_eq!(entries(&filter, 0), ["usr/", "usr/x 1"]);
}

#[test]
fn directories_without_an_entry_get_one_when_nothing_else_implies_them() {
    let tree = TreeBuilder::new()
        .file("/a/b/gone", 0o644, b"")
        .file("/c/stays", 0o644, b"")
        .layer()
        .file("/top", 0o644, b"")
        .build();
    let paths = ["/a/b", "/c/stays", "/top"];
    let filter = LayerFilter::new(&tree, &keep(&tree, &paths));
    assert_eq!(entries(&filter, 0), ["c/stays 0", "a/", "a/b/"]);
    assert_eq!(filter.plan(1), LayerPlan::Unchanged);
}

#[test]
fn parents_are_kept_and_idle_ones_are_not_listed_again() {
    let tree = TreeBuilder::new()
        .dir("/a", 0o755)
        .dir("/a/b", 0o755)
        .file("/a/b/low", 0o644, b"")
        .dir("/idle", 0o755)
        .file("/idle/low", 0o644, b"")
        .layer()
        .dir("/a", 0o750)
        .dir("/a/b", 0o755)
        .file("/a/b/mid", 0o644, b"")
        .dir("/idle", 0o755)
        .file("/idle/mid", 0o644, b"")
        .layer()
        .dir("/a", 0o700)
        .dir("/idle", 0o700)
        .build();
    let paths = ["/a/b/mid", "/idle"];
    let filter = LayerFilter::new(&tree, &keep(&tree, &paths));
    assert_eq!(filter.plan(0), LayerPlan::Empty);
    assert_eq!(entries(&filter, 1), ["a/", "a/b/", "a/b/mid 0"]);
    assert_eq!(filter.plan(2), LayerPlan::Unchanged);
    assert!(filter.keeps(tree.find(b"/a/b").expect("it is listed")));
}
