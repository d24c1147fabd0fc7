//! Opening an image: finding out what the source is, and handing it to the reader for that.

use std::{
    collections::BTreeSet,
    fmt, io,
    num::NonZero,
    path::{Path, PathBuf},
    sync::Arc,
};

use jettison_image::{
    Compression, ImageConfig, Platform, ReadAt,
    docker_archive::{MANIFEST, REPOSITORIES},
};

use crate::{
    FileBlob, Image, InflateLimits, Layer, OpenError, RootfsDescription, Source,
    archive::{Archive, normal_name},
    compression_magic::Magic,
    docker_archive,
    oci_layout::{self, INDEX, LAYOUT},
    rootfs,
    stored_files::StoredFiles,
    stored_layer::{Inflater, StoredLayer},
    tar_members::TarMembers,
};

/// How far the verification of one layer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Which layer, from 0. Several are under way at once.
    pub layer: usize,
    /// How many layers there are.
    pub layers: usize,
    /// Stored bytes read.
    pub read: u64,
    /// Stored bytes in all.
    pub size: u64,
}

/// Is told of progress, about once per megabyte, from several threads.
pub type ProgressFn = Arc<dyn Fn(Progress) + Send + Sync>;

/// How an image is opened.
#[derive(Clone)]
pub struct OpenOptions {
    /// Which image of a multi-platform one; `None` is this machine's, or the only one there is.
    pub platform: Option<Platform>,
    /// Where inflated layers are kept from run to run; `None` keeps none.
    pub cache_dir: Option<PathBuf>,
    /// Where temporary files go. They have no name and vanish with the process.
    pub work_dir: PathBuf,
    /// How many layers are verified at once; `None` is one per core.
    pub parallelism: Option<NonZero<usize>>,
    /// How far compressed layers may grow.
    pub limits: InflateLimits,
    /// How to run a root file system, which does not say so itself.
    pub rootfs: RootfsDescription,
    /// Is told of progress.
    pub progress: Option<ProgressFn>,
}

impl OpenOptions {
    /// Defaults, with temporary files in `work_dir`.
    pub fn new(work_dir: impl Into<PathBuf>) -> Self {
        Self {
            platform: None,
            cache_dir: None,
            work_dir: work_dir.into(),
            parallelism: None,
            limits: InflateLimits::default(),
            rootfs: RootfsDescription::default(),
            progress: None,
        }
    }

    pub(crate) fn threads(&self) -> usize {
        let threads = self.parallelism.or_else(|| std::thread::available_parallelism().ok());
        threads.map_or(1, NonZero::get)
    }

    pub(crate) fn report(&self, progress: Progress) {
        if let Some(tell) = &self.progress {
            tell(progress);
        }
    }

    /// Fails when a platform was asked for and the image is for another.
    pub(crate) fn check_platform(
        &self,
        path: &Path,
        config: &ImageConfig,
    ) -> Result<(), OpenError> {
        let own = config.platform();
        match &self.platform {
            Some(wanted) if !own.runs_on(wanted) => Err(OpenError::Platform {
                path: path.to_owned(),
                wanted: wanted.to_string(),
                available: vec![own.to_string()],
            }),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { platform, cache_dir, work_dir, parallelism, limits, rootfs, progress } = self;
        f.debug_struct("OpenOptions")
            .field("platform", platform)
            .field("cache_dir", cache_dir)
            .field("work_dir", work_dir)
            .field("parallelism", parallelism)
            .field("limits", limits)
            .field("rootfs", rootfs)
            .field("progress", &progress.is_some())
            .finish()
    }
}

/// Opens an image and verifies all of it: after this, no digest needs to be checked again.
///
/// Nothing is unpacked. Uncompressed layers are read where they lie; compressed ones are inflated to
/// unnamed temporary files, or to the cache.
pub fn open(source: &Source, options: &OpenOptions) -> Result<Image, OpenError> {
    let mut image = match source {
        Source::DockerArchive { path, image } => docker_archive::open(
            &Outer::open(path, options)?.index(path)?,
            image.as_ref(),
            options,
        )?,
        Source::OciLayout { path, tag } => {
            if !fs_err::metadata(path)?.is_dir() {
                let hint = format!("it is a file; use oci-archive:{}", path.display());
                let (path, expected) = (path.clone(), "an OCI image layout");
                return Err(OpenError::WrongKind { path, expected, hint });
            }
            let files = StoredFiles::Directory(path.clone());
            oci_layout::open(&files, "oci", tag.as_deref(), options)?
        }
        Source::OciArchive { path, tag } => {
            let files = Outer::open(path, options)?.index(path)?;
            oci_layout::open(&files, "oci-archive", tag.as_deref(), options)?
        }
        Source::Rootfs { path } if fs_err::metadata(path)?.is_dir() => {
            rootfs::open_dir(path, options)?
        }
        Source::Rootfs { path } => {
            let outer = Outer::open(path, options)?;
            recognise_tar(path, outer.tar.as_ref())?;
            rootfs::open_layer(outer.layer(path, options)?, options)
        }
        Source::Path(path) => return open_path(path, options),
    };
    image.source_name = source.to_string();
    Ok(image)
}

/// Opens a path that does not say what it is.
fn open_path(path: &Path, options: &OpenOptions) -> Result<Image, OpenError> {
    let metadata = match fs_err::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(OpenError::NotAPath { text: path.display().to_string() });
        }
        other => other?,
    };
    if metadata.is_dir() {
        let mut image = open(&recognise_dir(path)?, options)?;
        image.source_name = path.display().to_string();
        return Ok(image);
    }
    let outer = Outer::open(path, options)?;
    let mut image = match recognise_tar(path, outer.tar.as_ref())? {
        TarKind::Docker => docker_archive::open(&outer.index(path)?, None, options)?,
        TarKind::Oci => oci_layout::open(&outer.index(path)?, "oci-archive", None, options)?,
        TarKind::Rootfs => rootfs::open_layer(outer.layer(path, options)?, options),
    };
    image.source_name = path.display().to_string();
    Ok(image)
}

fn recognise_dir(path: &Path) -> Result<Source, OpenError> {
    let has = |name: &str| path.join(name).is_file();
    let refuse = |hint: String| {
        let expected = "an image or root file system";
        Err(OpenError::WrongKind { path: path.to_owned(), expected, hint })
    };
    let shown = path.display();
    if has(LAYOUT) || (has(INDEX) && path.join("blobs").is_dir()) {
        return Ok(Source::OciLayout { path: path.to_owned(), tag: None });
    }
    if has(MANIFEST) && has("version") {
        return refuse(format!(
            "it is skopeo's dir: layout; skopeo copy dir:{shown} oci-archive:FILE"
        ));
    }
    if has(MANIFEST) {
        return refuse(format!(
            "it is an unpacked docker archive; pack it: tar -C {shown} -cf FILE ."
        ));
    }
    Ok(Source::Rootfs { path: path.to_owned() })
}

enum TarKind {
    Docker,
    Oci,
    Rootfs,
}

/// Reads the names only: a root file system may hold what an image archive must not.
fn recognise_tar(path: &Path, tar: &dyn ReadAt) -> Result<TarKind, OpenError> {
    let broken = |source| OpenError::Archive { path: path.to_owned(), source };
    let telling = [MANIFEST, INDEX, LAYOUT, REPOSITORIES];
    let mut found = BTreeSet::new();
    let mut empty = true;
    let mut members = TarMembers::new(&tar);
    while let Some(member) = members.next_member().map_err(broken)? {
        empty = false;
        let name = normal_name(&member.name).unwrap_or_default();
        found.extend(telling.into_iter().find(|telling| *telling == name));
    }
    // An archive with the old list alone is Docker's too; its reader tells why it cannot be read.
    if found.contains(MANIFEST) || (found.contains(REPOSITORIES) && !found.contains(INDEX)) {
        return Ok(TarKind::Docker);
    }
    if found.contains(INDEX) && found.contains(LAYOUT) {
        return Ok(TarKind::Oci);
    }
    if empty { Err(OpenError::NoImage { path: path.to_owned() }) } else { Ok(TarKind::Rootfs) }
}

/// A file that was opened as a tar.
struct Outer {
    /// The uncompressed bytes.
    tar: Arc<dyn ReadAt>,
    /// The same, verified, if they had to be inflated.
    inflated: Option<Layer>,
}

impl Outer {
    /// Inflates the file if it is compressed, else reads nothing of it.
    fn open(path: &Path, options: &OpenOptions) -> Result<Self, OpenError> {
        let tar: Arc<dyn ReadAt> = Arc::new(FileBlob::open(path)?);
        if Magic::of(&tar)? == Magic::Known(Compression::None) {
            return Ok(Self { tar, inflated: None });
        }
        let layer = load(path, tar, options)?;
        Ok(Self { tar: layer.tar.clone(), inflated: Some(layer) })
    }

    fn index(self, path: &Path) -> Result<StoredFiles, OpenError> {
        match Archive::index(self.tar) {
            Ok(archive) => Ok(StoredFiles::Archive(archive, path.to_owned())),
            Err(source) => Err(OpenError::Archive { path: path.to_owned(), source }),
        }
    }

    fn layer(self, path: &Path, options: &OpenOptions) -> Result<Layer, OpenError> {
        match self.inflated {
            Some(layer) => Ok(layer),
            None => load(path, self.tar, options),
        }
    }
}

/// Reads a whole file as one layer whose digest is not known before.
fn load(path: &Path, content: Arc<dyn ReadAt>, options: &OpenOptions) -> Result<Layer, OpenError> {
    let stored = StoredLayer { diff_id: None, descriptor: None, content };
    let inflater = Inflater { work_dir: &options.work_dir, cache: None, limits: &options.limits };
    let mut read = 0;
    let size = stored.content.len();
    let layer = inflater.load(&stored, &mut |more| {
        read += more;
        options.report(Progress { layer: 0, layers: 1, read, size });
    });
    layer.map_err(|source| OpenError::Compressed { path: path.to_owned(), source })
}
