//! A point in time as SBOMs write it: seconds, in UTC.
//!
//! Source: RFC 3339, 5.6; the days of the calendar after RFC 3339's own rules for leap years.

/// Seconds from the beginning of 1970 to a time in the form of RFC 3339; `None` if it is none.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let number = |at: usize, length: usize| text.get(at..at + length)?.parse::<i64>().ok();
    let is_mark =
        |at: usize, marks: &str| text.get(at..=at).is_some_and(|mark| marks.contains(mark));
    let is_formed = is_mark(4, "-") && is_mark(7, "-") && is_mark(10, "Tt ") && is_mark(13, ":");
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    if !is_formed || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let clock = number(11, 2)? * 3600 + number(14, 2)? * 60 + number(17, 2)?;
    let zone = text
        .get(19..)?
        .trim_start_matches('.')
        .trim_start_matches(|next: char| next.is_ascii_digit());
    Some(days(year, month, day) * 86400 + clock - offset(zone)?)
}

/// Seconds that a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60))
}

/// Such seconds as text: `2023-11-14T22:13:20Z`.
pub(super) fn text(seconds: i64) -> String {
    let (day, clock) = (seconds.div_euclid(86400), seconds.rem_euclid(86400));
    // The day 0 of this count is the first of March of the year 0: leap days are at the end of its years.
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{:02}T{:02}:{:02}:{:02}Z",
        of_year - (153 * march + 2) / 5 + 1,
        clock / 3600,
        clock / 60 % 60,
        clock % 60
    )
}

/// Days from the beginning of 1970.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let march = (month + 9) % 12;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * march + 2) / 5 + day
        - 1
        - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        for (given, expected) in [
            ("2023-11-14T22:13:20Z", Some("2023-11-14T22:13:20Z")),
            ("2023-11-14T22:13:20.123456789Z", Some("2023-11-14T22:13:20Z")),
            ("2024-03-01T01:30:00+02:00", Some("2024-02-29T23:30:00Z")),
            ("1999-12-31T23:00:00-02:00", Some("2000-01-01T01:00:00Z")),
            ("1970-01-01T00:00:00Z", Some("1970-01-01T00:00:00Z")),
            ("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00Z")),
            ("2023-11-14", None),
            ("2023-11-14T22:13:20", None),
            ("yesterday", None),
            ("2023-13-14T22:13:20Z", None),
        ] {
            assert_eq!(seconds(given).map(text).as_deref(), expected, "{given}");
        }
        assert_eq!(seconds("2023-11-14T22:13:20Z"), Some(1_700_000_000));
    }
}
