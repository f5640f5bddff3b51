//! The tables, and how they came to be what they are.

mod seal;

use crate::StoreError;
use crate::sqlite::chain::values;
use crate::sqlite::head::Head;
use rusqlite::config::DbConfig;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// Each step makes the next format out of the one before. A step that was released is never
/// changed. Everything of an organisation is keyed by its number first. `head` is how many entries
/// the log has; `tables_head`, up to which of them the tables of [`crate::sqlite::state`] are current.
const MIGRATIONS: &[Step] = &[
    Step { script: FOUNDING, then: None },
    Step { script: SKILLS, then: None },
    Step { script: HIERARCHY, then: None },
    Step { script: SEALED, then: Some(seal::seal) },
];

/// What makes a format out of the one before.
struct Step {
    script: &'static str,
    /// What is done to the rows after the script.
    then: Option<Work>,
}

type Work = fn(&Connection) -> Result<(), StoreError>;

/// `PRAGMA application_id` of every store since format 4: "Cnvk" in ASCII. It tells a store from the databases of
/// other programs (<https://www.sqlite.org/pragma.html#pragma_application_id>).
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

/// No index finds who has a skill: only the deletion of a skill asks, and it may look at every row.
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

/// A group that is deleted may be beneath others: the index finds those rows. `client` of a token is
/// a connector where the token is for a person; only then has it a generation. `client_organisations`
/// has the ids of connectors as well.
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

/// `store` has one row: which store this is, by a random number that no copy has. It is written once, so that a power
/// failure never finds its page half written. `commits` has one row too: how many transactions were committed.
/// `digest` is the sum of the checksums of all rows that the state of an organisation has at `tables_head`. `chain` is
/// the checksum of an entry and of all before it; of the entries from before this format only the last has one.
/// `former_owners` has the people who are owners in the record of a group, and left the group since. Without it each
/// record would be written again when someone who owns many groups leaves them. A record that is written has no former
/// owners.
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

/// KiB of pages that the writing connection keeps; the reading ones lean on the system's cache.
const WRITER_CACHE_KIB: i64 = 32 * 1024;
/// What the file of the write-ahead log is cut to once it is carried over.
const LOG_BYTES_KEPT: i64 = 16 * 1024 * 1024;

/// Sets up the connection that writes.
pub(crate) fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    // SQLite would not tell when its own checkpoint could not sync the database; the writing thread makes them.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    connection.set_prepared_statement_cache_capacity(64);
    keep_files(connection)
}

/// Makes sure that the database has a write-ahead log. Turning it on may fail without an error where the disk fails, and
/// the connection that tried believes that it is on; this one must have been opened after it. In another journal mode
/// a power failure could undo a commit.
pub(crate) fn require_log(reader: &Connection, path: &Path) -> Result<(), StoreError> {
    // The mode is known once something was read.
    reader.query_row("SELECT count(*) FROM store", [], |row| row.get::<_, i64>(0))?;
    let mode: String = reader.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode == "wal" {
        return Ok(());
    }
    let error = format!("the write-ahead log cannot be turned on; the journal mode is {mode}");
    Err(StoreError::file(path, std::io::Error::other(error)))
}

/// A connection that only reads.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    keep_files(&connection)?;
    Ok(connection)
}

/// Has the write-ahead log, emptied, and its index stay when the last connection is closed: on a full disk they could
/// not be made again, and then nothing could be read.
fn keep_files(connection: &Connection) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(())
}

/// Whether a step is left to the newest format.
pub(crate) fn is_older(connection: &Connection) -> Result<bool, StoreError> {
    let known = MIGRATIONS.len() as i64;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > known { Err(StoreError::Newer { found, known }) } else { Ok(found < known) }
}

/// Brings the tables to the newest format, each step in a transaction of its own.
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

/// No store ever has so many commits.
const MAX_COMMITS: i64 = 1 << 62;

/// Which store this is, and how many commits it has.
pub(crate) fn head(connection: &Connection) -> Result<Head, StoreError> {
    let head = connection.query_row("SELECT lineage, n FROM store, commits", [], |row| {
        Ok(Head { lineage: row.get(0)?, commits: row.get(1)? })
    })?;
    match head.commits {
        0..MAX_COMMITS => Ok(head),
        n => Err(StoreError::Damaged(format!("its number of commits is {n}"))),
    }
}

/// Makes this a store of its own: a copy is another store from then on.
pub(crate) fn renew_lineage(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("UPDATE store SET lineage = ?1", [random()?])?;
    Ok(())
}

fn random() -> Result<i64, StoreError> {
    let random = getrandom::u64().map_err(|error| StoreError::file("random numbers", std::io::Error::other(error)))?;
    Ok(random.cast_signed())
}

/// Compares what the database says of its tables with what the steps make, for damage.
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
