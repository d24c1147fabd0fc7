//! Text that was put together from several pieces of the source, with the way back.

use std::ops::Range;

/// An instruction's text as one line: continuations and the comments between them are gone, and
/// each byte still knows where it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogicalText {
    text: String,
    /// (offset in `text`, offset in the source), ascending; each holds until the next.
    segments: Vec<(usize, usize)>,
}

impl LogicalText {
    /// An empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `piece`, which stands at byte `source` of the file.
    pub fn push(&mut self, piece: &str, source: usize) {
        if piece.is_empty() {
            return;
        }
        if self.segments.is_empty() || self.source_end() != source {
            self.segments.push((self.text.len(), source));
        }
        self.text.push_str(piece);
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Where byte `offset` of the text stands in the file. The text's end maps to just after its
    /// last byte.
    pub fn source_offset(&self, offset: usize) -> usize {
        if offset >= self.text.len() && !self.text.is_empty() {
            return self.source_end() + (offset - self.text.len());
        }
        self.mapped(offset)
    }

    /// Where `range` of the text stands in the file, from its first byte to just after its last.
    /// Continuations within it are inside the result.
    pub fn source_range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.source_offset(range.start);
        if range.end <= range.start {
            return start..start;
        }
        start..self.mapped(range.end - 1) + 1
    }

    /// The part of the text in `range`, with its own way back.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let text = self.text[range.clone()].to_owned();
        let mut segments = Vec::new();
        if !text.is_empty() {
            segments.push((0, self.mapped(range.start)));
            segments.extend(
                self.segments
                    .iter()
                    .filter(|(logical, _)| *logical > range.start && *logical < range.end)
                    .map(|&(logical, source)| (logical - range.start, source)),
            );
        } else {
            segments.push((0, self.source_offset(range.start)));
        }
        Self { text, segments }
    }

    /// The text without blanks at both ends.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        let start = self.text.len() - self.text.trim_start().len();
        let end = self.text.trim_end().len().max(start);
        self.slice(start..end)
    }

    fn mapped(&self, offset: usize) -> usize {
        let after = self.segments.partition_point(|&(logical, _)| logical <= offset);
        match after.checked_sub(1).and_then(|index| self.segments.get(index)) {
            Some(&(logical, source)) => source + (offset - logical),
            None => 0,
        }
    }

    fn source_end(&self) -> usize {
        match self.text.len().checked_sub(1) {
            Some(last) => self.mapped(last) + 1,
            None => self.segments.first().map_or(0, |&(_, source)| source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> LogicalText {
        // "RUN a \\\n  b" with the continuation dropped.
        let mut text = LogicalText::new();
        text.push("RUN a ", 0);
        text.push("  b", 8);
        text
    }

    #[test]
    fn offsets_lead_back_across_a_continuation() {
        let text = sample();
        assert_eq!(text.as_str(), "RUN a   b");
        assert_eq!(text.source_offset(4), 4);
        assert_eq!(text.source_offset(8), 10);
        assert_eq!(text.source_offset(9), 11);
        assert_eq!(text.source_range(4..9), 4..11);
        assert_eq!(text.source_range(4..6), 4..6);
        assert_eq!(text.source_range(6..6), 8..8);
    }

    #[test]
    fn slices_keep_the_way_back() {
        let text = sample().slice(3..9).trimmed();
        assert_eq!(text.as_str(), "a   b");
        assert_eq!(text.source_range(0..1), 4..5);
        assert_eq!(text.source_range(4..5), 10..11);
        let nothing = sample().slice(6..6);
        assert_eq!(nothing.source_offset(0), 8);
    }
}
