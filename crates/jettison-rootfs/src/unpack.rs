//! Unpacks one layer, in thought, into a directory of its own.

use std::{borrow::Cow, sync::Arc};

use crate::{
    EntryKind, EntryRef, Fate, Inode, Kind, LayerEntry, MergeError, Meta, Problem, ProblemKind,
    Whiteout, Xattrs,
    draft::{Dentry, Draft},
    merge::{MAX_DEPTH, MAX_LINK_BYTES, MAX_NAMES},
    resolve::MAX_LINKS,
};

/// What to do where a path leads to a name that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    MakeDirectory,
    GiveUp,
}

/// A layer on its way into the arena.
pub(crate) struct Unpacker<'a> {
    draft: &'a mut Draft,
    root: u32,
    entries: &'a [LayerEntry],
    /// The entry at hand.
    at: EntryRef,
    /// Hard links whose target was not there yet.
    pending: Vec<u32>,
    /// Bytes of link targets walked so far.
    link_bytes: usize,
}

impl<'a> Unpacker<'a> {
    /// Prepares to unpack the layer whose fates were added last.
    pub(crate) fn new(draft: &'a mut Draft, root: u32, entries: &'a [LayerEntry]) -> Self {
        let layer = u32::try_from(draft.fates.len() - 1).expect("layers are counted in hundreds");
        Self {
            draft,
            root,
            entries,
            at: EntryRef { layer, entry: 0 },
            pending: Vec::new(),
            link_bytes: 0,
        }
    }

    /// Unpacks all entries.
    pub(crate) fn run(mut self) -> Result<(), MergeError> {
        for (place, entry) in (0..).zip(self.entries) {
            self.at.entry = place;
            self.unpack(entry)?;
        }
        for place in std::mem::take(&mut self.pending) {
            self.at.entry = place;
            self.link_late(&self.entries[place as usize])?;
        }
        Ok(())
    }

    fn unpack(&mut self, entry: &LayerEntry) -> Result<(), MergeError> {
        if entry.needs_global {
            self.report(ProblemKind::GlobalHeader);
        }
        if entry.path.is_empty() {
            return self.unpack_root(entry);
        }
        let (parent, name) = self.place(entry)?;
        if let Some(whiteout) = &entry.whiteout {
            self.mark(parent, whiteout);
            return Ok(());
        }
        match entry.kind {
            EntryKind::Own(Kind::Directory) => self.unpack_directory(parent, name, entry),
            EntryKind::Own(kind) => {
                let inode = self.draft.add_inode(self.inode(kind, entry));
                self.put(parent, name, inode)
            }
            EntryKind::Hardlink => {
                if let Some(target) = self.walk(&entry.target, Missing::GiveUp)? {
                    return self.link(parent, name, target, Some(&entry.meta));
                }
                self.pending.push(self.at.entry);
                Ok(())
            }
        }
    }

    /// Both runtimes make the root directory themselves and skip entries for it.
    fn unpack_root(&mut self, entry: &LayerEntry) -> Result<(), MergeError> {
        if entry.kind != EntryKind::Own(Kind::Directory) {
            return Err(MergeError::RootNotADirectory {
                layer: self.at.layer,
                entry: self.at.entry,
            });
        }
        let earlier = self.draft.dentry_mut(self.root).entry.replace(self.at);
        self.draft.hide_entry(earlier, Some(self.at));
        self.report_duplicate(earlier);
        Ok(())
    }

    fn unpack_directory(
        &mut self,
        parent: u32,
        name: u32,
        entry: &LayerEntry,
    ) -> Result<(), MergeError> {
        let inode = self.draft.add_inode(self.inode(Kind::Directory, entry));
        match self.draft.child(parent, name) {
            Some(old) if self.draft.is_directory(old) => {
                let at = self.at;
                let dentry = self.draft.dentry_mut(old);
                dentry.inode = inode;
                let earlier = dentry.entry.replace(at);
                self.draft.hide_entry(earlier, Some(at));
                self.report_duplicate(earlier);
                Ok(())
            }
            _ => self.put(parent, name, inode),
        }
    }

    /// Makes the name of the entry at hand, in place of an earlier one.
    fn put(&mut self, parent: u32, name: u32, inode: u32) -> Result<(), MergeError> {
        if let Some(old) = self.draft.child(parent, name) {
            self.report_duplicate(self.draft.dentry(old).entry);
            self.draft.hide(old, Some(self.at));
        }
        let child = self.add_dentry(parent, name, inode, Some(self.at))?;
        self.draft.insert(parent, name, child);
        Ok(())
    }

    fn link(
        &mut self,
        parent: u32,
        name: u32,
        target: u32,
        meta: Option<&Meta>,
    ) -> Result<(), MergeError> {
        if self.draft.is_directory(target) {
            self.report(ProblemKind::LinkToDirectory);
            return Ok(());
        }
        let inode = self.draft.dentry(target).inode;
        if let Some(meta) = meta {
            self.take_over(inode, meta);
        }
        self.put(parent, name, inode)
    }

    /// A link's header describes the file as well as the first name's does; runtimes apply what
    /// comes last. One without attributes leaves those of the file.
    fn take_over(&mut self, inode: u32, meta: &Meta) {
        let inode = &mut self.draft.inodes[inode as usize];
        let mut meta = Meta { rdev: inode.rdev, ..meta.clone() };
        if meta.xattrs.is_empty() {
            meta.xattrs = inode.xattrs.clone();
        }
        inode.set_meta(&meta);
    }

    /// Makes a hard link whose target was not there when its turn came.
    fn link_late(&mut self, entry: &LayerEntry) -> Result<(), MergeError> {
        let (parent, name) = self.place(entry)?;
        if self.draft.child(parent, name).is_some() {
            self.report(ProblemKind::Duplicate);
            return Ok(());
        }
        if let Some(target) = self.walk(&entry.target, Missing::GiveUp)? {
            self.report(ProblemKind::LinkForward);
            return self.link(parent, name, target, Some(&entry.meta));
        }
        if let Some(target) = self.draft.find_merged(&entry.target) {
            self.report(ProblemKind::LinkAcrossLayers);
            return self.link(parent, name, target, None);
        }
        self.report(ProblemKind::LinkTargetMissing);
        Ok(())
    }

    fn mark(&mut self, parent: u32, whiteout: &Whiteout) {
        let place = &mut self.draft.fates[self.at.layer as usize][self.at.entry as usize];
        *place = Fate::Whiteout;
        match whiteout {
            Whiteout::Opaque => self.draft.directory_mut(parent).opaque = Some(self.at),
            Whiteout::File(name) => {
                let name = self.draft.intern(name);
                let at = self.at;
                self.draft.directory_mut(parent).whiteouts.insert(name, at);
            }
        }
    }

    /// The directory an entry belongs in, made if need be, and its name there.
    fn place(&mut self, entry: &LayerEntry) -> Result<(u32, u32), MergeError> {
        let slash = entry.path.iter().rposition(|&byte| byte == b'/');
        let (parent, name) = slash.map_or((&b""[..], &entry.path[..]), |slash| {
            (&entry.path[..slash], &entry.path[slash + 1..])
        });
        let parent = self.walk(parent, Missing::MakeDirectory)?;
        let parent = parent.expect("directories that are missing are made");
        Ok((parent, self.draft.intern(name)))
    }

    /// Walks a path through this layer alone. Links are followed but for the last name, which
    /// may be one only when the caller gives up on missing names.
    fn walk(&mut self, path: &[u8], missing: Missing) -> Result<Option<u32>, MergeError> {
        let mut path = Cow::Borrowed(path);
        let (mut at, mut next, mut links) = (self.root, 0, 0);
        while next < path.len() {
            let rest = &path[next..];
            let len = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
            let name = &rest[..len];
            next += len + 1;
            if name.is_empty() || name == b"." {
                continue;
            }
            if name == b".." {
                at = self.draft.dentry(at).parent;
                continue;
            }
            let interned = self.draft.intern(name);
            let Some(child) = self.draft.child(at, interned) else {
                if missing == Missing::GiveUp {
                    return Ok(None);
                }
                at = self.make_directory(at, interned)?;
                continue;
            };
            let is_last = next >= path.len();
            if self.draft.is_directory(child) || (is_last && missing == Missing::GiveUp) {
                at = child;
                continue;
            }
            let inode = &self.draft.inodes[self.draft.dentry(child).inode as usize];
            let Some(target) = &inode.target else {
                return match missing {
                    Missing::GiveUp => Ok(None),
                    Missing::MakeDirectory => Err(self.not_a_directory(name, inode.kind)),
                };
            };
            links += 1;
            self.link_bytes += target.len();
            if links > MAX_LINKS {
                return Err(MergeError::LinkLoop { layer: self.at.layer, path: self.shown() });
            }
            if self.link_bytes > MAX_LINK_BYTES {
                return Err(MergeError::TooManyLinks { layer: self.at.layer, path: self.shown() });
            }
            at = if target.starts_with(b"/") { self.root } else { at };
            let mut spliced = target.to_vec();
            spliced.push(b'/');
            spliced.extend_from_slice(path.get(next..).unwrap_or_default());
            path = Cow::Owned(spliced);
            next = 0;
        }
        Ok(Some(at))
    }

    fn make_directory(&mut self, parent: u32, name: u32) -> Result<u32, MergeError> {
        let inode = self.draft.add_implicit_inode();
        let child = self.add_dentry(parent, name, inode, None)?;
        self.draft.insert(parent, name, child);
        Ok(child)
    }

    fn add_dentry(
        &mut self,
        parent: u32,
        name: u32,
        inode: u32,
        entry: Option<EntryRef>,
    ) -> Result<u32, MergeError> {
        let layer = self.at.layer;
        let depth = self.draft.dentry(parent).depth + 1;
        if depth > MAX_DEPTH {
            return Err(MergeError::TooDeep { layer, path: self.shown() });
        }
        if self.draft.dentries.len() >= MAX_NAMES {
            return Err(MergeError::TooManyNames { layer, path: self.shown() });
        }
        let is_directory = self.draft.inodes[inode as usize].is_directory();
        let directory = is_directory.then(Box::default);
        self.draft.dentries.push(Dentry { name, parent, depth, inode, entry, directory });
        Ok(u32::try_from(self.draft.dentries.len() - 1).expect("MAX_NAMES bounds the arena"))
    }

    fn inode(&self, kind: Kind, entry: &LayerEntry) -> Inode {
        let target = (kind == Kind::Symlink).then(|| Arc::clone(&entry.target));
        let mut inode = Inode {
            kind,
            mode: 0,
            uid: 0,
            gid: 0,
            mtime: entry.meta.mtime,
            size: target.as_ref().map_or(entry.size, |target| target.len() as u64),
            nlink: 0,
            rdev: 0,
            xattrs: Xattrs::new(),
            target,
            origin: Some(self.at),
        };
        inode.set_meta(&entry.meta);
        inode
    }

    fn not_a_directory(&self, name: &[u8], found: Kind) -> MergeError {
        MergeError::NotADirectory {
            layer: self.at.layer,
            path: self.shown(),
            name: String::from_utf8_lossy(name).into_owned(),
            found,
        }
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.entries[self.at.entry as usize].path).into_owned()
    }

    fn report_duplicate(&mut self, earlier: Option<EntryRef>) {
        let Some(at) = earlier else { return };
        self.draft.problems.push(Problem { at, kind: ProblemKind::Duplicate });
    }

    fn report(&mut self, kind: ProblemKind) {
        self.draft.problems.push(Problem { at: self.at, kind });
    }
}
