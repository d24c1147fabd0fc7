//! Pointers to blobs: media type, digest, size (OCI descriptor.md).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    Digest, Platform,
    fields::{Extra, Fields, FieldsWriter, Json, Place, ShapeError},
};

/// The tag of an image in an OCI layout.
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The full name of an image in an OCI layout, as containerd and Docker write it.
pub const IMAGE_NAME: &str = "io.containerd.image.name";

/// A pointer to a blob.
#[derive(Debug, Clone, PartialEq)]
pub struct Descriptor {
    /// What the blob is; empty when the document does not say.
    pub media_type: String,
    /// The digest of the blob's bytes.
    pub digest: Digest,
    /// The number of the blob's bytes.
    pub size: u64,
    /// Where else the blob can be had.
    pub urls: Vec<String>,
    /// Free-form notes.
    pub annotations: BTreeMap<String, String>,
    /// For an entry of an index: the machines it is for.
    pub platform: Option<Platform>,
    /// For an artifact: its type.
    pub artifact_type: Option<String>,
    /// Fields this version of jettison does not know (`data` is one: the blob is read anyway).
    pub extra: Extra,
}

impl Descriptor {
    /// A descriptor of media type, digest and size (in bytes) alone.
    pub fn new(media_type: &str, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest,
            size,
            urls: Vec::new(),
            annotations: BTreeMap::new(),
            platform: None,
            artifact_type: None,
            extra: Extra::default(),
        }
    }

    /// The descriptor of `bytes`.
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self::new(media_type, Digest::sha256(bytes), bytes.len() as u64)
    }
}

impl Json for Descriptor {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        let mut fields = Fields::new(value, place)?;
        Ok(Self {
            media_type: fields.take("mediaType")?,
            digest: fields.require("digest")?,
            size: fields.require("size")?,
            urls: fields.take("urls")?,
            annotations: fields.take("annotations")?,
            platform: fields.take_option("platform")?,
            artifact_type: fields.take_option("artifactType")?,
            extra: fields.finish(),
        })
    }

    fn write(&self) -> Value {
        let mut fields = FieldsWriter::new(&self.extra);
        fields.put("mediaType", &self.media_type);
        fields.always("digest", &self.digest);
        fields.always("size", &self.size);
        fields.put("urls", &self.urls);
        fields.put("annotations", &self.annotations);
        fields.option("platform", self.platform.as_ref());
        fields.option("artifactType", self.artifact_type.as_ref());
        fields.finish()
    }
}
