//! Threads that compress blocks and give them back in order.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    },
    thread::JoinHandle,
};

use jettison_image::Compression;

use crate::block_codec::{Block, BlockCodec};

/// Blocks under way, per thread: one at work, one waiting.
const BLOCKS_PER_THREAD: usize = 2;

struct Job {
    index: u64,
    input: Vec<u8>,
}

struct Done {
    index: u64,
    block: io::Result<Block>,
    /// The input's memory, to be used again.
    spare: Vec<u8>,
}

/// A pool of compressing threads. It holds at most a few blocks per thread.
#[derive(Debug)]
pub(crate) struct BlockPool {
    jobs: Option<SyncSender<Job>>,
    done: Receiver<Done>,
    threads: Vec<JoinHandle<()>>,
    /// Results that came before their turn.
    early: BTreeMap<u64, io::Result<Block>>,
    spares: Vec<Vec<u8>>,
    submitted: u64,
    taken: u64,
}

impl BlockPool {
    /// Starts `threads` threads. `compression` must not be [`Compression::None`].
    pub(crate) fn start(compression: Compression, threads: usize) -> io::Result<Self> {
        let threads = threads.max(1);
        let (jobs, queue) = sync_channel(threads * BLOCKS_PER_THREAD);
        let queue = Arc::new(Mutex::new(queue));
        let (results, done) = channel();
        let start = |_| {
            let codec = BlockCodec::new(compression)?
                .ok_or_else(|| io::Error::other("nothing to compress with"))?;
            let (queue, results) = (Arc::clone(&queue), results.clone());
            std::thread::Builder::new()
                .name("compress".to_owned())
                .spawn(move || work(codec, &queue, &results))
        };
        let threads = (0..threads).map(start).collect::<io::Result<_>>()?;
        Ok(Self {
            jobs: Some(jobs),
            done,
            threads,
            early: BTreeMap::new(),
            spares: Vec::new(),
            submitted: 0,
            taken: 0,
        })
    }

    /// Hands over a block. [`Self::take`] must be called while [`Self::is_full`].
    pub(crate) fn submit(&mut self, input: Vec<u8>) {
        let job = Job { index: self.submitted, input };
        self.submitted += 1;
        let jobs = self.jobs.as_ref().expect("the queue closes when the pool is dropped");
        jobs.send(job).expect("the threads end when the queue closes");
    }

    /// Whether as many blocks are under way as there should be.
    pub(crate) fn is_full(&self) -> bool {
        self.submitted - self.taken >= (self.threads.len() * BLOCKS_PER_THREAD) as u64
    }

    /// Waits for the next block in order; `None` when none is under way.
    pub(crate) fn take(&mut self) -> Option<io::Result<Block>> {
        if self.taken == self.submitted {
            return None;
        }
        loop {
            if let Some(block) = self.early.remove(&self.taken) {
                self.taken += 1;
                return Some(block);
            }
            let done = self.done.recv().expect("a thread answers each job or panicked");
            self.early.insert(done.index, done.block);
            self.spares.push(done.spare);
        }
    }

    /// An empty buffer for the next block.
    pub(crate) fn buffer(&mut self) -> Vec<u8> {
        self.spares.pop().unwrap_or_default()
    }
}

impl Drop for BlockPool {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A panic has been reported on its own thread.
            drop(thread.join());
        }
    }
}

fn work(mut codec: BlockCodec, queue: &Mutex<Receiver<Job>>, results: &Sender<Done>) {
    loop {
        let job = queue.lock().expect("no thread panics while it waits").recv();
        let Ok(Job { index, mut input }) = job else {
            return;
        };
        let block = codec.compress(&input);
        input.clear();
        if results.send(Done { index, block, spare: input }).is_err() {
            return;
        }
    }
}
