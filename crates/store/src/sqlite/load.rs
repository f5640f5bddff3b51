//! Reading of whole organisations.

use crate::StoreError;
use crate::chain::{Digest, LogSummary};
use crate::snapshot::{EachRow, TableRecords, people, records};
use crate::sqlite::files::StoreFiles;
use crate::sqlite::state::{self, organisation_sum};
use crate::sqlite::{schema, tables, walk};
use crate::table::{MAX_COLUMNS, Table};
use crate::value::Value;
use convoke_core::{BuiltPeople, ClientId, OrganisationId};
use rusqlite::Connection;
use std::cell::Cell;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;
use uuid::Uuid;

/// A consistent read of an SQLite database: an open transaction.
pub(crate) struct SqliteSnapshot {
    connection: Connection,
    /// Another connection that sees the same state, to read by two threads. None if there is no such one, or while it is
    /// in use.
    beside: Cell<Option<Connection>>,
    /// Keeps the store locked while the snapshot is open.
    _files: Option<Arc<StoreFiles>>,
}

impl SqliteSnapshot {
    pub fn open(files: &Arc<StoreFiles>) -> Result<Self, StoreError> {
        let mut snapshot = SqliteSnapshot::begin(schema::open_reader(&files.path)?, Some(files.clone()))?;
        let beside = SqliteSnapshot::begin(schema::open_reader(&files.path)?, None)?;
        // Each commit counts itself, so two snapshots with the same count have the same state.
        if schema::head(&beside.connection)? == schema::head(&snapshot.connection)? {
            snapshot.beside = Cell::new(Some(beside.connection));
        }
        Ok(snapshot)
    }

    /// A snapshot by a connection to a database that is not in use as a store.
    pub fn of(connection: Connection) -> Result<Self, StoreError> {
        SqliteSnapshot::begin(connection, None)
    }

    fn begin(connection: Connection, files: Option<Arc<StoreFiles>>) -> Result<Self, StoreError> {
        connection.execute_batch("BEGIN")?;
        // The first read fixes the moment of the snapshot.
        connection.query_row("SELECT count(*) FROM organisations", [], |row| row.get::<_, i64>(0))?;
        Ok(SqliteSnapshot { connection, beside: Cell::new(None), _files: files })
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
        let mut rest = TableReader { connection: &self.connection, number, digest };
        let mut read_rest = || records(&organisation, |table, each| rest.read(table, each));
        let (people, records) = match self.beside.take() {
            Some(beside) => {
                let (people, records, beside) = thread::scope(|scope| {
                    let reading = scope.spawn(move || (read_people(&beside, number), beside));
                    let records = read_rest();
                    let (people, beside) = reading.join().unwrap_or_else(|panic| resume_unwind(panic));
                    (people, records, beside)
                });
                self.beside.set(Some(beside));
                (people, records)
            }
            None => (read_people(&self.connection, number), read_rest()),
        };
        let ((people, digest_of_people), records) = (people?, records?);
        if rest.digest.plus(digest_of_people) != Digest::from_bytes(said) {
            return Err(StoreError::Damaged("their rows do not match their checksum".into()));
        }
        Ok(TableRecords { people, records, tables_head: tables_head as u64, head: head as u64 })
    }

    /// Passes the changes of the entries after this one to `each`. Each entry is compared with its checksum.
    pub fn entries_after(
        &self,
        id: OrganisationId,
        after: u64,
        each: &mut dyn FnMut(&str) -> Result<(), StoreError>,
    ) -> Result<LogSummary, StoreError> {
        let number = self.number(id)?;
        // An entry from before format 4 may have no checksum. Then those after it are checked from the beginning.
        let from = match tables::link_of(&self.connection, number, after)? {
            Some(chain) => LogSummary::after(after, chain),
            None => LogSummary::START,
        };
        let mut seq = from.head;
        let walked = walk::walk_on(&self.connection, number, id, from, walk::ALL, |changes| {
            seq += 1;
            if seq > after { each(changes) } else { Ok(()) }
        })?;
        match walked.is_sealed {
            true => Ok(walked),
            false => Err(StoreError::Damaged(format!("the last entry of the log of {id} has no checksum"))),
        }
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

/// People with all that depends on them alone, and the sum of the checksums of their rows.
fn read_people(connection: &Connection, number: i64) -> Result<(BuiltPeople, Digest), StoreError> {
    let mut reader = TableReader { connection, number, digest: Digest::default() };
    let people = people(|table, each| reader.read(table, each))?;
    Ok((people, reader.digest))
}

/// Reads the tables of one organisation, and adds up the checksums of the rows.
struct TableReader<'c> {
    connection: &'c Connection,
    number: i64,
    digest: Digest,
}

impl TableReader<'_> {
    fn read(&mut self, table: Table, each: &mut EachRow) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare(&state::select(table))?;
        let mut rows = statement.query([self.number])?;
        while let Some(row) = rows.next()? {
            self.digest.add(state::sum_of(table, row)?);
            let mut values = [Value::Null; MAX_COLUMNS];
            for (column, value) in values.iter_mut().take(table.columns.len()).enumerate() {
                *value = row.get_ref(column)?.into();
            }
            each(&values)?;
        }
        Ok(())
    }
}
