//! The check of a whole database for damage.

use crate::StoreError;
use crate::chain::{Chain, row_sum};
use crate::sqlite::walk::{values, walk};
use crate::sqlite::{Sqlite, schema, tables, token};
use convoke_core::OrganisationId;
use rusqlite::Connection;
use std::path::Path;
use uuid::Uuid;

impl Sqlite {
    /// Reads the whole database to find damage, which takes seconds for a large one. The tables of the state are
    /// checked when they are loaded, by [`Snapshot::load`](crate::Snapshot::load). Returns the damage that the store
    /// can tolerate: damaged tokens and operations, which it ignores.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] with the first other damage found.
    pub fn check(path: &Path) -> Result<Vec<String>, StoreError> {
        check(&schema::open_reader(path)?, &mut |_, _| {})
    }
}

/// Checks a database by an open connection that has no transaction. `progress` gets the number of log entries read, and
/// the number of all.
pub(crate) fn check(connection: &Connection, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<String>, StoreError> {
    let connection = connection.unchecked_transaction()?;
    let connection = &*connection;
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(StoreError::Damaged(found));
    }
    schema::check(connection)?;
    let total: i64 = connection.query_row("SELECT ifnull(sum(head), 0) FROM organisations", [], |row| row.get(0))?;
    let mut organisations = connection.prepare("SELECT number, id, head FROM organisations")?;
    let mut rows = organisations.query([])?;
    let mut n_entries = 0;
    while let Some(row) = rows.next()? {
        let (number, id, head): (i64, [u8; 16], i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let id = OrganisationId(Uuid::from_bytes(id));
        let mut n_read = n_entries as u64;
        let walked = walk(connection, number, id, |_| {
            n_read += 1;
            progress(n_read, total as u64);
            Ok(())
        })?;
        if walked.head != head as u64 || !walked.is_sealed {
            let ends = walked.head;
            return Err(StoreError::Damaged(format!("the log of organisation {id} ends at {ends} and not at {head}")));
        }
        n_entries += head;
    }
    let said: i64 = connection.query_row("SELECT count(*) FROM log", [], |row| row.get(0))?;
    if said != n_entries {
        return Err(StoreError::Damaged(format!("the log has {said} entries, and organisations have {n_entries}")));
    }
    let tokens = format!("SELECT {} FROM tokens", token::COLUMNS);
    let operations = format!("SELECT {} FROM operations", tables::OPERATION_COLUMNS);
    let damaged = [
        ("tokens, which count as ended", n_damaged::<7>(connection, "tokens", &tokens)?),
        ("operations, which count as not done", n_damaged::<6>(connection, "operations", &operations)?),
    ];
    let found = damaged.iter().filter(|(_, n)| *n > 0);
    Ok(found.map(|(what, n)| format!("{n} {what}, do not match their checksums")).collect())
}

/// How many rows do not match the checksum in their last column.
fn n_damaged<const N: usize>(connection: &Connection, table: &str, select: &str) -> Result<usize, StoreError> {
    let mut statement = connection.prepare(select)?;
    let mut rows = statement.query([])?;
    let mut n_damaged = 0;
    while let Some(row) = rows.next()? {
        let sum = row_sum(table, &values::<N>(row)?);
        n_damaged += usize::from(!row.get::<_, Chain>(N).is_ok_and(|said| said == sum));
    }
    Ok(n_damaged)
}
