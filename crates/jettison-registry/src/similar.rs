//! Names that somebody may have meant.

/// So many are shown.
const SHOWN: usize = 5;

/// The names most like `wanted`, the nearest first.
pub(crate) fn similar(wanted: &str, names: &[String]) -> Vec<String> {
    let mut scored: Vec<(usize, &String)> =
        names.iter().map(|name| (distance(wanted, name), name)).collect();
    scored.sort();
    scored.into_iter().take(SHOWN).map(|(_, name)| name.clone()).collect()
}

/// Edits from one to the other; a common beginning counts in favour (`1.27` is near `1.27-slim`).
fn distance(wanted: &str, name: &str) -> usize {
    let (wanted, name): (Vec<char>, Vec<char>) = (wanted.chars().collect(), name.chars().collect());
    let common = wanted.iter().zip(&name).take_while(|(a, b)| a == b).count();
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (i, a) in wanted.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in name.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    (row[name.len()] * 2).saturating_sub(common)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        let tags = ["latest", "1.26", "1.27", "1.27-slim", "2.0", "edge", "1.27.1"];
        let tags: Vec<String> = tags.map(str::to_owned).to_vec();
        assert_eq!(similar("1.27.2", &tags)[..3], ["1.27", "1.27.1", "1.26"]);
        assert_eq!(similar("lastet", &tags)[0], "latest");
        assert_eq!(similar("x", &tags).len(), 5);
        assert!(similar("x", &[]).is_empty());
    }
}
