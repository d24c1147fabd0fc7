//! From a layer as it is stored to a verified tar: hashed, and inflated where it is compressed.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    sync::Arc,
};

use flate2::bufread::MultiGzDecoder;
use jettison_image::{Compression, Descriptor, Digest, DigestError, ReadAt, Reader, Sha256Hasher};

use crate::{
    FileBlob,
    compression_magic::Magic,
    hashing::{CHUNK, HashingReader, digest_of},
    image::{Blob, Layer},
    layer_cache::LayerCache,
    limits::{InflateLimits, LimitError, LimitGuard},
    staged_file::StagedFile,
};

/// The largest zstd window that is decoded, as a power of two: 128 MiB, what `zstd --ultra -22`
/// writes. It is what the decoder holds in memory.
pub(crate) const MAX_ZSTD_WINDOW_LOG: u32 = 27;

/// Why a layer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// The bytes cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[source] io::Error),
    /// The inflated bytes cannot be stored.
    #[error("cannot be inflated to a temporary file: {0}")]
    Spool(#[source] io::Error),
    /// A compression that jettison does not read.
    #[error(
        "is compressed with {format}, which is not supported; \
             save the image again with a current engine (docker load, docker save)"
    )]
    Compression {
        /// `xz`.
        format: &'static str,
    },
    /// Its media type says that it is encrypted.
    #[error("is encrypted; decrypt the image first (skopeo copy --decryption-key KEY)")]
    Encrypted,
    /// The compressed stream is damaged.
    #[error("is damaged {compression} data: {source}")]
    Corrupt {
        /// Which format.
        compression: Compression,
        /// The decoder's error.
        source: io::Error,
    },
    /// The stored bytes are not those that the manifest means.
    #[error("is not the blob that the manifest means: expected {expected}, got {found}")]
    BlobDigest {
        /// The manifest's digest.
        expected: Digest,
        /// What the bytes hash to.
        found: Digest,
    },
    /// The stored bytes are more or fewer than the manifest says.
    #[error("has {found} bytes, the manifest says {expected}")]
    BlobSize {
        /// The manifest's size in bytes.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// The uncompressed bytes are not those that the config means.
    #[error("is not the layer that the config means: expected diff-id {expected}, got {found}")]
    DiffId {
        /// The config's digest.
        expected: Digest,
        /// What the bytes hash to.
        found: Digest,
    },
    /// The digest that is expected cannot be checked.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// It inflates beyond a bound.
    #[error("was not inflated: {0}")]
    Limit(#[from] LimitError),
}

/// Bytes that are to become a layer, and what is said of them.
#[derive(Debug, Clone)]
pub(crate) struct Unverified {
    /// What its digest must be, uncompressed. Unknown for a root file system.
    pub(crate) diff_id: Option<Digest>,
    /// What the manifest says of `content`, if there is one.
    pub(crate) descriptor: Option<Descriptor>,
    pub(crate) content: Arc<dyn ReadAt>,
}

impl Unverified {
    /// The layer, if it lies there uncompressed and its bytes have this digest.
    pub(crate) fn hashed(&self, digest: Digest) -> Result<Layer, LayerError> {
        check_verifiable(self)?;
        check_blob(self, &digest)?;
        check_diff_id(self, &digest)?;
        Ok(Layer { diff_id: digest, tar: self.content.clone(), blob: None })
    }
}

/// Where inflated layers go, and how far they may grow.
#[derive(Debug)]
pub(crate) struct Inflater<'a> {
    pub(crate) work_dir: &'a Path,
    pub(crate) cache: Option<&'a LayerCache>,
    pub(crate) limits: &'a InflateLimits,
}

impl Inflater<'_> {
    /// Verifies a layer and makes its tar readable. `progress` is told of each further number of
    /// stored bytes read.
    pub(crate) fn load(
        &self,
        stored: &Unverified,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Layer, LayerError> {
        check_verifiable(stored)?;
        match Magic::of(&stored.content).map_err(LayerError::Read)? {
            Magic::Unsupported(format) => Err(LayerError::Compression { format }),
            Magic::Known(Compression::None) => {
                let digest = digest_of(&stored.content, progress).map_err(LayerError::Read)?;
                stored.hashed(digest)
            }
            Magic::Known(compression) => self.load_compressed(stored, compression, progress),
        }
    }

    fn load_compressed(
        &self,
        stored: &Unverified,
        compression: Compression,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Layer, LayerError> {
        if let (Some(cache), Some(diff_id)) = (self.cache, &stored.diff_id)
            && let Some(tar) = cache.get(diff_id).map_err(LayerError::Read)?
        {
            let digest = digest_of(&stored.content, progress).map_err(LayerError::Read)?;
            check_blob(stored, &digest)?;
            let blob = blob_of(stored, compression, digest);
            return Ok(Layer { diff_id: diff_id.clone(), tar: Arc::new(tar), blob: Some(blob) });
        }
        let spool = self.spool(stored).map_err(LayerError::Spool)?;
        let inflated = self.inflate(stored, compression, &spool, progress)?;
        check_blob(stored, &inflated.blob)?;
        check_diff_id(stored, &inflated.diff_id)?;
        let tar = self.keep(stored, spool).map_err(LayerError::Spool)?;
        let blob = Some(blob_of(stored, compression, inflated.blob));
        Ok(Layer { diff_id: inflated.diff_id, tar: Arc::new(tar), blob })
    }

    fn spool(&self, stored: &Unverified) -> io::Result<StagedFile> {
        match self.cache {
            Some(cache) if stored.diff_id.is_some() => cache.stage(),
            _ => StagedFile::new_in(self.work_dir),
        }
    }

    fn keep(&self, stored: &Unverified, spool: StagedFile) -> io::Result<FileBlob> {
        match (self.cache, &stored.diff_id) {
            (Some(cache), Some(diff_id)) => cache.put(diff_id, spool),
            _ => spool.into_blob(),
        }
    }

    /// One pass: the stored bytes are hashed, inflated, hashed again and written.
    fn inflate(
        &self,
        stored: &Unverified,
        compression: Compression,
        spool: &StagedFile,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Inflated, LayerError> {
        let raw = HashingReader::new(Reader::new(&stored.content), progress);
        let mut raw = BufReader::with_capacity(CHUNK, raw);
        let guard = LimitGuard::new(self.limits, stored.content.len());
        let result = inflate_into(&mut raw, compression, spool, guard);
        if matches!(result, Err(LayerError::Limit(_) | LayerError::Spool(_))) {
            return Err(result.expect_err("it was just matched"));
        }
        // What the decoder left unread belongs to the blob too; and whether damaged data is damage
        // or another blob, only the whole digest tells.
        let mut raw = raw.into_inner();
        raw.drain().map_err(LayerError::Read)?;
        let (blob, _) = raw.finish();
        if result.is_err() {
            check_blob(stored, &blob)?;
        }
        Ok(Inflated { diff_id: result?, blob })
    }
}

struct Inflated {
    diff_id: Digest,
    blob: Digest,
}

/// Returns the digest of the inflated bytes.
fn inflate_into(
    raw: &mut dyn BufRead,
    compression: Compression,
    spool: &StagedFile,
    mut guard: LimitGuard,
) -> Result<Digest, LayerError> {
    let corrupt = |source| LayerError::Corrupt { compression, source };
    let mut decoder = decoder(raw, compression).map_err(corrupt)?;
    let mut hasher = Sha256Hasher::new();
    let mut buffer = vec![0; CHUNK];
    let mut inflated = 0;
    loop {
        let read = match decoder.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(corrupt(error)),
        };
        inflated += read as u64;
        guard.check(inflated, spool)?;
        hasher.update(&buffer[..read]);
        (&mut &*spool).write_all(&buffer[..read]).map_err(LayerError::Spool)?;
    }
}

fn decoder<'r>(
    raw: &'r mut dyn BufRead,
    compression: Compression,
) -> io::Result<Box<dyn Read + 'r>> {
    Ok(match compression {
        Compression::None => Box::new(raw),
        Compression::Gzip => Box::new(MultiGzDecoder::new(raw)),
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(raw)?;
            decoder.window_log_max(MAX_ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
    })
}

/// Fails before any work is done for a digest that could not be compared.
fn check_verifiable(stored: &Unverified) -> Result<(), LayerError> {
    if let Some(diff_id) = &stored.diff_id {
        drop(diff_id.hasher()?);
    }
    let Some(descriptor) = &stored.descriptor else {
        return Ok(());
    };
    drop(descriptor.digest.hasher()?);
    let (expected, found) = (descriptor.size, stored.content.len());
    if expected == found { Ok(()) } else { Err(LayerError::BlobSize { expected, found }) }
}

fn check_blob(stored: &Unverified, found: &Digest) -> Result<(), LayerError> {
    match &stored.descriptor {
        Some(descriptor) if descriptor.digest != *found => Err(LayerError::BlobDigest {
            expected: descriptor.digest.clone(),
            found: found.clone(),
        }),
        _ => Ok(()),
    }
}

fn check_diff_id(stored: &Unverified, found: &Digest) -> Result<(), LayerError> {
    match &stored.diff_id {
        Some(expected) if expected != found => {
            Err(LayerError::DiffId { expected: expected.clone(), found: found.clone() })
        }
        _ => Ok(()),
    }
}

fn blob_of(stored: &Unverified, compression: Compression, digest: Digest) -> Blob {
    let content = stored.content.clone();
    let made = || Descriptor::new(compression.oci_layer(), digest, content.len());
    Blob { descriptor: stored.descriptor.clone().unwrap_or_else(made), content }
}

#[cfg(test)]
mod tests {
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::bulk::compress(bytes, 1).expect("memory")
    }

    fn stored(content: Vec<u8>) -> Unverified {
        Unverified { diff_id: None, descriptor: None, content: Arc::new(content) }
    }

    fn load_with(stored: &Unverified, limits: &InflateLimits) -> Result<Layer, LayerError> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let inflater = Inflater { work_dir: dir.path(), cache: None, limits };
        inflater.load(stored, &mut |_| {})
    }

    fn load(stored: &Unverified) -> Result<Layer, LayerError> {
        load_with(stored, &InflateLimits::default())
    }

    fn content(layer: &Layer) -> Vec<u8> {
        let mut bytes = Vec::new();
        Reader::new(&layer.tar).read_to_end(&mut bytes).expect("readable");
        bytes
    }

    #[test]
    fn every_compression_gives_the_same_layer() {
        let tar = b"jettison ".repeat(300_000);
        let members = [gzip(&tar[..1000]), gzip(&tar[1000..])].concat();
        let skippable = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc".to_vec();
        let frames = [skippable.clone(), zstd(&tar[..7]), zstd(&tar[7..]), skippable].concat();
        for blob in [tar.clone(), gzip(&tar), members, zstd(&tar), frames] {
            let compressed = blob.len() < tar.len();
            let digest = Digest::sha256(&blob);
            let layer = load(&stored(blob)).expect("well formed");
            assert_eq!(layer.diff_id, Digest::sha256(&tar));
            assert!(content(&layer) == tar);
            let found = layer.blob.map(|blob| blob.descriptor.digest);
            assert_eq!(found, compressed.then_some(digest));
        }
    }

    #[test]
    fn an_empty_layer_is_a_layer() {
        let layer = load(&stored(Vec::new())).expect("nothing is wrong with it");
        assert_eq!(layer.diff_id, Digest::sha256(b""));
    }

    #[test]
    fn mismatches_name_both_digests() {
        let tar = b"content".to_vec();
        let other = Digest::sha256(b"other");
        for blob in [tar.clone(), gzip(&tar)] {
            let mut wrong = stored(blob.clone());
            wrong.diff_id = Some(other.clone());
            let error = load(&wrong).expect_err("diff-id").to_string();
            assert!(error.contains(&format!("expected diff-id {other}")), "{error}");
            assert!(error.contains(Digest::sha256(&tar).as_str()), "{error}");
            let mut wrong = stored(blob.clone());
            wrong.descriptor = Some(Descriptor::new("", other.clone(), blob.len() as u64));
            let error = load(&wrong).expect_err("digest").to_string();
            assert!(error.contains(&format!("expected {other}, got {}", Digest::sha256(&blob))));
            wrong.descriptor = Some(Descriptor::new("", Digest::sha256(&blob), 1));
            let error = load(&wrong).expect_err("size").to_string();
            assert!(error.contains("the manifest says 1"), "{error}");
        }
    }

    #[test]
    fn damaged_data_with_a_wrong_digest_is_reported_as_the_wrong_blob() {
        let mut blob = gzip(&b"content".repeat(100));
        let expected = Digest::sha256(&blob);
        blob[12] ^= 0xff;
        let mut layer = stored(blob.clone());
        assert!(matches!(load(&layer), Err(LayerError::Corrupt { .. })));
        layer.descriptor = Some(Descriptor::new("", expected, blob.len() as u64));
        assert!(matches!(load(&layer), Err(LayerError::BlobDigest { .. })));
    }

    #[test]
    fn digests_that_cannot_be_checked_are_refused() {
        let mut layer = stored(b"x".to_vec());
        layer.diff_id = Some(format!("sha512:{}", "0".repeat(128)).parse().expect("valid"));
        let error = load(&layer).expect_err("not computed").to_string();
        assert!(error.contains("only sha256"), "{error}");
    }

    #[test]
    fn other_compressions_are_named() {
        let error = load(&stored(b"\xfd7zXZ\x00\x00".to_vec())).expect_err("xz").to_string();
        assert!(error.contains("xz") && error.contains("docker save"), "{error}");
    }

    #[test]
    fn bombs_end_in_an_error() {
        let limits =
            InflateLimits { free_bytes: 1 << 20, max_ratio: 50, ..InflateLimits::default() };
        let zeros = vec![0; 64 << 20];
        for bomb in [gzip(&zeros), zstd(&zeros)] {
            let error = load_with(&stored(bomb), &limits).expect_err("a bomb").to_string();
            assert!(error.contains("decompression bomb"), "{error}");
        }
        let limits = InflateLimits { max_bytes: 10 << 20, ..InflateLimits::default() };
        let error = load_with(&stored(gzip(&zeros)), &limits).expect_err("too large").to_string();
        assert!(error.contains("more than 10485760 bytes"), "{error}");
        let limits = InflateLimits { min_free_space: u64::MAX, ..InflateLimits::default() };
        let error = load_with(&stored(gzip(b"x")), &limits).expect_err("no space").to_string();
        assert!(error.contains("no space to inflate"), "{error}");
        let layer = load(&stored(gzip(&zeros))).expect("zeros alone are no crime");
        assert_eq!(layer.tar.len(), 64 << 20);
    }

    #[test]
    fn truncation_at_any_byte_is_an_error() {
        let tar = b"some content that does not repeat itself much: 0123456789".to_vec();
        for blob in [gzip(&tar), zstd(&tar)] {
            for len in 6..blob.len() {
                let error = load(&stored(blob[..len].to_vec())).expect_err("truncated");
                assert!(matches!(error, LayerError::Corrupt { .. }), "{len}: {error}");
            }
        }
    }

    #[test]
    fn the_cache_spares_the_second_inflation() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let cache = LayerCache::new(dir.path(), u64::MAX);
        let limits = InflateLimits::default();
        let inflater = Inflater { work_dir: dir.path(), cache: Some(&cache), limits: &limits };
        let tar = b"content".repeat(1000);
        let mut layer = stored(gzip(&tar));
        layer.diff_id = Some(Digest::sha256(&tar));
        let first = inflater.load(&layer, &mut |_| {}).expect("well formed");
        let tight = InflateLimits { max_bytes: 0, ..limits };
        let inflater = Inflater { limits: &tight, ..inflater };
        let second = inflater.load(&layer, &mut |_| {}).expect("from the cache");
        assert!(content(&first) == content(&second));
        assert_eq!(first.blob.map(|blob| blob.descriptor), second.blob.map(|blob| blob.descriptor));
        layer.descriptor = Some(Descriptor::new("", Digest::sha256(b""), layer.content.len()));
        inflater.load(&layer, &mut |_| {}).expect_err("the blob is checked all the same");
    }
}
