//! The entries of a hash, as many as can be read.

use crate::{
    bytes::Pieces,
    rpm::{Entry, HEADER_BYTES},
};

use super::pages::{
    HASH, HASH_MAGIC, HASH_UNSORTED, KEY_DATA, OFF_PAGE, OVERFLOW, Order, PAGE_HEAD,
};

/// Most pages that are looked at: a database of 4 GiB in pages of 4 KiB.
const PAGES: u32 = 1 << 20;

/// The header of each package. The entry with the next free number is told apart by its length.
pub(in crate::rpm) fn entries(file: &dyn Pieces) -> Option<Vec<Entry>> {
    let database = Database::open(file)?;
    let mut found = Vec::new();
    // A byte belongs to one item: reading more than there are means going round in circles.
    let mut budget = file.len();
    for number in 1..=database.last_page {
        let Some(page) = database.page(number) else { break };
        if matches!(page[25], HASH_UNSORTED | HASH) {
            let pairs = database.pairs(&page).into_iter();
            found.extend(pairs.filter_map(|(key, data)| database.entry(key, data, &mut budget)));
        }
    }
    found.retain(|entry| entry.blob.len() > 16);
    Some(found)
}

struct Database<'a> {
    file: &'a dyn Pieces,
    order: Order,
    page_bytes: u32,
    last_page: u32,
}

impl<'a> Database<'a> {
    fn open(file: &'a dyn Pieces) -> Option<Self> {
        let head = file.piece(0, 512)?;
        let is_it = |order: &Order| order.u32(&head, 12) == Some(HASH_MAGIC);
        let order = [Order::Big, Order::Little].into_iter().find(is_it)?;
        let is_size = |bytes: &u32| bytes.is_power_of_two() && (512..=65536).contains(bytes);
        let page_bytes = order.u32(&head, 20).filter(is_size)?;
        let last_page = order.u32(&head, 32)?.min(PAGES);
        Some(Self { file, order, page_bytes, last_page })
    }

    fn page(&self, number: u32) -> Option<Vec<u8>> {
        self.file.piece(u64::from(number) * u64::from(self.page_bytes), u64::from(self.page_bytes))
    }

    /// The items of a hash page in pairs of key and data, each from its type byte on.
    fn pairs<'p>(&self, page: &'p [u8]) -> Vec<(&'p [u8], &'p [u8])> {
        let count = self.order.u16(page, 20).unwrap_or_default();
        // An item ends where the one before it begins: the first lies at the end of the page.
        let place = |at: Option<u16>| match at {
            None => Some(page.len()),
            Some(at) => self.order.u16(page, PAGE_HEAD + usize::from(at) * 2).map(usize::from),
        };
        let item = |at: u16| page.get(place(Some(at))?..place(at.checked_sub(1))?);
        (1..count).step_by(2).filter_map(|at| Some((item(at - 1)?, item(at)?))).collect()
    }

    /// A header under its number.
    fn entry(&self, key: &[u8], data: &[u8], budget: &mut u64) -> Option<Entry> {
        let number = self.order.u32(key, 1).filter(|_| key.first() == Some(&KEY_DATA))?;
        Some(Entry { number, blob: self.bytes(data, budget)? })
    }

    fn bytes(&self, item: &[u8], budget: &mut u64) -> Option<Vec<u8>> {
        match *item.first()? {
            KEY_DATA => {
                *budget = budget.checked_sub(item.len() as u64)?;
                Some(item[1..].to_vec())
            }
            OFF_PAGE => self.chain(self.order.u32(item, 4)?, self.order.u32(item, 8)?, budget),
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
            let used = usize::from(self.order.u16(&page, 22)?);
            bytes.extend_from_slice(page.get(PAGE_HEAD..PAGE_HEAD + used)?);
            number = self.order.u32(&page, 16)?;
        }
        bytes.truncate(wanted);
        Some(bytes)
    }
}
