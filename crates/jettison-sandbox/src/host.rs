//! What this host permits: each tier is tried, not guessed from versions.

use std::path::{Path, PathBuf};

use rustix::fs::Mode;

use crate::{
    agent::Attempt,
    failure::{Error, Failure, Step},
    handle::give_to_root,
    idmap::IdMap,
    launch::HelperProcess,
    protocol::{Call, Event, Message},
    spec::{Helper, Tier, UserIds},
};

/// What the host permits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostReport {
    /// One for each tier, best first.
    pub tiers: Vec<TierReport>,
    /// Things worth knowing that no tier depends on.
    pub notes: Vec<String>,
    /// `uname -r`.
    pub kernel: String,
}

/// What is known of a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierReport {
    /// The tier.
    pub tier: Tier,
    /// The first step that failed, with its way out; `None` when the tier works.
    pub problem: Option<String>,
    /// Whether it works only with a directory on disk for what the workload writes ([`crate::Spec::scratch`]): tmpfs has user
    /// extended attributes, which an overlay in a user namespace needs, from Linux 6.6 on.
    pub needs_scratch: bool,
    /// Facts of the host that explain the problem.
    pub facts: Vec<String>,
}

/// Settings that forbid user namespaces, with the value that does.
const USER_NAMESPACE_SETTINGS: [(&str, &str); 3] = [
    ("kernel/unprivileged_userns_clone", "0"),
    ("kernel/apparmor_restrict_unprivileged_userns", "1"),
    ("user/max_user_namespaces", "0"),
];

impl HostReport {
    /// Tries every tier in a short-lived helper. `disk` is a directory in which one for what workloads write may be made.
    pub fn inspect(helper: &Helper, disk: &Path) -> Result<Self, Error> {
        let inspect = |tier: &Tier| TierReport::inspect(*tier, helper, disk);
        let tiers = Tier::ALL.iter().map(inspect).collect::<Result<_, _>>()?;
        let kernel = rustix::system::uname().release().to_string_lossy().into_owned();
        Ok(Self { tiers, notes: notes(), kernel })
    }

    /// Tries the tiers, best first, until one works: what a run needs, where [`Self::inspect`] tries them all.
    pub fn first_working(helper: &Helper, disk: &Path) -> Result<Option<TierReport>, Error> {
        for tier in Tier::ALL {
            let report = TierReport::inspect(tier, helper, disk)?;
            if report.problem.is_none() {
                return Ok(Some(report));
            }
        }
        Ok(None)
    }

    /// The best tier that works.
    pub fn best_tier(&self) -> Option<Tier> {
        self.tiers.iter().find(|report| report.problem.is_none()).map(|report| report.tier)
    }
}

impl TierReport {
    /// Tries one tier, see [`HostReport::inspect`].
    pub fn inspect(tier: Tier, helper: &Helper, disk: &Path) -> Result<Self, Error> {
        let mut report = Self { tier, problem: None, needs_scratch: false, facts: Vec::new() };
        let mut tried = attempt(tier, helper, None);
        if let Err(Error::Setup(failure)) = &tried
            && failure.step == Step::TmpfsXattr
        {
            report.needs_scratch = true;
            tried = attempt_on_disk(tier, helper, disk);
        }
        match tried {
            Ok(()) => {}
            Err(Error::Setup(failure)) => {
                report.facts = facts(&failure);
                report.problem = Some(failure.to_string());
            }
            Err(error @ Error::HelperGone { .. }) => report.problem = Some(error.to_string()),
            Err(error) => return Err(error),
        }
        Ok(report)
    }
}

/// Tries a tier with what is written in a directory on disk, which goes afterwards.
fn attempt_on_disk(tier: Tier, helper: &Helper, disk: &Path) -> Result<(), Error> {
    let directory = disk.join(format!(".jettison-try-{}", std::process::id()));
    rustix::fs::mkdir(&directory, Mode::RWXU)
        .map_err(|error| Failure::at(Step::Create, &directory, &error.into()))?;
    let tried = give_to_root(&directory, &IdMap::for_host(tier, &UserIds::default()))
        .and_then(|()| attempt(tier, helper, Some(directory.clone())));
    // The helper emptied it. If it was killed, what is left has a name that tells whose it was.
    fs_err::remove_dir(&directory).ok();
    tried
}

fn attempt(tier: Tier, helper: &Helper, scratch: Option<PathBuf>) -> Result<(), Error> {
    if tier == Tier::Chroot && !rustix::process::geteuid().is_root() {
        let error = std::io::Error::from_raw_os_error(libc::EPERM);
        return Err(Failure::at(Step::Chroot, "a directory as an ordinary user", &error).into());
    }
    let ids = IdMap::for_host(tier, &UserIds::default());
    let helper = HelperProcess::start(helper)?;
    helper.send(1, Call::Check(Box::new(Attempt { tier, ids: ids.clone(), scratch })))?;
    loop {
        match helper.receive("try what the host permits")?.0 {
            Message::Event(Event::Unshared) => helper.map_ids(&ids)?,
            Message::Reply { result, .. } => return Ok(result.map(drop)?),
            Message::Event(_) => {}
        }
    }
}

/// What in the host's configuration may have caused a failure.
fn facts(failure: &Failure) -> Vec<String> {
    match failure.step {
        Step::UserNamespace
        | Step::IdMap
        | Step::BecomeRoot
        | Step::Namespaces
        | Step::MountTmpfs => {
            let settings =
                USER_NAMESPACE_SETTINGS.iter().filter_map(|(name, bad)| setting(name, bad));
            settings.chain(seccomp_filter()).collect()
        }
        Step::OpenFuse => vec![match fs_err::metadata("/dev/fuse") {
            Ok(metadata) => {
                use std::os::unix::fs::MetadataExt;
                format!(
                    "/dev/fuse has mode {:o} and owner {}:{}",
                    metadata.mode() & 0o7777,
                    metadata.uid(),
                    metadata.gid()
                )
            }
            Err(error) => error.to_string(),
        }],
        _ => Vec::new(),
    }
}

fn setting(name: &str, bad: &str) -> Option<String> {
    let value = fs_err::read_to_string(format!("/proc/sys/{name}")).ok()?;
    let value = value.trim();
    (value == bad).then(|| format!("sysctl {} is {value}", name.replace('/', ".")))
}

/// A filter on this process, such as a container engine's, is a common reason of refusals that no setting shows.
fn seccomp_filter() -> Option<String> {
    let status = fs_err::read_to_string("/proc/self/status").ok()?;
    let has_filter = status
        .lines()
        .any(|line| line.strip_prefix("Seccomp:").is_some_and(|mode| mode.trim() == "2"));
    has_filter.then(|| {
        "this process runs under a seccomp filter, as in a container; Docker's default one refuses namespaces".to_owned()
    })
}

fn notes() -> Vec<String> {
    let mut notes = Vec::new();
    let is_root = rustix::process::geteuid().is_root();
    match IdMap::for_host(Tier::FuseNamespaces, &UserIds::default()) {
        IdMap::Single { .. } => notes.push(
            "only one user id can be mapped: owners are squashed and set-user-id programs have no effect; give the user a \
             range in /etc/subuid and /etc/subgid and install newuidmap (package uidmap)"
                .to_owned(),
        ),
        map if is_root && map.host_uid(0) == Some(0) => notes.push(
            "root of the sandbox is root of the surrounding user namespace: no other ids are mapped here"
                .to_owned(),
        ),
        _ => {}
    }
    notes
}
