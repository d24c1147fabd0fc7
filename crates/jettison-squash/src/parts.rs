//! The layers of the new image: old ones as they are, new ones composed while they are read.

use std::{io, num::NonZero, ops::Range, sync::Arc, thread};

use jettison_image::{Compression, Descriptor, ReadAt, Reader, Sha256Hasher, media_type};
use jettison_rootfs::{Delta, LayerIndex, LayerSource, Limits, Tree, diff};
use jettison_transport::{
    ArchiveDraft, CompressOptions, Image, NewLayer, Unhashed, compress_layer,
};

use crate::{
    Error,
    history::Run,
    report::RunFacts,
    request::{Event, Events},
};

/// Bytes hashed at a time: large enough that calls do not count, small enough for a core's cache.
const CHUNK: usize = 1 << 20;

/// One layer of the new image.
#[derive(Debug)]
pub(crate) struct Part {
    /// The layers of the old image that are in it.
    pub(crate) layers: Range<usize>,
    /// How many entries it has.
    pub(crate) entries: usize,
    source: LayerSource,
    /// As it is stored: known at once for a layer that stays.
    stored: Option<NewLayer>,
}

/// The layers of the new image.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) all: Vec<Part>,
    /// What became one layer.
    pub(crate) runs: Vec<Run>,
    /// The same in figures.
    pub(crate) facts: Vec<RunFacts>,
}

impl Parts {
    /// Puts each of `runs`, sorted, into one layer. `tree` is that of all `layers`.
    pub(crate) fn compose(
        image: &Image,
        layers: &[LayerSource],
        tree: &Tree,
        runs: &[Range<usize>],
        events: Events<'_>,
    ) -> Result<Self, Error> {
        let mut new = Self { all: Vec::new(), runs: Vec::new(), facts: Vec::new() };
        let mut next = 0;
        for run in runs {
            new.keep(image, layers, next..run.start);
            events(Event::Squashing { first: run.start + 1, last: run.end });
            new.add(layers, tree, run)?;
            next = run.end;
        }
        new.keep(image, layers, next..layers.len());
        Ok(new)
    }

    fn keep(&mut self, image: &Image, layers: &[LayerSource], which: Range<usize>) {
        for at in which {
            self.all.push(Part {
                layers: at..at + 1,
                entries: layers[at].index.entries().len(),
                source: layers[at].clone(),
                stored: Some(NewLayer::from(&image.layers[at])),
            });
        }
    }

    fn add(
        &mut self,
        layers: &[LayerSource],
        tree: &Tree,
        run: &Range<usize>,
    ) -> Result<(), Error> {
        let lower = Tree::merge(layers[..run.start].to_vec())?;
        let below_others = (run.end < layers.len())
            .then(|| Tree::merge(layers[..run.end].to_vec()))
            .transpose()?;
        let delta = Delta::new(&lower, below_others.as_ref().unwrap_or(tree));
        // No engine takes an image without any layer.
        let is_all = run.len() == layers.len();
        let is_left = !delta.is_empty() || is_all;
        let composed = delta.compose();
        let size = |layer: &LayerSource| layer.blob.len();
        let count = |layer: &LayerSource| layer.index.entries().len();
        self.facts.push(RunFacts {
            first: run.start + 1,
            last: run.end,
            bytes_before: layers[run.clone()].iter().map(size).sum(),
            bytes_after: if is_left { composed.len() } else { 0 },
            entries_before: layers[run.clone()].iter().map(count).sum(),
            entries_after: delta.entries(),
            whiteouts: delta.marks(),
        });
        self.runs.push(Run { layers: run.clone(), is_left });
        if is_left {
            let index = LayerIndex::read(&composed, &Limits::DEFAULT)
                .map_err(|error| Error::ReadBack(error.to_string()))?;
            let source = LayerSource { blob: Arc::new(composed), index: Arc::new(index) };
            let (layers, entries) = (run.clone(), delta.entries());
            self.all.push(Part { layers, entries, source, stored: None });
        }
        Ok(())
    }

    /// Writes or compresses the new layers while the old ones are verified and the new tree is compared with the old one.
    pub(crate) fn finish(
        &mut self,
        tree: &Tree,
        form: &Form<'_>,
        old: Unhashed,
    ) -> Result<(), Error> {
        let stack: Vec<LayerSource> = self.all.iter().map(|part| part.source.clone()).collect();
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let (stored, compared) = thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut new = self.all.iter_mut().filter(|part| part.stored.is_none());
                let stored = new.try_for_each(|part| {
                    part.stored = Some(store(&part.source.blob, form)?);
                    Ok(())
                });
                old.hash();
                stored
            });
            // What is written is hashed by one thread, and the image is ready no sooner than that thread. Old layers can be
            // hashed by any number: they get what it leaves.
            for _ in 2..cores {
                scope.spawn(|| old.hash());
            }
            let compared = compare(tree, stack);
            old.hash();
            (writer.join().expect("writing and compressing do not panic"), compared)
        });
        // What is wrong with the old layers explains everything else.
        old.verify()?;
        compared?;
        stored
    }

    /// The layers as they are stored.
    pub(crate) fn stored(&self) -> impl Iterator<Item = &NewLayer> {
        let stored = |part: &'_ Part| part.stored.is_some();
        debug_assert!(self.all.iter().all(stored), "they are stored before they are asked for");
        self.all.iter().filter_map(|part| part.stored.as_ref())
    }

    /// Bytes of all layers, uncompressed.
    pub(crate) fn bytes(&self) -> u64 {
        self.all.iter().map(|part| part.source.blob.len()).sum()
    }
}

/// What becomes of a new layer.
#[derive(Debug)]
pub(crate) enum Form<'d> {
    /// It goes into an archive at once.
    Draft(&'d ArchiveDraft<'d>),
    /// It is made ready for any destination.
    Blob(CompressOptions),
}

fn store(tar: &Arc<dyn ReadAt>, form: &Form<'_>) -> Result<NewLayer, Error> {
    match form {
        Form::Draft(draft) => Ok(draft.layer(tar)?),
        Form::Blob(options) => blob(tar, options).map_err(Error::Compress),
    }
}

/// An uncompressed layer is stored as it is composed: it need not be written twice.
fn blob(tar: &Arc<dyn ReadAt>, options: &CompressOptions) -> io::Result<NewLayer> {
    if options.compression != Compression::None {
        return Ok(compress_layer(&mut Reader::new(tar), options)?.into());
    }
    let mut hasher = Sha256Hasher::new();
    let mut chunk = vec![0; CHUNK];
    let mut at = 0;
    while at < tar.len() {
        let read = tar.read_at(at, &mut chunk)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hasher.update(&chunk[..read]);
        at += read as u64;
    }
    let digest = hasher.finish();
    Ok(NewLayer {
        diff_id: digest.clone(),
        descriptor: Descriptor::new(media_type::OCI_LAYER, digest, tar.len()),
        content: Arc::clone(tar),
    })
}

/// Holds the new layers, as they read back, against the old tree: names, metadata and bytes.
fn compare(tree: &Tree, stack: Vec<LayerSource>) -> Result<(), Error> {
    let new = Tree::merge(stack).map_err(|error| Error::ReadBack(error.to_string()))?;
    let changes = diff(tree, &new)?;
    match changes.first() {
        None => Ok(()),
        Some(first) => Err(Error::Differs {
            path: String::from_utf8_lossy(&first.path).into_owned(),
            what: format!("{:?}", first.kind),
            others: changes.len() - 1,
        }),
    }
}
