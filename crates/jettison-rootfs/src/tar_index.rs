//! Reads the headers of a layer's tar: what it holds and where, without touching the data.

use std::ops::Range;

use jettison_image::ReadAt;

use crate::{
    DataMap, EntryKind, Fault, IndexError, Kind, LayerEntry, Limits, SparseFault, Whiteout,
    described::{Described, SparseForm, unsigned},
    entry_path::normalise,
    header::{BLOCK, Header, SIZE, SparseRuns, text},
    pax::{Effective, Records},
    sparse::{self, Runs},
};

const BLOCK_BYTES: u64 = BLOCK as u64;

/// What a layer holds, in the order of its tar.
#[derive(Clone, Debug, Default)]
pub struct LayerIndex {
    entries: Vec<LayerEntry>,
}

impl LayerIndex {
    /// Reads all headers of the uncompressed tar `blob`.
    ///
    /// The formats are those that tar programs write: v7, ustar, star, GNU with long names and
    /// sparse files, PAX. As in Go's `archive/tar`, two zero blocks or the end of the blob end the
    /// archive, and what follows the zero blocks does not count.
    pub fn read(blob: &dyn ReadAt, limits: &Limits) -> Result<Self, IndexError> {
        let mut reader = EntryReader::new(blob, limits);
        let mut entries = Vec::new();
        while let Some(entry) = reader.next_entry()? {
            entries.push(entry);
        }
        entries.shrink_to_fit();
        Ok(Self { entries })
    }

    /// An index out of entries that [`EntryReader`] read before, in their order.
    pub fn from_entries(entries: Vec<LayerEntry>) -> Self {
        Self { entries }
    }

    /// The entries, whiteouts among them, in the order of the tar.
    pub fn entries(&self) -> &[LayerEntry] {
        &self.entries
    }
}

pub(crate) fn too_many(what: &'static str, limit: usize) -> Fault {
    Fault::TooMany { what, limit: limit as u64 }
}

/// Extension headers that describe the next entry.
#[derive(Debug, Default)]
struct Extensions {
    /// Where the first of them begins.
    start: Option<u64>,
    records: Records,
    long_name: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
}

/// Reads the headers of a layer's tar one entry after the other.
///
/// Bytes are asked for in ascending order, but within one entry's headers, so that a blob that is
/// still arriving can be read too. Such a blob says `u64::MAX` for a length it does not know; that
/// the data of a file is missing at its end is then for the blob's owner to find out.
#[derive(Debug)]
pub struct EntryReader<'a> {
    blob: &'a dyn ReadAt,
    limits: &'a Limits,
    len: u64,
    /// Entries read so far.
    count: usize,
    /// Where the next header begins.
    next: u64,
    /// Where the block at hand begins.
    block: u64,
    entry_name: Option<Vec<u8>>,
    global: Records,
    /// What is left of [`Limits::sparse_segments`].
    segments_left: usize,
    /// What is left of [`Limits::text_bytes`].
    text_left: u64,
}

impl<'a> EntryReader<'a> {
    /// Begins at the front of the uncompressed tar `blob`.
    pub fn new(blob: &'a dyn ReadAt, limits: &'a Limits) -> Self {
        Self {
            blob,
            limits,
            len: blob.len(),
            count: 0,
            next: 0,
            block: 0,
            entry_name: None,
            global: Records::default(),
            segments_left: limits.sparse_segments,
            text_left: limits.text_bytes,
        }
    }

    fn error(&mut self, fault: Fault) -> IndexError {
        IndexError { offset: self.block, entry: self.entry_name.take(), fault }
    }

    /// The next entry, or `None` at the end of the archive.
    pub fn next_entry(&mut self) -> Result<Option<LayerEntry>, IndexError> {
        self.entry_name = None;
        match self.next() {
            Ok(Some(_)) if self.count == self.limits.entries => {
                Err(self.error(too_many("entries", self.limits.entries)))
            }
            Ok(entry) => {
                self.count += usize::from(entry.is_some());
                Ok(entry)
            }
            Err(fault) => Err(self.error(fault)),
        }
    }

    fn next(&mut self) -> Result<Option<LayerEntry>, Fault> {
        let mut extensions = Extensions::default();
        loop {
            let Some(header) = self.header()? else {
                let is_dangling = extensions.start.is_some();
                return if is_dangling { Err(Fault::ExtensionAtEnd) } else { Ok(None) };
            };
            let start = self.block;
            match header.type_flag() {
                b'g' => {
                    let records = self.records(&header)?;
                    self.global.update(records);
                    // A global header among the extensions of an entry would be copied with it.
                    if extensions.start.is_some() {
                        return Err(Fault::Pax("a global header between an entry and its own"));
                    }
                    continue;
                }
                // 'X' is what Solaris wrote before 'x' was agreed upon.
                b'x' | b'X' => extensions.records = self.records(&header)?,
                b'L' => extensions.long_name = Some(self.long_text(&header)?),
                b'K' => extensions.long_link = Some(self.long_text(&header)?),
                // A volume label: a name for the whole archive.
                b'V' => {
                    self.skip_data(stored_size(&header)?)?;
                    continue;
                }
                _ => return self.entry(&header, start, &extensions).map(Some),
            }
            extensions.start.get_or_insert(start);
        }
    }

    /// The header at `next`, if the archive has not ended.
    fn header(&mut self) -> Result<Option<Header>, Fault> {
        self.block = self.next;
        if self.is_at_end()? {
            return Ok(None);
        }
        let header = self.read_block()?;
        if header.is_zero() {
            if self.is_at_end()? || self.read_block()?.is_zero() {
                return Ok(None);
            }
            return Err(Fault::Checksum);
        }
        if !header.has_valid_checksum() {
            return Err(Fault::Checksum);
        }
        Ok(Some(header))
    }

    /// Whether nothing follows. Only a read tells where the length is not known.
    fn is_at_end(&self) -> Result<bool, Fault> {
        let is_unknown = self.len == u64::MAX;
        Ok(self.next == self.len || (is_unknown && self.blob.read_at(self.next, &mut [0])? == 0))
    }

    fn read_block(&mut self) -> Result<Header, Fault> {
        let mut block = Header([0; BLOCK]);
        check_end(self.next.saturating_add(BLOCK_BYTES), self.len)?;
        self.blob.read_exact_at(self.next, &mut block.0)?;
        self.next += BLOCK_BYTES;
        Ok(block)
    }

    /// The data at `next`, which is moved behind it and its padding.
    fn skip_data(&mut self, size: u64) -> Result<Range<u64>, Fault> {
        let start = self.next;
        let end = start.saturating_add(size);
        let padded = end.checked_next_multiple_of(BLOCK_BYTES).unwrap_or(u64::MAX);
        check_end(padded, self.len)?;
        self.next = padded;
        Ok(start..end)
    }

    fn body(&mut self, header: &Header) -> Result<Vec<u8>, Fault> {
        let size = stored_size(header)?;
        let limit = self.limits.header_bytes;
        if size > limit {
            return Err(Fault::HeaderTooLong { len: size, limit });
        }
        let data = self.skip_data(size)?;
        let mut body = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
        self.blob.read_exact_at(data.start, &mut body)?;
        Ok(body)
    }

    fn records(&mut self, header: &Header) -> Result<Records, Fault> {
        let body = self.body(header)?;
        Ok(Records::parse(&body)?)
    }

    fn long_text(&mut self, header: &Header) -> Result<Vec<u8>, Fault> {
        let body = self.body(header)?;
        Ok(text(&body).to_vec())
    }

    fn entry(
        &mut self,
        header: &Header,
        start: u64,
        extensions: &Extensions,
    ) -> Result<LayerEntry, Fault> {
        let global = std::mem::take(&mut self.global);
        let records = Effective { own: &extensions.records, global: &global };
        let described = Described {
            header,
            records,
            long_name: extensions.long_name.as_deref(),
            long_link: extensions.long_link.as_deref(),
            limits: self.limits,
        };
        let raw_start = extensions.start.unwrap_or(start);
        let entry = self.described_entry(&described, raw_start);
        self.global = global;
        entry
    }

    fn described_entry(
        &mut self,
        described: &Described<'_>,
        raw_start: u64,
    ) -> Result<LayerEntry, Fault> {
        let spelled = described.path();
        self.entry_name = Some(spelled.clone());
        let path = normalise(&spelled, self.limits).map_err(Fault::Path)?;
        let kind = described.kind(&spelled)?;
        let target = described.target(kind)?;
        let meta = described.meta(kind)?;
        // The size field of all but files means nothing (Go's `isHeaderOnly`).
        let (size, data) = match kind {
            EntryKind::Own(Kind::File) => self.file_data(described)?,
            _ => (0, DataMap::Contiguous(self.next)),
        };
        let xattr_bytes = meta.xattrs.iter().map(|(name, value)| name.len() + value.len());
        self.charge_text(path.len() + target.len() + xattr_bytes.sum::<usize>())?;
        let whiteout = whiteout(&path)?;
        let needs_global = described.records.needs_global();
        let raw = raw_start..self.next;
        Ok(LayerEntry { path, kind, meta, size, target, data, raw, whiteout, needs_global })
    }

    fn charge_text(&mut self, bytes: usize) -> Result<(), Fault> {
        let left = self.text_left.checked_sub(bytes as u64);
        let limit = self.limits.text_bytes;
        self.text_left =
            left.ok_or(Fault::TooMany { what: "bytes of paths and attributes", limit })?;
        Ok(())
    }

    /// The size of a regular file and where its bytes lie; moves behind them.
    fn file_data(&mut self, described: &Described<'_>) -> Result<(u64, DataMap), Fault> {
        let stored = described.stored_size()?;
        let Some(form) = described.sparse_form()? else {
            let data = self.skip_data(stored)?;
            return Ok((stored, DataMap::Contiguous(data.start)));
        };
        let size = described.sparse_size(form)?;
        let (runs, data) = match form {
            SparseForm::Header => {
                let runs = self.header_runs(described.header)?;
                (runs, self.skip_data(stored)?)
            }
            SparseForm::Records => {
                let numbers = described.records.own.sparse_numbers().unwrap_or_default();
                (sparse::runs_0(&numbers)?, self.skip_data(stored)?)
            }
            SparseForm::Data => {
                let data = self.skip_data(stored)?;
                let (runs, map_len) = self.data_runs(&data)?;
                (runs, data.start + map_len..data.end)
            }
        };
        let segments = sparse::segments(&runs, size, data)?;
        self.charge_segments(segments.len())?;
        Ok((size, DataMap::Sparse(segments)))
    }

    fn charge_segments(&mut self, count: usize) -> Result<(), Fault> {
        let limit = self.limits.sparse_segments;
        let left = self.segments_left.checked_sub(count);
        self.segments_left = left.ok_or(too_many("runs of sparse files", limit))?;
        Ok(())
    }

    /// The runs in an old GNU sparse header and the extension blocks behind it.
    fn header_runs(&mut self, header: &Header) -> Result<Runs, Fault> {
        let mut runs = Vec::new();
        let mut add = |list: &SparseRuns<'_>| -> Result<bool, Fault> {
            for (offset, len) in list.iter() {
                runs.push((unsigned("sparse offset", offset)?, unsigned("sparse length", len)?));
            }
            if runs.len() > self.segments_left {
                return Err(too_many("runs of sparse files", self.limits.sparse_segments));
            }
            Ok(list.is_extended)
        };
        let mut goes_on = add(&header.sparse_runs())?;
        while goes_on {
            let mut block = Header([0; BLOCK]);
            let start = self.next;
            let end = start.saturating_add(BLOCK_BYTES);
            check_end(end, self.len)?;
            self.blob.read_exact_at(start, &mut block.0)?;
            self.next = end;
            goes_on = add(&block.extension_runs())?;
        }
        Ok(runs)
    }

    /// The runs in front of the data of a format 1.0 file, and the length of their padded list.
    fn data_runs(&self, data: &Range<u64>) -> Result<(Runs, u64), Fault> {
        let stored = data.end - data.start;
        let most = stored.min(self.limits.header_bytes);
        let mut len = most.min(BLOCK_BYTES);
        loop {
            let mut text = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
            self.blob.read_exact_at(data.start, &mut text)?;
            if let Some((runs, taken)) = sparse::runs_1(&text)? {
                let padded = (taken as u64).next_multiple_of(BLOCK_BYTES);
                return if padded > stored {
                    Err(SparseFault::Malformed.into())
                } else {
                    Ok((runs, padded))
                };
            }
            if len == most {
                let limit = self.limits.header_bytes;
                let is_cut = most == stored;
                return Err(if is_cut {
                    SparseFault::Malformed.into()
                } else {
                    Fault::HeaderTooLong { len: stored, limit }
                });
            }
            len = len.saturating_mul(2).min(most);
        }
    }
}

fn stored_size(header: &Header) -> Result<u64, Fault> {
    unsigned("size", header.field(SIZE))
}

fn check_end(end: u64, len: u64) -> Result<(), Fault> {
    match end.checked_sub(len) {
        None | Some(0) => Ok(()),
        Some(missing) => Err(Fault::Truncated { missing }),
    }
}

/// What a path says about the layers below, if its last component is a marker.
fn whiteout(path: &[u8]) -> Result<Option<Whiteout>, Fault> {
    const PREFIX: &[u8] = b".wh.";
    let mut names = path.rsplit(|&byte| byte == b'/');
    let last = names.next().unwrap_or_default();
    // Nothing could tell a directory of such a name from a whiteout when it is written again.
    if names.any(|name| name.starts_with(PREFIX)) {
        return Err(Fault::Whiteout);
    }
    match last.strip_prefix(PREFIX) {
        None => Ok(None),
        Some(b".wh..opq") => Ok(Some(Whiteout::Opaque)),
        Some(b"" | b"." | b"..") => Err(Fault::Whiteout),
        // `.wh..wh.plnk` and its like: bookkeeping of AUFS, which Docker skips.
        Some(name) => Ok(Some(Whiteout::File(name.into()))),
    }
}
