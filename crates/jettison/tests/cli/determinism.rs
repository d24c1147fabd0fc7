//! Same input, same output; every form that an image may be written in.

use std::path::Path;

use jettison_testkit::{Contents, FatImage, httpd};

use crate::{contents::assert_kept_as_they_were, place::Place};

/// Slims the same image in two places and compares what was written, byte for byte.
fn assert_same_bytes(image: &FatImage, args: &[&str]) -> Contents {
    let places = [Place::new(), Place::new()];
    let written = places.each_ref().map(|place| {
        let source = place.archive(image);
        place.slim(&source).args(args).run().expect_proven();
        fs_err::read(place.path("out/slim.tar")).expect("it is written")
    });
    assert!(written[0] == written[1], "two runs with {args:?} write the same bytes");
    Contents::read(&places[0].path("out/slim.tar"))
}

#[test]
fn privileged_two_runs_write_the_same_gzip_bytes() {
    assert_same_bytes(&httpd(), &[]);
}

#[test]
fn privileged_two_runs_write_the_same_zstd_bytes() {
    assert_same_bytes(&httpd(), &["--compression", "zstd"]);
}

#[test]
fn privileged_two_runs_write_the_same_flat_bytes() {
    let slim = assert_same_bytes(&httpd(), &["--compression", "none", "--flatten"]);
    assert_eq!(slim.diff_ids.len(), 1);
}

/// The image that `source` becomes in `destination` (`{}` stands for the output directory).
fn slim_between(place: &Place, source: &Path, destination: &str, name: &str) -> Contents {
    let output = place.path("out").display().to_string();
    place.slim_to(source, &destination.replace("{}", &output)).run().expect_proven();
    Contents::read(&place.path(&format!("out/{name}")))
}

#[test]
fn privileged_every_source_and_destination_holds_the_same_image() {
    let place = Place::new();
    let image = httpd();
    let layout = place.path("layout");
    image.write_oci_layout(&layout);
    let archive = place.path("oci.tar");
    image.write_oci_archive(&archive);
    let docker = place.archive(&image);
    let slims = [
        slim_between(&place, &docker, "docker-archive:{}/a.tar", "a.tar"),
        slim_between(&place, &layout, "oci:{}/layout:slim", "layout"),
        slim_between(&place, &archive, "oci-archive:{}/b.tar:slim", "b.tar"),
    ];
    let fat = Contents::read(&docker);
    for slim in &slims {
        assert_kept_as_they_were(&fat, slim);
        assert_eq!(slim.diff_ids, slims[0].diff_ids);
        assert_eq!(slim.config, slims[0].config);
    }
    assert_eq!(place.list("out"), ["a.tar", "b.tar", "layout"]);
}
