//! A whole image from one place to another, with its layers in the form that the destination wants.

use jettison_image::{Compression, Descriptor, Manifest, ReadAt, Reader, Reference};

use crate::{
    CompressOptions, Destination, LayerError, OpenError, OpenOptions, SingleImage, Source,
    StoredImage, WriteError, compress_layer,
    copy::{self, Copied, CopyError, CopyOptions, ImageSource, Platforms},
    engine::Engine,
    open::{locate, open_source},
    open_destination::{open_destination, open_named},
    resolve,
    single_image::Parts,
};

/// How an image is transferred.
#[derive(Debug, Clone)]
pub struct TransferOptions {
    /// How the source is opened, and where places are. Its platform is not used; [`Self::copy`] has one.
    pub open: OpenOptions,
    /// What is copied of it.
    pub copy: CopyOptions,
    /// Layers are all compressed so. Without it they stay as they are; only what comes uncompressed and
    /// without a manifest of its own (from an engine, an archive of one, a root file system) is compressed
    /// with gzip on its way to a registry, as engines do.
    pub compression: Option<Compression>,
    /// Names beside the destination's own, for a place that knows images by name.
    pub more_names: Vec<Reference>,
}

/// Why an image was not transferred.
#[derive(Debug, thiserror::Error)]
pub enum TransferImageError {
    /// The source cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The destination cannot be written to.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The copy broke off.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// A layer cannot be brought into another form.
    #[error("{image}: layer {} of {layers} {source}", index + 1)]
    Layer {
        /// The source, as a person writes it.
        image: String,
        /// Which layer, from 0.
        index: usize,
        /// How many there are.
        layers: usize,
        /// What is wrong.
        source: LayerError,
    },
    /// A layer cannot be compressed.
    #[error(transparent)]
    Compress(#[from] std::io::Error),
    /// Every platform was asked for, and a compression too.
    #[error(
        "{image}: --compression makes new layers and with them a new image; that is done for one platform \
             at a time: --platform OS/ARCH"
    )]
    AllPlatforms {
        /// The source, as a person writes it.
        image: String,
    },
}

/// Copies an image from `source` to `destination`. Its digests stay, unless its layers have to be brought
/// into another form; then its id stays.
pub fn transfer(
    source: &Source,
    destination: &Destination,
    options: &TransferOptions,
) -> Result<Copied, TransferImageError> {
    let source = resolve(source, &options.open.places)?;
    let form = form(&source, destination, options)?;
    let opened: Box<dyn ImageSource> = match form {
        Form::Kept => open_source(&source, &options.open)?,
        Form::New(wanted) => {
            let Platforms::One(platform) = &options.copy.platforms else {
                return Err(TransferImageError::AllPlatforms { image: source.to_string() });
            };
            let mut open = options.open.clone();
            open.platform.clone_from(platform);
            let image = locate(&source, &open)?;
            Box::new(reformed(&image, wanted, &open)?)
        }
    };
    let tags = opened.tags();
    let places = &options.open.places;
    let destination = if options.more_names.is_empty() {
        open_destination(destination, &tags, places)?
    } else {
        open_named(destination, &options.more_names, places)?
    };
    Ok(copy::copy(opened.as_ref(), destination.as_ref(), &options.copy)?)
}

/// The form that layers shall have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As they are.
    Kept,
    /// Another one.
    New(Wanted),
}

/// Which layers get which compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// All of them this one.
    All(Compression),
    /// Uncompressed ones gzip.
    Packed,
    /// Those compressed with zstd none: an old engine does not read it.
    NoZstd,
}

impl Wanted {
    fn of(self, own: Compression) -> Compression {
        match self {
            Self::All(wanted) => wanted,
            Self::Packed if own == Compression::None => Compression::Gzip,
            Self::NoZstd if own == Compression::Zstd => Compression::None,
            Self::Packed | Self::NoZstd => own,
        }
    }
}

fn form(
    source: &Source,
    destination: &Destination,
    options: &TransferOptions,
) -> Result<Form, TransferImageError> {
    if let Some(wanted) = options.compression {
        return Ok(Form::New(Wanted::All(wanted)));
    }
    let places = &options.open.places;
    let old = |engine: &Option<Engine>| match engine {
        Some(engine) => engine.version().map(|version| !version.loads_zstd()),
        None => Ok(false),
    };
    Ok(match destination {
        Destination::Registry { .. } if has_no_manifest(source) => Form::New(Wanted::Packed),
        Destination::DockerDaemon { .. } if old(&places.docker).map_err(WriteError::from)? => {
            Form::New(Wanted::NoZstd)
        }
        Destination::ContainersStorage { .. }
            if old(&places.podman).map_err(WriteError::from)? =>
        {
            Form::New(Wanted::NoZstd)
        }
        _ => Form::Kept,
    })
}

/// Whether what comes from there has no digests that anybody could know.
fn has_no_manifest(source: &Source) -> bool {
    matches!(
        source,
        Source::DockerArchive { .. }
            | Source::DockerDaemon { .. }
            | Source::ContainersStorage { .. }
            | Source::Rootfs { .. }
    )
}

/// The image with its layers in another form, its config as it was.
fn reformed(
    image: &StoredImage,
    wanted: Wanted,
    options: &OpenOptions,
) -> Result<SingleImage, TransferImageError> {
    let layers = image.layers.len();
    let mut descriptors: Vec<Descriptor> = Vec::new();
    let mut parts = Parts { config: image.config_bytes.clone(), ..Parts::default() };
    let mut has_changed = false;
    for (index, layer) in image.layers.iter().enumerate() {
        let failed = |source| {
            let image = image.source_name.clone();
            TransferImageError::Layer { image, index, layers, source }
        };
        let own = layer.compression().map_err(failed)?;
        let new = wanted.of(own);
        if own == new {
            let descriptor = layer.descriptor().map_err(failed)?;
            parts.blobs.insert(descriptor.digest.clone(), layer.content.clone());
            descriptors.push(descriptor);
            continue;
        }
        has_changed = true;
        let tar = layer.verify(options).map_err(failed)?.tar;
        let (descriptor, content) = if new == Compression::None {
            let media_type = Compression::None.oci_layer();
            (Descriptor::new(media_type, layer.diff_id.clone(), tar.len()), tar)
        } else {
            let how = CompressOptions::new(new, &options.work_dir);
            let layer = compress_layer(&mut Reader::new(tar), &how)?;
            (layer.descriptor, layer.content)
        };
        parts.blobs.insert(descriptor.digest.clone(), content);
        descriptors.push(descriptor);
    }
    if !has_changed {
        let made = SingleImage::new(image);
        let image = image.source_name.clone();
        return made.map_err(|source| TransferImageError::Layer {
            image,
            index: 0,
            layers,
            source,
        });
    }
    let annotations = image.manifest.as_ref().map(|known| known.manifest.annotations.clone());
    let made = SingleImage::made(image.source_name.clone(), parts, |config| {
        let mut manifest = Manifest::oci(config, descriptors);
        manifest.annotations = annotations.unwrap_or_default();
        manifest
    });
    Ok(made.with_tags(image.tags.clone()))
}
