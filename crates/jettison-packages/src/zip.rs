//! Members of zip archives (jars) in the tree.
//!
//! Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
//! Archives beyond 4 GB (zip64) have no members here.

use std::io::Read;

use flate2::read::DeflateDecoder;
use jettison_rootfs::{InodeId, Tree};

use crate::bytes::{InTree, Pieces, u16_le, u32_le};

/// The end record with the longest comment that its 16-bit length allows.
const END_BYTES: u64 = 22 + 0xffff;
/// Longest central directory that is read; an archive with 100,000 members has about 10 MB.
const DIRECTORY_BYTES: u64 = 64 << 20;

/// One file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Path inside, with slashes.
    pub name: Vec<u8>,
    /// Bytes when unpacked, as the archive claims.
    pub size: u64,
    packed: u64,
    offset: u64,
    method: u16,
}

/// The members that an archive's central directory lists; none if it is no archive or a broken one.
pub fn members(tree: &Tree, id: InodeId) -> Vec<Member> {
    members_of(&InTree { tree, id })
}

/// A member's bytes, at most `limit` of them; `None` if it is longer, broken, or packed in another way than deflate.
pub fn read(tree: &Tree, id: InodeId, member: &Member, limit: u64) -> Option<Vec<u8>> {
    read_from(&InTree { tree, id }, member, limit)
}

/// Like [`members`], of an archive that may lie in another.
pub(crate) fn members_of(archive: &dyn Pieces) -> Vec<Member> {
    read_directory(archive).unwrap_or_default()
}

fn read_directory(archive: &dyn Pieces) -> Option<Vec<Member>> {
    let size = archive.len();
    if archive.piece(0, 2)? != b"PK" {
        return None;
    }
    let tail_at = size.saturating_sub(END_BYTES);
    let tail = archive.piece(tail_at, size - tail_at)?;
    let end = memchr::memmem::rfind(&tail, b"PK\x05\x06")?;
    let length = u64::from(u32_le(&tail, end + 12)?);
    let start = u64::from(u32_le(&tail, end + 16)?);
    if length > DIRECTORY_BYTES {
        return None;
    }
    let directory = archive.piece(start, length)?;
    let mut found = Vec::new();
    let mut at = 0;
    while directory.get(at..at + 4)? == b"PK\x01\x02" {
        let [name, extra, comment] =
            [28, 30, 32].map(|field| u16_le(&directory, at + field).map(usize::from));
        let name_at = at + 46;
        let behind = name_at + name?;
        found.push(Member {
            name: directory.get(name_at..behind)?.to_vec(),
            method: u16_le(&directory, at + 10)?,
            packed: u32_le(&directory, at + 20)?.into(),
            size: u32_le(&directory, at + 24)?.into(),
            offset: u32_le(&directory, at + 42)?.into(),
        });
        at = behind + extra? + comment?;
        if at >= directory.len() {
            break;
        }
    }
    Some(found)
}

/// Like [`read`], of an archive that may lie in another.
pub(crate) fn read_from(archive: &dyn Pieces, member: &Member, limit: u64) -> Option<Vec<u8>> {
    if member.size > limit || member.packed > limit {
        return None;
    }
    let header = archive.piece(member.offset, 30)?;
    let skipped = 30 + u64::from(u16_le(&header, 26)?) + u64::from(u16_le(&header, 28)?);
    let packed = archive.piece(member.offset.checked_add(skipped)?, member.packed)?;
    match member.method {
        0 => Some(packed),
        8 => {
            let mut bytes = Vec::new();
            DeflateDecoder::new(&packed[..]).take(limit).read_to_end(&mut bytes).ok()?;
            Some(bytes)
        }
        _ => None,
    }
}

/// Archives for tests, of this crate and of others.
pub mod fixture {
    use std::io::Write;

    /// A zip archive: the first member stored, the others deflated.
    ///
    /// # Panics
    ///
    /// When it would be longer than fixtures are.
    pub fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut directory = Vec::new();
        for (index, (name, bytes)) in members.iter().enumerate() {
            let (method, packed) =
                if index == 0 { (0_u16, bytes.to_vec()) } else { (8, deflated(bytes)) };
            let offset = out.len();
            let length =
                |length: usize| u32::try_from(length).expect("fixtures are small").to_le_bytes();
            let name_length = u16::try_from(name.len()).expect("fixtures are small").to_le_bytes();
            out.extend(b"PK\x03\x04\x14\0\0\0");
            out.extend(method.to_le_bytes());
            out.extend([0; 8]);
            out.extend(length(packed.len()));
            out.extend(length(bytes.len()));
            out.extend(name_length);
            out.extend([0, 0]);
            out.extend(name.as_bytes());
            out.extend(&packed);
            directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0");
            directory.extend(method.to_le_bytes());
            directory.extend([0; 8]);
            directory.extend(length(packed.len()));
            directory.extend(length(bytes.len()));
            directory.extend(name_length);
            directory.extend([0; 12]);
            directory.extend(length(offset));
            directory.extend(name.as_bytes());
        }
        let start = u32::try_from(out.len()).expect("fixtures are small");
        let count = u16::try_from(members.len()).expect("fixtures are small").to_le_bytes();
        let size = u32::try_from(directory.len()).expect("fixtures are small");
        out.extend(directory);
        out.extend(b"PK\x05\x06\0\0\0\0");
        out.extend(count);
        out.extend(count);
        out.extend(size.to_le_bytes());
        out.extend(start.to_le_bytes());
        out.extend([0, 0]);
        out
    }

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).expect("memory takes all");
        encoder.finish().expect("memory takes all")
    }
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;

    fn tree(bytes: &[u8]) -> (Tree, InodeId) {
        let tree = TreeBuilder::new().file("/a.jar", 0o644, bytes).build();
        let id = tree.inode_id(tree.find(b"/a.jar").expect("it was made"));
        (tree, id)
    }

    #[test]
    fn members_are_listed_and_read() {
        let (tree, id) = tree(&fixture::archive(&[("a/stored", b"one"), ("b", &[b'x'; 5000])]));
        let members = members(&tree, id);
        let read: Vec<_> = members.iter().map(|member| read(&tree, id, member, 1 << 20)).collect();
        assert_eq!(
            members.iter().map(|member| member.name.as_slice()).collect::<Vec<_>>(),
            [&b"a/stored"[..], b"b"]
        );
        assert_eq!(read, [Some(b"one".to_vec()), Some(vec![b'x'; 5000])]);
        assert_eq!(super::read(&tree, id, &members[1], 100), None);
    }

    #[test]
    fn damaged_archives_end_quietly() {
        let archive = fixture::archive(&[("a", b"one"), ("b", &[b'x'; 500])]);
        for length in 0..archive.len() - 2 {
            let (tree, id) = tree(&archive[..length]);
            assert_eq!(members(&tree, id), [], "{length}");
        }
        for at in 0..archive.len() {
            let mut damaged = archive.clone();
            damaged[at] ^= 0xff;
            let (tree, id) = tree(&damaged);
            for member in members(&tree, id) {
                let bytes = read(&tree, id, &member, 1 << 16).unwrap_or_default();
                assert!(bytes.len() <= 1 << 16);
            }
        }
    }
}
