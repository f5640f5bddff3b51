//! What the tasks of one process share: connections, what it knows of the logs, and commits whose outcome it finds out.

use crate::chain::Chain;
use crate::postgres::address::PostgresAddress;
use crate::postgres::commit::{Commit, Moved};
use crate::postgres::connection::{COMMIT_TIME, Connector};
use crate::postgres::error::Failure;
use crate::postgres::hints::Hints;
use crate::postgres::look_up::{self, End};
use crate::postgres::pool::{Lease, Pool};
use crate::postgres::tables::{self, Followed};
use crate::turn::InTurn;
use crate::{Batch, Measures, StoreError, Writes};
use convoke_core::OrganisationId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{sleep, timeout};

/// How long a commit is tried, or its outcome asked for.
const RETRY_TIME: Duration = Duration::from_secs(10);
/// How often writing is tried while writes are refused.
const PROBE_TIME: Duration = Duration::from_secs(1);
/// The number of entries, and the size of their changes in bytes, after which the tables follow the log.
const WAITING: (usize, usize) = (4096, 4 * 1024 * 1024);
/// How often the tables follow what is less than that.
const FOLLOW_TIME: Duration = Duration::from_secs(60);

/// What the tasks of one process share.
pub(crate) struct Shared {
    pub address: PostgresAddress,
    pub connector: Arc<Connector>,
    pub reads: Arc<Pool>,
    pub commits: Arc<Pool>,
    /// Limits the snapshots, each of which has a connection of its own.
    pub snapshots: Arc<Semaphore>,
    pub hints: Arc<Hints>,
    pub measures: Measures,
    pub writes: AtomicU8,
    /// The ends of the logs, as this process knows them.
    pub ends: Mutex<HashMap<OrganisationId, End>>,
    /// What this process committed since the tables followed: entries and bytes.
    pub waiting: Mutex<HashMap<OrganisationId, (usize, usize)>>,
    pub follow_now: Notify,
}

impl Shared {
    /// Commits a batch, and tries again until its outcome is known or the time is over. Trying again is safe: the head
    /// moves once, and the log shows whose batch moved it.
    pub async fn commit(&self, batch: Batch, mut turn: Option<Lease>) -> Result<(), StoreError> {
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
                    // An earlier attempt may have written it.
                    return Err(if is_unknown { StoreError::Unknown } else { error });
                }
                Err(Attempt::Again { is_unknown: unknown, why }) => {
                    is_unknown |= unknown;
                    tracing::warn!(%organisation, "a commit is tried again: {why}");
                }
            }
            self.commits.clear();
            if began.elapsed() >= RETRY_TIME {
                self.note(Writes::Locked);
                return Err(if is_unknown { StoreError::Unknown } else { StoreError::Unavailable });
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
    pub async fn write<F: Future<Output = (Lease, Result<(), Failure>)>>(
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
                Err(_) if began.elapsed() >= RETRY_TIME => {
                    self.note(Writes::Locked);
                    return Err(StoreError::Unavailable);
                }
                Err(_) => self.commits.clear(),
            }
            sleep(Duration::from_millis(fastrand::u64(50..150))).await;
        }
    }

    pub fn known(&self, organisation: OrganisationId, head: u64) -> Option<Chain> {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.get(&organisation).filter(|(at, _)| *at == head).map(|(_, chain)| *chain)
    }

    pub fn note_end(&self, organisation: OrganisationId, end: End) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let known = ends.entry(organisation).or_insert(end);
        // A call that began earlier may end later.
        if known.0 <= end.0 {
            *known = end;
        }
    }

    /// Forgets how long the log was: the database may have lost entries since.
    pub fn forget_end(&self, organisation: OrganisationId) {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).remove(&organisation);
    }

    pub fn note_error(&self, error: &StoreError) {
        match error {
            StoreError::Full => self.note(Writes::Full),
            StoreError::Unavailable | StoreError::Unknown => self.note(Writes::Locked),
            _ => {}
        }
    }

    /// Whether writes are accepted, according to the last attempt.
    pub fn writes(&self) -> Writes {
        let number = usize::from(self.writes.load(Ordering::Relaxed));
        Writes::ALL.get(number).copied().unwrap_or(Writes::Taken)
    }

    /// Updates the state that [`Shared::writes`] returns.
    pub fn note(&self, now: Writes) {
        if self.writes.swap(now.number(), Ordering::Relaxed) == now.number() {
            return;
        }
        match now {
            Writes::Taken => tracing::info!("the database takes writes again"),
            Writes::Full => tracing::error!("writes are refused: no space is left on the disk of the database"),
            Writes::Locked => tracing::error!("writes are refused: the database {} does not take them", self.address),
        }
    }

    pub fn note_waiting(&self, organisation: OrganisationId, n_entries: usize, n_bytes: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let (entries, bytes) = waiting.entry(organisation).or_default();
        (*entries, *bytes) = (*entries + n_entries, *bytes + n_bytes);
        if *entries >= WAITING.0 || *bytes >= WAITING.1 {
            self.follow_now.notify_one();
        }
    }

    /// Brings the tables of an organisation to the end of its log, unless another process is doing it.
    pub async fn keep_tables_of(&self, organisation: OrganisationId) -> Result<(), StoreError> {
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
    pub fn of(failure: Failure) -> Self {
        match failure {
            Failure::Unknown(why) => Attempt::Again { is_unknown: true, why },
            Failure::Transient(why) | Failure::Standby(why) => Attempt::Again { is_unknown: false, why },
            other => Attempt::Failed(other.into()),
        }
    }

    /// The failure of something that came before the attempt.
    pub fn before(failure: Failure) -> Self {
        match failure {
            Failure::Refused(why) => Attempt::Again { is_unknown: false, why },
            other => match Attempt::of(other) {
                Attempt::Again { why, .. } => Attempt::Again { is_unknown: false, why },
                failed @ Attempt::Failed(_) => failed,
            },
        }
    }
}

/// While writes are refused, tries once a second whether one succeeds, until it is aborted.
pub(crate) async fn probe(shared: Arc<Shared>) {
    loop {
        sleep(PROBE_TIME).await;
        if shared.writes() == Writes::Taken {
            continue;
        }
        let write = |mut lease: Lease| async move {
            let done = look_up::probe(&mut lease).await;
            (lease, done)
        };
        if shared.write(write).await.is_ok() {
            shared.note(Writes::Taken);
        }
    }
}

/// Has the tables follow the logs until it is aborted.
pub(crate) async fn keep_tables(shared: Arc<Shared>) {
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
