//! Writing the tables from which a directory is loaded. They follow the log by the [`tail`](crate::sqlite::tail). A
//! digest for each organisation shows whether the rows are those that were written.

use crate::chain::{BYTES, Digest, row_sum};
use crate::rows::{Rows, Step};
use crate::sqlite::optional;
use crate::table::{HELD, MAX_COLUMNS, Table};
use crate::value::Cell;
use crate::{StoreError, record};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, Row, ToSql, params, params_from_iter};

/// A query for all rows of an organisation, without its number.
pub(crate) fn select(table: Table) -> String {
    format!("SELECT {} FROM {} WHERE organisation = ?1", table.columns.join(", "), table.name)
}

/// The checksum of a row that was read, which the digest adds up. Its first columns are those of the table.
pub(crate) fn sum_of(table: Table, row: &Row) -> rusqlite::Result<[u8; BYTES]> {
    let mut values = [ValueRef::Null; MAX_COLUMNS];
    for (column, value) in values.iter_mut().take(table.columns.len()).enumerate() {
        *value = row.get_ref(column)?;
    }
    Ok(row_sum(table.name, values.get(..table.columns.len()).unwrap_or(&values)))
}

/// The condition `column = ?2 AND …` for the key.
fn key(table: Table) -> String {
    let key = table.columns.iter().take(table.n_key).zip(2..);
    key.map(|(column, n)| format!("{column} = ?{n}")).collect::<Vec<_>>().join(" AND ")
}

/// Writes all rows and the digest to the tables, in the open transaction.
pub(crate) fn write(rows: &Rows, connection: &Connection, organisation: i64) -> Result<(), StoreError> {
    let mut tables = TableWriter { connection, organisation, digest: Digest::default() };
    for step in rows.steps() {
        match step {
            Step::Put(table, rows) => {
                let mut writer = tables.of(table)?;
                for row in rows {
                    writer.put(&values(&row))?;
                }
            }
            Step::Delete(table, keys) => {
                let mut writer = tables.of(table)?;
                for key in keys {
                    writer.delete(&values(&key))?;
                }
            }
            // One pass over the table, which has no index by skill.
            Step::DeleteWhere(HELD, column @ "skill", ids) => {
                let filter = format!("{column} IN (SELECT unhex(value) FROM json_each(?2))");
                tables.delete_by(HELD, &filter, &record::keys_to_json(&ids))?;
            }
            Step::DeleteWhere(table, column, ids) => {
                let filter = format!("{column} = ?2");
                for id in ids {
                    tables.delete_by(table, &filter, &id.into_bytes())?;
                }
            }
        }
    }
    write_organisation(rows, connection, organisation, tables.digest)
}

/// Writes the row of the organisation, with `tables_head` and the digest.
fn write_organisation(rows: &Rows, connection: &Connection, number: i64, delta: Digest) -> Result<(), StoreError> {
    let (tables_head, record, digest) = connection
        .prepare_cached("SELECT tables_head, record, digest FROM organisations WHERE number = ?1")?
        .query_row([number], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get(2)?)))?;
    let new = rows.organisation.as_ref().map(|organisation| record::organisation_to_json(organisation));
    let mut digest = Digest::from_bytes(digest).plus(delta);
    digest.take(organisation_sum(tables_head, &record));
    let record = new.unwrap_or(record);
    digest.add(organisation_sum(rows.head as i64, &record));
    connection
        .prepare_cached("UPDATE organisations SET tables_head = ?2, record = ?3, digest = ?4 WHERE number = ?1")?
        .execute(params![number, rows.head as i64, record, digest.to_bytes()])?;
    Ok(())
}

/// The cells as SQLite has them.
fn values(cells: &[Cell]) -> Vec<ValueRef<'_>> {
    cells.iter().map(value).collect()
}

fn value(cell: &Cell) -> ValueRef<'_> {
    match cell {
        Cell::Uuid(id) => ValueRef::Blob(id.as_bytes()),
        Cell::Text(text) => ValueRef::Text(text.as_bytes()),
        Cell::Integer(number) => ValueRef::Integer(*number),
        Cell::Real(number) => ValueRef::Real(*number),
    }
}

/// The checksum of the organisation's own row: of the columns that belong to the state.
pub(crate) fn organisation_sum(tables_head: i64, record: &str) -> [u8; BYTES] {
    row_sum("organisations", &[ValueRef::Integer(tables_head), ValueRef::Text(record.as_bytes())])
}

/// Writes rows of one organisation, and computes how that changes the digest.
struct TableWriter<'c> {
    connection: &'c Connection,
    organisation: i64,
    digest: Digest,
}

impl<'c> TableWriter<'c> {
    /// Prepares the statements for one table.
    fn of(&mut self, table: Table) -> Result<TableRows<'c, '_>, StoreError> {
        let Table { name, columns, .. } = table;
        let values: Vec<_> = (2..columns.len() + 2).map(|n| format!("?{n}")).collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        let verb = if table.is_only_key() { "INSERT OR IGNORE" } else { "INSERT OR REPLACE" };
        let put = format!("{verb} INTO {name} (organisation, {columns}) VALUES (?1, {values})");
        let key = key(table);
        let find = format!("SELECT {columns} FROM {name} WHERE organisation = ?1 AND {key}");
        let delete = format!("DELETE FROM {name} WHERE organisation = ?1 AND {key}");
        Ok(TableRows {
            table,
            put: self.connection.prepare_cached(&put)?,
            find: self.connection.prepare_cached(&find)?,
            delete: self.connection.prepare_cached(&delete)?,
            tables: self,
        })
    }

    /// Deletes the rows that match this condition, in which `?2` is `value`.
    fn delete_by(&mut self, table: Table, filter: &str, value: &dyn ToSql) -> Result<(), StoreError> {
        let columns = table.columns.join(", ");
        let sql = format!("DELETE FROM {} WHERE organisation = ?1 AND {filter} RETURNING {columns}", table.name);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut gone = statement.query(rusqlite::params![self.organisation, value])?;
        while let Some(row) = gone.next()? {
            self.digest.take(sum_of(table, row)?);
        }
        Ok(())
    }
}

/// Writes rows of one table.
struct TableRows<'c, 'r> {
    table: Table,
    put: CachedStatement<'c>,
    find: CachedStatement<'c>,
    delete: CachedStatement<'c>,
    tables: &'r mut TableWriter<'c>,
}

impl TableRows<'_, '_> {
    /// Inserts a row, or replaces the one with the same key.
    fn put(&mut self, row: &[ValueRef]) -> Result<(), StoreError> {
        let is_only_key = self.table.is_only_key();
        if !is_only_key && let Some(sum) = self.find(row)? {
            self.tables.digest.take(sum);
        }
        let n_written = self.put.execute(params_from_iter(all(self.tables.organisation, row)))?;
        if !is_only_key || n_written == 1 {
            self.tables.digest.add(row_sum(self.table.name, row));
        }
        Ok(())
    }

    /// Deletes the row with this key, if there is one.
    fn delete(&mut self, key: &[ValueRef]) -> Result<(), StoreError> {
        let Some(sum) = self.find(key)? else { return Ok(()) };
        self.delete.execute(params_from_iter(all(self.tables.organisation, key)))?;
        self.tables.digest.take(sum);
        Ok(())
    }

    /// The checksum of the row with this key.
    fn find(&mut self, row: &[ValueRef]) -> Result<Option<[u8; BYTES]>, StoreError> {
        let table = self.table;
        let key = row.get(..table.n_key).unwrap_or(row);
        let parameters = params_from_iter(all(self.tables.organisation, key));
        optional(self.find.query_row(parameters, |row| sum_of(table, row)))
    }
}

fn all<'v>(organisation: i64, row: &'v [ValueRef<'v>]) -> impl Iterator<Item = ToSqlOutput<'v>> {
    std::iter::once(ToSqlOutput::from(organisation)).chain(row.iter().map(|value| ToSqlOutput::Borrowed(*value)))
}
