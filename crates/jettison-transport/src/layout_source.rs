//! An OCI image layout, in a directory or an archive, as the source of a copy: indexes stay whole.

use std::{
    io::{Seek, SeekFrom},
    sync::Arc,
};

use jettison_image::{
    Descriptor, Index, MAX_MANIFEST, MediaKind, ReadAt, Reader, Reference, media_type::OCI_INDEX,
};

use crate::{
    copy::{Document, ImageSource, SourceReader, TransferError},
    oci_layout::full_name,
    store::Use,
    stored_files::StoredFiles,
};

/// One name of a layout.
#[derive(Debug)]
pub(crate) struct LayoutSource {
    name: String,
    files: Arc<StoredFiles>,
    /// The entries of `index.json` with that name: one, or one for each platform.
    entries: Vec<Descriptor>,
    _held: Option<Use>,
}

impl LayoutSource {
    /// The image of these entries, one at least; `held` keeps the files there.
    pub(crate) fn new(
        name: String,
        files: impl Into<Arc<StoredFiles>>,
        entries: Vec<Descriptor>,
        held: Option<Use>,
    ) -> Self {
        Self { name, files: files.into(), entries, _held: held }
    }
}

impl ImageSource for LayoutSource {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn root(&self) -> Result<Document, TransferError> {
        let first = &self.entries[0];
        if self.entries.iter().all(|entry| entry.digest == first.digest) {
            return self.document(first);
        }
        // Several platforms side by side in index.json: an index of them is what the name means.
        let mut entries = self.entries.clone();
        for entry in &mut entries {
            entry.annotations.clear();
        }
        Ok(Document::new(OCI_INDEX, Index::oci(entries).to_vec()))
    }

    fn document(&self, descriptor: &Descriptor) -> Result<Document, TransferError> {
        let bytes = self.files.read_blob(descriptor, "a manifest", MAX_MANIFEST)?;
        let (digest, size) = (descriptor.digest.clone(), descriptor.size);
        let media_type = document_type(descriptor, &bytes);
        Ok(Document { descriptor: Descriptor::new(&media_type, digest, size), bytes })
    }

    fn blob(
        &self,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<SourceReader<'_>, TransferError> {
        let content = self.files.blob(descriptor, "a blob")?;
        Ok(reader(content, offset)?)
    }

    fn tags(&self) -> Vec<Reference> {
        let mut tags: Vec<Reference> = self.entries.iter().filter_map(full_name).collect();
        tags.sort();
        tags.dedup();
        tags
    }
}

/// What a document is: what it says itself, else what refers to it.
fn document_type(descriptor: &Descriptor, bytes: &[u8]) -> String {
    let kind = MediaKind::of(&descriptor.media_type);
    let own = match kind {
        MediaKind::Index => Index::from_slice(bytes).ok().and_then(|index| index.media_type),
        MediaKind::Manifest => {
            let manifest = jettison_image::Manifest::from_slice(bytes).ok();
            manifest.and_then(|manifest| manifest.media_type)
        }
        _ => None,
    };
    own.filter(|own| MediaKind::of(own) == kind).unwrap_or_else(|| descriptor.media_type.clone())
}

/// Reads from `offset` on.
pub(crate) fn reader(
    content: Arc<dyn ReadAt>,
    offset: u64,
) -> std::io::Result<SourceReader<'static>> {
    let mut reader = Reader::new(content);
    reader.seek(SeekFrom::Start(offset))?;
    Ok(Box::new(reader))
}
