//! Pages of Berkeley DB's files.
//!
//! Source: Berkeley DB's documentation and the layout of its pages: a page of metadata (magic at 12, page size at 20, last page
//! at 32), then pages with a head of 26 bytes (number at 8, the pages before and behind it at 12 and 16, number of entries at
//! 20, where the lowest item begins at 22, level at 24, type at 25) and the places of the items, which lie at the end. Data of
//! any length lies on a chain of overflow pages. Byte order is that of the machine that wrote it, which the magic tells.

use crate::bytes::array;

pub(super) const HASH_MAGIC: u32 = 0x0006_1561;
pub(super) const BTREE_MAGIC: u32 = 0x0005_3162;

/// The head of a page.
pub(super) const PAGE_HEAD: usize = 26;
/// The fields of a page of metadata; the rest is zeros.
pub(super) const META_BYTES: usize = 512;

/// Types of pages.
pub(super) const HASH_UNSORTED: u8 = 2;
pub(super) const INTERNAL: u8 = 3;
pub(super) const LEAF: u8 = 5;
pub(super) const OVERFLOW: u8 = 7;
pub(super) const HASH_META: u8 = 8;
pub(super) const BTREE_META: u8 = 9;
pub(super) const HASH: u8 = 13;

/// An item with its bytes on the page.
pub(super) const KEY_DATA: u8 = 1;
/// An item that tells where its bytes are.
pub(super) const OFF_PAGE: u8 = 3;

/// The byte order of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Big,
    Little,
}

impl Order {
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let number = array(bytes, at)?;
        Some(match self {
            Self::Big => u16::from_be_bytes(number),
            Self::Little => u16::from_le_bytes(number),
        })
    }

    pub(super) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let number = array(bytes, at)?;
        Some(match self {
            Self::Big => u32::from_be_bytes(number),
            Self::Little => u32::from_le_bytes(number),
        })
    }

    pub(super) fn two(self, number: u16) -> [u8; 2] {
        match self {
            Self::Big => number.to_be_bytes(),
            Self::Little => number.to_le_bytes(),
        }
    }

    pub(super) fn four(self, number: u32) -> [u8; 4] {
        match self {
            Self::Big => number.to_be_bytes(),
            Self::Little => number.to_le_bytes(),
        }
    }
}

/// Pages of a file that is being written; the first is that of the metadata.
pub(super) struct NewPages {
    pub(super) order: Order,
    page_bytes: usize,
    /// What stands in front of each page: no page of rpm's is logged.
    log_place: [u8; 8],
    pages: Vec<Vec<u8>>,
}

impl NewPages {
    /// With a copy of the metadata of the file that this one takes the place of.
    pub(super) fn new(order: Order, page_bytes: usize, meta: &[u8]) -> Self {
        let mut first = meta.to_vec();
        first.resize(page_bytes, 0);
        let log_place = array(meta, 0).unwrap_or_default();
        Self { order, page_bytes, log_place, pages: vec![first] }
    }

    /// The number of the page that is added next.
    pub(super) fn next(&self) -> u32 {
        u32::try_from(self.pages.len()).expect("files of up to 128 MiB have fewer pages")
    }

    /// Adds an empty page and returns its number.
    pub(super) fn add(&mut self, kind: u8, level: u8) -> u32 {
        let number = self.next();
        let mut page = vec![0; self.page_bytes];
        page[..8].copy_from_slice(&self.log_place);
        page[24] = level;
        page[25] = kind;
        self.pages.push(page);
        self.set_u32(number, 8, number);
        // A page of 64 KiB has no number for its own end; zero stands for it.
        self.set_u16(number, 22, u16::try_from(self.page_bytes).unwrap_or_default());
        number
    }

    /// Puts the second page behind the first.
    pub(super) fn link(&mut self, first: u32, second: u32) {
        self.set_u32(first, 16, second);
        self.set_u32(second, 12, first);
    }

    pub(super) fn set_u32(&mut self, page: u32, at: usize, number: u32) {
        self.set(page, at, &self.order.four(number));
    }

    fn set_u16(&mut self, page: u32, at: usize, number: u16) {
        self.set(page, at, &self.order.two(number));
    }

    pub(super) fn set(&mut self, page: u32, at: usize, bytes: &[u8]) {
        self.pages[page as usize][at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn u16(&self, page: u32, at: usize) -> usize {
        self.order.u16(&self.pages[page as usize], at).unwrap_or_default().into()
    }

    /// Bytes of a page that items and their places can have.
    pub(super) fn room(page_bytes: usize) -> usize {
        page_bytes - PAGE_HEAD
    }

    /// Puts an item behind those that are on a page. Whoever does so has counted the room.
    pub(super) fn put(&mut self, page: u32, item: &[u8]) {
        let entries = self.u16(page, 20);
        let low = match self.u16(page, 22) {
            0 => self.page_bytes,
            low => low,
        };
        let place = low - item.len();
        let narrow = |number: usize| u16::try_from(number).expect("places are within a page");
        self.set(page, place, item);
        self.set_u16(page, PAGE_HEAD + entries * 2, narrow(place));
        self.set_u16(page, 20, narrow(entries + 1));
        self.set_u16(page, 22, narrow(place));
    }

    /// Puts bytes on a chain of overflow pages and returns the first of these.
    pub(super) fn chain(&mut self, bytes: &[u8]) -> u32 {
        let first = self.next();
        for (at, part) in bytes.chunks(Self::room(self.page_bytes)).enumerate() {
            let page = self.add(OVERFLOW, 0);
            if at > 0 {
                self.link(page - 1, page);
            }
            // Here the number of entries counts who refers to the chain, and the place is a length.
            self.set_u16(page, 20, 1);
            self.set_u16(page, 22, u16::try_from(part.len()).expect("less than a page"));
            self.set(page, PAGE_HEAD, part);
        }
        first
    }

    /// The file.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let last = self.next() - 1;
        // The list of free pages; the last page; what was counted of keys and records: nothing yet.
        for (at, number) in [(28, 0), (32, last), (40, 0), (44, 0)] {
            self.set_u32(0, at, number);
        }
        self.pages.concat()
    }
}
