//! Where directories are kept: an append-only log of changes, and tables of the current state that
//! follow it. Knows changes, never HTTP; every rule is elsewhere.
//!
//! One thread owns the connection that writes, and puts what waits for it into one transaction:
//! that is the group commit. Nothing is answered before its transaction is on the disk.

mod backup;
mod error;
mod load;
mod place;
mod record;
mod schema;
mod tables;
mod tail;
mod token;
mod writer;

pub use backup::{BackupFolder, rename_durably};
use convoke_core::{Actor, Change, ClientId, OrganisationId, Records, Subject, Timestamp};
pub use error::StoreError;
pub use load::Snapshot;
use place::Place;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
pub use token::{Token, TokenKind};
use writer::{Work, Write, Writer};

/// The store of all organisations, on one SQLite database in WAL mode.
pub struct Store {
    path: PathBuf,
    writer: Writer,
    /// Reads what requests need between commits; never holds a transaction open.
    reader: Mutex<Connection>,
    /// Held while this store is open: one process, one store. Dropped last: closing the file ends the locks that
    /// SQLite's connections hold on it.
    _place: Arc<Place>,
}

/// What several commands of one organisation came to, in order.
pub struct Batch {
    /// The organisation.
    pub organisation: OrganisationId,
    /// How many commands its log holds already; the batch is refused when that is not so.
    pub expected: u64,
    /// The commands.
    pub entries: Vec<Entry>,
}

/// What one command came to.
pub struct Entry {
    /// When it was decided.
    pub at: Timestamp,
    /// Who asked, if anyone did.
    pub actor: Option<Actor>,
    /// The changes. A command without any makes no row in the log, and takes no number.
    pub changes: Vec<Change>,
    /// How the command is known if it comes again.
    pub operation: Option<Operation>,
}

/// A command's own id, given by its client or connector, and what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The client or connector.
    pub client: ClientId,
    /// The id.
    pub key: String,
    /// A digest of the request: the same id with another request is refused.
    pub fingerprint: [u8; 32],
    /// What the reply was about.
    pub subject: Subject,
}

/// One organisation as the tables hold it.
pub struct Loaded {
    /// Its records.
    pub records: Records,
    /// How many commands its log holds.
    pub head: u64,
}

impl Store {
    /// Opens the store in this file, and makes it if there is none.
    ///
    /// # Errors
    ///
    /// When another process has it open, a newer program made it, or it cannot be read and written.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let place = Arc::new(Place::open(path)?);
        let path = place.path.clone();
        let mut connection = Connection::open(&path)?;
        schema::configure(&connection)?;
        schema::migrate(&mut connection)?;
        // SQLite has made its files by now, and does not tell when this fails.
        place::sync_folder(place::folder_of(&path))?;
        backup::sweep(place::folder_of(&path));
        let reader = Mutex::new(schema::open_reader(&path)?);
        Ok(Store { writer: Writer::start(connection, path.clone())?, path, reader, _place: place })
    }

    /// Reads the whole database for damage; seconds for a large one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`], with what SQLite found.
    pub fn check(path: &Path) -> Result<(), StoreError> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found == "ok" { Ok(()) } else { Err(StoreError::Damaged(found)) }
    }

    /// The file that the store is in.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every organisation as the tables hold it, in the order in which they were founded.
    ///
    /// # Errors
    ///
    /// When a table cannot be read, or holds what no record can be made of.
    pub async fn load(&self) -> Result<Vec<Loaded>, StoreError> {
        let snapshot = self.snapshot().await?;
        snapshot.organisations()?.into_iter().map(|id| snapshot.load(id)).collect()
    }

    /// The state after everything that was asked to be written before, to read at leisure while
    /// writing goes on.
    ///
    /// # Errors
    ///
    /// When the tables cannot be brought up to date, or the database cannot be opened.
    pub fn snapshot(&self) -> impl Future<Output = Result<Snapshot, StoreError>> + Send + use<> {
        self.writer.run(Work::Snapshot)
    }

    /// Writes a batch, in its turn: the call queues it, and when the future is done it is on the
    /// disk, or nothing of it is.
    ///
    /// # Errors
    ///
    /// Nothing was written then. Where the outcome of a write is not known there is no answer: the
    /// process ends, with exit code 74.
    pub fn commit(&self, batch: Batch) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        self.write(Write::Batch(batch))
    }

    /// Keeps a token.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn put_token(&self, token: Token) -> Result<(), StoreError> {
        self.write(Write::Token(token)).await
    }

    /// Forgets a token, by its hash.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn delete_token(&self, hash: [u8; 32]) -> Result<(), StoreError> {
        self.write(Write::TokenGone(hash)).await
    }

    /// Forgets tokens that ended before `now`, and operations made before `operations_since`.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn sweep(&self, now: Timestamp, operations_since: Timestamp) -> Result<(), StoreError> {
        self.write(Write::Sweep { now, operations_since }).await
    }

    /// The token of this kind with this hash.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn token(&self, hash: &[u8; 32], kind: TokenKind) -> Result<Option<Token>, StoreError> {
        token::find(&self.reader(), hash, kind)
    }

    /// The organisation that the client or connector belongs to.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn organisation_of(&self, client: &ClientId) -> Result<Option<OrganisationId>, StoreError> {
        tables::organisation_of(&self.reader(), client)
    }

    /// The operation that this client or connector did under this key since the moment given.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn operation(
        &self,
        organisation: OrganisationId,
        client: &ClientId,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<Operation>, StoreError> {
        tables::operation(&self.reader(), organisation, client, key, since)
    }

    /// What the writing connection says of itself: journal mode, synchronous level, SQLite version.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn settings(&self) -> Result<(String, i64, String), StoreError> {
        self.writer.run(Work::Settings).await
    }

    fn write(&self, write: Write) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        self.writer.run(|reply| Work::Write(write, reply))
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        // The connection holds no state of ours that a panic could leave half-made.
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a file is opened that, where it is made, is its owner's alone.
fn private_file() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn optional<T>(result: rusqlite::Result<T>) -> Result<Option<T>, StoreError> {
    Ok(result.optional()?)
}
