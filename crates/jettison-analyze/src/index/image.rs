//! All layers of an image, indexed in parallel or taken from the cache, and laid over one another.

use std::{
    fmt,
    num::NonZero,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use jettison_rootfs::{Fate, MergeError, PathId, Tree};
use jettison_transport::InflateLimits;

use super::{
    cache::{CacheError, IndexCache},
    layer_pass::{LayerInput, PassError, PassOptions, read_layer},
    record::{LayerRecord, Packed},
};
use crate::secrets::SecretScanner;

/// How far indexing has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexProgress {
    /// The layer that is done now, from 0.
    pub layer: usize,
    /// How many there are.
    pub layers: usize,
    /// Whether it came from the cache.
    pub is_cached: bool,
}

/// Is told of progress, from several threads.
pub type IndexProgressFn = Arc<dyn Fn(IndexProgress) + Send + Sync>;

/// How an image is indexed.
#[derive(Clone, Default)]
pub struct IndexOptions {
    /// Where records are kept from run to run; `None` keeps none.
    pub cache: Option<IndexCache>,
    /// How many layers are read at once; `None` is one per core.
    pub parallelism: Option<NonZero<usize>>,
    /// How far compressed layers may grow.
    pub limits: InflateLimits,
    /// Is told of progress.
    pub progress: Option<IndexProgressFn>,
}

impl fmt::Debug for IndexOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cache, parallelism, limits, progress } = self;
        f.debug_struct("IndexOptions")
            .field("cache", cache)
            .field("parallelism", parallelism)
            .field("limits", limits)
            .field("progress", &progress.is_some())
            .finish()
    }
}

/// Why an image could not be indexed.
#[derive(Debug, thiserror::Error)]
pub enum ImageIndexError {
    /// A layer could not be read.
    #[error("layer {} of {layers}: {source}", .index + 1)]
    Layer {
        /// Which, from 0.
        index: usize,
        /// How many there are.
        layers: usize,
        /// Why.
        source: PassError,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The layers make no tree.
    #[error(transparent)]
    Merge(#[from] MergeError),
}

/// What is known of an image without its layers' bytes.
#[derive(Debug)]
pub struct ImageIndex {
    /// The layers, the lowest first.
    pub layers: Vec<Arc<LayerRecord>>,
    /// What they show together. Only databases of packages and files of accounts can be read from it.
    pub tree: Tree,
}

impl ImageIndex {
    /// Reads each layer that the cache does not know, once, and lays all over one another.
    pub fn build(inputs: &[LayerInput], options: &IndexOptions) -> Result<Self, ImageIndexError> {
        let layers = records(inputs, options)?;
        let tree = Tree::merge(layers.iter().map(|layer| layer.source()).collect())?;
        Ok(Self { layers, tree })
    }

    /// Packages inside of files that the tree shows: the name of the file, its layer, and what lies in it.
    pub fn packed(&self) -> impl Iterator<Item = (PathId, usize, &Packed)> {
        self.layers.iter().enumerate().flat_map(|(layer, record)| {
            let fates = self.tree.fates(layer);
            record.packed.iter().filter_map(move |packed| match fates[packed.entry as usize] {
                Fate::Visible(path) => Some((path, layer, packed)),
                _ => None,
            })
        })
    }

    /// Bytes of all layers, uncompressed.
    pub fn tar_bytes(&self) -> u64 {
        self.layers.iter().map(|layer| layer.tar_bytes).sum()
    }
}

type Slot = Option<Result<Arc<LayerRecord>, ImageIndexError>>;

struct Work<'a> {
    inputs: &'a [LayerInput],
    options: &'a IndexOptions,
    scanner: SecretScanner,
    queue: Vec<usize>,
    next: AtomicUsize,
    has_failed: AtomicBool,
    slots: Mutex<Vec<Slot>>,
}

fn records(
    inputs: &[LayerInput],
    options: &IndexOptions,
) -> Result<Vec<Arc<LayerRecord>>, ImageIndexError> {
    let firsts: Vec<usize> = (0..inputs.len()).map(|at| first_like(inputs, at)).collect();
    let mut queue: Vec<usize> = (0..inputs.len()).filter(|at| firsts[*at] == *at).collect();
    // The largest first, so that none is begun when the others are done.
    queue.sort_by_key(|at| std::cmp::Reverse(inputs[*at].content.len()));
    let work = Work {
        inputs,
        options,
        scanner: SecretScanner::new(),
        queue,
        next: AtomicUsize::new(0),
        has_failed: AtomicBool::new(false),
        slots: Mutex::new(inputs.iter().map(|_| None).collect()),
    };
    let cores = options.parallelism.or_else(|| std::thread::available_parallelism().ok());
    let threads = cores.map_or(1, NonZero::get).min(work.queue.len());
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| work.run());
        }
        work.run();
    });
    let mut slots = work.slots.into_inner().expect("no worker panics while it holds the lock");
    // Of several errors, that of the lowest layer.
    if let Some(failed) = slots.iter_mut().find(|slot| matches!(slot, Some(Err(_)))) {
        let Some(Err(error)) = failed.take() else { unreachable!("it was just matched") };
        return Err(error);
    }
    let record = |first: usize| match &slots[first] {
        Some(Ok(record)) => Arc::clone(record),
        _ => unreachable!("every first occurrence was read or the error returned"),
    };
    Ok(firsts.into_iter().map(record).collect())
}

/// The first layer with the same bytes: images repeat the empty layer, for example.
fn first_like(inputs: &[LayerInput], at: usize) -> usize {
    let wanted = &inputs[at].diff_id;
    let same = |input: &LayerInput| wanted.is_some() && input.diff_id == *wanted;
    inputs[..at].iter().position(same).unwrap_or(at)
}

impl Work<'_> {
    fn run(&self) {
        while let Some(&at) = self.queue.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.has_failed.load(Ordering::Relaxed) {
                return;
            }
            let result = self.record(at);
            self.has_failed.fetch_or(result.is_err(), Ordering::Relaxed);
            let mut slots = self.slots.lock().expect("no worker panics while it holds it");
            slots[at] = Some(result.map(Arc::new));
        }
    }

    fn record(&self, at: usize) -> Result<LayerRecord, ImageIndexError> {
        let input = &self.inputs[at];
        let cache = self.options.cache.as_ref();
        if let (Some(cache), Some(diff_id)) = (cache, &input.diff_id)
            && let Some(record) = cache.get(diff_id)?
        {
            self.report(at, true);
            return Ok(record);
        }
        let options = PassOptions { limits: &self.options.limits, scanner: &self.scanner };
        let layers = self.inputs.len();
        let record = read_layer(input, &options).map_err(|source| ImageIndexError::Layer {
            index: at,
            layers,
            source,
        })?;
        if let Some(cache) = cache {
            cache.put(&record)?;
        }
        self.report(at, false);
        Ok(record)
    }

    fn report(&self, layer: usize, is_cached: bool) {
        if let Some(tell) = &self.options.progress {
            tell(IndexProgress { layer, layers: self.inputs.len(), is_cached });
        }
    }
}
