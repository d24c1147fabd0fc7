//! The two ends of a copy: what is read from, and what is written to.

use std::{io::Read, path::Path};

use jettison_image::{Descriptor, Digest, Reference};

use super::{BlobTransfer, TransferError};

/// An index or manifest: its bytes as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Media type, digest and size. What an index says beside that (platform, annotations) may be there.
    pub descriptor: Descriptor,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Document {
    /// A document of these bytes; its digest is computed.
    pub fn new(media_type: &str, bytes: Vec<u8>) -> Self {
        Self { descriptor: Descriptor::of(media_type, &bytes), bytes }
    }

    /// What it goes by.
    pub fn digest(&self) -> &Digest {
        &self.descriptor.digest
    }
}

/// What a blob is to the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlobRole {
    /// The config: small, and read by everybody.
    Config,
    /// A layer.
    Layer,
}

/// Reads a blob of a source.
pub type SourceReader<'a> = Box<dyn Read + Send + 'a>;

/// Where an image is read from, as it is stored.
///
/// Several blobs are read at once, from several threads. Nothing that comes out needs to be verified by
/// the source: [`copy`](super::copy()) does.
pub trait ImageSource: Send + Sync {
    /// The source, as a person writes it: `oci:dir:tag`.
    fn name(&self) -> String;

    /// The document that the name leads to: an index, or a manifest.
    fn root(&self) -> Result<Document, TransferError>;

    /// A document that [`Self::root`] or a document under it refers to.
    fn document(&self, descriptor: &Descriptor) -> Result<Document, TransferError>;

    /// The bytes of a blob from `offset` to its end.
    ///
    /// `offset` is not 0 when a destination goes on with what it has from an earlier attempt. A source that
    /// can break in the middle (a connection) goes on by itself as long as that makes sense.
    fn blob(&self, descriptor: &Descriptor, offset: u64)
    -> Result<SourceReader<'_>, TransferError>;

    /// What [`Self::blob`] gave as `expected` turned out to be `found`. `true` if it may be had from somewhere else now, so
    /// that it is worth asking once more.
    fn distrust(&self, _expected: &Digest, _found: &Digest) -> bool {
        false
    }

    /// The registry's repository that the blobs lie in, for a destination that can take them from there
    /// without moving them.
    fn repository(&self) -> Option<&Reference> {
        None
    }

    /// The names that the image has at its source.
    fn tags(&self) -> Vec<Reference> {
        Vec::new()
    }

    /// Gives the blob the second name `target`, if it lies as a file of its own, complete, with a digest that was
    /// verified, on the file system of `target`. `false` if that cannot be.
    fn link_to(&self, _blob: &Descriptor, _target: &Path) -> Result<bool, TransferError> {
        Ok(false)
    }
}

/// In which order a destination wants things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Blobs first, several at once, then documents, each after what it refers to.
    BlobsFirst,
    /// One after the other, sorted by digest, documents among the blobs: an archive, whose bytes depend on
    /// the order.
    ByDigest,
}

/// What a destination can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// Whether it holds indexes.
    pub indexes: bool,
    /// How it is written.
    pub order: Order,
    /// How many blobs it takes at once, if there is a best number.
    pub parallelism: Option<usize>,
}

/// How a blob got where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutBlob {
    /// Its bytes were moved.
    Moved,
    /// It was there already.
    Present,
    /// The destination took it from elsewhere, without moving it: another repository, a hard link.
    Linked,
}

/// Where an image is written to.
///
/// Nothing is visible under the image's name before [`Self::commit`]. With [`Order::BlobsFirst`], blobs are
/// put from several threads.
pub trait ImageDestination: Send + Sync {
    /// The destination, as a person writes it.
    fn name(&self) -> String;

    /// What it can do.
    fn abilities(&self) -> Abilities;

    /// Whether everything under the root document is there, so that only [`Self::commit`] is left to do. Asked once,
    /// before anything else; `false` where that is not known.
    fn is_complete(&self, _root: &Document) -> Result<bool, TransferError> {
        Ok(false)
    }

    /// Whether a blob is there, so that it need not be read at all.
    fn has_blob(&self, descriptor: &Descriptor) -> Result<bool, TransferError>;

    /// Takes a blob. It is committed only after a [`VerifiedReader`](super::VerifiedReader) gave its last
    /// byte, which it does not do for other bytes than the digest means.
    fn put_blob(&self, transfer: &mut BlobTransfer<'_>) -> Result<PutBlob, TransferError>;

    /// Takes a document below the root, or the root itself before [`Self::commit`].
    fn put_document(&self, document: &Document) -> Result<(), TransferError>;

    /// Makes the image visible under its names. What a person should know comes back: sentences without
    /// a final full stop.
    fn commit(&self, root: &Document) -> Result<Vec<String>, TransferError>;
}
