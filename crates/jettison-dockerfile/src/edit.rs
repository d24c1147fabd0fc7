//! Edits of byte ranges. What no edit names does not change.

use std::ops::Range;

use thiserror::Error;

/// Replaces a range of bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// First byte replaced.
    pub start: usize,
    /// Byte after the last one replaced; equal to `start` for an insertion.
    pub end: usize,
    /// What takes their place.
    pub text: String,
}

impl Edit {
    /// Replaces `span` by `text`.
    pub fn replace(span: Range<usize>, text: impl Into<String>) -> Self {
        Self { start: span.start, end: span.end, text: text.into() }
    }

    /// Inserts `text` before byte `offset`.
    pub fn insert(offset: usize, text: impl Into<String>) -> Self {
        Self { start: offset, end: offset, text: text.into() }
    }

    /// Removes `span`.
    pub fn delete(span: Range<usize>) -> Self {
        Self { start: span.start, end: span.end, text: String::new() }
    }

    /// Whether both touch a common byte, or insert at the same place, or one inserts within the
    /// other's range.
    pub fn conflicts_with(&self, other: &Self) -> bool {
        if self.start == other.start {
            return true;
        }
        self.start < other.end && other.start < self.end
    }
}

/// Why edits cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EditError {
    /// Two edits touch the same bytes.
    #[error("edits at bytes {first:?} and {second:?} overlap")]
    Overlap {
        /// The earlier edit's range.
        first: Range<usize>,
        /// The later edit's range.
        second: Range<usize>,
    },
    /// An edit reaches past the end, or ends before it starts.
    #[error("edit at bytes {start}..{end} does not fit a file of {length} bytes")]
    OutOfBounds {
        /// First byte.
        start: usize,
        /// Byte after the last.
        end: usize,
        /// Length of the file.
        length: usize,
    },
}

/// Applies `edits`, in any order, to `source`.
///
/// # Errors
/// When two edits overlap or one lies outside of `source`; nothing is applied then.
pub fn apply(source: &[u8], edits: &[Edit]) -> Result<Vec<u8>, EditError> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort();
    let mut result = Vec::with_capacity(source.len());
    let mut done = 0;
    for (index, edit) in sorted.iter().enumerate() {
        if edit.start > edit.end || edit.end > source.len() {
            return Err(EditError::OutOfBounds {
                start: edit.start,
                end: edit.end,
                length: source.len(),
            });
        }
        if let Some(previous) = index.checked_sub(1).and_then(|before| sorted.get(before))
            && previous.conflicts_with(edit)
        {
            return Err(EditError::Overlap {
                first: previous.start..previous.end,
                second: edit.start..edit.end,
            });
        }
        result.extend_from_slice(&source[done..edit.start]);
        result.extend_from_slice(edit.text.as_bytes());
        done = edit.end;
    }
    result.extend_from_slice(&source[done..]);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_in_any_order() {
        let edits = [Edit::delete(4..6), Edit::insert(0, "> "), Edit::replace(7..8, "Z")];
        assert_eq!(apply(b"abcdefgh", &edits).expect("they fit"), b"> abcdgZ");
    }

    #[test]
    fn overlaps_and_far_edits_are_refused() {
        let overlap = [Edit::delete(0..4), Edit::delete(3..5)];
        assert!(matches!(apply(b"abcdef", &overlap), Err(EditError::Overlap { .. })));
        let same_place = [Edit::insert(2, "x"), Edit::insert(2, "y")];
        assert!(matches!(apply(b"abcdef", &same_place), Err(EditError::Overlap { .. })));
        let far = [Edit::delete(5..9)];
        assert!(matches!(apply(b"abcdef", &far), Err(EditError::OutOfBounds { .. })));
        let touching = [Edit::delete(0..2), Edit::delete(2..4)];
        assert_eq!(apply(b"abcdef", &touching).expect("they only touch"), b"ef");
    }
}
