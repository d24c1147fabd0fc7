//! The one pass over a layer: inflate, digest, entries, content ids, secrets, what is kept.

use std::{io, ops::Range, sync::Arc};

use jettison_image::{Digest, ReadAt};
use jettison_packages::PackedFile;
use jettison_rootfs::{
    DataMap, EntryKind, EntryReader, Fault, IndexError, Kind, LayerEntry, LayerIndex, Limits,
};
use jettison_transport::{InflateLimits, LayerError, LayerStream};

use super::{
    content_id::ContentId,
    debug_sections::DebugSections,
    documents::{KeptBlob, KeptRange, MAX_LAYER, is_kept},
    record::{DebugBytes, LayerRecord, Packed},
    window::Window,
};
use crate::secrets::{FileScan, OVERLAP, Piece, SecretHit, SecretScanner};

/// Files up to this long are looked at whole; of longer ones, so much at a time. Two of them fit beside each other into
/// the cache of a core.
const PIECE: usize = 512 << 10;

/// What a tar is made of, in bytes.
const TAR_BLOCK: u64 = 512;

/// Why a layer could not be indexed.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// Its bytes cannot be had, or are not those that are meant.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// It is no tar.
    #[error("{0}")]
    Tar(#[from] IndexError),
}

/// A layer as it is stored.
#[derive(Clone, Debug)]
pub struct LayerInput {
    /// The digest of the uncompressed layer, if the image says it; it is checked.
    pub diff_id: Option<Digest>,
    /// The stored bytes, compressed or not.
    pub content: Arc<dyn ReadAt>,
}

/// What all passes share.
#[derive(Debug)]
pub(crate) struct PassOptions<'a> {
    pub(crate) limits: &'a InflateLimits,
    pub(crate) scanner: &'a SecretScanner,
}

/// Reads a layer from front to back, once.
pub(crate) fn read_layer(
    input: &LayerInput,
    options: &PassOptions<'_>,
) -> Result<LayerRecord, PassError> {
    if let Some(expected) = &input.diff_id {
        drop(expected.hasher().map_err(LayerError::from)?);
    }
    let stream = LayerStream::open(Arc::clone(&input.content), options.limits)?;
    let window = Window::new(stream);
    let mut pass = Pass::new(&window, options.scanner);
    let limits = Limits::DEFAULT;
    let mut reader = EntryReader::new(&window, &limits);
    let read = loop {
        let entry = match reader.next_entry() {
            Ok(Some(entry)) => entry,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        if let Err(fault) = pass.take(entry) {
            break Err(fault);
        }
    };
    if let Err(mut error) = read {
        // To the reader the length is unknown; that the layer ended within a header shows here.
        if matches!(&error.fault, Fault::Read(end) if end.kind() == io::ErrorKind::UnexpectedEof) {
            error.fault = Fault::Truncated { missing: TAR_BLOCK - window.end() % TAR_BLOCK };
        }
        // The stream's own words say more than those of who read from it.
        return Err(window.take_fault().map_or(PassError::Tar(error), PassError::Layer));
    }
    let Gathered { entries, contents, secrets, debug, packed, kept, .. } = pass.gathered;
    let (diff_id, tar_bytes) = window.finish()?;
    match &input.diff_id {
        Some(expected) if *expected != diff_id => {
            let (expected, found) = (expected.clone(), diff_id);
            return Err(LayerError::DiffId { expected, found }.into());
        }
        _ => {}
    }
    // The padding of the last file may be missing, too.
    if let Some(last) = entries.last().filter(|last| last.raw.end > tar_bytes) {
        let fault = Fault::Truncated { missing: last.raw.end - tar_bytes };
        let entry = Some(last.path.to_vec());
        return Err(IndexError { offset: last.raw.start, entry, fault }.into());
    }
    Ok(LayerRecord {
        diff_id,
        tar_bytes,
        index: Arc::new(LayerIndex::from_entries(entries)),
        contents,
        secrets,
        debug,
        packed,
        kept: Arc::new(KeptBlob { len: tar_bytes, ranges: kept }),
    })
}

#[derive(Debug, Default)]
struct Gathered {
    entries: Vec<LayerEntry>,
    contents: Vec<ContentId>,
    secrets: Vec<SecretHit>,
    debug: Vec<DebugBytes>,
    packed: Vec<Packed>,
    kept: Vec<KeptRange>,
    kept_bytes: u64,
}

struct Pass<'a> {
    window: &'a Window,
    scanner: &'a SecretScanner,
    gathered: Gathered,
}

/// What is made of the bytes of one file while they go by.
struct FilePass<'a> {
    hasher: blake3::Hasher,
    debug: Option<DebugSections>,
    packed: Option<PackedFile>,
    kept: Option<KeptRange>,
    scan: FileScan<'a>,
}

impl<'a> Pass<'a> {
    fn new(window: &'a Window, scanner: &'a SecretScanner) -> Self {
        Self { window, scanner, gathered: Gathered::default() }
    }

    fn take(&mut self, entry: LayerEntry) -> Result<(), IndexError> {
        let place = u32::try_from(self.gathered.entries.len()).expect("Limits::entries is lower");
        let is_file = entry.kind == EntryKind::Own(Kind::File) && entry.whiteout.is_none();
        let id = if is_file { self.file(&entry, place) } else { Ok(ContentId::NONE) };
        let id = id.and_then(|id| self.window.release(entry.raw.end).map(|()| id));
        let id = id.map_err(|error| self.fault(&entry, error))?;
        self.gathered.entries.push(entry);
        self.gathered.contents.push(id);
        Ok(())
    }

    fn fault(&self, entry: &LayerEntry, error: io::Error) -> IndexError {
        let fault = match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                Fault::Truncated { missing: entry.raw.end.saturating_sub(self.window.end()) }
            }
            _ => Fault::Read(error),
        };
        IndexError { offset: entry.raw.start, entry: Some(entry.path.to_vec()), fault }
    }

    fn file(&mut self, entry: &LayerEntry, place: u32) -> io::Result<ContentId> {
        match &entry.data {
            DataMap::Contiguous(start) if entry.size <= PIECE as u64 => {
                self.whole(entry, *start, place)
            }
            DataMap::Contiguous(start) => self.long(entry, *start..*start + entry.size, place),
            DataMap::Sparse(segments) => {
                // Holes may be as long as they like; so their length is hashed, not their zeros.
                let mut hasher = blake3::Hasher::new_derive_key("jettison 2025 sparse file");
                hasher.update(&entry.size.to_le_bytes());
                for segment in segments.iter() {
                    hasher.update(&segment.start.to_le_bytes());
                    hasher.update(&segment.len.to_le_bytes());
                    let run = segment.blob_offset..segment.blob_offset + segment.len;
                    self.pieces(run, 0, |piece| {
                        hasher.update(piece.fresh());
                    })?;
                }
                Ok(ContentId::from_hash(hasher.finalize()))
            }
        }
    }

    fn is_kept(&self, entry: &LayerEntry) -> bool {
        is_kept(&entry.path, entry.size) && self.gathered.kept_bytes + entry.size <= MAX_LAYER
    }

    fn whole(&mut self, entry: &LayerEntry, start: u64, place: u32) -> io::Result<ContentId> {
        let len = usize::try_from(entry.size).expect("it is at most PIECE");
        let is_kept = self.is_kept(entry);
        let (scanner, gathered) = (self.scanner, &mut self.gathered);
        self.window.show(start, len, |bytes| {
            if bytes.len() < len {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let id = ContentId::of(bytes);
            scanner.scan_whole(id, &entry.path, bytes, |hit| {
                gathered.secrets.push(SecretHit { entry: place, ..hit });
            });
            if let Some(mut sections) = DebugSections::of(bytes) {
                sections.see(0, bytes);
                gathered.add_debug(place, sections.finish(entry.size));
            }
            if let Some(mut packed) = PackedFile::begin(&entry.path, entry.size, bytes) {
                packed.see(0, bytes);
                gathered.add_packed(place, packed);
            }
            if is_kept {
                gathered.keep(KeptRange { offset: start, bytes: bytes.to_vec() });
            }
            Ok(id)
        })?
    }

    fn long(&mut self, entry: &LayerEntry, range: Range<u64>, place: u32) -> io::Result<ContentId> {
        let kept = self.is_kept(entry);
        let mut file = FilePass {
            hasher: blake3::Hasher::new(),
            debug: None,
            packed: None,
            kept: kept.then(|| KeptRange { offset: range.start, bytes: Vec::new() }),
            scan: self.scanner.begin(&entry.path),
        };
        self.pieces(range, OVERLAP, |piece| file.take(entry, piece))?;
        let id = ContentId::from_hash(file.hasher.finalize());
        let gathered = &mut self.gathered;
        let hits = file.scan.finish();
        gathered.secrets.extend(hits.into_iter().map(|hit| SecretHit { entry: place, ..hit }));
        if let Some(sections) = file.debug {
            gathered.add_debug(place, sections.finish(entry.size));
        }
        if let Some(packed) = file.packed {
            gathered.add_packed(place, packed);
        }
        if let Some(kept) = file.kept {
            gathered.keep(kept);
        }
        Ok(id)
    }

    /// Shows a range of the layer piece by piece, each together with the last `overlap` bytes of the one before.
    fn pieces(
        &self,
        range: Range<u64>,
        overlap: usize,
        mut take: impl FnMut(&Piece<'_>),
    ) -> io::Result<()> {
        let mut at = range.start;
        while at < range.end {
            let left = usize::try_from(range.end - at).unwrap_or(usize::MAX);
            let len = left.min(PIECE);
            let start = range.start.max(at.saturating_sub(overlap as u64));
            let seen = usize::try_from(at - start).expect("it is at most the overlap");
            self.window.show(start, seen + len, |bytes| {
                if bytes.len() < seen + len {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
                }
                let offset = start - range.start;
                take(&Piece { offset, bytes, seen, is_last: left == len });
                Ok(())
            })??;
            at += len as u64;
            self.window.release(range.start.max(at.saturating_sub(overlap as u64)))?;
        }
        Ok(())
    }
}

impl FilePass<'_> {
    fn take(&mut self, entry: &LayerEntry, piece: &Piece<'_>) {
        if piece.offset == 0 && piece.seen == 0 {
            self.debug = DebugSections::of(piece.bytes);
            self.packed = PackedFile::begin(&entry.path, entry.size, piece.bytes);
        }
        self.hasher.update(piece.fresh());
        self.scan.see(piece, ContentId::from_hash(self.hasher.finalize()));
        if let Some(sections) = &mut self.debug {
            sections.see(piece.offset, piece.bytes);
        }
        if let Some(packed) = &mut self.packed {
            packed.see(piece.offset + piece.seen as u64, piece.fresh());
        }
        if let Some(kept) = &mut self.kept {
            kept.bytes.extend_from_slice(piece.fresh());
        }
    }
}

impl Gathered {
    fn add_debug(&mut self, entry: u32, bytes: u64) {
        if bytes > 0 {
            self.debug.push(DebugBytes { entry, bytes });
        }
    }

    fn add_packed(&mut self, entry: u32, file: PackedFile) {
        self.packed.extend(file.finish().into_iter().map(|package| Packed { entry, package }));
    }

    fn keep(&mut self, range: KeptRange) {
        self.kept_bytes += range.bytes.len() as u64;
        self.kept.push(range);
    }
}

#[cfg(test)]
mod tests {
    use jettison_testkit::{Entry, layer, secret_samples};

    use super::*;

    /// The secrets of a layer by path, each as kind and offset.
    fn secrets(record: &LayerRecord) -> Vec<(&str, &str, u64)> {
        let place = |hit: &SecretHit| &record.index.entries()[hit.entry as usize].path;
        let name = |hit| std::str::from_utf8(place(hit)).expect("plain names");
        record.secrets.iter().map(|hit| (name(hit), hit.rule().id, hit.offset)).collect()
    }

    #[test]
    fn equal_contents_and_equal_beginnings_are_searched_once() {
        let samples = secret_samples(3);
        let content = |kind: &str| {
            samples.iter().find(|sample| sample.kind == kind).expect(kind).content.clone()
        };
        let short = content("stripe-key");
        let mut long = vec![b' '; 3 * PIECE + 1000];
        // The second lies across two pieces.
        for (kind, at) in [("github-token", 100), ("gitlab-token", 2 * PIECE - 20)] {
            long[at..at + content(kind).len()].copy_from_slice(&content(kind));
        }
        let grown = [long.clone(), vec![b' '; PIECE - 1000]].concat();
        let layers = [
            layer([Entry::file("long", long.clone()), Entry::file("short", short.clone())]),
            layer([
                Entry::file("grown", grown.clone()),
                Entry::file("long", long.clone()),
                Entry::file("short", short.clone()),
            ]),
        ];
        let scanner = SecretScanner::new();
        let options = PassOptions { limits: &InflateLimits::default(), scanner: &scanner };
        let read = layers.map(|tar| {
            let input = LayerInput { diff_id: None, content: Arc::new(tar) };
            let record = read_layer(&input, &options).expect("a sound layer");
            (record, scanner.searched_bytes())
        });
        let [(first, at_first), (second, at_second)] = &read;
        assert_eq!(*at_first, (long.len() + 3 * OVERLAP + short.len()) as u64);
        // Of the one that grew, only what stands behind the pieces that are known is new.
        let new = grown.len() - 3 * PIECE + OVERLAP;
        assert_eq!(at_second - at_first, new as u64);
        let of_long = &secrets(first)[..2];
        assert_eq!(
            of_long.iter().map(|hit| hit.1).collect::<Vec<_>>(),
            ["github-token", "gitlab-token"]
        );
        let of_short = ("short", "stripe-key", secrets(first)[2].2);
        let of_grown = of_long.iter().map(|hit| ("grown", hit.1, hit.2));
        let expected = of_grown.chain(of_long.iter().copied()).chain([of_short]);
        assert_eq!(secrets(second), expected.collect::<Vec<_>>());
    }
}
