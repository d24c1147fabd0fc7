//! Bounds on what a layer may ask for, each far above what real images need.

/// How much a layer may make its reader do or keep. The default is [`Limits::DEFAULT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one extension header: PAX records, a GNU long name, a sparse map.
    pub header_bytes: u64,
    /// Entries of one layer, extension headers not counted.
    pub entries: usize,
    /// Bytes of a path or link target.
    pub path_bytes: usize,
    /// Bytes of one component of a path.
    pub name_bytes: usize,
    /// Components of a path.
    pub depth: usize,
    /// Extended attributes of one entry.
    pub xattrs: usize,
    /// Bytes of the name of an extended attribute.
    pub xattr_name_bytes: usize,
    /// Bytes of the value of an extended attribute.
    pub xattr_value_bytes: usize,
    /// Data runs of all sparse files of a layer.
    pub sparse_segments: usize,
    /// Bytes of paths, link targets and attributes that the index of one layer may keep.
    pub text_bytes: u64,
}

impl Limits {
    /// The bounds that jettison uses.
    pub const DEFAULT: Self = Self {
        // What Go's archive/tar, and with it every container runtime, reads at most
        // (`maxSpecialFileSize`): no image with a longer header can be loaded anywhere.
        header_bytes: 1 << 20,
        // The largest images known hold some 500,000 files; an entry costs about 200 bytes here.
        entries: 1 << 21,
        // PATH_MAX of Linux, the closing zero byte included: no longer path can be made.
        path_bytes: 4095,
        // NAME_MAX of Linux.
        name_bytes: 255,
        // The deepest trees known are those of npm 2, below 100. Each component of each path may
        // become a directory, so this bounds how much larger a tree is than its layer.
        depth: 255,
        // XATTR_LIST_MAX of Linux is 64 KiB of names: 4096 names of 15 bytes.
        xattrs: 4096,
        // XATTR_NAME_MAX of Linux.
        xattr_name_bytes: 255,
        // XATTR_SIZE_MAX of Linux.
        xattr_value_bytes: 1 << 16,
        // 24 bytes each, so 24 MiB; a database file of real images has some hundred.
        sparse_segments: 1 << 20,
        // 500,000 paths of 200 bytes are 100 MB.
        text_bytes: 1 << 28,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
