//! Builds the workload's root and enters it.
//!
//! Everything beyond the root itself is mounted after `pivot_root`, when a path of the image can only resolve inside the
//! image, whatever its symbolic links say. The host's root stays reachable until the end as the working directory.

use std::{
    ffi::CString,
    fmt::Write as _,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{CWD, FileType, Mode, OFlags, XattrFlags},
    mount::{MountFlags, UnmountFlags},
};

use super::{
    At,
    device::{self, create_file},
};
use crate::{
    failure::{Failure, Step},
    idmap::IdMap,
    protocol::{Plan, Report},
    spec::Spec,
    wire::Channel,
};

/// Directories that every host has; tmpfs covers the first one found, in the sandbox's own mount namespace.
const STAGING: [&str; 5] = ["/tmp", "/run", "/mnt", "/var", "/usr"];

/// Docker's default for `/dev/shm`.
const SHARED_MEMORY_BYTES: u64 = 64 << 20;

/// Handles to the host that were opened before the root changed.
#[derive(Debug)]
pub(super) struct Sources {
    /// `/dev/fuse`, in the first tier.
    pub(super) fuse: Option<OwnedFd>,
    /// The unpacked image, in the others.
    pub(super) directory: Option<OwnedFd>,
    /// For the overlay's upper layer instead of tmpfs.
    pub(super) scratch: Option<OwnedFd>,
    /// The sources of [`crate::Spec::mounts`], in their order.
    pub(super) mounts: Vec<OwnedFd>,
}

/// Builds one root.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    plan: &'a Plan,
    report: &'a Channel,
    /// Paths that were made for mounts, so that they do not count as the workload's.
    made: Vec<PathBuf>,
    warnings: Vec<String>,
}

/// What is left of the building.
#[derive(Debug, Default)]
pub(super) struct Built {
    /// The overlay's upper directory.
    pub(super) upper: Option<OwnedFd>,
    /// Paths that were made for mounts.
    pub(super) made: Vec<PathBuf>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(plan: &'a Plan, report: &'a Channel) -> Self {
        Self { plan, report, made: Vec::new(), warnings: Vec::new() }
    }

    /// Mounts the root, enters it and mounts the rest in it. The caller is alone in a new mount namespace and is the first
    /// process of a new pid namespace.
    pub(super) fn build(mut self, sources: Sources) -> Result<Built, Failure> {
        device::make_private()?;
        let staging = mount_staging(self.plan.spec.tmpfs_bytes)?;
        let root = format!("{staging}/root");
        let upper = if let Some(fuse) = sources.fuse {
            let lower = format!("{staging}/lower");
            self.mount_fuse(fuse, &lower)?;
            Some(mount_overlay(&staging, &lower, sources.scratch.as_ref())?)
        } else {
            mount_directory(sources.directory.as_ref(), &root)?;
            None
        };
        self.write_etc_files(&staging)?;
        rustix::process::chdir(&*root).at(Step::PivotRoot, &root)?;
        let host = rustix::fs::open(
            "/",
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .at(Step::OpenSource, "/")?;
        // The host's root ends up on top of the new one, which is this process's root (pivot_root(2), "pivot_root(".", ".")").
        rustix::process::pivot_root(".", ".").at(Step::PivotRoot, &root)?;
        rustix::process::fchdir(&host).step(Step::PivotRoot)?;
        self.fill(&staging, &sources.mounts)?;
        rustix::mount::unmount(".", UnmountFlags::DETACH).step(Step::PivotRoot)?;
        rustix::process::chdir("/").step(Step::PivotRoot)?;
        Ok(Built { upper, made: self.made, warnings: self.warnings })
    }

    /// Mounts everything that a runtime adds to an image.
    fn fill(&mut self, staging: &str, mounts: &[OwnedFd]) -> Result<(), Failure> {
        device::mount_proc(self)?;
        device::mount_sys(self)?;
        device::mount_dev(self)?;
        for (name, _) in etc_files(&self.plan.spec) {
            let source = format!("{}/{name}", staging.trim_start_matches('/'));
            self.mount_file(&source, &format!("/etc/{name}"));
        }
        for (mount, source) in self.plan.spec.mounts.iter().zip(mounts) {
            self.mount_source(source, &mount.target, mount.read_only)?;
        }
        let spec = &self.plan.spec;
        for directory in spec.directories.iter().chain([&spec.cwd]) {
            self.make_path(directory)?;
        }
        device::restrict(self);
        Ok(())
    }

    pub(super) fn warn(&mut self, text: &str) {
        self.warnings.push(text.to_owned());
    }

    pub(super) fn shared_memory_options(&self) -> CString {
        let size = SHARED_MEMORY_BYTES.min(self.plan.spec.tmpfs_bytes);
        CString::new(format!("mode=1777,size={size}")).expect("has no NUL")
    }

    /// Mounts FUSE, and has it served before anything looks into it.
    fn mount_fuse(&self, fuse: OwnedFd, target: &str) -> Result<(), Failure> {
        let (uid, gid) = match &self.plan.ids {
            IdMap::Single { user, group } => (user.inner, group.inner),
            _ => (0, 0),
        };
        let options = fuse_options(fuse.as_raw_fd(), uid, gid);
        rustix::mount::mount("jettison", target, "fuse.jettison", MountFlags::RDONLY, &*options)
            .step(Step::MountFuse)?;
        // Only the server may hold the device now: if it dies, the kernel ends all requests.
        drop(fuse);
        self.report.send(&Report::FuseMounted, &[]).step(Step::Conversation)
    }

    fn write_etc_files(&self, staging: &str) -> Result<(), Failure> {
        for (name, content) in etc_files(&self.plan.spec) {
            let path = format!("{staging}/{name}");
            fs_err::write(&path, content).at(Step::Create, &path)?;
        }
        Ok(())
    }

    /// Mounts a file of the host over a file of the root, which is made when missing.
    fn mount_file(&mut self, source: &str, target: &str) {
        let made = self.make_file(Path::new(target)).is_ok();
        if !made || rustix::mount::mount_bind(source, target).is_err() {
            // For example a symbolic link into a directory that is only there at run time.
            self.warn(&format!("{target} cannot be replaced"));
        }
    }

    fn mount_source(
        &mut self,
        source: &OwnedFd,
        target: &Path,
        is_read_only: bool,
    ) -> Result<(), Failure> {
        let stat = rustix::fs::fstat(source).step(Step::OpenSource)?;
        if FileType::from_raw_mode(stat.st_mode).is_dir() {
            self.make_path(target)?;
        } else {
            self.make_file(target)?;
        }
        let failed = |error: rustix::io::Errno| Failure::at(Step::Mount, target, &error.into());
        let source = format!("/proc/self/fd/{}", source.as_raw_fd());
        rustix::mount::mount_bind_recursive(source, target).map_err(failed)?;
        if is_read_only {
            device::read_only(&target.to_string_lossy()).map_err(failed)?;
        }
        Ok(())
    }

    /// Makes a directory of the root, and its parents.
    pub(super) fn make_directory(&mut self, path: &str) -> Result<(), Failure> {
        self.make_path(Path::new(path))
    }

    fn make_path(&mut self, path: &Path) -> Result<(), Failure> {
        for ancestor in path.ancestors().collect::<Vec<_>>().into_iter().rev() {
            match rustix::fs::mkdirat(CWD, rooted(ancestor), Mode::from_raw_mode(0o755)) {
                Ok(()) => self.made.push(ancestor.to_owned()),
                Err(rustix::io::Errno::EXIST) => {}
                Err(error) => return Err(Failure::at(Step::Create, ancestor, &error.into())),
            }
        }
        Ok(())
    }

    fn make_file(&mut self, path: &Path) -> Result<(), Failure> {
        if let Some(parent) = path.parent() {
            self.make_path(parent)?;
        }
        if rustix::fs::stat(path).is_err() {
            create_file(&path.to_string_lossy())?;
            self.made.push(path.to_owned());
        }
        Ok(())
    }
}

/// The files of `/etc` that a runtime writes.
pub(super) fn etc_files(spec: &Spec) -> Vec<(&'static str, String)> {
    [
        ("hosts", spec.hosts.clone()),
        ("resolv.conf", spec.resolv_conf.clone()),
        ("hostname", Some(format!("{}\n", spec.hostname))),
    ]
    .into_iter()
    .filter_map(|(name, content)| Some((name, content?)))
    .collect()
}

/// The working directory is the host's root while mounting, so a relative path would leave the image.
fn rooted(path: &Path) -> PathBuf {
    Path::new("/").join(path)
}

/// The options of a FUSE mount in a user namespace; the ids must be mapped in it.
pub(super) fn fuse_options(fd: i32, uid: u32, gid: u32) -> CString {
    let options = format!(
        "fd={fd},rootmode=40000,user_id={uid},group_id={gid},allow_other,default_permissions"
    );
    CString::new(options).expect("has no NUL")
}

/// Covers a directory of the host with tmpfs for the layers, in this mount namespace only.
fn mount_staging(bytes: u64) -> Result<String, Failure> {
    let staging = STAGING
        .iter()
        .find(|path| {
            rustix::fs::stat(**path)
                .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_dir())
        })
        .ok_or_else(|| {
            Failure::at(Step::MountTmpfs, "/tmp", &std::io::Error::from_raw_os_error(libc::ENOENT))
        })?;
    let options = CString::new(format!("mode=0755,size={bytes}")).expect("has no NUL");
    rustix::mount::mount("jettison", *staging, "tmpfs", MountFlags::empty(), &*options)
        .at(Step::MountTmpfs, staging)?;
    for name in ["lower", "upper", "root"] {
        let path = format!("{staging}/{name}");
        rustix::fs::mkdir(&*path, Mode::from_raw_mode(0o755)).at(Step::Create, &path)?;
    }
    Ok((*staging).to_owned())
}

/// Mounts the overlay; returns its upper directory.
fn mount_overlay(
    staging: &str,
    lower: &str,
    scratch: Option<&OwnedFd>,
) -> Result<OwnedFd, Failure> {
    let layers = format!("{staging}/upper");
    if let Some(scratch) = scratch {
        let source = format!("/proc/self/fd/{}", scratch.as_raw_fd());
        rustix::mount::mount_bind(source, &*layers).at(Step::Mount, &layers)?;
    }
    // The marks of an overlay in a user namespace: without them it cannot replace directories.
    rustix::fs::setxattr(&*layers, "user.jettison", b"1", XattrFlags::empty())
        .step(Step::TmpfsXattr)?;
    let (upper, work) = (format!("{layers}/data"), format!("{layers}/work"));
    for path in [&upper, &work] {
        rustix::fs::mkdir(&**path, Mode::from_raw_mode(0o755)).at(Step::Create, path)?;
    }
    copy_root_attributes(lower, &upper)?;
    let mut options = format!("lowerdir={lower},upperdir={upper},workdir={work},userxattr");
    // Nothing of it is to survive, so nothing needs to be synced. Linux 5.10.
    write!(options, ",volatile").expect("writing to a String cannot fail");
    let options = CString::new(options).expect("has no NUL");
    let root = format!("{staging}/root");
    rustix::mount::mount("overlay", &*root, "overlay", MountFlags::empty(), &*options)
        .step(Step::MountOverlay)?;
    rustix::fs::open(&*upper, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .at(Step::OpenSource, &upper)
}

/// The upper directory gives the merged root its owner and mode.
fn copy_root_attributes(lower: &str, upper: &str) -> Result<(), Failure> {
    let stat = rustix::fs::stat(lower).at(Step::OpenSource, lower)?;
    rustix::fs::chmod(upper, Mode::from_raw_mode(stat.st_mode & 0o7777)).at(Step::Create, upper)?;
    let owner = Some(rustix::fs::Uid::from_raw(stat.st_uid));
    let group = Some(rustix::fs::Gid::from_raw(stat.st_gid));
    rustix::fs::chown(upper, owner, group).at(Step::Create, upper)
}

fn mount_directory(directory: Option<&OwnedFd>, root: &str) -> Result<(), Failure> {
    let directory = directory.ok_or_else(|| {
        Failure::new(Step::OpenSource, &std::io::Error::from_raw_os_error(libc::ENOENT))
    })?;
    let source = format!("/proc/self/fd/{}", directory.as_fd().as_raw_fd());
    rustix::mount::mount_bind_recursive(source, root).at(Step::Mount, root)
}
