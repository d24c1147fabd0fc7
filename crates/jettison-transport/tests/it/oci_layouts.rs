//! OCI layouts, as directories and archives: names, platforms, and what is no image.

use jettison_transport::{OpenOptions, Source, open};
use serde_json::{Value, json};

use crate::fixture::{
    Files, Fixture, INDEX_TYPE, MANIFEST_TYPE, Packing, add_blob, entries, gzip, lay_out,
    multi_platform, open_bytes, open_error, open_in, set_index, tar_of,
};

#[test]
fn directories_and_archives_open() {
    let fixture = Fixture::new("jettison:1");
    for packing in Packing::ALL {
        let files = fixture.oci_files(packing);
        let dir = tempfile::tempdir().expect("a temporary directory");
        let layout = dir.path().join("layout");
        lay_out(&layout, &files);
        let path = layout.display();
        for source in [format!("{path}"), format!("oci:{path}"), format!("oci:{path}:1")] {
            let image = open_in(dir.path(), &source).expect("well formed");
            fixture.assert_is(&image);
            assert_eq!(image.source_name, source);
            assert_eq!(image.tags[0].familiar(), "jettison:1");
            assert_eq!(image.layers[0].blob.is_some(), packing != Packing::Plain);
        }
        let tar = tar_of(&files);
        for bytes in [tar.clone(), gzip(&tar)] {
            fixture.assert_is(&open_bytes("", &bytes, "").expect("well formed"));
            fixture.assert_is(&open_bytes("oci-archive:", &bytes, ":1").expect("well formed"));
            let full = ":docker.io/library/jettison:1";
            fixture.assert_is(&open_bytes("oci-archive:", &bytes, full).expect("well formed"));
        }
    }
}

#[test]
fn an_archive_of_docker_save_is_a_layout_too() {
    let fixture = Fixture::new("jettison:1");
    let tar = tar_of(&fixture.new_docker_files(Packing::Plain));
    fixture.assert_is(&open_bytes("oci-archive:", &tar, "").expect("well formed"));
}

#[test]
fn one_of_several_images_is_chosen_by_name() {
    let (one, two) = (Fixture::new("one:1"), Fixture::of("two:2", Vec::new()));
    let mut files = one.oci_files(Packing::Gzip);
    let other = two.oci_files(Packing::Gzip);
    let both = [entries(&files), entries(&other)].concat();
    files.extend(other);
    set_index(&mut files, &both);
    let tar = tar_of(&files);
    one.assert_is(&open_bytes("oci-archive:", &tar, ":1").expect("it is in it"));
    two.assert_is(&open_bytes("oci-archive:", &tar, ":two:2").expect("it is in it"));
    let error = open_error("oci-archive:", &tar, "");
    assert!(error.contains("several images"), "{error}");
    assert!(error.contains("image:one:1, oci-archive:"), "{error}");
    let error = open_error("oci-archive:", &tar, ":3");
    assert!(error.contains("no image \"3\""), "{error}");
}

#[test]
fn one_tag_of_two_images_is_not_enough() {
    let one = Fixture::new("one:latest");
    let two = Fixture::of("two:latest", Vec::new());
    let mut files = one.oci_files(Packing::Gzip);
    let other = two.oci_files(Packing::Gzip);
    let both = [entries(&files), entries(&other)].concat();
    files.extend(other);
    set_index(&mut files, &both);
    let tar = tar_of(&files);
    let error = open_error("oci-archive:", &tar, ":latest");
    assert!(error.contains("several images"), "{error}");
    two.assert_is(&open_bytes("oci-archive:", &tar, ":two:latest").expect("it is in it"));
    let bare: Vec<Value> = both
        .iter()
        .map(|entry| {
            let mut entry = entry.clone();
            entry.as_object_mut().expect("an object").remove("annotations");
            entry
        })
        .collect();
    set_index(&mut files, &bare);
    let tar = tar_of(&files);
    let error = open_error("oci-archive:", &tar, "");
    let digest = bare[1]["digest"].as_str().expect("text");
    assert!(error.contains("several images") && error.contains(digest), "{error}");
    let suffix = format!(":{digest}");
    two.assert_is(&open_bytes("oci-archive:", &tar, &suffix).expect("it is in it"));
}

#[test]
fn the_platform_decides() {
    let layer = |text: &str| vec![tar_of(&crate::fixture::files([("a", text.as_bytes())]))];
    let amd64 = Fixture::of("x:amd64", layer("amd64"));
    let arm = |variant: &'static str| {
        let mut fixture = Fixture::of(variant, layer(variant));
        let mut config: Value = serde_json::from_slice(&fixture.config).expect("JSON");
        config["architecture"] = json!("arm");
        config["variant"] = json!(variant);
        fixture.config = config.to_string().into_bytes();
        fixture
    };
    let (v6, v7) = (arm("v6"), arm("v7"));
    let files =
        multi_platform(&[("linux/arm/v6", &v6), ("linux/arm/v7", &v7), ("linux/amd64", &amd64)]);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("archive");
    fs_err::write(&path, tar_of(&files)).expect("writable");
    let source = Source::Path(path);
    let open_for = |platform: &str| {
        let mut options = OpenOptions::new(dir.path());
        options.platform = Some(platform.parse().expect("valid"));
        open(&source, &options)
    };
    amd64.assert_is(&open_for("linux/amd64").expect("it is there"));
    v7.assert_is(&open_for("linux/arm/v7").expect("it is there"));
    v6.assert_is(&open_for("linux/arm/v6").expect("it is there"));
    let error = open_for("linux/s390x").expect_err("it is not there").to_string();
    assert!(error.contains("not for linux/s390x"), "{error}");
    assert!(error.contains("linux/arm/v6, linux/arm/v7, linux/amd64"), "{error}");
}

#[test]
fn a_single_image_for_another_machine_opens_unless_a_platform_was_asked_for() {
    let fixture = Fixture::new("x:1");
    let files = multi_platform(&[("linux/s390x", &fixture)]);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("archive");
    fs_err::write(&path, tar_of(&files)).expect("writable");
    let source = Source::Path(path);
    let mut options = OpenOptions::new(dir.path());
    fixture.assert_is(&open(&source, &options).expect("nobody asked"));
    options.platform = Some("linux/riscv64".parse().expect("valid"));
    open(&source, &options).expect_err("it is for another machine");
}

/// What opening says when the manifest is another, and the index points at it.
fn error_with_manifest(good: &Files, edit: &dyn Fn(&mut Value)) -> String {
    let mut files = good.clone();
    let digest = entries(&files)[0]["digest"].as_str().expect("text").to_owned();
    let name = format!("blobs/sha256/{}", &digest["sha256:".len()..]);
    let mut manifest: Value = serde_json::from_slice(&files[&name]).expect("JSON");
    edit(&mut manifest);
    let entry = add_blob(&mut files, MANIFEST_TYPE, manifest.to_string().into_bytes());
    set_index(&mut files, &[entry]);
    open_error("oci-archive:", &tar_of(&files), "")
}

#[test]
fn what_is_wrong_is_named() {
    let fixture = Fixture::new("jettison:1");
    let good = fixture.oci_files(Packing::Gzip);
    let with_manifest = |edit: &dyn Fn(&mut Value)| error_with_manifest(&good, edit);
    let with_entry = |edit: &dyn Fn(&mut Value)| {
        let mut files = good.clone();
        let mut all = entries(&files);
        edit(&mut all[0]);
        set_index(&mut files, &all);
        open_error("oci-archive:", &tar_of(&files), "")
    };
    let foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
    let nowhere = format!("sha256:{}", "0".repeat(64));
    for (error, parts) in [
        (
            with_manifest(&|manifest| manifest["schemaVersion"] = json!(1)),
            vec!["schemaVersion: is 1, a format that engines gave up"],
        ),
        (
            with_manifest(&|manifest| manifest["layers"][1]["size"] = json!(1)),
            vec!["a layer \"blobs/sha256/", "expected 1"],
        ),
        (
            with_manifest(&|manifest| manifest["config"]["mediaType"] = json!("text/helm")),
            vec!["is not a container image", "artifact of type \"text/helm\""],
        ),
        (
            with_manifest(&|manifest| {
                manifest["layers"][0] = json!({"mediaType": foreign, "size": 1, "digest": nowhere,
                    "urls": ["https://example.com/layer"]});
            }),
            vec!["layer 1 of 3", "is not included; fetch it from https://example.com/layer"],
        ),
        (
            with_manifest(&|manifest| {
                manifest["layers"][2]["mediaType"] =
                    json!("application/vnd.oci.image.layer.v1.tar+gzip+encrypted");
            }),
            vec!["layer 3 of 3", "is encrypted; decrypt"],
        ),
        (
            with_manifest(&|manifest| {
                manifest["layers"][0] = manifest["layers"][1].clone();
            }),
            vec!["layer 1 of 3", "expected diff-id"],
        ),
        (
            with_manifest(&|manifest| {
                drop(manifest["layers"].as_array_mut().expect("a list").pop());
            }),
            vec!["the manifest has 2 layers but the config has 3 diff-ids"],
        ),
        (
            with_entry(&|entry| entry["digest"] = json!(nowhere)),
            vec!["the image manifest is missing", "000000"],
        ),
        (
            with_entry(&|entry| entry["digest"] = json!("sha256:../../etc/passwd")),
            vec!["index.json", "manifests[0].digest: sha256 digest has 16 digits"],
        ),
        (
            with_entry(&|entry| entry["mediaType"] = json!("application/x")),
            vec!["is not a container image: its media type is \"application/x\""],
        ),
        (with_entry(&|entry| entry["size"] = json!(5)), vec!["the image manifest", "expected 5"]),
    ] {
        for part in parts {
            assert!(error.contains(part), "{part:?} is not in {error}");
        }
    }
    let mut files = good.clone();
    set_index(&mut files, &[]);
    let error = open_error("oci-archive:", &tar_of(&files), "");
    assert!(error.contains("there is no image in it"), "{error}");
}

#[test]
fn indexes_within_indexes_end() {
    let mut files = Fixture::new("x:1").oci_files(Packing::Plain);
    for _ in 0..6 {
        let index = json!({"schemaVersion": 2, "manifests": entries(&files)});
        let entry = add_blob(&mut files, INDEX_TYPE, index.to_string().into_bytes());
        set_index(&mut files, &[entry]);
    }
    let error = open_error("oci-archive:", &tar_of(&files), "");
    assert!(error.contains("indexes nested deeper than 4"), "{error}");
}

#[test]
fn paths_of_the_wrong_kind_say_so() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path();
    fs_err::write(path.join("file"), b"text").expect("writable");
    fs_err::create_dir(path.join("dir")).expect("writable");
    fs_err::create_dir(path.join("skopeo")).expect("writable");
    fs_err::write(path.join("skopeo/manifest.json"), b"{}").expect("writable");
    let blob = |name: &str| fs_err::write(path.join(name), b"{}").expect("writable");
    blob("skopeo/version");
    for (source, part) in [
        ("oci:none", "none`: No such file or directory"),
        ("oci:file", "is not an OCI image layout: it is a file; use oci-archive:"),
        ("oci:dir", "is not an OCI image layout: it has no index.json"),
        ("docker-archive:dir", "not a regular file"),
        ("docker-archive:file", "it is not a tar archive"),
        ("oci-archive:none", "No such file or directory"),
        ("skopeo", "schemaVersion: is missing"),
        ("file", "it is not a tar archive"),
        ("rootfs:none", "No such file or directory"),
    ] {
        let (transport, name) = source.split_once(':').map_or(("", source), |(t, n)| (t, n));
        let colon = if transport.is_empty() { "" } else { ":" };
        let source = format!("{transport}{colon}{}", path.join(name).display());
        let error = open_in(path, &source).expect_err(&source).to_string();
        assert!(error.to_lowercase().contains(&part.to_lowercase()), "{source}: {error}");
    }
    let error = open_in(path, "nginx:1.27").expect_err("no such file").to_string();
    assert!(error.contains("no such file, and no such image"), "{error}");
}
