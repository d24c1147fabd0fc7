//! A root file system as an image of one layer.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use jettison_image::{Digest, History, ImageConfig, Platform, RootFs, RuntimeConfig};

use crate::{Layer, OpenError, OpenOptions, StoredImage, directory_tar};

/// How a root file system is run: it does not say so itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RootfsDescription {
    /// Arguments, or the program when there is no entry point.
    pub cmd: Option<Vec<String>>,
    /// The program and its first arguments.
    pub entrypoint: Option<Vec<String>>,
    /// `NAME=value`. Nothing is added: runtimes give a default `PATH`.
    pub env: Vec<String>,
    /// `user[:group]`, by name or number.
    pub user: String,
    /// Free-form notes.
    pub labels: BTreeMap<String, String>,
    /// Directories that get a volume of their own.
    pub volumes: BTreeSet<String>,
    /// The signal that asks the program to stop.
    pub stop_signal: Option<String>,
    /// What the history says of it.
    pub comment: Option<String>,
    /// Ports, as `8080/tcp`.
    pub expose: BTreeSet<String>,
    /// Where the program starts.
    pub workdir: String,
}

/// A directory: packed to a tar in a temporary file.
pub(crate) fn locate_dir(path: &Path, options: &OpenOptions) -> Result<StoredImage, OpenError> {
    let packed = directory_tar::pack(path, &options.work_dir)?;
    let layer = Layer { diff_id: packed.diff_id, tar: Arc::new(packed.tar), blob: None };
    let mut image = locate_layer(path, layer, options);
    image.warnings = packed.warnings;
    Ok(image)
}

/// A tar: used as it is.
pub(crate) fn locate_layer(path: &Path, layer: Layer, options: &OpenOptions) -> StoredImage {
    let config = config(&layer.diff_id, options);
    let config_bytes = config.to_vec();
    StoredImage {
        source_name: path.display().to_string(),
        path: path.to_owned(),
        tags: Vec::new(),
        manifest: None,
        config,
        config_digest: Digest::sha256(&config_bytes),
        config_bytes,
        layers: vec![layer.into()],
        warnings: Vec::new(),
    }
}

fn config(diff_id: &Digest, options: &OpenOptions) -> ImageConfig {
    let description = options.rootfs.clone();
    let platform = options.platform.clone().unwrap_or_else(Platform::host);
    let history = History {
        comment: Some(
            description.comment.unwrap_or_else(|| "imported from a root file system".to_owned()),
        ),
        ..History::default()
    };
    ImageConfig {
        architecture: platform.architecture,
        os: platform.os,
        variant: platform.variant,
        config: RuntimeConfig {
            user: description.user,
            exposed_ports: description.expose,
            env: description.env,
            entrypoint: description.entrypoint,
            cmd: description.cmd,
            working_dir: description.workdir,
            labels: description.labels,
            volumes: description.volumes,
            stop_signal: description.stop_signal,
            ..RuntimeConfig::default()
        },
        rootfs: RootFs { diff_ids: vec![diff_id.clone()], ..RootFs::default() },
        history: vec![history],
        ..ImageConfig::default()
    }
}
