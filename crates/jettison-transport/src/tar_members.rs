//! The members of an image archive: name and place of each, read from the tar's headers alone.

use std::io;

use jettison_image::ReadAt;

/// A tar header and the unit of alignment, in bytes (pax(1), "ustar Interchange Format").
const BLOCK: u64 = 512;
/// The most bytes of an extended header (PAX or GNU long name) that are read. Members of image
/// archives need none, or a path; `PATH_MAX` is 4096.
const MAX_EXTENDED: u64 = 1 << 20;
/// The longest member name: `PATH_MAX`.
const MAX_NAME: usize = 4096;

/// Why an archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// The bytes cannot be read.
    #[error("at byte {offset}: {source}")]
    Io {
        /// Where in the archive.
        offset: u64,
        /// Why.
        source: io::Error,
    },
    /// The first block is no tar header.
    #[error("it is not a tar archive")]
    NotTar,
    /// A later block is no tar header.
    #[error("at byte {offset}: the tar header is damaged: {problem}")]
    Header {
        /// Where in the archive.
        offset: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// The archive ends within a member.
    #[error(
        "at byte {offset}: {name:?} has {size} bytes but the archive ends after {available}: \
             it is truncated"
    )]
    Truncated {
        /// Where the member's bytes begin.
        offset: u64,
        /// The member.
        name: String,
        /// How many bytes its header announces.
        size: u64,
        /// How many are there.
        available: u64,
    },
    /// An extended header beyond the bound.
    #[error(
        "at byte {offset}: an extended header of {size} bytes, more than the {MAX_EXTENDED} \
             that jettison reads"
    )]
    ExtendedTooLarge {
        /// Where in the archive.
        offset: u64,
        /// Its size in bytes.
        size: u64,
    },
    /// A name beyond the bound.
    #[error(
        "at byte {offset}: a name of {length} bytes, more than the {MAX_NAME} that Linux knows"
    )]
    NameTooLong {
        /// Where in the archive.
        offset: u64,
        /// Its length in bytes.
        length: usize,
    },
    /// More members than image archives have.
    #[error("it has more than {limit} members, no image archive has so many")]
    TooManyMembers {
        /// The bound.
        limit: usize,
    },
    /// The same file twice: readers disagree about which one counts.
    #[error("{name:?} is in it twice, so that it is unclear which one counts")]
    Duplicate {
        /// The member.
        name: String,
    },
    /// A name that leaves the archive.
    #[error("{name:?} is not a name within the archive (absolute, or with \"..\")")]
    Escapes {
        /// The member, or the name that something refers to.
        name: String,
    },
    /// A link to nothing, or in a circle.
    #[error("{name:?} is a link that leads nowhere ({target:?})")]
    BrokenLink {
        /// The link.
        name: String,
        /// Where it points.
        target: String,
    },
    /// A directory, device or sparse file where a file is needed.
    #[error("{name:?} is {kind}, expected a file")]
    NotAFile {
        /// The member.
        name: String,
        /// What it is.
        kind: &'static str,
    },
}

/// What a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MemberKind {
    File,
    HardLink(String),
    Symlink(String),
    Directory,
    /// A sparse file: its bytes in the archive are not its content.
    Sparse,
    /// A device, a FIFO, or something no image archive has.
    Other,
}

/// A member of a tar.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// As in the archive; text that is not UTF-8 is marked as such.
    pub(crate) name: String,
    pub(crate) kind: MemberKind,
    /// Where its bytes begin.
    pub(crate) start: u64,
    /// How many there are.
    pub(crate) len: u64,
}

/// Walks the members of a tar, front to back.
#[derive(Debug)]
pub(crate) struct TarMembers<'a> {
    bytes: &'a dyn ReadAt,
    /// Where the next header begins.
    next: u64,
}

/// What extended headers say about the member behind them.
#[derive(Debug, Default)]
struct Extended {
    name: Option<String>,
    link: Option<String>,
    size: Option<u64>,
    sparse: bool,
}

impl<'a> TarMembers<'a> {
    pub(crate) fn new(bytes: &'a dyn ReadAt) -> Self {
        Self { bytes, next: 0 }
    }

    /// The next member; `None` at the end.
    pub(crate) fn next_member(&mut self) -> Result<Option<Member>, TarError> {
        let mut extended = Extended::default();
        loop {
            let offset = self.next;
            let Some(header) = self.header()? else {
                return Ok(None);
            };
            let size = number(&header[124..136])
                .ok_or(TarError::Header { offset, problem: "the size is not a number" })?;
            match header[156] {
                b'x' => self.read_pax(size, &mut extended)?,
                b'L' => extended.name = Some(self.read_long(size)?),
                b'K' => extended.link = Some(self.read_long(size)?),
                // Defaults for all members: none that an image archive needs.
                b'g' => self.skip(size, "a global extended header")?,
                _ => return self.member(&header, size, extended).map(Some),
            }
        }
    }

    /// The next header block; `None` at the end of the archive.
    fn header(&mut self) -> Result<Option<[u8; 512]>, TarError> {
        let offset = self.next;
        let available = self.bytes.len().saturating_sub(offset);
        if available == 0 && offset > 0 {
            return Ok(None);
        }
        if available < BLOCK {
            let problem = "the archive ends within it: it is truncated";
            let short = TarError::Header { offset, problem };
            return Err(if offset == 0 { TarError::NotTar } else { short });
        }
        let mut header = [0; 512];
        self.read(offset, &mut header)?;
        if header.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if number(&header[148..156]) != Some(checksum(&header)) {
            let problem = "its checksum is wrong";
            return Err(if offset == 0 {
                TarError::NotTar
            } else {
                TarError::Header { offset, problem }
            });
        }
        self.next = offset + BLOCK;
        Ok(Some(header))
    }

    fn member(
        &mut self,
        header: &[u8; 512],
        size: u64,
        extended: Extended,
    ) -> Result<Member, TarError> {
        let offset = self.next - BLOCK;
        let name = extended.name.unwrap_or_else(|| header_name(header));
        let link = || extended.link.unwrap_or_else(|| text(&header[157..257]));
        let kind = match header[156] {
            _ if extended.sparse => MemberKind::Sparse,
            // A trailing slash made a directory before there was a type for it.
            b'0' | 0 | b'7' if name.ends_with('/') => MemberKind::Directory,
            b'0' | 0 | b'7' => MemberKind::File,
            b'1' => MemberKind::HardLink(link()),
            b'2' => MemberKind::Symlink(link()),
            b'5' => MemberKind::Directory,
            b'S' => MemberKind::Sparse,
            _ => MemberKind::Other,
        };
        let longest = match &kind {
            MemberKind::HardLink(target) | MemberKind::Symlink(target) => target.len(),
            _ => 0,
        };
        let length = longest.max(name.len());
        if length > MAX_NAME {
            return Err(TarError::NameTooLong { offset, length });
        }
        // Links have no bytes, whatever the header says (some writers give the target's size).
        let linked = matches!(kind, MemberKind::HardLink(_) | MemberKind::Symlink(_));
        let len = if linked { 0 } else { extended.size.unwrap_or(size) };
        if header[156] == b'S' && header[482] != 0 {
            self.skip_sparse_map()?;
        }
        let start = self.next;
        self.skip(len, &name)?;
        Ok(Member { name, kind, start, len })
    }

    /// Moves behind the blocks with which old GNU sparse headers go on (GNU tar manual, "Old GNU
    /// Format").
    fn skip_sparse_map(&mut self) -> Result<(), TarError> {
        loop {
            let offset = self.next;
            self.skip(BLOCK, "a sparse map")?;
            let mut more = [0];
            self.read(offset + 504, &mut more)?;
            if more == [0] {
                return Ok(());
            }
        }
    }

    fn read_long(&mut self, size: u64) -> Result<String, TarError> {
        Ok(text(&self.read_extended(size)?))
    }

    /// Reads the records `LENGTH KEY=VALUE\n` (pax(1), "pax Header Block").
    fn read_pax(&mut self, size: u64, extended: &mut Extended) -> Result<(), TarError> {
        let offset = self.next - BLOCK;
        let broken = || TarError::Header { offset, problem: "a PAX record is malformed" };
        let records = self.read_extended(size)?;
        let mut rest = records.as_slice();
        while !rest.is_empty() {
            let space = rest.iter().position(|byte| *byte == b' ').ok_or_else(broken)?;
            let length = decimal(&rest[..space]).ok_or_else(broken)?;
            let length = usize::try_from(length).ok().filter(|length| *length <= rest.len());
            let (record, behind) = rest.split_at(length.ok_or_else(broken)?);
            let record = record.get(space + 1..).and_then(|record| record.strip_suffix(b"\n"));
            let record = record.ok_or_else(broken)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(broken)?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            match key {
                b"path" => extended.name = Some(text(value)),
                b"linkpath" => extended.link = Some(text(value)),
                b"size" => extended.size = Some(decimal(value).ok_or_else(broken)?),
                _ if key.starts_with(b"GNU.sparse.") => extended.sparse = true,
                _ => {}
            }
            rest = behind;
        }
        Ok(())
    }

    fn read_extended(&mut self, size: u64) -> Result<Vec<u8>, TarError> {
        let start = self.next;
        if size > MAX_EXTENDED {
            return Err(TarError::ExtendedTooLarge { offset: start - BLOCK, size });
        }
        self.skip(size, "an extended header")?;
        let mut bytes = vec![0; usize::try_from(size).expect("bounded by MAX_EXTENDED")];
        self.read(start, &mut bytes)?;
        Ok(bytes)
    }

    /// Moves behind `size` bytes and their padding.
    fn skip(&mut self, size: u64, name: &str) -> Result<(), TarError> {
        let offset = self.next;
        let available = self.bytes.len().saturating_sub(offset);
        if size > available {
            return Err(TarError::Truncated { offset, name: name.to_owned(), size, available });
        }
        // The last member's padding may be missing.
        self.next = (offset + size).next_multiple_of(BLOCK).min(self.bytes.len());
        Ok(())
    }

    fn read(&self, offset: u64, buf: &mut [u8]) -> Result<(), TarError> {
        self.bytes.read_exact_at(offset, buf).map_err(|source| TarError::Io { offset, source })
    }
}

/// The sum of the header's bytes, its own checksum field taken for spaces.
fn checksum(header: &[u8; 512]) -> u64 {
    let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
    let field: u64 = header[148..156].iter().map(|byte| u64::from(*byte)).sum();
    sum - field + 8 * u64::from(b' ')
}

/// A number field: octal digits, or, with the top bit set, base 256 (GNU).
fn number(field: &[u8]) -> Option<u64> {
    if field.first().is_some_and(|byte| byte & 0x80 != 0) {
        let add = |sum: u64, byte: u8| Some(sum.checked_mul(256)? | u64::from(byte));
        let first = u64::from(field[0] & 0x7f);
        return field[1..].iter().try_fold(first, |sum, byte| add(sum, *byte));
    }
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    let digits = field[..end].trim_ascii();
    digits.iter().try_fold(0u64, |sum, byte| match byte {
        b'0'..=b'7' => Some(sum.checked_mul(8)? + u64::from(byte - b'0')),
        _ => None,
    })
}

fn decimal(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A field that ends at its first NUL.
fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// Name and, in POSIX archives, the prefix before it. (GNU uses that space for times.)
fn header_name(header: &[u8; 512]) -> String {
    let name = text(&header[..100]);
    let prefix =
        if &header[257..263] == b"ustar\0" { text(&header[345..500]) } else { String::new() };
    if prefix.is_empty() { name } else { format!("{prefix}/{name}") }
}
