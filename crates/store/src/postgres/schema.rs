//! The tables, and the migrations that create them. They are in a schema of their own, `convoke`.

use crate::postgres::connection::{COMMIT_TIME, Connection, STATEMENT_TIME, within};
use crate::postgres::error::{Failure, of_opening};
use crate::{Missing, StoreError};
use std::time::Duration;
use tokio_postgres::SimpleQueryMessage;

/// Each step migrates from one format to the next. A released step is never changed. The organisation is the first key
/// column of all its rows, so that the database can be sharded by it.
const MIGRATIONS: &[&str] = &[FOUNDING];

/// How long a start waits for another process that migrates the same database.
const MIGRATION_TIME: Duration = Duration::from_secs(60);

/// The advisory lock of migrations: "Cnvk" in ASCII.
const MIGRATION_LOCK: i64 = 0x436e_766b;

/// `heads` has the one row that each commit to an organisation's log updates, so it is small and its pages have room for
/// new versions of rows. `organisations` has what changes seldom: the order of founding, the key of the name, which is
/// unique, and the entry up to which the tables of the state are current. `revocations` tells other processes of revoked
/// tokens. Keys that are text are compared byte by byte, so that an update of the system's collations damages no index.
const FOUNDING: &str = "
    CREATE TABLE heads (
        organisation uuid PRIMARY KEY,
        head bigint NOT NULL,
        chain bytea NOT NULL
    ) WITH (fillfactor = 50);
    CREATE TABLE organisations (
        organisation uuid PRIMARY KEY,
        number bigint GENERATED ALWAYS AS IDENTITY,
        name_key text COLLATE \"C\" NOT NULL UNIQUE,
        tables_head bigint NOT NULL,
        record text NOT NULL
    );
    CREATE TABLE log (
        organisation uuid, seq bigint,
        at bigint NOT NULL, client text, person uuid, changes text NOT NULL, chain bytea NOT NULL, batch uuid NOT NULL,
        PRIMARY KEY (organisation, seq)
    );
    CREATE TABLE operations (
        organisation uuid, client text COLLATE \"C\", key text COLLATE \"C\",
        at bigint NOT NULL, fingerprint bytea NOT NULL, subject text NOT NULL, batch uuid NOT NULL,
        PRIMARY KEY (organisation, client, key)
    );
    CREATE INDEX operations_by_age ON operations (at);
    CREATE TABLE tokens (
        hash bytea PRIMARY KEY, kind text NOT NULL,
        organisation uuid NOT NULL, client text COLLATE \"C\" NOT NULL, person uuid, generation bigint,
        expires bigint NOT NULL
    );
    CREATE INDEX tokens_by_client ON tokens (organisation, client);
    CREATE INDEX tokens_by_end ON tokens (expires);
    CREATE TABLE revocations (hash bytea NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
    CREATE INDEX revocations_by_age ON revocations (at);
    CREATE TABLE client_organisations (
        client text COLLATE \"C\" PRIMARY KEY, organisation uuid NOT NULL
    );
    CREATE TABLE roles (organisation uuid, id uuid, record text NOT NULL, PRIMARY KEY (organisation, id));
    CREATE TABLE clients (
        organisation uuid, id text COLLATE \"C\", record text NOT NULL, PRIMARY KEY (organisation, id)
    );
    CREATE TABLE connectors (
        organisation uuid, id text COLLATE \"C\", record text NOT NULL, PRIMARY KEY (organisation, id)
    );
    CREATE TABLE people (organisation uuid, id uuid, record text NOT NULL, PRIMARY KEY (organisation, id));
    CREATE TABLE groups (organisation uuid, id uuid, record text NOT NULL, PRIMARY KEY (organisation, id));
    CREATE TABLE former_owners (
        organisation uuid, group_id uuid, person uuid, PRIMARY KEY (organisation, group_id, person)
    );
    CREATE TABLE stamps (
        organisation uuid, group_id uuid, version bigint NOT NULL, modified bigint NOT NULL,
        PRIMARY KEY (organisation, group_id)
    );
    CREATE TABLE individuals (
        organisation uuid, group_id uuid, person uuid, PRIMARY KEY (organisation, group_id, person)
    );
    CREATE TABLE edges (organisation uuid, parent uuid, child uuid, PRIMARY KEY (organisation, parent, child));
    CREATE INDEX edges_by_child ON edges (organisation, child);
    CREATE TABLE subscribers (
        organisation uuid, group_id uuid, person uuid, PRIMARY KEY (organisation, group_id, person)
    );
    CREATE TABLE skills (organisation uuid, id uuid, record text NOT NULL, PRIMARY KEY (organisation, id));
    CREATE TABLE held (
        organisation uuid, person uuid, skill uuid, proficiency double precision NOT NULL,
        PRIMARY KEY (organisation, person, skill)
    );
    CREATE TABLE format (version bigint NOT NULL);
    INSERT INTO format VALUES (0);
";

/// Creates the tables, or migrates them to the newest format, in one transaction. Of several processes that do this at
/// once, one does it and the others wait.
pub(crate) async fn migrate(connection: &Connection, database: &str, missing: Missing) -> Result<(), StoreError> {
    let found = format(connection).await.map_err(|error| without_rights(error, database))?;
    if found.is_none() && missing == Missing::Refuse {
        return Err(StoreError::Refused(format!(
            "the database {database} has no store; leave out --must-exist to make one"
        )));
    }
    if found == Some(MIGRATIONS.len() as i64) {
        return require_rights(connection, database).await;
    }
    let lock = format!(
        "BEGIN; SET LOCAL lock_timeout = '{}s'; SELECT pg_advisory_xact_lock({MIGRATION_LOCK});",
        MIGRATION_TIME.as_secs()
    );
    connection.batch(&lock, MIGRATION_TIME + STATEMENT_TIME).await.map_err(of_opening)?;
    // Another process may have migrated it meanwhile.
    let found = format(connection).await.map_err(|error| without_rights(error, database))?;
    let steps = MIGRATIONS.get(usize::try_from(found.unwrap_or(0)).unwrap_or(0)..).unwrap_or_default();
    if found.is_none() {
        let made = connection.batch("CREATE SCHEMA IF NOT EXISTS convoke", COMMIT_TIME).await;
        made.map_err(|error| without_rights(error, database))?;
    }
    for step in steps {
        let done = connection.batch(step, MIGRATION_TIME).await;
        done.map_err(|error| without_rights(error, database))?;
    }
    let end = format!("UPDATE format SET version = {}; COMMIT", MIGRATIONS.len());
    connection.batch(&end, COMMIT_TIME).await.map_err(of_opening)
}

/// The format of the database. `None` if it has no tables yet.
async fn format(connection: &Connection) -> Result<Option<i64>, Failure> {
    // A table that does not exist cannot be named in a statement. `to_regclass` may remember that it did not exist when it
    // was asked before, although another process has created it.
    let exists = "SELECT EXISTS (SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = 'convoke' AND relname = 'format')";
    if number(connection, exists).await?.as_deref() != Some("t") {
        return Ok(None);
    }
    let found = number(connection, "SELECT version FROM convoke.format").await?;
    let (found, known) = (found.and_then(|found| found.parse().ok()).unwrap_or(0), MIGRATIONS.len() as i64);
    if found > known {
        return Err(Failure::Refused(StoreError::Newer { found, known }.to_string()));
    }
    Ok(Some(found))
}

async fn number(connection: &Connection, sql: &str) -> Result<Option<String>, Failure> {
    let messages = within(STATEMENT_TIME, connection.client.simple_query(sql)).await?;
    let row = messages.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    Ok(row.and_then(|row| row.get(0).map(str::to_owned)))
}

/// Refuses a role that may not use the tables, which another role may have created.
async fn require_rights(connection: &Connection, database: &str) -> Result<(), StoreError> {
    let sql = "SELECT bool_and(has_table_privilege(oid, 'SELECT, INSERT, UPDATE, DELETE')) FROM pg_class
        WHERE relnamespace = 'convoke'::regnamespace AND relkind IN ('r', 'p')";
    match number(connection, sql).await.map_err(of_opening)?.as_deref() {
        Some("t") => Ok(()),
        _ => Err(without_rights(Failure::Refused(String::new()), database)),
    }
}

fn without_rights(error: Failure, database: &str) -> StoreError {
    match error {
        Failure::Refused(what) if what.is_empty() || what.contains("42501") => StoreError::Refused(format!(
            "the role of the URL may not create or use the tables of Convoke; let it own them: \
             `CREATE SCHEMA convoke AUTHORIZATION …` in the database {database}, or GRANT CREATE ON DATABASE {database}"
        )),
        error => of_opening(error),
    }
}
