//! How layers are laid over one another, and what can be wrong with that.
//!
//! The OCI image specification (`layer.md`) leaves corners open. They are settled here as the
//! overlay snapshotters of containerd (`archive/tar.go`) and Docker (`graphdriver/overlay2`)
//! settle them, because that is what an image meets where it runs. Both unpack each layer into a
//! directory of its own and let overlayfs lay these over one another:
//!
//! * Within a layer a later entry replaces an earlier one of the same path; a directory over a
//!   directory changes only its metadata. A path that leads through a symbolic link *of the same
//!   layer* follows it, inside the root. A link of a lower layer is not there to be followed:
//!   `lib/x` over a lower `lib -> usr/lib` makes a real directory `lib`, which hides the link.
//! * Whiteouts and opaque markers count for lower layers only, wherever they stand in their
//!   layer; what their own layer holds at the same path stays. (The runtimes lose a whiteout
//!   when a directory of the same layer takes its place; the specification does not.)
//! * A directory of a higher layer over one of a lower layer keeps the lower one's contents and
//!   gives it new metadata. Where either is no directory, the higher one replaces the lower.
//! * Parents that a layer does not list keep the metadata that a lower layer gave them
//!   (containerd; Docker and podman reset it), else they are 0755, owned by root.
//! * An entry for the root itself is ignored: both runtimes make the root directory themselves.
//! * A hard link shares the file that its target named when the link was unpacked, and its own
//!   header's metadata becomes the file's. Targets in lower layers and behind the link are
//!   refused by the runtimes; here they work and are reported, see [`ProblemKind`].

use thiserror::Error;

use crate::{EntryRef, Kind, draft::Draft, resolve::MAX_LINKS};

/// Names that all layers together may make, hidden ones included. The largest images known have
/// some 500,000; a name costs about 200 bytes while layers are merged.
pub(crate) const MAX_NAMES: usize = 1 << 22;

/// How deep a directory may lie. Links within a layer can lead to paths that are deeper than any
/// that the layer spells out; PATH_MAX of Linux allows 2048 at most.
pub(crate) const MAX_DEPTH: u32 = 1024;

/// Bytes of symbolic links that the paths of one layer may lead through, all in all. A layer of
/// 100,000 paths through `lib -> usr/lib` has 700 KB; chains of long links behind each of a
/// million paths would take hours.
pub(crate) const MAX_LINK_BYTES: usize = 1 << 24;

/// Why layers do not make a tree.
#[derive(Debug, Error)]
pub enum MergeError {
    /// A path leads through something that is no directory.
    #[error(
        "layer {layer}: {path:?} cannot be made: {name:?} in its path is a {found}, not a \
         directory; no runtime unpacks this layer, build the image again"
    )]
    NotADirectory {
        /// The layer, counted from 0.
        layer: u32,
        /// The path of the entry.
        path: String,
        /// The component at fault.
        name: String,
        /// What it is.
        found: Kind,
    },
    /// A path leads through too many symbolic links.
    #[error(
        "layer {layer}: {path:?} leads through more than {MAX_LINKS} symbolic links; no runtime \
         unpacks this layer, build the image again"
    )]
    LinkLoop {
        /// The layer, counted from 0.
        layer: u32,
        /// The path of the entry.
        path: String,
    },
    /// The paths of a layer lead through too many symbolic links, taken together.
    #[error(
        "layer {layer}: the paths up to {path:?} lead through more than {MAX_LINK_BYTES} bytes of \
         symbolic links; build the image again with plain paths"
    )]
    TooManyLinks {
        /// The layer, counted from 0.
        layer: u32,
        /// The path of the entry.
        path: String,
    },
    /// A path is too deep.
    #[error(
        "layer {layer}: {path:?} lies more than {MAX_DEPTH} directories deep, through symbolic \
         links of the layer; build the image again with shorter paths"
    )]
    TooDeep {
        /// The layer, counted from 0.
        layer: u32,
        /// The path of the entry.
        path: String,
    },
    /// The layers make too many names.
    #[error(
        "layer {layer}: {path:?} is one of more than {MAX_NAMES} names; split the image, jettison \
         reads no larger ones"
    )]
    TooManyNames {
        /// The layer, counted from 0.
        layer: u32,
        /// The path of the entry.
        path: String,
    },
    /// The root itself is given as something that is no directory.
    #[error(
        "layer {layer}: entry {entry} makes the root something else than a directory; no runtime \
         unpacks this layer, build the image again"
    )]
    RootNotADirectory {
        /// The layer, counted from 0.
        layer: u32,
        /// The entry, counted from 0.
        entry: u32,
    },
}

/// Something odd about an entry that does not keep the layers from making a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The entry.
    pub at: EntryRef,
    /// What is odd.
    pub kind: ProblemKind,
}

/// What is odd about an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProblemKind {
    /// The target is in no layer so far; the name was left out.
    #[error("a hard link to a path that is not there; the name is left out")]
    LinkTargetMissing,
    /// The target is a directory; the name was left out.
    #[error("a hard link to a directory; the name is left out")]
    LinkToDirectory,
    /// The target is in a lower layer. Docker and containerd refuse the layer.
    #[error("a hard link to a file of a lower layer, which Docker refuses")]
    LinkAcrossLayers,
    /// The target comes later in the layer. Docker and containerd refuse the layer.
    #[error("a hard link to a file that comes later in the layer, which Docker refuses")]
    LinkForward,
    /// A later entry of the layer has the same path. Docker refuses the layer.
    #[error("the path occurs again later in the layer, which Docker refuses")]
    Duplicate,
    /// The layer hides a path of lower layers and makes a directory there. The specification and
    /// this crate show the new directory alone; Docker, podman and containerd let what the lower
    /// one holds show through.
    #[error("a whiteout beside a directory of the same name, which Docker takes for no whiteout")]
    WhiteoutOfOwnDirectory,
    /// A global PAX header gives the entry metadata. Docker and containerd ignore such headers;
    /// POSIX, and so this crate, does not.
    #[error("a global PAX header describes the entry, which Docker ignores")]
    GlobalHeader,
}

/// Lays the layer below `upper` over the tree below `lower`, as overlayfs shows the two.
pub(crate) fn overlay(draft: &mut Draft, lower: u32, upper: u32) {
    let mut todo = vec![(lower, upper)];
    while let Some((lower, upper)) = todo.pop() {
        let above = draft.take_directory(upper);
        draft.merge_directory(lower, upper, above.merged);
        if above.opaque.is_some() {
            let hidden = std::mem::take(&mut draft.directory_mut(lower).children);
            for child in hidden.into_values() {
                draft.hide(child, above.opaque);
            }
        }
        for (name, &at) in &above.whiteouts {
            let hidden = draft.directory_mut(lower).children.remove(name);
            if let Some(child) = hidden {
                draft.hide(child, Some(at));
            }
            let own = above.children.get(name);
            if hidden.is_some() && own.is_some_and(|&own| draft.is_directory(own)) {
                draft.problems.push(Problem { at, kind: ProblemKind::WhiteoutOfOwnDirectory });
            }
        }
        for (name, child) in above.children {
            match draft.child(lower, name) {
                Some(old) if draft.is_directory(old) && draft.is_directory(child) => {
                    todo.push((old, child));
                }
                old => {
                    if let Some(old) = old {
                        draft.hide(old, draft.maker(child));
                    }
                    draft.insert(lower, name, child);
                }
            }
        }
    }
}
