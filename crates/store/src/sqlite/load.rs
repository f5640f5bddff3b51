//! Reading of whole organisations.

use crate::StoreError;
use crate::chain::{Digest, LogSummary};
use crate::snapshot::{TableRecords, records};
use crate::sqlite::files::StoreFiles;
use crate::sqlite::state::{self, organisation_sum};
use crate::sqlite::{schema, tables, walk};
use crate::table::{MAX_COLUMNS, Table};
use crate::value::Value;
use convoke_core::{ClientId, OrganisationId};
use rusqlite::Connection;
use std::sync::Arc;
use uuid::Uuid;

/// A consistent read of an SQLite database: an open transaction.
pub(crate) struct SqliteSnapshot {
    connection: Connection,
    /// Keeps the store locked while the snapshot is open.
    _files: Option<Arc<StoreFiles>>,
}

impl SqliteSnapshot {
    pub fn open(files: &Arc<StoreFiles>) -> Result<Self, StoreError> {
        SqliteSnapshot::begin(schema::open_reader(&files.path)?, Some(files.clone()))
    }

    /// A snapshot by a connection to a database that is not in use as a store.
    pub fn of(connection: Connection) -> Result<Self, StoreError> {
        SqliteSnapshot::begin(connection, None)
    }

    fn begin(connection: Connection, files: Option<Arc<StoreFiles>>) -> Result<Self, StoreError> {
        connection.execute_batch("BEGIN")?;
        // The first read fixes the moment of the snapshot.
        connection.query_row("SELECT count(*) FROM organisations", [], |row| row.get::<_, i64>(0))?;
        Ok(SqliteSnapshot { connection, _files: files })
    }

    pub fn organisations(&self) -> Result<Vec<OrganisationId>, StoreError> {
        let mut statement = self.connection.prepare("SELECT id FROM organisations ORDER BY number")?;
        let ids = statement.query_map([], |row| row.get(0).map(|id| OrganisationId(Uuid::from_bytes(id))))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// The contents of the tables.
    pub fn records(&self, id: OrganisationId) -> Result<TableRecords, StoreError> {
        let number = self.number(id)?;
        let (tables_head, head, organisation, said) = self.connection.query_row(
            "SELECT tables_head, head, record, digest FROM organisations WHERE number = ?1",
            [number],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get(3)?)),
        )?;
        let mut digest = Digest::default();
        digest.add(organisation_sum(tables_head, &organisation));
        let records = records(&organisation, |table: Table, each| {
            let mut statement = self.connection.prepare(&state::select(table))?;
            let mut rows = statement.query([number])?;
            while let Some(row) = rows.next()? {
                digest.add(state::sum_of(table, row)?);
                let mut values = [Value::Null; MAX_COLUMNS];
                for (column, value) in values.iter_mut().take(table.columns.len()).enumerate() {
                    *value = row.get_ref(column)?.into();
                }
                each(&values)?;
            }
            Ok(())
        })?;
        if digest != Digest::from_bytes(said) {
            return Err(StoreError::Damaged("their rows do not match their checksum".into()));
        }
        Ok(TableRecords { records, tables_head: tables_head as u64, head: head as u64 })
    }

    /// Passes the changes of the entries after this one to `each`. Returns the number of the last.
    pub fn entries_after(
        &self,
        id: OrganisationId,
        after: u64,
        each: &mut dyn FnMut(&str) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        let number = self.number(id)?;
        let mut log = self
            .connection
            .prepare("SELECT seq, changes FROM log WHERE organisation = ?1 AND seq > ?2 ORDER BY seq")?;
        let mut rows = log.query([number, after as i64])?;
        let mut head = after;
        while let Some(row) = rows.next()? {
            head += 1;
            if row.get::<_, i64>(0)? != head as i64 {
                return Err(StoreError::Damaged(format!("the log has no entry {head}")));
            }
            let text = row.get_ref(1)?.as_str();
            each(text.map_err(|error| StoreError::Damaged(format!("entry {head} has no text: {error}")))?)?;
        }
        Ok(head)
    }

    /// Reads the log from its beginning.
    pub fn walk(
        &self,
        id: OrganisationId,
        each: &mut dyn FnMut(&str) -> Result<(), StoreError>,
    ) -> Result<LogSummary, StoreError> {
        walk::walk(&self.connection, self.number(id)?, id, each)
    }

    pub fn organisation_of(&self, client: &ClientId) -> Result<Option<OrganisationId>, StoreError> {
        tables::organisation_of(&self.connection, client)
    }

    fn number(&self, id: OrganisationId) -> Result<i64, StoreError> {
        tables::require_organisation(&self.connection, id)
    }
}
