//! Hashing on a thread of its own, while another reads and writes.

use std::{
    sync::mpsc::{Receiver, SyncSender, channel, sync_channel},
    thread::JoinHandle,
};

use jettison_image::{Digest, Sha256Hasher};

use crate::hashing::CHUNK;

/// Chunks under way: enough that neither thread waits for the other, few enough for a processor's cache.
const CHUNKS: usize = 4;

/// Bytes that were read, in a buffer that is used again.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) buffer: Vec<u8>,
    /// How many bytes of the buffer count.
    pub(crate) filled: usize,
}

/// A thread that hashes chunks in the order in which they are handed over.
#[derive(Debug)]
pub(crate) struct HashThread {
    filled: SyncSender<Chunk>,
    spare: Receiver<Chunk>,
    thread: JoinHandle<Digest>,
}

impl HashThread {
    pub(crate) fn start() -> Self {
        let (filled, chunks) = sync_channel::<Chunk>(CHUNKS);
        let (hashed, spare) = channel();
        for _ in 0..CHUNKS {
            let chunk = Chunk { buffer: vec![0; CHUNK], filled: 0 };
            hashed.send(chunk).expect("the receiver is here");
        }
        let thread = std::thread::spawn(move || {
            let mut hasher = Sha256Hasher::new();
            for chunk in chunks {
                hasher.update(&chunk.buffer[..chunk.filled]);
                // Whoever ends early wants no chunk back.
                let _unwanted = hashed.send(chunk);
            }
            hasher.finish()
        });
        Self { filled, spare, thread }
    }

    /// A chunk to fill, [`CHUNK`] bytes long; waits until one was hashed.
    pub(crate) fn spare(&self) -> Chunk {
        self.spare.recv().expect("hashing does not panic")
    }

    /// Adds what was read.
    pub(crate) fn hash(&self, chunk: Chunk) {
        self.filled.send(chunk).expect("hashing does not panic");
    }

    /// The digest of everything added.
    pub(crate) fn finish(self) -> Digest {
        drop(self.filled);
        self.thread.join().expect("hashing does not panic")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_hashed_in_their_order_and_come_back() {
        let thread = HashThread::start();
        let mut all = Vec::new();
        for round in 0..3 * CHUNKS {
            let mut chunk = thread.spare();
            assert_eq!(chunk.buffer.len(), CHUNK);
            chunk.filled = round * 100;
            chunk.buffer[..chunk.filled].fill(u8::try_from(round).expect("few rounds"));
            all.extend_from_slice(&chunk.buffer[..chunk.filled]);
            thread.hash(chunk);
        }
        assert_eq!(thread.finish(), Digest::sha256(&all));
    }

    #[test]
    fn nothing_waits_for_one_that_is_given_up() {
        drop(HashThread::start());
    }
}
