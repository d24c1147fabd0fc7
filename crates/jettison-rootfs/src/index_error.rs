//! What can be wrong with a layer's tar, and where.

use std::{fmt, io};

use thiserror::Error;

use crate::{entry_path::PathFault, sparse::SparseFault};

/// A layer that cannot be read as a tar: the place, the entry as far as its name was known, the
/// fault.
#[derive(Debug, Error)]
#[error("at byte {offset} of the layer{}: {fault}", Shown(.entry.as_deref()))]
pub struct IndexError {
    /// Where the block at fault begins, in bytes from the start of the uncompressed layer.
    pub offset: u64,
    /// The path of the entry, if that far was come.
    pub entry: Option<Vec<u8>>,
    /// What is wrong.
    #[source]
    pub fault: Fault,
}

struct Shown<'a>(Option<&'a [u8]>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(path) => write!(f, " (entry \"{}\")", path.escape_ascii()),
            None => Ok(()),
        }
    }
}

/// What is wrong with a layer's tar, and what can be done about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Fault {
    /// The blob could not be read.
    #[error("the layer cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The blob ends too early.
    #[error(
        "the layer ends {missing} bytes too early; it was cut off, fetch or export the image again"
    )]
    Truncated {
        /// Bytes that should have followed.
        missing: u64,
    },
    /// The header's checksum does not fit its bytes.
    #[error(
        "no tar header (wrong checksum); the layer is damaged, fetch or export the image again"
    )]
    Checksum,
    /// A number is not written as one.
    #[error("the header's {field} is not a number (\"{}\"); {DAMAGED}", .text.escape_ascii())]
    Number {
        /// Which number.
        field: &'static str,
        /// What is there instead.
        text: Vec<u8>,
    },
    /// A number does not fit what Linux can store.
    #[error("the {field} {value} is none that Linux can store; build the image again without it")]
    Range {
        /// Which number.
        field: &'static str,
        /// Its value.
        value: i64,
    },
    /// An extended header is malformed.
    #[error("malformed PAX header: {0}; {DAMAGED}")]
    Pax(&'static str),
    /// An extension header is larger than any runtime reads.
    #[error("an extension header of {len} bytes; container runtimes read at most {limit}")]
    HeaderTooLong {
        /// Its length.
        len: u64,
        /// The bound.
        limit: u64,
    },
    /// An extension header has no entry behind it.
    #[error("the layer ends behind an extension header; {DAMAGED}")]
    ExtensionAtEnd,
    /// An entry of a type that container runtimes do not unpack.
    #[error(
        "entry type '{}' is none that container runtimes unpack; build the layer again without it",
        .0.escape_ascii()
    )]
    Type(u8),
    /// A path cannot be one.
    #[error("the path {0}; container runtimes refuse it, build the image again")]
    Path(PathFault),
    /// A link target cannot be one.
    #[error("the link target {0}; container runtimes refuse it, build the image again")]
    Target(PathFault),
    /// A whiteout names nothing that could be hidden.
    #[error("the whiteout names no file; container runtimes refuse it, build the image again")]
    Whiteout,
    /// A sparse map is wrong.
    #[error("{0}; {DAMAGED}")]
    Sparse(#[from] SparseFault),
    /// An extended attribute cannot be one.
    #[error("the extended attribute \"{}\" {reason}; {DAMAGED}", .name.escape_ascii())]
    Xattr {
        /// Its name.
        name: Vec<u8>,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The layer asks for more than [`crate::Limits`] allows.
    #[error("the layer has more than {limit} {what}, the most that jettison reads; split it")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The bound.
        limit: u64,
    },
}

const DAMAGED: &str = "the layer is damaged or comes from a broken tool, build or fetch it again";
