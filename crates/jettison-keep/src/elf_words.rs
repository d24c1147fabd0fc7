//! The strings of an ELF file that may name another file: libraries to load by name, and absolute paths.
//!
//! C compilers write string constants into `.rodata`, each ended by a zero byte, and so does `.dynstr`. The whole file is
//! searched once, in pieces, for the two marks that such strings have.

use std::{collections::BTreeSet, ops::Range};

use jettison_rootfs::{InodeId, Kind, Tree};
use memchr::memmem::Finder;

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;
/// Longest string that is believed, so that one on the border of two pieces is seen whole; Linux's `PATH_MAX` is four
/// times as long, paths in programs are not.
const LONGEST: usize = 1024;
/// A longer file is searched up to here; the largest programs (browsers, model runtimes) have about 300 MB.
const FILE_BYTES: u64 = 512 << 20;
/// Strings of one file that are remembered; the largest C program of a distribution has under ten thousand.
const STRINGS: usize = 1 << 16;

/// What was found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ElfWords {
    /// Names with `.so` in them, with or without a directory.
    pub(crate) libraries: BTreeSet<Vec<u8>>,
    /// Absolute paths.
    pub(crate) paths: BTreeSet<Vec<u8>>,
}

/// Searches a file of the tree, but for the names of its symbols: those are of libraries that it is linked with, or was
/// before somebody bundled it.
pub(crate) fn search(tree: &Tree, id: InodeId, symbols: &Range<u64>) -> ElfWords {
    let mut found = ElfWords::default();
    for_each_piece(tree, id, |offset, piece| {
        let within = |at: u64| usize::try_from(at.saturating_sub(offset)).unwrap_or(usize::MAX);
        let (start, end) = (within(symbols.start), within(symbols.end).min(piece.len()));
        if start < end {
            piece[start..end].fill(0);
        }
        found.libraries_in(piece);
        found.paths_in(piece);
        found.libraries.len() < STRINGS && found.paths.len() < STRINGS
    });
    found
}

/// Which of the words a file contains, wherever and in whatever surroundings: languages such as Go and Rust do not end
/// their strings.
pub(crate) fn contained<'a>(tree: &Tree, id: InodeId, words: &[&'a str]) -> BTreeSet<&'a str> {
    let finders: Vec<(&str, Finder<'_>)> =
        words.iter().map(|&word| (word, Finder::new(word))).collect();
    let mut found = BTreeSet::new();
    for_each_piece(tree, id, |_, piece| {
        found.extend(
            finders
                .iter()
                .filter(|(_, finder)| finder.find(piece).is_some())
                .map(|&(word, _)| word),
        );
        found.len() < finders.len()
    });
    found
}

/// Calls `look` with the place and the bytes of pieces that overlap by the longest string, until it says no.
fn for_each_piece(tree: &Tree, id: InodeId, mut look: impl FnMut(u64, &mut [u8]) -> bool) {
    let inode = tree.inode_by_id(id);
    if inode.kind != Kind::File {
        return;
    }
    let size = inode.size.min(FILE_BYTES);
    let mut piece = vec![0; usize::try_from(size).unwrap_or(PIECE).min(PIECE)];
    let mut offset = 0;
    while offset < size {
        let Ok(count) = tree.read(id, offset, &mut piece) else { return };
        if count == 0 || !look(offset, &mut piece[..count]) {
            return;
        }
        let end = offset + count as u64;
        if end >= size {
            return;
        }
        offset = end - LONGEST as u64;
    }
}

impl ElfWords {
    fn libraries_in(&mut self, piece: &[u8]) {
        for at in Finder::new(b".so").find_iter(piece) {
            let is_end = matches!(piece.get(at + 3), Some(0 | b'.') | None);
            if !is_end {
                continue;
            }
            let start =
                piece[at.saturating_sub(LONGEST)..at].iter().rposition(|&byte| !is_name(byte));
            let start = at.saturating_sub(LONGEST) + start.map_or(0, |before| before + 1);
            let length =
                piece[at..].iter().take(LONGEST).position(|&byte| !is_name(byte)).unwrap_or(3);
            let is_whole = (start == 0 || piece[start - 1] == 0)
                && piece.get(at + length).is_none_or(|&byte| byte == 0);
            if is_whole && start < at && self.libraries.len() < STRINGS {
                self.libraries.insert(piece[start..at + length].to_vec());
            }
        }
    }

    fn paths_in(&mut self, piece: &[u8]) {
        for at in Finder::new(b"\0/").find_iter(piece) {
            let text = &piece[at + 1..];
            let Some(length) =
                text.iter().take(LONGEST).position(|&byte| !(b' '..0x7f).contains(&byte))
            else {
                continue;
            };
            if length > 1 && text[length] == 0 && self.paths.len() < STRINGS {
                self.paths.insert(text[..length].to_vec());
            }
        }
    }
}

/// Bytes of which names of libraries are made.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._+-/@".contains(&byte)
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;

    fn words(bytes: &[u8]) -> ElfWords {
        let tree = TreeBuilder::new().file("/x", 0o755, bytes).build();
        search(&tree, tree.inode_id(tree.find(b"/x").expect("it was made")), &(0..0))
    }

    #[test]
    fn names_and_paths_are_found() {
        let found = words(b"\x7fELF\0libfoo.so.1\0plain\0/etc/x.conf\0/\0a/b.so\0libv%d.so\0no.sock\0/with space\0/bad\x01\0");
        let expected: [&[u8]; 2] = [b"a/b.so", b"libfoo.so.1"];
        assert_eq!(found.libraries.iter().map(Vec::as_slice).collect::<Vec<_>>(), expected);
        let expected: [&[u8]; 2] = [b"/etc/x.conf", b"/with space"];
        assert_eq!(found.paths.iter().map(Vec::as_slice).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_string_on_the_border_of_two_pieces_is_seen() {
        for shift in [3, 8, 14] {
            let mut bytes = vec![0; PIECE - shift];
            bytes.extend(b"/etc/border\0libborder.so.2\0");
            bytes.extend(vec![0; PIECE]);
            let found = words(&bytes);
            assert!(found.paths.contains(&b"/etc/border"[..]), "{shift}");
            assert!(found.libraries.contains(&b"libborder.so.2"[..]), "{shift}");
        }
    }

    #[test]
    fn names_of_symbols_are_passed_over() {
        let tree = TreeBuilder::new().file("/x", 0o755, b"\0liba.so\0libb.so\0libc.so\0").build();
        let id = tree.inode_id(tree.find(b"/x").expect("it was made"));
        let found = search(&tree, id, &(8..17)).libraries;
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [b"liba.so".to_vec(), b"libc.so".to_vec()]
        );
    }

    #[test]
    fn words_are_found_in_any_surroundings() {
        let tree = TreeBuilder::new().file("/x", 0o755, b"abc/etc/mime.typesdef").build();
        let id = tree.inode_id(tree.find(b"/x").expect("it was made"));
        assert_eq!(
            contained(&tree, id, &["/etc/mime.types", "/etc/ssl"]).into_iter().collect::<Vec<_>>(),
            ["/etc/mime.types"]
        );
    }
}
