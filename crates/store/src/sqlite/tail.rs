//! The tail: the changes at the end of the log that are not in the tables yet. An added member changes a page of the
//! tables that no other command near it changes. Writing these pages in each commit would be most of its cost. So a
//! commit writes only the log. The tables are updated later in large batches, where each row is written once, however
//! often it changed, in the order of the keys.
//!
//! Nobody waits for that: loading an organisation applies the tail to the contents of the tables. After a start, a short
//! tail is read into memory; a long one is not, and the tables then follow from the log in steps.

use crate::chain::Digest;
use crate::rows::Rows;
use crate::sqlite::state::{self, organisation_sum};
use crate::sqlite::tables::key;
use crate::table::TABLES;
use crate::{Batch, StoreError, record};
use convoke_core::{Change, Records};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// The size of changes: the number of rows, and their bytes in the log.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    pub rows: usize,
    pub bytes: usize,
}

impl Size {
    fn reaches(self, bound: Size) -> bool {
        self.rows >= bound.rows || self.bytes >= bound.bytes
    }
}

/// The limit for changes that wait in memory. Only the commit that reaches it may exceed it.
pub(crate) const WAITING: Size = Size { rows: 128 * 1024, bytes: 16 * 1024 * 1024 };

/// The limit for one step from the log. Only its last entry may exceed it. Wherever its rows are, a step writes no more
/// pages than the write-ahead log usually has.
pub(crate) const STEP: Size = Size { rows: 4096, bytes: 4 * 1024 * 1024 };

/// The whole log.
pub(crate) const ALL: Size = Size { rows: usize::MAX, bytes: usize::MAX };

/// The changes of all organisations since the tables were updated.
#[derive(Default)]
pub(crate) struct Tail {
    organisations: BTreeMap<i64, Rows>,
    /// The size of all changes taken, with repetitions.
    size: Size,
}

impl Tail {
    /// Reads the next entries that the tables do not have, up to `bound`. Returns also whether there are more.
    pub fn read(connection: &Connection, bound: Size) -> Result<(Self, bool), StoreError> {
        let mut tail = Tail::default();
        let mut organisations =
            connection.prepare("SELECT number, tables_head, head FROM organisations WHERE tables_head <> head")?;
        let mut log =
            connection.prepare("SELECT seq, changes FROM log WHERE organisation = ?1 AND seq > ?2 ORDER BY seq")?;
        let mut behind = organisations.query([])?;
        while let Some(row) = behind.next()? {
            let (number, mut at, head): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let mut entries = log.query([number, at])?;
            while let Some(entry) = entries.next()? {
                if tail.size.reaches(bound) {
                    return Ok((tail, true));
                }
                if entry.get::<_, i64>(0)? != at.saturating_add(1) {
                    break;
                }
                at = at.saturating_add(1);
                let text: String = entry.get(1)?;
                let changes = record::changes_from_json(&text)?;
                tail.take(number, at as u64, &changes);
                tail.size.bytes += text.len();
                tail.size.rows += n_deleted(connection, number, &changes)?;
            }
            if at != head {
                return Err(StoreError::Damaged(format!(
                    "the log of organisation number {number} has no entry {}",
                    at.saturating_add(1)
                )));
            }
        }
        Ok((tail, false))
    }

    /// Adds the changes of a committed batch, whose size in the log is `bytes`.
    pub fn take_batch(&mut self, organisation: i64, batch: &Batch, bytes: usize) {
        self.size.bytes += bytes;
        let changed = batch.entries.iter().filter(|entry| !entry.changes.is_empty());
        for (entry, before) in changed.zip(batch.expected..) {
            self.take(organisation, before + 1, &entry.changes);
        }
    }

    fn take(&mut self, organisation: i64, seq: u64, changes: &[Change]) {
        let rows = self.organisations.entry(organisation).or_default();
        rows.head = seq;
        for change in changes {
            self.size.rows += rows.take(change);
        }
    }

    /// Whether the tables should be updated now.
    pub fn is_long(&self) -> bool {
        self.size.reaches(WAITING)
    }

    /// Whether the tables are up to date.
    pub fn is_empty(&self) -> bool {
        self.organisations.is_empty()
    }

    /// Writes all changes to the tables, in the open transaction.
    pub fn write(&self, connection: &Connection) -> Result<(), StoreError> {
        self.organisations.iter().try_for_each(|(number, rows)| state::write(rows, connection, *number))
    }
}

/// The number of table rows of the groups that these changes delete.
fn n_deleted(connection: &Connection, organisation: i64, changes: &[Change]) -> Result<usize, StoreError> {
    let mut n_rows: usize = 0;
    for change in changes {
        let Change::GroupDeleted(id) = change else { continue };
        let of_group: i64 = connection
            .prepare_cached(
                "SELECT (SELECT count(*) FROM individuals WHERE organisation = ?1 AND group_id = ?2)
                      + (SELECT count(*) FROM subscribers WHERE organisation = ?1 AND group_id = ?2)
                      + (SELECT count(*) FROM edges WHERE organisation = ?1 AND parent = ?2)",
            )?
            .query_row(params![organisation, key(id.0)], |row| row.get(0))?;
        n_rows = n_rows.saturating_add(usize::try_from(of_group).unwrap_or_default());
    }
    Ok(n_rows)
}

/// Replaces all table rows of an organisation by these records, which are its state at entry `head`.
pub(crate) fn replace(connection: &Connection, number: i64, records: &Records, head: u64) -> Result<(), StoreError> {
    for table in TABLES {
        let strays = "organisation NOT IN (SELECT number FROM organisations)";
        let sql = format!("DELETE FROM {} WHERE organisation = ?1 OR {strays}", table.name);
        connection.execute(&sql, [number])?;
    }
    let mut nothing = Digest::default();
    nothing.add(organisation_sum(0, ""));
    connection.execute(
        "UPDATE organisations SET tables_head = 0, record = '', digest = ?2 WHERE number = ?1",
        params![number, nothing.to_bytes()],
    )?;
    state::write(&Rows::of(records, head), connection, number)
}
