//! An image archive: a tar whose members are found by name, and never unpacked.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use jettison_image::{ReadAt, SubRange};

use crate::tar_members::{Member, MemberKind, TarError, TarMembers};

/// The most members of an image archive. `docker save` writes four per layer, an OCI layout one per
/// blob; 127 layers are the most that an engine takes.
pub(crate) const MAX_MEMBERS: usize = 100_000;
/// The most links in a row. `docker save` points a duplicate layer straight at the first.
pub(crate) const MAX_LINKS: usize = 8;

/// The index of an image archive.
#[derive(Debug)]
pub(crate) struct Archive {
    bytes: Arc<dyn ReadAt>,
    members: BTreeMap<String, Member>,
}

impl Archive {
    /// Reads all headers.
    pub(crate) fn index(bytes: Arc<dyn ReadAt>) -> Result<Self, TarError> {
        let mut members = BTreeMap::new();
        let mut reader = TarMembers::new(&bytes);
        while let Some(member) = reader.next_member()? {
            let name = normal_name(&member.name)?;
            if members.len() == MAX_MEMBERS {
                return Err(TarError::TooManyMembers { limit: MAX_MEMBERS });
            }
            match members.entry(name) {
                Entry::Vacant(vacant) => {
                    vacant.insert(member);
                }
                Entry::Occupied(first) => {
                    let both = (&first.get().kind, &member.kind);
                    if both != (&MemberKind::Directory, &MemberKind::Directory) {
                        return Err(TarError::Duplicate { name: first.key().clone() });
                    }
                }
            }
        }
        Ok(Self { bytes, members })
    }

    /// The bytes of a file, links followed; `None` if there is no such member.
    pub(crate) fn open(&self, name: &str) -> Result<Option<SubRange>, TarError> {
        let mut at = normal_name(name)?;
        if !self.members.contains_key(&at) {
            return Ok(None);
        }
        for _ in 0..=MAX_LINKS {
            let Some(member) = self.members.get(&at) else {
                break;
            };
            let target = match &member.kind {
                MemberKind::File => {
                    let bytes = self.bytes.clone();
                    let range = SubRange::new(bytes, member.start, member.len);
                    return Ok(Some(range.expect("the index checked where each member ends")));
                }
                MemberKind::HardLink(target) => normal_name(target)?,
                MemberKind::Symlink(target) => resolve(&at, target)?,
                other => return Err(not_a_file(name, other)),
            };
            at = target;
        }
        Err(TarError::BrokenLink { name: name.to_owned(), target: at })
    }
}

fn not_a_file(name: &str, kind: &MemberKind) -> TarError {
    let kind = match kind {
        MemberKind::Directory => "a directory",
        MemberKind::Sparse => "a sparse file (write the archive without --sparse)",
        _ => "a device or FIFO",
    };
    TarError::NotAFile { name: name.to_owned(), kind }
}

/// `./a//b/` is `a/b`. Names that leave the archive are refused.
pub(crate) fn normal_name(name: &str) -> Result<String, TarError> {
    if name.starts_with('/') {
        return Err(TarError::Escapes { name: name.to_owned() });
    }
    resolve("", name)
}

/// Where a symbolic link at `link` points, within the archive.
pub(crate) fn resolve(link: &str, target: &str) -> Result<String, TarError> {
    let escapes = || TarError::Escapes { name: target.to_owned() };
    if target.starts_with('/') {
        return Err(escapes());
    }
    let directory = link.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(escapes)?;
            }
            _ => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tar::{Builder, EntryType, Header};

    use super::*;

    /// A tar of `(name, type, link target or content)`.
    fn tar_of(members: &[(&str, EntryType, &str)]) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        for (name, kind, text) in members {
            let mut header = Header::new_gnu();
            header.set_entry_type(*kind);
            // Not set_path, which refuses what hostile archives hold.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            let data = if kind.is_file() { text.as_bytes() } else { b"" };
            if !kind.is_file() {
                header.as_old_mut().linkname[..text.len()].copy_from_slice(text.as_bytes());
            }
            header.set_size(data.len() as u64);
            header.set_cksum();
            builder.append(&header, data).expect("memory");
        }
        builder.into_inner().expect("memory")
    }

    fn index(bytes: Vec<u8>) -> Result<Archive, TarError> {
        Archive::index(Arc::new(bytes))
    }

    fn content(archive: &Archive, name: &str) -> Option<String> {
        let range = archive.open(name).expect("readable")?;
        let mut text = vec![0; usize::try_from(range.len()).expect("small")];
        range.read_exact_at(0, &mut text).expect("within");
        Some(String::from_utf8(text).expect("text"))
    }

    const FILE: EntryType = EntryType::Regular;
    const LINK: EntryType = EntryType::Symlink;

    #[test]
    fn files_are_found_by_any_spelling_and_through_links() {
        let long = "l".repeat(90);
        let archive = index(tar_of(&[
            ("./a/", EntryType::Directory, ""),
            ("./a/", EntryType::Directory, ""),
            ("./a/file", FILE, "one"),
            ("b/layer.tar", LINK, "../a/file"),
            ("c", EntryType::Link, "b/layer.tar"),
            (&long, FILE, "two"),
        ]))
        .expect("well formed");
        for name in ["a/file", "./a//file", "b/layer.tar", "c"] {
            assert_eq!(content(&archive, name).as_deref(), Some("one"), "{name}");
        }
        assert_eq!(content(&archive, &long).as_deref(), Some("two"));
        assert_eq!(content(&archive, "d"), None);
    }

    #[test]
    fn long_names_of_both_kinds() {
        let long = "d/".repeat(80) + "file";
        let mut gnu = Builder::new(Vec::new());
        let mut header = Header::new_gnu();
        header.set_size(3);
        gnu.append_data(&mut header, &long, b"gnu".as_slice()).expect("memory");
        let archive = index(gnu.into_inner().expect("memory")).expect("well formed");
        assert_eq!(content(&archive, &long).as_deref(), Some("gnu"));

        let mut pax = Builder::new(Vec::new());
        let records = [("path", long.as_bytes()), ("size", b"3"), ("comment", b"a=b\n")];
        pax.append_pax_extensions(records).expect("memory");
        let mut header = Header::new_ustar();
        header.set_path("short").expect("fits");
        header.set_size(3);
        header.set_cksum();
        pax.append(&header, b"pax".as_slice()).expect("memory");
        let archive = index(pax.into_inner().expect("memory")).expect("well formed");
        assert_eq!(content(&archive, &long).as_deref(), Some("pax"));
    }

    #[test]
    fn hostile_archives_end_in_errors() {
        for (members, part) in [
            (&[("../x", FILE, "")][..], "not a name within the archive"),
            (&[("/etc/passwd", FILE, "")], "not a name within the archive"),
            (&[("a", FILE, "1"), ("./a", FILE, "2")], "\"a\" is in it twice"),
            (&[("a", FILE, "1"), ("a", LINK, "b")], "in it twice"),
        ] {
            let error = index(tar_of(members)).expect_err(part).to_string();
            assert!(error.contains(part), "{error}");
        }
        let archive = index(tar_of(&[
            ("up", LINK, "../../etc/passwd"),
            ("root", LINK, "/etc/passwd"),
            ("x", LINK, "y"),
            ("y", LINK, "x"),
            ("none", LINK, "nothing"),
            ("dir", EntryType::Directory, ""),
            ("fifo", EntryType::Fifo, ""),
            ("sparse", EntryType::GNUSparse, ""),
        ]))
        .expect("links are judged when they are followed");
        for (name, part) in [
            ("up", "not a name within"),
            ("root", "not a name within"),
            ("../up", "not a name within"),
            ("x", "leads nowhere"),
            ("none", "leads nowhere (\"nothing\")"),
            ("dir", "is a directory"),
            ("fifo", "is a device or FIFO"),
            ("sparse", "is a sparse file"),
        ] {
            let error = archive.open(name).expect_err(name).to_string();
            assert!(error.contains(part), "{name}: {error}");
        }
    }

    #[test]
    fn damage_is_named_with_its_place() {
        let good = tar_of(&[("a", FILE, "content"), ("b", FILE, "more")]);
        let error = |bytes: Vec<u8>| index(bytes).expect_err("damaged").to_string();
        assert_eq!(error(Vec::new()), "it is not a tar archive");
        assert_eq!(error(b"text".repeat(200)), "it is not a tar archive");
        assert!(
            error(good[..515].to_vec()).contains("\"a\" has 7 bytes but the archive ends after 3")
        );
        assert!(error(good[..1300].to_vec()).contains("at byte 1024: the tar header is damaged"));
        let mut flipped = good.clone();
        flipped[1024] ^= 1;
        assert!(error(flipped).contains("at byte 1024: the tar header is damaged: its checksum"));
        let mut huge = Header::new_ustar();
        huge.set_entry_type(EntryType::XHeader);
        huge.set_size(1 << 40);
        huge.set_cksum();
        assert!(error(huge.as_bytes().to_vec()).contains("extended header of 1099511627776 bytes"));
        let mut pax = Builder::new(Vec::new());
        let name = "n".repeat(5000);
        pax.append_pax_extensions([("path", name.as_bytes())]).expect("memory");
        let mut bytes = pax.into_inner().expect("memory");
        bytes.truncate(bytes.len() - 1024);
        bytes.extend_from_slice(&good);
        assert!(error(bytes).contains("a name of 5000 bytes"));
    }

    #[test]
    fn malformed_pax_records() {
        for records in
            ["9999 path=a\n", "x path=a\n", "8 path=a", "6 patha\n", "0 \n", "path", "5 a=b\n"]
        {
            let mut header = Header::new_ustar();
            header.set_entry_type(EntryType::XHeader);
            header.set_size(records.len() as u64);
            header.set_cksum();
            let mut bytes = header.as_bytes().to_vec();
            bytes.extend_from_slice(records.as_bytes());
            bytes.resize(1024, 0);
            bytes.extend_from_slice(&tar_of(&[("a", FILE, "")]));
            let error = index(bytes).expect_err(records).to_string();
            assert!(error.contains("PAX record is malformed"), "{records}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_damage_is_survived(at in 0usize..4096, byte: u8, len in 0usize..4096) {
            let mut bytes = tar_of(&[("a", FILE, "content"), ("b", LINK, "a"), ("c", FILE, "more")]);
            let end = bytes.len();
            bytes[at % end] = byte;
            bytes.truncate(len);
            if let Ok(archive) = index(bytes) {
                for name in ["a", "b", "c"] {
                    drop(archive.open(name));
                }
            }
        }
    }
}
