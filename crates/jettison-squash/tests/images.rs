//! Whole images squashed, read back with the test kit's own reader.

use std::path::{Path, PathBuf};

use jettison_image::{Digest, ImageConfig, Reference};
use jettison_rootfs::{LayerSource, Limits, Tree, diff, fixture::TreeBuilder, index_layers};
use jettison_squash::{Base, Error, KnownImage, Report, Request, Selection, squash};
use jettison_testkit::{Contents, Entry, FatImage, corners, httpd, layer};
use jettison_transport::{Compression, Destination, OpenOptions, Source};
use proptest::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

/// A directory with an image in it.
struct Place {
    directory: TempDir,
    source: PathBuf,
}

impl Place {
    fn new(image: &FatImage) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let source = directory.path().join("fat.tar");
        image.write_docker_archive(&source);
        Self { directory, source }
    }

    fn request(&self, selection: Selection) -> Request {
        Request {
            source: Source::Path(self.source.clone()),
            open: OpenOptions::new(self.directory.path()),
            selection,
            base: Base::Recognise(Vec::new()),
            compression: Compression::None,
            message: None,
            tags: Vec::new(),
            destinations: vec![Destination::DockerArchive { path: self.out(), name: None }],
            work_dir: self.directory.path().to_owned(),
        }
    }

    fn out(&self) -> PathBuf {
        self.directory.path().join("squashed.tar")
    }

    fn squash(&self, selection: Selection) -> (Report, Contents) {
        self.run(&self.request(selection))
    }

    fn run(&self, request: &Request) -> (Report, Contents) {
        let report = squash(request, &mut |_| {}).expect("it can be squashed");
        let contents = Contents::read(&self.out());
        assert_eq!(report.squashed.layers, contents.diff_ids.len());
        (report, contents)
    }
}

/// Fails unless both show the same files and say the same of how they are run.
#[track_caller]
fn assert_same(before: &Contents, after: &Contents) {
    let names = |contents: &Contents| contents.files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(before), names(after));
    for (path, was) in &before.files {
        let is = &after.files[path];
        let facts = |facts: &jettison_testkit::Facts| {
            (
                facts.kind,
                facts.mode,
                facts.owner,
                facts.mtime,
                facts.target.clone(),
                facts.xattrs.clone(),
            )
        };
        assert_eq!(facts(was), facts(is), "{path}");
        assert!(was.content == is.content, "bytes of {path}");
        assert_eq!(before.other_names(path), after.other_names(path), "links of {path}");
    }
    let without = |config: &Value| {
        let mut config = config.clone();
        config["history"].take();
        config["rootfs"]["diff_ids"].take();
        config
    };
    assert_eq!(without(&before.config), without(&after.config));
}

/// The history as pairs of instruction and whether it has a layer.
fn steps(contents: &Contents) -> Vec<(String, bool)> {
    let history = contents.config["history"].as_array().expect("a list");
    let step = |step: &Value| {
        let by = step["created_by"].as_str().unwrap_or_default().to_owned();
        (by, !step["empty_layer"].as_bool().unwrap_or_default())
    };
    history.iter().map(step).collect()
}

#[test]
fn every_range_of_layers_keeps_files_and_configuration() {
    for image in [corners(), httpd()] {
        let place = Place::new(&image);
        let before = Contents::read(&place.source);
        let count = image.layers.len();
        for first in 1..=count {
            for last in first..=count {
                let (report, after) = place.squash(Selection::Range { first, last: Some(last) });
                assert_same(&before, &after);
                assert_eq!(after.diff_ids.len(), count - (last - first), "{first}..{last}");
                assert_eq!(before.diff_ids[..first - 1], after.diff_ids[..first - 1]);
                assert_eq!(before.diff_ids[last..], after.diff_ids[first..]);
                let layers = steps(&after).iter().filter(|(_, is_layer)| *is_layer).count();
                assert_eq!(layers, after.diff_ids.len(), "the history fits the layers");
                // A layer alone may gain directories that it did not list.
                assert!(first == last || report.squashed.bytes < report.source.bytes);
            }
        }
    }
}

#[test]
fn the_base_of_the_history_stays_and_steps_tell_what_became_of_them() {
    let place = Place::new(&corners());
    let before = Contents::read(&place.source);
    let (report, after) = place.squash(Selection::AboveBase);
    assert_same(&before, &after);
    let base = report.base.expect("it is recognised");
    assert_eq!((base.layers, base.name.as_str()), (1, "CMD [\"sh\"]"));
    assert_eq!(after.diff_ids.len(), 2);
    assert_eq!(after.diff_ids[0], before.diff_ids[0]);
    let steps = steps(&after);
    assert_eq!(steps.len(), 9);
    let layers: Vec<&str> =
        steps.iter().filter(|(_, is_layer)| *is_layer).map(|(by, _)| by.as_str()).collect();
    assert_eq!(layers, ["/bin/sh -c #(nop) ADD file:1 in / ", "jettison squash --range 2..5"]);
    let becomes: Vec<Option<usize>> = report.layers.iter().map(|layer| layer.becomes).collect();
    assert_eq!(becomes, [Some(1), Some(2), Some(2), Some(2), Some(2)]);
    assert_eq!(report.squashed.tags, ["example.org/corners:1-squashed"]);
}

#[test]
fn layers_that_stay_keep_their_compressed_bytes() {
    let place = Place::new(&corners());
    let layout = place.directory.path().join("layout");
    corners().write_oci_layout(&layout);
    let request = Request {
        source: Source::Path(layout.clone()),
        compression: Compression::Gzip,
        destinations: vec![Destination::OciLayout {
            path: place.directory.path().join("new"),
            tag: None,
        }],
        ..place.request(Selection::Range { first: 2, last: Some(4) })
    };
    squash(&request, &mut |_| {}).expect("it can be squashed");
    let blobs = |layout: &Path| {
        let directory = fs_err::read_dir(layout.join("blobs/sha256")).expect("a layout");
        directory.map(|entry| entry.expect("an entry").file_name()).collect::<Vec<_>>()
    };
    let old = blobs(&layout);
    let new = blobs(&place.directory.path().join("new"));
    let kept = new.iter().filter(|blob| old.contains(blob)).count();
    assert_eq!((kept, new.len()), (2, 5), "two layers stay; one, config and manifest are new");
    assert_same(&Contents::read(&layout), &Contents::read(&place.directory.path().join("new")));
}

#[test]
fn a_base_that_is_named_or_known_stays() {
    let image = corners();
    let base =
        FatImage::new("example.org/base:1", image.config.clone(), image.layers[..2].to_vec());
    let place = Place::new(&image);
    let path = place.directory.path().join("base.tar");
    base.write_docker_archive(&path);
    let named = Request {
        base: Base::Image(Source::Path(path.clone())),
        ..place.request(Selection::AboveBase)
    };
    let (report, after) = place.run(&named);
    assert_eq!((report.base.expect("named").layers, after.diff_ids.len()), (2, 3));
    let diff_ids = |count: usize| {
        let ids = image.layers[..count].iter().map(|layer| Digest::sha256(layer));
        KnownImage { name: format!("first {count}"), diff_ids: ids.collect() }
    };
    let known = Request {
        base: Base::Recognise(vec![diff_ids(3), diff_ids(5), diff_ids(2)]),
        ..place.request(Selection::AboveBase)
    };
    let (report, after) = place.run(&known);
    assert_eq!(report.base.expect("known").name, "first 3");
    assert_eq!(after.diff_ids.len(), 4);
    httpd().write_docker_archive(&path);
    let error = squash(&named, &mut |_| {}).expect_err("another image").to_string();
    assert!(error.contains("is not the base of") && error.contains("layer 1 differs"), "{error}");
}

#[test]
fn links_into_lower_layers_stay_links_and_no_engine_refuses_them() {
    let lowest = layer([Entry::directory("d"), Entry::file("d/a", "one file").owner(1, 2)]);
    let linking = layer([Entry::hard_link("d/b", "d/a"), Entry::file("c", "c")]);
    let image =
        FatImage::new("links:1", Value::Null, vec![lowest, linking, layer([Entry::file("e", "")])]);
    let place = Place::new(&image);
    for (first, last) in [(2, 3), (2, 2), (1, 2), (1, 3)] {
        let (_, after) = place.squash(Selection::Range { first, last: Some(last) });
        assert_eq!(after.other_names("d/a"), ["d/b"], "{first}..{last}");
        assert_eq!(after.files["d/b"].content, b"one file");
        assert_eq!(after.files["d/b"].owner, (1, 2));
    }
}

#[test]
fn what_undoes_itself_leaves_no_layer() {
    let image = FatImage::new(
        "undone:1",
        Value::Null,
        vec![
            layer([Entry::file("a", "a")]),
            layer([Entry::file("b", "b")]),
            layer([Entry::whiteout("", "b")]),
        ],
    );
    // The test kit writes "/.wh.b", which means the same.
    let place = Place::new(&image);
    let (report, after) = place.squash(Selection::Range { first: 2, last: Some(3) });
    assert_eq!((after.diff_ids.len(), report.runs[0].bytes_after), (1, 0));
    assert_eq!(report.layers[2].becomes, None);
    let nothing = FatImage::new("nothing:1", Value::Null, vec![layer([]), layer([])]);
    let (report, after) = Place::new(&nothing).squash(Selection::All);
    assert_eq!((after.diff_ids.len(), report.squashed.entries), (1, 0));
}

#[test]
fn only_what_saves_is_squashed_when_asked_so() {
    let place = Place::new(&corners());
    let (report, after) = place.squash(Selection::Saving { at_least: 15_000 });
    assert_eq!(after.diff_ids.len(), 4);
    assert_eq!((report.runs[0].first, report.runs[0].last), (2, 3));
    assert!(report.runs[0].bytes_before > report.runs[0].bytes_after + 20_000);
    let (report, after) = place.squash(Selection::Saving { at_least: 1_000_000 });
    assert_eq!((after.diff_ids.len(), report.runs.len()), (5, 0));
    assert_eq!(report.source.image_id.len(), report.squashed.image_id.len());
    assert_same(&Contents::read(&place.source), &after);
}

#[test]
fn two_runs_and_every_compression_give_the_same_layers() {
    let place = Place::new(&corners());
    let tags: Vec<Reference> = vec!["new:2".parse().expect("a name")];
    let mut diff_ids = Vec::new();
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let bytes = [0, 1].map(|_| {
            let request = Request {
                compression,
                tags: tags.clone(),
                message: Some("mine".to_owned()),
                ..place.request(Selection::All)
            };
            let (_, after) = place.run(&request);
            assert_eq!(after.config["history"][7]["comment"], "mine");
            diff_ids.push(after.diff_ids);
            fs_err::read(place.out()).expect("it is written")
        });
        assert!(bytes[0] == bytes[1], "{compression}");
    }
    assert!(diff_ids.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn what_cannot_be_meant_is_told_before_anything_is_written() {
    let place = Place::new(&corners());
    for selection in [
        Selection::Range { first: 3, last: Some(6) },
        Selection::From("99".to_owned()),
        Selection::From("abcdefabcdef".to_owned()),
    ] {
        let error = squash(&place.request(selection.clone()), &mut |_| {}).expect_err("no layers");
        assert!(matches!(error, Error::Selection(_)), "{selection:?}: {error}");
        assert!(!place.out().exists());
    }
}

#[test]
fn every_destination_gets_the_same_image() {
    let place = Place::new(&corners());
    let path = |name: &str| place.directory.path().join(name);
    let request = Request {
        destinations: vec![
            Destination::OciLayout { path: path("layout"), tag: None },
            Destination::OciArchive { path: path("oci.tar"), tag: None },
            Destination::DockerArchive { path: place.out(), name: None },
        ],
        ..place.request(Selection::Range { first: 2, last: Some(4) })
    };
    // The first archive takes the new layer while it is composed, the others read it.
    let (report, docker) = place.run(&request);
    assert_eq!(report.written.len(), 3);
    for name in ["layout", "oci.tar"] {
        let other = Contents::read(&path(name));
        assert_same(&docker, &other);
        assert_eq!(docker.diff_ids, other.diff_ids, "{name}");
    }
}

#[test]
fn layers_that_are_not_what_the_config_means_are_refused_and_nothing_is_written() {
    let image = corners();
    let place = Place::new(&image);
    let sound = fs_err::read(&place.source).expect("it is written");
    let layer = &image.layers[2];
    let start =
        sound.windows(1024).position(|bytes| *bytes == layer[..1024]).expect("stored as it is");
    let last = layer.iter().rposition(|byte| *byte != 0).expect("it has entries");
    // In a header, so that it is no tar any more; and behind it, where only the digest tells.
    for at in [start, start + last] {
        let mut damaged = sound.clone();
        damaged[at] ^= 1;
        fs_err::write(&place.source, damaged).expect("writable");
        let error = squash(&place.request(Selection::All), &mut |_| {}).expect_err("damaged");
        assert!(error.to_string().contains("is not the layer that the config means"), "{error}");
        assert!(!place.out().exists());
        let left = fs_err::read_dir(place.directory.path()).expect("readable").count();
        assert_eq!(left, 1, "nothing but the source is there");
    }
}

fn opened(path: &Path) -> (ImageConfig, Tree) {
    let work = std::env::temp_dir();
    let image = jettison_transport::open(&Source::Path(path.to_owned()), &OpenOptions::new(work));
    let image = image.expect("an image");
    let tars: Vec<_> = image.layers.into_iter().map(|layer| layer.tar).collect();
    let layers: Vec<LayerSource> = index_layers(&tars, &Limits::DEFAULT).expect("layers");
    (image.config, Tree::merge(layers).expect("a tree"))
}

/// What one entry of a generated layer is.
#[derive(Clone, Debug)]
enum Op {
    Directory,
    File(Vec<u8>),
    Link(String),
    Symlink(String),
    Whiteout,
    Opaque,
}

fn layers() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let name = || prop::sample::select(&["a", "b", "a.wh.b", "c "][..]);
    let path = move || prop::collection::vec(name(), 1..4).prop_map(|names| names.join("/"));
    let op = prop_oneof![
        3 => Just(Op::Directory),
        5 => prop::collection::vec(any::<u8>(), 0..2000).prop_map(Op::File),
        2 => path().prop_map(Op::Link),
        1 => path().prop_map(Op::Symlink),
        3 => Just(Op::Whiteout),
        1 => Just(Op::Opaque),
    ];
    let layer = prop::collection::vec((path(), op), 0..12);
    prop::collection::vec(layer, 1..6).prop_filter_map("refused by engines", |layers| {
        let mut builder = TreeBuilder::new();
        for (number, ops) in layers.into_iter().enumerate() {
            builder = if number > 0 { builder.layer() } else { builder };
            for (path, op) in ops {
                builder = match op {
                    Op::Directory => builder.dir(&path, 0o700),
                    Op::File(bytes) => builder.file(&path, 0o640, &bytes),
                    Op::Link(target) => builder.hardlink(&path, &target),
                    Op::Symlink(target) => builder.symlink(&path, &target),
                    Op::Whiteout => builder.whiteout(&path),
                    Op::Opaque => builder.opaque(&path),
                };
            }
        }
        Tree::merge(builder.layers()).ok().map(|_| builder.blobs())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn generated_images_stay_what_they_are(layers in layers(), cut in (0..5_usize, 0..5_usize)) {
        let image = FatImage::new("generated:1", serde_json::json!({"Cmd": ["/a"]}), layers);
        let place = Place::new(&image);
        let first = cut.0.min(image.layers.len() - 1) + 1;
        let last = (first + cut.1).min(image.layers.len());
        let request = place.request(Selection::Range { first, last: Some(last) });
        let report = squash(&request, &mut |_| {}).expect("it can be squashed");
        prop_assert_eq!(report.runs.len(), 1);
        let ((before, tree), (after, squashed)) = (opened(&place.source), opened(&place.out()));
        prop_assert_eq!(diff(&tree, &squashed).expect("readable"), []);
        prop_assert_eq!(&after.config, &before.config);
        prop_assert_eq!(&after.extra, &before.extra);
        prop_assert_eq!(after.rootfs.diff_ids.len(), report.squashed.layers);
    }
}
