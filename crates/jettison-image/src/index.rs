//! Lists of manifests: `index.json` of an OCI layout, and multi-platform images (OCI image-index.md).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    Descriptor, JsonError, MAX_MANIFEST,
    fields::{self, Extra, Fields, FieldsWriter, Json, Place, ShapeError},
    manifest::{SCHEMA_VERSION, check_schema},
    media_type,
};

/// An OCI index or Docker manifest list.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// [`media_type::OCI_INDEX`] or [`media_type::DOCKER_INDEX`]; OCI allows to omit it.
    pub media_type: Option<String>,
    /// The manifests, in the order that whoever made the index prefers.
    pub manifests: Vec<Descriptor>,
    /// Free-form notes.
    pub annotations: BTreeMap<String, String>,
    /// Fields this version of jettison does not know.
    pub extra: Extra,
}

impl Index {
    /// An OCI index.
    pub fn oci(manifests: Vec<Descriptor>) -> Self {
        Self {
            media_type: Some(media_type::OCI_INDEX.to_owned()),
            manifests,
            annotations: BTreeMap::new(),
            extra: Extra::default(),
        }
    }

    /// Reads an index of at most [`MAX_MANIFEST`] bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, JsonError> {
        fields::read_document(bytes, "image index", MAX_MANIFEST)
    }

    /// The index as JSON: no spaces, keys sorted, the same bytes each time.
    pub fn to_vec(&self) -> Vec<u8> {
        fields::write_document(self)
    }
}

impl Json for Index {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        let mut fields = Fields::new(value, place)?;
        check_schema(&mut fields, place)?;
        Ok(Self {
            media_type: fields.take_option("mediaType")?,
            // Go writes a list without elements as null.
            manifests: fields.take("manifests")?,
            annotations: fields.take("annotations")?,
            extra: fields.finish(),
        })
    }

    fn write(&self) -> Value {
        let mut fields = FieldsWriter::new(&self.extra);
        fields.always("schemaVersion", &SCHEMA_VERSION);
        fields.option("mediaType", self.media_type.as_ref());
        fields.always("manifests", &self.manifests);
        fields.put("annotations", &self.annotations);
        fields.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_platforms_and_unknown_fields() {
        let text = r#"{"schemaVersion":2,"manifests":[{
            "mediaType":"application/vnd.oci.image.manifest.v1+json","size":1,
            "digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "platform":{"os":"windows","architecture":"amd64","os.version":"10.0","x":null,
              "os.features":["win32k"],"features":["sse4"]}}],"y":1}"#;
        let index = Index::from_slice(text.as_bytes()).expect("valid");
        let platform = index.manifests[0].platform.as_ref().expect("given");
        assert_eq!(platform.os_version.as_deref(), Some("10.0"));
        let written: Value = serde_json::from_slice(&index.to_vec()).expect("JSON");
        assert_eq!(written, serde_json::from_str::<Value>(text).expect("JSON"));
    }

    #[test]
    fn an_empty_list_may_be_null() {
        let index = Index::from_slice(br#"{"schemaVersion":2,"manifests":null}"#).expect("valid");
        assert!(index.manifests.is_empty());
    }
}
