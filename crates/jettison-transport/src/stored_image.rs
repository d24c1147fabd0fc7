//! One image as its source holds it: nothing hashed, nothing inflated.

use std::{path::PathBuf, sync::Arc};

use jettison_image::{Compression, Descriptor, Digest, ImageConfig, Manifest, ReadAt, Reference};

use crate::{
    Image, Layer, LayerError, OpenError, OpenOptions, Progress,
    compression_magic::Magic,
    inflater::{Inflater, Unverified},
    layer_set::{LayerSet, load_layers},
    streamed_files::Spooled,
};

/// An image that was found but not read: [`Self::verify`] makes an [`Image`] of it.
///
/// Documents (manifest, config) were read, and checked where their digest is known. Of the layers, only
/// the presence and the size.
#[derive(Debug, Clone)]
pub struct StoredImage {
    /// Where it came from, as a person would write it.
    pub source_name: String,
    /// The file or directory, for messages.
    pub path: PathBuf,
    /// Its names.
    pub tags: Vec<Reference>,
    /// Its manifest; archives of older engines and root file systems have none.
    pub manifest: Option<StoredManifest>,
    /// Its config.
    pub config: ImageConfig,
    /// The config's bytes as they are.
    pub config_bytes: Vec<u8>,
    /// Their digest: the image id.
    pub config_digest: Digest,
    /// Its layers, lowest first; as many as `config.rootfs.diff_ids`.
    pub layers: Vec<StoredLayer>,
    /// What a person should know: sentences without a final full stop.
    pub warnings: Vec<String>,
}

/// A manifest with its bytes.
#[derive(Debug, Clone)]
pub struct StoredManifest {
    /// Media type, digest and size.
    pub descriptor: Descriptor,
    /// The bytes as they are.
    pub bytes: Vec<u8>,
    /// What they say.
    pub manifest: Manifest,
}

/// A layer as its source holds it.
#[derive(Debug, Clone)]
pub struct StoredLayer {
    /// What messages call it: the member of the archive, or the digest.
    pub name: String,
    /// What the digest of its tar must be, by the config.
    pub diff_id: Digest,
    /// What the manifest says of `content`, if there is a manifest.
    pub descriptor: Option<Descriptor>,
    /// The bytes as they are stored, compressed or not.
    pub content: Arc<dyn ReadAt>,
    /// The layer itself, where finding it meant to read it: a root file system, a stream.
    pub(crate) verified: Option<Layer>,
    /// `content` as a file that may be given a name.
    pub(crate) spooled: Option<Arc<Spooled>>,
}

impl StoredImage {
    /// Verifies every layer, and inflates what is compressed.
    pub fn verify(self, options: &OpenOptions) -> Result<Image, OpenError> {
        let layers = load_layers(&self.path, &self.layers, options)?;
        Ok(self.with(layers))
    }

    /// As [`Self::verify`], but leaves for later what can be read without being verified: layers that lie there
    /// uncompressed. Nothing that is made of them may be used before [`Unhashed::verify`] has found them sound.
    pub fn verify_later(self, options: &OpenOptions) -> Result<(Image, Unhashed), OpenError> {
        let mut now = self.layers.clone();
        for layer in now.iter_mut().filter(|layer| layer.is_to_be_hashed()) {
            let (diff_id, tar) = (layer.diff_id.clone(), layer.content.clone());
            layer.verified = Some(Layer { diff_id, tar, blob: None });
        }
        let layers = load_layers(&self.path, &now, options)?;
        let mut later = self.layers.clone();
        for (layer, loaded) in
            later.iter_mut().zip(&layers).filter(|(layer, _)| !layer.is_to_be_hashed())
        {
            layer.verified = Some(loaded.clone());
        }
        let unhashed = Unhashed { layers: LayerSet::new(&self.path, later, options) };
        Ok((self.with(layers), unhashed))
    }

    fn with(self, layers: Vec<Layer>) -> Image {
        Image {
            source_name: self.source_name,
            tags: self.tags,
            manifest: self.manifest.map(|manifest| manifest.manifest),
            config: self.config,
            config_bytes: self.config_bytes,
            config_digest: self.config_digest,
            layers,
            warnings: self.warnings,
        }
    }
}

/// Layers whose digests are still to be compared, see [`StoredImage::verify_later`].
#[derive(Debug)]
pub struct Unhashed {
    layers: LayerSet,
}

impl Unhashed {
    /// Reads one after the other until none is left. Any number of threads may do so at once.
    pub fn hash(&self) {
        self.layers.work();
    }

    /// Reads what is left, and says whether all of them are sound.
    pub fn verify(self) -> Result<(), OpenError> {
        self.layers.finish().map(drop)
    }
}

impl StoredLayer {
    /// Verifies this layer alone and makes its tar readable.
    ///
    /// Of `options`, the cache, the directory for temporary files, the limits and the progress callback
    /// count.
    pub fn verify(&self, options: &OpenOptions) -> Result<Layer, LayerError> {
        let (size, mut read) = (self.content.len(), 0);
        let inflater = Inflater {
            work_dir: &options.work_dir,
            cache: options.cache.as_ref(),
            limits: &options.limits,
        };
        self.load(&inflater, &mut |more| {
            read += more;
            options.report(Progress { layer: 0, layers: 1, read, size });
        })
    }

    /// How `content` is compressed, by its first bytes; what the manifest says may be wrong.
    pub fn compression(&self) -> Result<Compression, LayerError> {
        match Magic::of(&self.content).map_err(LayerError::Read)? {
            Magic::Known(compression) => Ok(compression),
            Magic::Unsupported(format) => Err(LayerError::Compression { format }),
        }
    }

    /// Media type, digest and size of `content`, as a new manifest would have them.
    ///
    /// Without a descriptor, an uncompressed layer's digest is its diff-id, which is not checked here; a
    /// compressed one is hashed.
    pub fn descriptor(&self) -> Result<Descriptor, LayerError> {
        if let Some(blob) = self.verified.as_ref().and_then(|layer| layer.blob.as_ref()) {
            return Ok(blob.descriptor.clone());
        }
        let known = self.descriptor.as_ref();
        if let Some(known) = known.filter(|known| !known.media_type.is_empty()) {
            return Ok(known.clone());
        }
        let compression = self.compression()?;
        let digest = match known {
            Some(known) => known.digest.clone(),
            None if compression == Compression::None => self.diff_id.clone(),
            None => {
                crate::hashing::digest_of(&self.content, &mut |_| {}).map_err(LayerError::Read)?
            }
        };
        Ok(Descriptor::new(compression.oci_layer(), digest, self.content.len()))
    }

    pub(crate) fn load(
        &self,
        inflater: &Inflater<'_>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Layer, LayerError> {
        if let Some(layer) = &self.verified {
            progress(self.content.len());
            return Ok(layer.clone());
        }
        inflater.load(&self.unverified(), progress)
    }

    /// Whether hashing its bytes as they are stored is all that is to be done.
    pub(crate) fn is_to_be_hashed(&self) -> bool {
        self.verified.is_none() && matches!(self.compression(), Ok(Compression::None))
    }

    pub(crate) fn unverified(&self) -> Unverified {
        Unverified {
            diff_id: Some(self.diff_id.clone()),
            descriptor: self.descriptor.clone(),
            content: self.content.clone(),
        }
    }
}

/// A layer that was read already.
impl From<Layer> for StoredLayer {
    fn from(layer: Layer) -> Self {
        let blob = layer.blob.as_ref();
        Self {
            name: layer.diff_id.to_string(),
            diff_id: layer.diff_id.clone(),
            descriptor: blob.map(|blob| blob.descriptor.clone()),
            content: blob.map_or_else(|| layer.tar.clone(), |blob| blob.content.clone()),
            verified: Some(layer),
            spooled: None,
        }
    }
}
