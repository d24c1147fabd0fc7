//! All layers of an image, verified in parallel.

use std::{
    cmp::Reverse,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use crate::{
    LayerError, OpenError, OpenOptions, Progress, hashing::digests_of_two, image::Layer,
    inflater::Inflater, stored_image::StoredLayer,
};

/// Loads every layer.
pub(crate) fn load_layers(
    path: &Path,
    stored: &[StoredLayer],
    options: &OpenOptions,
) -> Result<Vec<Layer>, OpenError> {
    let set = LayerSet::new(path, stored.to_vec(), options);
    std::thread::scope(|scope| {
        for _ in 1..options.threads().min(set.queue.len()) {
            scope.spawn(|| set.work());
        }
    });
    set.finish()
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

/// What a thread takes at a time: one layer, or two that are hashed side by side.
type Batch = Vec<usize>;

/// The largest first, so that none is begun when the others are done. Layers that are only to be hashed go in pairs if that
/// leaves enough for each thread.
fn queue(stored: &[StoredLayer], mut layers: Vec<usize>, threads: usize) -> Vec<Batch> {
    let size = |index: &usize| stored[*index].content.len();
    layers.sort_by_key(|index| Reverse(size(index)));
    let (plain, others): (Vec<usize>, Vec<usize>) =
        layers.into_iter().partition(|index| stored[*index].is_to_be_hashed());
    let pairs = (plain.len() / 2).min(plain.len().saturating_sub(threads));
    let (single, paired) = plain.split_at(plain.len() - 2 * pairs);
    let mut queue: Vec<Batch> = others.iter().chain(single).map(|index| vec![*index]).collect();
    queue.extend(paired.chunks_exact(2).map(<[usize]>::to_vec));
    queue.sort_by_key(|batch| Reverse(batch.iter().map(size).sum::<u64>()));
    queue
}

/// The layers of an image while they are loaded.
#[derive(Debug)]
pub(crate) struct LayerSet {
    path: PathBuf,
    stored: Vec<StoredLayer>,
    options: OpenOptions,
    /// See [`first_occurrences`].
    firsts: Vec<usize>,
    queue: Vec<Batch>,
    next: AtomicUsize,
    failed: AtomicBool,
    results: Mutex<Vec<Option<Result<Layer, LayerError>>>>,
}

impl LayerSet {
    /// Nothing is loaded yet.
    pub(crate) fn new(path: &Path, stored: Vec<StoredLayer>, options: &OpenOptions) -> Self {
        let firsts = first_occurrences(&stored);
        let different = (0..stored.len()).filter(|index| firsts[*index] == *index).collect();
        Self {
            path: path.to_owned(),
            firsts,
            queue: queue(&stored, different, options.threads()),
            next: AtomicUsize::new(0),
            failed: AtomicBool::new(false),
            results: Mutex::new(stored.iter().map(|_| None).collect()),
            stored,
            options: options.clone(),
        }
    }

    /// Loads one layer after the other until none is left. Any number of threads may do so at once.
    pub(crate) fn work(&self) {
        while let Some(batch) = self.queue.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.failed.load(Ordering::Relaxed) {
                return;
            }
            match batch[..] {
                [one, other] => self.load_two([one, other]),
                _ => batch.iter().for_each(|index| self.load(*index)),
            }
        }
    }

    /// Loads what is left and gives all of it. Of several errors, that of the lowest layer is returned.
    pub(crate) fn finish(self) -> Result<Vec<Layer>, OpenError> {
        self.work();
        let layers = self.stored.len();
        let mut results =
            self.results.into_inner().expect("no worker panics while it holds the lock");
        let failed = results.iter().position(|result| matches!(result, Some(Err(_))));
        if let Some(index) = failed
            && let Some(Err(source)) = results.swap_remove(index)
        {
            let name = self.stored[index].name.clone();
            return Err(OpenError::Layer { path: self.path, index, layers, name, source });
        }
        let layer = |first: usize| match &results[first] {
            Some(Ok(layer)) => layer.clone(),
            _ => unreachable!("every first occurrence was loaded or the error returned"),
        };
        Ok(self.firsts.into_iter().map(layer).collect())
    }

    fn load(&self, index: usize) {
        let inflater = Inflater {
            work_dir: &self.options.work_dir,
            cache: self.options.cache.as_ref(),
            limits: &self.options.limits,
        };
        let mut read = 0;
        let loaded = self.stored[index].load(&inflater, &mut |more| {
            read += more;
            self.report(index, read);
        });
        self.put(index, loaded);
    }

    /// Hashes two side by side. Where one of them cannot be read, it is tried alone and tells why.
    fn load_two(&self, indexes: [usize; 2]) {
        let blobs = indexes.map(|index| self.stored[index].content.as_ref());
        let mut read = [0; 2];
        let hashed = digests_of_two(blobs, &mut |at, more| {
            read[at] += more;
            self.report(indexes[at], read[at]);
        });
        let Ok(digests) = hashed else {
            return indexes.into_iter().for_each(|index| self.load(index));
        };
        for (index, digest) in indexes.into_iter().zip(digests) {
            self.put(index, self.stored[index].unverified().hashed(digest));
        }
    }

    fn report(&self, layer: usize, read: u64) {
        let (layers, size) = (self.stored.len(), self.stored[layer].content.len());
        self.options.report(Progress { layer, layers, read, size });
    }

    fn put(&self, index: usize, result: Result<Layer, LayerError>) {
        self.failed.fetch_or(result.is_err(), Ordering::Relaxed);
        let mut results = self.results.lock().expect("no worker panics while it holds it");
        results[index] = Some(result);
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, io, num::NonZero, sync::Arc};

    use jettison_image::{Digest, ReadAt};

    use super::*;

    /// Layers of different lengths, around what is read at a time when two are hashed side by side.
    fn layers(count: usize) -> Vec<StoredLayer> {
        let sizes = [1 << 19, (1 << 19) + 512, 1 << 20, 512, 3 << 19, (1 << 20) + 1, 1024];
        let layer = |(at, size): (usize, &usize)| {
            let bytes = vec![u8::try_from(at).expect("few layers"); *size];
            let diff_id = Digest::sha256(&bytes);
            let (name, content) = (format!("layer {at}"), Arc::new(bytes));
            let verified = None;
            StoredLayer { name, diff_id, descriptor: None, content, verified, spooled: None }
        };
        sizes.iter().enumerate().map(layer).take(count).collect()
    }

    fn options(threads: usize) -> OpenOptions {
        OpenOptions { parallelism: NonZero::new(threads), ..OpenOptions::new("/nonexistent") }
    }

    #[derive(Debug)]
    struct Broken(u64);

    impl ReadAt for Broken {
        fn len(&self) -> u64 {
            self.0
        }

        fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
            // The first bytes say how a layer is compressed.
            if offset + buf.len() as u64 > self.0 / 2 {
                return Err(io::Error::other("the disk broke"));
            }
            buf.fill(0);
            Ok(buf.len())
        }
    }

    #[test]
    fn layers_go_in_pairs_where_each_thread_has_enough() {
        let batches = |count: usize, threads| {
            let stored = layers(count);
            let queue = queue(&stored, (0..count).collect(), threads);
            queue.iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(batches(1, 1), [1]);
        assert_eq!(batches(2, 1), [2]);
        assert_eq!(batches(2, 2), [1, 1]);
        assert_eq!(batches(3, 2), [2, 1]);
        assert_eq!(batches(4, 2), [2, 2]);
        assert_eq!(batches(7, 4), [2, 1, 2, 2]);
        assert_eq!(batches(7, 8), [1; 7]);
    }

    #[test]
    fn alone_and_in_pairs_the_same_layers_are_found_sound() {
        for (count, threads) in (0..=7).flat_map(|count| [(count, 1), (count, 2), (count, 5)]) {
            let stored = layers(count);
            let read = Arc::new(Mutex::new(BTreeMap::new()));
            let mut options = options(threads);
            let told = Arc::clone(&read);
            options.progress = Some(Arc::new(move |progress| {
                assert!(progress.read <= progress.size);
                told.lock().expect("no panic").insert(progress.layer, progress.read);
            }));
            let loaded = load_layers(Path::new("image"), &stored, &options).expect("sound");
            for (at, layer) in stored.iter().enumerate() {
                assert_eq!(loaded[at].diff_id, layer.diff_id);
                assert_eq!(read.lock().expect("no panic")[&at], layer.content.len());
            }
        }
    }

    #[test]
    fn the_layer_that_is_damaged_or_unreadable_is_named() {
        for (threads, at) in (0..7).flat_map(|at| [(1, at), (2, at)]) {
            let mut stored = layers(7);
            stored[at].diff_id = Digest::sha256(b"another");
            let error = load_layers(Path::new("image"), &stored, &options(threads));
            let error = error.expect_err("damaged");
            assert!(matches!(&error, OpenError::Layer { index, .. } if *index == at), "{error}");
            let mut stored = layers(7);
            stored[at].content = Arc::new(Broken(1 << 20));
            let error = load_layers(Path::new("image"), &stored, &options(threads));
            let error = error.expect_err("broken").to_string();
            assert!(error.contains(&format!("layer {at}")), "{error}");
            assert!(error.contains("the disk broke"), "{error}");
        }
    }
}
