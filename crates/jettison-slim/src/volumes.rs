//! Volumes that several containers share: directories of one run, filled as Docker fills new volumes.
//!
//! A volume that only one container has needs no directory: what is written there goes where everything else that it writes
//! goes.

use std::{collections::BTreeMap, io, path::PathBuf, sync::Arc};

use jettison_record::{CopyError, Ghosts, View};
use jettison_rootfs::{
    PathId, Tree,
    evidence::{Evidence, Phase, Seen, Touches},
};
use jettison_sandbox::{IdMap, Mount};
use thiserror::Error;

use crate::{
    neighbour::NamedVolume, request::RunOptions, temporary::Temporary, unpacked::copy_as_seen,
};

/// Why a volume could not be made.
#[derive(Debug, Error)]
pub enum VolumeError {
    /// There is no place for it.
    #[error(
        "cannot make a directory for the volume {name} in {path}: {source}; name another with --work-dir"
    )]
    Directory {
        /// The volume.
        name: String,
        /// Where it was to be.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What it is filled with could not be copied.
    #[error("volume {name}: {source}")]
    Fill {
        /// The volume.
        name: String,
        /// Why not.
        source: CopyError,
    },
}

/// A container that mounts volumes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User<'a> {
    pub(crate) tree: &'a Arc<Tree>,
    pub(crate) volumes: &'a [NamedVolume],
}

/// The shared volumes of one run. They go when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Volumes {
    shared: BTreeMap<String, Shared>,
}

#[derive(Debug)]
struct Shared {
    // Held for its end.
    _directory: Temporary,
    /// What is mounted.
    content: PathBuf,
    /// Which of the containers it is filled from, and from where.
    filled_from: Option<(usize, String)>,
}

impl Volumes {
    /// Makes the volumes that more than one of `users`, in the order of their start, have.
    pub(crate) fn new(
        users: &[User<'_>],
        ids: &IdMap,
        options: &RunOptions,
    ) -> Result<Self, VolumeError> {
        let mut shared = BTreeMap::new();
        for (index, user) in users.iter().enumerate() {
            for volume in user.volumes {
                let is_shared = users.iter().enumerate().any(|(other, user)| {
                    other != index && user.volumes.iter().any(|it| it.name == volume.name)
                });
                if is_shared && !shared.contains_key(&volume.name) {
                    shared.insert(
                        volume.name.clone(),
                        Shared::new(&volume.name, users, (ids, options))?,
                    );
                }
            }
        }
        Ok(Self { shared })
    }

    /// The mounts of one container.
    pub(crate) fn mounts(&self, volumes: &[NamedVolume]) -> Vec<Mount> {
        volumes
            .iter()
            .filter_map(|volume| {
                Some(Mount {
                    source: self.shared.get(&volume.name)?.content.clone(),
                    target: PathBuf::from(&volume.target),
                    read_only: volume.read_only,
                    temporary: true,
                })
            })
            .collect()
    }

    /// Notes everything that volumes were filled with out of the tree of the container `index` as used: nobody sees what
    /// becomes of it there.
    pub(crate) fn note_filled(&self, index: usize, tree: &Tree, evidence: &mut Evidence) {
        let from_it = self.shared.values().filter_map(|shared| shared.filled_from.as_ref());
        for (_, target) in from_it.filter(|(from, _)| *from == index) {
            let Some(top) = tree.resolve(target.as_bytes()) else { continue };
            for path in tree.iter().filter(|&path| is_below(tree, path, top.path)) {
                let touches = Touches::LOOKED_UP.union(Touches::READ);
                evidence.note(path, Seen { touches, phase: Phase::Setup, ..Seen::default() });
            }
        }
    }
}

impl Shared {
    fn new(
        name: &str,
        users: &[User<'_>],
        (ids, options): (&IdMap, &RunOptions),
    ) -> Result<Self, VolumeError> {
        let failed = |source| VolumeError::Directory {
            name: name.to_owned(),
            path: options.work_dir.clone(),
            source,
        };
        let directory = Temporary::new("jettison-volume-", options).map_err(failed)?;
        for (index, user) in users.iter().enumerate() {
            for volume in user.volumes.iter().filter(|volume| volume.name == name) {
                let top = user.tree.resolve(volume.target.as_bytes()).map(|found| found.path);
                let Some(top) = top.filter(|&top| user.tree.children(top).next().is_some()) else {
                    continue;
                };
                let fill = |source| VolumeError::Fill { name: name.to_owned(), source };
                let content = fill_from(user.tree, top, &directory, ids).map_err(fill)?;
                let filled_from = Some((index, volume.target.clone()));
                return Ok(Self { _directory: directory, content, filled_from });
            }
        }
        let content = directory.path().join("volume");
        fs_err::create_dir(&content).map_err(failed)?;
        // Whoever the programs run as may write: a new volume is its first user's, and nobody knows who that will be.
        open_to_all(&content).map_err(failed)?;
        Ok(Self { _directory: directory, content, filled_from: None })
    }
}

/// Copies a part of a tree; returns where its top is.
fn fill_from(
    tree: &Tree,
    top: PathId,
    directory: &Temporary,
    ids: &IdMap,
) -> Result<PathBuf, CopyError> {
    let root = directory.path().join("root");
    fs_err::create_dir(&root).map_err(|source| CopyError::Write { path: root.clone(), source })?;
    let is_wanted = |path| is_below(tree, path, top) || is_below(tree, top, path);
    copy_as_seen(tree, &View::kept(tree, is_wanted, Ghosts::Hide), &root, ids)?;
    let name = String::from_utf8_lossy(&tree.path(top)).into_owned();
    Ok(root.join(name.trim_start_matches('/')))
}

/// Whether `path` is `top` or below it.
fn is_below(tree: &Tree, path: PathId, top: PathId) -> bool {
    let mut at = path;
    loop {
        if at == top {
            return true;
        }
        if at == tree.root() {
            return false;
        }
        at = tree.parent(at);
    }
}

fn open_to_all(path: &std::path::Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o1777))
}
