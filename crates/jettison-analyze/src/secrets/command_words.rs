//! Command lines in words, as a shell or a list in JSON has them: roughly, but never past the end of a quotation.

use std::ops::Range;

/// Quotations within quotations that are looked into: a list, a script in it, an argument of that.
const MAX_DEPTH: usize = 4;

/// One command: where its words stand in the text, quotes included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) words: Vec<Range<usize>>,
    /// Whether the next command reads what this one writes.
    pub(super) is_piped: bool,
}

/// All commands of a text, those in quotations too.
pub(super) fn commands(text: &str) -> Vec<Command> {
    let mut all = Vec::new();
    read(text, 0..text.len(), MAX_DEPTH, &mut all);
    all
}

/// The commands of a list of words, each of which may be a script.
pub(super) fn commands_of_list(text: &str, words: &[Range<usize>]) -> Vec<Command> {
    let mut all = vec![Command { words: words.to_vec(), is_piped: false }];
    for word in words {
        if text[word.clone()].contains(char::is_whitespace) {
            read(text, word.clone(), MAX_DEPTH, &mut all);
        }
    }
    all
}

/// A word without its quotes.
pub(super) fn bare(text: &str, word: Range<usize>) -> Range<usize> {
    let mut range = word;
    for quote in ["\\\"", "\"", "'"] {
        let inner = &text[range.clone()];
        if inner.len() >= 2 * quote.len() && inner.starts_with(quote) && inner.ends_with(quote) {
            range = range.start + quote.len()..range.end - quote.len();
        }
    }
    range
}

#[derive(Default)]
struct Reader {
    done: Vec<Command>,
    command: Command,
    word: Option<usize>,
}

impl Reader {
    fn end_word(&mut self, at: usize) {
        if let Some(start) = self.word.take() {
            self.command.words.push(start..at);
        }
    }

    fn end_command(&mut self, at: usize, is_piped: bool) {
        self.end_word(at);
        let command = std::mem::take(&mut self.command);
        if !command.words.is_empty() {
            self.done.push(Command { is_piped, ..command });
        }
    }
}

fn read(text: &str, within: Range<usize>, depth: usize, all: &mut Vec<Command>) {
    let bytes = &text.as_bytes()[..within.end];
    let is_quote = |at: usize| bytes.get(at).is_some_and(|byte| b"\"'".contains(byte));
    let mut reader = Reader::default();
    let mut quotations = Vec::new();
    let mut at = within.start;
    while at < bytes.len() {
        if let Some(quotation) = quotation(bytes, at) {
            reader.word.get_or_insert(at);
            at = quotation.end;
            if bytes[quotation.clone()].iter().any(u8::is_ascii_whitespace) {
                quotations.push(bare(text, quotation));
            }
            // `"a", "b"]`: the comma and the bracket belong to the list.
            let next = at
                + 1
                + bytes[(at + 1).min(bytes.len())..]
                    .iter()
                    .take_while(|byte| **byte == b' ')
                    .count();
            let ends = match bytes.get(at) {
                Some(b',') => is_quote(next),
                Some(b']') => true,
                _ => false,
            };
            if ends {
                reader.end_word(at);
                at += 1;
            }
            continue;
        }
        match bytes[at] {
            b'\n' => reader.end_command(at, false),
            b' ' | b'\t' | b'\r' => reader.end_word(at),
            b'|' => {
                let is_or = bytes.get(at + 1) == Some(&b'|')
                    || (at > within.start && bytes[at - 1] == b'|');
                reader.end_command(at, !is_or);
            }
            b';' | b'&' | b'(' | b')' | b'`' => reader.end_command(at, false),
            b'[' if reader.word.is_none() && is_quote(at + 1) => {}
            // A line or a tab within a string of JSON.
            b'\\' if matches!(bytes.get(at + 1), Some(b'n' | b't')) => {
                reader.end_command(at, false);
                at += 1;
            }
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                reader.word.get_or_insert(at);
                at += memchr::memchr(b'}', &bytes[at..]).unwrap_or_default();
            }
            _ => {
                reader.word.get_or_insert(at);
            }
        }
        at += 1;
    }
    reader.end_command(bytes.len(), false);
    all.append(&mut reader.done);
    if depth > 0 {
        for inner in quotations {
            read(text, inner, depth - 1, all);
        }
    }
}

/// The quotation that begins here, with its quotes; `None` where none does, or none ends.
fn quotation(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &bytes[at..];
    if let Some(inner) = rest.strip_prefix(b"\\\"") {
        let len = memchr::memmem::find(inner, b"\\\"")?;
        return Some(at..at + len + 4);
    }
    let (&quote, inner) = rest.split_first().filter(|(quote, _)| b"\"'".contains(quote))?;
    let is_end = |end: &usize| quote == b'\'' || *end == 0 || inner[end - 1] != b'\\';
    let len = memchr::memchr_iter(quote, inner).find(is_end)?;
    Some(at..at + len + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<Vec<&str>> {
        let words = |command: Command| {
            command.words.into_iter().map(|word| &text[bare(text, word)]).collect()
        };
        commands(text).into_iter().map(words).collect()
    }

    #[test]
    fn shells_and_lists_are_read() {
        for (text, expected) in [
            ("a -b c; d|e && f", vec![vec!["a", "-b", "c"], vec!["d"], vec!["e"], vec!["f"]]),
            ("CMD [\"a\", \"-b\",\"c d\"]", vec![vec!["CMD", "a", "-b", "c d"], vec!["c", "d"]]),
            ("a -p'b c' -q${X y}", vec![vec!["a", "-p'b c'", "-q${X y}"], vec!["b", "c"]]),
            (
                "[\"sh\", \"-c\", \"a -p\\\"b\\\"\"]",
                vec![vec!["sh", "-c", "a -p\\\"b\\\""], vec!["a", "-p\\\"b\\\""]],
            ),
            ("say don't; x", vec![vec!["say", "don't"], vec!["x"]]),
            ("\"a\\nb c\"", vec![vec!["a\\nb c"], vec!["a"], vec!["b", "c"]]),
            ("\"", vec![vec!["\""]]),
            ("", vec![]),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
        let piped: Vec<bool> = commands("a | b || c").iter().map(|one| one.is_piped).collect();
        assert_eq!(piped, [true, false, false]);
    }
}
