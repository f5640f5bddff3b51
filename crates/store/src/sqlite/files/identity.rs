//! Detection of whether a file is a store, without changing it.

use super::beside;
use crate::StoreError;
use crate::sqlite::head::Head;
use crate::sqlite::schema;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What a file is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// A store.
    Store(Lineage),
    /// A database without contents.
    Empty,
}

/// The id of the store, as far as the database file has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lineage {
    /// The store has no id, because its format is 3 or older.
    Old,
    /// The id.
    Number(i64),
    /// The database file does not contain the id yet; the write-ahead log does.
    Unknown,
}

/// The properties of a database that identify it.
struct DatabaseProperties {
    application_id: i32,
    format: i64,
    n_tables: i64,
    /// How many of the tables exist that every store has since the first format.
    n_of_ours: i64,
}

/// Identifies a database that is not empty.
pub(crate) fn of(path: &Path) -> Result<FileKind, StoreError> {
    // This connection ignores the write-ahead log and creates no file.
    let from_file = immutable(path).and_then(|connection| Ok((marks(&connection)?, lineage(&connection))));
    let (marks, lineage) = match from_file {
        Ok(found) if found.0.n_tables > 0 || log_bytes(path)? == 0 => found,
        Err(error) if log_bytes(path)? == 0 => return Err(not_ours(path, &error.to_string())),
        // The store had no checkpoint yet, or its first page was being written when power failed. The write-ahead log
        // contains the rest.
        _ => {
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            let marks = marks(&connection).map_err(|error| not_ours(path, &error.to_string()))?;
            (marks, Lineage::Unknown)
        }
    };
    match marks {
        DatabaseProperties { application_id: schema::APPLICATION_ID, .. } => Ok(FileKind::Store(lineage)),
        DatabaseProperties { application_id: 0, format: 1..=schema::LAST_WITHOUT_ID, n_of_ours: 2, .. } => {
            Ok(FileKind::Store(if lineage == Lineage::Unknown { Lineage::Unknown } else { Lineage::Old }))
        }
        DatabaseProperties { application_id: 0, format: 0, n_tables: 0, .. } => Ok(FileKind::Empty),
        DatabaseProperties { application_id, format, .. } => {
            Err(not_ours(path, &format!("its application id is {application_id:#x}, its format {format}")))
        }
    }
}

/// Refuses a write-ahead log without a database. A new store beside it would hide the data in the log.
pub(super) fn refuse_lone_log(path: &Path) -> Result<(), StoreError> {
    if log_bytes(path)? == 0 {
        return Ok(());
    }
    let log = beside(path, "-wal");
    Err(StoreError::Refused(format!(
        "{} is missing or empty, but its write-ahead log {} is there; put the database back beside it, restore a backup \
         with `convoke restore`, or move the log away to begin anew",
        path.display(),
        log.display()
    )))
}

/// Refuses a store beside the write-ahead log of another store. SQLite would apply that log to this store.
pub(crate) fn refuse_foreign_log(path: &Path, lineage: Lineage, head: Option<Head>) -> Result<(), StoreError> {
    let is_same = match (lineage, head) {
        (Lineage::Unknown, _) | (_, None) => true,
        (Lineage::Old, Some(_)) => false,
        (Lineage::Number(number), Some(head)) => number == head.lineage,
    };
    if is_same || log_bytes(path)? == 0 {
        return Ok(());
    }
    Err(StoreError::Refused(format!(
        "{} is a copy beside the write-ahead log of another store; put a copy in place with `convoke restore`, or remove \
         {}, with the newest changes of the other store, to go on with the copy as it is",
        path.display(),
        beside(path, "-wal").display()
    )))
}

/// The size of the write-ahead log in bytes; 0 if there is none.
pub(crate) fn log_bytes(path: &Path) -> Result<u64, StoreError> {
    let log = beside(path, "-wal");
    match std::fs::metadata(&log) {
        Ok(found) => Ok(found.len()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(StoreError::file(&log, error)),
    }
}

fn not_ours(path: &Path, why: &str) -> StoreError {
    StoreError::Refused(format!(
        "{} is not a store of this program, or its beginning is damaged: {why}; it was left as it is",
        path.display()
    ))
}

/// The id of the store, read by this connection.
fn lineage(connection: &Connection) -> Lineage {
    match connection.query_row("SELECT lineage FROM store", [], |row| row.get(0)) {
        Ok(number) => Lineage::Number(number),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => Lineage::Old,
        Err(_) => Lineage::Unknown,
    }
}

fn marks(connection: &Connection) -> rusqlite::Result<DatabaseProperties> {
    connection.query_row(
        "SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version),
                (SELECT count(*) FROM sqlite_schema),
                (SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('organisations', 'log'))",
        [],
        |row| {
            Ok(DatabaseProperties {
                application_id: row.get(0)?,
                format: row.get(1)?,
                n_tables: row.get(2)?,
                n_of_ours: row.get(3)?,
            })
        },
    )
}

/// A connection that reads the database without its write-ahead log, and creates no file
/// (<https://www.sqlite.org/uri.html#uriimmutable>).
pub(crate) fn immutable(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    Connection::open_with_flags(uri, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
}
