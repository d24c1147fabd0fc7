//! Databases that rpm and Berkeley DB wrote, see `tests/fixtures/make.sh`; NDB as its layout is described.

use std::io::Read;

use jettison_rootfs::fixture::TreeBuilder;

use super::*;
use crate::{Landmarks, Packages};

const SQLITE: &[u8] = include_bytes!("../../tests/fixtures/rpmdb.sqlite.gz");
const LOG: &[u8] = include_bytes!("../../tests/fixtures/rpmdb.sqlite-wal.gz");
const LITTLE: &[u8] = include_bytes!("../../tests/fixtures/Packages-little.gz");
const BIG: &[u8] = include_bytes!("../../tests/fixtures/Packages-big.gz");

pub(super) fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).expect("fixtures are whole");
    out
}

/// The same headers as SQLite's, in rpm's own format.
fn ndb() -> Vec<u8> {
    let entries = sqlite::entries(&unpacked(SQLITE), None).expect("it is valid");
    let mut file = vec![0; 4096];
    file[..4].copy_from_slice(b"RpmP");
    file[12] = 1;
    for (at, Entry { blob, .. }) in (1_u32..).zip(&entries) {
        let block = u32::try_from(file.len() / 16).expect("fixtures are small");
        let length = u32::try_from(blob.len()).expect("fixtures are small");
        // The slot before the first in use is a free one.
        let slot = 32 + at as usize * 16;
        file[slot..slot + 4].copy_from_slice(b"Slot");
        file[slot + 4..slot + 8].copy_from_slice(&at.to_le_bytes());
        file[slot + 8..slot + 12].copy_from_slice(&block.to_le_bytes());
        file.extend(b"BlbS");
        file.extend(at.to_le_bytes());
        file.extend([0; 4]);
        file.extend(length.to_le_bytes());
        file.extend(blob);
        file.resize(file.len().next_multiple_of(16), 0);
    }
    file
}

/// Every form of the database: where it lies, and its bytes.
fn databases() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("/var/lib/rpm/rpmdb.sqlite", unpacked(SQLITE)),
        ("/usr/lib/sysimage/rpm/Packages.db", ndb()),
        ("/var/lib/rpm/Packages", unpacked(LITTLE)),
        ("/var/lib/rpm/Packages", unpacked(BIG)),
    ]
}

fn names(packages: &[Package]) -> Vec<&str> {
    let mut names: Vec<_> = packages.iter().map(|package| package.name.as_str()).collect();
    names.sort_unstable();
    names
}

#[test]
fn every_kind_of_database_tells_the_same() {
    for (place, bytes) in databases() {
        let tree = TreeBuilder::new()
            .file(place, 0o644, &bytes)
            .file("/usr/bin/epochal", 0o755, b"x")
            .file("/usr/share/large/file-number-77-with-a-long-name", 0o644, b"x")
            .file("/var/lib/epochal/state", 0o644, b"written at run time")
            .build();
        let found = packages(&tree);
        assert_eq!(names(&found), ["epochal", "large", "small"], "{place}");
        let package = |name: &str| {
            found.iter().find(|package| package.name == name).expect("it is in the list")
        };
        let epochal = package("epochal");
        assert_eq!(epochal.version, "1:2.3.4-5.el9");
        assert_eq!(epochal.architecture.as_deref(), Some("noarch"));
        assert_eq!(epochal.about.licenses, ["GPLv2+ and BSD"]);
        assert_eq!(epochal.about.supplier.as_deref(), Some("Fixture Project"));
        assert_eq!(
            epochal.about.source,
            Some(Source { name: "epochal".to_owned(), version: "2.3.4-5.el9".to_owned() })
        );
        let owned: Vec<_> = epochal.files.iter().map(|&file| tree.path(file)).collect();
        assert_eq!(owned, [b"/usr/bin/epochal".to_vec()], "{place}");
        assert_eq!(package("large").files.len(), 1);
        assert_eq!(package("small").version, "1.0-1.fc39");
    }
}

#[test]
fn owners_are_the_systems() {
    let tree = TreeBuilder::new()
        .file("/var/lib/rpm/rpmdb.sqlite", 0o644, &unpacked(SQLITE))
        .file("/usr/bin/small", 0o755, b"x")
        .build();
    let packages = Packages::of(&tree, &Landmarks::of(&tree));
    let small = tree.find(b"/usr/bin/small").expect("it was made");
    let owner = packages.system_owner(small).map(|id| packages.get(id));
    assert_eq!(owner.map(|owner| owner.name.as_str()), Some("small"));
}

#[test]
fn what_only_the_log_holds_counts() {
    let tree = TreeBuilder::new()
        .file("/var/lib/rpm/rpmdb.sqlite", 0o644, &unpacked(SQLITE))
        .file("/var/lib/rpm/rpmdb.sqlite-wal", 0o644, &unpacked(LOG))
        .build();
    assert_eq!(packages(&tree).len(), 2);
    // A log that was cut off before its change was committed says nothing.
    let mut log = unpacked(LOG);
    log.truncate(32 + 24 + 4096 - 1);
    let tree = TreeBuilder::new()
        .file("/var/lib/rpm/rpmdb.sqlite", 0o644, &unpacked(SQLITE))
        .file("/var/lib/rpm/rpmdb.sqlite-wal", 0o644, &log)
        .build();
    assert_eq!(packages(&tree).len(), 3);
}

#[test]
fn damaged_databases_end_quietly() {
    for (place, bytes) in databases() {
        let name = place.rsplit('/').next().unwrap_or_default();
        let entries = |bytes: &Vec<u8>| match name {
            "rpmdb.sqlite" => sqlite::entries(bytes, None),
            "Packages.db" => ndb::entries(bytes),
            _ => berkeley::entries(bytes),
        };
        // Every byte of the places that lead elsewhere, and a sample of the rest.
        for at in (0..4200).chain((4200..bytes.len()).step_by(211)) {
            for flip in [0x01, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                let total: usize =
                    entries(&damaged).iter().flatten().map(|entry| entry.blob.len()).sum();
                assert!(total <= 3 * bytes.len(), "{place}: byte {at}");
            }
        }
        for length in (0..bytes.len()).step_by(509) {
            let found = entries(&bytes[..length].to_vec());
            assert!(found.is_none_or(|found| found.len() <= 4), "{place}: cut to {length}");
        }
    }
}

#[test]
fn any_bytes_behind_the_two_counts_are_no_trouble() {
    let entry = sqlite::entries(&unpacked(SQLITE), None).expect("it is valid").remove(0);
    for at in 0..entry.blob.len().min(4000) {
        let mut damaged = entry.clone();
        damaged.blob[at] ^= 0xff;
        let tree = TreeBuilder::new().file("/usr/bin/small", 0o755, b"x").build();
        let mut finder = Finder::new(&tree);
        let found = package(tree.root(), &damaged, &mut finder);
        assert!(found.is_none_or(|found| found.files.len() <= 1));
    }
}
