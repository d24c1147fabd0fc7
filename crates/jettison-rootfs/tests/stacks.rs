//! Stacks of layers as a generator thinks of them: merged, filtered, flattened, compared.

mod model;

use std::{collections::BTreeSet, sync::Arc};

use jettison_image::ReadAt;
use jettison_rootfs::{
    Change, ChangeKind, ComposedLayer, DataMap, Delta, EntryKind, Field, LayerFilter, LayerIndex,
    LayerPlan, LayerSource, Limits, PathId, ProblemKind, Timestamp, Tree, Whiteout, diff,
    fixture::TreeBuilder, flatten,
};
use proptest::prelude::*;

/// Few names, so that entries meet; a long one for PAX; one that is not ASCII.
const NAMES: [&str; 5] = [
    "a",
    "b",
    "c",
    "ünïcode",
    "a-name-of-more-than-one-hundred-bytes-which-no-ustar-header-holds-so-that-an-extended-header-is-needed",
];

#[derive(Clone, Debug)]
enum Op {
    Directory(String, u32),
    File(String, Vec<u8>),
    Sparse(String, u64, Vec<u8>),
    Symlink(String, String),
    Hardlink(String, String),
    Fifo(String),
    Device(String),
    Whiteout(String),
    Opaque(String),
    Owner(u32, u32),
    Mtime(i64, u32),
    Xattr(String, Vec<u8>),
}

fn path() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(&NAMES[..]);
    prop::collection::vec(name(), 1..4).prop_map(|names| names.join("/"))
}

fn op() -> impl Strategy<Value = Op> {
    let up = || prop::sample::select(&["", "/", "../", "./a/", "../../"][..]);
    let target = (up(), path()).prop_map(|(up, path)| format!("{up}{path}"));
    let bytes = || prop::collection::vec(any::<u8>(), 0..700);
    prop_oneof![
        4 => (path(), 0..0o10_000_u32).prop_map(|(path, mode)| Op::Directory(path, mode)),
        6 => (path(), bytes()).prop_map(|(path, bytes)| Op::File(path, bytes)),
        1 => (path(), 0..5000_u64, bytes()).prop_map(|(path, hole, bytes)| Op::Sparse(path, hole, bytes)),
        3 => (path(), target).prop_map(|(path, target)| Op::Symlink(path, target)),
        4 => (path(), path()).prop_map(|(path, target)| Op::Hardlink(path, target)),
        1 => path().prop_map(Op::Fifo),
        1 => path().prop_map(Op::Device),
        2 => path().prop_map(Op::Whiteout),
        1 => path().prop_map(Op::Opaque),
        1 => (any::<u32>().prop_map(|id| id.saturating_sub(1)), 0..3_000_000_u32).prop_map(|(uid, gid)| Op::Owner(uid, gid)),
        1 => (-9_000_000_000..90_000_000_000_i64, 0..1_000_000_000_u32)
            .prop_map(|(seconds, nanos)| Op::Mtime(seconds, nanos)),
        1 => ("[a-z]{1,9}", bytes()).prop_map(|(name, value)| Op::Xattr(name, value)),
    ]
}

fn builder(layers: &[Vec<Op>]) -> TreeBuilder {
    let mut builder = TreeBuilder::new();
    for (number, ops) in layers.iter().enumerate() {
        if number > 0 {
            builder = builder.layer();
        }
        let mut last = None;
        for op in ops {
            let made = |path: &String| Some(path.clone());
            let (next, path) = match op.clone() {
                Op::Directory(path, mode) => (builder.dir(&path, mode), made(&path)),
                Op::File(path, bytes) => (builder.file(&path, 0o644, &bytes), made(&path)),
                Op::Sparse(path, hole, bytes) => {
                    let end = hole + bytes.len() as u64;
                    (builder.sparse(&path, end + hole, &[(hole, &bytes)]), made(&path))
                }
                Op::Symlink(path, target) => (builder.symlink(&path, &target), made(&path)),
                Op::Hardlink(path, target) => (builder.hardlink(&path, &target), made(&path)),
                Op::Fifo(path) => (builder.fifo(&path, 0o600), made(&path)),
                Op::Device(path) => (builder.char_device(&path, 1, 3), made(&path)),
                Op::Whiteout(path) => (builder.whiteout(&path), None),
                Op::Opaque(path) => (builder.opaque(&path), None),
                op => (describe(builder, op, last.as_deref()), last),
            };
            (builder, last) = (next, path);
        }
    }
    builder
}

/// Changes the entry made last.
fn describe(builder: TreeBuilder, op: Op, last: Option<&str>) -> TreeBuilder {
    let Some(path) = last else { return builder };
    match op {
        Op::Owner(uid, gid) => builder.owner(path, uid, gid),
        Op::Mtime(seconds, nanos) => builder.mtime(path, Timestamp { seconds, nanos }),
        Op::Xattr(name, value) => builder.xattr(path, &format!("user.{name}"), &value),
        _ => unreachable!("all others make entries"),
    }
}

fn stacks() -> impl Strategy<Value = Vec<Vec<Op>>> {
    prop::collection::vec(prop::collection::vec(op(), 0..14), 1..4)
}

/// A stack that makes a tree; most do.
fn trees() -> impl Strategy<Value = Arc<Tree>> {
    stacks().prop_filter_map("refused by runtimes", |stack| {
        Tree::merge(builder(&stack).layers()).ok().map(Arc::new)
    })
}

fn index(blob: Vec<u8>) -> LayerSource {
    let index = LayerIndex::read(&blob, &Limits::DEFAULT).expect("written layers are valid");
    let blob: Arc<dyn ReadAt> = Arc::new(blob);
    LayerSource { blob, index: Arc::new(index) }
}

fn all(layer: &LayerSource) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(layer.blob.len()).expect("a small layer")];
    layer.blob.read_exact_at(0, &mut bytes).expect("memory reads");
    bytes
}

fn written(filter: &LayerFilter<'_>, layer: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    filter.write(layer, &mut bytes).expect("memory reads and writes");
    bytes
}

fn filtered(tree: &Tree, keep: &dyn Fn(PathId) -> bool) -> Tree {
    let filter = LayerFilter::new(tree, keep);
    let mut layers = Vec::new();
    for (layer, plan) in filter.plan_all().into_iter().enumerate() {
        let blob = written(&filter, layer);
        assert_eq!(blob, written(&filter, layer), "the same plan gives the same bytes");
        match plan {
            LayerPlan::Empty => assert_eq!(blob, [0; 1024]),
            LayerPlan::Unchanged => {
                let mut old = vec![0; blob.len()];
                tree.layers()[layer].blob.read_exact_at(0, &mut old).expect("memory reads");
                assert_eq!(blob, old);
            }
            LayerPlan::Filtered { entries } => assert!(entries > 0),
        }
        let source = index(blob);
        if let LayerPlan::Filtered { entries } = plan {
            assert_eq!(source.index.entries().len(), entries);
        }
        layers.push(source);
    }
    Tree::merge(layers).expect("written layers make a tree")
}

/// What Docker asks of a layer: no path twice, hard links only to names before them.
fn assert_loadable(tree: &Tree, plans: &[LayerPlan]) {
    for (layer, plan) in tree.layers().iter().zip(plans) {
        if *plan == LayerPlan::Unchanged {
            continue;
        }
        let mut seen = BTreeSet::new();
        for entry in layer.index.entries() {
            assert!(entry.whiteout.is_none(), "nothing is left to hide");
            if entry.kind == EntryKind::Hardlink {
                assert!(seen.contains(&*entry.target), "{entry:?}");
            }
            assert!(seen.insert(&*entry.path), "{entry:?}");
        }
    }
}

/// The stack with the layers from `from` to before `to` put into one.
fn squashed(layers: &[LayerSource], from: usize, to: usize) -> (Vec<LayerSource>, usize) {
    let merge = |layers: &[LayerSource]| Tree::merge(layers.to_vec()).expect("a part of a tree");
    let (lower, upper) = (merge(&layers[..from]), merge(&layers[..to]));
    let delta = Delta::new(&lower, &upper);
    let composed = delta.compose();
    let mut bytes = vec![0; usize::try_from(composed.len()).expect("a small layer")];
    composed.read_exact_at(0, &mut bytes).expect("memory reads");
    // However it is read, the bytes are the same.
    for (at, step) in [(0, 7), (3, 512), (511, 1000)] {
        for start in (at..bytes.len()).step_by(step * 9) {
            let mut part = vec![0; step];
            let read = composed.read_at(start as u64, &mut part).expect("memory reads");
            assert_eq!(part[..read], bytes[start..(start + step).min(bytes.len())]);
        }
    }
    let source = index(bytes);
    assert_eq!(source.index.entries().len(), delta.entries());
    assert_origins(&composed, &source);
    let mut new = layers[..from].to_vec();
    new.push(source);
    new.extend_from_slice(&layers[to..]);
    (new, delta.marks())
}

/// Where a composed layer says that bytes come from, there they are.
fn assert_origins(composed: &ComposedLayer, read: &LayerSource) {
    for entry in read.index.entries() {
        let Some((blob, at)) = composed.origin(entry.raw.clone()) else { continue };
        let bytes = |blob: &dyn ReadAt, at: u64| {
            let mut bytes =
                vec![0; usize::try_from(entry.raw.end - entry.raw.start).expect("small")];
            blob.read_exact_at(at, &mut bytes).expect("memory reads");
            bytes
        };
        assert_eq!(bytes(blob, at), bytes(&read.blob, entry.raw.start), "{entry:?}");
    }
}

/// What every runtime asks of a layer that hides things: no path twice, hard links only to names
/// before them, each directory that some layer of `tree` lists listed before what is in it, no mark
/// beside a name that it hides.
fn assert_sound(layer: &LayerSource, tree: &Tree) {
    let mut seen = BTreeSet::new();
    for entry in layer.index.entries() {
        let (parent, name) = match entry.path.iter().rposition(|&byte| byte == b'/') {
            Some(slash) => (&entry.path[..slash], &entry.path[slash + 1..]),
            None => (&b""[..], &entry.path[..]),
        };
        let is_listed = |path: &[u8]| {
            let path = tree.find(path).expect("entries and marks stand in directories");
            tree.provider(path).is_some()
        };
        assert!(parent.is_empty() || seen.contains(parent) || !is_listed(parent), "{entry:?}");
        if entry.kind == EntryKind::Hardlink {
            assert!(seen.contains(&*entry.target), "{entry:?}");
        }
        if name == b".wh..wh..opq" {
            assert!(!parent.is_empty(), "overlayfs knows no opaque root: {entry:?}");
        }
        assert!(seen.insert(&*entry.path), "{entry:?}");
    }
    for entry in layer.index.entries() {
        if let Some(Whiteout::File(name)) = &entry.whiteout {
            let path = &entry.path;
            let marker = path.len() - name.len() - 4;
            assert!(!seen.contains(&*[&path[..marker], name].concat()), "{entry:?}");
        }
    }
}

/// Whether a change of `new` against `old` is one that keeping only some names explains.
fn is_expected(change: &Change, tree: &Tree, is_kept: &dyn Fn(PathId) -> bool) -> bool {
    let path = tree.find(&change.path).expect("nothing is added");
    match &change.kind {
        ChangeKind::Added => false,
        ChangeKind::Removed => !is_kept(path),
        // Links across layers cannot be written as such.
        ChangeKind::Modified(fields) => {
            fields[..] == [Field::HardLinks]
                && tree
                    .problems()
                    .iter()
                    .any(|problem| problem.kind == ProblemKind::LinkAcrossLayers)
        }
    }
}

/// How long a tar of the tree is in which each name has one entry and no record that it does not need, as GNU tar and Python
/// write it in the form of POSIX, without their padding to whole records. `None` for a tree with sparse files.
fn plain_bytes(tree: &Tree) -> Option<u64> {
    let makes_itself =
        |path: &PathId| tree.provider(*path).is_none() && tree.children(*path).next().is_some();
    let names = tree.iter().filter(|path| *path != tree.root() && !makes_itself(path));
    let bytes: Option<u64> = names.map(|path| plain_entry_bytes(tree, path)).sum();
    Some(bytes? + 1024)
}

fn plain_entry_bytes(tree: &Tree, path: PathId) -> Option<u64> {
    let (inode, id) = (tree.inode(path), tree.inode_id(path));
    let first = tree.names(id)[0];
    let is_link = first != path;
    let slash = if inode.is_directory() { "/" } else { "" };
    let name = [&tree.path(path)[1..], slash.as_bytes()].concat();
    let target = if is_link {
        tree.path(first).split_off(1)
    } else {
        inode.target.as_deref().unwrap_or_default().to_vec()
    };
    let data = match tree.data(id) {
        Some((_, DataMap::Contiguous(_))) if !is_link => inode.size,
        Some((_, DataMap::Sparse(_))) if !is_link => return None,
        _ => 0,
    };
    let mut records = 0;
    // Its own length in two or three digits, a space, an equals sign, a newline.
    let mut record = |key: usize, value: usize| {
        let rest = (key + value + 3) as u64;
        records += rest + if rest < 98 { 2 } else { 3 };
    };
    if !fits_a_header(&name) {
        record(4, name.len());
    }
    if target.len() > 100 || !target.is_ascii() {
        record(8, target.len());
    }
    let meta = inode.meta();
    for id in [meta.uid, meta.gid].into_iter().filter(|id| *id > 0o777_7777) {
        record(3, id.to_string().len());
    }
    let Timestamp { seconds, nanos } = meta.mtime;
    if nanos != 0 || !(0..=0o777_7777_7777).contains(&seconds) {
        // -1 and half a second are -0.5.
        let whole = if seconds < 0 && nanos != 0 { seconds + 1 } else { seconds };
        let sign = usize::from(whole == 0 && seconds < 0);
        record(5, sign + whole.to_string().len() + if nanos == 0 { 0 } else { 10 });
    }
    // Each name brings them: runtimes give the file its owner with each, and that takes its capabilities away (chown(2)).
    for (name, value) in meta.xattrs.iter() {
        record("SCHILY.xattr.".len() + name.len(), value.len());
    }
    let extended = if records > 0 { 512 + records.next_multiple_of(512) } else { 0 };
    Some(512 + data.next_multiple_of(512) + extended)
}

/// Whether a name fits the two fields of a header.
fn fits_a_header(name: &[u8]) -> bool {
    let may_split = |at: usize| {
        name[at] == b'/' && (1..=155).contains(&at) && (2..=101).contains(&(name.len() - at))
    };
    name.is_ascii() && (name.len() <= 100 || (0..name.len()).any(may_split))
}

proptest! {
    #[test]
    fn merging_agrees_with_the_model(stack in stacks()) {
        let layers = builder(&stack).layers();
        match (Tree::merge(layers.clone()), model::merge(&layers)) {
            (Ok(tree), Ok(expected)) => prop_assert_eq!(model::shown(&tree), expected),
            (Err(_), Err(model::Refused)) => {}
            (tree, expected) => prop_assert!(false, "{:?} is not {:?}", tree, expected),
        }
    }

    #[test]
    fn names_are_found_where_they_are(tree in trees()) {
        let mut before = None;
        for path in tree.iter() {
            let text = tree.path(path);
            prop_assert_eq!(tree.find(&text), Some(path));
            let parts: Vec<_> = text.split(|&byte| byte == b'/').map(<[u8]>::to_vec).collect();
            prop_assert!(before.is_none_or(|before| before < parts || path.index() < 2));
            before = Some(parts);
            let children: Vec<_> = tree.children(path).collect();
            let expected = tree.iter().filter(|&child| child != path && tree.parent(child) == path);
            prop_assert_eq!(&children, &expected.filter(|&id| id != tree.root()).collect::<Vec<_>>());
            prop_assert!(tree.names(tree.inode_id(path)).contains(&path));
            let below = tree.iter().filter(|&other| tree.is_below(other, path)).collect::<Vec<_>>();
            prop_assert_eq!(tree.descendants(path).collect::<Vec<_>>(), below);
        }
    }

    #[test]
    fn keeping_everything_changes_nothing(tree in trees()) {
        let new = filtered(&tree, &|_| true);
        let plans = LayerFilter::new(&tree, &|_| true).plan_all();
        for change in diff(&tree, &new).expect("memory reads") {
            prop_assert!(is_expected(&change, &tree, &|_| true), "{:?}", change);
        }
        assert_loadable(&new, &plans);
        // What was written is in its final form.
        let again = LayerFilter::new(&new, &|_| true).plan_all();
        prop_assert!(again.iter().all(|plan| !matches!(plan, LayerPlan::Filtered { .. })), "{:?}", again);
    }

    #[test]
    fn exactly_the_kept_names_remain(tree in trees(), choice in prop::collection::vec(any::<bool>(), 64)) {
        let keep = |path: PathId| choice[path.index() % choice.len()];
        let filter = LayerFilter::new(&tree, &keep);
        let is_kept = |path: PathId| filter.keeps(path);
        let new = filtered(&tree, &keep);
        let kept = tree.iter().filter(|&path| is_kept(path)).map(|path| tree.path(path));
        prop_assert_eq!(new.iter().map(|path| new.path(path)).collect::<Vec<_>>(), kept.collect::<Vec<_>>());
        for change in diff(&tree, &new).expect("memory reads") {
            prop_assert!(is_expected(&change, &tree, &is_kept), "{:?}", change);
        }
        assert_loadable(&new, &filter.plan_all());
    }

    #[test]
    fn one_layer_can_hold_it_all(tree in trees(), choice in prop::collection::vec(any::<bool>(), 64)) {
        let keep = |path: PathId| choice[path.index() % choice.len()];
        let filter = LayerFilter::new(&tree, &keep);
        let mut blob = Vec::new();
        flatten(&tree, &keep, &mut blob).expect("memory reads and writes");
        let new = Tree::merge(vec![index(blob)]).expect("written layers make a tree");
        for change in diff(&tree, &new).expect("memory reads") {
            let path = tree.find(&change.path).expect("nothing is added");
            prop_assert_eq!(&change.kind, &ChangeKind::Removed, "{:?}", change);
            prop_assert!(!filter.keeps(path), "{:?}", change);
        }
        prop_assert!(new.iter().all(|path| filter.keeps(tree.find(&new.path(path)).expect("kept"))));
        assert_loadable(&new, &[LayerPlan::Filtered { entries: 0 }]);
    }

    #[test]
    fn one_layer_does_what_several_did(tree in trees(), cut in (0..4_usize, 0..4_usize)) {
        let layers = tree.layers();
        let from = cut.0.min(layers.len() - 1);
        let to = (from + 1 + cut.1).min(layers.len());
        let (stack, _) = squashed(layers, from, to);
        let was = Tree::merge(layers[..to].to_vec()).expect("a part of a tree");
        assert_sound(&stack[from], &was);
        let new = Tree::merge(stack.clone()).expect("the new stack makes a tree");
        prop_assert_eq!(diff(&tree, &new).expect("memory reads"), []);
        // Also below the layers that stay: each of them finds what it found before.
        let is = Tree::merge(stack[..=from].to_vec()).expect("a part of a tree");
        prop_assert_eq!(diff(&was, &is).expect("memory reads"), []);
        prop_assert_eq!(model::shown(&is), model::shown(&was));
        // It is in its final form: squashed again, the same bytes.
        let (again, _) = squashed(&stack, from, from + 1);
        prop_assert_eq!(all(&again[from]), all(&stack[from]));
    }

    #[test]
    fn all_layers_in_one_hide_nothing_and_are_a_plain_tar(tree in trees()) {
        let (stack, marks) = squashed(tree.layers(), 0, tree.layers().len());
        prop_assert_eq!((stack.len(), marks), (1, 0));
        let (bytes, plain) = (stack[0].blob.len(), plain_bytes(&tree));
        prop_assert!(plain.is_none_or(|plain| bytes <= plain), "{} is more than {:?}", bytes, plain);
    }
}
