//! Berkeley DB hashes: `Packages` of rpm before 4.16.
//!
//! Source: Berkeley DB's documentation and the layout of its pages: a page of metadata (magic at 12, page size at 20, last page
//! at 32), then pages with a head of 26 bytes (type at 25, number of entries at 20) and the places of the items, which lie at
//! the end. Items come in pairs of key and data. Data of any length lies on a chain of overflow pages. Byte order is that of
//! the machine that wrote it, which the magic tells.

use crate::bytes::{Pieces, array};

use super::HEADER_BYTES;

const MAGIC: u32 = 0x0006_1561;
const PAGE_HEAD: usize = 26;

const HASH_UNSORTED: u8 = 2;
const OVERFLOW: u8 = 7;
const HASH: u8 = 13;

/// An item with its bytes on the page.
const KEY_DATA: u8 = 1;
/// An item that tells where its bytes are.
const OFF_PAGE: u8 = 3;

/// Most pages that are looked at: a database of 4 GiB in pages of 4 KiB.
const PAGES: u32 = 1 << 20;

/// The header of each package. The entry with the next free number is told apart by its length.
pub(super) fn blobs(file: &dyn Pieces) -> Option<Vec<Vec<u8>>> {
    let database = Database::open(file)?;
    let mut found = Vec::new();
    // A byte belongs to one item: reading more than there are means going round in circles.
    let mut budget = file.len();
    for number in 1..=database.last_page {
        let Some(page) = database.page(number) else { break };
        if matches!(page[25], HASH_UNSORTED | HASH) {
            found.extend(database.data(&page).filter_map(|item| database.bytes(item, &mut budget)));
        }
    }
    found.retain(|blob| blob.len() > 16);
    Some(found)
}

struct Database<'a> {
    file: &'a dyn Pieces,
    is_big: bool,
    page_bytes: u32,
    last_page: u32,
}

impl<'a> Database<'a> {
    fn open(file: &'a dyn Pieces) -> Option<Self> {
        let head = file.piece(0, 512)?;
        let magic = array(&head, 12)?;
        let is_big = u32::from_be_bytes(magic) == MAGIC;
        if !is_big && u32::from_le_bytes(magic) != MAGIC {
            return None;
        }
        let mut database = Self { file, is_big, page_bytes: 0, last_page: 0 };
        let is_size = |bytes: &u32| bytes.is_power_of_two() && (512..=65536).contains(bytes);
        database.page_bytes = database.u32(&head, 20).filter(is_size)?;
        database.last_page = database.u32(&head, 32)?.min(PAGES);
        Some(database)
    }

    fn page(&self, number: u32) -> Option<Vec<u8>> {
        self.file.piece(u64::from(number) * u64::from(self.page_bytes), u64::from(self.page_bytes))
    }

    /// The data items of a hash page, from their type byte to the end of the page.
    fn data<'p>(&self, page: &'p [u8]) -> impl Iterator<Item = &'p [u8]> {
        let count = self.u16(page, 20).unwrap_or_default();
        let place = |at: u16| self.u16(page, PAGE_HEAD + usize::from(at) * 2).map(usize::from);
        // An item ends where the one before it begins: the first lies at the end of the page.
        let items = (1..count).step_by(2).filter_map(|at| page.get(place(at)?..place(at - 1)?));
        items.collect::<Vec<_>>().into_iter()
    }

    fn bytes(&self, item: &[u8], budget: &mut u64) -> Option<Vec<u8>> {
        match *item.first()? {
            KEY_DATA => {
                *budget = budget.checked_sub(item.len() as u64)?;
                Some(item[1..].to_vec())
            }
            OFF_PAGE => self.chain(self.u32(item, 4)?, self.u32(item, 8)?, budget),
            _ => None,
        }
    }

    /// What lies on a chain of overflow pages.
    fn chain(&self, first: u32, length: u32, budget: &mut u64) -> Option<Vec<u8>> {
        let wanted = usize::try_from(length).ok()?;
        if u64::from(length) > HEADER_BYTES {
            return None;
        }
        let mut bytes = Vec::new();
        let mut number = first;
        while bytes.len() < wanted {
            *budget = budget.checked_sub(self.page_bytes.into())?;
            let page = self.page(number).filter(|page| page[25] == OVERFLOW)?;
            let used = usize::from(self.u16(&page, 22)?);
            bytes.extend_from_slice(page.get(PAGE_HEAD..PAGE_HEAD + used)?);
            number = self.u32(&page, 16)?;
        }
        bytes.truncate(wanted);
        Some(bytes)
    }

    fn u16(&self, bytes: &[u8], at: usize) -> Option<u16> {
        let number = array(bytes, at)?;
        Some(if self.is_big { u16::from_be_bytes(number) } else { u16::from_le_bytes(number) })
    }

    fn u32(&self, bytes: &[u8], at: usize) -> Option<u32> {
        let number = array(bytes, at)?;
        Some(if self.is_big { u32::from_be_bytes(number) } else { u32::from_le_bytes(number) })
    }
}
