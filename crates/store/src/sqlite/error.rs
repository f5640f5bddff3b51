//! Conversion of SQLite's errors.

use crate::StoreError;
use rusqlite::{ErrorCode, OptionalExtension};

/// `SQLITE_IOERR_SHORT_READ` (<https://www.sqlite.org/rescode.html#ioerr_short_read>).
const SHORT_READ: i32 = 522;

/// The statements of this crate are correct, and it reads each column with the type that it wrote. So if SQLite reports
/// an error of a statement or a type, the file is damaged.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Unavailable,
            Some(ErrorCode::OperationInterrupted) => StoreError::Cancelled,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged(error.to_string()),
            Some(ErrorCode::Unknown) | None => StoreError::Damaged(error.to_string()),
            _ if error.sqlite_error().is_some_and(|error| error.extended_code == SHORT_READ) => {
                StoreError::Damaged("the file ends early".into())
            }
            _ => StoreError::Failed(format!("sqlite: {error}")),
        }
    }
}

/// The row of a query for at most one row.
pub(crate) fn optional<T>(result: rusqlite::Result<T>) -> Result<Option<T>, StoreError> {
    Ok(result.optional()?)
}
