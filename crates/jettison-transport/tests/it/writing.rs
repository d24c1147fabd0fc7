//! Images written and opened again, by every transport and compression.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use jettison_image::{Digest, Reader};
use jettison_transport::{
    CompressOptions, Compression, Destination, Image, NewImage, NewLayer, OpenOptions, Places,
    Source, WriteError, Written, compress_layer, open, write,
};
use serde_json::Value;

use crate::fixture::{Fixture, Packing, bytes_of, open_bytes, tar_of};

const ALL: [Compression; 3] = [Compression::None, Compression::Gzip, Compression::Zstd];

fn opened(tag: &'static str) -> Image {
    let tar = tar_of(&Fixture::new(tag).old_docker_files(Packing::Plain));
    open_bytes("docker-archive:", &tar, "").expect("well formed")
}

/// The image with its layers compressed anew.
fn recompressed(image: &Image, compression: Compression, dir: &Path) -> NewImage {
    let options = CompressOptions::new(compression, dir);
    let layer = |layer: &jettison_transport::Layer| {
        let mut tar = Reader::new(&layer.tar);
        NewLayer::from(compress_layer(&mut tar, &options).expect("a writable directory"))
    };
    NewImage {
        config: image.config.clone(),
        layers: image.layers.iter().map(layer).collect(),
        tags: image.tags.clone(),
        annotations: BTreeMap::from([("note".to_owned(), "by hand".to_owned())]),
    }
}

fn write_to(image: &NewImage, destination: &str) -> Result<Written, WriteError> {
    write(&destination.parse::<Destination>().expect(destination), image, &Places::default())
}

fn open_at(dir: &Path, source: &str) -> Image {
    open(&source.parse::<Source>().expect(source), &OpenOptions::new(dir)).expect(source)
}

#[test]
fn what_is_written_opens_as_the_same_image() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let image = opened("jettison:1");
    for compression in ALL {
        let new = recompressed(&image, compression, dir.path());
        for (transport, suffix) in [("docker-archive", ""), ("oci-archive", ""), ("oci", ":1")] {
            let at = dir.path().join(format!("{transport}-{compression}")).display().to_string();
            let written = write_to(&new, &format!("{transport}:{at}{suffix}")).expect("writable");
            for source in [format!("{transport}:{at}"), at.clone()] {
                let again = open_at(dir.path(), &source);
                assert_eq!(again.config, image.config);
                assert_eq!(again.config_digest, written.config_digest);
                assert_eq!(again.tags, image.tags);
                let manifest = again.manifest.expect("all of them have one");
                assert_eq!(Digest::sha256(&manifest.to_vec()), written.manifest_digest);
                assert_eq!(manifest.annotations["note"], "by hand");
                for (layer, old) in again.layers.iter().zip(&image.layers) {
                    assert_eq!(layer.diff_id, old.diff_id);
                    assert!(bytes_of(&layer.tar) == bytes_of(&old.tar));
                    assert_eq!(layer.blob.is_some(), compression != Compression::None);
                }
            }
            let warned = compression == Compression::Zstd && transport == "docker-archive";
            assert_eq!(!written.warnings.is_empty(), warned);
        }
    }
}

#[test]
fn the_same_image_gives_the_same_bytes() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let image = opened("jettison:1");
    for transport in ["docker-archive", "oci-archive"] {
        let mut all = Vec::new();
        for round in ["a", "b"] {
            let new = recompressed(&image, Compression::Gzip, dir.path());
            let path = dir.path().join(format!("{transport}-{round}"));
            let written = write_to(&new, &format!("{transport}:{}", path.display()));
            let bytes = fs_err::read(&path).expect("written");
            assert_eq!(written.expect("writable").bytes, bytes.len() as u64);
            all.push(bytes);
        }
        assert!(all[0] == all[1]);
    }
}

#[test]
fn members_say_nothing_of_time_and_place_and_are_sorted() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("out.tar");
    let new = recompressed(&opened("jettison:1"), Compression::Gzip, dir.path());
    write_to(&new, &format!("docker-archive:{}:other/name:2", path.display())).expect("writable");
    let bytes = fs_err::read(&path).expect("written");
    let mut archive = tar::Archive::new(bytes.as_slice());
    let mut names = Vec::new();
    for entry in archive.entries().expect("a tar") {
        let entry = entry.expect("well formed");
        let header = entry.header();
        let numbers = [header.mtime(), header.uid(), header.gid()].map(|n| n.expect("a number"));
        assert_eq!(numbers, [0, 0, 0]);
        names.push(String::from_utf8(entry.path_bytes().into_owned()).expect("text"));
    }
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(names, sorted);
    assert_eq!(names.len(), 2 + 4 + 3, "directories, blobs (a layer is there once), documents");
    let image = open_at(dir.path(), &format!("docker-archive:{}:other/name:2", path.display()));
    let tags: Vec<String> = image.tags.iter().map(jettison_image::Reference::familiar).collect();
    assert_eq!(tags, ["jettison:1", "other/name:2"]);
}

fn index_of(dir: &Path) -> Vec<(String, String)> {
    let bytes = fs_err::read(dir.join("index.json")).expect("a layout");
    let index: Value = serde_json::from_slice(&bytes).expect("JSON");
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let entry = |entry: &Value| {
        let name = text(&entry["annotations"]["org.opencontainers.image.ref.name"]);
        (name, text(&entry["digest"]))
    };
    index["manifests"].as_array().expect("a list").iter().map(entry).collect()
}

#[test]
fn a_layout_keeps_what_it_has() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let layout = dir.path().join("layout");
    let at = format!("oci:{}", layout.display());
    let untagged = |tag, compression| {
        let mut new = recompressed(&opened(tag), compression, dir.path());
        new.tags.clear();
        new
    };
    let (one, two) = (untagged("one:1", Compression::Gzip), untagged("two:1", Compression::Gzip));
    let first = write_to(&one, &format!("{at}:a")).expect("writable");
    // Somebody else's fields stay.
    let index = fs_err::read_to_string(layout.join("index.json")).expect("a layout");
    let index = index.replacen('{', r#"{"annotations":{"who":"else"},"#, 1);
    fs_err::write(layout.join("index.json"), index).expect("writable");
    let second = write_to(&two, &format!("{at}:b")).expect("writable");
    assert!(second.bytes < first.bytes, "the layers are there already: {second:?} {first:?}");
    let (one_is, two_is) = (first.manifest_digest.to_string(), second.manifest_digest.to_string());
    let name = |name: &str, digest: &str| (name.to_owned(), digest.to_owned());
    assert_eq!(index_of(&layout), [name("a", &one_is), name("b", &two_is)]);
    let third = untagged("three:1", Compression::Zstd);
    let third = write_to(&third, &format!("{at}:a")).expect("writable");
    let third_is = third.manifest_digest.to_string();
    assert_eq!(index_of(&layout), [name("b", &two_is), name("a", &third_is)]);
    let unnamed = write_to(&two, &at).expect("writable");
    write_to(&two, &at).expect("writable");
    let unnamed_is = unnamed.manifest_digest.to_string();
    assert_eq!(index_of(&layout)[2..], [name("none", &unnamed_is)]);
    let text = fs_err::read_to_string(layout.join("index.json")).expect("a layout");
    assert!(text.contains(r#""who":"else""#), "{text}");
    open_at(dir.path(), &format!("{at}:b"));
}

#[test]
fn a_damaged_blob_of_a_layout_is_replaced() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let layout = dir.path().join("layout");
    let at = format!("oci:{}:1", layout.display());
    let new = recompressed(&opened("jettison:1"), Compression::Gzip, dir.path());
    write_to(&new, &at).expect("writable");
    let blob = layout.join("blobs/sha256").join(new.layers[1].descriptor.digest.hex());
    let mut bytes = fs_err::read(&blob).expect("written");
    bytes[20] ^= 1;
    fs_err::write(&blob, bytes).expect("writable");
    write_to(&new, &at).expect("writable");
    open_at(dir.path(), &at);
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let at = format!("oci:{}", dir.path().join("layout").display());
    let mut new = recompressed(&opened("jettison:1"), Compression::Gzip, dir.path());
    new.tags.clear();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (new, at) = (&new, &at);
            scope.spawn(move || write_to(new, &format!("{at}:tag{writer}")).expect("writable"));
        }
    });
    let mut names: Vec<String> =
        index_of(&dir.path().join("layout")).into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(names, (0..8).map(|writer| format!("tag{writer}")).collect::<Vec<_>>());
}

#[test]
fn an_archive_may_replace_the_one_it_is_read_from() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("image.tar");
    let fixture = Fixture::new("jettison:1");
    fs_err::write(&path, tar_of(&fixture.old_docker_files(Packing::Gzip))).expect("writable");
    let source = format!("docker-archive:{}", path.display());
    let image = open_at(dir.path(), &source);
    let new = NewImage {
        config: image.config.clone(),
        layers: image.layers.iter().map(NewLayer::from).collect(),
        tags: image.tags.clone(),
        annotations: BTreeMap::new(),
    };
    write_to(&new, &source).expect("writable");
    let again = open_at(dir.path(), &source);
    for (layer, old) in again.layers.iter().zip(&image.layers) {
        let digest = |layer: &jettison_transport::Layer| {
            layer.blob.as_ref().map(|blob| blob.descriptor.digest.clone())
        };
        assert_eq!(digest(layer), digest(old), "an unchanged layer keeps its blob");
    }
    let left: Vec<_> = fs_err::read_dir(dir.path()).expect("readable").collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn what_cannot_be_written_is_named_and_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let at = |name: &str| dir.path().join(name).display().to_string();
    let good = recompressed(&opened("jettison:1"), Compression::Gzip, dir.path());
    let mut missing = good.clone();
    missing.layers.pop();
    let mut swapped = good.clone();
    swapped.layers.swap(0, 1);
    let mut damaged = good.clone();
    let mut bytes = bytes_of(&damaged.layers[1].content);
    bytes[20] ^= 1;
    damaged.layers[1].content = Arc::new(bytes);
    let mut short = good.clone();
    let bytes = bytes_of(&short.layers[1].content);
    short.layers[1].content = Arc::new(bytes[1..].to_vec());
    fs_err::create_dir(at("dir")).expect("writable");
    fs_err::create_dir(at("other")).expect("writable");
    fs_err::write(dir.path().join("other/file"), b"x").expect("writable");
    let out = format!("docker-archive:{}", at("out"));
    for (image, destination, part) in [
        (&missing, &out, "the config has 3 diff-ids for 2 layers"),
        (&swapped, &out, "layer 1 of 3 is sha256:"),
        (&damaged, &out, "not what its digest says: expected sha256:"),
        (&short, &out, "its descriptor says"),
        (&good, &format!("docker-archive:{}", at("dir")), "is not a regular file"),
        (&good, &"docker-archive:/dev/null".to_owned(), "is not a regular file"),
        (&good, &format!("oci-archive:{}", at("none/x")), "none"),
        (&good, &format!("oci:{}", at("other")), "neither empty nor an OCI image layout"),
    ] {
        let error = write_to(image, destination).expect_err(part).to_string();
        assert!(error.contains(part), "{part:?} is not in {error}");
    }
    let mut left: Vec<_> = fs_err::read_dir(dir.path())
        .expect("readable")
        .map(|entry| entry.expect("readable").file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["dir", "other"]);
}
