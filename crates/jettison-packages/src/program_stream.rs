//! What is linked into a program whose bytes go by from front to back.
//!
//! Its end is kept (the table of sections stands there, and what only tools read: cargo-auditable's list), and what follows
//! the marker of Go. That finds what stripped programs tell and all that Go has built since 1.18; for older ones see
//! [`OldGo`](crate::go_stream::OldGo), for Rust's without a list [`crate_paths`](crate::crate_paths).

use std::collections::BTreeSet;

use jettison_rootfs::PathId;

use crate::{Package, bytes::Pieces, crate_paths, crates, elf_sections::Elf, go, go_stream::OldGo};

/// How much of a program's end is kept. Of a stripped one, what nobody loads has some 100 kB.
const TAIL_BYTES: u64 = 4 << 20;
/// How much is kept from Go's marker on; Kubernetes' list has 40 KiB.
const GO_BYTES: usize = 1 << 20;
/// Where an ELF header ends.
pub(crate) const HEAD_BYTES: usize = 64;

/// A program, as far as its bytes have come.
#[derive(Debug)]
pub(crate) struct ProgramStream {
    size: u64,
    head: Vec<u8>,
    /// What is kept from this place of the file on.
    kept_from: u64,
    kept: Vec<u8>,
    go: Option<Vec<u8>>,
    old_go: Option<OldGo>,
    crates: BTreeSet<(String, String)>,
    /// The last bytes of the pieces before: what is looked for may lie across two.
    seam: Vec<u8>,
}

impl ProgramStream {
    /// A program with these first bytes, [`HEAD_BYTES`] at least.
    pub(crate) fn new(size: u64, head: &[u8]) -> Self {
        Self {
            size,
            head: head[..HEAD_BYTES].to_vec(),
            kept_from: size.saturating_sub(TAIL_BYTES),
            kept: Vec::new(),
            go: None,
            old_go: OldGo::begin(&head[..head.len().min(crate::go_stream::HEAD_BYTES)]),
            crates: BTreeSet::new(),
            seam: Vec::new(),
        }
    }

    /// Takes the bytes from `offset` on. Calls come in order, without gaps.
    pub(crate) fn see(&mut self, offset: u64, bytes: &[u8]) {
        let skipped = self.kept_from.saturating_sub(offset);
        if let Some(kept) = usize::try_from(skipped).ok().and_then(|skipped| bytes.get(skipped..)) {
            self.kept.extend_from_slice(kept);
        }
        if let Some(go) = &mut self.go {
            let room = GO_BYTES.saturating_sub(go.len()).min(bytes.len());
            go.extend_from_slice(&bytes[..room]);
            return;
        }
        if let Some(old) = &mut self.old_go {
            old.see(offset, bytes);
        }
        self.find(bytes);
    }

    /// Looks for Go's marker and for crates.
    fn find(&mut self, bytes: &[u8]) {
        let mut joined = std::mem::take(&mut self.seam);
        let seam = joined.len();
        joined.extend_from_slice(&bytes[..bytes.len().min(crate_paths::SEAM)]);
        let found = go::find(&joined).filter(|at| *at < seam);
        self.go = match found {
            Some(at) => Some([&joined[at..seam], &bytes[..bytes.len().min(GO_BYTES)]].concat()),
            None => go::find(bytes).map(|at| bytes[at..bytes.len().min(at + GO_BYTES)].to_vec()),
        };
        crate_paths::find(&joined, &mut self.crates);
        crate_paths::find(bytes, &mut self.crates);
        // What lies in the last bytes cannot be told from what only begins like it yet.
        let whole = if bytes.len() < crate_paths::SEAM { &joined[..] } else { bytes };
        self.seam = whole[whole.len().saturating_sub(crate_paths::SEAM - 1)..].to_vec();
    }

    /// The packages inside, the program's own first where it is known.
    pub(crate) fn finish(mut self, home: PathId) -> Vec<Package> {
        let go = self.go.as_ref().and_then(|info| go::modules_in_place(info, home));
        let old = self.old_go.take();
        let go = go.or_else(|| old?.finish(home)).map(own_first);
        let found = go.or_else(|| crates::crates(&Elf::open(&self)?, home));
        found.unwrap_or_else(|| crate_paths::packages(self.crates, home))
    }
}

/// Go itself stands before the program's own module.
fn own_first(mut modules: Vec<Package>) -> Vec<Package> {
    if modules.len() > 1 {
        modules.swap(0, 1);
    }
    modules
}

/// What was kept of it.
impl Pieces for ProgramStream {
    fn len(&self) -> u64 {
        self.size
    }

    fn piece(&self, offset: u64, length: u64) -> Option<Vec<u8>> {
        let from = |start: u64, kept: &[u8]| {
            let at = usize::try_from(offset.checked_sub(start)?).ok()?;
            let end = at.checked_add(usize::try_from(length).ok()?)?;
            kept.get(at..end).map(<[u8]>::to_vec)
        };
        from(0, &self.head).or_else(|| from(self.kept_from, &self.kept))
    }
}
