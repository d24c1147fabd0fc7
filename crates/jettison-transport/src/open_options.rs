//! How an image is opened.

use std::{
    fmt,
    num::NonZero,
    path::{Path, PathBuf},
    sync::Arc,
};

use jettison_image::{ImageConfig, Platform};

use crate::{InflateLimits, LayerCache, OpenError, Places, RootfsDescription};

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
    pub cache: Option<LayerCache>,
    /// Where temporary files go. They have no name and vanish with the process.
    pub work_dir: PathBuf,
    /// How many layers are verified at once; `None` is one per core.
    pub parallelism: Option<NonZero<usize>>,
    /// How far compressed layers may grow.
    pub limits: InflateLimits,
    /// How to run a root file system, which does not say so itself.
    pub rootfs: RootfsDescription,
    /// Where images may be.
    pub places: Places,
    /// Is told of progress.
    pub progress: Option<ProgressFn>,
}

impl OpenOptions {
    /// Defaults, with temporary files in `work_dir`.
    pub fn new(work_dir: impl Into<PathBuf>) -> Self {
        Self {
            platform: None,
            cache: None,
            work_dir: work_dir.into(),
            parallelism: None,
            limits: InflateLimits::default(),
            rootfs: RootfsDescription::default(),
            places: Places::default(),
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
        let Self { platform, cache, work_dir, parallelism, limits, rootfs, places, progress } =
            self;
        f.debug_struct("OpenOptions")
            .field("platform", platform)
            .field("cache", cache)
            .field("work_dir", work_dir)
            .field("parallelism", parallelism)
            .field("limits", limits)
            .field("rootfs", rootfs)
            .field("places", places)
            .field("progress", &progress.is_some())
            .finish()
    }
}
