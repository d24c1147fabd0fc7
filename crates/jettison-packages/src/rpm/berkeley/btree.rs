//! B-trees: pairs in the order of their keys on leaves, and pages above that say which leaf has a key.

use super::{
    file::{Pages, Pair, Problem},
    pages::{INTERNAL, KEY_DATA, LEAF, NewPages, OFF_PAGE, Order},
};

/// Where the metadata hold how many keys fit on a page at least, and the page at the top.
const LEAST_KEYS: usize = 76;
const ROOT: usize = 88;

const DAMAGED: Problem = Problem::Damaged("an item lies beyond its page");

pub(super) fn pairs(mut pages: Pages<'_>, meta: &[u8]) -> Result<Vec<Pair>, Problem> {
    let mut found: Vec<Pair> = Vec::new();
    let mut open = vec![pages.order.u32(meta, ROOT).unwrap_or_default()];
    while let Some(number) = open.pop() {
        let page = pages.page(number)?;
        let places = pages.places(page).ok_or(DAMAGED)?;
        match page[25] {
            INTERNAL => {
                for &place in places.iter().rev() {
                    open.push(pages.order.u32(page, place + 4).ok_or(DAMAGED)?);
                }
            }
            LEAF if places.len().is_multiple_of(2) => {
                for pair in places.chunks_exact(2) {
                    let key = item(&mut pages, page, pair[0])?;
                    let data = item(&mut pages, page, pair[1])?;
                    found.push(Pair { key, data });
                }
            }
            _ => return Err(Problem::Damaged("a page of the tree is none")),
        }
    }
    if found.windows(2).all(|two| two[0].key < two[1].key) {
        return Ok(found);
    }
    Err(Problem::Unknown("its keys are in an order of their own"))
}

/// Length, type, bytes; or where they are.
fn item(pages: &mut Pages<'_>, page: &[u8], place: usize) -> Result<Vec<u8>, Problem> {
    match *page.get(place + 2).ok_or(DAMAGED)? {
        KEY_DATA => {
            let length = usize::from(pages.order.u16(page, place).ok_or(DAMAGED)?);
            let start = place + 3;
            Ok(page.get(start..start + length).ok_or(DAMAGED)?.to_vec())
        }
        OFF_PAGE => {
            let field = |at| pages.order.u32(page, at).ok_or(DAMAGED);
            let (first, length) = (field(place + 4)?, field(place + 8)?);
            pages.chain(first, length)
        }
        _ => Err(Problem::Unknown("it has items that rpm does not make")),
    }
}

/// A page that is written, as the page above it sees it.
struct Child {
    /// No key on the page is lower, and every key on the pages before is.
    bound: Vec<u8>,
    page: u32,
}

pub(super) fn written(
    order: Order,
    page_bytes: usize,
    meta: &[u8],
    pairs: &[Pair],
) -> Result<Vec<u8>, Problem> {
    let least_keys = usize::try_from(order.u32(meta, LEAST_KEYS).unwrap_or_default());
    let least_keys = least_keys.ok().filter(|keys| (2..=64).contains(keys));
    let room = NewPages::room(page_bytes);
    // So long may an item be that the least number of keys fits on a page: a key and its data, each with a head and a place.
    let longest = least_keys.and_then(|keys| (room / (keys * 2)).checked_sub(10));
    let longest = longest.ok_or(Problem::Damaged("its metadata contradict it"))?;
    if pairs.iter().any(|pair| pair.key.len() > longest) {
        return Err(Problem::Unknown("a key is longer than any of rpm's"));
    }
    let mut tree = NewTree { pages: NewPages::new(order, page_bytes, meta), longest, room };
    // The top is the first page, as Berkeley DB itself has it; what lies below follows.
    let top = tree.pages.add(LEAF, 1);
    tree.pages.set_u32(0, ROOT, top);
    let mut level = tree.leaves(pairs, top);
    for depth in 2.. {
        if level.len() < 2 {
            break;
        }
        level = tree.internals(&level, top, depth);
    }
    Ok(tree.pages.finish())
}

struct NewTree {
    pages: NewPages,
    /// Longer data goes to overflow pages.
    longest: usize,
    /// Bytes of a page for items and their places.
    room: usize,
}

impl NewTree {
    /// Writes the leaves; if there is but one, it is the top.
    fn leaves(&mut self, pairs: &[Pair], top: u32) -> Vec<Child> {
        let size = |pair: &Pair| {
            let data =
                if pair.data.len() > self.longest { 12 } else { padded(3 + pair.data.len()) };
            4 + padded(3 + pair.key.len()) + data
        };
        let groups = grouped(pairs, self.room, size);
        let is_top = groups.len() == 1;
        let mut children: Vec<Child> = Vec::new();
        let mut before: &[u8] = &[];
        for group in groups {
            let page = if is_top { top } else { self.pages.add(LEAF, 1) };
            if let Some(last) = children.last() {
                self.pages.link(last.page, page);
            }
            for pair in group {
                let key = self.item(&pair.key);
                self.pages.put(page, &key);
                let data = self.item(&pair.data);
                self.pages.put(page, &data);
            }
            let (first, last) = (group.first(), group.last());
            let bound = first.map_or(&[][..], |first| bound(before, &first.key)).to_vec();
            before = last.map_or(&[][..], |last| &last.key);
            children.push(Child { bound, page });
        }
        children
    }

    /// Writes the pages above others; if there is but one, it is the top.
    fn internals(&mut self, below: &[Child], top: u32, depth: u8) -> Vec<Child> {
        let groups = grouped(below, self.room, |child| 2 + padded(12 + child.bound.len()));
        let is_top = groups.len() == 1;
        let mut children = Vec::new();
        for group in groups {
            let page = if is_top { top } else { self.pages.add(INTERNAL, depth) };
            self.pages.set(page, 24, &[depth, INTERNAL]);
            for (at, child) in group.iter().enumerate() {
                // The first key of such a page is never looked at.
                let key = if at == 0 { &[][..] } else { &child.bound };
                let order = self.pages.order;
                let mut item = [&order.two(length(key))[..], &[KEY_DATA, 0]].concat();
                item.extend(order.four(child.page));
                // What records of numbered trees are counted by.
                item.extend([0; 4]);
                item.extend(key);
                item.resize(padded(item.len()), 0);
                self.pages.put(page, &item);
            }
            let bound = group.first().map(|child| child.bound.clone()).unwrap_or_default();
            children.push(Child { bound, page });
        }
        children
    }

    fn item(&mut self, bytes: &[u8]) -> Vec<u8> {
        let order = self.pages.order;
        if bytes.len() > self.longest {
            let length = u32::try_from(bytes.len()).expect("read from a file of up to 128 MiB");
            let first = self.pages.chain(bytes);
            return [[0, 0, OFF_PAGE, 0], order.four(first), order.four(length)].concat();
        }
        let mut item = [&order.two(length(bytes))[..], &[KEY_DATA], bytes].concat();
        item.resize(padded(item.len()), 0);
        item
    }
}

fn length(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).expect("it fits on a page")
}

/// Items begin at multiples of four.
fn padded(bytes: usize) -> usize {
    bytes.next_multiple_of(4)
}

/// The shortest text that is higher than `before` and not higher than `key`.
fn bound<'k>(before: &[u8], key: &'k [u8]) -> &'k [u8] {
    let common = before.iter().zip(key).take_while(|(one, other)| one == other).count();
    &key[..key.len().min(common + 1)]
}

/// What goes on each page: as much as there is room for, and one page at least. No page but the only one has a single thing,
/// unless that fills it.
fn grouped<T>(things: &[T], room: usize, size: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let mut groups = Vec::new();
    let (mut start, mut left) = (0, room);
    for (at, thing) in things.iter().enumerate() {
        let needed = size(thing);
        if needed > left {
            groups.push(start..at);
            (start, left) = (at, room);
        }
        left -= needed;
    }
    groups.push(start..things.len());
    if let [.., before, last] = &mut groups[..]
        && last.len() == 1
        && before.len() > 2
    {
        before.end -= 1;
        last.start -= 1;
    }
    groups.into_iter().map(|group| &things[group]).collect()
}
