//! Hashes: buckets of pages, found by the hash of a key.
//!
//! The metadata hold the highest bucket, two masks, and for each doubling of the table how far its pages lie behind the
//! numbers of their buckets.

use std::cmp::Ordering;

use super::{
    file::{Pages, Pair, Problem},
    pages::{HASH, HASH_UNSORTED, KEY_DATA, NewPages, OFF_PAGE, Order},
};

/// Where the metadata hold the highest bucket, the masks, the number of pairs, the hash of [`CHECK`], and the distances.
const MAX_BUCKET: usize = 72;
const HIGH_MASK: usize = 76;
const LOW_MASK: usize = 80;
const PAIRS: usize = 88;
const CHECK_HASH: usize = 92;
const DISTANCES: usize = 96;
const DOUBLINGS: usize = 32;

/// Its hash in the metadata tells whether a program brought a function of its own.
const CHECK: &[u8] = b"%$sniglet^&\0";

/// From this version of the format on, the pairs of a page are in an order of their keys.
const SORTED_SINCE: u32 = 9;

/// Fowler, Noll and Vo's function, which begins with zero here.
fn hash_of(key: &[u8]) -> u32 {
    key.iter().fold(0_u32, |hash, &byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte))
}

/// A table of buckets.
struct Table {
    max_bucket: u32,
    high_mask: u32,
    low_mask: u32,
}

impl Table {
    fn bucket(&self, key: &[u8]) -> u32 {
        let hash = hash_of(key);
        let bucket = hash & self.high_mask;
        if bucket > self.max_bucket { hash & self.low_mask } else { bucket }
    }
}

/// How often the table was doubled before it had this bucket.
fn doublings(bucket: u32) -> usize {
    (32 - bucket.leading_zeros()) as usize
}

pub(super) fn pairs(mut pages: Pages<'_>, meta: &[u8]) -> Result<Vec<Pair>, Problem> {
    let order = pages.order;
    let field = |at: usize| order.u32(meta, at).unwrap_or_default();
    if field(CHECK_HASH) != hash_of(CHECK) {
        return Err(Problem::Unknown("it was hashed by another function"));
    }
    let table = Table {
        max_bucket: field(MAX_BUCKET),
        high_mask: field(HIGH_MASK),
        low_mask: field(LOW_MASK),
    };
    if usize::try_from(table.max_bucket).is_ok_and(|last| last >= pages.count()) {
        return Err(Problem::Damaged("it has more buckets than pages"));
    }
    let mut found = Vec::new();
    for bucket in 0..=table.max_bucket {
        let distance = field(DISTANCES + doublings(bucket).min(DOUBLINGS - 1) * 4);
        let mut number = bucket.wrapping_add(distance);
        // A doubling makes room for buckets that are not in use yet.
        if pages.raw(number)?.iter().all(|&byte| byte == 0) {
            continue;
        }
        pages.put_back();
        while number != 0 {
            let page = pages.page(number)?;
            let from = found.len();
            page_pairs(&mut pages, page, &mut found)?;
            if found[from..].iter().any(|pair| table.bucket(&pair.key) != bucket) {
                return Err(Problem::Damaged("a key lies in another's bucket"));
            }
            number = order.u32(page, 16).unwrap_or_default();
        }
    }
    Ok(found)
}

fn page_pairs(pages: &mut Pages<'_>, page: &[u8], found: &mut Vec<Pair>) -> Result<(), Problem> {
    let damaged = Problem::Damaged("an item lies beyond its page");
    if !matches!(page[25], HASH | HASH_UNSORTED) {
        return Err(Problem::Damaged("a bucket's page is none"));
    }
    let places = pages.places(page).ok_or(damaged)?;
    // An item ends where the one before it begins: the first lies at the end of the page.
    let mut ends = vec![page.len()];
    ends.extend(&places);
    let mut items = Vec::new();
    for (&start, &end) in places.iter().zip(&ends) {
        let item = page.get(start..end).filter(|item| !item.is_empty()).ok_or(damaged)?;
        items.push(match item[0] {
            KEY_DATA => item[1..].to_vec(),
            OFF_PAGE => {
                let field = |at| pages.order.u32(item, at).ok_or(damaged);
                let (first, length) = (field(4)?, field(8)?);
                pages.chain(first, length)?
            }
            _ => return Err(Problem::Unknown("it has items that rpm does not make")),
        });
    }
    if !items.len().is_multiple_of(2) {
        return Err(Problem::Damaged("a key has no data"));
    }
    let mut items = items.into_iter();
    while let (Some(key), Some(data)) = (items.next(), items.next()) {
        found.push(Pair { key, data });
    }
    Ok(())
}

/// Pages of a bucket may be filled so far on average before there are more buckets.
const FILL_PERCENT: usize = 75;

pub(super) fn written(
    order: Order,
    page_bytes: usize,
    meta: &[u8],
    pairs: &[Pair],
) -> Result<Vec<u8>, Problem> {
    let longest = page_bytes / 4;
    if pairs.iter().any(|pair| pair.key.len() > longest) {
        return Err(Problem::Unknown("a key is longer than any of rpm's"));
    }
    // An item on a page has its type in front and its place in a list; one elsewhere has twelve bytes.
    let size = |length: usize| 2 + if length > longest { 12 } else { 1 + length };
    let total: usize = pairs.iter().map(|pair| size(pair.key.len()) + size(pair.data.len())).sum();
    let room = NewPages::room(page_bytes);
    let buckets = (total * 100 / (room * FILL_PERCENT) + 1).next_power_of_two().max(2);
    let buckets =
        u32::try_from(buckets).map_err(|_too_many| Problem::Damaged("it is too large"))?;
    let table =
        Table { max_bucket: buckets - 1, high_mask: buckets - 1, low_mask: buckets / 2 - 1 };

    let mut pages = NewPages::new(order, page_bytes, meta);
    let is_sorted = order.u32(meta, 16).is_some_and(|version| version >= SORTED_SINCE);
    let kind = if is_sorted { HASH } else { HASH_UNSORTED };
    for _ in 0..buckets {
        pages.add(kind, 0);
    }
    let mut contents: Vec<Vec<&Pair>> = vec![Vec::new(); buckets as usize];
    for pair in pairs {
        contents[table.bucket(&pair.key) as usize].push(pair);
    }
    for (mut page, mut content) in (1..).zip(contents) {
        content.sort_unstable_by(|one, other| in_page_order(&one.key, &other.key));
        let mut left = room;
        for pair in content {
            let needed = size(pair.key.len()) + size(pair.data.len());
            if needed > left {
                let next = pages.add(kind, 0);
                pages.link(page, next);
                (page, left) = (next, room);
            }
            left -= needed;
            for bytes in [&pair.key, &pair.data] {
                let item = item(&mut pages, bytes, longest);
                pages.put(page, &item);
            }
        }
    }
    let count =
        u32::try_from(pairs.len()).map_err(|_too_many| Problem::Damaged("it is too large"))?;
    for (at, number) in [
        (MAX_BUCKET, table.max_bucket),
        (HIGH_MASK, table.high_mask),
        (LOW_MASK, table.low_mask),
        (PAIRS, count),
    ] {
        pages.set_u32(0, at, number);
    }
    // All buckets lie in one piece behind the metadata.
    for doubling in 0..DOUBLINGS {
        let distance = u32::from(doubling <= doublings(table.max_bucket));
        pages.set_u32(0, DISTANCES + doubling * 4, distance);
    }
    Ok(pages.finish())
}

/// Berkeley DB's order on a page: of two keys of which one begins with the other, the longer is first.
fn in_page_order(one: &[u8], other: &[u8]) -> Ordering {
    let common = one.len().min(other.len());
    one[..common].cmp(&other[..common]).then(other.len().cmp(&one.len()))
}

fn item(pages: &mut NewPages, bytes: &[u8], longest: usize) -> Vec<u8> {
    if bytes.len() <= longest {
        return [&[KEY_DATA][..], bytes].concat();
    }
    let order = pages.order;
    let length = u32::try_from(bytes.len()).expect("read from a file of up to 128 MiB");
    let first = pages.chain(bytes);
    [[OFF_PAGE, 0, 0, 0], order.four(first), order.four(length)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_of_two_keys_comes_first_on_a_page() {
        // As db5.3_load writes them; its searches miss what lies elsewhere.
        let mut keys = ["pkg121", "pkg11", "pkg118", "pkg1", "pkg"];
        keys.sort_by(|one, other| in_page_order(one.as_bytes(), other.as_bytes()));
        assert_eq!(keys, ["pkg118", "pkg11", "pkg121", "pkg1", "pkg"]);
    }
}
