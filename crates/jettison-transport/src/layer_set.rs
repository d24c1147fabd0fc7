//! All layers of an image, verified in parallel.

use std::{
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use crate::{
    LayerError, OpenError, OpenOptions, Progress,
    image::Layer,
    layer_cache::LayerCache,
    stored_layer::{Inflater, StoredLayer},
};

/// A layer and what messages call it.
#[derive(Debug, Clone)]
pub(crate) struct NamedLayer {
    /// The member of the archive, or the digest.
    pub(crate) name: String,
    pub(crate) stored: StoredLayer,
}

/// Loads every layer. Of several errors, that of the lowest layer is returned.
pub(crate) fn load_layers(
    path: &Path,
    named: &[NamedLayer],
    options: &OpenOptions,
) -> Result<Vec<Layer>, OpenError> {
    let cache = options.cache_dir.as_deref().map(LayerCache::open).transpose()?;
    let inflater =
        Inflater { work_dir: &options.work_dir, cache: cache.as_ref(), limits: &options.limits };
    let firsts = first_occurrences(named);
    let mut queue: Vec<usize> = (0..named.len()).filter(|index| firsts[*index] == *index).collect();
    // The largest first, so that none is begun when the others are done.
    queue.sort_by_key(|index| std::cmp::Reverse(named[*index].stored.content.len()));
    let work = Work {
        named,
        inflater,
        options,
        queue,
        next: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
        results: Mutex::new(named.iter().map(|_| None).collect()),
    };
    std::thread::scope(|scope| {
        let threads = options.threads().min(work.queue.len());
        for _ in 1..threads {
            scope.spawn(|| work.run());
        }
        work.run();
    });
    let mut results = work.results.into_inner().expect("no worker panics while it holds the lock");
    let failed = results.iter_mut().enumerate().find_map(|(index, result)| match result.take() {
        Some(Err(source)) => Some((index, source)),
        kept => {
            *result = kept;
            None
        }
    });
    if let Some((index, source)) = failed {
        let (path, name) = (path.to_owned(), named[index].name.clone());
        return Err(OpenError::Layer { path, index, layers: named.len(), name, source });
    }
    let layer = |first: usize| match &results[first] {
        Some(Ok(layer)) => layer.clone(),
        _ => unreachable!("every first occurrence was loaded or the error returned"),
    };
    Ok(firsts.into_iter().map(layer).collect())
}

/// For each layer, the first one with the same bytes: images repeat the empty layer, for example.
fn first_occurrences(named: &[NamedLayer]) -> Vec<usize> {
    let key = |layer: &NamedLayer| {
        let digest = layer.stored.descriptor.as_ref().map(|descriptor| descriptor.digest.clone());
        (layer.stored.diff_id.clone(), digest, layer.stored.content.len())
    };
    let keys: Vec<_> = named.iter().map(key).collect();
    let first = |index: usize| keys.iter().position(|key| *key == keys[index]).unwrap_or(index);
    (0..keys.len()).map(first).collect()
}

struct Work<'a> {
    named: &'a [NamedLayer],
    inflater: Inflater<'a>,
    options: &'a OpenOptions,
    queue: Vec<usize>,
    next: AtomicUsize,
    failed: AtomicBool,
    results: Mutex<Vec<Option<Result<Layer, LayerError>>>>,
}

impl Work<'_> {
    fn run(&self) {
        while let Some(index) = self.queue.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.failed.load(Ordering::Relaxed) {
                return;
            }
            let result = self.load(*index);
            self.failed.fetch_or(result.is_err(), Ordering::Relaxed);
            let mut results = self.results.lock().expect("no worker panics while it holds it");
            results[*index] = Some(result);
        }
    }

    fn load(&self, index: usize) -> Result<Layer, LayerError> {
        let stored = &self.named[index].stored;
        let mut read = 0;
        let (layers, size) = (self.named.len(), stored.content.len());
        self.inflater.load(stored, &mut |more| {
            read += more;
            self.options.report(Progress { layer: index, layers, read, size });
        })
    }
}
