//! Secrets in short texts: variables, labels, instructions.

use std::ops::Range;

use super::{
    SecretHit, SecretScanner,
    command_options::{Credential, credentials, in_addresses},
    command_words::{commands, commands_of_list},
    credential_names::{is_secret_name, is_switch},
    registry::number_of,
    rule::Found,
};

/// Passwords of commands that are noted of one text: a row of thousands is one finding.
const MAX_HITS: usize = 50;

/// A part of a text that is not shown, and what is shown instead.
#[derive(Clone, Debug)]
struct Cover {
    range: Range<usize>,
    shown: String,
}

impl Cover {
    fn new(range: Range<usize>) -> Self {
        Self { shown: format!("**** ({})", range.len()), range }
    }
}

impl SecretScanner {
    /// The text with its secrets masked: an instruction, a command, the value of a label.
    pub fn masked(&self, text: &str) -> String {
        covered(text, 0..text.len(), &self.covers(text, &credentials(text, &commands(text))))
    }

    /// The words of a command with the secrets among them masked.
    pub fn masked_words(&self, words: &[String]) -> Vec<String> {
        let (text, places) = joined(words.iter().map(String::as_str));
        let covers = self.covers(&text, &credentials(&text, &commands_of_list(&text, &places)));
        places.into_iter().map(|place| covered(&text, place, &covers)).collect()
    }

    /// What may be shown of the value of a variable or label.
    pub fn masked_value(&self, name: &str, value: &str) -> String {
        let is_reference = value.starts_with('$') && !value.contains(char::is_whitespace);
        if is_secret_name(name) && !value.is_empty() && !is_reference && !is_switch(name, value) {
            let hit = self.scan_setting(&format!("{name}={value}"));
            let whole = hit.into_iter().find(|hit| hit.end() - hit.offset == value.len() as u64);
            return whole.map_or_else(|| format!("**** ({})", value.len()), |hit| hit.masked);
        }
        let text = format!("{name}={value}");
        let place = name.len() + 1..text.len();
        let commands = commands_of_list(&text, std::slice::from_ref(&place));
        covered(&text, place, &self.covers(&text, &credentials(&text, &commands)))
    }

    /// The same for variables as they are written: `NAME=value`.
    pub fn masked_variables<'a>(
        &self,
        variables: impl IntoIterator<Item = &'a String>,
    ) -> Vec<String> {
        let masked = |variable: &String| match variable.split_once('=') {
            Some((name, value)) => format!("{name}={}", self.masked_value(name, value)),
            None => self.masked(variable),
        };
        variables.into_iter().map(masked).collect()
    }

    /// Secrets in a text that holds commands, those that options give to programs among them.
    pub(crate) fn scan_commands(&self, text: &str) -> Vec<SecretHit> {
        self.with_sure(text, &credentials(text, &commands(text)))
    }

    /// The same for the words of a command.
    pub(crate) fn scan_words<'a>(&self, words: impl Iterator<Item = &'a str>) -> Vec<SecretHit> {
        let (text, places) = joined(words);
        self.with_sure(&text, &credentials(&text, &commands_of_list(&text, &places)))
    }

    fn with_sure(&self, text: &str, credentials: &[Credential]) -> Vec<SecretHit> {
        let mut hits = self.scan_setting(text);
        for credential in credentials.iter().filter(|credential| credential.is_sure) {
            if hits.len() >= MAX_HITS {
                break;
            }
            let found = Found::private(credential.range.clone());
            let hit = SecretHit::new(number_of("password-setting"), text.as_bytes(), &found);
            let is_known = hits.iter().any(|other| {
                other.print == hit.print || (other.offset < hit.end() && hit.offset < other.end())
            });
            if !is_known {
                hits.push(hit);
            }
        }
        hits
    }

    /// What must not be shown of a text, in order and apart from each other.
    fn covers(&self, text: &str, credentials: &[Credential]) -> Vec<Cover> {
        let hits = self.each_in_setting(text).into_iter().filter_map(|hit| {
            let range = usize::try_from(hit.offset).ok()?..usize::try_from(hit.end()).ok()?;
            text.get(range.clone())?;
            Some(Cover { range, shown: hit.masked })
        });
        let addresses = in_addresses(text);
        let named = credentials.iter().chain(&addresses).map(|one| Cover::new(one.range.clone()));
        let mut all: Vec<Cover> =
            hits.chain(named).filter(|cover| !cover.range.is_empty()).collect();
        // Of equal ranges the one that tells the kind comes first.
        all.sort_by_key(|cover| (cover.range.start, std::cmp::Reverse(cover.range.end)));
        let mut apart: Vec<Cover> = Vec::new();
        for cover in all {
            match apart.last_mut().filter(|last| cover.range.start < last.range.end) {
                Some(last) if cover.range.end > last.range.end => {
                    *last = Cover::new(last.range.start..cover.range.end);
                }
                Some(_) => {}
                None => apart.push(cover),
            }
        }
        apart
    }
}

/// A part of a text with covers over what must not be shown.
fn covered(text: &str, part: Range<usize>, covers: &[Cover]) -> String {
    let mut shown = String::with_capacity(part.len());
    let mut at = part.start;
    for cover in covers {
        if cover.range.end <= at || cover.range.start >= part.end {
            continue;
        }
        shown.push_str(text.get(at..cover.range.start).unwrap_or_default());
        shown.push_str(&cover.shown);
        at = cover.range.end;
    }
    shown.push_str(text.get(at..part.end).unwrap_or_default());
    shown
}

/// Words in one text, one a line, and where each stands.
fn joined<'a>(words: impl Iterator<Item = &'a str>) -> (String, Vec<Range<usize>>) {
    let mut text = String::new();
    let place = |word: &str| {
        text.push_str(word);
        text.push('\n');
        text.len() - 1 - word.len()..text.len() - 1
    };
    let places = words.map(place).collect();
    (text, places)
}

/// What identifies a value: kind, print.
pub(crate) fn identity(hit: &SecretHit) -> (u16, u64) {
    (hit.rule, hit.print)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_shown_without_their_secrets() {
        let scanner = SecretScanner::new();
        for (text, expected) in [
            ("DB_PASSWORD=hunter2", "DB_PASSWORD=**** (7)"),
            (
                "curl https://joe:hunter7@git.corp/x && A=b",
                "curl https://joe:**** (7)@git.corp/x && A=b",
            ),
            ("PATH=/usr/bin", "PATH=/usr/bin"),
            ("密码 PASSWORD=tiger77 结束", "密码 PASSWORD=**** (7) 结束"),
            // The same value twice, and one that is a secret for two reasons.
            ("A_PASSWORD=tiger77 B_PASSWORD=tiger77", "A_PASSWORD=**** (7) B_PASSWORD=**** (7)"),
            (
                "mysql -ptiger77 && curl http://joe:pw@localhost/",
                "mysql -p**** (7) && curl http://joe:**** (2)@localhost/",
            ),
            (
                "curl --user joe:tiger77 --password=tiger77",
                "curl --user joe:**** (7) --password=**** (7)",
            ),
            (
                "echo '%a ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers",
                "echo '%a ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers",
            ),
        ] {
            assert_eq!(scanner.masked(text), expected, "{text}");
        }
    }

    #[test]
    fn words_and_variables_are_masked_whole() {
        let scanner = SecretScanner::new();
        let words = ["redis-server", "--requirepass", "tiger 77", "--port", "6379", ""];
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let shown = ["redis-server", "--requirepass", "**** (8)", "--port", "6379", ""];
        assert_eq!(scanner.masked_words(&words), shown);
        for (name, value, expected) in [
            ("DB_PASSWORD", "two words", "**** (9)"),
            ("DB_PASSWORD", "$OTHER", "$OTHER"),
            ("DB_PASSWORD_FILE", "/run/secrets/db", "/run/secrets/db"),
            ("START", "mysql -ptiger77 -P 80", "mysql -p**** (7) -P 80"),
        ] {
            assert_eq!(scanner.masked_value(name, value), expected, "{name}");
        }
    }

    #[test]
    fn a_row_of_passwords_is_a_few_findings_and_masked_whole() {
        let scanner = SecretScanner::new();
        let commands: Vec<String> =
            (0..300).map(|number| format!("redis-cli -a tiger{number}")).collect();
        let text = commands.join("; ");
        assert_eq!(scanner.scan_commands(&text).len(), MAX_HITS);
        assert!(!scanner.masked(&text).contains("tiger"));
    }

    #[test]
    fn sure_ones_are_reported_once() {
        let scanner = SecretScanner::new();
        let count = |text: &str| scanner.scan_commands(text).len();
        assert_eq!(count("redis-cli -a tiger77 && redis-cli -a tiger77"), 1);
        assert_eq!(count("app --password tiger77"), 1);
        assert_eq!(count("PASSWORD=tiger77 app --password=tiger77"), 1);
        assert_eq!(count("app --password password"), 0);
        assert_eq!(scanner.scan_words(["redis-cli", "-a", "tiger77"].into_iter()).len(), 1);
    }
}
