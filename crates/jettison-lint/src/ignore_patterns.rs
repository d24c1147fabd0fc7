//! `.dockerignore` patterns (Dockerfile reference, ".dockerignore file"; Go's `filepath.Match`
//! with `**`).

/// The patterns of one file, in order; the last that matches decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Patterns(Vec<(String, bool)>);

impl Patterns {
    /// Reads the file's text: comments and blank lines are skipped, `!` makes an exception.
    pub(crate) fn parse(text: &str) -> Self {
        let patterns = text.lines().filter_map(|line| {
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                return None;
            }
            let (bare, excludes) = match line.strip_prefix('!') {
                Some(rest) => (rest.trim(), false),
                None => (line, true),
            };
            let bare = bare.trim_start_matches("./").trim_matches('/');
            (!bare.is_empty()).then(|| (bare.to_owned(), excludes))
        });
        Self(patterns.collect())
    }

    /// Whether `path` (relative, with slashes) is left out of the context: it, or a directory
    /// above it, matches.
    pub(crate) fn exclude(&self, path: &str) -> bool {
        let mut excluded = false;
        for (pattern, excludes) in &self.0 {
            let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
            let matches = ends.into_iter().any(|end| {
                let parts: Vec<&str> = path[..end].split('/').collect();
                let pattern: Vec<&str> = pattern.split('/').collect();
                match_parts(&pattern, &parts)
            });
            if matches {
                excluded = *excludes;
            }
        }
        excluded
    }
}

/// Whether the path components match; `**` stands for any number of them. By rows, so that many
/// `**` cost no more than their number times the path's length.
fn match_parts(pattern: &[&str], parts: &[&str]) -> bool {
    let mut reachable = vec![false; parts.len() + 1];
    reachable[0] = true;
    for step in pattern {
        let mut next = vec![false; parts.len() + 1];
        let mut seen = false;
        for index in 0..=parts.len() {
            seen |= reachable[index];
            next[index] = if *step == "**" {
                seen
            } else {
                index > 0 && reachable[index - 1] && match_name(step, parts[index - 1])
            };
        }
        reachable = next;
    }
    reachable[parts.len()]
}

/// `filepath.Match` within one component: `*`, `?`, `[a-z]`, `[^a]`, `\`.
fn match_name(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = pattern.get(p).map(|_| one(&pattern, p, name[n]));
        match (pattern.get(p), step) {
            (Some('*'), _) => {
                star = Some((p, n));
                p += 1;
            }
            (Some(_), Some(Some(length))) => {
                p += length;
                n += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Length of the pattern's step at `at` when it matches `character`.
fn one(pattern: &[char], at: usize, character: char) -> Option<usize> {
    match pattern[at] {
        '?' => Some(1),
        '\\' => (pattern.get(at + 1) == Some(&character)).then_some(2),
        '[' => class(&pattern[at + 1..], character).map(|length| length + 1),
        other => (other == character).then_some(1),
    }
}

/// Length of the class after its bracket, closing bracket included, when it holds `character`.
fn class(pattern: &[char], character: char) -> Option<usize> {
    let end = pattern.iter().skip(1).position(|c| *c == ']')? + 1;
    let negated = matches!(pattern.first(), Some('^' | '!'));
    let members = &pattern[usize::from(negated)..end];
    let mut hit = false;
    let mut index = 0;
    while index < members.len() {
        if members.get(index + 1) == Some(&'-') && index + 2 < members.len() {
            hit |= (members[index]..=members[index + 2]).contains(&character);
            index += 3;
        } else {
            hit |= members[index] == character;
            index += 1;
        }
    }
    (hit != negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_match_decides() {
        let patterns = Patterns::parse("# c\n*\n!src\n!*.md\nsrc/**/secret\nREADME.md\n");
        let cases = [
            (".git", true),
            ("src", false),
            ("src/a.rs", false),
            ("src/a/b/secret", true),
            ("notes.md", false),
            ("README.md", true),
        ];
        for (path, excluded) in cases {
            assert_eq!(patterns.exclude(path), excluded, "{path}");
        }
    }

    #[test]
    fn patterns_match_as_go_does() {
        let cases = [
            ("node_modules", "node_modules/x", true),
            ("*.log", "a.log", true),
            ("*.log", "a/b.log", false),
            ("**/*.log", "a/b.log", true),
            ("**/node_modules", "node_modules", true),
            ("/dist/", "dist", true),
            ("[a-c]?", "bz", true),
            ("[^a]b", "ab", false),
            ("temp?", "temp", false),
            ("a*b*c", "axxbyyc", true),
            ("\\*", "x", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(Patterns::parse(pattern).exclude(path), expected, "{pattern} {path}");
        }
        let many = format!("{}z", "**/".repeat(300));
        assert!(!Patterns::parse(&many).exclude(&"a/".repeat(300)), "and this ends soon");
    }
}
