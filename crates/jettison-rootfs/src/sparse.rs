//! Maps of sparse files, in the four forms that GNU tar has written them.

use std::sync::Arc;

use thiserror::Error;

use crate::{Segment, pax::decimal};

/// What is wrong with a sparse map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SparseFault {
    /// It is not made of numbers as its format asks for.
    #[error("the map of a sparse file is malformed")]
    Malformed,
    /// Its format is one that no known tar writes.
    #[error("the sparse file has an unknown format version")]
    Version,
    /// Runs overlap or are out of order.
    #[error("the runs of a sparse file overlap or are out of order")]
    Order,
    /// Runs reach behind the end of the file.
    #[error("the runs of a sparse file reach behind its end")]
    Size,
    /// The runs together are not as long as the data in the archive.
    #[error("the runs of a sparse file are not as long as its data")]
    Data,
}

/// Makes segments of (offset, length) runs whose bytes lie one after another at `data`.
pub(crate) fn segments(
    runs: &[(u64, u64)],
    size: u64,
    data: std::ops::Range<u64>,
) -> Result<Arc<[Segment]>, SparseFault> {
    let mut segments = Vec::with_capacity(runs.len());
    let (mut end, mut blob_offset) = (0, data.start);
    for &(start, len) in runs {
        if start < end {
            return Err(SparseFault::Order);
        }
        end = start.checked_add(len).filter(|&end| end <= size).ok_or(SparseFault::Size)?;
        if len > 0 {
            segments.push(Segment { start, blob_offset, len });
        }
        blob_offset = blob_offset.checked_add(len).ok_or(SparseFault::Data)?;
    }
    if blob_offset != data.end {
        return Err(SparseFault::Data);
    }
    Ok(segments.into())
}

/// Offsets and lengths of runs, in order.
pub(crate) type Runs = Vec<(u64, u64)>;

/// Pairs the numbers of formats 0.0 and 0.1.
pub(crate) fn runs_0(numbers: &[&[u8]]) -> Result<Runs, SparseFault> {
    let pairs = numbers.chunks(2).map(|pair| match pair {
        [offset, len] => decimal(offset).zip(decimal(len)),
        _ => None,
    });
    pairs.collect::<Option<_>>().ok_or(SparseFault::Malformed)
}

/// Reads the map of format 1.0 as far as `text` holds it: a count and as many pairs, each number
/// on a line. `Ok(None)` when it goes on behind `text`; else the runs and the bytes they took.
pub(crate) fn runs_1(text: &[u8]) -> Result<Option<(Runs, usize)>, SparseFault> {
    // A line holds at most the 20 digits of a 64-bit number.
    let mut taken = 0;
    let mut next = || {
        let rest = &text[taken..];
        let Some(len) = rest.iter().take(21).position(|&byte| byte == b'\n') else {
            return if rest.len() > 20 { Err(SparseFault::Malformed) } else { Ok(None) };
        };
        taken += len + 1;
        decimal(&rest[..len]).map(Some).ok_or(SparseFault::Malformed)
    };
    let Some(count) = next()? else { return Ok(None) };
    let mut runs = Vec::new();
    for _ in 0..count {
        let (Some(offset), Some(len)) = (next()?, next()?) else { return Ok(None) };
        runs.push((offset, len));
    }
    Ok(Some((runs, taken)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_must_ascend_fit_and_fill_the_data() {
        let ok = segments(&[(10, 5), (20, 0), (20, 7)], 30, 512..524).expect("a valid map");
        assert_eq!(
            *ok,
            [
                Segment { start: 10, blob_offset: 512, len: 5 },
                Segment { start: 20, blob_offset: 517, len: 7 }
            ]
        );
        let cases: [(&[(u64, u64)], SparseFault); 5] = [
            (&[(10, 6), (15, 6)], SparseFault::Order),
            (&[(20, 12)], SparseFault::Size),
            (&[(u64::MAX, 12)], SparseFault::Size),
            (&[(10, 5)], SparseFault::Data),
            (&[(10, 13)], SparseFault::Data),
        ];
        for (runs, expected) in cases {
            assert_eq!(segments(runs, 30, 512..524), Err(expected), "{runs:?}");
        }
    }

    #[test]
    fn maps_in_the_data_are_read_in_pieces() {
        let text = b"2\n0\n512\n1024\n5\nrest";
        assert_eq!(runs_1(text), Ok(Some((vec![(0, 512), (1024, 5)], 15))));
        for len in 0..15 {
            assert_eq!(runs_1(&text[..len]), Ok(None), "{len}");
        }
        assert_eq!(runs_1(b"2\n0\nx\n"), Err(SparseFault::Malformed));
        assert_eq!(runs_1(b"111111111111111111111111"), Err(SparseFault::Malformed));
    }
}
