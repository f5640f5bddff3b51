//! The tables, and the migrations that create them.

mod seal;

use crate::StoreError;
use crate::sqlite::head::Head;
use crate::sqlite::walk::values;
use rusqlite::config::DbConfig;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// Each step migrates from one format to the next. A released step is never changed. The number of the organisation is
/// the first key column of all its rows. `head` is the number of entries in the log. `tables_head` is the entry up to
/// which the tables of [`crate::sqlite::state`] are current.
const MIGRATIONS: &[Step] = &[
    Step { script: FOUNDING, then: None },
    Step { script: SKILLS, then: None },
    Step { script: HIERARCHY, then: None },
    Step { script: SEALED, then: Some(seal::seal) },
];

/// A migration from one format to the next.
struct Step {
    script: &'static str,
    /// What to do with the rows after the script.
    then: Option<Work>,
}

type Work = fn(&Connection) -> Result<(), StoreError>;

/// `PRAGMA application_id` of every store since format 4: "Cnvk" in ASCII. It distinguishes a store from the databases
/// of other programs (<https://www.sqlite.org/pragma.html#pragma_application_id>).
pub(crate) const APPLICATION_ID: i32 = 0x436e_766b;

/// The newest format that has no application id.
pub(crate) const LAST_WITHOUT_ID: i64 = 3;

const FOUNDING: &str = "
    CREATE TABLE organisations (
        number INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        head INTEGER NOT NULL,
        tables_head INTEGER NOT NULL,
        record TEXT NOT NULL
    );
    CREATE TABLE roles (
        organisation INTEGER NOT NULL, id BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
    CREATE TABLE clients (
        organisation INTEGER NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
    CREATE TABLE people (
        organisation INTEGER NOT NULL, id BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
    CREATE TABLE groups (
        organisation INTEGER NOT NULL, id BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
    CREATE TABLE stamps (
        organisation INTEGER NOT NULL, group_id BLOB NOT NULL,
        version INTEGER NOT NULL, modified INTEGER NOT NULL,
        PRIMARY KEY (organisation, group_id)
    ) WITHOUT ROWID;
    CREATE TABLE individuals (
        organisation INTEGER NOT NULL, group_id BLOB NOT NULL, person BLOB NOT NULL,
        PRIMARY KEY (organisation, group_id, person)
    ) WITHOUT ROWID;
    CREATE TABLE log (
        organisation INTEGER NOT NULL, seq INTEGER NOT NULL,
        at INTEGER NOT NULL, client TEXT, changes TEXT NOT NULL,
        PRIMARY KEY (organisation, seq)
    ) WITHOUT ROWID;
    CREATE TABLE operations (
        organisation INTEGER NOT NULL, client TEXT NOT NULL, key TEXT NOT NULL,
        at INTEGER NOT NULL, fingerprint BLOB NOT NULL, subject TEXT NOT NULL,
        PRIMARY KEY (organisation, client, key)
    ) WITHOUT ROWID;
    CREATE INDEX operations_by_age ON operations (at);
    CREATE TABLE tokens (
        hash BLOB PRIMARY KEY,
        organisation INTEGER NOT NULL, client TEXT NOT NULL, expires INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX tokens_by_end ON tokens (expires);
    CREATE TABLE client_organisations (
        client TEXT PRIMARY KEY, organisation INTEGER NOT NULL
    ) WITHOUT ROWID;
";

/// There is no index by skill: only the deletion of a skill needs these rows, and it may scan the table.
const SKILLS: &str = "
    CREATE TABLE skills (
        organisation INTEGER NOT NULL, id BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
    CREATE TABLE held (
        organisation INTEGER NOT NULL, person BLOB NOT NULL, skill BLOB NOT NULL, proficiency REAL NOT NULL,
        PRIMARY KEY (organisation, person, skill)
    ) WITHOUT ROWID;
";

/// The index finds the rows in which a deleted group is the child. If a token is for a person, its `client` is a
/// connector and it has a generation. `client_organisations` contains the ids of connectors too.
const HIERARCHY: &str = "
    CREATE TABLE edges (
        organisation INTEGER NOT NULL, parent BLOB NOT NULL, child BLOB NOT NULL,
        PRIMARY KEY (organisation, parent, child)
    ) WITHOUT ROWID;
    CREATE INDEX edges_by_child ON edges (organisation, child);
    CREATE TABLE subscribers (
        organisation INTEGER NOT NULL, group_id BLOB NOT NULL, person BLOB NOT NULL,
        PRIMARY KEY (organisation, group_id, person)
    ) WITHOUT ROWID;
    CREATE TABLE connectors (
        organisation INTEGER NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
    ALTER TABLE tokens ADD COLUMN kind TEXT NOT NULL DEFAULT 'access';
    ALTER TABLE tokens ADD COLUMN person BLOB;
    ALTER TABLE tokens ADD COLUMN generation INTEGER;
    ALTER TABLE log ADD COLUMN person BLOB;
";

/// `store` has one row: the id of the store, a random number that no copy shares. It is written once, so that a power
/// failure never finds its page half written. `commits` has one row: the number of committed transactions. `digest` is
/// the sum of the checksums of all rows of an organisation at `tables_head`. `chain` is the checksum of an entry and
/// all entries before it; of the entries from before this format only the last has one. `former_owners` lists owners in
/// the record of a group who have left the group since. Without it, deleting a person who owns many groups would
/// rewrite all their records. A newly written record has no former owners.
const SEALED: &str = "
    PRAGMA application_id = 0x436e766b;
    CREATE TABLE store (lineage INTEGER NOT NULL);
    CREATE TABLE commits (n INTEGER NOT NULL);
    ALTER TABLE organisations ADD COLUMN digest BLOB;
    ALTER TABLE log ADD COLUMN chain BLOB;
    ALTER TABLE tokens ADD COLUMN sum BLOB;
    ALTER TABLE operations ADD COLUMN sum BLOB;
    CREATE TABLE former_owners (
        organisation INTEGER NOT NULL, group_id BLOB NOT NULL, person BLOB NOT NULL,
        PRIMARY KEY (organisation, group_id, person)
    ) WITHOUT ROWID;
";

/// The page cache of the writing connection, in KiB. Readers rely on the operating system's cache.
const WRITER_CACHE_KIB: i64 = 32 * 1024;
/// The write-ahead log is truncated to this size in bytes after a checkpoint.
const LOG_BYTES_KEPT: i64 = 16 * 1024 * 1024;

/// Configures the writing connection.
pub(crate) fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    // SQLite does not report when the sync of an automatic checkpoint fails, so the writing thread runs the
    // checkpoints.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    connection.set_prepared_statement_cache_capacity(64);
    keep_files(connection)
}

/// Ensures that the database is in WAL mode. If the disk fails, enabling it may fail without an error, and the
/// connection that tried still reports WAL. So `reader` must have been opened afterwards. In another journal mode a
/// power failure could undo a commit.
pub(crate) fn require_log(reader: &Connection, path: &Path) -> Result<(), StoreError> {
    // SQLite knows the mode only after a read.
    reader.query_row("SELECT count(*) FROM store", [], |row| row.get::<_, i64>(0))?;
    let mode: String = reader.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode == "wal" {
        return Ok(());
    }
    let error = format!("the write-ahead log cannot be turned on; the journal mode is {mode}");
    Err(StoreError::file(path, std::io::Error::other(error)))
}

/// A read-only connection. SQLite need not lock it, because a `Connection` is in one thread at a time.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    keep_files(&connection)?;
    Ok(connection)
}

/// Keeps the write-ahead log (emptied) and its index when the last connection closes. On a full disk they could not be
/// created again, and then the store could not be read.
fn keep_files(connection: &Connection) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(())
}

/// Whether the database has an older format.
pub(crate) fn is_older(connection: &Connection) -> Result<bool, StoreError> {
    let known = MIGRATIONS.len() as i64;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > known { Err(StoreError::Newer { found, known }) } else { Ok(found < known) }
}

/// Migrates the tables to the newest format, each step in a transaction of its own.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = MIGRATIONS.len() as i64;
    loop {
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if found > known {
            return Err(StoreError::Newer { found, known });
        }
        let Some(step) = usize::try_from(found).ok().and_then(|found| MIGRATIONS.get(found)) else {
            return Ok(());
        };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        transaction.execute_batch(step.script)?;
        if let Some(then) = step.then {
            then(&transaction)?;
        }
        transaction.pragma_update(None, "user_version", found + 1)?;
        transaction.commit()?;
    }
}

/// An upper bound for the number of commits; a larger number is damage.
const MAX_COMMITS: i64 = 1 << 62;

/// The id of the store, and its number of commits.
pub(crate) fn head(connection: &Connection) -> Result<Head, StoreError> {
    let head = connection.query_row("SELECT lineage, n FROM store, commits", [], |row| {
        Ok(Head { lineage: row.get(0)?, commits: row.get(1)? })
    })?;
    match head.commits {
        0..MAX_COMMITS => Ok(head),
        n => Err(StoreError::Damaged(format!("its number of commits is {n}"))),
    }
}

/// Gives a copy a new id, so that it counts as another store.
pub(crate) fn renew_lineage(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("UPDATE store SET lineage = ?1", [random()?])?;
    Ok(())
}

fn random() -> Result<i64, StoreError> {
    let random = getrandom::u64().map_err(|error| StoreError::file("random numbers", std::io::Error::other(error)))?;
    Ok(random.cast_signed())
}

/// Compares the schema in the database with the one that the migrations create, to find damage.
pub(crate) fn check(connection: &Connection) -> Result<(), StoreError> {
    let mut made = Connection::open_in_memory()?;
    migrate(&mut made)?;
    let mut expected = made.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema")?;
    let mut rows = expected.query([])?;
    while let Some(row) = rows.next()? {
        let said = connection.query_row(
            "SELECT count(*) FROM sqlite_schema WHERE type = ?1 AND name = ?2 AND tbl_name = ?3 AND sql IS ?4",
            values::<4>(row)?.map(ToSqlOutput::Borrowed),
            |row| row.get::<_, i64>(0),
        )?;
        if said != 1 {
            return Err(StoreError::Damaged(format!(
                "the description of {} is not what it was",
                row.get::<_, String>(1)?
            )));
        }
    }
    Ok(())
}
