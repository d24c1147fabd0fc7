//! All layers of an image, indexed several at a time.

use std::{
    num::NonZero,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use jettison_image::ReadAt;
use thiserror::Error;

use crate::{IndexError, LayerIndex, LayerSource, Limits};

/// A layer could not be indexed.
#[derive(Debug, Error)]
#[error("layer {}: {source}", layer + 1)]
pub struct LayerIndexError {
    /// Which one, counted from 0; messages count from 1, as people do.
    pub layer: usize,
    /// What is wrong with it.
    pub source: IndexError,
}

/// Indexes uncompressed layers, the lowest first, on as many threads as there are cores. Of several
/// errors that of the lowest layer is returned.
pub fn index_layers(
    blobs: &[Arc<dyn ReadAt>],
    limits: &Limits,
) -> Result<Vec<LayerSource>, LayerIndexError> {
    let next = AtomicUsize::new(0);
    let indexed = Mutex::new(blobs.iter().map(|_| None).collect::<Vec<_>>());
    let work = || {
        loop {
            let layer = next.fetch_add(1, Ordering::Relaxed);
            let Some(blob) = blobs.get(layer) else { return };
            let index = LayerIndex::read(blob, limits);
            indexed.lock().expect("no worker panics while it holds it")[layer] = Some(index);
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(blobs.len());
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let indexed = indexed.into_inner().expect("no worker panics while it holds it");
    let layers = indexed.into_iter().zip(blobs).enumerate().map(|(layer, (index, blob))| {
        let index = index.expect("each layer was taken by a worker");
        let index = index.map_err(|source| LayerIndexError { layer, source })?;
        Ok(LayerSource { blob: Arc::clone(blob), index: Arc::new(index) })
    });
    layers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::TreeBuilder;

    #[test]
    fn the_lowest_error_is_told_and_layers_keep_their_order() {
        let mut builder = TreeBuilder::new();
        for number in 0..20 {
            builder = builder.file(&format!("/{number}"), 0o644, b"").layer();
        }
        let mut blobs: Vec<Arc<dyn ReadAt>> = Vec::new();
        blobs.extend(builder.blobs().into_iter().map(|blob| Arc::new(blob) as Arc<dyn ReadAt>));
        let layers = index_layers(&blobs, &Limits::DEFAULT).expect("fixtures are valid tars");
        for (number, layer) in layers[..20].iter().enumerate() {
            assert_eq!(&*layer.index.entries()[0].path, number.to_string().as_bytes());
        }
        for broken in [17, 5] {
            blobs[broken] = Arc::new(vec![1; 700]);
        }
        let error = index_layers(&blobs, &Limits::DEFAULT).expect_err("two are no tars");
        assert_eq!(error.layer, 5);
        assert!(error.to_string().starts_with("layer 6: "), "{error}");
        assert!(index_layers(&[], &Limits::DEFAULT).expect("nothing to read").is_empty());
    }
}
