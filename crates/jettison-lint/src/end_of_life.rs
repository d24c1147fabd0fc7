//! When releases stop getting fixes.
//!
//! As of 2025-11; sources: the projects' release pages (debian.org/releases, wiki.ubuntu.com/Releases,
//! alpinelinux.org/releases, devguide.python.org/versions, nodejs.org/en/about/previous-releases,
//! endoflife.date). Debian's dates are those of long-term support.

use crate::image_name::ImageName;

/// (repository, beginnings of tags, name, last day of support).
const RELEASES: &[(&str, &[&str], &str, &str)] = &[
    ("debian", &["8", "jessie"], "Debian 8", "2020-06-30"),
    ("debian", &["9", "stretch"], "Debian 9", "2022-06-30"),
    ("debian", &["10", "buster"], "Debian 10", "2024-06-30"),
    ("debian", &["11", "bullseye"], "Debian 11", "2026-08-31"),
    ("debian", &["12", "bookworm"], "Debian 12", "2028-06-30"),
    ("ubuntu", &["14.04", "trusty"], "Ubuntu 14.04", "2019-04-30"),
    ("ubuntu", &["16.04", "xenial"], "Ubuntu 16.04", "2021-04-30"),
    ("ubuntu", &["18.04", "bionic"], "Ubuntu 18.04", "2023-05-31"),
    ("ubuntu", &["20.04", "focal"], "Ubuntu 20.04", "2025-05-31"),
    ("ubuntu", &["22.04", "jammy"], "Ubuntu 22.04", "2027-04-30"),
    ("centos", &["5"], "CentOS 5", "2017-03-31"),
    ("centos", &["6"], "CentOS 6", "2020-11-30"),
    ("centos", &["7"], "CentOS 7", "2024-06-30"),
    ("centos", &["8"], "CentOS 8", "2021-12-31"),
    ("alpine", &["2."], "Alpine 2", "2015-11-01"),
    (
        "alpine",
        &["3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9"],
        "Alpine 3.1 to 3.9",
        "2021-05-01",
    ),
    ("alpine", &["3.10"], "Alpine 3.10", "2021-05-01"),
    ("alpine", &["3.11"], "Alpine 3.11", "2021-11-01"),
    ("alpine", &["3.12"], "Alpine 3.12", "2022-05-01"),
    ("alpine", &["3.13"], "Alpine 3.13", "2022-11-01"),
    ("alpine", &["3.14"], "Alpine 3.14", "2023-05-01"),
    ("alpine", &["3.15"], "Alpine 3.15", "2023-11-01"),
    ("alpine", &["3.16"], "Alpine 3.16", "2024-05-23"),
    ("alpine", &["3.17"], "Alpine 3.17", "2024-11-22"),
    ("alpine", &["3.18"], "Alpine 3.18", "2025-05-09"),
    ("alpine", &["3.19"], "Alpine 3.19", "2025-11-01"),
    ("alpine", &["3.20"], "Alpine 3.20", "2026-04-01"),
    ("alpine", &["3.21"], "Alpine 3.21", "2026-11-01"),
    ("python", &["2"], "Python 2", "2020-01-01"),
    ("python", &["3.4"], "Python 3.4", "2019-03-18"),
    ("python", &["3.5"], "Python 3.5", "2020-09-30"),
    ("python", &["3.6"], "Python 3.6", "2021-12-23"),
    ("python", &["3.7"], "Python 3.7", "2023-06-27"),
    ("python", &["3.8"], "Python 3.8", "2024-10-07"),
    ("python", &["3.9"], "Python 3.9", "2025-10-31"),
    ("python", &["3.10"], "Python 3.10", "2026-10-31"),
    ("node", &["0", "4", "5", "6", "7", "8", "9"], "Node.js before 10", "2019-12-31"),
    ("node", &["10"], "Node.js 10", "2021-04-30"),
    ("node", &["12"], "Node.js 12", "2022-04-30"),
    ("node", &["14"], "Node.js 14", "2023-04-30"),
    ("node", &["16"], "Node.js 16", "2023-09-11"),
    ("node", &["18"], "Node.js 18", "2025-04-30"),
    ("node", &["20"], "Node.js 20", "2026-04-30"),
    ("golang", &["1.17"], "Go 1.17", "2022-08-02"),
    ("golang", &["1.18"], "Go 1.18", "2023-02-01"),
    ("golang", &["1.19"], "Go 1.19", "2023-08-08"),
    ("golang", &["1.20"], "Go 1.20", "2024-02-06"),
    ("golang", &["1.21"], "Go 1.21", "2024-08-13"),
    ("golang", &["1.22"], "Go 1.22", "2025-02-11"),
    ("golang", &["1.23"], "Go 1.23", "2025-08-12"),
    ("openjdk", &[""], "the image openjdk", "2022-07-31"),
    ("java", &[""], "the image java", "2016-12-31"),
    ("php", &["5"], "PHP 5", "2018-12-31"),
    ("php", &["7"], "PHP 7", "2022-11-28"),
    ("php", &["8.0"], "PHP 8.0", "2023-11-26"),
    ("php", &["8.1"], "PHP 8.1", "2025-12-31"),
    ("ruby", &["2"], "Ruby 2", "2023-03-31"),
    ("ruby", &["3.0"], "Ruby 3.0", "2024-04-23"),
    ("ruby", &["3.1"], "Ruby 3.1", "2025-03-26"),
];

/// The release that `name` stands for and its last day (days since 1970-01-01), when that is
/// before `today`.
pub(crate) fn ended(name: &ImageName, today: i64) -> Option<(&'static str, i64)> {
    let tag = name.tag.as_deref().unwrap_or_default();
    let found = RELEASES.iter().find(|(repository, tags, _, _)| {
        name.is_official()
            && name.repository == *repository
            && tags.iter().any(|one| begins(tag, one))
    })?;
    let day = days(found.3)?;
    (day < today).then_some((found.2, day))
}

/// Whether `tag` begins with the version or name `start`, and not with a longer number.
fn begins(tag: &str, start: &str) -> bool {
    tag.strip_prefix(start).is_some_and(|rest| {
        start.ends_with('.')
            || start.is_empty()
            || !rest.starts_with(|c: char| c.is_ascii_alphanumeric())
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
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        assert_eq!(days("1970-01-01"), Some(0));
        assert_eq!(days("2000-03-01"), Some(11_017));
        for (_, _, name, date) in RELEASES {
            let day = days(date).unwrap_or_else(|| panic!("{name}: {date}"));
            assert_eq!(iso_date(day), *date, "{name}");
        }
        assert_eq!(days("2020-13-01"), None);
    }

    #[test]
    fn releases_end_on_their_day() {
        let today = days("2026-11-21").expect("a date");
        let cases = [
            ("debian:9-slim", Some("Debian 9")),
            ("debian:12", None),
            ("alpine:3.13", Some("Alpine 3.13")),
            ("alpine:3.1", Some("Alpine 3.1 to 3.9")),
            ("alpine:3.22", None),
            ("node:20-alpine", Some("Node.js 20")),
            ("node:22", None),
            ("python:3.6", Some("Python 3.6")),
            ("openjdk:11-jre-slim", Some("the image openjdk")),
            ("example/debian:9", None),
        ];
        for (name, expected) in cases {
            let found = ended(&ImageName::parse(name), today).map(|(release, _)| release);
            assert_eq!(found, expected, "{name}");
        }
    }
}
