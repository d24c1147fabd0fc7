//! What the workload may do: Docker's default capabilities, inside its user namespace.

use rustix::thread::{CapabilitySet, CapabilitySets};

use super::At;
use crate::{
    failure::{Failure, Step},
    idmap::IdMap,
};

/// Docker's default set (moby `oci/caps/defaults.go`).
const DEFAULT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::MKNOD)
    .union(CapabilitySet::NET_RAW)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETFCAP)
    .union(CapabilitySet::SETPCAP)
    .union(CapabilitySet::NET_BIND_SERVICE)
    .union(CapabilitySet::SYS_CHROOT)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::AUDIT_WRITE);

/// Docker's set, without the right to make devices where nothing (a user namespace, Docker's device cgroup) keeps made
/// ones from being used.
fn default_set(ids: &IdMap) -> CapabilitySet {
    match ids {
        IdMap::Host => DEFAULT.difference(CapabilitySet::MKNOD),
        _ => DEFAULT,
    }
}

/// Takes everything beyond the default set from what programs of the calling process can ever have. Must precede the
/// change of user, which gives up the right to do it.
pub(super) fn limit_bounding_set(ids: &IdMap) -> Result<(), Failure> {
    let kept = default_set(ids);
    rustix::thread::clear_ambient_capability_set().step(Step::Capabilities)?;
    for capability in CapabilitySet::all().iter() {
        if kept.contains(capability)
            || !rustix::thread::capability_is_in_bounding_set(capability).unwrap_or(false)
        {
            continue;
        }
        rustix::thread::remove_capability_from_bounding_set(capability).step(Step::Capabilities)?;
    }
    // Survives the change of user until the program starts, so that the system call filter can be installed without
    // `no_new_privs`, which would disable setuid programs.
    rustix::thread::set_keep_capabilities(true).step(Step::Capabilities)
}

/// Leaves, until the program starts, the right to install a filter, and root its file rights: the program is then
/// looked up as its user would.
pub(super) fn limit_until_exec(ids: &IdMap, uid: u32) -> Result<(), Failure> {
    let had = rustix::thread::capabilities(None).step(Step::Capabilities)?.permitted;
    let of_root = if uid == 0 { default_set(ids) } else { CapabilitySet::empty() };
    let kept = of_root | CapabilitySet::SYS_ADMIN;
    let sets = CapabilitySets {
        effective: kept & had,
        permitted: kept & had,
        inheritable: CapabilitySet::empty(),
    };
    rustix::thread::set_capabilities(None, sets).step(Step::Capabilities)
}
