//! How far a compressed blob may grow.

use std::{io, os::fd::AsFd};

/// Bounds on inflation. A layer that breaks one ends in an error, not in a full disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InflateLimits {
    /// The most bytes that one blob may inflate to.
    pub max_bytes: u64,
    /// The most bytes out per byte in, beyond [`Self::free_bytes`].
    pub max_ratio: u64,
    /// So many bytes out are never held against [`Self::max_ratio`].
    pub free_bytes: u64,
    /// Bytes that must stay free on the file system that holds the inflated blobs.
    pub min_free_space: u64,
}

impl Default for InflateLimits {
    fn default() -> Self {
        Self {
            // Layers of model weights and CUDA reach tens of gigabytes.
            max_bytes: 64 << 30,
            // Root file systems compress 2:1 to 5:1, logs 20:1. deflate ends at 1032:1, so that a
            // bomb made with it must come near; zstd has no such end.
            max_ratio: 200,
            // Preallocated files (swap, database logs) are real and all zeros: 256 MiB of them are
            // 256 KiB of gzip.
            free_bytes: 256 << 20,
            // Others use this disk too.
            min_free_space: 64 << 20,
        }
    }
}

impl InflateLimits {
    /// Whether a blob of `compressed` bytes may have grown to `inflated` bytes.
    pub(crate) fn check_growth(&self, compressed: u64, inflated: u64) -> Result<(), LimitError> {
        if inflated > self.max_bytes {
            return Err(LimitError::TooLarge { max_bytes: self.max_bytes });
        }
        let dense = compressed.saturating_mul(self.max_ratio);
        if inflated > self.free_bytes && inflated > dense {
            let max_ratio = self.max_ratio;
            return Err(LimitError::TooDense { max_ratio, compressed, inflated });
        }
        Ok(())
    }
}

/// Why inflation was stopped.
#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    /// More than [`InflateLimits::max_bytes`].
    #[error("it inflates to more than {max_bytes} bytes; raise the limit if the image is trusted")]
    TooLarge {
        /// The bound.
        max_bytes: u64,
    },
    /// More than [`InflateLimits::max_ratio`].
    #[error(
        "it inflates more than {max_ratio}:1 ({compressed} bytes grow beyond {inflated}), as a \
             decompression bomb does; raise the limit if the image is trusted"
    )]
    TooDense {
        /// The bound.
        max_ratio: u64,
        /// Bytes in.
        compressed: u64,
        /// Bytes out so far.
        inflated: u64,
    },
    /// Less than [`InflateLimits::min_free_space`].
    #[error(
        "no space to inflate it: {available} bytes are free, {inflated} were written; \
             choose another directory for temporary files"
    )]
    NoSpace {
        /// Bytes that are still free.
        available: u64,
        /// Bytes out so far.
        inflated: u64,
    },
    /// The free space cannot be asked for.
    #[error("cannot ask for the free space: {0}")]
    Statvfs(#[source] io::Error),
}

/// Watches one inflation.
#[derive(Debug)]
pub(crate) struct LimitGuard<'a> {
    limits: &'a InflateLimits,
    compressed: u64,
    /// The size at which free space is asked for again.
    next_space_check: u64,
}

/// Asking is a system call: once per so many bytes.
const SPACE_CHECK_INTERVAL: u64 = 32 << 20;

impl<'a> LimitGuard<'a> {
    /// `compressed` is the size of the whole blob in bytes.
    pub(crate) fn new(limits: &'a InflateLimits, compressed: u64) -> Self {
        Self { limits, compressed, next_space_check: 0 }
    }

    /// To be called before the bytes that make it `inflated` are written to `file`.
    pub(crate) fn check(&mut self, inflated: u64, file: impl AsFd) -> Result<(), LimitError> {
        let limits = self.limits;
        limits.check_growth(self.compressed, inflated)?;
        if inflated >= self.next_space_check {
            self.next_space_check = inflated + SPACE_CHECK_INTERVAL;
            let stat = rustix::fs::fstatvfs(file);
            let stat = stat.map_err(|error| LimitError::Statvfs(error.into()))?;
            let available = stat.f_bavail.saturating_mul(stat.f_frsize);
            // Some FUSE file systems report no size at all; there the write itself will fail.
            if stat.f_blocks > 0 && available < limits.min_free_space {
                return Err(LimitError::NoSpace { available, inflated });
            }
        }
        Ok(())
    }
}
