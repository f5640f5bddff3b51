//! What keeps the store from doing what it was asked.

use convoke_core::Unfit;
use std::path::PathBuf;

/// `SQLITE_IOERR_SHORT_READ` (<https://www.sqlite.org/rescode.html#ioerr_short_read>).
const SHORT_READ: i32 = 522;

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
    /// It was told to end before it was done.
    Stopped,
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
            StoreError::Stopped => f.write_str("it was told to end before it was done"),
            StoreError::Sqlite(error) => write!(f, "sqlite: {error}"),
            StoreError::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for StoreError {}

/// No statement of ours is wrong by itself, and no row that we wrote has another type than we ask for: where SQLite
/// says so, the file says something else than we wrote.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Unavailable,
            Some(ErrorCode::OperationInterrupted) => StoreError::Stopped,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged(error.to_string()),
            Some(ErrorCode::Unknown) | None => StoreError::Damaged(error.to_string()),
            _ if error.sqlite_error().is_some_and(|error| error.extended_code == SHORT_READ) => {
                StoreError::Damaged("the file ends early".into())
            }
            _ => StoreError::Sqlite(error),
        }
    }
}

impl From<Unfit> for StoreError {
    fn from(unfit: Unfit) -> Self {
        StoreError::Damaged(unfit.0)
    }
}
