//! An image of a registry whose documents are read now and whose layers are fetched when they are first read.

use std::{
    fmt, io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use jettison_image::{Descriptor, ImageConfig, MAX_CONFIG, Manifest, ReadAt, Reference};

use crate::{
    FileBlob, OpenError, OpenOptions, StoredImage, StoredLayer, StoredManifest,
    copy::{self, BlobRole, BlobTransfer, CopyError, ImageSource},
    named_places,
};

/// Finds an image in its registry: manifest and config are fetched and checked, layers are not. Each is fetched whole, to
/// an unnamed file in the work directory, when its bytes are first asked for; whoever has an index of it asks for none.
pub fn peek(name: &Reference, options: &OpenOptions) -> Result<StoredImage, OpenError> {
    let source: Arc<dyn ImageSource> = Arc::from(named_places::registry(name, options)?);
    let document = copy::image_document(source.as_ref(), options.platform.as_ref())?;
    let broken = |digest: &jettison_image::Digest, error| CopyError::Document {
        name: source.name(),
        digest: digest.clone(),
        source: error,
    };
    let manifest = Manifest::from_slice(&document.bytes)
        .map_err(|error| broken(&document.descriptor.digest, error))?;
    let described = &manifest.config;
    let config_bytes = copy::read_blob(source.as_ref(), described, MAX_CONFIG)
        .map_err(|error| OpenError::Registry { image: source.name(), source: error })?;
    let config =
        ImageConfig::from_slice(&config_bytes).map_err(|error| broken(&described.digest, error))?;
    let path = PathBuf::from(source.name());
    let (layers, diff_ids) = (manifest.layers.len(), config.rootfs.diff_ids.len());
    if layers != diff_ids {
        return Err(OpenError::LayerCount { path, layers, diff_ids });
    }
    let stored = manifest.layers.iter().zip(&config.rootfs.diff_ids);
    let stored: Vec<StoredLayer> = stored
        .map(|(descriptor, diff_id)| StoredLayer {
            name: descriptor.digest.to_string(),
            diff_id: diff_id.clone(),
            descriptor: Some(descriptor.clone()),
            content: Arc::new(LazyBlob {
                source: Arc::clone(&source),
                descriptor: descriptor.clone(),
                work_dir: options.work_dir.clone(),
                fetched: Mutex::new(None),
            }),
            verified: None,
            spooled: None,
        })
        .collect();
    Ok(StoredImage {
        source_name: source.name(),
        path,
        tags: source.tags(),
        config_digest: described.digest.clone(),
        config,
        config_bytes,
        layers: stored,
        manifest: Some(StoredManifest {
            descriptor: document.descriptor,
            bytes: document.bytes,
            manifest,
        }),
        warnings: Vec::new(),
    })
}

/// A blob that is fetched when it is first read.
struct LazyBlob {
    source: Arc<dyn ImageSource>,
    descriptor: Descriptor,
    work_dir: PathBuf,
    fetched: Mutex<Option<Arc<FileBlob>>>,
}

impl LazyBlob {
    fn file(&self) -> io::Result<Arc<FileBlob>> {
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &*fetched {
            return Ok(Arc::clone(file));
        }
        let mut file = tempfile::tempfile_in(&self.work_dir)?;
        let transfer = BlobTransfer::new(&*self.source, &self.descriptor, BlobRole::Layer, None);
        let mut transfer = transfer.map_err(io::Error::other)?;
        let size = io::copy(&mut transfer.open(0).map_err(io::Error::other)?, &mut file)?;
        let path = PathBuf::from(self.descriptor.digest.to_string());
        Ok(Arc::clone(fetched.insert(Arc::new(FileBlob::from_parts(file, path, size)))))
    }
}

impl ReadAt for LazyBlob {
    fn len(&self) -> u64 {
        self.descriptor.size
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.file()?.read_at(offset, buf)
    }
}

impl fmt::Debug for LazyBlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyBlob").field("digest", &self.descriptor.digest).finish_non_exhaustive()
    }
}
