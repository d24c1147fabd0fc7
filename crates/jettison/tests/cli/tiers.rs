//! The tiers of the sandbox: each way of running an image leads to the same one.

use std::collections::BTreeSet;

use jettison_testkit::{Contents, httpd};

use crate::{
    contents::assert_kept_as_they_were,
    place::{Place, is_root},
};

/// What stays when the image is run with these options.
fn kept_with(options: &[&str]) -> BTreeSet<String> {
    let place = Place::new();
    let source = place.archive(&httpd());
    place.slim(&source).args(options).run().expect_proven();
    place.assert_no_leftovers();
    let slim = Contents::read(&place.path("out/slim.tar"));
    assert_kept_as_they_were(&Contents::read(&source), &slim);
    slim.files.into_keys().collect()
}

#[test]
fn privileged_all_tiers_keep_the_same_files() {
    let doctor = Place::new().jettison(["doctor"]).run();
    let works = |tier: &str| {
        let line = format!("tier {tier} works");
        doctor.stdout.lines().any(|told| told.trim().starts_with(&line))
    };
    // The third is root's alone: chroot(2).
    let tiers: &[&str] = if is_root() { &["1", "2", "3"] } else { &["1", "2"] };
    for tier in tiers {
        assert!(works(tier), "this test wants tier {tier}, which does not work here: {doctor}");
    }
    let first = kept_with(&["--tier", "1"]);
    for tier in &tiers[1..] {
        assert_eq!(first, kept_with(&["--tier", tier]), "tier {tier} keeps what tier 1 keeps");
    }
    // As before Linux 6.6, where memory will not do.
    assert_eq!(first, kept_with(&["--tier", "1", "--write-to-disk"]), "what is written is on disk");
}
