//! Tries what a tier needs, in a helper of its own that ends afterwards.

use std::{
    os::fd::{AsRawFd, OwnedFd},
    path::PathBuf,
};

use rustix::{
    fs::{Mode, XattrFlags},
    mount::{MountFlags, UnmountFlags},
};
use serde::{Deserialize, Serialize};

use super::{At, cleanup, device, namespace};
use crate::{
    failure::{Failure, Step},
    idmap::IdMap,
    spec::{SyscallWatch, Tier},
    sys, watch,
    wire::Channel,
};

/// What is tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) tier: Tier,
    pub(crate) ids: IdMap,
    /// An empty directory on disk for what is written, instead of memory.
    #[serde(with = "crate::wire::optional_os_path")]
    pub(crate) scratch: Option<PathBuf>,
}

impl Attempt {
    /// Goes as far as the tier goes before a workload; the error is the first step that the host refuses.
    pub(super) fn run(&self, control: &Channel) -> Result<(), Failure> {
        match self.tier {
            Tier::Chroot => rustix::process::chroot("/").at(Step::Chroot, "/")?,
            Tier::CopyNamespaces => {
                self.enter(control, false)?;
            }
            Tier::FuseNamespaces => self.try_layers(control)?,
        }
        try_filter(self.tier)
    }

    /// Enters the namespaces, and returns the device and the scratch directory, which were opened on the way.
    fn enter(
        &self,
        control: &Channel,
        wants_fuse: bool,
    ) -> Result<(Option<OwnedFd>, Option<OwnedFd>), Failure> {
        let fuse = namespace::enter_user_namespace(control, wants_fuse)?;
        namespace::enter_others()?;
        let scratch = self.scratch.as_deref().map(namespace::open_path).transpose()?;
        namespace::become_root(&self.ids)?;
        sys::network::loopback_up().step(Step::Loopback)?;
        device::make_private()?;
        rustix::mount::mount("jettison", "/tmp", "tmpfs", MountFlags::empty(), c"mode=0755")
            .at(Step::MountTmpfs, "/tmp")?;
        Ok((fuse, scratch))
    }

    /// Mounts FUSE, and an overlay like a sandbox's over an ordinary directory (nobody serves the FUSE here).
    fn try_layers(&self, control: &Channel) -> Result<(), Failure> {
        let (fuse, scratch) = self.enter(control, true)?;
        let fuse = fuse.ok_or_else(|| {
            Failure::new(Step::OpenFuse, &std::io::Error::from_raw_os_error(libc::ENODEV))
        })?;
        for path in ["/tmp/fuse", "/tmp/lower", "/tmp/layers", "/tmp/root"] {
            rustix::fs::mkdir(path, Mode::from_raw_mode(0o755)).at(Step::Create, path)?;
        }
        let (uid, gid) = match &self.ids {
            IdMap::Single { user, group } => (user.inner, group.inner),
            _ => (0, 0),
        };
        let options = super::root::fuse_options(fuse.as_raw_fd(), uid, gid);
        rustix::mount::mount(
            "jettison",
            "/tmp/fuse",
            "fuse.jettison",
            MountFlags::RDONLY,
            &*options,
        )
        .step(Step::MountFuse)?;
        if let Some(scratch) = &scratch {
            let source = format!("/proc/self/fd/{}", scratch.as_raw_fd());
            rustix::mount::mount_bind(source, "/tmp/layers").at(Step::Mount, "/tmp/layers")?;
        }
        let tried = try_overlay();
        if let Some(scratch) = &scratch {
            cleanup::empty(scratch).step(Step::Cleanup)?;
        }
        tried
    }
}

/// Mounts an overlay whose upper directory is in `/tmp/layers`, and takes it away again.
fn try_overlay() -> Result<(), Failure> {
    rustix::fs::setxattr("/tmp/layers", "user.jettison", b"1", XattrFlags::empty())
        .step(Step::TmpfsXattr)?;
    for path in ["/tmp/layers/upper", "/tmp/layers/work"] {
        rustix::fs::mkdir(path, Mode::from_raw_mode(0o755)).at(Step::Create, path)?;
    }
    let overlay = c"lowerdir=/tmp/lower,upperdir=/tmp/layers/upper,workdir=/tmp/layers/work,userxattr,volatile";
    rustix::mount::mount("overlay", "/tmp/root", "overlay", MountFlags::empty(), overlay)
        .step(Step::MountOverlay)?;
    rustix::mount::unmount("/tmp/root", UnmountFlags::empty()).step(Step::Cleanup)
}

/// Installs the filter of a workload on this process, which does little afterwards: its last calls are hot ones.
fn try_filter(tier: Tier) -> Result<(), Failure> {
    let watch = match tier {
        Tier::FuseNamespaces => SyscallWatch::Cold,
        Tier::CopyNamespaces | Tier::Chroot => SyscallWatch::Paths,
    };
    let Some(filter) = watch::filter(watch, false) else { return Ok(()) };
    if tier == Tier::Chroot {
        rustix::thread::set_no_new_privs(true).step(Step::Filter)?;
    }
    let listener = filter.install().step(Step::Filter)?;
    // Dropping the listener would fail every watched call from now on with ENOSYS, which the rest does not need.
    drop(listener);
    Ok(())
}
