//! The tables of the state follow the log, written by one process at a time.

use crate::postgres::connection::{Connection, Parameter, STATEMENT_TIME, within};
use crate::postgres::error::Failure;
use crate::postgres::look_up::LOG;
use crate::rows::{Rows, Step};
use crate::table::{TABLES, Table, Type};
use crate::value::Cell;
use crate::{StoreError, record};
use convoke_core::{OrganisationId, Records};
use std::time::Duration;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// The limit of log entries for one step. A step is a transaction that no commit waits for.
const STEP_ENTRIES: i64 = 4096;
/// The limit of bytes of the log for one step. Only its last entry may exceed it.
const STEP_BYTES: i64 = 16 * 1024 * 1024;
/// The number of rows that one statement writes.
const CHUNK: usize = 4096;
/// How long one statement may take.
const WRITE_TIME: Duration = Duration::from_secs(60);

/// How far the tables got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// They have the whole log.
    All,
    /// The log may have more.
    Part,
    /// Another process is writing them.
    Elsewhere,
}

/// The advisory lock of an organisation's tables. Two organisations may have the same one: then one waits for the other.
fn lock(organisation: OrganisationId) -> i64 {
    organisation.0.as_u64_pair().1.cast_signed()
}

/// Brings the tables forward by one step, in a transaction.
pub(crate) async fn follow(
    connection: &mut Connection,
    organisation: OrganisationId,
) -> Result<Result<Followed, StoreError>, Failure> {
    connection.batch("BEGIN", STATEMENT_TIME).await?;
    let done = step(connection, organisation).await;
    let end = if matches!(done, Ok(Ok(_))) { "COMMIT" } else { "ROLLBACK" };
    connection.batch(end, WRITE_TIME).await?;
    done
}

async fn step(
    connection: &mut Connection,
    organisation: OrganisationId,
) -> Result<Result<Followed, StoreError>, Failure> {
    let locked = connection.query("SELECT pg_try_advisory_xact_lock($1)", &[&lock(organisation)]).await?;
    if !locked.first().is_some_and(|row| row.get(0)) {
        return Ok(Ok(Followed::Elsewhere));
    }
    let sql = "SELECT tables_head FROM organisations WHERE organisation = $1";
    let found = connection.query(sql, &[&organisation.0]).await?;
    let Some(tables_head) = found.first().map(|row| row.get::<_, i64>(0)) else { return Ok(Ok(Followed::All)) };
    let parameters: [Parameter<'_>; 4] = [&organisation.0, &(tables_head + 1), &STEP_ENTRIES, &STEP_BYTES];
    let entries = connection.query(LOG, &parameters).await?;
    let mut rows = Rows::after(tables_head as u64);
    for entry in &entries {
        let changes = match record::changes_from_json(entry.get(4)) {
            Ok(changes) => changes,
            Err(damage) => return Ok(Err(damage)),
        };
        for change in &changes {
            rows.take(change);
        }
    }
    if entries.is_empty() {
        return Ok(Ok(Followed::All));
    }
    rows.head += entries.len() as u64;
    write(connection, organisation, &rows).await?;
    Ok(Ok(Followed::Part))
}

/// Replaces all rows of an organisation by these records, which are its state at entry `head`.
pub(crate) async fn replace(
    connection: &mut Connection,
    organisation: OrganisationId,
    records: &Records,
    head: u64,
) -> Result<(), Failure> {
    connection.batch("BEGIN", STATEMENT_TIME).await?;
    connection.query("SELECT pg_advisory_xact_lock($1)", &[&lock(organisation)]).await?;
    for table in TABLES {
        let delete = format!("DELETE FROM {} WHERE organisation = $1", table.name);
        execute(connection, &delete, &[&organisation.0]).await?;
    }
    write(connection, organisation, &Rows::of(records, head)).await?;
    connection.batch("COMMIT", WRITE_TIME).await
}

/// Writes the rows in the open transaction.
async fn write(connection: &Connection, organisation: OrganisationId, rows: &Rows) -> Result<(), Failure> {
    for step in rows.steps() {
        match step {
            Step::Put(table, rows) => {
                in_chunks(connection, organisation, table, table.types, &put(table), rows).await?
            }
            Step::Delete(table, keys) => {
                let types = table.types.get(..table.n_key).unwrap_or(table.types);
                in_chunks(connection, organisation, table, types, &delete(table), keys).await?;
            }
            Step::DeleteWhere(table, column, ids) => {
                let sql = format!("DELETE FROM {} WHERE organisation = $1 AND {column} = ANY($2)", table.name);
                execute(connection, &sql, &[&organisation.0, &ids]).await?;
            }
        }
    }
    let record = rows.organisation.as_ref().map(|organisation| record::organisation_to_json(organisation));
    let sql = "UPDATE organisations SET tables_head = $2, record = coalesce($3, record) WHERE organisation = $1";
    execute(connection, sql, &[&organisation.0, &(rows.head as i64), &record]).await
}

async fn execute(connection: &Connection, sql: &str, parameters: &[Parameter<'_>]) -> Result<(), Failure> {
    within(WRITE_TIME, connection.client.execute(sql, parameters)).await.map(drop)
}

fn array(of: Type) -> &'static str {
    match of {
        Type::Uuid => "uuid[]",
        Type::Text => "text[]",
        Type::Integer => "bigint[]",
        Type::Real => "double precision[]",
    }
}

/// `$2::uuid[], $3::text[]` for these types.
fn arrays(types: &[Type]) -> String {
    let parameter = |(n, of): (usize, &Type)| format!("${n}::{}", array(*of));
    (2..).zip(types).map(parameter).collect::<Vec<_>>().join(", ")
}

fn put(table: Table) -> String {
    let (columns, key) = (table.columns.join(", "), table.columns.get(..table.n_key).unwrap_or_default().join(", "));
    let others = table.columns.iter().skip(table.n_key);
    let action = match table.is_only_key() {
        true => "NOTHING".to_owned(),
        false => {
            let set = others.map(|column| format!("{column} = excluded.{column}")).collect::<Vec<_>>();
            format!("UPDATE SET {}", set.join(", "))
        }
    };
    format!(
        "INSERT INTO {} (organisation, {columns}) SELECT $1, * FROM unnest({}) ON CONFLICT (organisation, {key}) DO {action}",
        table.name,
        arrays(table.types)
    )
}

fn delete(table: Table) -> String {
    let name = table.name;
    let key = table.columns.get(..table.n_key).unwrap_or_default();
    let same = key.iter().map(|column| format!("{name}.{column} = gone.{column}")).collect::<Vec<_>>().join(" AND ");
    let types = arrays(table.types.get(..table.n_key).unwrap_or_default());
    format!(
        "DELETE FROM {name} USING unnest({types}) AS gone ({}) WHERE {name}.organisation = $1 AND {same}",
        key.join(", ")
    )
}

/// The values of one column.
enum Column {
    Uuid(Vec<Uuid>),
    Text(Vec<String>),
    Integer(Vec<i64>),
    Real(Vec<f64>),
}

impl Column {
    fn new(of: Type) -> Self {
        match of {
            Type::Uuid => Column::Uuid(Vec::new()),
            Type::Text => Column::Text(Vec::new()),
            Type::Integer => Column::Integer(Vec::new()),
            Type::Real => Column::Real(Vec::new()),
        }
    }

    fn push(&mut self, cell: Cell) {
        match (self, cell) {
            (Column::Uuid(all), Cell::Uuid(id)) => all.push(id),
            (Column::Text(all), Cell::Text(text)) => all.push(text),
            (Column::Integer(all), Cell::Integer(number)) => all.push(number),
            (Column::Real(all), Cell::Real(number)) => all.push(number),
            (_, cell) => debug_assert!(false, "{cell:?} is of another type than its column"),
        }
    }

    fn parameter(&self) -> Parameter<'_> {
        match self {
            Column::Uuid(all) => all,
            Column::Text(all) => all,
            Column::Integer(all) => all,
            Column::Real(all) => all,
        }
    }
}

/// Runs a statement for all rows, for many of them at a time.
async fn in_chunks<'r>(
    connection: &Connection,
    organisation: OrganisationId,
    table: Table,
    types: &[Type],
    sql: &str,
    mut rows: Box<dyn Iterator<Item = Vec<Cell>> + Send + 'r>,
) -> Result<(), Failure> {
    let mut statement = None;
    loop {
        let mut columns: Vec<Column> = types.iter().map(|of| Column::new(*of)).collect();
        let mut n_rows = 0;
        for row in rows.by_ref().take(CHUNK) {
            n_rows += 1;
            columns.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell));
        }
        if n_rows == 0 {
            return Ok(());
        }
        let statement = match &statement {
            Some(statement) => statement,
            None => statement.insert(within(STATEMENT_TIME, connection.client.prepare(sql)).await?),
        };
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&organisation.0];
        parameters.extend(columns.iter().map(Column::parameter));
        tracing::trace!(table = table.name, n_rows, "rows are written");
        within(WRITE_TIME, connection.client.execute(statement, &parameters)).await?;
    }
}
