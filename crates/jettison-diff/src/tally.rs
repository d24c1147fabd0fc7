//! Changes, counted.

use std::ops::AddAssign;

use serde::Serialize;

use crate::{FileChange, Status};

/// Changes of some files, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Names that only the new image has.
    pub added: u64,
    /// Names that only the old image has.
    pub removed: u64,
    /// Names that both have, but not alike.
    pub changed: u64,
    /// Bytes of regular files in the old image, of those that changed.
    pub bytes_before: u64,
    /// The same in the new image.
    pub bytes_after: u64,
}

impl Tally {
    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// All names that were counted.
    pub fn count(&self) -> u64 {
        self.added + self.removed + self.changed
    }

    /// What makes a change large: by how many bytes it grew or shrank, then how many bytes are not what
    /// they were.
    pub fn weight(&self) -> (u64, u64) {
        (self.bytes_before.abs_diff(self.bytes_after), self.bytes_before.max(self.bytes_after))
    }

    /// Counts one file.
    pub(crate) fn count_file(&mut self, file: &FileChange) {
        match file.status {
            Status::Added => self.added += 1,
            Status::Removed => self.removed += 1,
            _ => self.changed += 1,
        }
        self.bytes_before += file.bytes_before;
        self.bytes_after += file.bytes_after;
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.added += other.added;
        self.removed += other.removed;
        self.changed += other.changed;
        self.bytes_before += other.bytes_before;
        self.bytes_after += other.bytes_after;
    }
}
