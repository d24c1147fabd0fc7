//! The bytes of a file, or how to make them: a gigabyte of files takes no room until it is written.

use std::io::{self, Cursor, Read};

use crate::Chance;

/// What a file holds. Cloning it costs nothing but what was given as bytes.
#[derive(Clone, Debug, Default)]
pub struct Content {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Bytes(Vec<u8>),
    /// As [`Chance::bytes`].
    Random {
        seed: u64,
        len: usize,
    },
    /// As [`Chance::prose`].
    Prose {
        seed: u64,
        len: usize,
    },
    Fill {
        byte: u8,
        len: usize,
    },
}

impl<T: Into<Vec<u8>>> From<T> for Content {
    fn from(bytes: T) -> Self {
        Self { parts: vec![Part::Bytes(bytes.into())] }
    }
}

impl Content {
    /// So many bytes that no compressor makes shorter; the same for the same seed.
    pub fn random(seed: u64, len: usize) -> Self {
        Self { parts: vec![Part::Random { seed, len }] }
    }

    /// So many bytes of something like a program's text; the same for the same seed.
    pub fn prose(seed: u64, len: usize) -> Self {
        Self { parts: vec![Part::Prose { seed, len }] }
    }

    /// So many times the same byte.
    pub fn fill(byte: u8, len: usize) -> Self {
        Self { parts: vec![Part::Fill { byte, len }] }
    }

    /// This, and `more` behind it.
    #[must_use]
    pub fn then(mut self, more: impl Into<Self>) -> Self {
        self.parts.extend(more.into().parts);
        self
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.parts.iter().map(Part::len).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, of which no more than one part is made at a time.
    pub(crate) fn reader(&self) -> impl Read + '_ {
        Reader { parts: self.parts.iter(), part: Cursor::new(Vec::new()) }
    }
}

impl Part {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Random { len, .. } | Self::Prose { len, .. } | Self::Fill { len, .. } => *len,
        }
    }

    fn make(&self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Random { seed, len } => Chance::new(*seed).bytes(*len),
            Self::Prose { seed, len } => Chance::new(*seed).prose(*len),
            Self::Fill { byte, len } => vec![*byte; *len],
        }
    }
}

struct Reader<'a> {
    parts: std::slice::Iter<'a, Part>,
    part: Cursor<Vec<u8>>,
}

impl Read for Reader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.part.read(buf)?;
            if read > 0 || buf.is_empty() {
                return Ok(read);
            }
            let Some(next) = self.parts.next() else { return Ok(0) };
            self.part = Cursor::new(next.make());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_one_another_and_are_the_same_each_time() {
        let content = Content::from("head")
            .then(Content::random(7, 100))
            .then(Content::prose(7, 50))
            .then(Content::fill(b'x', 3));
        let read = |content: &Content| {
            let mut bytes = Vec::new();
            content.reader().read_to_end(&mut bytes).expect("memory");
            bytes
        };
        let bytes = read(&content);
        assert_eq!((bytes.len(), content.len()), (157, 157));
        assert_eq!((&bytes[..4], &bytes[154..]), (&b"head"[..], &b"xxx"[..]));
        assert_eq!(bytes[4..104], Chance::new(7).bytes(100));
        assert_eq!(bytes, read(&content.clone()));
        assert!(Content::default().is_empty());
    }
}
