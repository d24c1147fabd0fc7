//! Generated pairs of images: what is found adds up, is the same both ways, and is what a plain
//! comparison of the unpacked trees finds.

mod unpacked;

use std::collections::{BTreeMap, BTreeSet};

use jettison_diff::{Detail, Difference, FileChange, Options, Side, Status, Tally, compare};
use jettison_image::ImageConfig;
use jettison_packages::{Manager, PackedPackage};
use jettison_rootfs::{Field, InodeId, Timestamp, Tree, fixture::TreeBuilder};
use proptest::prelude::*;

/// Compares two trees as images.
fn compared(old: &Tree, new: &Tree, ignored: &[Field]) -> Difference {
    compared_with((old, &[]), (new, &[]), ignored)
}

/// The same, with packages inside of files: the file's path, the name and the version.
fn compared_with(
    (old, old_packed): (&Tree, &[(&str, &str, &str)]),
    (new, new_packed): (&Tree, &[(&str, &str, &str)]),
    ignored: &[Field],
) -> Difference {
    let config = ImageConfig::default();
    let side = |tree, packed: &[(&str, &str, &str)]| {
        let inside = |&(path, name, version): &(&str, &str, &str)| {
            let (name, version) = (name.to_owned(), version.to_owned());
            let found = Tree::find(tree, path.as_bytes()).expect("the tree has the file");
            (found, PackedPackage { manager: Manager::Go, name, version })
        };
        Side {
            name: String::new(),
            image_id: String::new(),
            config: &config,
            tree,
            packed: packed.iter().map(inside).collect(),
            layers: Vec::new(),
        }
    };
    let all = |tree: &Tree, inode: InodeId| tree.read_all(inode, 1 << 20).expect("memory reads");
    let options = Options {
        ignored: ignored.iter().copied().collect(),
        is_same: &|left, right| Ok(all(old, left) == all(new, right)),
        mask: &|_, value| value.to_owned(),
    };
    compare(&side(old, old_packed), &side(new, new_packed), &options).expect("memory reads")
}

fn path<'a>(difference: &'a Difference, path: &str) -> &'a FileChange {
    let found = difference.files.iter().find(|file| file.path == path);
    found.unwrap_or_else(|| panic!("{path} has not changed: {:?}", difference.files))
}

#[test]
fn what_changed_is_told_with_its_details_and_bytes() {
    let lowest = TreeBuilder::new()
        .file("/etc/app.conf", 0o644, b"a=1")
        .file("/opt/gone/one", 0o644, b"12345")
        .file("/opt/gone/two", 0o644, b"67")
        .file("/data", 0o644, b"0123456789")
        .hardlink("/data-too", "/data")
        .symlink("/link", "a");
    let old = lowest.build();
    let new = lowest
        .layer()
        .file("/etc/app.conf", 0o600, b"a=1000")
        .owner("/etc/app.conf", 5, 6)
        .mtime("/etc/app.conf", Timestamp::from_seconds(86_400))
        .whiteout("/opt/gone")
        .whiteout("/data")
        .symlink("/link", "b")
        .file("/opt/new/x", 0o644, b"xyz")
        .build();
    let difference = compared(&old, &new, &[]);
    let conf = path(&difference, "/etc/app.conf");
    let detail = |before: &str, after: &str| Detail { before: before.into(), after: after.into() };
    let expected: BTreeMap<_, _> = [
        ("content", detail("3", "6")),
        ("mode", detail("0644", "0600")),
        ("owner", detail("0:0", "5:6")),
        ("mtime", detail("1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z")),
    ]
    .into();
    assert_eq!((conf.status, &conf.details), (Status::Changed, &expected));
    assert_eq!((conf.bytes_before, conf.bytes_after), (3, 6));
    // The file is still there under its other name: nothing is saved.
    let data = path(&difference, "/data");
    assert_eq!((data.status, data.bytes_before, data.bytes_after), (Status::Removed, 0, 0));
    assert_eq!(path(&difference, "/link").details["target"], detail("a", "b"));
    let directory = |path: &str| {
        let found = difference.directories.iter().find(|directory| directory.path == path);
        found.map(|directory| (directory.whole, directory.below.count()))
    };
    assert_eq!(directory("/opt/gone"), Some((Some(Status::Removed), 3)));
    assert_eq!(directory("/opt/new"), Some((Some(Status::Added), 2)));
    assert_eq!(directory("/opt"), Some((None, 5)));
    let tally = Tally { added: 2, removed: 4, changed: 2, bytes_before: 10, bytes_after: 9 };
    assert_eq!(difference.total, tally);
    assert!(!difference.is_empty());
    assert!(compared(&new, &new, &[]).is_empty());
}

#[test]
fn what_is_ignored_does_not_count() {
    let old = TreeBuilder::new().file("/a", 0o644, b"1").file("/b", 0o644, b"2").build();
    let new = TreeBuilder::new()
        .file("/a", 0o644, b"1")
        .mtime("/a", Timestamp::from_seconds(9))
        .file("/b", 0o600, b"2")
        .mtime("/b", Timestamp::from_seconds(9))
        .build();
    let difference = compared(&old, &new, &[Field::Mtime]);
    assert_eq!(difference.files.len(), 1);
    assert_eq!(path(&difference, "/b").details.keys().collect::<Vec<_>>(), [&"mode"]);
    assert!(compared(&old, &new, &[Field::Mtime, Field::Mode]).is_empty());
}

#[test]
fn packages_are_compared_by_version_and_own_their_files() {
    let stanza = |name: &str, version: &str| {
        format!(
            "Package: {name}\nStatus: install ok installed\nArchitecture: all\nVersion: {version}\n\n"
        )
    };
    let image = |packages: &[(&str, &str)], files: &[(&str, &str, &[u8])]| {
        let status: String = packages.iter().map(|(name, version)| stanza(name, version)).collect();
        let mut builder = TreeBuilder::new().file("/var/lib/dpkg/status", 0o644, status.as_bytes());
        let mut lists: BTreeMap<&str, String> = BTreeMap::new();
        for &(package, path, bytes) in files {
            builder = builder.file(path, 0o644, bytes);
            let list = lists.entry(package).or_default();
            list.push_str(path);
            list.push('\n');
        }
        for (package, list) in lists.iter().filter(|(package, _)| !package.is_empty()) {
            let path = format!("/var/lib/dpkg/info/{package}.list");
            builder = builder.file(&path, 0o644, list.as_bytes());
        }
        builder.build()
    };
    let old = image(
        &[("gone", "1.0"), ("openssl", "3.0.9-1"), ("same", "1"), ("touched", "2")],
        &[
            ("gone", "/usr/gone", b"12345"),
            ("openssl", "/usr/openssl", b"123"),
            ("touched", "/usr/t", b"1"),
        ],
    );
    let new = image(
        &[("come", "1.0~rc1"), ("openssl", "3.0.10-1"), ("same", "1"), ("touched", "2")],
        &[
            ("openssl", "/usr/openssl", b"1234"),
            ("touched", "/usr/t", b"22"),
            ("", "/app", b"mine"),
        ],
    );
    let difference = compared(&old, &new, &[]);
    let lines: Vec<String> = difference
        .packages
        .iter()
        .map(|package| {
            let (files, name) = (package.files, &package.name);
            let (before, after) = (package.before.join(","), package.after.join(","));
            let (was, is) = (files.bytes_before, files.bytes_after);
            format!("{name} {:?} {before}>{after} {was}>{is}", package.status)
        })
        .collect();
    assert_eq!(
        lines,
        [
            "come Added >1.0~rc1 0>0",
            "gone Removed 1.0> 5>0",
            "openssl Upgraded 3.0.9-1>3.0.10-1 3>4",
            "touched Changed 2>2 1>2",
        ]
    );
    assert_eq!(path(&difference, "/app").after.as_ref().expect("it is new").package, None);
    let package =
        path(&difference, "/usr/gone").before.as_ref().expect("it was").package.as_deref();
    assert_eq!(package, Some("deb/gone"));
    assert_eq!(difference.unowned.added, 1);
}

#[test]
fn packages_inside_of_files_are_compared_unless_a_larger_one_brought_them() {
    let old = TreeBuilder::new()
        .file("/srv/server", 0o755, b"1")
        .file("/usr/bin/go-tool", 0o755, b"1")
        .file(
            "/var/lib/dpkg/status",
            0o644,
            b"Package: tool\nStatus: install ok installed\nVersion: 1\n",
        )
        .file("/var/lib/dpkg/info/tool.list", 0o644, b"/usr/bin/go-tool\n")
        .build();
    let packed = |net: &'static str| {
        [
            ("/srv/server", "net", net),
            ("/srv/server", "same", "v1"),
            ("/usr/bin/go-tool", "own", net),
        ]
    };
    let difference = compared_with((&old, &packed("v0.9.0")), (&old, &packed("v0.10.0")), &[]);
    let changes: Vec<_> = difference
        .packages
        .iter()
        .map(|change| (change.manager.as_str(), change.name.as_str(), change.status))
        .collect();
    assert_eq!(changes, [("golang", "net", Status::Upgraded)]);
    assert_eq!(
        (&difference.packages[0].before[0], &difference.packages[0].after[0]),
        (&"v0.9.0".to_owned(), &"v0.10.0".to_owned())
    );
}

/// What a layer has at a path. Paths of links and devices are never led through.
#[derive(Clone, Debug)]
enum Op {
    Directory,
    File(Vec<u8>),
    Symlink(String),
    Link(prop::sample::Index),
    Fifo,
    Whiteout,
    Opaque,
}

type Layer = Vec<(String, Op, u32, i64)>;

fn layer() -> impl Strategy<Value = Layer> {
    let name = || prop::sample::select(&["a", "b", "c"][..]);
    let path = prop::collection::vec(name(), 1..4).prop_map(|names| names.join("/"));
    let op = prop_oneof![
        3 => Just(Op::Directory),
        5 => prop::collection::vec(0..3_u8, 0..4).prop_map(Op::File),
        1 => name().prop_map(|name| Op::Symlink(name.to_owned())),
        2 => any::<prop::sample::Index>().prop_map(Op::Link),
        1 => Just(Op::Fifo),
        2 => Just(Op::Whiteout),
        1 => Just(Op::Opaque),
    ];
    prop::collection::vec((path, op, 0..3_u32, 0..3_i64), 0..10)
}

/// Entries that GNU tar and the runtimes unpack alike: no path twice in a layer, none below something
/// that is no directory there, and hard links to what stands before them.
fn build(layers: &[Layer]) -> TreeBuilder {
    let mut builder = TreeBuilder::new();
    for (number, ops) in layers.iter().enumerate() {
        builder = if number > 0 { builder.layer() } else { builder };
        let mut directories = BTreeSet::new();
        let mut others = BTreeSet::new();
        let mut files: Vec<String> = Vec::new();
        for (path, op, mode, mtime) in ops {
            let parents: Vec<&str> = path.match_indices('/').map(|(at, _)| &path[..at]).collect();
            let is_taken = others.contains(path.as_str()) || directories.contains(path.as_str());
            if is_taken || parents.iter().any(|parent| others.contains(*parent)) {
                continue;
            }
            directories.extend(parents.iter().map(|parent| (*parent).to_owned()));
            let bits = 0o700 + mode;
            builder = match op {
                Op::Directory | Op::Opaque => {
                    directories.insert(path.clone());
                    let made = builder.dir(path, bits);
                    if matches!(op, Op::Opaque) { made.opaque(path) } else { made }
                }
                Op::Whiteout => {
                    others.insert(path.clone());
                    builder.whiteout(path)
                }
                Op::Link(_) if files.is_empty() => continue,
                Op::Link(target) => {
                    others.insert(path.clone());
                    builder.hardlink(path, target.get(&files[..]).as_str())
                }
                Op::File(_) | Op::Symlink(_) | Op::Fifo => {
                    others.insert(path.clone());
                    let made = match op {
                        Op::File(bytes) => builder.file(path, bits, bytes),
                        Op::Symlink(target) => builder.symlink(path, target),
                        _ => builder.fifo(path, bits),
                    };
                    files.extend(matches!(op, Op::File(_)).then(|| path.clone()));
                    made.owner(path, *mode, 7).mtime(path, Timestamp { seconds: *mtime, nanos: 5 })
                }
            };
        }
    }
    builder
}

fn pair() -> impl Strategy<Value = (TreeBuilder, TreeBuilder)> {
    let layers = || prop::collection::vec(layer(), 1..3);
    // Images with layers in common are what is compared most.
    (layers(), layers(), layers()).prop_map(|(shared, old, new)| {
        let with = |own: Vec<Layer>| build(&[shared.clone(), own].concat());
        (with(old), with(new))
    })
}

/// The same, seen from the other side.
fn reversed(mut difference: Difference) -> Difference {
    let status = |status: Status| match status {
        Status::Added => Status::Removed,
        Status::Removed => Status::Added,
        Status::Upgraded => Status::Downgraded,
        Status::Downgraded => Status::Upgraded,
        Status::Changed => Status::Changed,
    };
    let tally = |tally: &mut Tally| {
        std::mem::swap(&mut tally.added, &mut tally.removed);
        std::mem::swap(&mut tally.bytes_before, &mut tally.bytes_after);
    };
    std::mem::swap(&mut difference.old, &mut difference.new);
    tally(&mut difference.total);
    tally(&mut difference.unowned);
    for file in &mut difference.files {
        file.status = status(file.status);
        std::mem::swap(&mut file.before, &mut file.after);
        std::mem::swap(&mut file.bytes_before, &mut file.bytes_after);
        for detail in file.details.values_mut() {
            std::mem::swap(&mut detail.before, &mut detail.after);
        }
    }
    for directory in &mut difference.directories {
        directory.whole = directory.whole.map(status);
        tally(&mut directory.below);
    }
    difference
}

proptest! {
    #[test]
    fn both_ways_tell_the_same((old, new) in pair()) {
        let (old, new) = (old.build(), new.build());
        prop_assert_eq!(reversed(compared(&old, &new, &[])), compared(&new, &old, &[]));
    }

    #[test]
    fn bytes_add_up((old, new) in pair()) {
        let (old, new) = (old.build(), new.build());
        let difference = compared(&old, &new, &[]);
        let Tally { bytes_before, bytes_after, .. } = difference.total;
        prop_assert_eq!(difference.old.bytes - bytes_before, difference.new.bytes - bytes_after);
        let packages = difference.packages.iter().map(|package| package.files);
        let sum = packages.fold(difference.unowned, |mut sum, tally| { sum += tally; sum });
        prop_assert_eq!(sum, difference.total);
        if !difference.files.is_empty() {
            prop_assert_eq!(difference.directories[0].path.as_str(), "/");
            prop_assert_eq!(difference.directories[0].below, difference.total);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn privileged_it_is_what_the_unpacked_trees_differ_in((old, new) in pair()) {
        let expected = unpacked::differences(&old.blobs(), &new.blobs());
        let found: BTreeMap<String, (Status, BTreeSet<&str>)> = compared(&old.build(), &new.build(), &[])
            .files
            .into_iter()
            .filter_map(|file| {
                let is_directory = file.after.as_ref().is_some_and(|state| state.kind == "directory");
                // Unpacking changes the times of directories.
                let fields = file.details.into_keys().filter(|field| !(is_directory && *field == "mtime"));
                let fields: BTreeSet<&str> = fields.collect();
                let counts = file.status != Status::Changed || !fields.is_empty();
                counts.then_some((file.path, (file.status, fields)))
            })
            .collect();
        prop_assert_eq!(found, expected);
    }
}
