//! Versions, and when they were made.

use crate::values::{GroupId, Timestamp, limits};

/// The version of something, and the time of its last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// 1 when new; each change adds 1.
    pub version: u32,
    /// The time of the last change.
    pub modified: Timestamp,
}

impl Stamp {
    /// The stamp of the next change.
    pub fn next(self, at: Timestamp) -> Stamp {
        Stamp { version: (self.version + 1).min(limits::VERSION), modified: at }
    }
}

/// New versions of many groups, with the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamps {
    /// Each group once, with its version.
    pub versions: Vec<(GroupId, u32)>,
    /// The time of the changes.
    pub modified: Timestamp,
}

impl Stamps {
    /// The groups.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> {
        self.versions.iter().map(|(group, _)| *group)
    }

    /// Each group with its stamp.
    pub fn iter(&self) -> impl Iterator<Item = (GroupId, Stamp)> {
        self.versions.iter().map(|(group, version)| (*group, Stamp { version: *version, modified: self.modified }))
    }
}
