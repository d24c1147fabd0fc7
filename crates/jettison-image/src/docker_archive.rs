//! What `docker save` puts beside the layers: `manifest.json` and, from older engines,
//! `repositories`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    Descriptor, Digest, JsonError,
    fields::{self, Extra, Fields, FieldsWriter, Json, Place, ShapeError},
};

/// The member that lists the images.
pub const MANIFEST: &str = "manifest.json";
/// The member that listed the images before Docker 1.10.
pub const REPOSITORIES: &str = "repositories";

/// The largest `manifest.json` or `repositories` that is read, in bytes. podman's bound is 1 MiB
/// (`iolimits.MaxTarFileManifestSize`); an image with 127 layers takes 12 KB.
pub const MAX_LIST: usize = 4 << 20;

/// One image of `manifest.json`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ArchiveImage {
    /// The member that holds the image config.
    pub config: String,
    /// The image's names: `nginx:latest`.
    pub repo_tags: Vec<String>,
    /// The members that hold the layers, lowest first.
    pub layers: Vec<String>,
    /// Descriptors of layers by diff-id, for layers that are kept elsewhere.
    pub layer_sources: BTreeMap<String, Descriptor>,
    /// Fields this version of jettison does not know (`Parent`).
    pub extra: Extra,
}

/// Reads `manifest.json`, at most [`MAX_LIST`] bytes.
pub fn parse(bytes: &[u8]) -> Result<Vec<ArchiveImage>, JsonError> {
    fields::read_document(bytes, MANIFEST, MAX_LIST)
}

/// Writes `manifest.json`: no spaces, keys sorted, the same bytes each time.
pub fn to_vec(images: &[ArchiveImage]) -> Vec<u8> {
    fields::write_document(&images.to_vec())
}

/// Reads `repositories`, at most [`MAX_LIST`] bytes: repository → tag → layer id.
pub fn parse_repositories(
    bytes: &[u8],
) -> Result<BTreeMap<String, BTreeMap<String, String>>, JsonError> {
    fields::read_document(bytes, REPOSITORIES, MAX_LIST)
}

impl Json for ArchiveImage {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        let mut fields = Fields::new(value, place)?;
        let sources: BTreeMap<String, Descriptor> = fields.take("LayerSources")?;
        for diff_id in sources.keys() {
            let inner = Place::Field(place, "LayerSources");
            diff_id.parse::<Digest>().map_err(|error| ShapeError::new(&inner, error))?;
        }
        Ok(Self {
            config: fields.require("Config")?,
            repo_tags: fields.take("RepoTags")?,
            layers: fields.take("Layers")?,
            layer_sources: sources,
            extra: fields.finish(),
        })
    }

    fn write(&self) -> Value {
        let mut fields = FieldsWriter::new(&self.extra);
        fields.always("Config", &self.config);
        fields.put("RepoTags", &self.repo_tags);
        fields.put("Layers", &self.layers);
        fields.put("LayerSources", &self.layer_sources);
        fields.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_old_and_new_lists() {
        let text = br#"[{"Config":"c.json","RepoTags":["a:1","b:2"],"Layers":["x/layer.tar"]},
            {"Config":"blobs/sha256/c","RepoTags":null,"Layers":[],"Parent":"sha256:p","LayerSources":{
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855":{"mediaType":
            "application/vnd.docker.image.rootfs.diff.tar","size":0,"digest":
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}}]"#;
        let images = parse(text).expect("valid");
        assert_eq!(images[0].repo_tags, ["a:1", "b:2"]);
        assert_eq!(images[1].layer_sources.len(), 1);
        assert_eq!(parse(&to_vec(&images)).expect("what was written"), images);
    }

    #[test]
    fn errors_name_the_place() {
        for (text, part) in [
            ("{}", "manifest.json: $: expected a list, found an object"),
            ("[{}]", "[0].Config: is missing"),
            (r#"[{"Config":"c","Layers":[1]}]"#, "[0].Layers[0]: expected a string"),
            (r#"[{"Config":"c","LayerSources":{"x":{}}}]"#, "LayerSources.x.digest: is missing"),
            ("[", "not valid JSON"),
        ] {
            let error = parse(text.as_bytes()).expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn reads_the_legacy_list() {
        let list = parse_repositories(br#"{"a/b":{"latest":"abc"}}"#).expect("valid");
        assert_eq!(list["a/b"]["latest"], "abc");
    }
}
