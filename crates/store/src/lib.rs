//! Where directories are kept: an append-only log of changes, and tables of the current state that
//! follow it. Knows changes, never HTTP; every rule is elsewhere.
//!
//! [`Store`] is what servers use, whatever the data is kept in. What only one kind of store can do is in the module of
//! that kind: [`sqlite`] has its files, backups and inspection.

mod error;
mod measures;
mod record;
pub mod sqlite;
mod token;
mod writes;

use convoke_core::{Actor, Change, ClientId, Directory, OrganisationId, Subject, Timestamp};
pub use error::StoreError;
pub use measures::Measures;
use sqlite::Sqlite;
pub use sqlite::load::Snapshot;
pub use sqlite::turns::Turn;
pub use token::{Token, TokenKind};
pub use writes::Writes;

/// The store of all organisations. Its calls wait without blocking the thread that they are made on.
pub enum Store {
    /// One SQLite database, which this process alone has open.
    Sqlite(Sqlite),
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

/// The client or connector of an operation, and the id that it gave.
pub type OperationKey = (ClientId, String);

/// What an organisation's log has behind an entry.
#[derive(Debug)]
pub struct Followed {
    /// The entry that this goes up to: the one that was asked for where there is none behind it.
    pub head: u64,
    /// The changes of the entries up to there, in order.
    pub changes: Vec<Change>,
}

/// Operations, as the store had them at one entry of an organisation's log.
#[derive(Debug)]
pub struct Operations {
    /// How many entries the log has.
    pub head: u64,
    /// Those of the operations asked for that were done.
    pub done: Vec<Operation>,
}

/// One organisation, loaded.
pub struct Loaded {
    /// Its directory.
    pub directory: Directory,
    /// How many commands its log holds.
    pub head: u64,
    /// What is wrong with the tables. The directory is made from the log then.
    pub damage: Option<String>,
}

impl Store {
    /// What is measured of commits.
    pub fn measures(&self) -> &Measures {
        match self {
            Store::Sqlite(store) => store.measures(),
        }
    }

    /// Whether writes are taken, as far as the last one tells. Those that are refused are tried again once a second.
    pub fn writes(&self) -> Writes {
        match self {
            Store::Sqlite(store) => store.writes(),
        }
    }

    /// Every organisation, in the order in which they were founded. Nothing is written: [`Store::repair`] does that,
    /// once the log is known to be sound.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or a log is damaged.
    pub async fn load(&self) -> Result<Vec<Loaded>, StoreError> {
        match self {
            Store::Sqlite(store) => store.load().await,
        }
    }

    /// Makes again what [`Store::load`] found damaged, from what it loaded: tables of organisations, and the table of
    /// sign-in names. Nothing may have been written since. What cannot be written now is left to the next start.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn repair(&self, loaded: &[Loaded]) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.repair(loaded).await,
        }
    }

    /// The state after everything that was asked to be written before, to read while writing goes on. Reading it
    /// blocks: that is for a thread that may.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        match self {
            Store::Sqlite(store) => store.snapshot().await,
        }
    }

    /// Writes a batch: when the future is done it is on the disk, or nothing of it is.
    ///
    /// # Errors
    ///
    /// Nothing was written then. [`StoreError::Lost`] when the organisation's log does not end where the batch
    /// expects: take the [`Store::turn`], [`Store::follow`] the log, decide the commands again, and
    /// [`Store::commit_in_turn`]. Where the outcome of a write is not known there is no answer: the process ends, with
    /// exit code 74.
    pub async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.commit(batch).await,
        }
    }

    /// Waits until no other writer is about to commit to the organisation's log, and keeps it so until the turn is used
    /// or dropped: who has lost a race does not lose the next. A store with several processes locks the row of the
    /// organisation's head for this.
    ///
    /// # Errors
    ///
    /// When the store cannot be asked.
    pub async fn turn(&self, organisation: OrganisationId) -> Result<Turn, StoreError> {
        match self {
            Store::Sqlite(store) => Ok(store.turn(organisation).await),
        }
    }

    /// Writes a batch as [`Store::commit`] does, in a turn of its organisation.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn commit_in_turn(&self, batch: Batch, turn: Turn) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.commit_in_turn(batch, turn).await,
        }
    }

    /// What an organisation's log has behind the entry `after`, or the beginning of that. Who wants all of it asks
    /// again until the head stays.
    ///
    /// # Errors
    ///
    /// When the log cannot be read, is damaged, or has no entry `after`.
    pub async fn follow(&self, organisation: OrganisationId, after: u64) -> Result<Followed, StoreError> {
        match self {
            Store::Sqlite(store) => store.follow(organisation, after).await,
        }
    }

    /// Which of these operations were done since the moment given, and the head of the organisation's log: whatever
    /// they came to is in the log up to there.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub async fn operations(
        &self,
        organisation: OrganisationId,
        keys: Vec<OperationKey>,
        since: Timestamp,
    ) -> Result<Operations, StoreError> {
        match self {
            Store::Sqlite(store) => store.operations(organisation, keys, since).await,
        }
    }

    /// The token of this kind with this hash.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn token(&self, hash: [u8; 32], kind: TokenKind) -> Result<Option<Token>, StoreError> {
        match self {
            Store::Sqlite(store) => store.token(hash, kind).await,
        }
    }

    /// The organisation that the client or connector belongs to.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn organisation_of(&self, client: &ClientId) -> Result<Option<OrganisationId>, StoreError> {
        match self {
            Store::Sqlite(store) => store.organisation_of(client).await,
        }
    }

    /// Keeps a token.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`], but for [`StoreError::Lost`].
    pub async fn put_token(&self, token: Token) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.put_token(token).await,
        }
    }

    /// Forgets a token, by its hash.
    ///
    /// # Errors
    ///
    /// As [`Store::put_token`].
    pub async fn delete_token(&self, hash: [u8; 32]) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.delete_token(hash).await,
        }
    }

    /// Forgets tokens that ended before `now`, and operations made before `operations_since`.
    ///
    /// # Errors
    ///
    /// As [`Store::put_token`].
    pub async fn sweep(&self, now: Timestamp, operations_since: Timestamp) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.sweep(now, operations_since).await,
        }
    }
}
