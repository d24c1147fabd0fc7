//! What an image holds, read with the `tar` crate alone.

use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
};

use jettison_image::Digest;
use serde_json::Value;
use tar::{Archive, EntryType};

/// An image, read whole. For small ones.
#[derive(Debug)]
pub struct Contents {
    /// The configuration.
    pub config: Value,
    /// Digest of each uncompressed layer, the lowest first.
    pub diff_ids: Vec<String>,
    /// What the layers make together, by path without a leading `/`.
    pub files: BTreeMap<String, Facts>,
}

/// Everything that a layer says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The type in its header: `0` a regular file, `5` a directory and so on.
    pub kind: u8,
    /// Permissions.
    pub mode: u32,
    /// Owner and group.
    pub owner: (u64, u64),
    /// Seconds since 1970.
    pub mtime: u64,
    /// Extended attributes.
    pub xattrs: BTreeMap<String, Vec<u8>>,
    /// Where a link leads.
    pub target: String,
    /// The bytes.
    pub content: Vec<u8>,
    /// The layer that holds the file, and its first name there: equal for hard links of each other.
    pub inode: String,
}

impl Contents {
    /// Reads a Docker archive, an OCI archive or an OCI layout.
    ///
    /// # Panics
    ///
    /// When the image is damaged or a digest is wrong.
    pub fn read(path: &Path) -> Self {
        let members = members(path);
        let (config, layers) = parts(&members);
        let config: Value = serde_json::from_slice(&config).expect("the configuration is JSON");
        let layers: Vec<Vec<u8>> = layers.iter().map(|blob| inflate(blob)).collect();
        let diff_ids: Vec<String> =
            layers.iter().map(|layer| Digest::sha256(layer).to_string()).collect();
        assert_eq!(config["rootfs"]["diff_ids"], Value::from(diff_ids.clone()), "diff-ids");
        let mut files = BTreeMap::new();
        for (number, layer) in layers.iter().enumerate() {
            apply(number, layer, &mut files);
        }
        Self { config, diff_ids, files }
    }

    /// The names that a file has besides `path`.
    pub fn other_names(&self, path: &str) -> Vec<&str> {
        let Some(facts) = self.files.get(path) else { return Vec::new() };
        let same = self.files.iter().filter(|(_, other)| other.inode == facts.inode);
        same.map(|(name, _)| name.as_str()).filter(|name| *name != path).collect()
    }
}

fn members(path: &Path) -> BTreeMap<String, Vec<u8>> {
    if path.is_dir() {
        let mut found = BTreeMap::new();
        collect(path, Path::new(""), &mut found);
        return found;
    }
    let file = fs_err::File::open(path).expect("the archive opens");
    let mut archive = Archive::new(file);
    let mut found = BTreeMap::new();
    for entry in archive.entries().expect("the archive is a tar") {
        let mut entry = entry.expect("the archive is whole");
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("the member is whole");
        assert!(found.insert(name.clone(), bytes).is_none(), "{name} is in the archive twice");
    }
    found
}

fn collect(root: &Path, below: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs_err::read_dir(root.join(below)).expect("the layout can be listed") {
        let name: PathBuf = below.join(entry.expect("the layout can be listed").file_name());
        if root.join(&name).is_dir() {
            collect(root, &name, found);
        } else {
            let bytes = fs_err::read(root.join(&name)).expect("the blob can be read");
            found.insert(name.to_string_lossy().into_owned(), bytes);
        }
    }
}

/// Configuration and layers, both out of the OCI index where there is one, else out of Docker's manifest. Where there are
/// both they must agree.
fn parts(members: &BTreeMap<String, Vec<u8>>) -> (Vec<u8>, Vec<Vec<u8>>) {
    let json = |name: &str| -> Option<Value> {
        let bytes = members.get(name)?;
        Some(serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    let member = |name: &str| {
        members.get(name).unwrap_or_else(|| panic!("the archive lacks {name}")).clone()
    };
    let docker = json("manifest.json").map(|manifest| {
        let image = &manifest[0];
        let config = member(image["Config"].as_str().expect("a configuration is named"));
        (config, texts(&image["Layers"]).into_iter().map(member).collect::<Vec<_>>())
    });
    let oci = json("index.json").map(|index| {
        let blob = |descriptor: &Value| {
            let digest = descriptor["digest"].as_str().expect("descriptors have digests");
            let bytes = member(&format!("blobs/{}", digest.replace(':', "/")));
            assert_eq!(Digest::sha256(&bytes).to_string(), digest, "a blob's digest");
            assert_eq!(descriptor["size"], Value::from(bytes.len()), "a blob's size");
            bytes
        };
        let manifest: Value =
            serde_json::from_slice(&blob(&index["manifests"][0])).expect("a manifest is JSON");
        let layers = manifest["layers"].as_array().expect("a manifest lists layers");
        (blob(&manifest["config"]), layers.iter().map(blob).collect::<Vec<_>>())
    });
    if let (Some(docker), Some(oci)) = (&docker, &oci) {
        assert_eq!(docker.0, oci.0, "both manifests name the same configuration");
        let inflated = |layers: &[Vec<u8>]| layers.iter().map(|l| inflate(l)).collect::<Vec<_>>();
        assert_eq!(inflated(&docker.1), inflated(&oci.1), "both manifests name the same layers");
    }
    oci.or(docker).expect("an image has a manifest")
}

fn texts(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list");
    list.iter().map(|text| text.as_str().expect("a text")).collect()
}

/// Gzip and Zstandard told by their magic numbers (RFC 1952, RFC 8878).
fn inflate(blob: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match blob {
        [0x1f, 0x8b, ..] => {
            flate2::read::MultiGzDecoder::new(blob).read_to_end(&mut out).expect("whole gzip");
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            zstd::Decoder::new(blob)
                .and_then(|mut decoder| decoder.read_to_end(&mut out))
                .expect("whole zstd");
        }
        _ => out.extend_from_slice(blob),
    }
    out
}

fn apply(number: usize, layer: &[u8], files: &mut BTreeMap<String, Facts>) {
    let mut archive = Archive::new(layer);
    for entry in archive.entries().expect("a layer is a tar") {
        let mut entry = entry.expect("a layer is whole");
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let path = path.trim_start_matches("./").trim_matches('/').to_owned();
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let within = |name: &str| {
            if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
        };
        if name == ".wh..wh..opq" {
            // What this layer has in there comes behind the mark, as all builders write it.
            let below = within("");
            files.retain(|path, _| !path.starts_with(&below));
            continue;
        }
        if let Some(gone) = name.strip_prefix(".wh.") {
            let gone = within(gone);
            let below = format!("{gone}/");
            files.retain(|path, _| *path != gone && !path.starts_with(&below));
            continue;
        }
        let mut facts = facts(&mut entry, &path, files);
        if facts.inode.is_empty() {
            facts.inode = format!("{number}:{path}");
        }
        if facts.kind != EntryType::Directory.as_byte() {
            let below = format!("{path}/");
            files.retain(|path, _| !path.starts_with(&below));
        }
        files.insert(path, facts);
    }
}

fn facts(entry: &mut tar::Entry<'_, &[u8]>, path: &str, files: &BTreeMap<String, Facts>) -> Facts {
    let target = entry.link_name_bytes();
    let target = target.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let target = target.unwrap_or_default();
    if entry.header().entry_type() == EntryType::Link {
        let first = target.trim_start_matches("./").trim_start_matches('/');
        return files.get(first).unwrap_or_else(|| panic!("{path} links to nothing")).clone();
    }
    let mut xattrs = BTreeMap::new();
    if let Some(records) = entry.pax_extensions().expect("records are well formed") {
        for record in records {
            let record = record.expect("records are well formed");
            let name = record.key().expect("names are text");
            if let Some(name) = name.strip_prefix("SCHILY.xattr.") {
                xattrs.insert(name.to_owned(), record.value_bytes().to_vec());
            }
        }
    }
    let mut content = Vec::new();
    entry.read_to_end(&mut content).expect("a file is whole");
    let header = entry.header();
    Facts {
        kind: header.entry_type().as_byte(),
        mode: header.mode().expect("a mode"),
        owner: (header.uid().expect("an owner"), header.gid().expect("a group")),
        mtime: header.mtime().expect("a time"),
        xattrs,
        target,
        content,
        inode: String::new(),
    }
}
