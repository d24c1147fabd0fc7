//! Files whose bytes later questions need: they are kept beside the index, so that no layer is read again.

use std::io;

use jettison_image::ReadAt;

/// A longer file is not kept: the longest known is the rpm database of a desktop, 100 MB; of a server image, 20.
const MAX_FILE: u64 = 64 << 20;

/// All that is kept of one layer, in bytes: databases of a full distribution with 2,000 packages have 40 MB.
pub(crate) const MAX_LAYER: u64 = 128 << 20;

/// Directories of which all files are kept, with a slash at both ends but the first.
const DIRECTORIES: &[&str] = &[
    "var/lib/dpkg/info/",
    "var/lib/dpkg/status.d/",
    "var/lib/rpm/",
    "usr/lib/sysimage/rpm/",
    "var/lib/apk/db/",
    "lib/apk/db/",
    "usr/lib/apk/db/",
    "etc/ssh/",
    "etc/sudoers.d/",
    "etc/pam.d/",
    "etc/apt/",
];

/// Single files.
const FILES: &[&str] = &[
    "etc/passwd",
    "etc/shadow",
    "etc/group",
    "etc/gshadow",
    "etc/sudoers",
    "etc/os-release",
    "usr/lib/os-release",
    "etc/debian_version",
    "etc/alpine-release",
    "var/lib/dpkg/status",
    "var/lib/dpkg/diversions",
    "var/lib/dpkg/statoverride",
    "etc/login.defs",
];

/// Names of files that describe a package of a language.
const NAMES: &[&str] = &[
    "METADATA",
    "RECORD",
    "PKG-INFO",
    "INSTALLER",
    "top_level.txt",
    "installed-files.txt",
    "SOURCES.txt",
    "requires.txt",
    "entry_points.txt",
    "WHEEL",
    "package.json",
    "installed.json",
    "composer.lock",
    "MANIFEST.MF",
    "pom.properties",
    "release",
];

/// Ends of such names.
const ENDS: &[&str] = &[".gemspec", ".egg-info", ".deps.json"];

/// Whether the bytes of the file are kept. `path` is as in [`jettison_rootfs::LayerEntry::path`].
pub(crate) fn is_kept(path: &[u8], size: u64) -> bool {
    let Ok(path) = std::str::from_utf8(path) else { return false };
    if size == 0 || size > MAX_FILE {
        return false;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    FILES.contains(&path)
        || NAMES.contains(&name)
        || ENDS.iter().any(|end| name.ends_with(end))
        || DIRECTORIES.iter().any(|directory| path.starts_with(directory))
}

/// Bytes of a layer that were kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptRange {
    /// Where they lie in the uncompressed layer.
    pub(crate) offset: u64,
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
}

impl KeptRange {
    fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}

/// A layer of which only some ranges are at hand. Reading anything else is an error.
#[derive(Debug)]
pub(crate) struct KeptBlob {
    /// Length of the whole layer in bytes.
    pub(crate) len: u64,
    /// In ascending order, without overlap.
    pub(crate) ranges: Vec<KeptRange>,
}

impl ReadAt for KeptBlob {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if offset >= self.len || buf.is_empty() {
            return Ok(0);
        }
        let next = self.ranges.partition_point(|range| range.end() <= offset);
        let range = self.ranges.get(next).filter(|range| range.offset <= offset);
        let Some(range) = range else {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "the bytes of this file are not kept in the index",
            ));
        };
        let skipped = usize::try_from(offset - range.offset).expect("it is within the range");
        let rest = &range.bytes[skipped..];
        let read = rest.len().min(buf.len());
        buf[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_and_descriptions_are_kept() {
        for path in [
            "var/lib/dpkg/status",
            "var/lib/dpkg/info/libc6.list",
            "lib/apk/db/installed",
            "etc/shadow",
            "usr/lib/python3/dist-packages/x-1.dist-info/RECORD",
            "app/node_modules/x/package.json",
        ] {
            assert!(is_kept(path.as_bytes(), 10), "{path}");
        }
        for (path, size) in
            [("usr/bin/bash", 10), ("etc/shadow", MAX_FILE + 1), ("var/lib/dpkg/status", 0)]
        {
            assert!(!is_kept(path.as_bytes(), size), "{path}");
        }
    }

    #[test]
    fn only_kept_ranges_can_be_read() {
        let range = |offset, bytes: &[u8]| KeptRange { offset, bytes: bytes.to_vec() };
        let blob = KeptBlob { len: 100, ranges: vec![range(10, b"abc"), range(20, b"xyz")] };
        let mut buf = [0; 2];
        blob.read_exact_at(11, &mut buf).expect("kept");
        assert_eq!(&buf, b"bc");
        assert_eq!(blob.read_at(22, &mut buf).expect("kept"), 1);
        assert_eq!(blob.read_at(100, &mut buf).expect("the end"), 0);
        for offset in [0, 13, 19, 23, 99] {
            assert!(blob.read_at(offset, &mut buf).is_err(), "{offset}");
        }
    }
}
