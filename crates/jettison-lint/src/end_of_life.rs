//! When releases stop getting fixes: `data/end-of-life.tsv`, whose first lines name the source of every date and the day
//! on which it was read. `scripts/end-of-life.py` writes it anew.

use std::sync::LazyLock;

use crate::{image_facts::ImageFacts, image_name::ImageName};

/// The table.
const TABLE: &str = include_str!("../data/end-of-life.tsv");

/// A release of what an image is made for.
#[derive(Debug)]
struct Release {
    /// Repositories of its image.
    images: Vec<&'static str>,
    /// What tags of it begin with: a version, a code name. Empty where the whole image is given up.
    tags: Vec<&'static str>,
    /// What people call it.
    name: &'static str,
    /// The last day with fixes, in days since 1970-01-01; none while that is not known.
    end: Option<i64>,
}

impl Release {
    /// Whether this is the release that `tag` of `image` stands for.
    fn is(&self, image: &str, tag: &str) -> bool {
        self.images.contains(&image) && self.tags.iter().any(|start| begins(tag, start))
    }

    /// The first number of its version.
    fn major(&self) -> Option<u32> {
        self.tags.first()?.split('.').next()?.parse().ok()
    }
}

static RELEASES: LazyLock<Vec<Release>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter(|line| !line.starts_with(['#', '@']));
    rows.filter_map(release).collect()
});

fn release(row: &'static str) -> Option<Release> {
    let mut fields = row.split('\t');
    let (images, tags) = (fields.next()?, fields.next()?);
    Some(Release {
        images: images.split(',').collect(),
        tags: tags.split(',').collect(),
        name: fields.next()?,
        end: days(fields.next()?),
    })
}

/// What has ended, and its last day (days since 1970-01-01).
pub(crate) type Ended = (&'static str, i64);

/// The release that `name` stands for, or the distribution that its tag names, when that ended before `today`.
pub(crate) fn ended(name: &ImageName, today: i64) -> Option<Ended> {
    let tag = name.tag.as_deref().unwrap_or_default();
    let repository = plain(&name.repository);
    let own = RELEASES.iter().find(|one| one.is(repository, tag));
    if let Some(over) = own.and_then(|one| over(one, today)) {
        return Some(over);
    }
    newest_of_major(repository, tag, today).or_else(|| {
        let is_known = RELEASES.iter().any(|one| one.images.contains(&repository));
        // `python:3.12-buster`, `node:22-alpine3.18`: a living language on a dead system. Of what is not in the table,
        // the first part may name the system as well: `buildpack-deps:jessie`, `nvidia/cuda:8.0-devel-ubuntu14.04`.
        let parts = tag.split('-').skip(usize::from(is_known));
        let is_official = !repository.contains('/') || is_known;
        let says = |part: &&str| is_official || is_distinct(part);
        parts.filter(says).find_map(|part| system(part, today))
    })
}

/// `repository` without what says for which processor it is, or where it was copied from.
fn plain(repository: &str) -> &str {
    let official = repository.strip_prefix("docker/library/").unwrap_or(repository);
    match official.split_once('/') {
        Some((processor, rest)) if PROCESSORS.contains(&processor) => rest,
        _ => official,
    }
}

/// Whose official images there are.
const PROCESSORS: &[&str] = &[
    "amd64", "i386", "arm32v5", "arm32v6", "arm32v7", "arm64v8", "armhf", "aarch64", "mips64le",
    "ppc64le", "riscv64", "s390x",
];

/// Whether a part of a tag names a distribution and nothing else, in any image: a name with a version, or a code name
/// that is no word of the language, or too well known.
fn is_distinct(part: &str) -> bool {
    let versioned = ["alpine", "ubuntu", "debian", "centos"].iter().any(|start| {
        part.strip_prefix(start).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    versioned
        || matches!(
            part,
            "squeeze"
                | "wheezy"
                | "jessie"
                | "stretch"
                | "buster"
                | "bullseye"
                | "precise"
                | "trusty"
                | "xenial"
                | "bionic"
                | "focal"
        )
}

/// What an image was found to hold, when that ended before `today`: its distribution, or a runtime.
pub(crate) fn ended_inside(facts: &ImageFacts, today: i64) -> Option<Ended> {
    let system = match facts.system.as_str() {
        "rocky" => "rockylinux",
        "ol" => "oraclelinux",
        other => other,
    };
    // Of a JDK it is not known whose it is.
    let runtimes = facts.runtimes.iter().filter(|(name, _)| *name != "java");
    let runtimes = runtimes.map(|(name, version)| match name.as_str() {
        "go" => ("golang", version),
        other => (other, version),
    });
    let held = std::iter::once((system, &facts.version)).chain(runtimes);
    held.filter(|(_, version)| !version.is_empty())
        .filter_map(|(image, version)| RELEASES.iter().find(|one| one.is(image, version)))
        .find_map(|one| over(one, today))
}

/// The release of the same thing that gets fixes longest after `today`, and its last day; `name` is what [`Ended`] says.
pub(crate) fn longest_living(name: &str, today: i64) -> Option<Ended> {
    let gone = RELEASES.iter().find(|one| one.name == name)?;
    let living = RELEASES.iter().filter(|one| one.images == gone.images);
    let living = living.filter_map(|one| Some((one.name, one.end.filter(|end| *end > today)?)));
    living.max_by_key(|(_, end)| *end)
}

fn over(release: &Release, today: i64) -> Option<Ended> {
    let end = release.end.filter(|end| *end < today)?;
    Some((release.name, end))
}

/// `php:7` floats: it is the last release of that major version. Of the newest one there may be more than the table knows.
fn newest_of_major(image: &str, tag: &str, today: i64) -> Option<Ended> {
    let digits = tag.find(|c: char| !c.is_ascii_digit()).unwrap_or(tag.len());
    let major: u32 = tag[..digits].parse().ok()?;
    let is_floating = !tag[digits..].starts_with('.');
    let known = || RELEASES.iter().filter(|one| one.images.contains(&image));
    let is_newest = known().filter_map(Release::major).max() == Some(major);
    if !is_floating || is_newest {
        return None;
    }
    let same: Vec<&Release> = known().filter(|one| one.major() == Some(major)).collect();
    let last = same.iter().copied().max_by_key(|one| one.end)?;
    let is_over = same.iter().all(|one| over(one, today).is_some());
    is_over.then(|| over(last, today))?
}

/// The distribution that a part of a tag names.
fn system(part: &str, today: i64) -> Option<Ended> {
    let of = |images: &'static [&'static str], tag: &str| {
        let mut known = RELEASES.iter();
        known.find(|one| images.iter().any(|image| one.is(image, tag)))
    };
    let named: [(&str, &'static [&'static str]); 4] = [
        ("alpine", &["alpine"]),
        ("ubuntu", &["ubuntu"]),
        ("debian", &["debian"]),
        ("centos", &["centos"]),
    ];
    let version =
        named.iter().find_map(|(start, images)| Some((part.strip_prefix(start)?, images)));
    let release = match version {
        // Without a version even a name that starts with one is no release.
        Some((version, images)) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            of(images, version)
        }
        _ if part.len() > 3 && part.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            of(&["debian", "ubuntu"], part)
        }
        _ => None,
    };
    over(release?, today)
}

/// Whether `tag` begins with the version or name `start`, and not with a longer number.
fn begins(tag: &str, start: &str) -> bool {
    tag.strip_prefix(start).is_some_and(|rest| {
        start.is_empty() || !rest.starts_with(|c: char| c.is_ascii_alphanumeric())
    })
}

/// Days from 1970-01-01 to `date` (year-month-day).
pub(crate) fn days(date: &str) -> Option<i64> {
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Howard Hinnant's days_from_civil, for years after the era's start.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year / 400;
    let of_era = year - era * 400;
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Year-month-day of `day` days after 1970-01-01.
pub(crate) fn iso_date(day: i64) -> String {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        assert_eq!(days("1970-01-01"), Some(0));
        assert_eq!(days("2000-03-01"), Some(11_017));
        assert_eq!(days("2020-13-01"), None);
        assert_eq!(iso_date(11_017), "2000-03-01");
    }

    #[test]
    fn every_row_is_whole_and_its_source_is_named() {
        let mut sources = BTreeSet::new();
        let mut rows = BTreeSet::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            assert_eq!(fields.len(), 5, "{line}");
            if fields[0] == "@" {
                assert!(fields[2].starts_with("https://") && !fields[3].is_empty(), "{line}");
                assert!(days(fields[4]).is_some(), "the day on which it was read: {line}");
                sources.insert(fields[1]);
                continue;
            }
            let release = release(line).expect(line);
            assert!(sources.contains(fields[4]), "{line}");
            assert!(!release.name.is_empty() && release.images.iter().all(|one| !one.is_empty()));
            assert_eq!(
                release.end.map(iso_date).as_deref(),
                Some(fields[3]).filter(|day| *day != "-")
            );
            assert!(rows.insert((fields[0], fields[1])), "twice: {line}");
        }
        assert!(rows.len() > 200, "the table was cut short: {} rows", rows.len());
        assert_eq!(RELEASES.len(), rows.len());
    }

    #[test]
    fn releases_end_on_their_day() {
        let today = days("2026-11-21").expect("a date");
        let cases = [
            ("debian:9-slim", Some("Debian 9")),
            ("debian:bullseye-20260101-slim", Some("Debian 11")),
            ("debian:12", None),
            ("ubuntu:22.04", None),
            ("ubuntu:focal", Some("Ubuntu 20.04")),
            ("alpine:3.13", Some("Alpine 3.13")),
            ("alpine:3.1", Some("Alpine 3.1")),
            ("alpine:3.22", None),
            ("alpine:3", None),
            ("alpine:2", Some("Alpine 2.7")),
            ("node:20-alpine", Some("Node.js 20")),
            ("node:22", None),
            ("node:22-alpine3.18", Some("Alpine 3.18")),
            ("node:22-alpine", None),
            ("python:3.6", Some("Python 3.6")),
            ("python:3", None),
            ("python:2-slim", Some("Python 2.7")),
            ("python:3.12-slim-buster", Some("Debian 10")),
            ("python:3.12-slim-bookworm", None),
            ("php:7-apache", Some("PHP 7.4")),
            ("php:8-apache", None),
            ("golang:1", None),
            ("golang:1.23.4", Some("Go 1.23")),
            ("golang:1.26", None),
            ("mcr.microsoft.com/dotnet/sdk:6.0-alpine", Some(".NET 6")),
            ("mcr.microsoft.com/dotnet/aspnet:10.0", None),
            ("eclipse-temurin:20-jre", Some("Eclipse Temurin 20")),
            ("postgres:9.6", Some("PostgreSQL 9.6")),
            ("openjdk:11-jre-slim", Some("the image openjdk")),
            ("example/debian:9", None),
            ("golang:1.8-onbuild", Some("Go 1.8")),
            ("node:argon", Some("Node.js 4")),
            ("node:0.10", Some("Node.js 0.10")),
            ("centos:centos7", Some("CentOS 7")),
            ("centos", Some("the image centos")),
            ("oraclelinux:7-slim", Some("Oracle Linux 7")),
            ("ghcr.io/oracle/oraclelinux:9", None),
            ("mongo:3.4.2", Some("MongoDB 3.4")),
            ("mariadb:10.11", None),
            ("mariadb:10.1", Some("MariaDB 10.1")),
            ("arm32v7/node:8", Some("Node.js 8")),
            ("public.ecr.aws/docker/library/python:3.7", Some("Python 3.7")),
            ("buildpack-deps:jessie-curl", Some("Debian 8")),
            ("nvidia/cuda:8.0-cudnn6-devel-ubuntu14.04", Some("Ubuntu 14.04")),
            ("google/debian:wheezy", Some("Debian 7")),
            ("example/app:cosmic", None),
            ("example/app:ubuntu-latest", None),
            ("debian", None),
        ];
        for (name, expected) in cases {
            let found = ended(&ImageName::parse(name), today).map(|(release, _)| release);
            assert_eq!(found, expected, "{name}");
        }
        let next = |name| longest_living(name, today).map(|(name, end)| (name, iso_date(end)));
        assert_eq!(next("Debian 8"), Some(("Debian 13", "2030-06-30".to_owned())));
        assert_eq!(next("the image java"), None);
        let last = days("2028-06-30").expect("a date");
        let bookworm = ImageName::parse("debian:12");
        assert_eq!(ended(&bookworm, last), None, "the last day counts");
        assert_eq!(ended(&bookworm, last + 1), Some(("Debian 12", last)));
    }

    #[test]
    fn what_an_image_holds_ends_too() {
        let today = days("2026-11-21").expect("a date");
        let facts = |system: &str, version: &str, runtimes: &[(&str, &str)]| ImageFacts {
            system: system.to_owned(),
            version: version.to_owned(),
            runtimes: runtimes.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
            ..ImageFacts::default()
        };
        let cases = [
            (facts("debian", "9", &[]), Some("Debian 9")),
            (facts("alpine", "3.16.2", &[]), Some("Alpine 3.16")),
            (facts("debian", "12", &[("node", "18.20.4")]), Some("Node.js 18")),
            (facts("debian", "12", &[("python", "3.12.1"), ("java", "8")]), None),
            (facts("rocky", "8.10", &[]), None),
            (facts("", "", &[]), None),
        ];
        for (facts, expected) in cases {
            assert_eq!(ended_inside(&facts, today).map(|(name, _)| name), expected, "{facts:?}");
        }
    }
}
