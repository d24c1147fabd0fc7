//! An image archive written from front to back: one tar that Docker, podman and skopeo all read.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read, Write},
};

use jettison_image::{
    Descriptor, Digest, ImageConfig, Index, Manifest, MediaKind, ReadAt,
    docker_archive::{self, ArchiveImage},
};
use tar::{EntryType, Header};

use crate::{
    copy::Document,
    entry_name::{EntryName, entries, repo_tags},
    hash_thread::HashThread,
    hashing::CHUNK,
    oci_layout::{INDEX, LAYOUT, LAYOUT_VERSION},
    stored_files::blob_name,
};

/// A tar is a multiple of this (pax(1)).
const BLOCK: usize = 512;

/// What an archive holds beside the OCI layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArchiveKind {
    /// A `manifest.json` that engines without OCI support read: its paths lead to the same blobs.
    Docker,
    /// Nothing.
    Oci,
}

/// A tar that is being written. Members come in the order in which they are put; whoever puts them sorted
/// by digest gets the same bytes each time.
#[derive(Debug)]
pub(crate) struct ArchiveStream<W> {
    out: W,
    kind: ArchiveKind,
    there: BTreeSet<Digest>,
    /// Configs by digest: entries of the index repeat their platform.
    configs: BTreeMap<Digest, ImageConfig>,
    index: Vec<Descriptor>,
    list: Vec<ArchiveImage>,
}

impl<W: Write> ArchiveStream<W> {
    pub(crate) fn new(mut out: W, kind: ArchiveKind) -> io::Result<Self> {
        directory(&mut out, "blobs/")?;
        directory(&mut out, "blobs/sha256/")?;
        Ok(Self {
            out,
            kind,
            there: BTreeSet::new(),
            configs: BTreeMap::new(),
            index: Vec::new(),
            list: Vec::new(),
        })
    }

    pub(crate) fn has(&self, digest: &Digest) -> bool {
        self.there.contains(digest)
    }

    /// Copies a blob, which `content` must have exactly.
    pub(crate) fn layer(&mut self, blob: &Descriptor, content: &mut dyn Read) -> io::Result<()> {
        let name = blob_name(&blob.digest);
        self.out.write_all(header(&name, EntryType::Regular, blob.size).as_bytes())?;
        let mut buffer = vec![0; CHUNK];
        loop {
            match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => self.out.write_all(&buffer[..read])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        pad(&mut self.out, blob.size)?;
        self.there.insert(blob.digest.clone());
        Ok(())
    }

    /// Copies a layer whose digest is not known yet, behind room for its header. `hashed` gets every byte; `wrote` is told how
    /// many were written.
    pub(crate) fn unnamed_layer(
        &mut self,
        tar: &dyn ReadAt,
        hashed: &HashThread,
        wrote: &mut dyn FnMut(usize),
    ) -> io::Result<()> {
        self.out.write_all(&[0; BLOCK])?;
        let mut at = 0;
        while at < tar.len() {
            let mut chunk = hashed.spare();
            chunk.filled = tar.read_at(at, &mut chunk.buffer)?;
            if chunk.filled == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.out.write_all(&chunk.buffer[..chunk.filled])?;
            at += chunk.filled as u64;
            wrote(chunk.filled);
            hashed.hash(chunk);
        }
        pad(&mut self.out, tar.len())
    }

    /// Notes the layer that was copied last under its digest, and returns its header; `None` if it is there already.
    pub(crate) fn named(&mut self, digest: &Digest, size: u64) -> Option<Header> {
        let is_new = self.there.insert(digest.clone());
        is_new.then(|| header(&blob_name(digest), EntryType::Regular, size))
    }

    /// What is written to.
    pub(crate) fn out(&mut self) -> &mut W {
        &mut self.out
    }

    /// A config. Those of artifacts are no image configs, and are not looked into.
    pub(crate) fn config(&mut self, digest: &Digest, bytes: &[u8]) -> io::Result<()> {
        if let Ok(config) = ImageConfig::from_slice(bytes) {
            self.configs.insert(digest.clone(), config);
        }
        self.document(digest, bytes)
    }

    /// A manifest or index.
    pub(crate) fn document(&mut self, digest: &Digest, bytes: &[u8]) -> io::Result<()> {
        if self.there.insert(digest.clone()) {
            document(&mut self.out, &blob_name(digest), bytes)?;
        }
        Ok(())
    }

    /// Notes the image under `root`, which was put, for [`Self::finish`].
    pub(crate) fn image(&mut self, root: &Document, names: &[EntryName]) {
        let manifest = match MediaKind::of(&root.descriptor.media_type) {
            MediaKind::Manifest => Manifest::from_slice(&root.bytes).ok(),
            _ => None,
        };
        let config =
            manifest.as_ref().and_then(|manifest| self.configs.get(&manifest.config.digest));
        self.index.extend(entries(root, config.map(ImageConfig::platform), names));
        if let Some(manifest) = manifest {
            self.list.push(ArchiveImage {
                config: blob_name(&manifest.config.digest),
                repo_tags: repo_tags(names),
                layers: manifest.layers.iter().map(|layer| blob_name(&layer.digest)).collect(),
                ..ArchiveImage::default()
            });
        }
    }

    /// Writes the lists and the end.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        document(&mut self.out, INDEX, &Index::oci(self.index).to_vec())?;
        if self.kind == ArchiveKind::Docker {
            document(&mut self.out, docker_archive::MANIFEST, &docker_archive::to_vec(&self.list))?;
        }
        document(&mut self.out, LAYOUT, LAYOUT_VERSION)?;
        self.out.write_all(&[0; 2 * BLOCK])?;
        self.out.flush()?;
        Ok(self.out)
    }
}

fn directory(out: &mut dyn Write, name: &str) -> io::Result<()> {
    out.write_all(header(name, EntryType::Directory, 0).as_bytes())
}

fn document(out: &mut dyn Write, name: &str, bytes: &[u8]) -> io::Result<()> {
    let size = bytes.len() as u64;
    out.write_all(header(name, EntryType::Regular, size).as_bytes())?;
    out.write_all(bytes)?;
    pad(out, size)
}

/// A header that says nothing of time, place or person.
fn header(name: &str, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(if kind == EntryType::Directory { 0o755 } else { 0o644 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_cksum();
    header
}

fn pad(out: &mut dyn Write, size: u64) -> io::Result<()> {
    let rest = usize::try_from(size % BLOCK as u64).expect("less than a block");
    let padding = if rest == 0 { 0 } else { BLOCK - rest };
    out.write_all(&[0; BLOCK][..padding])
}
