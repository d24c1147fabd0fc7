//! Artefacts in a jar whose bytes go by from front to back.
//!
//! A jar's directory stands at its end, too late for who cannot go back; so members are found by the header that each begins
//! with. Jars inside are followed while they are unpacked. No more is held than a header and the texts that are wanted, however
//! long the jar is.
//!
//! Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.9 (data descriptor), 4.5.3 (zip64).

use flate2::{Decompress, FlushDecompress, Status};
use jettison_rootfs::PathId;

use crate::{
    Package,
    bytes::{u16_le, u32_le},
    jar::{DEPTH, TEXT_BYTES, UNPACKED_BYTES, is_jar, is_properties, own},
};

/// The fixed part of a local header.
const HEADER_BYTES: usize = 30;
/// What stands between data of unknown length and the next header: signature, checksum, two lengths of eight bytes.
const DESCRIPTOR_BYTES: usize = 24;
/// How much is unpacked at a time.
const CHUNK: usize = 64 << 10;
/// Flags of a member: encrypted; its length stands behind it.
const IS_ENCRYPTED: u16 = 1;
const HAS_DESCRIPTOR: u16 = 8;
/// How members are packed.
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// A jar, as far as its bytes have come.
#[derive(Debug)]
pub(crate) struct JarStream {
    depth: usize,
    state: State,
    /// Bytes that came and were not used yet.
    pending: Vec<u8>,
    manifest: Option<Vec<u8>>,
    properties: Vec<Vec<u8>>,
    /// Jars inside, with their names.
    inner: Vec<(Vec<u8>, JarStream)>,
    /// Bytes of jars inside that may still be unpacked.
    room: u64,
}

#[derive(Debug)]
enum State {
    /// A header comes next, at once or behind a descriptor.
    Header,
    Data(Data),
    /// No member follows.
    Ended,
}

/// A member's bytes.
#[derive(Debug)]
struct Data {
    /// How many are left, as far as it is known.
    left: Option<u64>,
    /// How many have come.
    passed: u64,
    inflate: Option<Box<Decompress>>,
    wanted: Wanted,
}

/// What a member is read for.
#[derive(Debug)]
enum Wanted {
    Nothing,
    Manifest(Vec<u8>),
    Properties(Vec<u8>),
    Jar(Vec<u8>, Box<JarStream>),
}

impl JarStream {
    pub(crate) fn new() -> Self {
        Self::within(0, UNPACKED_BYTES)
    }

    fn within(depth: usize, room: u64) -> Self {
        let (pending, properties, inner) = (Vec::new(), Vec::new(), Vec::new());
        Self { depth, state: State::Header, pending, manifest: None, properties, inner, room }
    }

    /// Takes the next bytes.
    pub(crate) fn see(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        // What nobody wants is not copied.
        if let State::Data(Data { left: Some(left), wanted: Wanted::Nothing, .. }) = &mut self.state
            && self.pending.is_empty()
        {
            let skipped = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
            *left -= skipped as u64;
            bytes = &bytes[skipped..];
        }
        if matches!(self.state, State::Ended) || bytes.is_empty() {
            return;
        }
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(used) = self.step(&pending[at..]) {
            at += used;
        }
        pending.drain(..at);
        self.pending = pending;
    }

    /// Uses some of the bytes; `None` when more have to come first.
    fn step(&mut self, bytes: &[u8]) -> Option<usize> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Header => self.header(bytes),
            State::Data(data) => self.data(data, bytes),
            State::Ended => None,
        }
    }

    fn header(&mut self, bytes: &[u8]) -> Option<usize> {
        let window = &bytes[..bytes.len().min(DESCRIPTOR_BYTES + 4)];
        let found = memchr::memmem::find(window, b"PK\x03\x04");
        let ends = memchr::memmem::find(window, b"PK\x01\x02");
        let Some(start) = found.filter(|start| ends.is_none_or(|end| end > *start)) else {
            let may_come = ends.is_none() && window.len() < DESCRIPTOR_BYTES + 4;
            self.state = if may_come { State::Header } else { State::Ended };
            return None;
        };
        let header = &bytes[start..];
        let lengths = [26, 28].map(|at| u16_le(header, at).map(usize::from));
        let end = lengths[0].zip(lengths[1]).map(|(name, extra)| HEADER_BYTES + name + extra);
        let Some(header) = end.and_then(|end| header.get(..end)) else {
            self.state = State::Header;
            return None;
        };
        let data = self.member(header)?;
        self.state = State::Data(data);
        Some(start + header.len())
    }

    /// The member that a whole header is of; `None` if it cannot be followed.
    fn member(&self, header: &[u8]) -> Option<Data> {
        let (flags, method) = (u16_le(header, 6)?, u16_le(header, 8)?);
        let name_end = HEADER_BYTES + usize::from(u16_le(header, 26)?);
        let (name, extra) = (&header[HEADER_BYTES..name_end], &header[name_end..]);
        let packed = match u32_le(header, 18)? {
            u32::MAX => Some(zip64_packed(extra)?),
            packed => Some(u64::from(packed)),
        };
        let left = packed.filter(|_| flags & HAS_DESCRIPTOR == 0);
        let can_be_read = flags & IS_ENCRYPTED == 0
            && (method == DEFLATED || (method == STORED && left.is_some()));
        let wanted = if can_be_read { self.wanted(name) } else { Wanted::Nothing };
        let is_packed = method == DEFLATED && !matches!(wanted, Wanted::Nothing);
        let inflate = is_packed.then(|| Box::new(Decompress::new(false)));
        Some(Data { left, passed: 0, inflate, wanted })
    }

    fn wanted(&self, name: &[u8]) -> Wanted {
        if name == b"META-INF/MANIFEST.MF" {
            Wanted::Manifest(Vec::new())
        } else if is_properties(name) {
            Wanted::Properties(Vec::new())
        } else if self.depth < DEPTH && self.room > 0 && is_jar(name) {
            let file_name = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
            Wanted::Jar(file_name.to_vec(), Box::new(Self::within(self.depth + 1, self.room)))
        } else {
            Wanted::Nothing
        }
    }

    fn data(&mut self, mut data: Data, bytes: &[u8]) -> Option<usize> {
        let (used, is_done) = match (data.left, &data.inflate) {
            (Some(0), _) => (0, true),
            (Some(left), _) => {
                data.take(&bytes[..bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX))])
            }
            (None, Some(_)) => data.take(bytes),
            (None, None) => data.search_end(bytes),
        };
        if is_done {
            self.keep(data.wanted);
            self.state = State::Header;
            return Some(used);
        }
        self.state = State::Data(data);
        (used > 0).then_some(used)
    }

    fn keep(&mut self, wanted: Wanted) {
        match wanted {
            Wanted::Nothing => {}
            Wanted::Manifest(text) => self.manifest = self.manifest.take().or(Some(text)),
            Wanted::Properties(text) => self.properties.push(text),
            Wanted::Jar(name, jar) => {
                self.room = self.room.min(jar.room);
                self.inner.push((name, *jar));
            }
        }
    }

    /// Every artefact inside, the jar's own first. A jar that ended within a member has those before it.
    pub(crate) fn finish(self, file_name: &[u8], home: PathId) -> Vec<Package> {
        let mut found = own(self.manifest.as_deref(), &self.properties, file_name, home);
        for (name, jar) in self.inner {
            found.extend(jar.finish(&name, home));
        }
        found
    }
}

/// The packed length in the extra field of an archive beyond 4 GB.
fn zip64_packed(extra: &[u8]) -> Option<u64> {
    let mut at = 0;
    while u16_le(extra, at)? != 1 {
        at += 4 + usize::from(u16_le(extra, at + 2)?);
    }
    Some(u64::from(u32_le(extra, at + 12)?) | u64::from(u32_le(extra, at + 16)?) << 32)
}

impl Data {
    /// Takes bytes of the member: how many, and whether it ends with them.
    fn take(&mut self, bytes: &[u8]) -> (usize, bool) {
        let (used, has_ended) = if let Some(inflate) = &mut self.inflate {
            unpack(inflate, bytes, &mut self.wanted)
        } else {
            self.wanted.see(bytes);
            (bytes.len(), false)
        };
        match &mut self.left {
            Some(left) => {
                // What follows a stream's end within the member is passed over.
                let used = if has_ended { bytes.len() } else { used };
                if has_ended {
                    self.inflate = None;
                }
                *left -= used as u64;
                (used, *left == 0)
            }
            None => (used, has_ended),
        }
    }

    /// Looks for the end of data whose length stands behind it: a header, and in front of that a length that fits.
    fn search_end(&mut self, bytes: &[u8]) -> (usize, bool) {
        for at in memchr::memmem::find_iter(bytes, b"PK") {
            let is_header =
                bytes[at..].starts_with(b"PK\x03\x04") || bytes[at..].starts_with(b"PK\x01\x02");
            let came = self.passed + at as u64;
            let stated = at.checked_sub(8).and_then(|at| u32_le(bytes, at)).map(u64::from);
            // With its signature the descriptor has 16 bytes, without it 12.
            let fits = [12, 16].iter().any(|len| stated.is_some_and(|stated| stated + len == came));
            if is_header && fits {
                return (at, true);
            }
        }
        let used = bytes.len().saturating_sub(DESCRIPTOR_BYTES);
        self.passed += used as u64;
        (used, false)
    }
}

/// Unpacks bytes: how many were used, and whether the stream ended, be it because it is broken.
fn unpack(inflate: &mut Decompress, bytes: &[u8], wanted: &mut Wanted) -> (usize, bool) {
    let mut room = vec![0; CHUNK];
    let mut used = 0;
    loop {
        let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
        let status = inflate.decompress(&bytes[used..], &mut room, FlushDecompress::None);
        let count = |now: u64, before: u64| usize::try_from(now - before).expect("within a buffer");
        used += count(inflate.total_in(), before_in);
        let made = count(inflate.total_out(), before_out);
        wanted.see(&room[..made]);
        let has_moved = made > 0 || inflate.total_in() > before_in;
        match status {
            Ok(Status::StreamEnd) => return (used, true),
            Ok(Status::Ok | Status::BufError) if has_moved => {}
            Ok(Status::Ok | Status::BufError) => return (used, false),
            Err(_) => {
                *wanted = Wanted::Nothing;
                return (used, true);
            }
        }
    }
}

impl Wanted {
    fn see(&mut self, bytes: &[u8]) {
        match self {
            Self::Nothing => {}
            Self::Manifest(text) | Self::Properties(text) => {
                if (text.len() + bytes.len()) as u64 > TEXT_BYTES {
                    *self = Self::Nothing;
                } else {
                    text.extend_from_slice(bytes);
                }
            }
            Self::Jar(_, jar) => {
                let room = jar.room.checked_sub(bytes.len() as u64);
                jar.room = room.unwrap_or_default();
                if room.is_some() {
                    jar.see(bytes);
                } else {
                    jar.state = State::Ended;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{jar::artefacts_of, zip::fixture::archive};

    fn shown(packages: Vec<Package>) -> Vec<String> {
        packages.into_iter().map(|one| format!("{}@{}", one.name, one.version)).collect()
    }

    fn found(jar: &[u8], piece: usize) -> Vec<String> {
        let mut stream = JarStream::new();
        jar.chunks(piece).for_each(|bytes| stream.see(bytes));
        assert!(
            stream.pending.len() <= HEADER_BYTES + piece + (1 << 17),
            "{}",
            stream.pending.len()
        );
        shown(stream.finish(b"app-1.jar", PathId::from_index(0)))
    }

    fn properties(name: &str) -> (String, Vec<u8>) {
        let text = format!("groupId=g\nartifactId={name}\nversion=2\n");
        (format!("META-INF/maven/g/{name}/pom.properties"), text.into_bytes())
    }

    /// A jar in a jar in a jar, with other files between; the innermost with a manifest alone.
    fn nested() -> Vec<u8> {
        let manifest = b"Implementation-Vendor-Id: org.deep\n";
        let noise: Vec<u8> =
            (0..30_000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
        let deep = archive(&[("META-INF/MANIFEST.MF", manifest), ("x.class", &noise)]);
        let (name, text) = properties("inner");
        let inner = archive(&[("lib/deep-3.jar", &deep), ("noise", &noise), (&name, &text)]);
        let (name, text) = properties("app");
        archive(&[
            ("noise", &noise),
            ("BOOT-INF/lib/inner-2.jar", &inner),
            ("more", &noise),
            (&name, &text),
            ("BOOT-INF/lib/deep-3.jar", &deep),
        ])
    }

    /// The same archive as Java's own tools write it: lengths behind the data, with and without a signature.
    fn with_descriptors(jar: &[u8], has_signature: bool) -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = 0;
        while jar[at..].starts_with(b"PK\x03\x04") {
            let length = |from: usize| u32_le(jar, at + from).expect("a header") as usize;
            let header = HEADER_BYTES + usize::from(u16_le(jar, at + 26).expect("a header"));
            let end = at + header + length(18);
            let mut copy = jar[at..end].to_vec();
            if jar[at + 8] == 8 {
                copy[6] |= 8;
                copy[14..26].fill(0);
                copy.extend(if has_signature { &b"PK\x07\x08"[..] } else { b"" });
                copy.extend(&jar[at + 14..at + 26]);
            }
            out.extend(copy);
            at = end;
        }
        out.extend(&jar[at..]);
        out
    }

    #[test]
    fn the_same_is_found_as_from_the_directory() {
        let jar = nested();
        let expected = shown(artefacts_of(&jar, b"app-1.jar", PathId::from_index(0)));
        assert_eq!(expected, ["g:app@2", "g:inner@2", "org.deep:deep@3", "org.deep:deep@3"]);
        for piece in [1, 7, 1000, 1 << 20] {
            assert_eq!(found(&jar, piece), expected, "{piece}");
            for has_signature in [false, true] {
                let jar = with_descriptors(&jar, has_signature);
                assert_eq!(found(&jar, piece), expected, "{piece}, {has_signature}");
            }
        }
    }

    #[test]
    fn damaged_jars_end_quietly() {
        let jar = nested();
        for at in (0..jar.len()).step_by(1999) {
            found(&jar[..at], 4096);
            let mut damaged = jar.clone();
            damaged[at] ^= 0xff;
            found(&damaged, 4096);
        }
    }

    #[test]
    fn no_more_is_unpacked_than_there_is_room_for() {
        let zeros = vec![0; 1 << 20];
        let (name, text) = properties("inner");
        let inner = archive(&[("x", b""), ("zeros", &zeros), (&name, &text)]);
        let jar = archive(&[("x", b""), ("a.jar", &inner), ("b.jar", &inner)]);
        let find = |room: u64| {
            let mut stream = JarStream::within(0, room);
            stream.see(&jar);
            shown(stream.finish(b"app-1.jar", PathId::from_index(0)))
        };
        let len = inner.len() as u64;
        assert_eq!(find(2 * len), ["app@1", "g:inner@2", "g:inner@2"]);
        assert_eq!(find(2 * len - 1), ["app@1", "g:inner@2"]);
    }
}
