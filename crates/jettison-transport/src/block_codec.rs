//! Compression of a layer block by block: the output depends on the blocks, never on who made them.

use std::io;

use flate2::{Compress, Crc, FlushCompress, Status};
use jettison_image::Compression;

/// What `docker push` and `gzip` use. Higher levels take twice the time for 1 % less.
const GZIP_LEVEL: u32 = 6;
/// zstd's own default: smaller than gzip -6 at a fifth of its time.
const ZSTD_LEVEL: i32 = 3;
/// gzip blocks: matches do not reach across, which costs 0.3 % with a 32 KiB window.
const GZIP_BLOCK: usize = 1 << 20;
/// zstd frames: twice the 2 MiB window of its level 3.
const ZSTD_BLOCK: usize = 4 << 20;

/// The head of a gzip stream: deflate, no flags, no time, no name, unknown system (RFC 1952, 2.3).
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// An empty final block with fixed codes (RFC 1951, 3.2.6): ends a deflate stream.
const DEFLATE_END: [u8; 2] = [0x03, 0x00];

/// How many bytes are compressed as one.
pub(crate) const fn block_size(compression: Compression) -> usize {
    match compression {
        Compression::None | Compression::Gzip => GZIP_BLOCK,
        Compression::Zstd => ZSTD_BLOCK,
    }
}

/// A compressed block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) bytes: Vec<u8>,
    /// The checksum of the bytes before, for gzip.
    crc: Crc,
}

/// Compresses blocks; one for each thread.
pub(crate) enum BlockCodec {
    Gzip(Compress),
    Zstd(zstd::bulk::Compressor<'static>),
}

impl BlockCodec {
    /// `None` for [`Compression::None`].
    pub(crate) fn new(compression: Compression) -> io::Result<Option<Self>> {
        Ok(match compression {
            Compression::None => None,
            Compression::Gzip => {
                let level = flate2::Compression::new(GZIP_LEVEL);
                Some(Self::Gzip(Compress::new(level, false)))
            }
            Compression::Zstd => {
                let mut compressor = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
                compressor.include_checksum(true)?;
                Some(Self::Zstd(compressor))
            }
        })
    }

    pub(crate) fn compress(&mut self, input: &[u8]) -> io::Result<Block> {
        let mut crc = Crc::new();
        let bytes = match self {
            Self::Gzip(compress) => {
                crc.update(input);
                deflate(compress, input)?
            }
            Self::Zstd(compressor) => compressor.compress(input)?,
        };
        Ok(Block { bytes, crc })
    }
}

/// Deflates a block that ends at a byte boundary and is not the last, so that blocks in a row are
/// one stream (as pigz makes it).
fn deflate(compress: &mut Compress, input: &[u8]) -> io::Result<Vec<u8>> {
    compress.reset();
    let mut output = Vec::with_capacity(input.len() / 2 + 64);
    loop {
        let consumed =
            usize::try_from(compress.total_in()).expect("no more than the input's length");
        let status = compress
            .compress_vec(&input[consumed..], &mut output, FlushCompress::Sync)
            .map_err(io::Error::other)?;
        let all_in = compress.total_in() == input.len() as u64;
        // A flush is complete when it left room (zlib manual, deflate: "avail_out nonzero").
        if all_in && output.len() < output.capacity() {
            return Ok(output);
        }
        if status == Status::StreamEnd {
            return Err(io::Error::other("the deflate stream ended before its input"));
        }
        output.reserve(input.len() / 4 + 64);
    }
}

/// What stands before and behind the blocks.
#[derive(Debug)]
pub(crate) struct Framing {
    compression: Compression,
    crc: Crc,
}

impl Framing {
    pub(crate) fn new(compression: Compression) -> Self {
        Self { compression, crc: Crc::new() }
    }

    /// The bytes before the first block.
    pub(crate) fn head(&self) -> &'static [u8] {
        if self.compression == Compression::Gzip { &GZIP_HEADER } else { &[] }
    }

    /// To be told of each block, in order.
    pub(crate) fn add(&mut self, block: &Block) {
        self.crc.combine(&block.crc);
    }

    /// The bytes behind the last block of `input_len` bytes in all. A zstd stream of no frame is
    /// none, so that an empty layer gets one here.
    pub(crate) fn tail(&self, input_len: u64) -> io::Result<Vec<u8>> {
        match self.compression {
            Compression::Gzip => {
                let modulo = u32::try_from(input_len & 0xffff_ffff).expect("masked to 32 bits");
                let trailer = [self.crc.sum().to_le_bytes(), modulo.to_le_bytes()].concat();
                Ok([&DEFLATE_END[..], &trailer].concat())
            }
            Compression::Zstd if input_len == 0 => zstd::bulk::compress(&[], ZSTD_LEVEL),
            Compression::Zstd | Compression::None => Ok(Vec::new()),
        }
    }
}
