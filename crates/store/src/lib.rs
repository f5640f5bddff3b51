//! Persistent storage of directories: an append-only log of changes, and tables of the current state, which follow the
//! log. The store knows the changes of `convoke_core`. It knows neither HTTP nor the rules of a directory.
//!
//! [`Store`] is the interface that servers use; it is the same for every database. Operations that only one database
//! has are in its module: [`sqlite`] has files, backups and inspection, [`postgres`] has addresses.

mod callers;
mod chain;
mod error;
mod measures;
pub mod postgres;
mod record;
mod rows;
mod snapshot;
pub mod sqlite;
mod table;
mod token;
mod turn;
mod value;
mod writes;

use convoke_core::{Actor, Change, ClientId, Directory, OrganisationId, Subject, Timestamp};
pub use error::StoreError;
pub use measures::Measures;
use postgres::Postgres;
pub use snapshot::Snapshot;
use sqlite::Sqlite;
use std::time::Duration;
pub use token::{Token, TokenKind};
pub use turn::Turn;
use turn::TurnOf;
pub use writes::Writes;

/// The store of all organisations. Its calls are async and do not block the thread of the caller. The futures of
/// PostgreSQL's calls are boxed, because they are large, and a request's future would have room for them with SQLite too.
pub enum Store {
    /// One SQLite database. Only this process has it open.
    Sqlite(Sqlite),
    /// A PostgreSQL database, which several processes may have open.
    Postgres(Postgres),
}

/// What to do if there is no store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// Create one.
    #[default]
    Make,
    /// Create nothing, and return an error.
    Refuse,
}

/// The results of several commands of one organisation, in the order of the commands.
pub struct Batch {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The expected number of entries in the organisation's log. If the log has another number, the batch is refused
    /// with [`StoreError::Lost`].
    pub expected: u64,
    /// One entry for each command.
    pub entries: Vec<Entry>,
}

/// The result of one command.
pub struct Entry {
    /// When the command was decided.
    pub at: Timestamp,
    /// The caller, or none for a command of the server itself.
    pub actor: Option<Actor>,
    /// The changes. A command without changes gets no row in the log and no number.
    pub changes: Vec<Change>,
    /// The idempotency key of the command, with what a repetition needs.
    pub operation: Option<Operation>,
}

/// An idempotency key, given by a client or connector, and the result of the command that had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The client or connector.
    pub client: ClientId,
    /// The idempotency key.
    pub key: String,
    /// A digest of the request. The same key with another request is refused.
    pub fingerprint: [u8; 32],
    /// What the reply shows.
    pub subject: Subject,
}

/// A client or connector, and an idempotency key that it gave.
pub type OperationKey = (ClientId, String);

/// The part of an organisation's log after a given entry.
#[derive(Debug)]
pub struct LogPart {
    /// The last entry of this part. If there is no newer entry, it is the given one.
    pub head: u64,
    /// The changes of all entries of this part, in order.
    pub changes: Vec<Change>,
}

/// Operations, and the head of the organisation's log at the moment when they were read.
#[derive(Debug)]
pub struct Operations {
    /// The number of entries in the log.
    pub head: u64,
    /// Those of the requested operations that the store has.
    pub done: Vec<Operation>,
}

/// What other processes did, as far as it concerns this one.
#[derive(Debug)]
pub struct News {
    /// The number of entries in the log of each organisation.
    pub heads: Vec<(OrganisationId, u64)>,
    /// The hashes of tokens that were revoked not long ago.
    pub revoked: Vec<[u8; 32]>,
    /// Who heard no news for longer than this may have missed a revocation.
    pub revoked_within: Duration,
}

/// One organisation, as loaded from the store.
pub struct Loaded {
    /// Its directory.
    pub directory: Directory,
    /// The number of entries in its log.
    pub head: u64,
    /// What is wrong with the tables, if anything. The directory was then built from the log alone.
    pub damage: Option<String>,
}

impl Store {
    /// The metrics of commits.
    pub fn measures(&self) -> &Measures {
        match self {
            Store::Sqlite(store) => store.measures(),
            Store::Postgres(store) => store.measures(),
        }
    }

    /// Whether the last write succeeded. After a failed write the store tries again once a second.
    pub fn writes(&self) -> Writes {
        match self {
            Store::Sqlite(store) => store.writes(),
            Store::Postgres(store) => store.writes(),
        }
    }

    /// Loads every organisation, in the order of their creation. Writes nothing: [`Store::repair`] does, once the log
    /// is known to be sound.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or a log is damaged.
    pub async fn load(&self) -> Result<Vec<Loaded>, StoreError> {
        match self {
            Store::Sqlite(store) => store.load().await,
            Store::Postgres(store) => Box::pin(store.load()).await,
        }
    }

    /// The ids of all organisations, in the order of their creation.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn organisations(&self) -> Result<Vec<OrganisationId>, StoreError> {
        let snapshot = self.snapshot().await?;
        blocking(move || snapshot.organisations()).await
    }

    /// Loads one organisation, which must exist.
    ///
    /// # Errors
    ///
    /// As [`Store::load`].
    pub async fn load_organisation(&self, id: OrganisationId) -> Result<Loaded, StoreError> {
        if let Store::Postgres(store) = self {
            store.forget_end(id);
        }
        let snapshot = self.snapshot().await?;
        blocking(move || snapshot.load(id)).await
    }

    /// Begins to check the whole store for damage, beside everything else, and holds back all writes until it has ended.
    /// Damage that the store can tolerate, such as that of a token, is logged. PostgreSQL checks its files itself.
    pub fn check_beside(&self) {
        match self {
            Store::Sqlite(store) => store.check_beside(),
            Store::Postgres(_) => {}
        }
    }

    /// Waits until writes are not held back by [`Store::check_beside`].
    ///
    /// # Errors
    ///
    /// When the store is damaged.
    pub async fn checked(&self) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.checked().await,
            Store::Postgres(_) => Ok(()),
        }
    }

    /// Waits for [`Store::check_beside`] to find damage. Never returns if there is none.
    pub async fn damage(&self) -> StoreError {
        match self {
            Store::Sqlite(store) => store.damage().await,
            Store::Postgres(_) => std::future::pending().await,
        }
    }

    /// Rebuilds what [`Store::load`] found damaged, from what it loaded: the tables of organisations, and the table of
    /// client ids. Nothing may be written between the two calls. A table that cannot be written now is rebuilt at the
    /// next start.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn repair(&self, loaded: &[Loaded]) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.repair(loaded).await,
            Store::Postgres(store) => Box::pin(store.repair(loaded)).await,
        }
    }

    /// A snapshot of the state after all writes that were requested before. Writes continue while it is read. Its
    /// methods block, so call them only on a thread that may block.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        match self {
            Store::Sqlite(store) => store.snapshot().await,
            Store::Postgres(store) => Box::pin(store.snapshot()).await,
        }
    }

    /// Commits a batch. When the future resolves without an error, the batch is on the disk.
    ///
    /// # Errors
    ///
    /// When nothing was written. [`StoreError::Lost`] means that the organisation's log does not end where the batch
    /// expects. The caller then takes the [`Store::turn`], reads the new entries by [`Store::follow`], decides the
    /// commands again, and calls [`Store::commit_in_turn`]. If the outcome of a write is unknown, the process exits
    /// with code 74 with SQLite. With PostgreSQL the log is asked; only if no database answers in time, this is
    /// [`StoreError::Unavailable`], and the batch may have been written.
    pub async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.commit(batch).await,
            Store::Postgres(store) => Box::pin(store.commit(batch)).await,
        }
    }

    /// Waits for the turn to commit to the organisation's log. No other writer commits to it until the turn is used or
    /// dropped, so a writer that lost one race cannot lose the next. A store that several processes share locks the row
    /// of the organisation's head for this.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn turn(&self, organisation: OrganisationId) -> Result<Turn, StoreError> {
        match self {
            Store::Sqlite(store) => Ok(store.turn(organisation).await.into()),
            Store::Postgres(store) => Box::pin(store.turn(organisation)).await,
        }
    }

    /// Commits a batch as [`Store::commit`] does, in the turn of its organisation.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn commit_in_turn(&self, batch: Batch, turn: Turn) -> Result<(), StoreError> {
        match (self, turn.0) {
            (Store::Sqlite(store), TurnOf::Sqlite(turn)) => store.commit_in_turn(batch, turn).await,
            (Store::Postgres(store), TurnOf::Postgres(turn)) => Box::pin(store.commit_in_turn(batch, *turn)).await,
            _ => Err(StoreError::Failed("the turn is of another store".into())),
        }
    }

    /// The entries of an organisation's log after the entry `after`, or the first of them. To read all, call this again
    /// until the head no longer changes.
    ///
    /// # Errors
    ///
    /// When the log cannot be read, is damaged, or has no entry `after`.
    pub async fn follow(&self, organisation: OrganisationId, after: u64) -> Result<LogPart, StoreError> {
        match self {
            Store::Sqlite(store) => store.follow(organisation, after).await,
            Store::Postgres(store) => Box::pin(store.follow(organisation, after)).await,
        }
    }

    /// Those of these operations that were done since the given time, and the head of the organisation's log. The
    /// changes of the operations are in the log up to that head.
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
            Store::Postgres(store) => Box::pin(store.operations(organisation, keys, since)).await,
        }
    }

    /// The token of this kind with this hash.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn token(&self, hash: [u8; 32], kind: TokenKind) -> Result<Option<Token>, StoreError> {
        match self {
            Store::Sqlite(store) => store.token(hash, kind).await,
            Store::Postgres(store) => Box::pin(store.token(hash, kind)).await,
        }
    }

    /// The organisation that the client or connector belongs to.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn organisation_of(&self, client: &ClientId) -> Result<Option<OrganisationId>, StoreError> {
        match self {
            Store::Sqlite(store) => store.organisation_of(client).await,
            Store::Postgres(store) => Box::pin(store.organisation_of(client)).await,
        }
    }

    /// Stores a token.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`], except for [`StoreError::Lost`].
    pub async fn put_token(&self, token: Token) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.put_token(token).await,
            Store::Postgres(store) => Box::pin(store.put_token(token)).await,
        }
    }

    /// Deletes the token with this hash.
    ///
    /// # Errors
    ///
    /// As [`Store::put_token`].
    pub async fn delete_token(&self, hash: [u8; 32]) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.delete_token(hash).await,
            Store::Postgres(store) => Box::pin(store.delete_token(hash)).await,
        }
    }

    /// Deletes the tokens that expired before `now`, and the operations made before `operations_since`.
    ///
    /// # Errors
    ///
    /// As [`Store::put_token`].
    pub async fn sweep(&self, now: Timestamp, operations_since: Timestamp) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.sweep(now, operations_since).await,
            Store::Postgres(store) => Box::pin(store.sweep(now, operations_since)).await,
        }
    }

    /// Updates the tables to the end of the log. The store also does this by itself, from time to time.
    ///
    /// # Errors
    ///
    /// As [`Store::put_token`].
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.catch_up().await,
            Store::Postgres(store) => Box::pin(store.catch_up()).await,
        }
    }

    /// Whether other processes may have the store open, whose writes this one has to follow: [`Store::news`].
    pub fn is_shared(&self) -> bool {
        match self {
            Store::Sqlite(_) => false,
            Store::Postgres(_) => true,
        }
    }

    /// What other processes did: how far the logs of these organisations are, and which tokens were revoked. A store
    /// that only this process has open has no news.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn news(&self, organisations: &[OrganisationId]) -> Result<News, StoreError> {
        match self {
            Store::Sqlite(_) => Ok(News { heads: Vec::new(), revoked: Vec::new(), revoked_within: Duration::MAX }),
            Store::Postgres(store) => Box::pin(store.news(organisations)).await,
        }
    }

    /// Waits for a hint that there may be news. Hints may be lost, so nobody may rely on them.
    pub async fn hint(&self) {
        match self {
            Store::Sqlite(_) => std::future::pending().await,
            Store::Postgres(store) => Box::pin(store.hint()).await,
        }
    }
}

/// Runs a function that blocks.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_)) => Err(StoreError::Unavailable),
    }
}
