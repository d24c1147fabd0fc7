//! The rows of one table of an SQLite 3 database: `rpmdb.sqlite`.
//!
//! Source: "Database File Format" and "WAL-mode File Format" on sqlite.org. Read are table b-trees, overflow pages, and what
//! a write-ahead log beside the file says about its pages; indexes are not. What is written, SQLite itself writes
//! (`sqlite_trimmed`).

use std::collections::BTreeMap;

use crate::bytes::{Pieces, array, u16_be, u32_be};

use super::{Entry, HEADER_BYTES};

const MAGIC: &[u8] = b"SQLite format 3\0";
/// The head of the file, in front of the first page's own.
const FILE_HEAD: usize = 100;
const WAL_HEAD: u64 = 32;
const FRAME_HEAD: u64 = 24;
/// Most frames of a log that are looked at; rpm lets logs grow to 10,000.
const FRAMES: u64 = 1 << 18;
/// `SQLITE_VERSION_NUMBER` of the release that brought logs; they name it as the version of their format.
const WAL_VERSION: u32 = 3_007_000;
/// Most columns of a row; the tables of interest have five.
const COLUMNS: usize = 64;
/// Pages of a table lie at most so deep: SQLite's own limit.
const DEPTH: usize = 20;

const INTERIOR: u8 = 5;
const LEAF: u8 = 13;

/// A value of a row. Numbers with a point are of no use here.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Null,
    Number(i64),
    /// Text or bytes.
    Bytes(Vec<u8>),
}

/// The header of each package: the second column of `Packages`, under the number of its row.
pub(super) fn entries(file: &dyn Pieces, wal: Option<&dyn Pieces>) -> Option<Vec<Entry>> {
    let database = Database::open(file, wal)?;
    let mut root = None;
    // The schema: type, name, table name, root page, SQL.
    database.rows(1, &mut |_, row| {
        if let [Value::Bytes(kind), Value::Bytes(name), _, Value::Number(page), _] = &row[..]
            && (kind.as_slice(), name.as_slice()) == (b"table", b"Packages")
        {
            root = u32::try_from(*page).ok();
        }
    })?;
    let mut found = Vec::new();
    database.rows(root?, &mut |row_id, row| {
        if let (Ok(number), [_, Value::Bytes(blob)]) = (u32::try_from(row_id), row) {
            found.push(Entry { number, blob: std::mem::take(blob) });
        }
    })?;
    Some(found)
}

/// The database with what its log holds, in one file that needs no log.
///
/// SQLite does the same when the last program closes a database.
pub(super) fn checkpointed(file: &dyn Pieces, wal: Option<&dyn Pieces>) -> Option<Vec<u8>> {
    let database = Database::open(file, wal)?;
    let mut bytes = Vec::with_capacity(usize::try_from(file.len()).ok()?);
    for number in 1..=database.pages {
        bytes.extend(database.page(number)?);
    }
    // Version of the format for writing and for reading: 2 asks for a log, 1 for none.
    bytes.get_mut(18..20)?.copy_from_slice(&[1, 1]);
    Some(bytes)
}

struct Database<'a> {
    file: &'a dyn Pieces,
    page_bytes: u64,
    /// Bytes of a page that SQLite itself uses.
    usable: usize,
    /// How many pages the database has, the log's included.
    pages: u32,
    /// Where in the log the newest form of a page lies.
    logged: BTreeMap<u32, u64>,
    wal: Option<&'a dyn Pieces>,
}

impl<'a> Database<'a> {
    fn open(file: &'a dyn Pieces, wal: Option<&'a dyn Pieces>) -> Option<Self> {
        let head = file.piece(0, FILE_HEAD as u64)?;
        let page_bytes = match u16_be(&head, 16)? {
            1 => 65536,
            bytes if bytes >= 512 && bytes.is_power_of_two() => u64::from(bytes),
            _ => return None,
        };
        if !head.starts_with(MAGIC) {
            return None;
        }
        let usable = usize::try_from(page_bytes).ok()? - usize::from(head[20]);
        let log = wal.and_then(|wal| logged(wal, page_bytes)).unwrap_or_default();
        let in_file = u32::try_from(file.len() / page_bytes).ok()?;
        let pages = log.pages.unwrap_or(in_file);
        (usable >= 480).then_some(Self { file, page_bytes, usable, pages, logged: log.places, wal })
    }

    fn page(&self, number: u32) -> Option<Vec<u8>> {
        let at = self.logged.get(&number);
        if let (Some(&at), Some(wal)) = (at, self.wal) {
            return wal.piece(at, self.page_bytes);
        }
        self.file.piece(u64::from(number.checked_sub(1)?) * self.page_bytes, self.page_bytes)
    }

    /// Shows every row of the table whose b-tree begins at a page, with its number, in the order of these.
    fn rows(&self, root: u32, visit: &mut dyn FnMut(u64, &mut [Value])) -> Option<()> {
        // A page belongs to one table and a byte to one row: reading more than there is means going round in circles.
        let mut budget = u64::from(self.pages) * self.page_bytes * 2;
        let mut open = vec![(root, 0)];
        while let Some((number, depth)) = open.pop() {
            budget = budget.checked_sub(self.page_bytes)?;
            let page = self.page(number)?;
            let at = if number == 1 { FILE_HEAD } else { 0 };
            let count = u16_be(&page, at + 3)?;
            match *page.get(at)? {
                INTERIOR if depth < DEPTH => {
                    open.push((u32_be(&page, at + 8)?, depth + 1));
                    for cell in (0..usize::from(count)).rev() {
                        let cell = usize::from(u16_be(&page, at + 12 + cell * 2)?);
                        open.push((u32_be(&page, cell)?, depth + 1));
                    }
                }
                LEAF => {
                    for cell in 0..usize::from(count) {
                        let cell = usize::from(u16_be(&page, at + 8 + cell * 2)?);
                        let (row_id, payload) = self.payload(&page, cell, &mut budget)?;
                        visit(row_id, &mut record(&payload)?);
                    }
                }
                _ => return None,
            }
        }
        Some(())
    }

    /// The number and the bytes of a row: on the page as far as they fit, the rest on a chain of overflow pages.
    fn payload(&self, page: &[u8], cell: usize, budget: &mut u64) -> Option<(u64, Vec<u8>)> {
        let (length, at) = varint(page, cell)?;
        let (row_id, at) = varint(page, at)?;
        *budget = budget.checked_sub(length).filter(|_| length <= HEADER_BYTES)?;
        let length = usize::try_from(length).ok()?;
        let most = self.usable - 35;
        if length <= most {
            return Some((row_id, page.get(at..at + length)?.to_vec()));
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let rest = least + (length - least) % (self.usable - 4);
        let local = if rest <= most { rest } else { least };
        let mut bytes = page.get(at..at + local)?.to_vec();
        let mut next = u32_be(page, at + local)?;
        while bytes.len() < length {
            let overflow = self.page(next)?;
            let wanted = (length - bytes.len()).min(self.usable - 4);
            bytes.extend_from_slice(overflow.get(4..4 + wanted)?);
            next = u32_be(&overflow, 0)?;
        }
        Some((row_id, bytes))
    }
}

/// What a log says.
#[derive(Default)]
struct Log {
    /// Where the newest committed form of each page lies in it.
    places: BTreeMap<u32, u64>,
    /// How many pages the database has by it, if it says anything.
    pages: Option<u32>,
}

/// Reads a log as far as SQLite would believe it: up to the last commit in front of the first frame whose sum is wrong.
fn logged(wal: &dyn Pieces, page_bytes: u64) -> Option<Log> {
    let head = wal.piece(0, WAL_HEAD)?;
    let mut sum = match u32_be(&head, 0)? {
        0x377f_0682 => Sum::new(u32::from_le_bytes),
        0x377f_0683 => Sum::new(u32::from_be_bytes),
        _ => return None,
    };
    sum.add(&head[..24]);
    let is_it = u32_be(&head, 4)? == WAL_VERSION && u64::from(u32_be(&head, 8)?) == page_bytes;
    if !is_it || !sum.is_at(&head, 24) {
        return None;
    }
    let salt: [u8; 8] = array(&head, 16)?;
    let mut log = Log::default();
    let mut open = BTreeMap::new();
    let frame_bytes = FRAME_HEAD + page_bytes;
    for number in 0..(wal.len().saturating_sub(WAL_HEAD) / frame_bytes).min(FRAMES) {
        let at = WAL_HEAD + number * frame_bytes;
        let frame = wal.piece(at, frame_bytes)?;
        sum.add(&frame[..8]);
        sum.add(frame.get(24..)?);
        // What an earlier use of the log left has another salt.
        if array::<8>(&frame, 8)? != salt || !sum.is_at(&frame, 16) {
            break;
        }
        open.insert(u32_be(&frame, 0)?, at + FRAME_HEAD);
        if let Some(pages) = u32_be(&frame, 4).filter(|&pages| pages != 0) {
            log.places.append(&mut open);
            log.pages = Some(pages);
        }
    }
    Some(log)
}

/// The running sum over a log, in the byte order that its magic number tells.
struct Sum {
    word: fn([u8; 4]) -> u32,
    sums: [u32; 2],
}

impl Sum {
    fn new(word: fn([u8; 4]) -> u32) -> Self {
        Self { word, sums: [0; 2] }
    }

    fn add(&mut self, bytes: &[u8]) {
        let [mut first, mut second] = self.sums;
        let (words, _) = bytes.as_chunks::<4>();
        for pair in words.chunks_exact(2) {
            first = first.wrapping_add((self.word)(pair[0])).wrapping_add(second);
            second = second.wrapping_add((self.word)(pair[1])).wrapping_add(first);
        }
        self.sums = [first, second];
    }

    /// Whether the sum until now is the one that stands there.
    fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        self.sums.map(Some) == [u32_be(bytes, at), u32_be(bytes, at + 4)]
    }
}

/// The values of a row.
fn record(payload: &[u8]) -> Option<Vec<Value>> {
    let (head, mut at) = varint(payload, 0)?;
    let head = usize::try_from(head).ok()?;
    let mut body = head;
    let mut values = Vec::new();
    while at < head && values.len() < COLUMNS {
        let (kind, next) = varint(payload, at)?;
        at = next;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            12.. => usize::try_from((kind - 12) / 2).ok()?,
            _ => return None,
        };
        let bytes = payload.get(body..body.checked_add(length)?)?;
        body += length;
        values.push(match kind {
            1..=6 => Value::Number(number(bytes)),
            8 => Value::Number(0),
            9 => Value::Number(1),
            12.. => Value::Bytes(bytes.to_vec()),
            _ => Value::Null,
        });
    }
    Some(values)
}

fn number(bytes: &[u8]) -> i64 {
    let start = if bytes.first().is_some_and(|first| first & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().fold(start, |number, &byte| (number << 8) | i64::from(byte))
}

/// A number of one to nine bytes, seven bits each, and where it ends.
fn varint(bytes: &[u8], mut at: usize) -> Option<(u64, usize)> {
    let mut value = 0;
    for _ in 0..8 {
        let byte = *bytes.get(at)?;
        at += 1;
        value = (value << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, at));
        }
    }
    Some(((value << 8) | u64::from(*bytes.get(at)?), at + 1))
}
