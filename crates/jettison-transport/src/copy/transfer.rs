//! One blob on its way: read from where it is, verified before its last byte is handed on.

use std::{
    io::{self, Read},
    path::Path,
};

use jettison_image::{Descriptor, Digest, DigestError, Reference, Sha256Hasher};

use super::{BlobRole, CopyEvent, CopyProgressFn, ImageSource, SourceReader, TransferError};

/// Why a blob's bytes are not handed on. It is inside of the [`io::Error`] that the reader returns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The bytes are other ones.
    #[error("the blob is not what its digest says: expected {expected}, got {found}")]
    Digest {
        /// The descriptor's digest.
        expected: Digest,
        /// What the bytes hash to.
        found: Digest,
    },
    /// The source ended too early.
    #[error("{digest} ends after {found} bytes, its descriptor says {expected}")]
    Short {
        /// Which blob.
        digest: Digest,
        /// The descriptor's size in bytes.
        expected: u64,
        /// How many came.
        found: u64,
    },
    /// A config beyond its bound.
    #[error("{digest} has {size} bytes, more than the {limit} that jettison reads")]
    TooLarge {
        /// Which blob.
        digest: Digest,
        /// Its size in bytes.
        size: u64,
        /// The bound in bytes.
        limit: usize,
    },
    /// Indexes within indexes, without an end.
    #[error("{digest}: indexes nested deeper than {limit}")]
    TooDeep {
        /// The index.
        digest: Digest,
        /// The bound.
        limit: usize,
    },
    /// Bytes before the offset were neither read nor [absorbed](BlobTransfer::absorb).
    #[error(
        "{digest} cannot be verified from byte {offset} on: only {known} bytes before are known"
    )]
    Gap {
        /// Which blob.
        digest: Digest,
        /// Where reading was to begin.
        offset: u64,
        /// How many bytes are known.
        known: u64,
    },
}

/// One blob to be put: what a destination reads it from.
pub struct BlobTransfer<'a> {
    source: &'a dyn ImageSource,
    descriptor: Descriptor,
    role: BlobRole,
    /// Over the first `hashed` bytes.
    hasher: Sha256Hasher,
    hashed: u64,
    progress: Option<CopyProgressFn>,
}

impl std::fmt::Debug for BlobTransfer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { source, descriptor, role, hasher: _, hashed, progress } = self;
        f.debug_struct("BlobTransfer")
            .field("source", &source.name())
            .field("descriptor", descriptor)
            .field("role", role)
            .field("hashed", hashed)
            .field("progress", &progress.is_some())
            .finish()
    }
}

impl<'a> BlobTransfer<'a> {
    /// A blob of `source`. Fails for a digest that cannot be checked.
    pub fn new(
        source: &'a dyn ImageSource,
        descriptor: &Descriptor,
        role: BlobRole,
        progress: Option<CopyProgressFn>,
    ) -> Result<Self, DigestError> {
        let hasher = descriptor.digest.hasher()?;
        Ok(Self { source, descriptor: descriptor.clone(), role, hasher, hashed: 0, progress })
    }

    /// Media type, digest and size.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// What the blob is to the image.
    pub fn role(&self) -> BlobRole {
        self.role
    }

    /// The registry's repository that it lies in, if it lies in one.
    pub fn repository(&self) -> Option<&'a Reference> {
        self.source.repository()
    }

    /// Takes note of bytes that the destination has from an earlier attempt: the first ones, in order. If
    /// they turn out to be damaged, reading the rest fails with [`VerifyError::Digest`].
    pub fn absorb(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.hashed += bytes.len() as u64;
    }

    /// Forgets what was absorbed and read: the blob is fetched anew.
    pub fn restart(&mut self) {
        self.hasher = Sha256Hasher::new();
        self.hashed = 0;
    }

    /// The bytes from `offset` on; those before must be known, by [`Self::absorb`] or an earlier reader.
    pub fn open(&mut self, offset: u64) -> Result<VerifiedReader<'_>, TransferError> {
        let size = self.descriptor.size;
        if offset > self.hashed {
            let digest = self.descriptor.digest.clone();
            return Err(VerifyError::Gap { digest, offset, known: self.hashed }.into());
        }
        // Nothing is left to be asked for, but the digest is still to be compared.
        let inner: SourceReader<'_> = if offset == size {
            Box::new(io::empty())
        } else {
            self.source.blob(&self.descriptor, offset)?
        };
        Ok(VerifiedReader {
            inner,
            descriptor: &self.descriptor,
            hasher: &mut self.hasher,
            hashed: &mut self.hashed,
            position: offset,
            progress: self.progress.as_ref(),
            is_verified: false,
        })
    }

    /// Makes the blob appear at `target` as another name of the source's own file; `false` if it cannot.
    pub fn link_to(&self, target: &Path) -> Result<bool, TransferError> {
        self.source.link_to(&self.descriptor, target)
    }
}

/// Reads a blob; its last bytes come only when all of them have the digest they should.
///
/// It never gives more bytes than the descriptor says. Sources that end early are an error, not an end.
pub struct VerifiedReader<'t> {
    inner: SourceReader<'t>,
    descriptor: &'t Descriptor,
    hasher: &'t mut Sha256Hasher,
    hashed: &'t mut u64,
    position: u64,
    progress: Option<&'t CopyProgressFn>,
    is_verified: bool,
}

impl std::fmt::Debug for VerifiedReader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (digest, position) = (&self.descriptor.digest, self.position);
        f.debug_struct("VerifiedReader")
            .field("digest", digest)
            .field("position", &position)
            .finish()
    }
}

impl VerifiedReader<'_> {
    /// Where it reads next, in bytes from the blob's beginning.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Bytes that are left.
    pub fn left(&self) -> u64 {
        self.descriptor.size.saturating_sub(self.position)
    }

    /// Hashes what of `bytes`, which begin at the position, was not hashed before.
    fn note(&mut self, bytes: &[u8]) {
        let known = usize::try_from(*self.hashed - self.position)
            .map_or(bytes.len(), |known| known.min(bytes.len()));
        self.hasher.update(&bytes[known..]);
        *self.hashed += (bytes.len() - known) as u64;
        self.position += bytes.len() as u64;
    }

    fn verify(&mut self) -> io::Result<()> {
        if self.is_verified {
            return Ok(());
        }
        let found = self.hasher.clone().finish();
        let expected = self.descriptor.digest.clone();
        if found != expected {
            return Err(invalid(VerifyError::Digest { expected, found }));
        }
        self.is_verified = true;
        Ok(())
    }
}

impl Read for VerifiedReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.left();
        let wanted = usize::try_from(left).map_or(buf.len(), |left| left.min(buf.len()));
        if left == 0 {
            return self.verify().map(|()| 0);
        }
        let read = self.inner.read(&mut buf[..wanted])?;
        if read == 0 && wanted > 0 {
            let (digest, expected) = (self.descriptor.digest.clone(), self.descriptor.size);
            return Err(invalid(VerifyError::Short { digest, expected, found: self.position }));
        }
        self.note(&buf[..read]);
        if self.left() == 0 {
            self.verify()?;
        }
        if let Some(progress) = self.progress {
            progress(CopyEvent::Moved { blob: self.descriptor, position: self.position });
        }
        Ok(read)
    }
}

fn invalid(error: VerifyError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::copy::Document;

    /// A source of one blob, which gives other bytes than it should if it is told to.
    struct OneBlob(Vec<u8>);

    impl ImageSource for OneBlob {
        fn name(&self) -> String {
            "test".to_owned()
        }

        fn root(&self) -> Result<Document, TransferError> {
            unreachable!("only the blob is read")
        }

        fn document(&self, _: &Descriptor) -> Result<Document, TransferError> {
            unreachable!("only the blob is read")
        }

        fn blob(&self, _: &Descriptor, offset: u64) -> Result<SourceReader<'_>, TransferError> {
            let start = usize::try_from(offset).expect("small").min(self.0.len());
            Ok(Box::new(&self.0[start..]))
        }
    }

    fn transfer<'s>(source: &'s OneBlob, meant: &[u8]) -> BlobTransfer<'s> {
        let descriptor = Descriptor::of("", meant);
        BlobTransfer::new(source, &descriptor, BlobRole::Layer, None).expect("sha256")
    }

    fn read(reader: &mut dyn Read) -> (Vec<u8>, io::Result<()>) {
        let (mut got, mut buf) = (Vec::new(), [0; 3]);
        loop {
            match reader.read(&mut buf) {
                Ok(0) => return (got, Ok(())),
                Ok(read) => got.extend_from_slice(&buf[..read]),
                Err(error) => return (got, Err(error)),
            }
        }
    }

    #[test]
    fn other_bytes_never_come_out_whole() {
        let meant = b"jettison".to_vec();
        for (given, part) in [
            (b"jettisoN".to_vec(), "not what its digest says"),
            (b"jett".to_vec(), "ends after 4 bytes"),
            (b"".to_vec(), "ends after 0 bytes"),
        ] {
            let source = OneBlob(given);
            let mut transfer = transfer(&source, &meant);
            let (got, result) = read(&mut transfer.open(0).expect("a reader"));
            let error = result.expect_err("not the blob").to_string();
            assert!(error.contains(part), "{error}");
            assert!(got.len() < meant.len(), "the last bytes are held back");
        }
        let longer = OneBlob(b"jettison and more".to_vec());
        let (got, result) = read(&mut transfer(&longer, &meant).open(0).expect("a reader"));
        result.expect("what is behind the blob is not the blob's");
        assert_eq!(got, meant);
    }

    #[test]
    fn an_empty_blob_is_verified_too() {
        let source = OneBlob(Vec::new());
        read(&mut transfer(&source, b"").open(0).expect("a reader")).1.expect("empty");
        let mut wrong = Descriptor::of("", b"x");
        wrong.size = 0;
        let mut transfer =
            BlobTransfer::new(&source, &wrong, BlobRole::Layer, None).expect("sha256");
        read(&mut transfer.open(0).expect("a reader")).1.expect_err("not the digest of nothing");
    }

    #[test]
    fn unknown_bytes_before_the_offset_are_refused() {
        let source = OneBlob(b"jettison".to_vec());
        let mut transfer = transfer(&source, b"jettison");
        let error = transfer.open(3).expect_err("a gap").to_string();
        assert!(error.contains("from byte 3 on"), "{error}");
        transfer.absorb(b"jex");
        let result = read(&mut transfer.open(3).expect("absorbed")).1;
        result.expect_err("what was absorbed is damaged");
        transfer.restart();
        read(&mut transfer.open(0).expect("from the beginning")).1.expect("good bytes");
    }

    proptest! {
        #[test]
        fn any_way_of_resuming_gives_the_blob(
            bytes in prop::collection::vec(any::<u8>(), 0..64),
            absorbed in 0usize..64,
            stops in prop::collection::vec((0usize..64, 0usize..64), 0..4),
        ) {
            let source = OneBlob(bytes.clone());
            let mut transfer = transfer(&source, &bytes);
            let absorbed = absorbed.min(bytes.len());
            transfer.absorb(&bytes[..absorbed]);
            let mut known = absorbed;
            for (from, count) in stops {
                let from = from.min(known);
                let mut reader = transfer.open(from as u64).expect("known");
                let mut buf = vec![0; count.min(bytes.len() - from)];
                reader.read_exact(&mut buf).expect("the right bytes");
                prop_assert_eq!(&buf, &bytes[from..from + buf.len()]);
                known = known.max(from + buf.len());
            }
            let (rest, result) = read(&mut transfer.open(known as u64).expect("known"));
            result.expect("the right bytes");
            prop_assert_eq!(rest, &bytes[known..]);
        }
    }
}
