//! What is linked into a program or packed into a jar, told while its bytes go by from front to back.
//!
//! [`inventory`](crate::inventory()), which may read any byte, looks where each format says; here what may matter is kept until it
//! is known to, and no more of it than a few megabytes, however long the file is.

use jettison_rootfs::PathId;

use crate::{
    Manager, Package,
    jar::is_jar,
    jar_stream::JarStream,
    program_stream::{HEAD_BYTES, ProgramStream},
};

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
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Jar { name: Vec<u8>, jar: Box<JarStream> },
    Program(Box<ProgramStream>),
}

impl PackedFile {
    /// A file with these first bytes; `None` if it can have no packages inside that could be told.
    pub fn begin(path: &[u8], size: u64, head: &[u8]) -> Option<Self> {
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
        let kind = if is_jar(name) && head.starts_with(b"PK") {
            Kind::Jar { name: name.to_vec(), jar: Box::new(JarStream::new()) }
        } else if head.starts_with(b"\x7fELF") && head.len() >= HEAD_BYTES {
            Kind::Program(Box::new(ProgramStream::new(size, head)))
        } else {
            return None;
        };
        Some(Self { kind })
    }

    /// Takes the bytes from `offset` on. Calls come in order, without gaps.
    pub fn see(&mut self, offset: u64, bytes: &[u8]) {
        match &mut self.kind {
            Kind::Jar { jar, .. } => jar.see(bytes),
            Kind::Program(program) => program.see(offset, bytes),
        }
    }

    /// The packages inside, the file's own first.
    pub fn finish(self) -> Vec<PackedPackage> {
        let home = PathId::from_index(0);
        let found = match self.kind {
            Kind::Jar { name, jar } => jar.finish(&name, home),
            Kind::Program(program) => program.finish(home),
        };
        let package = |package: Package| PackedPackage {
            manager: package.manager,
            name: package.name,
            version: package.version,
        };
        found.into_iter().map(package).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{crates, go::fixture::new_program, zip::fixture::archive};

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
