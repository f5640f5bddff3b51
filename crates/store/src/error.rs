//! What keeps the store from doing what it was asked.

use convoke_core::Unfit;
use std::path::Path;

/// What keeps the store from doing what it was asked.
#[derive(Debug)]
pub enum StoreError {
    /// Another process has the store open. The text names the store.
    Locked(String),
    /// The store was made by a newer version of this program.
    Newer {
        /// The version of the store's tables.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// What was named is something else than a store, or it does not belong to the files beside it; what stands in
    /// the way, and what to do. Nothing was changed.
    Refused(String),
    /// What is stored contradicts itself.
    Damaged(String),
    /// The organisation's log does not end where the batch expects: another writer committed in between. Nothing was
    /// written.
    Lost,
    /// No space is left; nothing was written.
    Full,
    /// Another program has the database, or the store is closing; nothing was written.
    Unavailable,
    /// It was told to end before it was done.
    Stopped,
    /// A file, a thread or the database failed; the text says what and how. Nothing was written.
    Failed(String),
}

impl StoreError {
    /// The error of a file, or of what else has this name.
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
            StoreError::Stopped => f.write_str("it was told to end before it was done"),
            StoreError::Failed(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<Unfit> for StoreError {
    fn from(unfit: Unfit) -> Self {
        StoreError::Damaged(unfit.0)
    }
}
