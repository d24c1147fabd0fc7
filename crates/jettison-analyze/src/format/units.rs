//! Sizes, and texts of a given width on a terminal.

/// Bytes in decimal units, as `docker images` shows them.
pub fn bytes(count: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000), ("B", 1)];
    let (unit, size) = UNITS.into_iter().find(|&(_, size)| count >= size).unwrap_or(("B", 1));
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let value = count as f64 / size as f64;
    if size == 1 || value >= 100.0 {
        format!("{value:.0} {unit}")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// The same with a sign: `+1.5 MB`.
pub fn signed_bytes(count: i64) -> String {
    let sign = if count < 0 { "-" } else { "+" };
    format!("{sign}{}", bytes(count.unsigned_abs()))
}

/// How people count layers: from 1, as `squash` and `diff` do. JSON counts from 0, as its arrays do.
pub(super) const fn nth(layer: usize) -> usize {
    layer + 1
}

/// A number with separators: `12,345`.
pub(super) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Columns that a text takes: letters of East Asia take two.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|letter| if is_wide(letter) { 2 } else { 1 }).sum()
}

/// Unicode's East Asian Wide and Fullwidth, as far as our texts have them (UAX #11).
fn is_wide(letter: char) -> bool {
    matches!(u32::from(letter), 0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
}

/// The text, cut to `most` columns with an ellipsis.
pub(super) fn cut(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut used = 1;
    for letter in text.chars() {
        used += if is_wide(letter) { 2 } else { 1 };
        if used > most {
            break;
        }
        shown.push(letter);
    }
    shown.push('…');
    shown
}

/// The same, keeping the end: of paths it says more.
pub(super) fn cut_front(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut shown: Vec<char> = Vec::new();
    let mut used = 1;
    for letter in text.chars().rev() {
        used += if is_wide(letter) { 2 } else { 1 };
        if used > most {
            break;
        }
        shown.push(letter);
    }
    std::iter::once('…').chain(shown.into_iter().rev()).collect()
}

/// The text with blanks behind it up to `columns`.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Lines of at most `columns`, broken between words (and between letters of East Asia).
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words(text) {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && width(line) + width(word.trim_end()) > columns {
            *line = line.trim_end().to_owned();
            lines.push(word.to_owned());
        } else {
            line.push_str(word);
        }
    }
    if let Some(last) = lines.last_mut() {
        *last = last.trim_end().to_owned();
    }
    lines
}

/// Pieces behind which a line may break.
fn words(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, letter) in text.char_indices() {
        let end = at + letter.len_utf8();
        let next = text[end..].chars().next();
        // Chinese does not begin a line with punctuation.
        let breaks = letter == ' '
            || (is_wide(letter) && !next.is_some_and(|next| "，。；：、）」！？".contains(next)));
        if breaks {
            pieces.push(&text[start..end]);
            start = end;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits() {
        for (count, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1500, "1.5 kB"),
            (27_300_000, "27.3 MB"),
            (250_000_000, "250 MB"),
        ] {
            assert_eq!(bytes(count), expected);
        }
        assert_eq!(
            (signed_bytes(-1500), signed_bytes(0)),
            ("-1.5 kB".to_owned(), "+0 B".to_owned())
        );
        assert_eq!((number(999), number(1_234_567)), ("999".to_owned(), "1,234,567".to_owned()));
    }

    #[test]
    fn texts_are_cut_by_columns() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("层被删除", 5), "层被…");
        assert_eq!(cut_front("/usr/share/doc", 6), "…e/doc");
        assert_eq!((width("层a"), pad("层", 4)), (3, "层  ".to_owned()));
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("层被删除，好", 8), ["层被删", "除，好"]);
    }
}
