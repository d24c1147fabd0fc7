//! What an image consists of: a config and layers (OCI manifest.md; Docker schema 2 has the same
//! shape).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    Descriptor, JsonError,
    fields::{self, Extra, Fields, FieldsWriter, Json, Place, ShapeError},
    media_type,
};

/// The largest manifest or index that is read, in bytes: what the OCI distribution specification
/// asks registries to accept at least ("Pushing Manifests"), and what they accept at most.
pub const MAX_MANIFEST: usize = 4 << 20;

/// An image manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// [`media_type::OCI_MANIFEST`] or [`media_type::DOCKER_MANIFEST`]; OCI allows to omit it.
    pub media_type: Option<String>,
    /// For an artifact: its type.
    pub artifact_type: Option<String>,
    /// The image's config.
    pub config: Descriptor,
    /// The layers, lowest first.
    pub layers: Vec<Descriptor>,
    /// What this manifest is about, for signatures and the like.
    pub subject: Option<Descriptor>,
    /// Free-form notes.
    pub annotations: BTreeMap<String, String>,
    /// Fields this version of jettison does not know.
    pub extra: Extra,
}

impl Manifest {
    /// An OCI manifest.
    pub fn oci(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            media_type: Some(media_type::OCI_MANIFEST.to_owned()),
            artifact_type: None,
            config,
            layers,
            subject: None,
            annotations: BTreeMap::new(),
            extra: Extra::default(),
        }
    }

    /// Reads a manifest of at most [`MAX_MANIFEST`] bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, JsonError> {
        fields::read_document(bytes, "image manifest", MAX_MANIFEST)
    }

    /// The manifest as JSON: no spaces, keys sorted, the same bytes each time.
    pub fn to_vec(&self) -> Vec<u8> {
        fields::write_document(self)
    }
}

impl Json for Manifest {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        let mut fields = Fields::new(value, place)?;
        check_schema(&mut fields, place)?;
        Ok(Self {
            media_type: fields.take_option("mediaType")?,
            artifact_type: fields.take_option("artifactType")?,
            config: fields.require("config")?,
            layers: fields.require("layers")?,
            subject: fields.take_option("subject")?,
            annotations: fields.take("annotations")?,
            extra: fields.finish(),
        })
    }

    fn write(&self) -> Value {
        let mut fields = FieldsWriter::new(&self.extra);
        fields.always("schemaVersion", &SCHEMA_VERSION);
        fields.option("mediaType", self.media_type.as_ref());
        fields.option("artifactType", self.artifact_type.as_ref());
        fields.always("config", &self.config);
        fields.always("layers", &self.layers);
        fields.option("subject", self.subject.as_ref());
        fields.put("annotations", &self.annotations);
        fields.finish()
    }
}

/// The only `schemaVersion` in use, for manifests and indexes.
pub(crate) const SCHEMA_VERSION: u64 = 2;

pub(crate) fn check_schema(fields: &mut Fields, place: &Place) -> Result<(), ShapeError> {
    let place = Place::Field(place, "schemaVersion");
    match fields.require::<u64>("schemaVersion")? {
        SCHEMA_VERSION => Ok(()),
        1 => Err(ShapeError::new(
            &place,
            "is 1, a format that engines gave up; pull the image with a current engine and save it",
        )),
        other => Err(ShapeError::new(&place, format_args!("is {other}, expected 2"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;

    const DOCKER: &str = r#"{"schemaVersion":2,
        "mediaType":"application/vnd.docker.distribution.manifest.v2+json",
        "config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":3,
          "digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        "layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":9,"x":[1],
          "digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}],
        "annotations":null,"vendor":{"a":1.5}}"#;

    #[test]
    fn keeps_every_field() {
        let manifest = Manifest::from_slice(DOCKER.as_bytes()).expect("valid");
        assert_eq!(manifest.layers[0].size, 9);
        assert_eq!(manifest.config.digest, Digest::sha256(b""));
        let written: Value = serde_json::from_slice(&manifest.to_vec()).expect("JSON");
        assert_eq!(written, serde_json::from_str::<Value>(DOCKER).expect("JSON"));
        assert_eq!(Manifest::from_slice(&manifest.to_vec()).expect("valid"), manifest);
    }

    #[test]
    fn errors_name_the_place() {
        for (from, to, part) in [
            ("\"size\":9", "\"size\":-9", "layers[0].size: expected a whole number of 0 or more"),
            ("\"size\":3", "\"size\":\"3\"", "config.size: expected a whole number"),
            ("\"size\":3,", "", "config.size: is missing"),
            ("\"schemaVersion\":2", "\"schemaVersion\":1", "schemaVersion: is 1, a format"),
            ("\"schemaVersion\":2,", "", "schemaVersion: is missing"),
            ("sha256:e3", "md5:e3", "config.digest: digest algorithm \"md5\""),
            ("\"layers\"", "\"fsLayers\"", "layers: is missing"),
            (",\n", ",,", "not valid JSON: key must be a string at line 1 column 20"),
        ] {
            let broken = DOCKER.replacen(from, to, 1);
            let error = Manifest::from_slice(broken.as_bytes()).expect_err(part).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn size_is_bounded() {
        let error = Manifest::from_slice(&vec![b' '; MAX_MANIFEST + 1]).expect_err("too large");
        assert!(error.to_string().contains("4194305 bytes"), "{error}");
        let deep = "[".repeat(100_000);
        assert!(Manifest::from_slice(deep.as_bytes()).is_err());
    }
}
