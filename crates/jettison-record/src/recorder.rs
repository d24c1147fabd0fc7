//! Where touches are collected: one small atomic cell per name and per file, written by the serving threads.
//!
//! The kernel's cache makes hot paths free (each name is asked about once), but a stat storm over a large image still
//! asks hundreds of thousands of questions, from several threads. A cell is one 64-bit word, set once and then only
//! OR-ed into, so that no lock stands in that way.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU8, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use jettison_rootfs::{
    InodeId, PathId, Tree,
    evidence::{Evidence, Phase, Program, Seen, Touches},
};

use crate::ProcessNames;

/// Missing names that are remembered for diagnosis. A program that probes more than this is walking some list of
/// candidates; the first ones tell the story, and a hostile program must not fill the memory.
const MISSING_LIMIT: usize = 100_000;

/// One cell: touches in bits 0-7, phase in 8-9, toucher in 10-31, milliseconds in 32-63. Zero: never touched.
struct Cell(AtomicU64);

const PHASE_SHIFT: u32 = 8;
const TOUCHER_SHIFT: u32 = 10;
const TOUCHER_MASK: u64 = (1 << 22) - 1;
const TIME_SHIFT: u32 = 32;

impl Cell {
    /// Notes touches; `stamp` gives the circumstances of a first one.
    fn note(&self, touches: Touches, stamp: impl FnOnce() -> u64) {
        let bits = u64::from(touches.bits());
        let known = self.0.load(Relaxed);
        if known & bits == bits {
            return;
        }
        if known == 0 && self.0.compare_exchange(0, stamp() | bits, Relaxed, Relaxed).is_ok() {
            return;
        }
        self.0.fetch_or(bits, Relaxed);
    }

    fn seen(&self, touchers: &Touchers) -> Option<Seen> {
        let word = self.0.load(Relaxed);
        let [touches, phase, ..] = word.to_le_bytes();
        let index = usize::try_from((word >> TOUCHER_SHIFT) & TOUCHER_MASK).expect("22 bits fit");
        let (pid, program) = touchers.list.get(index).copied().unwrap_or_default();
        (word != 0).then(|| Seen {
            touches: Touches::from_bits(touches),
            phase: Phase::from_index(phase & 3),
            at: Duration::from_millis(word >> TIME_SHIFT),
            pid,
            program,
        })
    }
}

/// Collects the touches of one run over one tree. Shared by reference between the threads that serve.
pub struct Recorder {
    names: Vec<Cell>,
    files: Vec<Cell>,
    missing: Mutex<BTreeMap<(PathId, Vec<u8>), Duration>>,
    touchers: Mutex<Touchers>,
    namer: OnceLock<ProcessNames>,
    phase: AtomicU8,
    born: Instant,
    last: AtomicU64,
}

/// Processes that touched something first, each with the program that it was then.
#[derive(Default)]
struct Touchers {
    list: Vec<(u32, Program)>,
    known: HashMap<(u32, Program), u32>,
}

impl Touchers {
    /// The place of one in the list. Beyond what a cell can hold all are the last.
    fn index(&mut self, toucher: (u32, Program)) -> u64 {
        if let Some(&index) = self.known.get(&toucher) {
            return index.into();
        }
        let next = self.list.len() as u64;
        if next > TOUCHER_MASK {
            return TOUCHER_MASK;
        }
        self.list.push(toucher);
        self.known.insert(toucher, u32::try_from(next).expect("22 bits fit"));
        next
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Recorder").field("names", &self.names.len()).finish_non_exhaustive()
    }
}

impl Recorder {
    /// A recorder for runs over `tree`; `born` is the moment from which times count.
    pub fn new(tree: &Tree, born: Instant) -> Self {
        let cells = |count: usize| (0..count).map(|_| Cell(AtomicU64::new(0))).collect();
        Self {
            names: cells(tree.len()),
            files: cells(tree.inode_count()),
            missing: Mutex::default(),
            touchers: Mutex::default(),
            namer: OnceLock::new(),
            phase: AtomicU8::new(Phase::Setup.index()),
            born,
            last: AtomicU64::new(0),
        }
    }

    /// From now on touchers are told by `names`: the process of the thread, and what it is called.
    pub fn name_by(&self, names: ProcessNames) {
        // A second one would be for the same container.
        self.namer.set(names).ok();
    }

    /// Says which part of the run begins now.
    pub fn enter(&self, phase: Phase) {
        self.phase.store(phase.index(), Relaxed);
    }

    /// How long the tree has not been touched.
    pub fn quiet_for(&self) -> Duration {
        let last = Duration::from_micros(self.last.load(Relaxed));
        self.born.elapsed().saturating_sub(last)
    }

    /// Notes that process `pid` touched the name `path`.
    pub fn note_name(&self, path: PathId, touches: Touches, pid: u32) {
        self.note_name_of(path, touches, (pid, Program::default()));
    }

    /// Notes that process `pid` touched the file `inode`, by whichever of its names.
    pub fn note_file(&self, inode: InodeId, touches: Touches, pid: u32) {
        self.note_file_of(inode, touches, (pid, Program::default()));
    }

    /// As [`Self::note_name`], by a process of which the program is known.
    pub fn note_name_of(&self, path: PathId, touches: Touches, toucher: (u32, Program)) {
        let elapsed = self.touch_clock();
        self.names[path.index()].note(touches, || self.stamp(elapsed, toucher));
    }

    /// As [`Self::note_file`], by a process of which the program is known.
    pub fn note_file_of(&self, inode: InodeId, touches: Touches, toucher: (u32, Program)) {
        let elapsed = self.touch_clock();
        self.files[inode.index()].note(touches, || self.stamp(elapsed, toucher));
    }

    /// Notes that `name` was asked for in `parent` and is not there.
    pub fn note_missing(&self, parent: PathId, name: &[u8]) {
        self.touch_clock();
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        if missing.len() < MISSING_LIMIT {
            missing.entry((parent, name.to_vec())).or_insert_with(|| self.born.elapsed());
        }
    }

    /// What was seen until now. A file's touches count for those of its names that were looked up.
    pub fn evidence(&self, tree: &Tree) -> Evidence {
        let mut evidence = Evidence::default();
        let touchers = self.touchers.lock().unwrap_or_else(PoisonError::into_inner);
        for path in tree.iter() {
            let name = self.names[path.index()].seen(&touchers);
            let is_root = path == tree.root();
            let file = self.files[tree.inode_id(path).index()]
                .seen(&touchers)
                .filter(|_| is_root || name.is_some());
            if let Some(seen) = name.into_iter().chain(file).reduce(Seen::merged) {
                evidence.note(path, seen);
            }
        }
        let missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        for ((parent, name), &at) in &*missing {
            let mut path = tree.path(*parent);
            if path.last() != Some(&b'/') {
                path.push(b'/');
            }
            path.extend_from_slice(name);
            evidence.note_missing(path, at);
        }
        evidence
    }

    fn stamp(&self, elapsed: Duration, toucher: (u32, Program)) -> u64 {
        let millis = u32::try_from(elapsed.as_millis()).unwrap_or(u32::MAX);
        let named = match toucher {
            (0, _) => None,
            (pid, _) => self.namer.get().and_then(|names| names.of(pid)),
        };
        let mut touchers = self.touchers.lock().unwrap_or_else(PoisonError::into_inner);
        (u64::from(millis) << TIME_SHIFT)
            | (touchers.index(named.unwrap_or(toucher)) << TOUCHER_SHIFT)
            | (u64::from(self.phase.load(Relaxed)) << PHASE_SHIFT)
    }

    fn touch_clock(&self) -> Duration {
        let elapsed = self.born.elapsed();
        self.last.store(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX), Relaxed);
        elapsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jettison_rootfs::fixture::TreeBuilder;

    fn find(tree: &Tree, path: &str) -> PathId {
        tree.find(path.as_bytes()).expect("the fixture holds it")
    }

    #[test]
    fn a_touched_file_counts_for_the_names_that_were_looked_up() {
        let tree = TreeBuilder::new().file("/a", 0o644, b"x").hardlink("/b", "/a").build();
        let recorder = Recorder::new(&tree, Instant::now());
        recorder.enter(Phase::Probe);
        recorder.note_name(find(&tree, "/a"), Touches::LOOKED_UP, 7);
        recorder.note_file(tree.inode_id(find(&tree, "/a")), Touches::READ, 7);
        let evidence = recorder.evidence(&tree);
        let seen = evidence.of(find(&tree, "/a")).expect("it was touched");
        assert_eq!(seen.touches, Touches::LOOKED_UP.union(Touches::READ));
        assert_eq!((seen.phase, seen.pid), (Phase::Probe, 7));
        assert_eq!(evidence.of(find(&tree, "/b")), None);
    }

    #[test]
    fn the_first_touch_gives_the_circumstances() {
        let tree = TreeBuilder::new().file("/a", 0o644, b"x").build();
        let recorder = Recorder::new(&tree, Instant::now());
        recorder.enter(Phase::Start);
        recorder.note_name(find(&tree, "/a"), Touches::LOOKED_UP, 1);
        recorder.enter(Phase::Stop);
        recorder.note_name(find(&tree, "/a"), Touches::LISTED, 9);
        let seen = recorder.evidence(&tree).of(find(&tree, "/a")).expect("it was touched");
        assert_eq!((seen.phase, seen.pid), (Phase::Start, 1));
        assert!(seen.touches.contains(Touches::LISTED));
    }

    #[test]
    fn touchers_are_told_by_what_they_were() {
        let tree = TreeBuilder::new().file("/a", 0o644, b"x").file("/b", 0o644, b"x").build();
        let recorder = Recorder::new(&tree, Instant::now());
        for (path, name) in [("/a", "sh"), ("/b", "a-very-long-program-name")] {
            let toucher = (7, Program::new(name.as_bytes()));
            recorder.note_name_of(find(&tree, path), Touches::LOOKED_UP, toucher);
        }
        let evidence = recorder.evidence(&tree);
        for (path, expected) in [("/a", "sh"), ("/b", "a-very-long-pro")] {
            let seen = evidence.of(find(&tree, path)).expect("it was touched");
            assert_eq!((seen.pid, seen.program.name()), (7, Some(expected)));
        }
        assert_eq!(Program::default().name(), None);
        assert_eq!(Program::new(b"cat\n"), Program::new(b"cat"));
    }

    #[test]
    fn missing_names_are_remembered_with_their_path() {
        let tree = TreeBuilder::new().dir("/etc", 0o755).build();
        let recorder = Recorder::new(&tree, Instant::now());
        recorder.note_missing(tree.root(), b"nope");
        recorder.note_missing(find(&tree, "/etc"), b"hosts");
        let evidence = recorder.evidence(&tree);
        let missing: Vec<_> = evidence.missing().map(|(path, _)| path.to_vec()).collect();
        assert_eq!(missing, [b"/etc/hosts".to_vec(), b"/nope".to_vec()]);
    }
}
