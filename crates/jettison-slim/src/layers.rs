//! The layers of the slim image: filtered, spooled, indexed again, and compressed while they are tried.

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use jettison_image::{MediaKind, ReadAt, Reader};
use jettison_keep::KeepSet;
use jettison_rootfs::{
    LayerFilter, LayerIndex, LayerPlan, LayerSource, Limits, PathId, Tree, WriteError,
};
use jettison_transport::{CompressOptions, Compression, Image, NewLayer, compress_layer};
use thiserror::Error;

use crate::{
    request::{Layering, Request},
    spooled::Spooled,
};

/// Why the slim image's layers could not be written.
#[derive(Debug, Error)]
pub enum LayerError {
    /// There is no place for them.
    #[error(
        "cannot write a temporary layer in {path}: {source}; name another directory with --work-dir"
    )]
    Spool {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A layer could not be filtered.
    #[error("cannot write the slim layers: {0}")]
    Write(#[from] WriteError),
    /// What was written does not read back. A defect of jettison.
    #[error(
        "the slim layers that were written do not read back ({0}); nothing was saved. Please report this with the image's Dockerfile"
    )]
    ReadBack(String),
    /// A layer could not be compressed.
    #[error("cannot compress a slim layer: {0}")]
    Compress(#[source] io::Error),
}

/// One layer of the slim image.
#[derive(Debug)]
struct Part {
    /// The layer of the fat image that it comes from; `None` for a flattened one.
    origin: Option<usize>,
    /// Its uncompressed tar.
    tar: Arc<dyn ReadAt>,
    /// As it is stored: known at once for an unchanged layer, otherwise once it is compressed.
    stored: Option<NewLayer>,
}

/// The layers of a slim image, and the tree that they make.
#[derive(Debug)]
pub(crate) struct SlimLayers {
    parts: Vec<Part>,
    tree: Arc<Tree>,
    compression: Compression,
    work_dir: PathBuf,
}

impl SlimLayers {
    /// Writes what is kept of every layer and reads it back.
    pub(crate) fn write(
        request: &Request,
        image: &Image,
        tree: &Tree,
        keep: &KeepSet,
    ) -> Result<Self, LayerError> {
        let work_dir = &request.run.work_dir;
        let is_kept = |path: PathId| keep.contains(path);
        let filter = LayerFilter::rewriting(tree, &is_kept, keep.rewrites.clone());
        let parts = match request.layering {
            Layering::Keep => filtered(image, &filter, request)?,
            Layering::Flatten => {
                let tar = spool(work_dir, |out| filter.flatten(out))?;
                vec![Part { origin: None, tar, stored: None }]
            }
        };
        let written = read_back(&parts)?;
        check(tree, keep, &written)?;
        let work_dir = work_dir.clone();
        Ok(Self { parts, tree: Arc::new(written), compression: request.compression, work_dir })
    }

    /// The tree that the written layers make.
    pub(crate) const fn tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    /// How many layers there are.
    pub(crate) fn count(&self) -> usize {
        self.parts.len()
    }

    /// Uncompressed bytes of all layers.
    pub(crate) fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.tar.len()).sum()
    }

    /// Bytes of all layers as they are stored.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.stored().map(|(_, layer)| layer.descriptor.size).sum()
    }

    /// Every layer as it is stored, with the layer of the fat image that it comes from.
    pub(crate) fn stored(&self) -> impl Iterator<Item = (Option<usize>, &NewLayer)> {
        self.parts.iter().filter_map(|part| Some((part.origin, part.stored.as_ref()?)))
    }

    /// Does `work` on the tree while another thread compresses the layers.
    pub(crate) fn while_compressing<T>(
        &mut self,
        work: impl FnOnce(&Arc<Tree>) -> T,
    ) -> Result<T, LayerError> {
        let options = CompressOptions::new(self.compression, &self.work_dir);
        let (tree, parts) = (&self.tree, &mut self.parts);
        let (done, compressed) = thread::scope(|scope| {
            let worker = scope.spawn(move || {
                parts.iter_mut().filter(|part| part.stored.is_none()).try_for_each(|part| {
                    let layer = compress_layer(&mut Reader::new(&part.tar), &options)?;
                    part.stored = Some(layer.into());
                    Ok(())
                })
            });
            let done = work(tree);
            (done, worker.join().expect("compression does not panic"))
        });
        compressed.map_err(LayerError::Compress)?;
        Ok(done)
    }
}

/// Filters every layer. One that keeps everything stays as it is, and with it its digest.
fn filtered(
    image: &Image,
    filter: &LayerFilter<'_>,
    request: &Request,
) -> Result<Vec<Part>, LayerError> {
    let mut parts = Vec::new();
    for (at, layer) in image.layers.iter().enumerate() {
        let origin = Some(at);
        match filter.plan(at) {
            LayerPlan::Empty => {}
            LayerPlan::Unchanged => {
                let stored = Some(NewLayer::from(layer));
                let stored = stored.filter(|layer| is_stored_as(layer, request.compression));
                parts.push(Part { origin, tar: Arc::clone(&layer.tar), stored });
            }
            LayerPlan::Filtered { .. } => {
                let tar = spool(&request.run.work_dir, |out| filter.write(at, out))?;
                parts.push(Part { origin, tar, stored: None });
            }
        }
    }
    Ok(parts)
}

/// Whether a layer's blob is in the wanted form already.
fn is_stored_as(layer: &NewLayer, compression: Compression) -> bool {
    MediaKind::of(&layer.descriptor.media_type) == MediaKind::Layer(compression)
}

/// Writes to a file without a name, which goes with the process however that ends.
fn spool(
    work_dir: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), WriteError>,
) -> Result<Arc<dyn ReadAt>, LayerError> {
    let failed = |source| LayerError::Spool { path: work_dir.to_owned(), source };
    let mut out =
        BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(work_dir).map_err(failed)?);
    write(&mut out)?;
    let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
    Ok(Arc::new(Spooled::new(file).map_err(failed)?))
}

fn read_back(parts: &[Part]) -> Result<Tree, LayerError> {
    let layers = parts.iter().map(|part| {
        let index = LayerIndex::read(&part.tar, &Limits::DEFAULT)
            .map_err(|error| LayerError::ReadBack(error.to_string()))?;
        Ok(LayerSource { blob: Arc::clone(&part.tar), index: Arc::new(index) })
    });
    let layers = layers.collect::<Result<Vec<_>, LayerError>>()?;
    Tree::merge(layers).map_err(|error| LayerError::ReadBack(error.to_string()))
}

/// Holds what was written against what was decided: the same names, each with the metadata of the fat image.
fn check(fat: &Tree, keep: &KeepSet, slim: &Tree) -> Result<(), LayerError> {
    let wrong = |path: &[u8], what: &str| {
        LayerError::ReadBack(format!("{}: {what}", String::from_utf8_lossy(path)))
    };
    for (path, _) in keep.iter() {
        let name = fat.path(path);
        let found = slim.find(&name).ok_or_else(|| wrong(&name, "it is missing"))?;
        let (was, is) = (fat.inode(path), slim.inode(found));
        let size = keep.rewrites.get(&path).map_or(was.size, |bytes| bytes.len() as u64);
        let is_same = was.kind == is.kind && size == is.size && was.target == is.target;
        // Runtimes make the root themselves: a layer need not list it.
        let is_root = path == fat.root();
        let is_as_it_was = is_same && was.meta() == is.meta();
        if !is_as_it_was && !is_root {
            return Err(wrong(&name, "its kind, size or metadata changed"));
        }
    }
    if slim.len() != keep.len() {
        let extra = slim.iter().map(|path| slim.path(path));
        let extra =
            extra.into_iter().find(|name| fat.find(name).is_none_or(|path| !keep.contains(path)));
        return Err(wrong(&extra.unwrap_or_default(), "it was not to be kept"));
    }
    Ok(())
}
