//! jettison run by somebody who is not root: with and without a range of subordinate ids (subuid(5)), with and without
//! a FUSE device that is open to all.
//!
//! Root becomes such a user, in a mount namespace with accounts and devices of its own: nothing of the machine changes.
//! Run by anybody else, these tests are about that user and that machine.

use std::{os::unix::fs::PermissionsExt, path::Path};

use jettison_testkit::{Contents, command_line, httpd};

use crate::{
    contents::assert_kept_as_they_were,
    place::{Place, Run, is_root},
};

/// The user that root becomes.
const USER: u32 = 58_123;

/// A machine as an ordinary user may meet it.
#[derive(Clone, Copy, Debug)]
struct Machine {
    /// Mode of `/dev/fuse`: distributions have 666, containers often 600.
    fuse: &'static str,
    /// `/etc/subuid` and `/etc/subgid`.
    ranges: &'static str,
}

const OPEN: Machine = Machine { fuse: "666", ranges: "ann:1200000000:65536\n" };
const NO_RANGE: Machine = Machine { fuse: "666", ranges: "" };
const NO_FUSE: Machine = Machine { fuse: "600", ranges: "ann:1200000000:65536\n" };
const NEITHER: Machine = Machine { fuse: "600", ranges: "" };

impl Machine {
    /// The run as this machine's ordinary user.
    fn ordinary<'a>(self, place: &Place, run: Run<'a>) -> Run<'a> {
        if !is_root() {
            return run;
        }
        let passwd = fs_err::read_to_string("/etc/passwd").expect("there are accounts");
        let accounts = format!("{passwd}\nann:x:{USER}:{USER}::/:/bin/sh\n");
        fs_err::write(place.path("passwd"), accounts).expect("writable");
        fs_err::write(place.path("ids"), self.ranges).expect("writable");
        for name in [".", "home", "state", "cache", "work", "out"] {
            std::os::unix::fs::chown(place.path(name), Some(USER), Some(USER)).expect("as root");
        }
        let script = format!(
            "cd {}; rm -f fuse; mknod fuse c 10 229; chmod {} fuse; mount --bind fuse /dev/fuse; \
             mount --bind passwd /etc/passwd; mount --bind ids /etc/subuid; mount --bind ids /etc/subgid; \
             cd out; exec setpriv --reuid={USER} --regid={USER} --clear-groups --inh-caps=-all \"$@\"",
            place.path("").display(),
            self.fuse,
        );
        run.under(["unshare", "--mount", "--propagation", "private", "sh", "-euc", &script, "sh"])
    }

    /// Slims the web server and holds the result against the fat one.
    #[track_caller]
    fn assert_slims(self) {
        self.assert_slims_with(&[]);
    }

    #[track_caller]
    fn assert_slims_with(self, options: &[&str]) {
        let place = Place::new();
        let source = place.archive(&httpd());
        readable(&source, 0o444);
        let report = place.path("out/report.json");
        let run = place.slim(&source).args(["--report".as_ref(), report.as_os_str()]);
        let run = run.args(options);
        self.ordinary(&place, run).run().expect_proven();
        place.assert_no_leftovers();
        let (fat, slim) = (Contents::read(&source), Contents::read(&place.path("out/slim.tar")));
        assert_kept_as_they_were(&fat, &slim);
        assert!(slim.files.contains_key("www/extra.html"));
        assert!(!slim.files.contains_key("usr/share/ballast/07.bin"));
        assert_eq!(fat.config["config"], slim.config["config"]);
        if is_root() {
            let report = fs_err::read_to_string(&report).expect("a report");
            let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
            let tier = if self.fuse == "666" { 1 } else { 2 };
            assert_eq!(report["run"]["tier"], tier, "the best tier of {self:?} is taken");
        }
    }
}

fn readable(path: &Path, mode: u32) {
    fs_err::set_permissions(path, PermissionsExt::from_mode(mode)).expect("it is ours");
}

#[test]
fn privileged_an_ordinary_user_with_ranges_and_fuse_slims() {
    OPEN.assert_slims();
}

#[test]
fn privileged_an_ordinary_user_without_ranges_slims() {
    NO_RANGE.assert_slims();
}

#[test]
fn privileged_an_ordinary_user_slims_on_disk() {
    OPEN.assert_slims_with(&["--write-to-disk"]);
    NO_RANGE.assert_slims_with(&["--write-to-disk"]);
}

#[test]
fn privileged_an_ordinary_user_without_fuse_slims() {
    NO_FUSE.assert_slims();
}

#[test]
fn privileged_an_ordinary_user_with_neither_slims() {
    NEITHER.assert_slims();
}

#[test]
fn privileged_doctor_tells_an_ordinary_user_what_is_missing() {
    for machine in [OPEN, NEITHER] {
        let place = Place::new();
        let doctor = machine.ordinary(&place, place.jettison(["doctor"])).run().expect_code(0);
        let tier = |number: &str| {
            let mut lines = doctor.stdout.lines();
            let line = lines.find(|line| line.trim_start().starts_with(&format!("tier {number}")));
            line.unwrap_or_else(|| panic!("tier {number} is told of: {doctor}"))
        };
        if !is_root() {
            continue;
        }
        if machine.fuse == "666" {
            assert!(tier("1").contains("works"), "{doctor}");
        } else {
            assert!(tier("1").contains("/dev/fuse"), "what is missing is named: {doctor}");
            assert!(doctor.stdout.starts_with("images run here in tier 2"), "{doctor}");
            assert!(doctor.stdout.contains("/etc/subuid"), "the way to more ids: {doctor}");
        }
        assert!(tier("3").contains("missing: "), "{doctor}");
    }
}

#[test]
fn privileged_an_ordinary_user_is_told_what_it_may_not_read_or_write() {
    let place = Place::new();
    let source = place.archive(&command_line());
    readable(&source, 0o000);
    if is_root() {
        let run = NEITHER.ordinary(&place, place.slim(&source)).run();
        run.expect_error(2, &["fat.tar", "ermission denied"]);
    } else {
        place.slim(&source).run().expect_error(2, &["fat.tar", "ermission denied"]);
    }
    place.assert_nothing_written();

    readable(&source, 0o444);
    let closed = place.path("closed");
    fs_err::create_dir(&closed).expect("a directory");
    readable(&closed, 0o555);
    let to = format!("docker-archive:{}", closed.join("slim.tar").display());
    let finished = NEITHER.ordinary(&place, place.slim_to(&source, &to)).run();
    assert!(matches!(finished.code, Some(2 | 4)), "{finished}");
    assert!(finished.stderr.contains("closed"), "{finished}");
    place.assert_no_leftovers();
}
