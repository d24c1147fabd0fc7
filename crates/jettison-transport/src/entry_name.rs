//! How an image is named in an `index.json`, and in the list of a Docker archive.

use std::collections::BTreeMap;

use jettison_image::{Descriptor, IMAGE_NAME, Platform, REF_NAME, Reference};

use crate::copy::Document;

/// The name of an entry of `index.json`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct EntryName {
    /// `org.opencontainers.image.ref.name`.
    pub(crate) ref_name: Option<String>,
    /// `io.containerd.image.name`.
    pub(crate) full: Option<Reference>,
}

impl EntryName {
    /// As BuildKit writes it: skopeo finds an image by the tag, containerd and podman by the full name.
    /// `None` for a name without a tag.
    pub(crate) fn of(name: &Reference) -> Option<Self> {
        let tag = name.tag()?.to_owned();
        Some(Self { ref_name: Some(tag), full: Some(name.clone()) })
    }

    /// What a person wrote behind the path of a layout: a full name, or a tag that says nothing about the
    /// repository.
    pub(crate) fn written(name: &str) -> Self {
        let full = if name.contains(['/', ':']) { name.parse().ok() } else { None };
        Self { ref_name: Some(name.to_owned()), full }
    }

    /// The names of an image that goes to a layout: `written` first, if there is one and no other is
    /// called so.
    pub(crate) fn all(tags: &[Reference], written: Option<&str>) -> Vec<Self> {
        let mut names: Vec<Self> = tags.iter().filter_map(Self::of).collect();
        if let Some(written) = written
            && !names.iter().any(|name| name.ref_name.as_deref() == Some(written))
        {
            names.insert(0, Self::written(written));
        }
        names
    }
}

impl EntryName {
    /// An entry of an index with this name.
    pub(crate) fn annotate(&self, bare: &Descriptor) -> Descriptor {
        let mut entry = bare.clone();
        let annotations =
            [(REF_NAME, self.ref_name.clone()), (IMAGE_NAME, self.full.as_ref().map(full_text))];
        let given =
            annotations.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        entry.annotations = given.collect::<BTreeMap<_, _>>();
        entry
    }
}

/// Entries of an index for an image: one for each name.
pub(crate) fn entries(
    root: &Document,
    platform: Option<Platform>,
    names: &[EntryName],
) -> Vec<Descriptor> {
    let (digest, size) = (root.descriptor.digest.clone(), root.descriptor.size);
    let mut plain = Descriptor::new(&root.descriptor.media_type, digest, size);
    plain.platform = platform.filter(|platform| !platform.os.is_empty());
    let named = |name: &EntryName| name.annotate(&plain);
    if names.is_empty() { vec![plain] } else { names.iter().map(named).collect() }
}

/// Registry, repository and tag; a name without a tag has its digest.
fn full_text(name: &Reference) -> String {
    match name.tag() {
        Some(tag) => format!("{}:{tag}", name.repository()),
        None => name.to_string(),
    }
}

/// Docker's names: `docker load` takes tags only, no digests.
pub(crate) fn repo_tags(names: &[EntryName]) -> Vec<String> {
    let full = names.iter().filter_map(|name| name.full.as_ref());
    full.map(|name| format!("{}:{}", name.familiar_repository(), name.tag().unwrap_or("latest")))
        .collect()
}
