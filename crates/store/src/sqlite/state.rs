//! The tables from which a directory is loaded. They follow the log by the [`tail`](crate::sqlite::tail). A digest for
//! each organisation shows whether the rows are those that were written.

use crate::StoreError;
use crate::sqlite::chain::{BYTES, Digest, row_sum};
use crate::sqlite::optional;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, Row, ToSql, params_from_iter};

/// A table of the state. Its first column, which is also the first of its key, is the number of the organisation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    pub name: &'static str,
    /// The other columns, the key columns first.
    pub columns: &'static [&'static str],
    /// How many of these columns belong to the key.
    pub n_key: usize,
}

const fn table(name: &'static str, columns: &'static [&'static str], n_key: usize) -> Table {
    Table { name, columns, n_key }
}

pub(crate) const ROLES: Table = table("roles", &["id", "record"], 1);
pub(crate) const CLIENTS: Table = table("clients", &["id", "record"], 1);
pub(crate) const CONNECTORS: Table = table("connectors", &["id", "record"], 1);
pub(crate) const PEOPLE: Table = table("people", &["id", "record"], 1);
pub(crate) const GROUPS: Table = table("groups", &["id", "record"], 1);
pub(crate) const FORMER_OWNERS: Table = table("former_owners", &["group_id", "person"], 2);
pub(crate) const STAMPS: Table = table("stamps", &["group_id", "version", "modified"], 1);
pub(crate) const INDIVIDUALS: Table = table("individuals", &["group_id", "person"], 2);
pub(crate) const EDGES: Table = table("edges", &["parent", "child"], 2);
pub(crate) const SUBSCRIBERS: Table = table("subscribers", &["group_id", "person"], 2);
pub(crate) const SKILLS: Table = table("skills", &["id", "record"], 1);
pub(crate) const HELD: Table = table("held", &["person", "skill", "proficiency"], 2);

/// The largest number of columns of a table, without that of the organisation.
const MAX_COLUMNS: usize = 3;

/// All tables of the state.
pub(crate) const TABLES: [Table; 12] =
    [ROLES, CLIENTS, CONNECTORS, PEOPLE, GROUPS, FORMER_OWNERS, STAMPS, INDIVIDUALS, EDGES, SUBSCRIBERS, SKILLS, HELD];

impl Table {
    /// A query for all rows of an organisation, without its number.
    pub fn select(&self) -> String {
        format!("SELECT {} FROM {} WHERE organisation = ?1", self.columns.join(", "), self.name)
    }

    /// The checksum of a row, which the digest adds up.
    pub fn sum(&self, row: &[ValueRef]) -> [u8; BYTES] {
        row_sum(self.name, row)
    }

    /// The checksum of a row that was read. Its first columns are those of the table.
    pub fn sum_of(&self, row: &Row) -> rusqlite::Result<[u8; BYTES]> {
        let mut values = [ValueRef::Null; MAX_COLUMNS];
        for (column, value) in values.iter_mut().take(self.columns.len()).enumerate() {
            *value = row.get_ref(column)?;
        }
        Ok(self.sum(values.get(..self.columns.len()).unwrap_or(&values)))
    }

    /// The condition `column = ?2 AND …` for the key.
    fn key(&self) -> String {
        let key = self.columns.iter().take(self.n_key).zip(2..);
        key.map(|(column, n)| format!("{column} = ?{n}")).collect::<Vec<_>>().join(" AND ")
    }
}

/// The checksum of the organisation's own row: of the columns that belong to the state.
pub(crate) fn organisation_sum(tables_head: i64, record: &str) -> [u8; BYTES] {
    row_sum("organisations", &[ValueRef::Integer(tables_head), ValueRef::Text(record.as_bytes())])
}

/// Writes rows of one organisation, and computes how that changes the digest.
pub(crate) struct Rows<'c> {
    connection: &'c Connection,
    organisation: i64,
    pub digest: Digest,
}

impl<'c> Rows<'c> {
    pub fn new(connection: &'c Connection, organisation: i64) -> Self {
        Rows { connection, organisation, digest: Digest::default() }
    }

    /// Prepares the statements for one table.
    pub fn of(&mut self, table: Table) -> Result<TableRows<'c, '_>, StoreError> {
        let Table { name, columns, n_key } = table;
        let values: Vec<_> = (2..columns.len() + 2).map(|n| format!("?{n}")).collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        // If all columns belong to the key, a row that exists needs no update.
        let verb = if n_key == table.columns.len() { "INSERT OR IGNORE" } else { "INSERT OR REPLACE" };
        let put = format!("{verb} INTO {name} (organisation, {columns}) VALUES (?1, {values})");
        let key = table.key();
        let find = format!("SELECT {columns} FROM {name} WHERE organisation = ?1 AND {key}");
        let delete = format!("DELETE FROM {name} WHERE organisation = ?1 AND {key}");
        Ok(TableRows {
            table,
            put: self.connection.prepare_cached(&put)?,
            find: self.connection.prepare_cached(&find)?,
            delete: self.connection.prepare_cached(&delete)?,
            rows: self,
        })
    }

    /// Deletes the rows of a table that have this value in this column.
    pub fn delete_where(&mut self, table: Table, column: &str, value: &[u8]) -> Result<(), StoreError> {
        let filter = format!("{column} = ?2");
        self.delete_by(table, &filter, &value)
    }

    /// Deletes the rows that match this condition, in which `?2` is `value`.
    pub fn delete_by(&mut self, table: Table, filter: &str, value: &dyn ToSql) -> Result<(), StoreError> {
        let columns = table.columns.join(", ");
        let sql = format!("DELETE FROM {} WHERE organisation = ?1 AND {filter} RETURNING {columns}", table.name);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut gone = statement.query(rusqlite::params![self.organisation, value])?;
        while let Some(row) = gone.next()? {
            self.digest.take(table.sum_of(row)?);
        }
        Ok(())
    }
}

/// Writes rows of one table.
pub(crate) struct TableRows<'c, 'r> {
    table: Table,
    put: CachedStatement<'c>,
    find: CachedStatement<'c>,
    delete: CachedStatement<'c>,
    rows: &'r mut Rows<'c>,
}

impl TableRows<'_, '_> {
    /// Inserts a row, or replaces the one with the same key.
    pub fn put(&mut self, row: &[ValueRef]) -> Result<(), StoreError> {
        let is_only_key = self.table.n_key == self.table.columns.len();
        if !is_only_key && let Some(sum) = self.find(row)? {
            self.rows.digest.take(sum);
        }
        let n_written = self.put.execute(params_from_iter(all(self.rows.organisation, row)))?;
        if !is_only_key || n_written == 1 {
            self.rows.digest.add(self.table.sum(row));
        }
        Ok(())
    }

    /// Deletes the row with this key, if there is one.
    pub fn delete(&mut self, key: &[ValueRef]) -> Result<(), StoreError> {
        let Some(sum) = self.find(key)? else { return Ok(()) };
        self.delete.execute(params_from_iter(all(self.rows.organisation, key)))?;
        self.rows.digest.take(sum);
        Ok(())
    }

    /// The checksum of the row with this key.
    fn find(&mut self, row: &[ValueRef]) -> Result<Option<[u8; BYTES]>, StoreError> {
        let table = self.table;
        let key = row.get(..table.n_key).unwrap_or(row);
        let parameters = params_from_iter(all(self.rows.organisation, key));
        optional(self.find.query_row(parameters, |row| table.sum_of(row)))
    }
}

fn all<'v>(organisation: i64, row: &'v [ValueRef<'v>]) -> impl Iterator<Item = ToSqlOutput<'v>> {
    std::iter::once(ToSqlOutput::from(organisation)).chain(row.iter().map(|value| ToSqlOutput::Borrowed(*value)))
}
