//! A stored layer as the stream of its uncompressed bytes, for readers that need them once and in order.

use std::{
    io::{self, BufReader, Read},
    sync::Arc,
};

use flate2::bufread::MultiGzDecoder;
use jettison_image::{Compression, ReadAt, Reader};

use crate::{
    InflateLimits, LayerError, compression_magic::Magic, hashing::CHUNK,
    inflater::MAX_ZSTD_WINDOW_LOG,
};

type Buffered = BufReader<Reader<Arc<dyn ReadAt>>>;

enum Decoder {
    /// Callers read in chunks of their own.
    Plain(Reader<Arc<dyn ReadAt>>),
    Gzip(Box<MultiGzDecoder<Buffered>>),
    Zstd(zstd::stream::read::Decoder<'static, Buffered>),
}

impl Decoder {
    fn new(content: Arc<dyn ReadAt>, compression: Compression) -> io::Result<Self> {
        let raw = Reader::new(content);
        let buffered = |raw| BufReader::with_capacity(CHUNK, raw);
        Ok(match compression {
            Compression::None => Self::Plain(raw),
            Compression::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(buffered(raw)))),
            Compression::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(buffered(raw))?;
                decoder.window_log_max(MAX_ZSTD_WINDOW_LOG)?;
                Self::Zstd(decoder)
            }
        })
    }

    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(raw) => raw.read(buf),
            Self::Gzip(decoder) => decoder.read(buf),
            Self::Zstd(decoder) => decoder.read(buf),
        }
    }
}

/// The uncompressed bytes of a layer, in order. Nothing is written anywhere and no digest is checked.
pub struct LayerStream {
    decoder: Decoder,
    compression: Compression,
    limits: InflateLimits,
    stored_bytes: u64,
    position: u64,
}

impl std::fmt::Debug for LayerStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LayerStream")
            .field("compression", &self.compression)
            .field("stored_bytes", &self.stored_bytes)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl LayerStream {
    /// Begins at the front of a layer, which may be compressed.
    pub fn open(content: Arc<dyn ReadAt>, limits: &InflateLimits) -> Result<Self, LayerError> {
        let compression = match Magic::of(&content).map_err(LayerError::Read)? {
            Magic::Unsupported(format) => return Err(LayerError::Compression { format }),
            Magic::Known(compression) => compression,
        };
        let stored_bytes = content.len();
        let decoder = Decoder::new(content, compression)
            .map_err(|source| LayerError::Corrupt { compression, source })?;
        Ok(Self { decoder, compression, limits: limits.clone(), stored_bytes, position: 0 })
    }

    /// How the layer is compressed.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Reads more bytes into `buf` and returns how many; 0 at the end.
    pub fn read(&mut self, buf: &mut [u8]) -> Result<usize, LayerError> {
        let read = loop {
            match self.decoder.read(buf) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let compression = self.compression;
        let read = read.map_err(|source| match compression {
            Compression::None => LayerError::Read(source),
            _ => LayerError::Corrupt { compression, source },
        })?;
        self.position += read as u64;
        if compression != Compression::None {
            self.limits.check_growth(self.stored_bytes, self.position)?;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read_all(
        content: Vec<u8>,
        limits: &InflateLimits,
    ) -> Result<(Vec<u8>, Compression), LayerError> {
        let mut stream = LayerStream::open(Arc::new(content), limits)?;
        let (mut all, mut buf) = (Vec::new(), [0; 100]);
        loop {
            match stream.read(&mut buf)? {
                0 => return Ok((all, stream.compression())),
                read => all.extend_from_slice(&buf[..read]),
            }
        }
    }

    #[test]
    fn every_compression_gives_the_same_bytes_and_bombs_end() {
        let tar = b"jettison ".repeat(5000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&tar).expect("memory");
        let gzip = gzip.finish().expect("memory");
        let zstd = zstd::bulk::compress(&tar, 1).expect("memory");
        let limits = InflateLimits::default();
        let tight = InflateLimits { max_bytes: 10_000, ..InflateLimits::default() };
        for (content, expected) in [
            (tar.clone(), Compression::None),
            (gzip.clone(), Compression::Gzip),
            (zstd, Compression::Zstd),
        ] {
            let (read, compression) = read_all(content.clone(), &limits).expect("well formed");
            assert!(read == tar && compression == expected);
            let is_limited = matches!(read_all(content, &tight), Err(LayerError::Limit(_)));
            assert_eq!(is_limited, expected != Compression::None);
        }
        let cut = gzip[..gzip.len() / 2].to_vec();
        assert!(matches!(read_all(cut, &limits), Err(LayerError::Corrupt { .. })));
        let xz = b"\xfd7zXZ\x00\x00".to_vec();
        assert!(matches!(read_all(xz, &limits), Err(LayerError::Compression { .. })));
    }
}
