//! What is linked into a program or packed into a jar, told while its bytes go by from front to back.
//!
//! Of a program, its end is kept (the table of sections stands there, and what only tools read: cargo-auditable's list), and
//! what follows the marker of Go. That finds what stripped programs tell and all that Go has built since 1.18;
//! [`inventory`](crate::inventory()), which may read any byte, finds the rest.

use jettison_rootfs::PathId;

use crate::{
    Manager, Package,
    bytes::Pieces,
    crates,
    elf_sections::Elf,
    go,
    jar::{artefacts_of, is_jar},
};

/// Longest jar that is kept until its end: server applications with all their libraries have some 60 MB.
const JAR_BYTES: u64 = 64 << 20;
/// How much of a program's end is kept. Of a stripped one, what nobody loads has some 100 kB.
const TAIL_BYTES: u64 = 4 << 20;
/// How much is kept from Go's marker on; Kubernetes' list has 40 KiB.
const GO_BYTES: usize = 1 << 20;
/// Where an ELF header ends.
const HEAD_BYTES: usize = 64;

/// A package inside of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedPackage {
    /// [`Manager::Maven`], [`Manager::Go`] or [`Manager::Cargo`].
    pub manager: Manager,
    /// As the manager writes it.
    pub name: String,
    /// As the manager writes it; empty when it says none.
    pub version: String,
}

/// A file that may have packages inside, as far as its bytes have come.
#[derive(Debug)]
pub struct PackedFile {
    name: Vec<u8>,
    size: u64,
    head: Vec<u8>,
    /// What is kept from this place of the file on.
    kept_from: u64,
    kept: Vec<u8>,
    go: Option<Vec<u8>>,
    /// The last bytes of the pieces before: the marker may lie across two.
    seam: Vec<u8>,
}

impl PackedFile {
    /// A file with these first bytes; `None` if it can have no packages inside that could be told.
    pub fn begin(path: &[u8], size: u64, head: &[u8]) -> Option<Self> {
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
        let is_jar = is_jar(name) && head.starts_with(b"PK") && size <= JAR_BYTES;
        let is_program = head.starts_with(b"\x7fELF") && head.len() >= HEAD_BYTES;
        (is_jar || is_program).then(|| Self {
            name: name.to_vec(),
            size,
            head: head[..HEAD_BYTES.min(head.len())].to_vec(),
            kept_from: if is_jar { 0 } else { size.saturating_sub(TAIL_BYTES) },
            kept: Vec::new(),
            go: None,
            seam: Vec::new(),
        })
    }

    /// Takes the bytes from `offset` on. Calls come in order, without gaps.
    pub fn see(&mut self, offset: u64, bytes: &[u8]) {
        let skipped = self.kept_from.saturating_sub(offset);
        if let Some(kept) = usize::try_from(skipped).ok().and_then(|skipped| bytes.get(skipped..)) {
            self.kept.extend_from_slice(kept);
        }
        if self.head.starts_with(b"PK") {
            return;
        }
        if let Some(go) = &mut self.go {
            let room = GO_BYTES.saturating_sub(go.len()).min(bytes.len());
            go.extend_from_slice(&bytes[..room]);
            return;
        }
        let mut joined = std::mem::take(&mut self.seam);
        let seam = joined.len();
        joined.extend_from_slice(&bytes[..bytes.len().min(go::PROOF_BYTES)]);
        let found = go::find(&joined).filter(|at| *at < seam);
        self.go = match found {
            Some(at) => Some([&joined[at..seam], &bytes[..bytes.len().min(GO_BYTES)]].concat()),
            None => go::find(bytes).map(|at| bytes[at..bytes.len().min(at + GO_BYTES)].to_vec()),
        };
        // A marker in the last bytes cannot be told from its mere name yet.
        let whole = if bytes.len() < go::PROOF_BYTES { &joined[..] } else { bytes };
        self.seam = whole[whole.len().saturating_sub(go::PROOF_BYTES - 1)..].to_vec();
    }

    /// The packages inside, the file's own first.
    pub fn finish(self) -> Vec<PackedPackage> {
        let home = PathId::from_index(0);
        let found = if self.head.starts_with(b"PK") {
            Some(artefacts_of(&self.kept, &self.name, home))
        } else {
            let go = self.go.as_ref().and_then(|info| go::modules_in_place(info, home));
            go.map(own_first).or_else(|| crates::crates(&Elf::open(&self)?, home))
        };
        let package = |package: Package| PackedPackage {
            manager: package.manager,
            name: package.name,
            version: package.version,
        };
        found.unwrap_or_default().into_iter().map(package).collect()
    }
}

/// Go itself stands before the program's own module.
fn own_first(mut modules: Vec<Package>) -> Vec<Package> {
    if modules.len() > 1 {
        modules.swap(0, 1);
    }
    modules
}

/// What was kept of it.
impl Pieces for PackedFile {
    fn len(&self) -> u64 {
        self.size
    }

    fn piece(&self, offset: u64, length: u64) -> Option<Vec<u8>> {
        let from = |start: u64, kept: &[u8]| {
            let at = usize::try_from(offset.checked_sub(start)?).ok()?;
            let end = at.checked_add(usize::try_from(length).ok()?)?;
            kept.get(at..end).map(<[u8]>::to_vec)
        };
        from(0, &self.head).or_else(|| from(self.kept_from, &self.kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{go::fixture::new_program, zip::fixture::archive};

    /// What is found when the file comes in pieces of that length.
    fn found(path: &str, file: &[u8], piece: usize) -> Vec<String> {
        let begun =
            PackedFile::begin(path.as_bytes(), file.len() as u64, &file[..piece.min(file.len())]);
        let Some(mut packed) = begun else { return Vec::new() };
        for (number, bytes) in file.chunks(piece).enumerate() {
            packed.see((number * piece) as u64, bytes);
        }
        let shown = |one: PackedPackage| format!("{}@{}", one.name, one.version);
        packed.finish().into_iter().map(shown).collect()
    }

    #[test]
    fn what_is_found_does_not_depend_on_how_the_bytes_come() {
        let nested = archive(&[(
            "META-INF/maven/g/inner/pom.properties",
            b"groupId=g\nartifactId=inner\nversion=2\n",
        )]);
        let jar = archive(&[
            ("META-INF/maven/g/app/pom.properties", b"groupId=g\nartifactId=app\nversion=1\n"),
            ("BOOT-INF/lib/inner-2.jar", &nested),
        ]);
        let long = [vec![0; 5 << 20], new_program()].concat();
        // The table of sections is not where the header says; the list is found all the same.
        let long = [&new_program()[..64], &long[64..]].concat();
        for piece in [64, 100, 4096, 1 << 20] {
            let go = found("usr/bin/server", &new_program(), piece);
            assert_eq!(go[..2], ["example.org/server@", "stdlib@1.21.3"], "{piece}");
            assert_eq!(go.len(), 5);
            assert_eq!(found("bin/long", &long, piece.max(4096)), go);
            let rust = found("app/tool", &crates::fixture::program(), piece);
            assert_eq!(rust, ["server@0.1.0", "serde@1.0.200"], "{piece}");
            assert_eq!(found("app.jar", &jar, piece), ["g:app@1", "g:inner@2"], "{piece}");
        }
        assert_eq!(found("app.txt", &jar, 4096), [""; 0]);
        assert_eq!(found("app.jar", b"PK\x03\x04 and no more", 4096), [""; 0]);
    }

    #[test]
    fn a_program_that_only_knows_the_marker_is_none_of_gos() {
        let mut file = new_program();
        file.truncate(64);
        file.extend(b"\xff Go buildinf:\x08\x02 and other words");
        file.resize(4096, 0);
        assert_eq!(found("usr/bin/file", &file, 512), [""; 0]);
        // One of Go's that reads others' has both.
        file.extend(&new_program()[64..]);
        assert_eq!(found("usr/bin/scanner", &file, 512)[1], "stdlib@1.21.3");
    }
}
