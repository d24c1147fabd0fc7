//! A file that is read to the last byte, and written anew.

use super::{
    btree, hash,
    pages::{
        BTREE_MAGIC, BTREE_META, HASH_MAGIC, HASH_META, META_BYTES, OVERFLOW, Order, PAGE_HEAD,
    },
};

/// Why a file is not written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rpm) enum Problem {
    /// It contradicts itself.
    Damaged(&'static str),
    /// It may be right, but nothing here knows what it means.
    Unknown(&'static str),
}

/// A key with what is stored under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rpm) struct Pair {
    pub(in crate::rpm) key: Vec<u8>,
    pub(in crate::rpm) data: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Hash,
    Btree,
}

/// What a file holds, and what it says about itself.
#[derive(Debug)]
pub(in crate::rpm) struct File {
    access: Access,
    order: Order,
    page_bytes: usize,
    meta: Vec<u8>,
    pub(in crate::rpm) pairs: Vec<Pair>,
}

/// Whether a file is one of Berkeley DB's, in either byte order.
pub(in crate::rpm) fn is_database(bytes: &[u8]) -> bool {
    kind(bytes).is_some()
}

fn kind(bytes: &[u8]) -> Option<(Access, Order)> {
    [Order::Little, Order::Big].into_iter().find_map(|order| match order.u32(bytes, 12)? {
        HASH_MAGIC => Some((Access::Hash, order)),
        BTREE_MAGIC => Some((Access::Btree, order)),
        _ => None,
    })
}

impl File {
    /// Reads every pair.
    pub(in crate::rpm) fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let (access, order) = kind(bytes).ok_or(Problem::Unknown("it is no Berkeley DB"))?;
        let meta = bytes.get(..META_BYTES).ok_or(Problem::Damaged("it ends in its metadata"))?;
        let field = |at: usize| order.u32(meta, at).unwrap_or_default();
        let (versions, page_type) = match access {
            Access::Hash => (8..=9, HASH_META),
            Access::Btree => (9..=9, BTREE_META),
        };
        if !versions.contains(&field(16)) {
            return Err(Problem::Unknown("another version of Berkeley DB wrote it"));
        }
        // Encryption, sums, parts, duplicates and whatever else flags ask for: rpm uses none of it.
        if meta[24] != 0 || meta[26] != 0 || field(36) != 0 || field(48) != 0 {
            return Err(Problem::Unknown("it uses features that rpm does not"));
        }
        let page_bytes = usize::try_from(field(20)).unwrap_or_default();
        if !page_bytes.is_power_of_two() || !(META_BYTES..=65536).contains(&page_bytes) {
            return Err(Problem::Damaged("its page size is none"));
        }
        if meta[25] != page_type || field(8) != 0 || !bytes.len().is_multiple_of(page_bytes) {
            return Err(Problem::Damaged("its metadata contradict it"));
        }
        let pages = Pages { bytes, page_bytes, order, left: bytes.len() / page_bytes };
        let pairs = match access {
            Access::Hash => hash::pairs(pages, meta)?,
            Access::Btree => btree::pairs(pages, meta)?,
        };
        Ok(Self { access, order, page_bytes, meta: meta.to_vec(), pairs })
    }

    /// The numbers of four bytes that an index has under a key, or that are a key.
    pub(in crate::rpm) fn number(&self, bytes: &[u8]) -> Option<u32> {
        self.order.u32(bytes, 0)
    }

    /// A file of the same kind that holds what the pairs are now.
    pub(in crate::rpm) fn written(&self) -> Result<Vec<u8>, Problem> {
        match self.access {
            Access::Hash => hash::written(self.order, self.page_bytes, &self.meta, &self.pairs),
            Access::Btree => btree::written(self.order, self.page_bytes, &self.meta, &self.pairs),
        }
    }
}

/// The pages of a file. Each belongs to one place: no more are handed out than there are.
pub(super) struct Pages<'a> {
    bytes: &'a [u8],
    page_bytes: usize,
    pub(super) order: Order,
    left: usize,
}

impl<'a> Pages<'a> {
    /// A page that is in use.
    pub(super) fn page(&mut self, number: u32) -> Result<&'a [u8], Problem> {
        let wrong = Problem::Damaged("a page has another's number");
        let page = self.raw(number)?;
        if self.order.u32(page, 8) == Some(number) { Ok(page) } else { Err(wrong) }
    }

    /// A page as it lies there: one that was never used is nothing but zeros.
    pub(super) fn raw(&mut self, number: u32) -> Result<&'a [u8], Problem> {
        self.left =
            self.left.checked_sub(1).ok_or(Problem::Damaged("its pages go round in circles"))?;
        let missing = Problem::Damaged("it refers to a page that it does not have");
        let start = usize::try_from(number).ok().and_then(|at| at.checked_mul(self.page_bytes));
        start.and_then(|start| self.bytes.get(start..start + self.page_bytes)).ok_or(missing)
    }

    /// Lets the last page be handed out once more.
    pub(super) fn put_back(&mut self) {
        self.left += 1;
    }

    /// How many pages the file has.
    pub(super) fn count(&self) -> usize {
        self.bytes.len() / self.page_bytes
    }

    /// The places of a page's items.
    pub(super) fn places(&self, page: &[u8]) -> Option<Vec<usize>> {
        let count = usize::from(self.order.u16(page, 20)?);
        let place = |at: usize| self.order.u16(page, PAGE_HEAD + at * 2).map(usize::from);
        (0..count).map(place).collect()
    }

    /// What lies on a chain of overflow pages.
    pub(super) fn chain(&mut self, first: u32, length: u32) -> Result<Vec<u8>, Problem> {
        let wanted = usize::try_from(length).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        let mut number = first;
        while bytes.len() < wanted {
            let page = self.page(number)?;
            let used = self.order.u16(page, 22).map(usize::from).unwrap_or_default();
            let part = page.get(PAGE_HEAD..PAGE_HEAD + used).filter(|_| page[25] == OVERFLOW);
            bytes.extend_from_slice(part.ok_or(Problem::Damaged("an overflow page is none"))?);
            number = self.order.u32(page, 16).unwrap_or_default();
        }
        if bytes.len() == wanted && number == 0 {
            return Ok(bytes);
        }
        Err(Problem::Damaged("an overflow chain has another length than it should"))
    }
}
