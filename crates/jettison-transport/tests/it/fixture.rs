//! Small images in every form, made without the code under test.

use std::{collections::BTreeMap, io::Write, path::Path};

use jettison_image::{Digest, Platform, ReadAt};
use jettison_transport::{Image, OpenError, OpenOptions, Source, open};
use serde_json::{Value, json};

/// How the layers of a fixture are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::Gzip, Self::Zstd];

    pub(crate) fn pack(self, tar: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain => tar.to_vec(),
            Self::Gzip => gzip(tar),
            Self::Zstd => zstd::bulk::compress(tar, 3).expect("memory"),
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Plain => "application/vnd.oci.image.layer.v1.tar",
            Self::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// Files by name: of an archive, or of a directory.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A tar of `files`, sorted by name.
pub(crate) fn tar_of(files: &Files) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, bytes.as_slice()).expect("memory");
    }
    builder.into_inner().expect("memory")
}

pub(crate) fn files<const N: usize>(files: [(&str, &[u8]); N]) -> Files {
    files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect()
}

/// An image of a few layers.
#[derive(Debug, Clone)]
pub(crate) struct Fixture {
    pub(crate) layers: Vec<Vec<u8>>,
    pub(crate) config: Vec<u8>,
    pub(crate) tag: &'static str,
}

impl Fixture {
    /// Three layers, of which the first and the last are the same.
    pub(crate) fn new(tag: &'static str) -> Self {
        let first = tar_of(&files([("etc/hostname", b"jettison\n")]));
        let second = tar_of(&files([("bin/big", &b"0123456789abcdef".repeat(5000))]));
        Self::of(tag, vec![first.clone(), second, first])
    }

    pub(crate) fn of(tag: &'static str, layers: Vec<Vec<u8>>) -> Self {
        let diff_ids: Vec<String> =
            layers.iter().map(|layer| Digest::sha256(layer).to_string()).collect();
        let config = json!({
            "architecture": "amd64", "os": "linux",
            "config": {"Cmd": ["/bin/big", tag], "Labels": null, "Hostname": ""},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [{"created_by": "by hand"}],
        });
        Self { layers, config: config.to_string().into_bytes(), tag }
    }

    /// `docker save` before Docker 25: a directory per layer.
    pub(crate) fn old_docker_files(&self, packing: Packing) -> Files {
        let config = format!("{}.json", Digest::sha256(&self.config).hex());
        let mut files = Files::new();
        let mut names = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let name = format!("{index:064}/layer.tar");
            files.insert(name.clone(), packing.pack(layer));
            names.push(name);
        }
        let list = json!([{"Config": &config, "RepoTags": [self.tag], "Layers": names}]);
        files.insert("manifest.json".to_owned(), list.to_string().into_bytes());
        files.insert(config, self.config.clone());
        files
    }

    /// An OCI layout.
    pub(crate) fn oci_files(&self, packing: Packing) -> Files {
        let mut files = Files::new();
        let layers: Vec<Value> = self
            .layers
            .iter()
            .map(|layer| add_blob(&mut files, packing.media_type(), packing.pack(layer)))
            .collect();
        let config_type = "application/vnd.oci.image.config.v1+json";
        let config = add_blob(&mut files, config_type, self.config.clone());
        let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers});
        let mut entry = add_blob(&mut files, MANIFEST_TYPE, manifest.to_string().into_bytes());
        let tag = self.tag.rsplit_once(':').map_or(self.tag, |(_, tag)| tag);
        entry["annotations"] = json!({
            "org.opencontainers.image.ref.name": tag,
            "io.containerd.image.name": format!("docker.io/library/{}", self.tag),
        });
        set_index(&mut files, &[entry]);
        files.insert("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec());
        files
    }

    /// `docker save` since Docker 25: an OCI layout with a `manifest.json`.
    pub(crate) fn new_docker_files(&self, packing: Packing) -> Files {
        let mut files = self.oci_files(packing);
        let name = |bytes: &[u8]| format!("blobs/sha256/{}", Digest::sha256(bytes).hex());
        let layers: Vec<String> =
            self.layers.iter().map(|layer| name(&packing.pack(layer))).collect();
        let list =
            json!([{"Config": name(&self.config), "RepoTags": [self.tag], "Layers": layers}]);
        files.insert("manifest.json".to_owned(), list.to_string().into_bytes());
        files
    }

    /// Compares an opened image with this one.
    pub(crate) fn assert_is(&self, image: &Image) {
        assert_eq!(image.config_bytes, self.config);
        assert_eq!(image.config_digest, Digest::sha256(&self.config));
        assert_eq!(image.layers.len(), self.layers.len());
        for (layer, tar) in image.layers.iter().zip(&self.layers) {
            assert_eq!(layer.diff_id, Digest::sha256(tar));
            assert!(bytes_of(&layer.tar) == *tar);
        }
    }
}

pub(crate) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";

/// Adds a blob and returns its descriptor.
pub(crate) fn add_blob(files: &mut Files, media_type: &str, bytes: Vec<u8>) -> Value {
    let digest = Digest::sha256(&bytes);
    let descriptor =
        json!({"mediaType": media_type, "digest": digest.as_str(), "size": bytes.len()});
    files.insert(format!("blobs/sha256/{}", digest.hex()), bytes);
    descriptor
}

/// The entries of `index.json`.
pub(crate) fn entries(files: &Files) -> Vec<Value> {
    let index: Value = serde_json::from_slice(&files["index.json"]).expect("JSON");
    index["manifests"].as_array().expect("a list").clone()
}

pub(crate) fn set_index(files: &mut Files, entries: &[Value]) {
    let index = json!({"schemaVersion": 2, "manifests": entries});
    files.insert("index.json".to_owned(), index.to_string().into_bytes());
}

pub(crate) fn bytes_of(bytes: &dyn ReadAt) -> Vec<u8> {
    let mut all = vec![0; usize::try_from(bytes.len()).expect("small")];
    bytes.read_exact_at(0, &mut all).expect("readable");
    all
}

/// Opens what `source` names, temporary files in `dir`.
pub(crate) fn open_in(dir: &Path, source: &str) -> Result<Image, OpenError> {
    open(&source.parse::<Source>().expect(source), &OpenOptions::new(dir))
}

/// Writes `bytes` to a file and opens it as `transport`, with `suffix` behind the path.
pub(crate) fn open_bytes(transport: &str, bytes: &[u8], suffix: &str) -> Result<Image, OpenError> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("image");
    fs_err::write(&path, bytes).expect("writable");
    open_in(dir.path(), &format!("{transport}{}{suffix}", path.display()))
}

/// The same for an error's text.
pub(crate) fn open_error(transport: &str, bytes: &[u8], suffix: &str) -> String {
    open_bytes(transport, bytes, suffix).expect_err("it must not open").to_string()
}

/// Lays out files below `dir`.
pub(crate) fn lay_out(dir: &Path, files: &Files) {
    for (name, bytes) in files {
        let path = dir.join(name);
        fs_err::create_dir_all(path.parent().expect("below dir")).expect("writable");
        fs_err::write(path, bytes).expect("writable");
    }
}

/// Files with one image per platform behind a nested index, and an attestation that leads nowhere.
pub(crate) fn multi_platform(platforms: &[(&str, &Fixture)]) -> Files {
    let (mut files, mut inner) = images_of(platforms);
    let mut note = add_blob(&mut files, MANIFEST_TYPE, b"{}".to_vec());
    note["platform"] = json!({"os": "unknown", "architecture": "unknown"});
    inner.push(note);
    with_index(files, &inner)
}

/// The same, whole.
pub(crate) fn whole_index(platforms: &[(&str, &Fixture)]) -> Files {
    let (files, inner) = images_of(platforms);
    with_index(files, &inner)
}

fn images_of(platforms: &[(&str, &Fixture)]) -> (Files, Vec<Value>) {
    let mut files = Files::new();
    let mut inner = Vec::new();
    for (platform, fixture) in platforms {
        let platform: Platform = platform.parse().expect("valid");
        let of_one = fixture.oci_files(Packing::Zstd);
        let mut entry = entries(&of_one)[0].clone();
        entry["platform"] = json!({"os": platform.os, "architecture": platform.architecture});
        if let Some(variant) = platform.variant {
            entry["platform"]["variant"] = json!(variant);
        }
        inner.push(entry);
        files.extend(of_one);
    }
    (files, inner)
}

fn with_index(mut files: Files, inner: &[Value]) -> Files {
    let index = json!({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": inner});
    let outer = add_blob(&mut files, INDEX_TYPE, index.to_string().into_bytes());
    set_index(&mut files, &[outer]);
    files
}
