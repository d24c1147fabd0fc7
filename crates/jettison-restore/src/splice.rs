//! Bytes that are put together from others.

use std::{io, sync::Arc};

use jettison_image::ReadAt;
use serde::{Deserialize, Serialize};

/// Where a piece comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub(crate) enum Side {
    /// A layer of the slim image.
    Slim,
    /// A layer of the rest.
    Rest,
    /// Bytes that fit into no layer.
    Odd,
}

impl From<Side> for u8 {
    fn from(side: Side) -> Self {
        match side {
            Side::Slim => 0,
            Side::Rest => 1,
            Side::Odd => 2,
        }
    }
}

impl TryFrom<u8> for Side {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        match number {
            0 => Ok(Self::Slim),
            1 => Ok(Self::Rest),
            2 => Ok(Self::Odd),
            _ => Err("a piece comes from 0 (slim), 1 (rest) or 2 (odd bytes)"),
        }
    }
}

/// A run of bytes: the side, the layer there, the offset in its tar, and the length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece(pub(crate) Side, pub(crate) u32, pub(crate) u64, pub(crate) u64);

/// Pieces in the order of the whole. Those that go on where the one before ends are one.
#[derive(Debug, Default)]
pub(crate) struct Pieces(pub(crate) Vec<Piece>);

impl Pieces {
    pub(crate) fn push(&mut self, side: Side, layer: u32, offset: u64, length: u64) {
        if length == 0 {
            return;
        }
        if let Some(last) = self.0.last_mut()
            && (last.0, last.1, last.2 + last.3) == (side, layer, offset)
        {
            last.3 += length;
            return;
        }
        self.0.push(Piece(side, layer, offset, length));
    }
}

/// A layer of the fat image, read out of the slim one and the rest.
#[derive(Debug)]
pub struct Spliced {
    parts: Vec<Part>,
    /// Where each part begins, and one end mark.
    starts: Vec<u64>,
}

#[derive(Debug)]
struct Part {
    source: Arc<dyn ReadAt>,
    offset: u64,
}

impl Spliced {
    /// Puts pieces together; `source` finds the bytes of a layer. `None` when a piece lies where there are no bytes.
    pub(crate) fn new(
        pieces: &[Piece],
        source: impl Fn(Side, u32) -> Option<Arc<dyn ReadAt>>,
    ) -> Option<Self> {
        let mut spliced = Self { parts: Vec::with_capacity(pieces.len()), starts: vec![0] };
        let mut at = 0_u64;
        for &Piece(side, layer, offset, length) in pieces {
            let source = source(side, layer)?;
            if offset.checked_add(length)? > source.len() {
                return None;
            }
            at = at.checked_add(length)?;
            spliced.parts.push(Part { source, offset });
            spliced.starts.push(at);
        }
        Some(spliced)
    }
}

impl ReadAt for Spliced {
    fn len(&self) -> u64 {
        *self.starts.last().expect("there always is an end mark")
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if offset >= self.len() || buf.is_empty() {
            return Ok(0);
        }
        let mut filled = 0;
        let mut part = self.starts.partition_point(|&start| start <= offset) - 1;
        while filled < buf.len() && part < self.parts.len() {
            let within = offset + filled as u64 - self.starts[part];
            let left = self.starts[part + 1] - self.starts[part] - within;
            let length = usize::try_from(left)
                .map_or(buf.len() - filled, |left| left.min(buf.len() - filled));
            let Part { source, offset } = &self.parts[part];
            source.read_exact_at(offset + within, &mut buf[filled..filled + length])?;
            filled += length;
            part += 1;
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(side: Side, layer: u32) -> Option<Arc<dyn ReadAt>> {
        let bytes: &[u8] = match (side, layer) {
            (Side::Slim, 0) => b"slim bytes",
            (Side::Rest, 1) => b"rest",
            _ => return None,
        };
        Some(Arc::new(bytes.to_vec()))
    }

    #[test]
    fn pieces_read_as_one() {
        let mut pieces = Pieces::default();
        pieces.push(Side::Slim, 0, 0, 2);
        pieces.push(Side::Slim, 0, 2, 2);
        pieces.push(Side::Rest, 1, 0, 0);
        pieces.push(Side::Rest, 1, 1, 3);
        pieces.push(Side::Slim, 0, 4, 6);
        assert_eq!(pieces.0.len(), 3, "neighbours are one, nothing is none");
        let whole = Spliced::new(&pieces.0, sources).expect("they are there");
        let expected = b"slimest bytes";
        assert_eq!(whole.len(), expected.len() as u64);
        for start in 0..=expected.len() {
            for length in 0..=expected.len() {
                let mut bytes = vec![0; length];
                let read = whole.read_at(start as u64, &mut bytes).expect("memory reads");
                let end = (start + length).min(expected.len());
                assert_eq!(&bytes[..read], &expected[start.min(end)..end], "{start} {length}");
            }
        }
    }

    #[test]
    fn pieces_that_are_not_there_are_refused() {
        for piece in [
            Piece(Side::Slim, 0, 5, 6),
            Piece(Side::Slim, 1, 0, 1),
            Piece(Side::Slim, 0, u64::MAX, 2),
        ] {
            assert!(Spliced::new(&[piece], sources).is_none(), "{piece:?}");
        }
        let whole = Spliced::new(&[], sources).expect("nothing is something");
        assert_eq!((whole.len(), whole.read_at(0, &mut [0; 4]).expect("memory reads")), (0, 0));
    }
}
