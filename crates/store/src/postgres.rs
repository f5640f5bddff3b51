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
mod tables;
mod tls;

use crate::chain::Chain;
use crate::sqlite::Missing;
use crate::turn::InTurn;
use crate::{
    Batch, Loaded, LogPart, Measures, News, OperationKey, Operations, Snapshot, StoreError, Token, TokenKind, Turn,
    Writes, blocking,
};
pub use address::{AddressError, PostgresAddress};
use commit::{Commit, Moved};
use connection::{COMMIT_TIME, Connection, Connector, Durability, in_flight};
use convoke_core::{ClientId, OrganisationId, Timestamp};
use error::{Failure, of_opening};
use hints::Hints;
use load::PostgresSnapshot;
use look_up::End;
use pool::{Lease, Pool};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tables::Followed;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

/// The number of connections for look-ups.
const READS: usize = 8;
/// The number of connections for commits, and so of organisations that are written at once.
const COMMITS: usize = 16;
/// How long a commit is tried, or its outcome asked for.
const RETRY_TIME: Duration = Duration::from_secs(10);
/// The number of entries, and the size of their changes in bytes, after which the tables follow the log.
const WAITING: (usize, usize) = (4096, 4 * 1024 * 1024);
/// How often the tables follow what is less than that.
const FOLLOW_TIME: Duration = Duration::from_secs(60);

/// A store in a PostgreSQL database.
pub struct Postgres {
    shared: Arc<Shared>,
    tasks: [AbortHandle; 2],
}

struct Shared {
    address: PostgresAddress,
    connector: Arc<Connector>,
    reads: Arc<Pool>,
    commits: Arc<Pool>,
    hints: Arc<Hints>,
    measures: Measures,
    writes: AtomicU8,
    /// The ends of the logs, as this process knows them.
    ends: Mutex<HashMap<OrganisationId, End>>,
    /// What this process committed since the tables followed: entries and bytes.
    waiting: Mutex<HashMap<OrganisationId, (usize, usize)>>,
    follow_now: Notify,
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
        Ok(Postgres { shared, tasks: [hinting.abort_handle(), following.abort_handle()] })
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
        let number = usize::from(self.shared.writes.load(Ordering::Relaxed));
        Writes::ALL.get(number).copied().unwrap_or(Writes::Taken)
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
        let (connection, _) = self.shared.connector.connect().await?;
        Ok(PostgresSnapshot::begin(connection).await?.into())
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
        match &news {
            Ok(_) => self.shared.note(Writes::Taken),
            Err(_) => {
                self.shared.note(Writes::Locked);
                self.shared.commits.clear();
            }
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

impl Shared {
    /// Commits a batch, and tries again until its outcome is known or the time is over. Trying again is safe: the head
    /// moves once, and the log shows whose batch moved it.
    async fn commit(&self, batch: Batch, mut turn: Option<Lease>) -> Result<(), StoreError> {
        let began = Instant::now();
        let organisation = batch.organisation;
        let before = match self.known(organisation, batch.expected) {
            Some(chain) => chain,
            None => {
                let look_up = |mut lease: Lease| async move {
                    let found = look_up::chain_at(&mut lease, organisation, batch.expected).await;
                    (lease, found)
                };
                self.reads.look_up(look_up).await?.ok_or(StoreError::Lost)?
            }
        };
        let commit = Commit::new(&batch, before)?;
        let mut is_unknown = false;
        loop {
            match self.attempt(&commit, turn.take(), is_unknown).await {
                Ok(Moved::Yes) => break,
                Ok(Moved::No) => return Err(StoreError::Lost),
                Err(Attempt::Failed(error)) => {
                    self.note_error(&error);
                    return Err(error);
                }
                Err(Attempt::Again { is_unknown: unknown, why }) => {
                    is_unknown |= unknown;
                    tracing::warn!(%organisation, "a commit is tried again: {why}");
                }
            }
            self.commits.clear();
            if began.elapsed() >= RETRY_TIME {
                self.note(Writes::Locked);
                return Err(StoreError::Unavailable);
            }
            // Many processes that lost the same server do not come back at the same moment.
            sleep(Duration::from_millis(fastrand::u64(50..150))).await;
        }
        self.note(Writes::Taken);
        self.measures.seconds.observe(began.elapsed().as_secs_f64());
        self.measures.commands.observe(batch.entries.len() as f64);
        self.note_end(organisation, commit.end());
        self.hints.tell.notify_one();
        self.note_waiting(organisation, batch.entries.len(), commit.bytes());
        Ok(())
    }

    async fn attempt(&self, commit: &Commit, turn: Option<Lease>, is_unknown: bool) -> Result<Moved, Attempt> {
        let (mut lease, in_turn) = match turn {
            Some(lease) => (lease, InTurn::Yes),
            None => (self.commits.lease().await.map_err(Attempt::before)?, InTurn::No),
        };
        // Beyond the deadline of each reply, so that no sum of them takes longer.
        let writing = timeout(COMMIT_TIME * 2, commit.write(&mut lease, in_turn));
        let moved = writing.await.unwrap_or_else(|_| Err(Failure::Unknown("a commit took too long".into())));
        let moved = moved.map_err(Attempt::of)?.map_err(Attempt::Failed)?;
        // An earlier attempt may have moved the head.
        let moved = match moved {
            Moved::No if is_unknown && commit.is_written(&mut lease).await.map_err(Attempt::of)? => Moved::Yes,
            moved => moved,
        };
        lease.give_back();
        Ok(moved)
    }

    /// Runs a write that may be done twice, until its outcome is known or the time is over.
    async fn write<F: Future<Output = (Lease, Result<(), Failure>)>>(
        &self,
        write: impl Fn(Lease) -> F,
    ) -> Result<(), StoreError> {
        let began = Instant::now();
        loop {
            let done = async {
                let lease = self.commits.lease().await?;
                lease.was_warned();
                let (lease, done) = write(lease).await;
                done?;
                if lease.was_warned() {
                    return Err(Failure::Transient("the database did not wait for its standby".into()));
                }
                lease.give_back();
                Ok(())
            };
            match done.await {
                Ok(()) => return Ok(()),
                Err(failure @ (Failure::Full | Failure::Refused(_) | Failure::Duplicate)) => {
                    let error = failure.into();
                    self.note_error(&error);
                    return Err(error);
                }
                Err(_) if began.elapsed() >= RETRY_TIME => return Err(StoreError::Unavailable),
                Err(_) => self.commits.clear(),
            }
            sleep(Duration::from_millis(fastrand::u64(50..150))).await;
        }
    }

    fn known(&self, organisation: OrganisationId, head: u64) -> Option<Chain> {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.get(&organisation).filter(|(at, _)| *at == head).map(|(_, chain)| *chain)
    }

    fn note_end(&self, organisation: OrganisationId, end: End) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let known = ends.entry(organisation).or_insert(end);
        // A call that began earlier may end later.
        if known.0 < end.0 {
            *known = end;
        }
    }

    fn note_error(&self, error: &StoreError) {
        match error {
            StoreError::Full => self.note(Writes::Full),
            StoreError::Unavailable => self.note(Writes::Locked),
            _ => {}
        }
    }

    /// Updates the state that [`Postgres::writes`] returns.
    fn note(&self, now: Writes) {
        if self.writes.swap(now.number(), Ordering::Relaxed) == now.number() {
            return;
        }
        match now {
            Writes::Taken => tracing::info!("the database answers again"),
            Writes::Full => tracing::error!("writes are refused: no space is left on the disk of the database"),
            Writes::Locked => tracing::error!("writes are refused: the database {} does not answer", self.address),
        }
    }

    fn note_waiting(&self, organisation: OrganisationId, n_entries: usize, n_bytes: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let (entries, bytes) = waiting.entry(organisation).or_default();
        (*entries, *bytes) = (*entries + n_entries, *bytes + n_bytes);
        if *entries >= WAITING.0 || *bytes >= WAITING.1 {
            self.follow_now.notify_one();
        }
    }

    /// Brings the tables of an organisation to the end of its log, unless another process is doing it.
    async fn keep_tables_of(&self, organisation: OrganisationId) -> Result<(), StoreError> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&organisation);
        let mut lease = self.commits.lease().await?;
        while tables::follow(&mut lease, organisation).await?? == Followed::Part {}
        lease.give_back();
        Ok(())
    }
}

/// Why an attempt to commit did not succeed.
enum Attempt {
    /// It is to be tried again.
    Again {
        is_unknown: bool,
        why: String,
    },
    Failed(StoreError),
}

impl Attempt {
    fn of(failure: Failure) -> Self {
        match failure {
            Failure::Unknown(why) => Attempt::Again { is_unknown: true, why },
            Failure::Transient(why) | Failure::Standby(why) => Attempt::Again { is_unknown: false, why },
            other => Attempt::Failed(other.into()),
        }
    }

    /// The failure of something that came before the attempt.
    fn before(failure: Failure) -> Self {
        match failure {
            Failure::Refused(why) => Attempt::Again { is_unknown: false, why },
            other => match Attempt::of(other) {
                Attempt::Again { why, .. } => Attempt::Again { is_unknown: false, why },
                failed @ Attempt::Failed(_) => failed,
            },
        }
    }
}

/// Has the tables follow the logs until it is aborted.
async fn keep_tables(shared: Arc<Shared>) {
    loop {
        let is_full = timeout(FOLLOW_TIME, shared.follow_now.notified()).await.is_ok();
        let due: Vec<OrganisationId> = {
            let waiting = shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = |(entries, bytes): &(usize, usize)| !is_full || *entries >= WAITING.0 || *bytes >= WAITING.1;
            waiting.iter().filter(|(_, size)| is_due(size)).map(|(id, _)| *id).collect()
        };
        for organisation in due {
            if let Err(error) = shared.keep_tables_of(organisation).await {
                tracing::warn!(%organisation, %error, "the tables cannot follow the log now");
                shared.note_waiting(organisation, 1, 0);
                sleep(FOLLOW_TIME.min(Duration::from_secs(1))).await;
            }
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
