//! The store on a PostgreSQL database, which several processes may have open.
//!
//! Each process is a replica of the same logs. A commit is one statement; whether it was in time is decided by the row of
//! the log's head. Every call has a deadline, and an outcome that is not known is found out by asking the log.

mod address;
mod commit;
mod connection;
mod error;
mod hints;
pub(crate) mod load;
mod look_up;
mod pool;
mod schema;
mod shared;
mod tables;
mod tls;

use crate::{
    Batch, Loaded, LogPart, Measures, Missing, News, OperationKey, Operations, Snapshot, StoreError, Token, TokenKind,
    Turn, Writes, blocking,
};
pub use address::{AddressError, PostgresAddress};
use connection::{COMMIT_TIME, Connection, Connector, Durability, in_flight};
use convoke_core::{ClientId, OrganisationId, Timestamp};
use error::of_opening;
use load::PostgresSnapshot;
use pool::{Lease, Pool};
use shared::{Shared, keep_tables, probe};
use std::sync::atomic::AtomicU8;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, Semaphore};
use tokio::task::AbortHandle;

/// The number of connections for look-ups.
const READS: usize = 8;
/// The number of connections that read whole organisations, and so of organisations that are loaded at once.
const SNAPSHOTS: usize = 4;
/// The number of connections for commits, and so of organisations that are written at once.
const COMMITS: usize = 16;

/// A store in a PostgreSQL database.
pub struct Postgres {
    shared: Arc<Shared>,
    tasks: [AbortHandle; 3],
}

/// The turn to commit to an organisation's log: a transaction that has locked the row of the log's head.
pub(crate) struct PostgresTurn(Option<Lease>);

impl Postgres {
    /// Opens the store in this database, and creates or migrates its tables.
    ///
    /// # Errors
    ///
    /// In words that say what to do: when no host of the address takes writes, it is too old, the role or the database is
    /// refused, the role may not create tables, or a newer program made them.
    pub async fn open(address: &PostgresAddress, missing: Missing) -> Result<Self, StoreError> {
        let connector = Arc::new(Connector::new(address.clone())?);
        let (connection, durability) = connector.connect().await.map_err(of_opening)?;
        let database = address.hosts.first().and_then(|host| host.config.get_dbname()).unwrap_or_default();
        schema::migrate(&connection, database, missing).await?;
        if let Some(warning) = warning(&durability) {
            tracing::warn!("acknowledged changes can be lost: {warning}");
        }
        drop(connection);
        let shared = Arc::new(Shared {
            address: address.clone(),
            reads: Pool::new(connector.clone(), READS),
            commits: Pool::new(connector.clone(), COMMITS),
            snapshots: Arc::new(Semaphore::new(SNAPSHOTS)),
            connector: connector.clone(),
            hints: Arc::default(),
            measures: Measures::default(),
            writes: AtomicU8::new(0),
            ends: Mutex::default(),
            waiting: Mutex::default(),
            follow_now: Notify::new(),
        });
        let hinting = tokio::spawn(hints::run(connector, shared.hints.clone()));
        let following = tokio::spawn(keep_tables(shared.clone()));
        let probing = tokio::spawn(probe(shared.clone()));
        let tasks = [hinting, following, probing].map(|task| task.abort_handle());
        Ok(Postgres { shared, tasks })
    }

    /// The address, which has no password when it is shown.
    pub fn address(&self) -> &PostgresAddress {
        &self.shared.address
    }

    /// Updates the tables to the end of the log. The store also does this by itself, from time to time.
    ///
    /// # Errors
    ///
    /// When the database cannot be written to, or a log is damaged.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        let shared = &self.shared;
        let behind = shared.reads.look_up(|mut lease: Lease| async move {
            let sql =
                "SELECT organisation FROM organisations JOIN heads USING (organisation) WHERE tables_head <> head";
            let behind = lease.query(sql, &[]).await;
            (lease, behind)
        });
        for row in behind.await? {
            let organisation = OrganisationId(row.get(0));
            shared.keep_tables_of(organisation).await?;
        }
        Ok(())
    }

    pub(crate) fn measures(&self) -> &Measures {
        &self.shared.measures
    }

    pub(crate) fn writes(&self) -> Writes {
        self.shared.writes()
    }

    /// Forgets how long an organisation's log was, which is read again.
    pub(crate) fn forget_end(&self, organisation: OrganisationId) {
        self.shared.forget_end(organisation);
    }

    pub(crate) async fn load(&self) -> Result<Vec<Loaded>, StoreError> {
        let snapshot = self.snapshot().await?;
        blocking(move || snapshot.organisations()?.into_iter().map(|id| snapshot.load(id)).collect()).await
    }

    pub(crate) async fn repair(&self, loaded: &[Loaded]) -> Result<(), StoreError> {
        for Loaded { directory, head, damage } in loaded {
            let Some(damage) = damage else { continue };
            tracing::error!("{damage}; they are made again from the log, which is sound");
            let mut connection = self.shared.connector.connect().await?.0;
            let (id, records) = (directory.organisation().id, directory.records());
            if let Err(error) = tables::replace(&mut connection, id, &records, *head).await {
                tracing::warn!(%error, "damaged tables are not repaired yet; the next start tries again");
            }
        }
        Ok(())
    }

    pub(crate) async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let permit = self.shared.snapshots.clone().acquire_owned().await.map_err(|_| StoreError::Unavailable)?;
        let (connection, _) = self.shared.connector.connect().await?;
        Ok(PostgresSnapshot::begin(connection, permit).await?.into())
    }

    pub(crate) async fn turn(&self, organisation: OrganisationId) -> Result<Turn, StoreError> {
        const LOCK: &str = "SELECT head FROM heads WHERE organisation = $1 FOR UPDATE";
        let mut lease = self.shared.commits.lease().await?;
        lease.prepare(LOCK).await?;
        let connection: &Connection = &lease;
        let parameters: [connection::Parameter<'_>; 1] = [&organisation.0];
        let locked = connection.request(LOCK, &parameters, COMMIT_TIME);
        let [began, locked] = in_flight([connection.command("BEGIN", COMMIT_TIME), locked]).await;
        began?;
        locked?;
        Ok(PostgresTurn(Some(lease)).into())
    }

    pub(crate) async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.shared.commit(batch, None).await
    }

    pub(crate) async fn commit_in_turn(&self, batch: Batch, mut turn: PostgresTurn) -> Result<(), StoreError> {
        self.shared.commit(batch, turn.0.take()).await
    }

    pub(crate) async fn follow(&self, organisation: OrganisationId, after: u64) -> Result<LogPart, StoreError> {
        let known = self.shared.known(organisation, after);
        let followed = self.shared.reads.look_up(|mut lease: Lease| async move {
            let found = look_up::follow(&mut lease, organisation, after, known).await;
            (lease, found)
        });
        let (part, end) = followed.await??;
        self.shared.note_end(organisation, end);
        Ok(part)
    }

    pub(crate) async fn operations(
        &self,
        organisation: OrganisationId,
        keys: Vec<OperationKey>,
        since: Timestamp,
    ) -> Result<Operations, StoreError> {
        let keys = keys.as_slice();
        let found = self.shared.reads.look_up(|mut lease: Lease| async move {
            let found = look_up::operations(&mut lease, organisation, keys, since).await;
            (lease, found)
        });
        found.await?
    }

    pub(crate) async fn token(&self, hash: [u8; 32], kind: TokenKind) -> Result<Option<Token>, StoreError> {
        self.shared
            .reads
            .look_up(|mut lease: Lease| async move {
                let found = look_up::token(&mut lease, hash, kind).await;
                (lease, found)
            })
            .await
    }

    pub(crate) async fn organisation_of(&self, client: &ClientId) -> Result<Option<OrganisationId>, StoreError> {
        let found = self.shared.reads.look_up(|mut lease: Lease| async move {
            let found = look_up::organisation_of(&mut lease, client).await;
            (lease, found)
        });
        found.await
    }

    pub(crate) async fn put_token(&self, token: Token) -> Result<(), StoreError> {
        let token = &token;
        let put = |mut lease: Lease| async move {
            let done = look_up::put_token(&mut lease, token).await;
            (lease, done)
        };
        self.shared.write(put).await
    }

    pub(crate) async fn delete_token(&self, hash: [u8; 32]) -> Result<(), StoreError> {
        let delete = |mut lease: Lease| async move {
            let done = look_up::delete_token(&mut lease, hash).await;
            (lease, done)
        };
        self.shared.write(delete).await?;
        self.shared.hints.tell.notify_one();
        Ok(())
    }

    pub(crate) async fn sweep(&self, now: Timestamp, operations_since: Timestamp) -> Result<(), StoreError> {
        let sweep = |mut lease: Lease| async move {
            let found = look_up::sweep(&mut lease, now, operations_since).await;
            (lease, found)
        };
        self.shared.write(sweep).await
    }

    pub(crate) async fn news(&self, organisations: &[OrganisationId]) -> Result<News, StoreError> {
        let news = |mut lease: Lease| async move {
            let found = look_up::news(&mut lease, organisations).await;
            (lease, found)
        };
        let news = self.shared.reads.look_up(news).await;
        if news.is_err() {
            self.shared.note(Writes::Locked);
            self.shared.commits.clear();
        }
        news
    }

    pub(crate) async fn hint(&self) {
        self.shared.hints.told.notified().await;
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// An unused turn ends without a new connection.
impl Drop for PostgresTurn {
    fn drop(&mut self) {
        if let (Some(lease), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move {
                if lease.batch("ROLLBACK", COMMIT_TIME).await.is_ok() {
                    lease.give_back();
                }
            });
        }
    }
}

/// What may be lost with these settings of the server.
fn warning(durability: &Durability) -> Option<&'static str> {
    if !durability.is_synced {
        return Some("fsync or full_page_writes is off in the database, so a crash of its machine may damage it");
    }
    match (durability.synchronous_commit.as_str(), durability.has_standbys) {
        ("off", _) => Some("synchronous_commit is off in the database or for this role; turn it on"),
        ("local" | "remote_write", true) => Some(
            "synchronous_commit is local or remote_write, so a failover to a standby may lose the last ones; turn it on",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_warns_of_settings_that_lose_acknowledged_changes() {
        let with = |synchronous_commit: &str, has_standbys, is_synced| {
            let synchronous_commit = synchronous_commit.to_owned();
            warning(&Durability { synchronous_commit, has_standbys, is_synced }).is_some()
        };
        for (setting, alone, with_standby) in [
            ("off", true, true),
            ("local", false, true),
            ("remote_write", false, true),
            ("on", false, false),
            ("remote_apply", false, false),
        ] {
            assert_eq!((with(setting, false, true), with(setting, true, true)), (alone, with_standby), "{setting}");
        }
        assert!(with("on", false, false), "fsync is off");
    }
}
