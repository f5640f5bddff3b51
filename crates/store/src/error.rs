//! The errors of a store.

use convoke_core::ApplyError;
use std::path::Path;

/// The error of a store operation.
#[derive(Debug)]
pub enum StoreError {
    /// Another process has the store open. The text names the store.
    Locked(String),
    /// The store was made by a newer version of this program.
    Newer {
        /// The format of the store.
        found: i64,
        /// The newest format that this program knows.
        known: i64,
    },
    /// The path does not name a store, or the store does not belong to the files beside it. The text gives the reason
    /// and says what to do. Nothing was changed.
    Refused(String),
    /// The stored data is inconsistent or fails a checksum. The text says which data.
    Damaged(String),
    /// A conflict: the organisation's log does not end where the batch expects, because another writer committed in
    /// between. Nothing was written.
    Lost,
    /// The disk is full. Nothing was written.
    Full,
    /// Another program has locked the database, or the store is closing. Nothing was written.
    Unavailable,
    /// Whether it was written is not known: the database did not say it before the deadline, or did not wait for its
    /// standby.
    Unknown,
    /// The operation was cancelled before it was complete.
    Cancelled,
    /// A file, a thread or the database failed. The text says which, and the cause. Nothing was written.
    Failed(String),
}

impl StoreError {
    /// An I/O error of the file at this path.
    pub fn file(path: impl AsRef<Path>, error: std::io::Error) -> Self {
        StoreError::Failed(format!("{}: {error}", path.as_ref().display()))
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StoreError::Locked(store) => write!(f, "{store} is in use by another process; stop that one first"),
            StoreError::Newer { found, known } => {
                write!(f, "the store has format {found}, this program knows up to {known}; use a newer one")
            }
            StoreError::Refused(why) => f.write_str(why),
            StoreError::Damaged(what) => write!(f, "the store is damaged: {what}"),
            StoreError::Lost => f.write_str("another writer was faster"),
            StoreError::Full => f.write_str("no space is left on the disk"),
            StoreError::Unavailable => f.write_str("the store takes no writes now"),
            StoreError::Unknown => f.write_str("whether it was written is not known"),
            StoreError::Cancelled => f.write_str("it was told to end before it was done"),
            StoreError::Failed(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<ApplyError> for StoreError {
    fn from(error: ApplyError) -> Self {
        StoreError::Damaged(error.0)
    }
}
