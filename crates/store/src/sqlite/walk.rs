//! Reading logs, and comparing each entry with its checksum.

use crate::StoreError;
use crate::chain::LogSummary;
use convoke_core::OrganisationId;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

/// The values of the first `N` columns of a row.
pub(crate) fn values<'r, const N: usize>(row: &'r Row) -> rusqlite::Result<[ValueRef<'r>; N]> {
    let mut values = [ValueRef::Null; N];
    for (column, value) in values.iter_mut().enumerate() {
        *value = row.get_ref(column)?;
    }
    Ok(values)
}

/// Reads an organisation's log from the beginning, and passes each entry's changes to `each`. Entries from before
/// format 4 have no checksum of their own; the checksum of a later entry covers them.
pub(crate) fn walk(
    connection: &Connection,
    number: i64,
    id: OrganisationId,
    each: impl FnMut(&str) -> Result<(), StoreError>,
) -> Result<LogSummary, StoreError> {
    walk_on(connection, number, id, LogSummary::START, ALL, each)
}

/// The `LIMIT` that means no limit (<https://www.sqlite.org/lang_select.html#limitoffset>).
pub(crate) const ALL: i64 = -1;

/// Reads on from an entry that was reached before, at most `limit` entries.
pub(crate) fn walk_on(
    connection: &Connection,
    number: i64,
    id: OrganisationId,
    mut walked: LogSummary,
    n_entries: i64,
    mut each: impl FnMut(&str) -> Result<(), StoreError>,
) -> Result<LogSummary, StoreError> {
    let mut log = connection.prepare(
        "SELECT seq, at, client, person, changes, chain FROM log WHERE organisation = ?1 AND seq > ?2
         ORDER BY seq LIMIT ?3",
    )?;
    // A damaged entry may have a number below 1.
    let after = if walked.head == 0 { i64::MIN } else { walked.head as i64 };
    let mut rows = log.query([number, after, n_entries])?;
    while let Some(row) = rows.next()? {
        each(walked.take(id, row.get(0)?, &values(row)?, row.get(5)?)?)?;
    }
    Ok(walked)
}
