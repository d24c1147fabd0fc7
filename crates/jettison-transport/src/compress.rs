//! Writing a layer: tar bytes in, a compressed blob with both its digests out.

use std::{
    io::{self, Read, Write},
    num::NonZero,
    path::PathBuf,
    sync::Arc,
};

use jettison_image::{Compression, Descriptor, Digest, ReadAt, Sha256Hasher};

use crate::{
    block_codec::{Block, Framing, block_size},
    block_pool::BlockPool,
    hashing::CHUNK,
    staged_file::StagedFile,
};

/// How a layer is compressed.
#[derive(Debug, Clone)]
pub struct CompressOptions {
    /// The format.
    pub compression: Compression,
    /// Where the result is spooled. The file has no name and vanishes with the process.
    pub work_dir: PathBuf,
    /// How many threads compress; `None` is one per core. The result does not depend on it.
    pub threads: Option<NonZero<usize>>,
}

impl CompressOptions {
    /// One thread per core.
    pub fn new(compression: Compression, work_dir: impl Into<PathBuf>) -> Self {
        Self { compression, work_dir: work_dir.into(), threads: None }
    }

    fn threads(&self) -> usize {
        let threads = self.threads.or_else(|| std::thread::available_parallelism().ok());
        threads.map_or(1, NonZero::get)
    }
}

/// A layer that was written.
#[derive(Debug, Clone)]
pub struct CompressedLayer {
    /// The digest of the tar.
    pub diff_id: Digest,
    /// Media type, digest and size of the blob.
    pub descriptor: Descriptor,
    /// The blob.
    pub content: Arc<dyn ReadAt>,
    /// The size of the tar, in bytes.
    pub tar_len: u64,
}

/// Takes the bytes of a layer tar and compresses them on several threads.
///
/// The blob depends on the bytes and the compression alone: no time, no name, no number of threads,
/// no sizes of single writes. gzip gives one member, zstd one frame for every 4 MiB.
#[derive(Debug)]
pub struct LayerSink {
    compression: Compression,
    /// `None` for uncompressed layers.
    pool: Option<BlockPool>,
    framing: Framing,
    /// The block that is being filled.
    block: Vec<u8>,
    tar: Sha256Hasher,
    tar_len: u64,
    blob: Sha256Hasher,
    blob_len: u64,
    spool: StagedFile,
}

impl LayerSink {
    /// Starts an empty layer.
    pub fn new(options: &CompressOptions) -> io::Result<Self> {
        let compression = options.compression;
        let pool = match compression {
            Compression::None => None,
            _ => Some(BlockPool::start(compression, options.threads())?),
        };
        let mut sink = Self {
            compression,
            pool,
            framing: Framing::new(compression),
            block: Vec::new(),
            tar: Sha256Hasher::new(),
            tar_len: 0,
            blob: Sha256Hasher::new(),
            blob_len: 0,
            spool: StagedFile::new_in(&options.work_dir)?,
        };
        let head = sink.framing.head();
        sink.store(head)?;
        Ok(sink)
    }

    /// Ends the layer.
    pub fn finish(mut self) -> io::Result<CompressedLayer> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        while let Some(block) = self.pool.as_mut().and_then(BlockPool::take) {
            self.store_block(&block?)?;
        }
        let tail = self.framing.tail(self.tar_len)?;
        self.store(&tail)?;
        let media_type = self.compression.oci_layer();
        Ok(CompressedLayer {
            diff_id: self.tar.finish(),
            descriptor: Descriptor::new(media_type, self.blob.finish(), self.blob_len),
            content: Arc::new(self.spool.into_blob()?),
            tar_len: self.tar_len,
        })
    }

    /// Hands the filled block on.
    fn end_block(&mut self) -> io::Result<()> {
        let filled = std::mem::take(&mut self.block);
        let Some(pool) = &mut self.pool else {
            self.store(&filled)?;
            self.block = filled;
            self.block.clear();
            return Ok(());
        };
        pool.submit(filled);
        let ready = if pool.is_full() { pool.take() } else { None };
        self.block = pool.buffer();
        match ready {
            Some(block) => self.store_block(&block?),
            None => Ok(()),
        }
    }

    fn store_block(&mut self, block: &Block) -> io::Result<()> {
        self.framing.add(block);
        self.store(&block.bytes)
    }

    fn store(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.blob.update(bytes);
        self.blob_len += bytes.len() as u64;
        (&self.spool).write_all(bytes)
    }
}

impl Write for LayerSink {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let size = block_size(self.compression);
        if self.block.capacity() < size {
            self.block.reserve_exact(size - self.block.len());
        }
        let taken = buf.len().min(size - self.block.len());
        let taken_bytes = &buf[..taken];
        self.block.extend_from_slice(taken_bytes);
        self.tar.update(taken_bytes);
        self.tar_len += taken as u64;
        if self.block.len() == size {
            self.end_block()?;
        }
        Ok(taken)
    }

    /// Does nothing: where blocks end must not depend on who writes.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Compresses all of `tar`.
pub fn compress_layer(
    tar: &mut dyn Read,
    options: &CompressOptions,
) -> io::Result<CompressedLayer> {
    let mut sink = LayerSink::new(options)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        match tar.read(&mut buffer) {
            Ok(0) => return sink.finish(),
            Ok(read) => sink.write_all(&buffer[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::read::{GzDecoder, MultiGzDecoder};
    use jettison_image::Reader;
    use proptest::prelude::*;

    use super::*;

    const ALL: [Compression; 3] = [Compression::None, Compression::Gzip, Compression::Zstd];

    fn options(compression: Compression, threads: usize) -> CompressOptions {
        let threads = NonZero::new(threads);
        CompressOptions { compression, work_dir: std::env::temp_dir(), threads }
    }

    fn compress(bytes: &[u8], compression: Compression, threads: usize) -> CompressedLayer {
        compress_layer(&mut &*bytes, &options(compression, threads)).expect("a writable directory")
    }

    fn blob(layer: &CompressedLayer) -> Vec<u8> {
        let mut bytes = Vec::new();
        Reader::new(&layer.content).read_to_end(&mut bytes).expect("readable");
        bytes
    }

    fn inflate(layer: &CompressedLayer) -> Vec<u8> {
        let blob = blob(layer);
        let mut bytes = Vec::new();
        match layer.descriptor.media_type.rsplit('+').next() {
            Some("gzip") => {
                let mut decoder = GzDecoder::new(blob.as_slice());
                decoder.read_to_end(&mut bytes).expect("a gzip stream");
                let mut all = Vec::new();
                let mut members = MultiGzDecoder::new(blob.as_slice());
                members.read_to_end(&mut all).expect("a gzip stream");
                assert!(all == bytes, "there is one member, and nothing behind it");
            }
            Some("zstd") => bytes = zstd::decode_all(blob.as_slice()).expect("zstd frames"),
            _ => bytes = blob,
        }
        bytes
    }

    /// Bytes that compress somewhat, cheap to make.
    fn sample(len: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b"the quick brown fox jumps over the lazy dog 0123"[(state >> 26) as usize % 48]
        };
        (0..len).map(next).collect()
    }

    #[test]
    fn what_goes_in_comes_out() {
        for compression in ALL {
            let block = block_size(compression);
            for len in [0, 1, 511, block - 1, block, block + 1, 3 * block + 7] {
                let bytes = sample(len);
                let layer = compress(&bytes, compression, 2);
                assert!(inflate(&layer) == bytes, "{compression} {len}");
                assert_eq!(layer.diff_id, Digest::sha256(&bytes));
                assert_eq!(layer.tar_len, len as u64);
                assert_eq!(layer.descriptor.digest, Digest::sha256(&blob(&layer)));
                assert_eq!(layer.descriptor.size, layer.content.len());
            }
        }
    }

    #[test]
    fn incompressible_and_empty_bytes() {
        let mut noise = Vec::new();
        while noise.len() < 3 << 20 {
            noise.extend_from_slice(Digest::sha256(&noise.len().to_le_bytes()).hex().as_bytes());
        }
        let packed: Vec<u8> = noise.chunks_exact(2).map(|c| c[0].wrapping_mul(31) ^ c[1]).collect();
        for compression in ALL {
            for bytes in [&packed, &vec![0; 9 << 20], &Vec::new()] {
                assert!(inflate(&compress(bytes, compression, 2)) == *bytes, "{compression}");
            }
        }
    }

    #[test]
    fn threads_and_write_sizes_do_not_show() {
        for compression in ALL {
            let bytes = sample(9 << 20);
            let whole = compress(&bytes, compression, 1);
            for threads in [2, 5] {
                let mut sink = LayerSink::new(&options(compression, threads)).expect("writable");
                for piece in bytes.chunks(77_777) {
                    sink.write_all(piece).expect("writable");
                    sink.flush().expect("writable");
                }
                let layer = sink.finish().expect("writable");
                assert_eq!(layer.descriptor, whole.descriptor, "{compression} {threads}");
            }
        }
    }

    #[test]
    fn known_bytes_have_known_digests() {
        // They change when a compressor does: every image made before then gets other digests, which
        // the changelog must say.
        for (compression, digest) in
            [(Compression::Gzip, GZIP_OF_SAMPLE), (Compression::Zstd, ZSTD_OF_SAMPLE)]
        {
            let layer = compress(&sample(5 << 20), compression, 2);
            assert_eq!(layer.descriptor.digest.hex(), digest, "{compression}");
        }
    }

    const GZIP_OF_SAMPLE: &str = "13c6bb0ca919f9f6d5f9492d42db721dd6ad0ad5796826a3147a4dab08ad04e7";
    const ZSTD_OF_SAMPLE: &str = "fdf62a3f1d243ce2704089788c1efeccecbe97792ec61c7ccf1ec1e4c284852c";

    #[test]
    fn a_dropped_sink_ends_its_threads() {
        let mut sink = LayerSink::new(&options(Compression::Gzip, 3)).expect("writable");
        sink.write_all(&sample(5 << 20)).expect("writable");
        drop(sink);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_bytes_survive(bytes in prop::collection::vec(any::<u8>(), 0..20_000), threads in 1usize..4) {
            for compression in ALL {
                prop_assert!(inflate(&compress(&bytes, compression, threads)) == bytes);
            }
        }
    }
}
