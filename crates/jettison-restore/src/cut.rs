//! Cuts a layer of the fat image in two: what the slim image has of it, and the rest.
//!
//! Whatever is done with an entry, its bytes are to be had again: out of the slim image's layer where they are the same there,
//! out of the rest's layer, which takes over the raw entry, or out of a file of odd bytes. Odd are headers whose data the slim
//! image has under another header, entries that the rest's layer could not hold so that every engine loads it (a hard link
//! to a name that only the slim image has, a path for the second time, one below what is no directory there), and what lies between and behind entries.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    ops::{Bound, Range},
};

use jettison_image::ReadAt;
use jettison_rootfs::{DataMap, EntryKind, Kind, LayerEntry, LayerSource, Whiteout};

use crate::splice::{Pieces, Side};

/// Bytes compared or copied at a time.
const CHUNK: usize = 128 << 10;

/// Two blocks of zeros end a tar.
pub(crate) const END: [u8; 1024] = [0; 1024];

/// Where the entries of the slim image's layers are, by path.
pub(crate) struct SlimIndex<'a> {
    layers: Vec<(Option<usize>, &'a LayerSource)>,
    places: BTreeMap<&'a [u8], Vec<(u32, u32)>>,
}

impl<'a> SlimIndex<'a> {
    /// Of layers with the layer of the fat image that each comes from; none for a flattened one.
    pub(crate) fn new(layers: Vec<(Option<usize>, &'a LayerSource)>) -> Self {
        let mut places: BTreeMap<&[u8], Vec<(u32, u32)>> = BTreeMap::new();
        for (layer, (_, source)) in (0..).zip(&layers) {
            for (at, entry) in (0..).zip(source.index.entries()) {
                places.entry(&entry.path).or_default().push((layer, at));
            }
        }
        Self { layers, places }
    }

    /// The layer that holds a layer of the fat image whole, if `same` says that their bytes are the same.
    pub(crate) fn whole(&self, fat: usize, same: impl Fn(usize) -> bool) -> Option<u32> {
        let found = (0..).zip(&self.layers).find(|(_, (origin, _))| *origin == Some(fat));
        found.map(|(layer, _)| layer).filter(|&layer| same(layer as usize))
    }

    /// Entries of a path in layers that may have it from this layer of the fat image.
    fn candidates(
        &self,
        path: &[u8],
        fat: usize,
    ) -> impl Iterator<Item = (u32, &'a LayerSource, &'a LayerEntry)> {
        let places = self.places.get(path).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(move |&(layer, at)| {
            let (origin, source) = self.layers[layer as usize];
            let is_possible = origin.is_none_or(|origin| origin == fat);
            is_possible.then(|| (layer, source, &source.index.entries()[at as usize]))
        })
    }
}

/// Paths of the rest's layers so far that are no directories.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    below: BTreeSet<Box<[u8]>>,
    /// Those of the layer at hand, which its whiteouts do not touch.
    here: BTreeSet<Box<[u8]>>,
}

impl Shape {
    /// Whether everything above a path is a directory, or nothing yet.
    fn leads_to(&self, path: &[u8]) -> bool {
        let slashes = path.iter().enumerate().filter(|&(_, &byte)| byte == b'/');
        let is_none = |above: &[u8]| self.below.contains(above) || self.here.contains(above);
        !slashes.into_iter().any(|(end, _)| is_none(&path[..end]))
    }

    /// Takes an entry in.
    fn note(&mut self, entry: &LayerEntry) {
        let (parent, _) = entry
            .path
            .iter()
            .rposition(|&byte| byte == b'/')
            .map_or((&[][..], &*entry.path), |slash| {
                (&entry.path[..=slash], &entry.path[slash + 1..])
            });
        match &entry.whiteout {
            Some(Whiteout::File(name)) => self.remove(&[parent, name].concat()),
            Some(Whiteout::Opaque) => self.remove_below(parent),
            None if entry.kind == EntryKind::Own(Kind::Directory) => {
                self.below.remove(&*entry.path);
            }
            None => {
                self.remove_below(&[&*entry.path, b"/"].concat());
                self.here.insert(entry.path.clone());
            }
        }
    }

    fn remove(&mut self, path: &[u8]) {
        self.below.remove(path);
        self.remove_below(&[path, b"/"].concat());
    }

    /// Removes everything that begins with a directory and its slash.
    fn remove_below(&mut self, directory: &[u8]) {
        let below = self.below.range::<[u8], _>((Bound::Included(directory), Bound::Unbounded));
        let below: Vec<_> = below.take_while(|path| path.starts_with(directory)).cloned().collect();
        for path in below {
            self.below.remove(&path);
        }
    }

    /// The layer is complete.
    fn end_layer(&mut self) {
        self.below.append(&mut self.here);
    }
}

/// What the cutting writes to.
pub(crate) struct Output<'a> {
    /// The rest's layer.
    pub(crate) layer: &'a mut dyn Write,
    /// Its number in the rest.
    pub(crate) number: u32,
    /// What its layers hold so far.
    pub(crate) shape: &'a mut Shape,
    /// Odd bytes of all layers.
    pub(crate) odd: &'a mut dyn Write,
    /// How many odd bytes there are so far.
    pub(crate) odd_len: u64,
}

/// One layer being cut.
struct Cut<'a, 'o> {
    fat: &'a LayerSource,
    out: &'a mut Output<'o>,
    pieces: Pieces,
    /// How much the rest's layer has.
    written: u64,
    held: BTreeSet<&'a [u8]>,
}

/// Cuts the layer of that number. The second value says whether the rest's layer holds anything.
pub(crate) fn cut(
    number: usize,
    fat: &LayerSource,
    slim: &SlimIndex<'_>,
    out: &mut Output<'_>,
) -> io::Result<(Pieces, bool)> {
    let mut cut = Cut { fat, out, pieces: Pieces::default(), written: 0, held: BTreeSet::new() };
    let mut at = 0;
    for entry in fat.index.entries() {
        cut.odd(at..entry.raw.start)?;
        cut.entry(number, entry, slim)?;
        at = entry.raw.end;
    }
    cut.odd(at..fat.blob.len())?;
    cut.out.shape.end_layer();
    let holds_any = cut.written > 0;
    if holds_any {
        cut.out.layer.write_all(&END)?;
    }
    Ok((cut.pieces, holds_any))
}

impl<'a> Cut<'a, '_> {
    fn entry(
        &mut self,
        number: usize,
        entry: &'a LayerEntry,
        slim: &SlimIndex<'_>,
    ) -> io::Result<()> {
        for (layer, source, other) in slim.candidates(&entry.path, number) {
            if self.is_same(&entry.raw, source, &other.raw)? {
                let length = entry.raw.end - entry.raw.start;
                self.pieces.push(Side::Slim, layer, other.raw.start, length);
                return Ok(());
            }
        }
        for (layer, source, other) in slim.candidates(&entry.path, number) {
            if let (Some(data), Some(there)) = (data(entry), data(other))
                && self.is_same(&data, source, &there)?
            {
                self.odd(entry.raw.start..data.start)?;
                self.pieces.push(Side::Slim, layer, there.start, there.end - there.start);
                return self.odd(data.end..entry.raw.end);
            }
        }
        if self.fits(entry) {
            self.held.insert(&entry.path);
            self.out.shape.note(entry);
            return self.rest(entry.raw.clone());
        }
        self.odd(entry.raw.clone())
    }

    /// Whether every engine takes the raw entry behind what the rest's layer holds already.
    fn fits(&self, entry: &LayerEntry) -> bool {
        let is_new = !self.held.contains(&*entry.path);
        let leads_somewhere =
            entry.kind != EntryKind::Hardlink || self.held.contains(&*entry.target);
        let has_way = self.out.shape.leads_to(&entry.path);
        let replaces_none = entry.kind == EntryKind::Own(Kind::Directory)
            || entry.whiteout.is_some()
            || !self.holds_below(&entry.path);
        is_new && leads_somewhere && has_way && replaces_none && !entry.needs_global
    }

    /// Whether the rest's layer holds something in a directory of that path.
    fn holds_below(&self, path: &[u8]) -> bool {
        let directory = [path, b"/"].concat();
        let mut below =
            self.held.range::<[u8], _>((Bound::Included(&*directory), Bound::Unbounded));
        below.next().is_some_and(|first| first.starts_with(&directory))
    }

    /// Takes bytes over into the rest's layer.
    fn rest(&mut self, bytes: Range<u64>) -> io::Result<()> {
        let length = bytes.end - bytes.start;
        self.pieces.push(Side::Rest, self.out.number, self.written, length);
        self.written += length;
        copy(&*self.fat.blob, bytes, self.out.layer)
    }

    fn odd(&mut self, bytes: Range<u64>) -> io::Result<()> {
        let length = bytes.end - bytes.start;
        self.pieces.push(Side::Odd, 0, self.out.odd_len, length);
        self.out.odd_len += length;
        copy(&*self.fat.blob, bytes, self.out.odd)
    }

    fn is_same(
        &self,
        here: &Range<u64>,
        other: &LayerSource,
        there: &Range<u64>,
    ) -> io::Result<bool> {
        if here.end - here.start != there.end - there.start {
            return Ok(false);
        }
        let (mut one, mut two) = (vec![0; CHUNK], vec![0; CHUNK]);
        let mut at = 0;
        while at < here.end - here.start {
            let length = chunk(here.end - here.start - at);
            self.fat.blob.read_exact_at(here.start + at, &mut one[..length])?;
            other.blob.read_exact_at(there.start + at, &mut two[..length])?;
            if one[..length] != two[..length] {
                return Ok(false);
            }
            at += length as u64;
        }
        Ok(true)
    }
}

/// Where an entry's data lie, if it has any, in one run.
fn data(entry: &LayerEntry) -> Option<Range<u64>> {
    match entry.data {
        DataMap::Contiguous(start)
            if entry.kind == EntryKind::Own(Kind::File) && entry.size > 0 =>
        {
            Some(start..start + entry.size)
        }
        _ => None,
    }
}

/// Copies bytes of a blob.
pub(crate) fn copy(blob: &dyn ReadAt, bytes: Range<u64>, out: &mut dyn Write) -> io::Result<()> {
    let mut buffer = vec![0; chunk(bytes.end - bytes.start)];
    let mut at = bytes.start;
    while at < bytes.end {
        let length = chunk(bytes.end - at);
        blob.read_exact_at(at, &mut buffer[..length])?;
        out.write_all(&buffer[..length])?;
        at += length as u64;
    }
    Ok(())
}

fn chunk(left: u64) -> usize {
    usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK))
}
