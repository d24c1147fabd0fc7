//! Figures and lists of the report, counted from trees and keep-sets.

use std::collections::{BTreeMap, BTreeSet};

use jettison_keep::KeepSet;
use jettison_rootfs::{Kind, PathId, Tree, evidence::Evidence};

use crate::{
    report::{Cost, Dropped, Kept, Risk, Warning, Write},
    run::Run,
};

/// Processes beyond the first of a service that are normal: workers have the same program.
const PROGRAMS_EXPECTED: usize = 1;

/// Regular files of a tree, each counted once.
pub(crate) fn file_count(tree: &Tree) -> u64 {
    let inodes = (0..tree.inode_count()).map(jettison_rootfs::InodeId::from_index);
    inodes.filter(|&id| tree.inode_by_id(id).kind == Kind::File).count() as u64
}

/// Every kept path with its reason.
pub(crate) fn kept(tree: &Tree, keep: &KeepSet, evidence: &Evidence) -> Vec<Kept> {
    let mut kept: Vec<Kept> = keep
        .iter()
        .map(|(path, reason)| {
            let inode = tree.inode(path);
            let seen = evidence.of(path);
            let by = reason.by.map(|by| format!(" {}", show(tree, by))).unwrap_or_default();
            let rewritten = keep.rewrites.get(&path).map(|bytes| bytes.len() as u64);
            Kept {
                path: show(tree, path),
                kind: inode.kind.to_string(),
                bytes: if inode.kind == Kind::File { rewritten.unwrap_or(inode.size) } else { 0 },
                layer: tree.provider(path).map(|(layer, _)| layer as u64),
                rule: reason.rule.to_owned(),
                because: format!("{}{by}", reason.because),
                touches: seen
                    .iter()
                    .flat_map(|seen| seen.touches.words())
                    .map(str::to_owned)
                    .collect(),
                phase: seen.map(|seen| seen.phase.word().to_owned()),
                at_ms: seen.map(|seen| u64::try_from(seen.at.as_millis()).unwrap_or(u64::MAX)),
                pid: seen.map(|seen| seen.pid).filter(|&pid| pid != 0),
            }
        })
        .collect();
    kept.sort_by(|one, other| one.path.cmp(&other.path));
    kept
}

/// Every dropped path; a directory that went whole stands for what was in it.
pub(crate) fn dropped(tree: &Tree, keep: &KeepSet) -> Vec<Dropped> {
    let mut tops: BTreeMap<PathId, Dropped> = BTreeMap::new();
    let mut top_of: Vec<Option<PathId>> = vec![None; tree.len()];
    let mut counted = vec![false; tree.inode_count()];
    for (path, _) in keep.iter() {
        counted[tree.inode_id(path).index()] = true;
    }
    for path in tree.iter().filter(|&path| !keep.contains(path)) {
        let top = top_of[tree.parent(path).index()].unwrap_or(path);
        top_of[path.index()] = Some(top);
        let entry = tops.entry(top).or_insert_with(|| Dropped {
            path: show(tree, top),
            bytes: 0,
            files: 0,
        });
        let is_new = !std::mem::replace(&mut counted[tree.inode_id(path).index()], true);
        let inode = tree.inode(path);
        if is_new && inode.kind == Kind::File {
            entry.bytes += inode.size;
            entry.files += 1;
        }
    }
    let mut dropped: Vec<Dropped> = tops.into_values().collect();
    dropped.sort_by(|one, other| one.path.cmp(&other.path));
    dropped
}

/// What each rule cost.
pub(crate) fn costs(tree: &Tree, keep: &KeepSet) -> BTreeMap<String, Cost> {
    let costs = keep.costs(tree).into_iter();
    costs
        .map(|(rule, cost)| (rule.to_owned(), Cost { paths: cost.names, bytes: cost.bytes }))
        .collect()
}

/// What was dropped although a rule wanted it.
pub(crate) fn risks(tree: &Tree, keep: &KeepSet) -> Vec<Risk> {
    let mut risks: Vec<Risk> = keep
        .risks
        .iter()
        .map(|risk| {
            let by = risk.reason.by.map(|by| format!(" {}", show(tree, by))).unwrap_or_default();
            Risk {
                path: show(tree, risk.path),
                rule: risk.reason.rule.to_owned(),
                because: format!("{}{by}", risk.reason.because),
            }
        })
        .collect();
    risks.sort_by(|one, other| one.path.cmp(&other.path));
    risks
}

/// What a person should look at in how the image behaved.
pub(crate) fn warnings(
    exposed: &BTreeSet<String>,
    listening: &BTreeSet<String>,
    writes: &[Write],
    commands: &BTreeSet<String>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn =
        |code: &str, text: String| warnings.push(Warning { code: code.to_owned(), text });
    for port in exposed.difference(listening) {
        warn("port-not-listening", format!("EXPOSE {port}: nothing listened on it"));
    }
    for port in listening.difference(exposed).filter(|port| !is_ephemeral(port)) {
        warn(
            "port-not-exposed",
            format!("the program listens on {port}, which the image does not EXPOSE"),
        );
    }
    let outside: Vec<&str> = writes
        .iter()
        .filter(|write| !write.in_volume && !is_scratch(&write.path))
        .map(|write| write.path.as_str())
        .collect();
    if let Some(first) = outside.first() {
        let text = format!(
            "the program wrote {} paths outside volumes, {first} first: they are lost with the container",
            outside.len()
        );
        warn("writes-outside-volumes", text);
    }
    if commands.len() > PROGRAMS_EXPECTED {
        let list = commands.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        warn("several-programs", format!("several programs ran in one container: {list}"));
    }
    warnings
}

/// A server that went on in the background: its container has ended, so that nothing of it was asked.
pub(crate) fn ended_early(exposed: &BTreeSet<String>, fat: &Run) -> Option<Warning> {
    let is_served = exposed.iter().any(|port| port.ends_with("/tcp"));
    (fat.has_ended && is_served).then(|| Warning {
        code: "ended-early".to_owned(),
        text: format!(
            "the program ended ({}) before it listened on {}: nothing was asked of it. In a container a server must stay in the \
             foreground; --cmd can tell it to",
            fat.exit,
            exposed.iter().cloned().collect::<Vec<_>>().join(", ")
        ),
    })
}

/// Linux's default range of ports that are given out, not chosen (`ip_local_port_range`, ip(7)).
fn is_ephemeral(port: &str) -> bool {
    let number = port.split('/').next().and_then(|number| number.parse::<u16>().ok());
    number.is_some_and(|number| (32768..=60999).contains(&number))
}

/// Directories whose content nobody expects to stay.
fn is_scratch(path: &str) -> bool {
    ["/tmp", "/var/tmp", "/run", "/var/run"].iter().any(|directory| {
        path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// A path as reports show it.
pub(crate) fn show(tree: &Tree, path: PathId) -> String {
    String::from_utf8_lossy(&tree.path(path)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(list: &[&str]) -> BTreeSet<String> {
        list.iter().map(|&item| item.to_owned()).collect()
    }

    #[test]
    fn each_warning_has_its_cause() {
        let writes = [
            Write { path: "/tmp/x".to_owned(), change: "created".to_owned(), in_volume: false },
            Write { path: "/data/x".to_owned(), change: "created".to_owned(), in_volume: true },
            Write { path: "/srv/x".to_owned(), change: "created".to_owned(), in_volume: false },
        ];
        let found = warnings(
            &set(&["80/tcp", "443/tcp"]),
            &set(&["80/tcp", "9000/tcp", "40001/tcp"]),
            &writes,
            &set(&["a", "b"]),
        );
        let codes: Vec<&str> = found.iter().map(|warning| warning.code.as_str()).collect();
        assert_eq!(
            codes,
            [
                "port-not-listening",
                "port-not-exposed",
                "writes-outside-volumes",
                "several-programs"
            ]
        );
        assert!(found[2].text.contains("1 paths") && found[2].text.contains("/srv/x"));
        assert_eq!(warnings(&set(&["80/tcp"]), &set(&["80/tcp"]), &[], &set(&["a"])), []);
    }
}
