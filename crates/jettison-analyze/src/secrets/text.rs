//! Secrets in short texts: variables, labels, instructions.

use super::{SecretHit, SecretScanner};

impl SecretScanner {
    /// The text with its secrets masked.
    pub fn masked(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut at = 0;
        for hit in self.scan_setting(text) {
            let (Some(start), Some(end)) = (boundary(text, hit.offset), boundary(text, hit.end()))
            else {
                continue;
            };
            if start < at {
                continue;
            }
            shown.push_str(&text[at..start]);
            shown.push_str(&hit.masked);
            at = end;
        }
        shown.push_str(&text[at..]);
        shown
    }

    /// The same for a list.
    pub fn all_masked<'a>(&self, texts: impl IntoIterator<Item = &'a String>) -> Vec<String> {
        texts.into_iter().map(|text| self.masked(text)).collect()
    }
}

fn boundary(text: &str, offset: u64) -> Option<usize> {
    usize::try_from(offset).ok().filter(|offset| text.is_char_boundary(*offset))
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
        ] {
            assert_eq!(scanner.masked(text), expected, "{text}");
        }
    }
}
