//! Source bytes as text of the same length, and offsets as lines and columns.

use std::ops::Range;

/// A place in a file, both counts zero-based.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, counted by line feeds as BuildKit does.
    pub line: usize,
    /// Column, in the unit that was asked for.
    pub column: usize,
}

/// The unit of a [`Position`]'s column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// UTF-8 bytes (compilers, SARIF with `columnKind` bytes).
    Bytes,
    /// Unicode scalar values (what a person counts).
    Chars,
    /// UTF-16 code units (the language server protocol's default).
    Utf16,
}

/// Where each line of a text begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<usize>,
    length: usize,
}

impl LineIndex {
    /// Indexes `text` by its line feeds.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|&(_, b)| b == b'\n').map(|(i, _)| i + 1));
        Self { starts, length: text.len() }
    }

    /// Number of lines; a line feed at the very end opens no further line.
    pub fn line_count(&self) -> usize {
        let last = *self.starts.last().expect("the first line always starts at 0");
        if last == self.length { self.starts.len() - 1 } else { self.starts.len() }
    }

    /// Zero-based line that holds byte `offset` (offsets past the end belong to the last line).
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset).saturating_sub(1)
    }

    /// Bytes of zero-based `line`, its line feed included; empty past the end.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.starts.get(line).copied().unwrap_or(self.length);
        let end = self.starts.get(line + 1).copied().unwrap_or(self.length);
        start..end
    }

    /// Line and column of byte `offset` in `text`, which must be the indexed text.
    pub fn position(&self, text: &str, offset: usize, unit: Column) -> Position {
        let offset = offset.min(text.len());
        let line = self.line_of(offset);
        let before = text.get(self.starts[line]..offset).unwrap_or_default();
        Position { line, column: width(before, unit) }
    }

    /// Byte offset of `position` in `text`; a column past the line's end means its end.
    pub fn offset(&self, text: &str, position: Position, unit: Column) -> usize {
        let range = self.line_range(position.line);
        let line = text.get(range.clone()).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let mut column = 0;
        for (index, character) in line.char_indices() {
            if column >= position.column {
                return range.start + index;
            }
            column += character_width(character, unit);
        }
        range.start + line.len()
    }
}

fn width(text: &str, unit: Column) -> usize {
    match unit {
        Column::Bytes => text.len(),
        Column::Chars | Column::Utf16 => text.chars().map(|c| character_width(c, unit)).sum(),
    }
}

fn character_width(character: char, unit: Column) -> usize {
    match unit {
        Column::Bytes => character.len_utf8(),
        Column::Chars => 1,
        Column::Utf16 => character.len_utf16(),
    }
}

/// Text of exactly the length of `bytes`: each byte that is not UTF-8 becomes a question mark, so
/// that offsets into the text are offsets into the file.
pub(crate) fn same_length_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_bytes_characters_and_utf16() {
        let text = "FROM a\nRUN \u{1F600}é x\n";
        let index = LineIndex::new(text);
        let offset = text.find('x').expect("x is there");
        for (unit, column) in [(Column::Bytes, 11), (Column::Chars, 7), (Column::Utf16, 8)] {
            let position = index.position(text, offset, unit);
            assert_eq!(position, Position { line: 1, column }, "{unit:?}");
            assert_eq!(index.offset(text, position, unit), offset, "{unit:?}");
        }
        assert_eq!(index.line_count(), 2);
        assert_eq!(LineIndex::new("").line_count(), 0);
        assert_eq!(LineIndex::new("a").line_count(), 1);
    }

    #[test]
    fn a_column_past_the_end_is_the_end() {
        let text = "ab\r\ncd";
        let index = LineIndex::new(text);
        let far = Position { line: 0, column: 99 };
        assert_eq!(index.offset(text, far, Column::Utf16), 2);
        let below = Position { line: 7, column: 0 };
        assert_eq!(index.offset(text, below, Column::Utf16), 6);
    }

    #[test]
    fn invalid_bytes_keep_their_width() {
        let bytes = b"RUN \xff\xfe caf\xc3\xa9 \xe2\x82";
        let text = same_length_text(bytes);
        assert_eq!(text.len(), bytes.len());
        assert_eq!(text, "RUN ?? café ??");
    }
}
