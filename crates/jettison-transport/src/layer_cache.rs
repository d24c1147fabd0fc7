//! Inflated layers, kept from run to run by diff-id, up to a limit.

use std::{
    io,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use jettison_image::Digest;
use rustix::fs::FlockOperation;

use crate::{
    FileBlob,
    hashing::digest_of,
    layout_destination::lock,
    staged_file::{Durability, StagedFile},
    store::{Collected, DryRun, is_leftover},
};

/// What a process that was killed left is at least this old: nobody writes a layer for a day.
const LEFTOVER: Duration = Duration::from_hours(24);

/// A directory of inflated layers: `sha256/<hex of the diff-id>`.
///
/// Any number of processes use it at once. What was not used for the longest time goes when a new layer
/// makes it larger than its limit; a layer that is open stays readable.
#[derive(Debug, Clone)]
pub struct LayerCache {
    dir: PathBuf,
    limit: u64,
}

impl LayerCache {
    /// Uses `dir`, made when it is first needed, for at most `limit` bytes.
    pub fn new(dir: impl Into<PathBuf>, limit: u64) -> Self {
        Self { dir: dir.into().join("sha256"), limit }
    }

    /// The same directory with another limit in bytes.
    #[must_use]
    pub fn limited_to(self, limit: u64) -> Self {
        Self { limit, ..self }
    }

    /// The layer, if it is there and still what its name says. A damaged one is removed.
    pub(crate) fn get(&self, diff_id: &Digest) -> io::Result<Option<FileBlob>> {
        let path = self.dir.join(diff_id.hex());
        let blob = match FileBlob::open(&path) {
            Ok(blob) => blob,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // Hashing runs at several times the speed of inflating; a disk may forget.
        if digest_of(&blob, &mut |_| {}).is_ok_and(|found| found == *diff_id) {
            // A cache that cannot be written to is a cache all the same.
            drop(blob.touch());
            return Ok(Some(blob));
        }
        match fs_err::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(None),
        }
    }

    /// A file that [`Self::put`] can name.
    pub(crate) fn stage(&self) -> io::Result<StagedFile> {
        fs_err::create_dir_all(&self.dir)?;
        StagedFile::new_in(&self.dir)
    }

    /// Names a file whose digest is `diff_id`, and makes room. The file can be read in any case.
    pub(crate) fn put(&self, diff_id: &Digest, file: StagedFile) -> io::Result<FileBlob> {
        let blob = file.publish(&self.dir.join(diff_id.hex()), Durability::Relaxed)?;
        self.trim(DryRun::No)?;
        Ok(blob)
    }

    /// Removes what was not used for the longest time, until the rest is within the limit. Does nothing
    /// while another process does that.
    pub fn trim(&self, dry_run: DryRun) -> io::Result<Collected> {
        let mut collected = Collected::default();
        let _alone = match lock(&self.dir, FlockOperation::NonBlockingLockExclusive) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(collected),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Ok(Collected { skipped: true, ..collected });
            }
            Err(error) => return Err(error),
        };
        let (mut layers, leftovers) = self.files()?;
        layers.sort();
        let mut total: u64 = layers.iter().map(|layer| layer.size).sum();
        let oldest = layers.into_iter().take_while(|layer| {
            let goes = total > self.limit;
            total -= layer.size;
            goes
        });
        for file in oldest.chain(leftovers) {
            if dry_run == DryRun::No {
                match fs_err::remove_file(&file.path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    other => other?,
                }
            }
            collected.bytes += file.size;
            collected.files.push(file.path);
        }
        Ok(collected)
    }

    /// Layers, and what killed processes left.
    fn files(&self) -> io::Result<(Vec<Cached>, Vec<Cached>)> {
        let (mut layers, mut leftovers) = (Vec::new(), Vec::new());
        let now = SystemTime::now();
        for entry in fs_err::read_dir(&self.dir)? {
            let path = entry?.path();
            let metadata = match fs_err::symlink_metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let used = metadata.modified()?;
            let is_layer = Digest::from_sha256_hex(name).is_ok();
            let is_old = now.duration_since(used).is_ok_and(|age| age > LEFTOVER);
            let is_leftover = is_leftover(name) && is_old;
            let cached = Cached { used, size: metadata.len(), path };
            if metadata.is_file() && is_layer {
                layers.push(cached);
            } else if metadata.is_file() && is_leftover {
                leftovers.push(cached);
            }
        }
        Ok((layers, leftovers))
    }
}

/// A file of the cache; the one that was used first is the smallest.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cached {
    used: SystemTime,
    size: u64,
    path: PathBuf,
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use jettison_image::ReadAt;

    use super::*;

    fn put(cache: &LayerCache, bytes: &[u8]) -> Digest {
        let staged = cache.stage().expect("writable");
        (&staged).write_all(bytes).expect("writable");
        let diff_id = Digest::sha256(bytes);
        let blob = cache.put(&diff_id, staged).expect("writable");
        assert_eq!(blob.len(), bytes.len() as u64, "it can be read even if it is not kept");
        diff_id
    }

    fn has(cache: &LayerCache, diff_id: &Digest) -> bool {
        cache.get(diff_id).expect("readable").is_some()
    }

    /// Makes a layer look as if it was used so many seconds ago.
    fn age(cache: &LayerCache, diff_id: &Digest, seconds: u64) {
        let file = fs_err::File::open(cache.dir.join(diff_id.hex())).expect("there");
        let then = SystemTime::now() - Duration::from_secs(seconds);
        file.into_parts().0.set_modified(then).expect("own file");
    }

    #[test]
    fn a_damaged_layer_is_not_used() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let cache = LayerCache::new(dir.path().join("cache"), u64::MAX);
        let diff_id = Digest::sha256(b"layer");
        assert!(!has(&cache, &diff_id));
        put(&cache, b"layer");
        assert_eq!(cache.get(&diff_id).expect("readable").expect("cached").len(), 5);
        let path = dir.path().join("cache/sha256").join(diff_id.hex());
        fs_err::write(&path, b"LAYER").expect("writable");
        assert!(!has(&cache, &diff_id));
        assert!(!path.exists(), "the damaged file is gone");
    }

    #[test]
    fn what_was_not_used_for_the_longest_time_goes_first() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let cache = LayerCache::new(dir.path(), 10);
        let (first, second) = (put(&cache, b"aaaa"), put(&cache, b"bbbb"));
        age(&cache, &first, 100);
        age(&cache, &second, 50);
        assert!(has(&cache, &first), "and it was used just now");
        let third = put(&cache, b"cccc");
        let there = [&first, &second, &third].map(|layer| has(&cache, layer));
        assert_eq!(there, [true, false, true]);
        let large = put(&cache, b"more than ten bytes");
        assert!(!has(&cache, &large), "it is larger than the whole cache");
        assert_eq!(cache.trim(DryRun::No).expect("writable").bytes, 0);
    }

    #[test]
    fn a_dry_run_removes_nothing() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let cache = LayerCache::new(dir.path(), u64::MAX);
        let layer = put(&cache, b"layer");
        let empty = cache.clone().limited_to(0);
        assert_eq!(empty.trim(DryRun::Yes).expect("readable").bytes, 5);
        assert!(has(&cache, &layer));
        assert_eq!(empty.trim(DryRun::No).expect("writable").files.len(), 1);
        assert!(!has(&cache, &layer));
        let missing = LayerCache::new(dir.path().join("none"), 0);
        assert_eq!(missing.trim(DryRun::No).expect("nothing is there"), Collected::default());
    }

    #[test]
    fn users_at_the_same_time_read_whole_layers() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let cache = LayerCache::new(dir.path(), 300);
        std::thread::scope(|scope| {
            for worker in 0..4u8 {
                let cache = &cache;
                scope.spawn(move || {
                    for round in 0..50u8 {
                        let bytes = [(worker + round) % 8; 100];
                        let diff_id = Digest::sha256(&bytes);
                        if let Some(blob) = cache.get(&diff_id).expect("readable") {
                            assert_eq!(digest_of(&blob, &mut |_| {}).expect("open"), diff_id);
                        } else {
                            put(cache, &bytes);
                        }
                    }
                });
            }
        });
        cache.trim(DryRun::No).expect("writable");
        let (layers, _) = cache.files().expect("readable");
        assert!(layers.iter().map(|layer| layer.size).sum::<u64>() <= 300);
    }
}
