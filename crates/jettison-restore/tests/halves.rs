//! Slim image plus rest is the fat image: generated stacks of layers, cut anywhere and put together again.

use std::{collections::BTreeSet, io::Read, sync::Arc};

use jettison_image::{Compression, Digest, ImageConfig, ReadAt};
use jettison_packages::{Landmarks, Packages, trimmed};
use jettison_restore::{
    FatSide, GiveBack, LABEL_FAT, Rest, RestOptions, RestoreError, SlimPart, SlimSide, Whole,
};
use jettison_rootfs::{
    Change, ChangeKind, Field, LayerFilter, LayerPlan, LayerSource, Limits, PathId, ProblemKind,
    Rewrites, Tree, diff, fixture::TreeBuilder, index_layers,
};
use jettison_transport::{Image, Layer, NewImage};
use proptest::prelude::*;

/// Paths that generated entries have: directories above others, and names beside each other.
const PATHS: [&str; 12] =
    ["a", "a/b", "a/b/c", "a/b/d", "a/e", "f", "g", "g/h", "g/i", "g/i/j", "k", "lib/x"];

/// One entry of a generated layer.
#[derive(Clone, Debug)]
enum Op {
    Directory(usize, u32),
    File(usize, Vec<u8>),
    Attribute(usize, u8),
    Sparse(usize),
    Symlink(usize, usize),
    Link(usize, usize),
    Fifo(usize),
    Whiteout(usize),
    Opaque(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let path = 0..PATHS.len();
    prop_oneof![
        (path.clone(), 0_u32..0o7777).prop_map(|(path, mode)| Op::Directory(path, mode)),
        (path.clone(), prop::collection::vec(any::<u8>(), 0..1500))
            .prop_map(|(path, bytes)| Op::File(path, bytes)),
        (path.clone(), any::<u8>()).prop_map(|(path, value)| Op::Attribute(path, value)),
        path.clone().prop_map(Op::Sparse),
        (path.clone(), path.clone()).prop_map(|(path, to)| Op::Symlink(path, to)),
        (path.clone(), path.clone()).prop_map(|(path, to)| Op::Link(path, to)),
        path.clone().prop_map(Op::Fifo),
        path.clone().prop_map(Op::Whiteout),
        path.prop_map(Op::Opaque),
    ]
}

fn stack() -> impl Strategy<Value = Vec<Vec<Op>>> {
    prop::collection::vec(prop::collection::vec(op(), 0..12), 1..4)
}

fn blobs(stack: &[Vec<Op>]) -> Vec<Vec<u8>> {
    let mut builder = TreeBuilder::new();
    for (layer, ops) in stack.iter().enumerate() {
        if layer > 0 {
            builder = builder.layer();
        }
        builder = ops.iter().fold(builder, add);
    }
    builder.blobs()
}

fn add(builder: TreeBuilder, op: &Op) -> TreeBuilder {
    let path = |at: usize| format!("/{}", PATHS[at]);
    match op {
        Op::Directory(at, mode) => builder.dir(&path(*at), *mode),
        Op::File(at, bytes) => builder.file(&path(*at), 0o644, bytes),
        Op::Attribute(at, value) => builder
            .file(&path(*at), 0o755, &[*value])
            .xattr(&path(*at), "security.capability", &[*value; 20])
            .owner(&path(*at), 1000, u32::from(*value)),
        Op::Sparse(at) => builder.sparse(&path(*at), 1 << 20, &[(4096, b"run"), (1 << 16, b"run")]),
        Op::Symlink(at, to) => builder.symlink(&path(*at), &path(*to)),
        Op::Link(at, to) => builder.hardlink(&path(*at), &path(*to)),
        Op::Fifo(at) => builder.fifo(&path(*at), 0o600),
        Op::Whiteout(at) => builder.whiteout(&path(*at)),
        Op::Opaque(at) => builder.opaque(&path(*at)),
    }
}

fn layers(blobs: Vec<Vec<u8>>) -> Vec<LayerSource> {
    let blobs: Vec<Arc<dyn ReadAt>> =
        blobs.into_iter().map(|blob| Arc::new(blob) as Arc<dyn ReadAt>).collect();
    index_layers(&blobs, &Limits::DEFAULT).expect("fixtures are valid tars")
}

/// An image of layers, with a configuration in other bytes than jettison would write.
fn image(name: &str, tars: Vec<Vec<u8>>) -> Image {
    let mut config = ImageConfig {
        architecture: "amd64".to_owned(),
        os: "linux".to_owned(),
        ..ImageConfig::default()
    };
    let layer =
        |tar: Vec<u8>| Layer { diff_id: Digest::sha256(&tar), tar: Arc::new(tar), blob: None };
    let layers: Vec<Layer> = tars.into_iter().map(layer).collect();
    config.rootfs.diff_ids = layers.iter().map(|layer| layer.diff_id.clone()).collect();
    let mut config_bytes = config.to_vec();
    config_bytes.insert(1, b' ');
    Image {
        source_name: name.to_owned(),
        tags: vec!["example.org/app:1".parse().expect("a reference")],
        manifest: None,
        config,
        config_digest: Digest::sha256(&config_bytes),
        config_bytes,
        layers,
        warnings: Vec::new(),
    }
}

fn read(blob: &dyn ReadAt) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(blob.len()).expect("fixtures are small")];
    blob.read_exact_at(0, &mut bytes).expect("memory reads");
    bytes
}

fn tars(image: &NewImage) -> Vec<Vec<u8>> {
    image.layers.iter().map(|layer| read(&*layer.content)).collect()
}

fn tree_of(image: &NewImage) -> Tree {
    Tree::merge(layers(tars(image))).expect("it is a tree")
}

fn opened(rest: &Rest) -> Image {
    image("rest.tar", tars(&rest.image))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flat {
    No,
    Yes,
}

/// The layers of a slim image, each with the one that it comes from.
fn slim_layers(filter: &LayerFilter<'_>, flat: Flat) -> Vec<(Option<usize>, Vec<u8>)> {
    let mut blobs = Vec::new();
    if flat == Flat::Yes {
        let mut blob = Vec::new();
        filter.flatten(&mut blob).expect("memory writes");
        return vec![(None, blob)];
    }
    for (number, plan) in filter.plan_all().into_iter().enumerate() {
        if plan != LayerPlan::Empty {
            let mut blob = Vec::new();
            filter.write(number, &mut blob).expect("memory writes");
            blobs.push((Some(number), blob));
        }
    }
    blobs
}

fn cut(
    fat: &Image,
    fat_layers: &[LayerSource],
    filter: &LayerFilter<'_>,
    flat: Flat,
) -> (Image, Rest) {
    let (origins, blobs): (Vec<_>, Vec<_>) = slim_layers(filter, flat).into_iter().unzip();
    let slim_layers = layers(blobs.clone());
    let slim = image("slim.tar", blobs);
    let parts = origins
        .iter()
        .zip(slim.layers.iter().zip(&slim_layers))
        .map(|(&origin, (layer, source))| SlimPart {
            origin,
            diff_id: &layer.diff_id,
            layer: source,
        })
        .collect();
    let side = SlimSide { image_id: slim.config_digest.clone(), tags: &slim.tags, parts };
    let options = RestOptions { compression: Compression::None, work_dir: std::env::temp_dir() };
    let rest = Rest::write(FatSide { image: fat, layers: fat_layers }, &side, &options);
    (slim, rest.expect("memory reads"))
}

fn how() -> GiveBack {
    GiveBack {
        tags: Vec::new(),
        compression: Compression::None,
        work_dir: std::env::temp_dir(),
        created_by: "jettison restore".to_owned(),
    }
}

/// Engines refuse a layer with one of these.
fn refused(tree: &Tree) -> Vec<ProblemKind> {
    let is_refused = |kind: &ProblemKind| {
        matches!(
            kind,
            ProblemKind::LinkTargetMissing
                | ProblemKind::LinkAcrossLayers
                | ProblemKind::LinkForward
                | ProblemKind::Duplicate
        )
    };
    tree.problems().iter().map(|problem| problem.kind).filter(is_refused).collect()
}

fn check(blobs: &[Vec<u8>], mask: u64, wanted: u64, flat: Flat) {
    let fat_layers = layers(blobs.to_vec());
    // Layers that contradict each other are no image.
    let Ok(tree) = Tree::merge(fat_layers.clone()) else { return };
    let fat = image("fat.tar", blobs.to_vec());
    let is_in = |mask: u64, path: PathId| mask >> (path.index() % 64) & 1 == 1;
    let keep = |path: PathId| is_in(mask, path);
    // Some kept file has other bytes, as databases do.
    let file = tree.iter().find(|&path| keep(path) && tree.inode(path).is_file());
    let rewrites: Rewrites = file.into_iter().map(|path| (path, b"shorter".to_vec())).collect();
    let filter = LayerFilter::rewriting(&tree, &keep, rewrites);
    let (slim, rest) = cut(&fat, &fat_layers, &filter, flat);
    assert_eq!(refused(&tree_of(&rest.image)), [], "every engine takes the rest");
    assert_eq!(rest.image.config.config.labels[LABEL_FAT], fat.config_digest.to_string());

    let whole = Whole::open(slim, &opened(&rest), &Limits::DEFAULT).expect("they fit");
    let all = whole.give_back_all(&how()).expect("memory reads");
    assert_eq!(all.image_id(), fat.config_digest, "the id is the fat image's");
    assert!(tars(&all.image) == blobs, "every layer is what it was, to the byte");
    assert_eq!(diff(&tree, &tree_of(&all.image)).expect("memory reads"), []);

    let wants = |path: &[u8]| tree.find(path).is_some_and(|path| is_in(wanted, path));
    let some = whole.give_back(&wants, &how()).expect("memory reads");
    check_some(&tree, &whole, &tree_of(&some.image), &wants);
}

/// What is given back is as the fat image has it, and nothing else came.
fn check_some(tree: &Tree, whole: &Whole, given: &Tree, wants: &dyn Fn(&[u8]) -> bool) {
    assert_eq!(refused(given), []);
    let mut expected: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut open: Vec<PathId> =
        tree.iter().filter(|&path| whole.is_in_slim(path) || wants(&tree.path(path))).collect();
    let asked: BTreeSet<PathId> = open.iter().copied().collect();
    while let Some(path) = open.pop() {
        if !expected.insert(tree.path(path)) {
            continue;
        }
        open.push(tree.parent(path));
        let is_wanted_link =
            tree.inode(path).is_symlink() && asked.contains(&path) && !whole.is_in_slim(path);
        if let Some(resolved) = tree.resolve(&tree.path(path)).filter(|_| is_wanted_link) {
            open.extend(resolved.links);
            open.push(resolved.path);
        }
    }
    let found: BTreeSet<Vec<u8>> = given.iter().map(|path| given.path(path)).collect();
    assert_eq!(found, expected);
    // The file with other bytes is no database: it comes back as it was. Of hard links, some may be missing.
    let is_odd = |change: &&Change| match &change.kind {
        ChangeKind::Removed => false,
        ChangeKind::Modified(fields) => fields != &[Field::HardLinks] && change.path != b"/",
        ChangeKind::Added => true,
    };
    let changes = diff(tree, given).expect("memory reads");
    assert_eq!(changes.iter().find(is_odd), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_was_cut_is_whole_again(stack in stack(), mask in any::<u64>(), wanted in any::<u64>()) {
        check(&blobs(&stack), mask, wanted, Flat::No);
    }

    #[test]
    fn out_of_one_layer_too(stack in stack(), mask in any::<u64>(), wanted in any::<u64>()) {
        check(&blobs(&stack), mask, wanted, Flat::Yes);
    }
}

#[test]
fn all_or_nothing_may_be_kept() {
    let blobs = TreeBuilder::new().file("/a", 0o644, b"a").layer().file("/b", 0o644, b"b").blobs();
    for mask in [0, u64::MAX] {
        for flat in [Flat::No, Flat::Yes] {
            check(&blobs, mask, u64::MAX, flat);
            check(&blobs, mask, 0, flat);
        }
    }
}

#[test]
fn odd_ends_of_archives_come_back() {
    let builder = TreeBuilder::new().file("/a", 0o644, b"a").file("/b", 0o644, b"b");
    let mut blob = builder.blobs().remove(0);
    blob.extend(b"what nobody reads behind the end");
    check(&[blob.clone()], 0b10, 0, Flat::No);
    // No end at all: the blob stops behind its last entry.
    blob.truncate(2048);
    check(&[blob], 0b10, 0, Flat::No);
}

fn halves() -> (Image, Rest) {
    let status = b"Package: a\nVersion: 1\n\nPackage: b\nVersion: 1\n\nPackage: c\nVersion: 1\n";
    let builder = TreeBuilder::new()
        .file("/var/lib/dpkg/status", 0o644, status)
        .file("/var/lib/dpkg/info/a.list", 0o644, b"/usr/bin/a\n")
        .file("/var/lib/dpkg/info/b.list", 0o644, b"/usr/bin/b\n")
        .file("/var/lib/dpkg/info/c.list", 0o644, b"/usr/bin/c\n")
        .file("/usr/bin/a", 0o755, b"a")
        .file("/usr/bin/b", 0o755, b"b")
        .symlink("/usr/bin/bb", "b")
        .file("/usr/bin/c", 0o755, b"c");
    let fat_layers = layers(builder.blobs());
    let tree = Tree::merge(fat_layers.clone()).expect("it is a tree");
    let path = |name: &str| tree.find(name.as_bytes()).expect("it was made");
    let kept = ["/usr/bin/a", "/var/lib/dpkg/status"].map(path);
    let rewrites = Rewrites::from([(kept[1], b"Package: a\nVersion: 1\n\n".to_vec())]);
    let filter = LayerFilter::rewriting(&tree, &|path| kept.contains(&path), rewrites);
    cut(&image("fat.tar", builder.blobs()), &fat_layers, &filter, Flat::No)
}

#[test]
fn databases_list_what_is_there_again() {
    let (slim, rest) = halves();
    let whole = Whole::open(slim, &opened(&rest), &Limits::DEFAULT).expect("they fit");
    let status = |wanted: &str| {
        let wants = |path: &[u8]| path == wanted.as_bytes();
        let given = whole.give_back(&wants, &how()).expect("memory reads");
        let tree = tree_of(&given.image);
        let file = tree.find(b"/var/lib/dpkg/status").expect("it is kept");
        let bytes = tree.read_all(tree.inode_id(file), 1 << 20).expect("memory reads");
        (String::from_utf8(bytes).expect("it is text"), tree)
    };
    let (text, tree) = status("/usr/bin/bb");
    // A link comes with its target, and the target's package is there.
    assert_eq!(text, "Package: a\nVersion: 1\n\nPackage: b\nVersion: 1\n\n");
    assert!(tree.find(b"/usr/bin/b").is_some() && tree.find(b"/usr/bin/c").is_none());
    assert_eq!(status("/nothing").0, "Package: a\nVersion: 1\n\n");
    assert!(status("/var/lib/dpkg/status").0.contains("Package: c"), "who asks gets the fat one's");
}

const RPM: &str = "/var/lib/rpm/rpmdb.sqlite";
const RPM_LOG: &str = "/var/lib/rpm/rpmdb.sqlite-wal";

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).expect("fixtures are whole");
    out
}

/// A database of rpm's, of whose three packages a log takes one out. One of the two others is kept; the log goes.
fn halves_with_rpm() -> (Vec<Vec<u8>>, Image, Rest) {
    let database =
        unpacked(include_bytes!("../../jettison-packages/tests/fixtures/rpmdb.sqlite.gz"));
    let log =
        unpacked(include_bytes!("../../jettison-packages/tests/fixtures/rpmdb.sqlite-wal.gz"));
    let names = ["small", "large", "epochal"];
    let builder = TreeBuilder::new().file(RPM, 0o644, &database).file(RPM_LOG, 0o644, &log);
    let builder = names
        .iter()
        .fold(builder, |builder, name| builder.file(&format!("/usr/bin/{name}"), 0o755, b"x"));
    let fat_layers = layers(builder.blobs());
    let tree = Tree::merge(fat_layers.clone()).expect("it is a tree");
    let packages = Packages::of(&tree, &Landmarks::of(&tree));
    let (_, first) = packages.iter().next().expect("two are listed");
    let home = tree.find(RPM.as_bytes()).expect("it was made");
    let kept = [first.files[0], home];
    let keeps = |path| kept.contains(&path);
    let [database] = &trimmed(&tree, &packages, &keeps).trimmed[..] else {
        panic!("one is cut down")
    };
    assert_eq!(
        database.spent,
        BTreeSet::from([tree.find(RPM_LOG.as_bytes()).expect("it was made")])
    );
    let filter = LayerFilter::rewriting(&tree, &keeps, database.rewrites.clone());
    let (slim, rest) = cut(&image("fat.tar", builder.blobs()), &fat_layers, &filter, Flat::No);
    (builder.blobs(), slim, rest)
}

#[test]
fn a_database_in_several_files_comes_back_as_one_thing() {
    let (blobs, slim, rest) = halves_with_rpm();
    let slim_tree =
        Tree::merge(layers(slim.layers.iter().map(|layer| read(&*layer.tar)).collect()))
            .expect("it is a tree");
    let whole = Whole::open(slim, &opened(&rest), &Limits::DEFAULT).expect("they fit");
    assert!(tars(&whole.give_back_all(&how()).expect("memory reads").image) == blobs);
    let bytes = |tree: &Tree, path: &str| {
        let file = tree.find(path.as_bytes())?;
        tree.read_all(tree.inode_id(file), 1 << 20).ok()
    };
    let given = |wanted: &[&str]| {
        let wants = |path: &[u8]| wanted.iter().any(|wanted| wanted.as_bytes() == path);
        tree_of(&whole.give_back(&wants, &how()).expect("memory reads").image)
    };
    let listed = |tree: &Tree| {
        let packages = Packages::of(tree, &Landmarks::of(tree));
        packages.iter().map(|(_, package)| package.name.clone()).collect::<Vec<_>>()
    };
    // Nothing of a package: the slim image's bytes.
    let none = given(&["/nothing"]);
    assert_eq!(bytes(&none, RPM), bytes(&slim_tree, RPM));
    assert_eq!(listed(&none).len(), 1);
    // All of the packages, or a part of the database: what the fat image has, the log with it.
    let fat = whole.tree();
    for wanted in
        [&["/usr/bin/small", "/usr/bin/large", "/usr/bin/epochal"][..], &[RPM], &[RPM_LOG]]
    {
        let some = given(wanted);
        assert_eq!(bytes(&some, RPM), bytes(fat, RPM), "{wanted:?}");
        assert_eq!(bytes(&some, RPM_LOG), bytes(fat, RPM_LOG), "{wanted:?}");
        assert_eq!(listed(&some).len(), 2);
    }
    assert!(
        bytes(fat, RPM_LOG).is_some_and(|log| !log.is_empty()) && bytes(&none, RPM_LOG).is_none()
    );
}

#[test]
fn a_strange_slim_image_is_refused() {
    let (slim, rest) = halves();
    let rest = opened(&rest);
    let error = Whole::open(rest.clone(), &rest, &Limits::DEFAULT).expect_err("another image");
    assert!(matches!(error, RestoreError::OtherSlim { .. }), "{error}");
    let error = Whole::open(slim.clone(), &slim, &Limits::DEFAULT).expect_err("no rest");
    assert!(error.to_string().contains("is no rest"), "{error}");
}

#[test]
fn damage_is_noticed_or_does_no_harm() {
    let (slim, rest) = halves();
    let fat = rest.image.config.config.labels[LABEL_FAT].clone();
    let sound = tars(&rest.image);
    let mut noticed = 0;
    for (layer, tar) in sound.iter().enumerate() {
        for at in (0..tar.len()).step_by(37) {
            let mut damaged = sound.clone();
            damaged[layer][at] ^= 0x01;
            match Whole::open(slim.clone(), &image("rest.tar", damaged), &Limits::DEFAULT) {
                Err(_) => noticed += 1,
                Ok(whole) => {
                    let all = whole.give_back_all(&how()).expect("memory reads");
                    assert_eq!(all.image_id().to_string(), fat, "layer {layer}, byte {at}");
                }
            }
        }
    }
    assert!(noticed > 100, "{noticed}");
}
