//! Reading of whole organisations.

use crate::StoreError;
use crate::chain::LogSummary;
use crate::postgres::connection::{Connection, Parameter, STATEMENT_TIME, within};
use crate::postgres::error::Failure;
use crate::postgres::look_up;
use crate::snapshot::{EachRow, TableRecords, people, records};
use crate::table::{MAX_COLUMNS, Table, Type};
use crate::value::Value;
use convoke_core::{ClientId, OrganisationId};
use futures_util::TryStreamExt;
use std::pin::pin;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tokio_postgres::Row;
use uuid::Uuid;

/// How long the next row of a table may take.
const ROW_TIME: Duration = Duration::from_secs(30);

/// A consistent read of the database: an open transaction, on a connection of its own.
pub(crate) struct PostgresSnapshot {
    connection: Mutex<Connection>,
    runtime: Handle,
    _permit: OwnedSemaphorePermit,
}

impl PostgresSnapshot {
    pub async fn begin(mut connection: Connection, permit: OwnedSemaphorePermit) -> Result<Self, Failure> {
        let begin =
            "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0";
        connection.batch(begin, STATEMENT_TIME).await?;
        // The first read fixes the moment of the snapshot.
        connection.query("SELECT count(*) FROM heads WHERE head < 0", &[]).await?;
        Ok(PostgresSnapshot { connection: Mutex::new(connection), runtime: Handle::current(), _permit: permit })
    }

    pub fn organisations(&self) -> Result<Vec<OrganisationId>, StoreError> {
        let rows = self.query("SELECT organisation FROM organisations ORDER BY number", &[])?;
        Ok(rows.iter().map(|row| OrganisationId(row.get(0))).collect())
    }

    /// The contents of the tables.
    pub fn records(&self, id: OrganisationId) -> Result<TableRecords, StoreError> {
        let sql = "SELECT tables_head, head, record FROM organisations JOIN heads USING (organisation)
            WHERE organisation = $1";
        let rows = self.query(sql, &[&id.0])?;
        let row = rows.first().ok_or_else(|| StoreError::Damaged(format!("organisation {id} is gone")))?;
        let (tables_head, head, organisation): (i64, i64, &str) = (row.get(0), row.get(1), row.get(2));
        let mut read = |table: Table, each: &mut EachRow| {
            let sql = format!("SELECT {} FROM {} WHERE organisation = $1", table.columns.join(", "), table.name);
            self.each(&sql, &[&id.0], |row| with_values(table, row, |values| each(values)))
        };
        let (people, records) = (people(&mut read)?, records(organisation, read)?);
        Ok(TableRecords { people, records, tables_head: tables_head as u64, head: head as u64 })
    }

    /// Passes the changes of the entries after this one to `each`. Each entry is compared with its checksum.
    pub fn entries_after(
        &self,
        id: OrganisationId,
        after: u64,
        each: &mut dyn FnMut(&str) -> Result<(), StoreError>,
    ) -> Result<LogSummary, StoreError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let chain = self.runtime.block_on(look_up::chain_at(&mut connection, id, after))?;
        drop(connection);
        let chain = chain.ok_or_else(|| StoreError::Damaged(format!("the log has no entry {after}")))?;
        let mut summary = LogSummary::after(after, chain);
        let sql = "SELECT seq, at, client, person, changes, chain FROM log WHERE organisation = $1 AND seq > $2
            ORDER BY seq";
        self.each(sql, &[&id.0, &(after as i64)], |row| each(look_up::take(&mut summary, id, row)?))?;
        Ok(summary)
    }

    pub fn organisation_of(&self, client: &ClientId) -> Result<Option<OrganisationId>, StoreError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.runtime.block_on(look_up::organisation_of(&mut connection, client))?)
    }

    fn query(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.runtime.block_on(connection.query(sql, parameters))?)
    }

    /// Passes each row to a closure as it comes, without keeping all of them in memory.
    fn each(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        mut take: impl FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let client = &connection.client;
        let reading = async {
            let parameters = parameters.iter().copied();
            let statement = within(STATEMENT_TIME, client.prepare(sql)).await?;
            let mut rows = pin!(within(STATEMENT_TIME, client.query_raw(&statement, parameters)).await?);
            loop {
                let row = timeout(ROW_TIME, rows.try_next()).await.map_err(|_| StoreError::Unavailable)?;
                let row = row.map_err(|error| crate::postgres::error::of_statement(&error))?;
                let Some(row) = row else { return Ok(()) };
                take(&row)?;
            }
        };
        self.runtime.block_on(reading)
    }
}

/// Passes the values of a row of this table to a closure.
fn with_values(
    table: Table,
    row: &Row,
    take: impl FnOnce(&[Value]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut ids = [Uuid::nil(); MAX_COLUMNS];
    for (column, (id, _)) in ids.iter_mut().zip(table.types).enumerate().filter(|(_, (_, of))| **of == Type::Uuid) {
        *id = row.get(column);
    }
    let mut values = [Value::Null; MAX_COLUMNS];
    for (column, ((value, id), of)) in values.iter_mut().zip(&ids).zip(table.types).enumerate() {
        *value = match of {
            Type::Uuid => Value::Blob(id.as_bytes()),
            Type::Text => Value::Text(row.get::<_, &str>(column).as_bytes()),
            Type::Integer => Value::Integer(row.get(column)),
            Type::Real => Value::Real(row.get(column)),
        };
    }
    take(&values)
}
