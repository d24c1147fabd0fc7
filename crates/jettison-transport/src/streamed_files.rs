//! The files of an archive that comes as a stream, and cannot be read twice.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    path::Path,
    sync::Arc,
};

use jettison_image::{Digest, ReadAt, Sha256Hasher};
use tar::{Archive, EntryType};

use crate::{
    FileBlob, TarError,
    archive::{MAX_LINKS, MAX_MEMBERS, normal_name, resolve},
    hashing::CHUNK,
    staged_file::StagedFile,
};

/// Members up to this size stay in memory, in bytes: the documents that `docker save` writes per layer.
const IN_MEMORY: u64 = 16 << 10;

/// Files by name. Those that are not small lie in files without a name, which vanish with this.
#[derive(Debug)]
pub(crate) struct StreamedFiles {
    members: BTreeMap<String, Streamed>,
}

#[derive(Debug)]
enum Streamed {
    Small(Arc<Vec<u8>>),
    Spooled(Arc<Spooled>),
    /// A link, by the name it leads to.
    Link(String),
}

/// A file without a name that was hashed while it was written.
#[derive(Debug)]
pub(crate) struct Spooled {
    file: StagedFile,
    content: FileBlob,
    digest: Digest,
}

impl Spooled {
    /// The digest of the content.
    pub(crate) fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Gives the file a name, if `target` is on its file system, and syncs it.
    pub(crate) fn link_to(&self, target: &Path) -> io::Result<bool> {
        self.file.link_to(target)
    }
}

impl ReadAt for Spooled {
    fn len(&self) -> u64 {
        self.content.len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.content.read_at(offset, buf)
    }
}

impl StreamedFiles {
    /// Reads a tar to its end. `progress` is told of each further byte count of content.
    pub(crate) fn read(
        stream: impl Read,
        work_dir: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> io::Result<Self> {
        let mut members = BTreeMap::new();
        let mut archive = Archive::new(stream);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let name = normal_name(&name).map_err(invalid)?;
            let member = match entry.header().entry_type() {
                EntryType::Regular | EntryType::Continuous => {
                    spool(&mut entry, work_dir, progress)?
                }
                kind @ (EntryType::Link | EntryType::Symlink) => {
                    let target = entry.link_name_bytes().unwrap_or_default();
                    let target = String::from_utf8_lossy(&target).into_owned();
                    let from = if kind == EntryType::Link { "" } else { name.as_str() };
                    Streamed::Link(resolve(from, &target).map_err(invalid)?)
                }
                _ => continue,
            };
            if members.len() == MAX_MEMBERS {
                return Err(invalid(TarError::TooManyMembers { limit: MAX_MEMBERS }));
            }
            if members.contains_key(&name) {
                return Err(invalid(TarError::Duplicate { name }));
            }
            members.insert(name, member);
        }
        // The engine's last bytes: without them a broken connection would look like an end.
        io::copy(&mut archive.into_inner(), &mut io::sink())?;
        Ok(Self { members })
    }

    /// A file's bytes; `None` if there is no such file.
    pub(crate) fn find(&self, name: &str) -> Result<Option<Arc<dyn ReadAt>>, TarError> {
        Ok(self.follow(name)?.map(|member| match member {
            Streamed::Small(bytes) => bytes.clone() as Arc<dyn ReadAt>,
            Streamed::Spooled(spooled) => spooled.clone() as Arc<dyn ReadAt>,
            Streamed::Link(_) => unreachable!("links are followed"),
        }))
    }

    /// A file that was hashed already.
    pub(crate) fn spooled(&self, name: &str) -> Option<Arc<Spooled>> {
        match self.follow(name).ok()?? {
            Streamed::Spooled(spooled) => Some(spooled.clone()),
            _ => None,
        }
    }

    fn follow(&self, name: &str) -> Result<Option<&Streamed>, TarError> {
        let mut at = normal_name(name)?;
        for step in 0..=MAX_LINKS {
            match self.members.get(&at) {
                None if step == 0 => return Ok(None),
                None => break,
                Some(Streamed::Link(target)) => at.clone_from(target),
                Some(member) => return Ok(Some(member)),
            }
        }
        Err(TarError::BrokenLink { name: name.to_owned(), target: at })
    }
}

fn spool(
    mut content: impl Read,
    work_dir: &Path,
    progress: &mut dyn FnMut(u64),
) -> io::Result<Streamed> {
    let mut start = Vec::new();
    content.by_ref().take(IN_MEMORY + 1).read_to_end(&mut start)?;
    progress(start.len() as u64);
    if start.len() as u64 <= IN_MEMORY {
        return Ok(Streamed::Small(Arc::new(start)));
    }
    let file = StagedFile::new_in(work_dir)?;
    let mut hasher = Sha256Hasher::new();
    let mut len = 0;
    let mut buffer = start;
    loop {
        hasher.update(&buffer);
        (&file).write_all(&buffer)?;
        len += buffer.len() as u64;
        buffer.clear();
        if content.by_ref().take(CHUNK as u64).read_to_end(&mut buffer)? == 0 {
            break;
        }
        progress(buffer.len() as u64);
    }
    let content = file.reader(len)?;
    Ok(Streamed::Spooled(Arc::new(Spooled { file, content, digest: hasher.finish() })))
}

fn invalid(error: TarError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar_of(members: &[(&str, EntryType, &[u8], &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, kind, content, link) in members {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(*kind);
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
            header.set_size(content.len() as u64);
            header.set_cksum();
            builder.append(&header, *content).expect("memory");
        }
        builder.into_inner().expect("memory")
    }

    fn read(bytes: &[u8]) -> io::Result<StreamedFiles> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        StreamedFiles::read(bytes, dir.path(), &mut |_| {})
    }

    #[test]
    fn large_files_are_hashed_and_links_followed() {
        let large = b"layer".repeat(10_000);
        let bytes = tar_of(&[
            ("a/", EntryType::Directory, b"", ""),
            ("a/layer.tar", EntryType::Regular, &large, ""),
            ("b/layer.tar", EntryType::Symlink, b"", "../a/layer.tar"),
            ("manifest.json", EntryType::Regular, b"[]", ""),
            ("nowhere", EntryType::Symlink, b"", "gone"),
        ]);
        let files = read(&bytes).expect("well formed");
        for name in ["a/layer.tar", "./b/layer.tar"] {
            let found = files.find(name).expect("within").expect("there");
            assert_eq!(found.len(), large.len() as u64);
            assert_eq!(files.spooled(name).expect("large").digest(), &Digest::sha256(&large));
        }
        let small = files.find("manifest.json").expect("within").expect("there");
        assert_eq!(small.len(), 2);
        assert!(files.spooled("manifest.json").is_none());
        assert!(files.find("c").expect("within").is_none());
        files.find("nowhere").expect_err("a broken link");
    }

    #[test]
    fn streams_that_break_off_are_errors() {
        let bytes = tar_of(&[("layer.tar", EntryType::Regular, &b"x".repeat(40_000), "")]);
        for len in [100, 600, 20_000, 40_000] {
            read(&bytes[..len]).expect_err("cut short");
        }
        let escaping = tar_of(&[("../x", EntryType::Regular, b"", "")]);
        read(&escaping).expect_err("it leaves the archive");
        let twice =
            tar_of(&[("x", EntryType::Regular, b"", ""), ("./x", EntryType::Regular, b"", "")]);
        read(&twice).expect_err("in it twice");
    }
}
