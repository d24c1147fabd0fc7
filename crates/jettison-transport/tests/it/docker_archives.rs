//! Archives of `docker save`, old and new, as they should be and as they should not.

use jettison_image::{Digest, ReadAt, Reference};
use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

use crate::fixture::{Files, Fixture, Packing, gzip, open_bytes, open_error, tar_of};

fn list_of(files: &Files) -> Value {
    serde_json::from_slice(&files["manifest.json"]).expect("JSON")
}

fn set_list(files: &mut Files, list: &Value) {
    files.insert("manifest.json".to_owned(), list.to_string().into_bytes());
}

#[test]
fn every_layout_and_compression_opens() {
    let fixture = Fixture::new("jettison:1");
    for packing in Packing::ALL {
        for files in [fixture.old_docker_files(packing), fixture.new_docker_files(packing)] {
            let tar = tar_of(&files);
            for transport in ["docker-archive:", ""] {
                for bytes in [tar.clone(), gzip(&tar)] {
                    let image = open_bytes(transport, &bytes, "").expect("well formed");
                    fixture.assert_is(&image);
                    assert_eq!(image.tags[0].familiar(), "jettison:1");
                    assert_eq!(image.layers[0].blob.is_some(), packing != Packing::Plain);
                }
            }
        }
    }
}

#[test]
fn the_new_layout_has_the_manifest_too() {
    let fixture = Fixture::new("jettison:1");
    let files = fixture.new_docker_files(Packing::Gzip);
    let image = open_bytes("docker-archive:", &tar_of(&files), "").expect("well formed");
    let manifest = image.manifest.expect("the layout inside has one");
    let blob = image.layers[1].blob.as_ref().expect("compressed");
    assert_eq!(blob.descriptor, manifest.layers[1]);
    let files = fixture.old_docker_files(Packing::Gzip);
    let image = open_bytes("docker-archive:", &tar_of(&files), "").expect("well formed");
    assert!(image.manifest.is_none());
    let digest = image.layers[1].blob.as_ref().map(|blob| blob.descriptor.digest.clone());
    assert_eq!(digest, Some(Digest::sha256(&Packing::Gzip.pack(&fixture.layers[1]))));
}

#[test]
fn one_of_several_images_is_chosen_by_name_or_place() {
    let (one, two) =
        (Fixture::new("one:1"), Fixture::of("host/two:2", vec![tar_of(&Files::new())]));
    let mut files = one.old_docker_files(Packing::Plain);
    let mut list = list_of(&files);
    files.extend(two.old_docker_files(Packing::Plain).into_iter().map(|(name, bytes)| {
        // The names of layers are the same in both fixtures.
        (name.replace("/layer.tar", "x/layer.tar"), bytes)
    }));
    let mut second = list_of(&two.old_docker_files(Packing::Plain))[0].clone();
    second["Layers"] = json!([format!("{:064}x/layer.tar", 0)]);
    list.as_array_mut().expect("a list").push(second);
    let mut unnamed = list[0].clone();
    unnamed["RepoTags"] = Value::Null;
    list.as_array_mut().expect("a list").push(unnamed);
    set_list(&mut files, &list);
    let tar = tar_of(&files);

    let open = |suffix| open_bytes("docker-archive:", &tar, suffix).expect("it is in it");
    one.assert_is(&open(":one:1"));
    one.assert_is(&open(":docker.io/library/one:1"));
    two.assert_is(&open(":host/two:2"));
    two.assert_is(&open(":@1"));
    assert!(open(":@2").tags.is_empty());
    for (transport, suffix, start) in [
        ("docker-archive:", "", "there are several images in it; choose one: "),
        ("", "", "there are several images in it; choose one: "),
        ("docker-archive:", ":one:2", "there is no image \"one:2\" in it; there is: "),
        ("docker-archive:", ":@3", "there is no image \"@3\" in it; there is: "),
    ] {
        let error = open_error(transport, &tar, suffix);
        assert!(error.contains(start), "{error}");
        for choice in ["image:one:1, ", "image:host/two:2, ", "image:@2"] {
            assert!(error.contains(choice), "{error}");
        }
    }
}

#[test]
fn links_between_layers_are_followed() {
    let fixture = Fixture::new("jettison:1");
    let mut files = fixture.old_docker_files(Packing::Plain);
    let (first, last) = (format!("{:064}/layer.tar", 0), format!("{:064}/layer.tar", 2));
    files.remove(&last);
    let mut builder = Builder::new(Vec::new());
    for (name, bytes) in &files {
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, bytes.as_slice()).expect("memory");
    }
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Symlink);
    header.set_size(0);
    builder.append_link(&mut header, &last, format!("../{first}")).expect("memory");
    let tar = builder.into_inner().expect("memory");
    fixture.assert_is(&open_bytes("docker-archive:", &tar, "").expect("a link within"));
}

#[test]
fn what_is_wrong_is_named() {
    let fixture = Fixture::new("jettison:1");
    let good = fixture.old_docker_files(Packing::Gzip);
    let config = format!("{}.json", Digest::sha256(&fixture.config).hex());
    let layer = format!("{:064}/layer.tar", 1);
    let change = |edit: &dyn Fn(&mut Files)| {
        let mut files = good.clone();
        edit(&mut files);
        open_error("docker-archive:", &tar_of(&files), "")
    };
    let edit_list = |edit: &dyn Fn(&mut Value)| {
        change(&|files| {
            let mut list = list_of(files);
            edit(&mut list);
            set_list(files, &list);
        })
    };
    for (error, parts) in [
        (
            change(&|files| drop(files.remove(&config))),
            vec!["the image config is missing", &config],
        ),
        (change(&|files| drop(files.remove(&layer))), vec!["a layer is missing", &layer]),
        (
            change(&|files| drop(files.insert(config.clone(), b"{}".to_vec()))),
            vec![
                "the image config",
                "is damaged: expected sha256:",
                Digest::sha256(b"{}").as_str(),
            ],
        ),
        (
            change(&|files| drop(files.insert(layer.clone(), gzip(b"other")))),
            vec!["layer 2 of 3", &layer, "expected diff-id", Digest::sha256(b"other").as_str()],
        ),
        (
            edit_list(&|list| drop(list[0]["Layers"].as_array_mut().expect("a list").pop())),
            vec!["the manifest has 2 layers but the config has 3 diff-ids"],
        ),
        (
            edit_list(&|list| list[0]["Layers"][0] = json!("../../../etc/passwd")),
            vec!["\"../../../etc/passwd\" is not a name within the archive"],
        ),
        (
            edit_list(&|list| list[0]["Config"] = json!("/etc/passwd")),
            vec!["\"/etc/passwd\" is not a name within the archive"],
        ),
        (edit_list(&|list| *list = json!([])), vec!["there is no image in it"]),
        (edit_list(&|list| *list = json!({})), vec!["manifest.json", "expected a list"]),
        (
            change(&|files| drop(files.remove("manifest.json"))),
            vec!["is not an archive of docker save: it has no manifest.json"],
        ),
        (
            change(&|files| {
                files.remove("manifest.json");
                files.insert("repositories".to_owned(), b"{}".to_vec());
            }),
            vec!["saved by Docker before 1.10"],
        ),
        (
            change(&|files| drop(files.insert("manifest.json".to_owned(), vec![b' '; 5 << 20]))),
            vec!["\"manifest.json\" has 5242880 bytes, more than the 4194304"],
        ),
        (
            open_error("docker-archive:", &tar_of(&fixture.oci_files(Packing::Gzip)), ""),
            vec!["it has an index.json; use oci-archive:"],
        ),
    ] {
        for part in parts {
            assert!(error.contains(part), "{part:?} is not in {error}");
        }
    }
}

#[test]
fn names_that_are_none_are_told_and_not_used() {
    let fixture = Fixture::new("Not:A:Name");
    let tar = tar_of(&fixture.old_docker_files(Packing::Plain));
    let image = open_bytes("docker-archive:", &tar, "").expect("the rest is fine");
    assert_eq!(image.tags, Vec::<Reference>::new());
    assert!(image.warnings[0].contains("Not:A:Name"), "{:?}", image.warnings);
}

#[test]
fn a_layer_that_inflates_without_end_is_stopped() {
    let zeros = vec![0; 300 << 20];
    let fixture = Fixture::of("bomb:1", vec![zeros]);
    let files = fixture.old_docker_files(Packing::Gzip);
    assert!(files[&format!("{:064}/layer.tar", 0)].len() < 1 << 20);
    let error = open_error("docker-archive:", &tar_of(&files), "");
    assert!(error.contains("layer 1 of 1") && error.contains("decompression bomb"), "{error}");
}

#[test]
fn uncompressed_layers_are_read_where_they_lie() {
    let fixture = Fixture::new("jettison:1");
    let tar = tar_of(&fixture.old_docker_files(Packing::Plain));
    let image = open_bytes("docker-archive:", &tar, "").expect("well formed");
    // Its directory of temporary files is gone, and so is the archive's name.
    let whole = format!("{:?}", image.layers[1].tar);
    assert!(whole.contains("SubRange") && whole.contains("/image"), "{whole}");
    assert_eq!(image.layers[1].tar.len(), fixture.layers[1].len() as u64);
}
