//! The stretch of a blob that a request sends.

use std::{
    cell::RefCell,
    io::{self, Read},
};

use jettison_image::{ReadAt, Reader};

/// A blob that can be read from any place: an upload that was cut goes on where the registry's knowledge ends.
pub trait BlobContent {
    /// The bytes from `offset` on.
    fn open(&mut self, offset: u64) -> io::Result<Box<dyn Read + '_>>;
}

impl BlobContent for &[u8] {
    fn open(&mut self, offset: u64) -> io::Result<Box<dyn Read + '_>> {
        let start = usize::try_from(offset).map_or(self.len(), |start| start.min(self.len()));
        Ok(Box::new(&self[start..]))
    }
}

impl<T: ReadAt> BlobContent for &T {
    fn open(&mut self, offset: u64) -> io::Result<Box<dyn Read + '_>> {
        let mut reader = Reader::new(*self);
        io::Seek::seek(&mut reader, io::SeekFrom::Start(offset))?;
        Ok(Box::new(reader))
    }
}

/// Bytes that a request can send, and send again.
pub(crate) trait Stretch {
    /// How many they are.
    fn len(&self) -> u64;
    /// Hands them to `send`.
    fn read(&self, send: &mut dyn FnMut(&mut PayloadReader<'_>)) -> io::Result<()>;
}

/// A part of a blob.
pub(crate) struct BlobStretch<'r, 'c> {
    pub(crate) content: &'r RefCell<&'c mut dyn BlobContent>,
    pub(crate) start: u64,
    pub(crate) len: u64,
}

impl Stretch for BlobStretch<'_, '_> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read(&self, send: &mut dyn FnMut(&mut PayloadReader<'_>)) -> io::Result<()> {
        let mut content = self.content.borrow_mut();
        let mut reader = PayloadReader::new(content.open(self.start)?, self.len);
        send(&mut reader);
        reader.error.take().map_or(Ok(()), Err)
    }
}

/// Reads exactly `left` bytes.
///
/// An error of the blob itself is kept, so that it is not taken for one of the connection.
pub(crate) struct PayloadReader<'a> {
    inner: Box<dyn Read + 'a>,
    left: u64,
    error: Option<io::Error>,
}

impl<'a> PayloadReader<'a> {
    fn new(inner: Box<dyn Read + 'a>, len: u64) -> Self {
        Self { inner, left: len, error: None }
    }
}

impl Read for PayloadReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).map_or(buf.len(), |left| left.min(buf.len()));
        if wanted == 0 {
            return Ok(0);
        }
        let read = match self.inner.read(&mut buf[..wanted]) {
            Ok(0) => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the blob is shorter than its descriptor says",
            )),
            other => other,
        };
        match read {
            Ok(read) => {
                self.left -= read as u64;
                Ok(read)
            }
            Err(error) => {
                let kind = error.kind();
                self.error = Some(error);
                Err(kind.into())
            }
        }
    }
}
