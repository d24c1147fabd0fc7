//! The copy itself: what is there is skipped, several blobs move at once, the name comes last.

use std::{
    fmt,
    num::NonZero,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use jettison_image::{Descriptor, Digest, MediaKind, Platform};

use super::{
    BlobRole, BlobTransfer, CopyError, Document, ImageDestination, ImageSource, Order, PutBlob,
    TransferError, VerifyError, cause_of,
    plan::{CopyPlan, check_digest},
};

/// Blobs in flight when nobody says otherwise: more connections than this gain nothing (containers/image
/// uses six, Docker three), and each holds a buffer.
const PARALLELISM: usize = 6;

/// Which images of an index are copied.
#[derive(Debug, Clone, PartialEq)]
pub enum Platforms {
    /// The one for a machine; for `None`, this one, or the only one there is.
    One(Option<Platform>),
    /// The index as it is, with everything in it.
    All,
}

/// What happens during a copy, told from several threads.
#[derive(Debug, Clone, Copy)]
pub enum CopyEvent<'a> {
    /// What is to be copied is known: these blobs, in no particular order.
    Planned {
        /// Each blob once.
        blobs: &'a [(Descriptor, BlobRole)],
    },
    /// A blob came so far; it may begin again, with a smaller position.
    Moved {
        /// Which blob.
        blob: &'a Descriptor,
        /// Bytes from its beginning.
        position: u64,
    },
    /// A blob is where it shall be.
    Done {
        /// Which blob.
        blob: &'a Descriptor,
        /// How it got there.
        how: PutBlob,
    },
}

/// Is told what happens.
pub type CopyProgressFn = Arc<dyn Fn(CopyEvent<'_>) + Send + Sync>;

/// How an image is copied.
#[derive(Clone)]
pub struct CopyOptions {
    /// Which images of an index.
    pub platforms: Platforms,
    /// How many blobs move at once; `None` is six, or what the destination takes best.
    pub parallelism: Option<NonZero<usize>>,
    /// Is told what happens.
    pub progress: Option<CopyProgressFn>,
}

impl Default for CopyOptions {
    /// The image for this machine, without reports.
    fn default() -> Self {
        Self { platforms: Platforms::One(None), parallelism: None, progress: None }
    }
}

impl fmt::Debug for CopyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { platforms, parallelism, progress } = self;
        f.debug_struct("CopyOptions")
            .field("platforms", platforms)
            .field("parallelism", parallelism)
            .field("progress", &progress.is_some())
            .finish()
    }
}

/// What was copied.
#[derive(Debug, Clone, PartialEq)]
pub struct Copied {
    /// What has the name now: media type, digest and size of an index or manifest.
    pub root: Descriptor,
    /// Its bytes.
    pub document: Document,
    /// Bytes of blobs that were moved.
    pub moved: u64,
    /// Bytes of blobs that were there already, or were linked.
    pub spared: u64,
    /// What a person should know: sentences without a final full stop.
    pub warnings: Vec<String>,
}

/// Copies an image. Digests stay as they are.
pub fn copy(
    source: &dyn ImageSource,
    destination: &dyn ImageDestination,
    options: &CopyOptions,
) -> Result<Copied, CopyError> {
    let failed = |error| CopyError::Source { name: source.name(), source: error };
    let root = source.root().map_err(failed)?;
    check_digest(source, &root)?;
    let plan = CopyPlan::new(source, root, &options.platforms)?;
    let abilities = destination.abilities();
    let is_index = MediaKind::of(&plan.root.descriptor.media_type) == MediaKind::Index;
    if is_index && !abilities.indexes {
        return Err(CopyError::OneImageOnly { destination: destination.name() });
    }
    let run = Run { source, destination, options, plan };
    run.announce();
    let spent = match abilities.order {
        _ if run.put(|to| to.is_complete(&run.plan.root))? => run.spared_all(),
        Order::BlobsFirst => run.blobs_first(abilities.parallelism)?,
        Order::ByDigest => run.by_digest()?,
    };
    let warnings = run.put(|to| to.commit(&run.plan.root))?;
    let document = run.plan.root;
    let root = document.descriptor.clone();
    Ok(Copied { root, document, moved: spent.moved, spared: spent.spared, warnings })
}

#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    moved: u64,
    spared: u64,
}

impl Spent {
    fn add(&mut self, size: u64, how: PutBlob) {
        match how {
            PutBlob::Moved => self.moved += size,
            PutBlob::Present | PutBlob::Linked => self.spared += size,
        }
    }
}

struct Run<'a> {
    source: &'a dyn ImageSource,
    destination: &'a dyn ImageDestination,
    options: &'a CopyOptions,
    plan: CopyPlan,
}

impl Run<'_> {
    fn put<T>(
        &self,
        action: impl FnOnce(&dyn ImageDestination) -> Result<T, TransferError>,
    ) -> Result<T, CopyError> {
        action(self.destination)
            .map_err(|source| CopyError::Destination { name: self.destination.name(), source })
    }

    fn tell(&self, event: CopyEvent<'_>) {
        if let Some(progress) = &self.options.progress {
            progress(event);
        }
    }

    fn announce(&self) {
        if self.options.progress.is_some() {
            let blobs: Vec<_> = self.plan.blobs.values().cloned().collect();
            self.tell(CopyEvent::Planned { blobs: &blobs });
        }
    }

    fn spared_all(&self) -> Spent {
        let mut spent = Spent::default();
        for (blob, _) in self.plan.blobs.values() {
            spent.add(blob.size, PutBlob::Present);
            self.tell(CopyEvent::Done { blob, how: PutBlob::Present });
        }
        spent
    }

    fn blobs_first(&self, best: Option<usize>) -> Result<Spent, CopyError> {
        let mut queue: Vec<&(Descriptor, BlobRole)> = self.plan.blobs.values().collect();
        // The largest first, so that none is begun when the others are done.
        queue.sort_by_key(|(blob, _)| std::cmp::Reverse(blob.size));
        let wanted = self.options.parallelism.map(NonZero::get).or(best).unwrap_or(PARALLELISM);
        let work = Queue {
            run: self,
            blobs: queue,
            next: AtomicUsize::new(0),
            failed: AtomicBool::new(false),
            result: Mutex::new(Ok(Spent::default())),
        };
        std::thread::scope(|scope| {
            for _ in 1..wanted.min(work.blobs.len()) {
                scope.spawn(|| work.work());
            }
            work.work();
        });
        let spent = work.result.into_inner().expect("no worker panics while it holds the lock")?;
        for child in &self.plan.children {
            self.put(|to| to.put_document(child))?;
        }
        self.put(|to| to.put_document(&self.plan.root))?;
        Ok(spent)
    }

    fn by_digest(&self) -> Result<Spent, CopyError> {
        let documents = self.plan.children.iter().chain([&self.plan.root]);
        let mut items: Vec<(&Digest, Item<'_>)> =
            documents.map(|document| (document.digest(), Item::Document(document))).collect();
        items.extend(
            self.plan.blobs.iter().map(|(digest, (blob, role))| (digest, Item::Blob(blob, *role))),
        );
        items.sort_by_key(|(digest, _)| *digest);
        items.dedup_by_key(|(digest, _)| *digest);
        let mut spent = Spent::default();
        for (_, item) in items {
            match item {
                Item::Document(document) => self.put(|to| to.put_document(document))?,
                Item::Blob(blob, role) => spent.add(blob.size, self.put_blob(blob, role)?),
            }
        }
        Ok(spent)
    }

    fn put_blob(&self, blob: &Descriptor, role: BlobRole) -> Result<PutBlob, CopyError> {
        let how = if self.put(|to| to.has_blob(blob))? {
            PutBlob::Present
        } else {
            let progress = self.options.progress.clone();
            let transfer = BlobTransfer::new(self.source, blob, role, progress);
            let mut transfer = transfer
                .map_err(|source| CopyError::Unverifiable { name: self.source.name(), source })?;
            self.put(|to| self.put_from_anywhere(to, &mut transfer))?
        };
        self.tell(CopyEvent::Done { blob, how });
        Ok(how)
    }

    /// What turns out wrong is asked for once more where its source knows another place.
    fn put_from_anywhere(
        &self,
        to: &dyn ImageDestination,
        transfer: &mut BlobTransfer<'_>,
    ) -> Result<PutBlob, TransferError> {
        // Half a blob in the middle of a stream cannot be taken back.
        let begins_anew = to.abilities().order == Order::BlobsFirst;
        loop {
            match to.put_blob(transfer) {
                Err(error) if begins_anew => match cause_of::<VerifyError>(&*error) {
                    Some(VerifyError::Digest { expected, found })
                        if self.source.distrust(expected, found) =>
                    {
                        transfer.restart();
                    }
                    _ => return Err(error),
                },
                done => return done,
            }
        }
    }
}

enum Item<'a> {
    Document(&'a Document),
    Blob(&'a Descriptor, BlobRole),
}

/// Blobs that several threads work off.
struct Queue<'a> {
    run: &'a Run<'a>,
    blobs: Vec<&'a (Descriptor, BlobRole)>,
    next: AtomicUsize,
    failed: AtomicBool,
    result: Mutex<Result<Spent, CopyError>>,
}

impl Queue<'_> {
    /// Until the queue is empty or a blob failed; of several failures the first is told.
    fn work(&self) {
        while let Some((blob, role)) = self.blobs.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.failed.load(Ordering::Relaxed) {
                return;
            }
            let done = self.run.put_blob(blob, *role);
            self.failed.fetch_or(done.is_err(), Ordering::Relaxed);
            let mut result = self.result.lock().expect("no worker panics while it holds it");
            match (done, result.as_mut()) {
                (Ok(how), Ok(spent)) => spent.add(blob.size, how),
                (Err(error), Ok(_)) => *result = Err(error),
                (_, Err(_)) => {}
            }
        }
    }
}
