//! Files that were copied into a layer because only their metadata changed.

use jettison_rootfs::{EntryRef, LayerEntry};

use super::{Matter, Portion};
use crate::waste::Wasted;

/// What changed between an entry and the one that hides it.
pub(super) fn change(matter: &Matter<'_>, at: EntryRef, wasted: &Wasted) -> &'static str {
    let Some(by) = wasted.by else { return "touch" };
    let (lower, upper) = (entry(matter, at), entry(matter, by));
    let (old, new) = (&lower.meta, &upper.meta);
    if (old.uid, old.gid) != (new.uid, new.gid) {
        "chown"
    } else if old.mode != new.mode {
        "chmod"
    } else {
        "touch"
    }
}

fn entry<'a>(matter: &Matter<'a>, at: EntryRef) -> &'a LayerEntry {
    &matter.index.layers[at.layer as usize].index.entries()[at.entry as usize]
}

/// The owner that the files got, by name where the image knows it: `app:app`.
pub(super) fn new_owner(matter: &Matter<'_>, portion: &Portion) -> String {
    let upper = portion.entries.iter().find_map(|(_, wasted)| wasted.by);
    let Some(upper) = upper.map(|by| entry(matter, by)) else { return "app:app".to_owned() };
    let name = |file: &str, number: u32| {
        let tree = &matter.index.tree;
        let found = tree.find(file.as_bytes())?;
        let text = tree.read_all(tree.inode_id(found), 1 << 20).ok()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let is_it = |line: &&str| line.split(':').nth(2) == Some(&number.to_string());
        Some(text.lines().find(is_it)?.split(':').next()?.to_owned())
    };
    let user = name("/etc/passwd", upper.meta.uid).unwrap_or_else(|| upper.meta.uid.to_string());
    let group = name("/etc/group", upper.meta.gid).unwrap_or_else(|| upper.meta.gid.to_string());
    format!("{user}:{group}")
}

/// The mode that the files got, when it is one for all; directories need the same with `x`, which `COPY` sees to with `X`.
pub(super) fn new_mode(matter: &Matter<'_>, portion: &Portion) -> String {
    let modes = portion
        .entries
        .iter()
        .filter_map(|(_, wasted)| Some(entry(matter, wasted.by?).meta.mode & 0o7777));
    let mut all: Vec<u32> = modes.collect();
    all.sort_unstable();
    all.dedup();
    match all[..] {
        [mode] => format!("{mode:o}"),
        _ => all.first().map_or_else(|| "755".to_owned(), |mode| format!("{mode:o}")),
    }
}
