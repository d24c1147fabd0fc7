//! An image before jettison, and the forms in which Docker and others store it.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use jettison_image::{Digest, Platform};
use serde_json::{Value, json};
use tar::{Builder, Header};

/// Layers and a configuration.
#[derive(Clone, Debug)]
pub struct FatImage {
    /// What `config` of the configuration holds: `Cmd`, `Env` and so on.
    pub config: Value,
    /// Uncompressed layers, the lowest first.
    pub layers: Vec<Vec<u8>>,
    /// The image's tag.
    pub tag: String,
    /// The kind of machine that it says it is for.
    pub architecture: String,
    /// Its history; a step for each layer if this is empty.
    pub history: Vec<Value>,
}

impl FatImage {
    /// An image of these layers.
    pub fn new(tag: &str, config: Value, layers: Vec<Vec<u8>>) -> Self {
        let architecture = Platform::host().architecture;
        Self { config, layers, tag: tag.to_owned(), architecture, history: Vec::new() }
    }

    /// The same with one key of the configuration set.
    #[must_use]
    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.config[key] = value;
        self
    }

    /// The whole configuration as it is stored, with fields that no specification knows.
    pub fn configuration(&self) -> Value {
        let diff_ids: Vec<String> =
            self.layers.iter().map(|layer| Digest::sha256(layer).to_string()).collect();
        let step = |number| {
            json!({
                "created": "2024-01-01T00:00:00Z",
                "created_by": format!("/bin/sh -c #(nop) ADD layer {number} in / "),
            })
        };
        let history = if self.history.is_empty() {
            (0..self.layers.len()).map(step).collect()
        } else {
            self.history.clone()
        };
        json!({
            "architecture": self.architecture,
            "os": "linux",
            "created": "2024-01-01T00:00:00.123456789Z",
            "author": "the test kit",
            "config": self.config,
            "history": history,
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "x-vendor": {"deep": [1, {"er": null}]},
        })
    }

    /// Writes what `docker save` wrote before version 25: a directory for each layer.
    pub fn write_docker_archive(&self, path: &Path) {
        fs_err::write(path, tar_of(&self.docker_members())).expect("the archive can be written");
    }

    /// The members of that archive, in their order.
    fn docker_members(&self) -> Vec<(String, Vec<u8>)> {
        let config = self.configuration().to_string().into_bytes();
        let config_name = format!("{}.json", Digest::sha256(&config).hex());
        let names: Vec<String> = self
            .layers
            .iter()
            .map(|layer| format!("{}/layer.tar", Digest::sha256(layer).hex()))
            .collect();
        let manifest =
            json!([{"Config": config_name, "RepoTags": [self.tag], "Layers": names}]).to_string();
        // A layer that occurs twice is stored once.
        let members: BTreeMap<_, _> = names.into_iter().zip(self.layers.iter().cloned()).collect();
        let mut members: Vec<_> = members.into_iter().collect();
        members.push((config_name, config));
        members.push(("manifest.json".to_owned(), manifest.into_bytes()));
        members
    }

    /// Writes an OCI image layout into a directory, the layers gzipped.
    pub fn write_oci_layout(&self, directory: &Path) {
        for (name, bytes) in self.oci_members() {
            let path: PathBuf = directory.join(name);
            let parent = path.parent().expect("members have a directory");
            fs_err::create_dir_all(parent).expect("the directory can be made");
            fs_err::write(path, bytes).expect("the blob can be written");
        }
    }

    /// Writes an OCI image layout into one archive.
    pub fn write_oci_archive(&self, path: &Path) {
        let members: Vec<_> = self.oci_members().into_iter().collect();
        fs_err::write(path, tar_of(&members)).expect("the archive can be written");
    }

    fn oci_members(&self) -> BTreeMap<String, Vec<u8>> {
        let mut members = BTreeMap::new();
        let mut add = |kind: &str, bytes: Vec<u8>| {
            let digest = Digest::sha256(&bytes);
            let media_type = format!("application/vnd.oci.image.{kind}");
            let size = bytes.len();
            members.insert(format!("blobs/sha256/{}", digest.hex()), bytes);
            json!({"mediaType": media_type, "digest": digest.to_string(), "size": size})
        };
        let config = add("config.v1+json", self.configuration().to_string().into_bytes());
        let layers: Vec<Value> =
            self.layers.iter().map(|layer| add("layer.v1.tar+gzip", gzip(layer))).collect();
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        let manifest = json!({
            "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers,
        });
        let mut manifest = add("manifest.v1+json", manifest.to_string().into_bytes());
        manifest["annotations"] = json!({"org.opencontainers.image.ref.name": self.tag});
        let index = json!({"schemaVersion": 2, "manifests": [manifest]});
        members.insert("index.json".to_owned(), index.to_string().into_bytes());
        let version = json!({"imageLayoutVersion": "1.0.0"});
        members.insert("oci-layout".to_owned(), version.to_string().into_bytes());
        members
    }
}

/// Gzip without a time in its header.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}

fn tar_of(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, bytes.as_slice()).expect("the name is short");
    }
    builder.into_inner().expect("a vector takes everything")
}
