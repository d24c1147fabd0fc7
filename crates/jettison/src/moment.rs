//! Moments as images hold them (RFC 3339), and how long ago they were.

/// Seconds since 1970 of an RFC 3339 text such as `2024-05-01T12:00:00.123Z`; `None` for anything else.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let mut parts = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let zone = time.rfind(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at(zone);
    let mut parts = clock.split('.').next()?.splitn(3, ':').map(str::parse::<i64>);
    let (hour, minute, second) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let offset = match zone.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign, ..] => {
            let (hours, minutes) = zone[1..].split_once(':')?;
            let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
            if *sign == b'-' { -minutes } else { minutes }
        }
        [] => return None,
    };
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60;
    if !valid || !(0..=9999).contains(&year) {
        return None;
    }
    Some(days(year, month, day) * 86_400 + hour * 3600 + (minute - offset) * 60 + second)
}

/// Days since 1970 of a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date
/// algorithms").
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// How long before `now` a moment was, both in seconds since 1970, in the unit that people would use.
/// Images without a time say 0, and so say nothing.
pub(crate) fn ago(moment: Option<i64>, now: i64) -> String {
    const UNITS: [(&str, i64); 7] = [
        ("year", 365 * 86_400),
        ("month", 30 * 86_400),
        ("week", 7 * 86_400),
        ("day", 86_400),
        ("hour", 3600),
        ("minute", 60),
        ("second", 1),
    ];
    let Some(moment) = moment.filter(|moment| *moment > 0) else {
        return "N/A".to_owned();
    };
    let gone = (now - moment).max(0);
    // Two of a unit at least: "90 minutes" tells more than "1 hour".
    let unit = UNITS.iter().find(|(_, size)| gone >= 2 * size).unwrap_or(&UNITS[6]);
    let count = gone / unit.1;
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {}{plural} ago", unit.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_seconds() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2024-02-29T12:30:15.999999999Z", Some(1_709_209_815)),
            ("2024-02-29T14:30:15+02:00", Some(1_709_209_815)),
            ("2024-02-29T07:00:15-05:30", Some(1_709_209_815)),
            ("1969-12-31T23:59:59Z", Some(-1)),
            ("0001-01-01T00:00:00Z", Some(-62_135_596_800)),
            ("2024-13-01T00:00:00Z", None),
            ("2024-01-01", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn units_are_those_that_people_use() {
        let now = 1_700_000_000;
        for (gone, expected) in [
            (0, "0 seconds ago"),
            (1, "1 second ago"),
            (119, "119 seconds ago"),
            (120, "2 minutes ago"),
            (7199, "119 minutes ago"),
            (86_400 * 15, "2 weeks ago"),
            (86_400 * 365, "12 months ago"),
            (86_400 * 800, "2 years ago"),
            (-5, "0 seconds ago"),
        ] {
            assert_eq!(ago(Some(now - gone), now), expected);
        }
        assert_eq!(ago(Some(0), now), "N/A");
        assert_eq!(ago(None, now), "N/A");
    }
}
