//! Which host ids the ids of a sandbox are: planned from the host's files, written by the parent.
//!
//! As root, ids 0 to 65535 become a high range that nothing else uses, so that a process that escapes owns nothing.
//! Otherwise id 0 is the caller and the others come from `/etc/subuid` (as rootless podman has it), or only one id
//! exists.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    process::Command,
};

use serde::{Deserialize, Serialize};

use crate::{
    failure::{Failure, Step},
    spec::{Owners, Tier, UserIds},
};

/// Ids that an image can use: 16 bits, as Docker's `userns-remap` and podman map them.
pub const MAPPED_IDS: u32 = 65536;

/// First host id of root's range unless `/etc/subuid` names one for root: the lowest that systemd's table of id ranges
/// (uidgid.md, "Special and reserved ranges") leaves free, above containers' and below 2^31.
const SHIFTED_BASE: u32 = 0x7000_0000;

/// `count` ids from `inner` in the sandbox are those from `outer` on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// First id in the sandbox.
    pub inner: u32,
    /// First id on the host.
    pub outer: u32,
    /// How many.
    pub count: u32,
}

impl Extent {
    fn line(self) -> String {
        format!("{} {} {}", self.inner, self.outer, self.count)
    }

    fn outer_of(self, inner: u32) -> Option<u32> {
        let offset = inner.checked_sub(self.inner)?;
        (offset < self.count).then(|| self.outer + offset)
    }
}

/// The ids of a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdMap {
    /// No user namespace: ids are the host's ([`Tier::Chroot`]).
    Host,
    /// Ranges written by the parent, which is root.
    Direct {
        /// User ids.
        users: Vec<Extent>,
        /// Group ids.
        groups: Vec<Extent>,
    },
    /// Ranges written by `newuidmap` and `newgidmap` for an ordinary user.
    Subordinate {
        /// User ids.
        users: Vec<Extent>,
        /// Group ids.
        groups: Vec<Extent>,
    },
    /// One user and one group.
    Single {
        /// The user.
        user: Extent,
        /// The group.
        group: Extent,
    },
}

/// What the plan depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HostIds {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Login name of `uid`, for `/etc/subuid`.
    pub(crate) name: Option<String>,
    /// `/etc/subuid`.
    pub(crate) subuid: String,
    /// `/etc/subgid`.
    pub(crate) subgid: String,
    /// `/proc/self/uid_map`: the ids that exist here.
    pub(crate) uid_map: String,
    /// `/proc/self/gid_map`.
    pub(crate) gid_map: String,
    /// Whether `newuidmap` and `newgidmap` are installed.
    pub(crate) has_newidmap: bool,
}

impl HostIds {
    pub(crate) fn read() -> Self {
        let text = |path: &str| fs_err::read_to_string(path).unwrap_or_default();
        let uid = rustix::process::geteuid().as_raw();
        Self {
            uid,
            gid: rustix::process::getegid().as_raw(),
            name: login_name(&text("/etc/passwd"), uid),
            subuid: text("/etc/subuid"),
            subgid: text("/etc/subgid"),
            uid_map: text("/proc/self/uid_map"),
            gid_map: text("/proc/self/gid_map"),
            has_newidmap: id_mapper("newuidmap").is_some() && id_mapper("newgidmap").is_some(),
        }
    }
}

impl IdMap {
    /// The map of a sandbox of this tier for a workload that runs as `user`, on this host.
    ///
    /// Callers that unpack a root directory need it to know which host ids own the copy ([`Self::host_uid`]).
    pub fn for_host(tier: Tier, user: &UserIds) -> Self {
        Self::plan(tier, user, &HostIds::read())
    }

    pub(crate) fn plan(tier: Tier, user: &UserIds, host: &HostIds) -> Self {
        if tier == Tier::Chroot {
            return Self::Host;
        }
        let single = Self::Single {
            user: Extent { inner: user.uid, outer: host.uid, count: 1 },
            group: Extent { inner: user.gid, outer: host.gid, count: 1 },
        };
        if host.uid == 0 {
            let users = root_range(&host.subuid, &host.uid_map);
            let groups = root_range(&host.subgid, &host.gid_map);
            // Root of a user namespace in which nobody else exists is as poor as a user without subordinate ids.
            let is_alone = [&users, &groups].iter().any(|range| total(range) <= 1);
            return if is_alone { single } else { Self::Direct { users, groups } };
        }
        let name = host.name.as_deref();
        let users = subordinate_range(&host.subuid, name, host.uid);
        let groups = subordinate_range(&host.subgid, name, host.uid);
        match (users, groups) {
            (Some(users), Some(groups)) if host.has_newidmap => {
                let own = |outer| Extent { inner: 0, outer, count: 1 };
                Self::Subordinate {
                    users: vec![own(host.uid), users],
                    groups: vec![own(host.gid), groups],
                }
            }
            _ => single,
        }
    }

    /// Whose files the workload sees.
    pub fn owners(&self) -> Owners {
        match self {
            Self::Single { user, group } => Owners::Squashed { uid: user.inner, gid: group.inner },
            _ => Owners::AsInImage,
        }
    }

    /// The host's id for a user id of the sandbox; `None` when it is not mapped.
    pub fn host_uid(&self, uid: u32) -> Option<u32> {
        match self {
            Self::Host => Some(uid),
            Self::Direct { users, .. } | Self::Subordinate { users, .. } => {
                users.iter().find_map(|extent| extent.outer_of(uid))
            }
            Self::Single { user, .. } => user.outer_of(uid),
        }
    }

    /// The host's id for a group id of the sandbox; `None` when it is not mapped.
    pub fn host_gid(&self, gid: u32) -> Option<u32> {
        match self {
            Self::Host => Some(gid),
            Self::Direct { groups, .. } | Self::Subordinate { groups, .. } => {
                groups.iter().find_map(|extent| extent.outer_of(gid))
            }
            Self::Single { group, .. } => group.outer_of(gid),
        }
    }

    /// Writes the maps of the user namespace that process `pid` is in.
    pub(crate) fn write(&self, pid: u32) -> Result<(), Failure> {
        match self {
            Self::Host => Ok(()),
            Self::Direct { users, groups } => {
                write_map(pid, "gid_map", groups)?;
                write_map(pid, "uid_map", users)
            }
            Self::Subordinate { users, groups } => {
                run_mapper("newgidmap", pid, groups)?;
                run_mapper("newuidmap", pid, users)
            }
            Self::Single { user, group } => {
                write_proc(pid, "setgroups", "deny")?;
                write_map(pid, "gid_map", &[*group])?;
                write_map(pid, "uid_map", &[*user])
            }
        }
    }
}

/// Root's own subordinate range, the shifted range, or (in a user namespace that has neither) what exists there.
fn root_range(subordinate: &str, existing: &str) -> Vec<Extent> {
    let existing = parse_map(existing);
    let exists = |first: u32| {
        existing.iter().any(|extent| {
            first >= extent.inner
                && u64::from(first) + u64::from(MAPPED_IDS)
                    <= u64::from(extent.inner) + u64::from(extent.count)
        })
    };
    let own = subordinate_lines(subordinate)
        .find(|(name, _, count)| *name == "root" && *count >= MAPPED_IDS)
        .map(|(_, first, _)| first);
    for first in [own, Some(SHIFTED_BASE)].into_iter().flatten() {
        if exists(first) {
            return vec![Extent { inner: 0, outer: first, count: MAPPED_IDS }];
        }
    }
    existing
        .iter()
        .filter(|extent| extent.inner < MAPPED_IDS)
        .map(|extent| Extent {
            inner: extent.inner,
            outer: extent.inner,
            count: extent.count.min(MAPPED_IDS - extent.inner),
        })
        .collect()
}

fn total(extents: &[Extent]) -> u32 {
    extents.iter().map(|extent| extent.count).sum()
}

/// The user's first range, as ids from 1.
fn subordinate_range(text: &str, name: Option<&str>, uid: u32) -> Option<Extent> {
    let number = uid.to_string();
    subordinate_lines(text)
        .find(|(owner, _, count)| (name == Some(*owner) || *owner == number) && *count > 0)
        .map(|(_, first, count)| Extent {
            inner: 1,
            outer: first,
            count: count.min(MAPPED_IDS - 1),
        })
}

/// The well-formed lines `owner:first:count` of `/etc/subuid` (subuid(5)).
fn subordinate_lines(text: &str) -> impl Iterator<Item = (&str, u32, u32)> {
    text.lines().filter_map(|line| {
        let mut fields = line.trim().splitn(3, ':');
        let owner = fields.next()?;
        let first: u32 = fields.next()?.parse().ok()?;
        let count: u32 = fields.next()?.parse().ok()?;
        first.checked_add(count)?;
        Some((owner, first, count))
    })
}

/// `/proc/PID/uid_map` (user_namespaces(7)).
fn parse_map(text: &str) -> Vec<Extent> {
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split_ascii_whitespace().map(str::parse);
            let mut next = || fields.next()?.ok();
            Some(Extent { inner: next()?, outer: next()?, count: next()? })
        })
        .collect()
}

/// The name of `uid` in `/etc/passwd`. Users from elsewhere (LDAP) are found in `/etc/subuid` by number.
fn login_name(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// Where a setuid id mapper is installed. Only system directories count.
pub(crate) fn id_mapper(name: &str) -> Option<std::path::PathBuf> {
    ["/usr/bin", "/bin", "/usr/sbin", "/usr/local/bin", "/run/wrappers/bin"]
        .iter()
        .map(|directory| Path::new(directory).join(name))
        .find(|path| path.exists())
}

fn write_map(pid: u32, file: &str, extents: &[Extent]) -> Result<(), Failure> {
    let text: String = extents.iter().map(|extent| extent.line() + "\n").collect();
    write_proc(pid, file, &text)
}

fn write_proc(pid: u32, file: &str, text: &str) -> Result<(), Failure> {
    let path = format!("/proc/{pid}/{file}");
    // One `write` call: the kernel takes the whole map at once.
    let written = File::options()
        .write(true)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::at(Step::IdMap, path, &error))
}

fn run_mapper(name: &str, pid: u32, extents: &[Extent]) -> Result<(), Failure> {
    let failed = |error: &io::Error| Failure::at(Step::IdMap, name, error);
    let program =
        id_mapper(name).ok_or_else(|| failed(&io::Error::from_raw_os_error(libc::ENOENT)))?;
    let status = Command::new(program)
        .arg(pid.to_string())
        .args(extents.iter().flat_map(|extent| {
            [extent.inner.to_string(), extent.outer.to_string(), extent.count.to_string()]
        }))
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .map_err(|error| failed(&error))?;
    if status.success() { Ok(()) } else { Err(failed(&io::Error::from_raw_os_error(libc::EPERM))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "         0          0 4294967295\n";

    fn host(uid: u32, subuid: &str) -> HostIds {
        HostIds {
            uid,
            gid: uid,
            name: Some("ann".to_owned()),
            subuid: subuid.to_owned(),
            subgid: subuid.to_owned(),
            uid_map: WHOLE.to_owned(),
            gid_map: WHOLE.to_owned(),
            has_newidmap: true,
        }
    }

    fn user(uid: u32) -> UserIds {
        UserIds { uid, gid: uid, groups: Vec::new() }
    }

    fn extent(inner: u32, outer: u32, count: u32) -> Extent {
        Extent { inner, outer, count }
    }

    #[test]
    fn root_gets_a_range_that_owns_nothing() {
        for (subuid, uid_map, expected) in [
            ("", WHOLE, extent(0, SHIFTED_BASE, MAPPED_IDS)),
            ("root:200000:65536\n", WHOLE, extent(0, 200_000, MAPPED_IDS)),
            ("root:200000:1000\n", WHOLE, extent(0, SHIFTED_BASE, MAPPED_IDS)),
            ("junk\nroot:x:y\n", WHOLE, extent(0, SHIFTED_BASE, MAPPED_IDS)),
            ("", "0 100000 65536\n", extent(0, 0, 65536)),
        ] {
            let host = HostIds { uid_map: uid_map.to_owned(), ..host(0, subuid) };
            let map = IdMap::plan(Tier::FuseNamespaces, &user(0), &host);
            let IdMap::Direct { users, .. } = &map else { panic!("{map:?}") };
            assert_eq!(users, &[expected], "{subuid:?} {uid_map:?}");
        }
    }

    #[test]
    fn root_of_a_namespace_with_one_id_gets_one() {
        let alone = HostIds { uid_map: "0 1000 1\n".to_owned(), ..host(0, "") };
        let expected = IdMap::Single { user: extent(33, 0, 1), group: extent(33, 0, 1) };
        assert_eq!(IdMap::plan(Tier::FuseNamespaces, &user(33), &alone), expected);
        // Rootless podman: the user and its subordinate ids.
        let podman = "0 1000 1\n1 100000 65536\n".to_owned();
        let podman = HostIds { uid_map: podman.clone(), gid_map: podman, ..host(0, "") };
        let range = vec![extent(0, 0, 1), extent(1, 1, 65535)];
        let expected = IdMap::Direct { users: range.clone(), groups: range };
        assert_eq!(IdMap::plan(Tier::FuseNamespaces, &user(33), &podman), expected);
    }

    #[test]
    fn users_get_their_subordinate_ids_or_one() {
        let mapped = |outer| IdMap::Subordinate {
            users: vec![extent(0, 1000, 1), extent(1, outer, 65535)],
            groups: vec![extent(0, 1000, 1), extent(1, outer, 65535)],
        };
        let single = IdMap::Single { user: extent(33, 1000, 1), group: extent(33, 1000, 1) };
        for (subuid, has_newidmap, expected) in [
            ("bob:1:2\nann:100000:65536\n", true, mapped(100_000)),
            ("1000:300000:70000\n", true, mapped(300_000)),
            ("ann:100000:65536\n", false, single.clone()),
            ("bob:100000:65536\n", true, single.clone()),
            ("ann:4294967295:65536\n", true, single),
        ] {
            let host = HostIds { has_newidmap, ..host(1000, subuid) };
            assert_eq!(IdMap::plan(Tier::FuseNamespaces, &user(33), &host), expected, "{subuid:?}");
        }
    }

    #[test]
    fn translates_to_host_ids() {
        let map = IdMap::plan(Tier::CopyNamespaces, &user(0), &host(1000, "ann:100000:65536\n"));
        for (inner, outer) in
            [(0, Some(1000)), (1, Some(100_000)), (65535, Some(165_534)), (65536, None)]
        {
            assert_eq!(map.host_uid(inner), outer, "{inner}");
            assert_eq!(map.host_gid(inner), outer, "{inner}");
        }
        assert_eq!(map.owners(), Owners::AsInImage);
        let single = IdMap::plan(Tier::CopyNamespaces, &user(5), &host(1000, ""));
        assert_eq!(single.owners(), Owners::Squashed { uid: 5, gid: 5 });
        assert_eq!(IdMap::plan(Tier::Chroot, &user(5), &host(0, "")).host_uid(7), Some(7));
    }
}
