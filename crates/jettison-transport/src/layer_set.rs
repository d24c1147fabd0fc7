//! All layers of an image, verified in parallel.

use std::{
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use crate::{
    LayerError, OpenError, OpenOptions, Progress, image::Layer, inflater::Inflater,
    stored_image::StoredLayer,
};

/// Loads every layer. Of several errors, that of the lowest layer is returned.
pub(crate) fn load_layers(
    path: &Path,
    stored: &[StoredLayer],
    options: &OpenOptions,
) -> Result<Vec<Layer>, OpenError> {
    let inflater = Inflater {
        work_dir: &options.work_dir,
        cache: options.cache.as_ref(),
        limits: &options.limits,
    };
    let firsts = first_occurrences(stored);
    let mut queue: Vec<usize> =
        (0..stored.len()).filter(|index| firsts[*index] == *index).collect();
    // The largest first, so that none is begun when the others are done.
    queue.sort_by_key(|index| std::cmp::Reverse(stored[*index].content.len()));
    let work = Work {
        stored,
        inflater,
        options,
        queue,
        next: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
        results: Mutex::new(stored.iter().map(|_| None).collect()),
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
        let (path, name) = (path.to_owned(), stored[index].name.clone());
        return Err(OpenError::Layer { path, index, layers: stored.len(), name, source });
    }
    let layer = |first: usize| match &results[first] {
        Some(Ok(layer)) => layer.clone(),
        _ => unreachable!("every first occurrence was loaded or the error returned"),
    };
    Ok(firsts.into_iter().map(layer).collect())
}

/// For each layer, the first one with the same bytes: images repeat the empty layer, for example.
fn first_occurrences(stored: &[StoredLayer]) -> Vec<usize> {
    let key = |layer: &StoredLayer| {
        let digest = layer.descriptor.as_ref().map(|descriptor| descriptor.digest.clone());
        (layer.diff_id.clone(), digest, layer.content.len())
    };
    let keys: Vec<_> = stored.iter().map(key).collect();
    let first = |index: usize| keys.iter().position(|key| *key == keys[index]).unwrap_or(index);
    (0..keys.len()).map(first).collect()
}

struct Work<'a> {
    stored: &'a [StoredLayer],
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
        let stored = &self.stored[index];
        let mut read = 0;
        let (layers, size) = (self.stored.len(), stored.content.len());
        stored.load(&self.inflater, &mut |more| {
            read += more;
            self.options.report(Progress { layer: index, layers, read, size });
        })
    }
}
