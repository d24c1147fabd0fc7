//! A part of a larger run of bytes: a layer inside an archive.

use std::{io, sync::Arc};

use crate::ReadAt;

/// `len` bytes of another [`ReadAt`], from `start`.
#[derive(Debug, Clone)]
pub struct SubRange {
    whole: Arc<dyn ReadAt>,
    start: u64,
    len: u64,
}

impl SubRange {
    /// The bytes from `start` to `start + len`; `None` when `whole` ends before that.
    pub fn new(whole: Arc<dyn ReadAt>, start: u64, len: u64) -> Option<Self> {
        let end = start.checked_add(len)?;
        if end <= whole.len() { Some(Self { whole, start, len }) } else { None }
    }
}

impl ReadAt for SubRange {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let rest = self.len.saturating_sub(offset);
        if rest == 0 {
            return Ok(0);
        }
        let wanted = usize::try_from(rest).map_or(buf.len(), |rest| rest.min(buf.len()));
        self.whole.read_at(self.start + offset, &mut buf[..wanted])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_its_part_alone() {
        let whole: Arc<dyn ReadAt> = Arc::new(b"jettison".to_vec());
        let part = SubRange::new(whole.clone(), 2, 4).expect("within");
        assert_eq!(part.len(), 4);
        let mut buf = [0; 8];
        assert_eq!(part.read_at(1, &mut buf).expect("memory reads"), 3);
        assert_eq!(&buf[..3], b"tis");
        assert_eq!(part.read_at(4, &mut buf).expect("memory reads"), 0);
        assert_eq!(part.read_at(u64::MAX, &mut buf).expect("memory reads"), 0);
        assert!(SubRange::new(whole.clone(), 2, 7).is_none());
        assert!(SubRange::new(whole.clone(), u64::MAX, 2).is_none());
        assert!(SubRange::new(whole, 8, 0).expect("an empty end").is_empty());
    }
}
