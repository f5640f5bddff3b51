//! What keeps the store from doing what it was asked.

use convoke_core::Unfit;
use std::path::PathBuf;

/// What keeps the store from doing what it was asked.
#[derive(Debug)]
pub enum StoreError {
    /// Another process has the store open.
    Locked(PathBuf),
    /// The store was made by a newer version of this program.
    Newer {
        /// The version of the store's tables.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The file is something else than a store, or it does not belong to the files beside it; what stands in
    /// the way, and what to do. Nothing was changed.
    Refused(String),
    /// What is stored contradicts itself.
    Damaged(String),
    /// The organisation's log does not end where the batch expects.
    Lost,
    /// No space is left; nothing was written.
    Full,
    /// Another program has the database, or the store is closing; nothing was written.
    Unavailable,
    /// SQLite failed, and whether the last transaction is on the disk is not known.
    Sqlite(rusqlite::Error),
    /// The file system failed.
    Io(PathBuf, std::io::Error),
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StoreError::Locked(path) => {
                write!(f, "{} is in use by another process; stop that one first", path.display())
            }
            StoreError::Newer { found, known } => {
                write!(f, "the store has format {found}, this program knows up to {known}; use a newer one")
            }
            StoreError::Refused(why) => f.write_str(why),
            StoreError::Damaged(what) => write!(f, "the store is damaged: {what}"),
            StoreError::Lost => f.write_str("another writer was faster"),
            StoreError::Full => f.write_str("no space is left on the disk"),
            StoreError::Unavailable => f.write_str("the store takes no writes now"),
            StoreError::Sqlite(error) => write!(f, "sqlite: {error}"),
            StoreError::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Unavailable,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged(error.to_string()),
            _ => StoreError::Sqlite(error),
        }
    }
}

impl From<Unfit> for StoreError {
    fn from(unfit: Unfit) -> Self {
        StoreError::Damaged(unfit.0)
    }
}
