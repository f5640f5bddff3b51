//! The thread that writes. It takes all waiting work, writes it in one transaction, and answers when the transaction is
//! on the disk.

#[cfg(test)]
mod tests;

use crate::measures::Measures;
use crate::sqlite::files::{PROBE, StoreFiles, beside, remove_if_there};
use crate::sqlite::gate::Gate;
use crate::sqlite::head::{Head, HeadFile};
use crate::sqlite::load::SqliteSnapshot;
use crate::sqlite::tables::{Claims, Logged};
use crate::sqlite::tail::{self, STEP, Tail, WAITING};
use crate::sqlite::{tables, token};
use crate::turn::InTurn;
use crate::writes::Writes;
use crate::{Batch, Snapshot, StoreError, Token};
use convoke_core::{OrganisationId, Records, Timestamp};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How often writing is tried again after a failed write.
const PROBE_TIME: Duration = Duration::from_secs(1);

/// The bytes that must be free before writes are accepted again after the disk was full.
const PROBE_BYTES: usize = 64 * 1024;

/// How long the tables are not updated after a start, and after a failed update.
const REST_TIME: Duration = Duration::from_secs(10);

/// The maximum number of writes in one transaction.
const TRANSACTION_WORK: usize = 256;

/// The length of the write-ahead log, in pages, that starts a checkpoint: 16 MiB.
const CHECKPOINT_PAGES: i64 = 4096;

/// The exit code when the outcome of a write is unknown: EX_IOERR of sysexits.h.
const OUTCOME_UNKNOWN: i32 = 74;

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// Work for the writing thread.
pub(crate) enum Work {
    Write(Write, Reply<()>),
    Snapshot(Reply<Snapshot>),
    CatchUp(Reply<()>),
    Settings(Reply<(String, i64, String)>),
}

/// A write.
pub(crate) enum Write {
    Batch(Batch, InTurn),
    Token(Token),
    TokenGone([u8; 32]),
    Sweep {
        now: Timestamp,
        operations_since: Timestamp,
    },
    /// Replaces the tables of an organisation by its state at an entry of its log.
    Tables(OrganisationId, Box<Records>, u64),
    Claims(Claims),
}

/// The handle of the writing thread. Dropping it finishes the waiting work and runs a checkpoint.
pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
    writes: Arc<AtomicU8>,
    measures: Measures,
}

impl Writer {
    /// Starts the thread. It writes nothing before there is something to write, so that a store can be opened on a full
    /// disk.
    pub fn start(
        connection: Connection,
        files: Arc<StoreFiles>,
        head: Head,
        gate: Arc<Gate>,
    ) -> Result<Self, StoreError> {
        let (queue, work) = mpsc::channel();
        let writes = Arc::new(AtomicU8::new(0));
        let measures = Measures::default();
        let tables = Tables::new(connection, files, head, (writes.clone(), measures.clone()), gate)?;
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || {
                if catch_unwind(AssertUnwindSafe(|| tables.serve(&work))).is_err() {
                    std::process::exit(OUTCOME_UNKNOWN);
                }
            })
            .map_err(|error| StoreError::file("thread", error))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread), writes, measures })
    }

    /// The metrics of commits.
    pub fn measures(&self) -> &Measures {
        &self.measures
    }

    /// Whether writes are accepted.
    pub fn writes(&self) -> Writes {
        let number = usize::from(self.writes.load(Ordering::Relaxed));
        Writes::ALL.get(number).copied().unwrap_or(Writes::Taken)
    }

    /// Queues work at once. The future resolves to its result.
    pub fn run<T, F: FnOnce(Reply<T>) -> Work>(
        &self,
        work: F,
    ) -> impl Future<Output = Result<T, StoreError>> + use<T, F> {
        let (reply, answer) = oneshot::channel();
        if let Some(queue) = &self.queue {
            // If the thread has ended, the reply is dropped, and the future gets an error.
            let _ = queue.send(work(reply));
        }
        async { answer.await.map_err(|_| StoreError::Unavailable)? }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread ends the process, so the join cannot fail.
            let _ = thread.join();
        }
    }
}

/// The state of the writing thread.
struct Tables {
    connection: Connection,
    files: Arc<StoreFiles>,
    /// The changes that the tables do not have. None if it is not in memory; then the tables follow from the log.
    tail: Option<Tail>,
    head: Head,
    head_file: Option<HeadFile>,
    writes: Arc<AtomicU8>,
    measures: Measures,
    /// While it is closed, the thread writes nothing of its own accord.
    gate: Arc<Gate>,
    /// The time of the last attempt to write.
    tried: Instant,
    /// The tables are not updated before this time.
    rest_until: Instant,
}

impl Tables {
    /// Reads how far the tables are current. Writes nothing to the store.
    fn new(
        connection: Connection,
        files: Arc<StoreFiles>,
        head: Head,
        (writes, measures): (Arc<AtomicU8>, Measures),
        gate: Arc<Gate>,
    ) -> Result<Self, StoreError> {
        let is_behind = "SELECT EXISTS (SELECT 1 FROM organisations WHERE tables_head <> head)";
        let is_behind: bool = connection.query_row(is_behind, [], |row| row.get(0))?;
        let head_file = match HeadFile::open(&files.path, head) {
            Ok(file) => Some(file),
            Err(StoreError::Full) => {
                tracing::warn!(
                    "the number of commits cannot be written beside the store: no space is left on the disk"
                );
                None
            }
            Err(error) => return Err(error),
        };
        let tail = if is_behind { None } else { Some(Tail::default()) };
        let now = Instant::now();
        // A starting server already reads a lot, so the tables wait.
        let rest_until = now + REST_TIME;
        Ok(Tables { connection, files, tail, head, head_file, writes, measures, gate, tried: now, rest_until })
    }

    fn serve(mut self, work: &mpsc::Receiver<Work>) {
        self.read_short_tail();
        loop {
            let first = match self.due() {
                None => work.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => work.recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            match first {
                Ok(first) => self.take(std::iter::once(first).chain(work.try_iter().take(TRANSACTION_WORK - 1))),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.keep_house();
        }
        if let Err(error) = self.finish() {
            tracing::warn!(%error, "the store was not tidied at the end; the next start makes up for it");
        }
    }

    /// After a start, reads the tail into memory if it is short. The tables then follow a long one in steps.
    fn read_short_tail(&mut self) {
        if self.tail.is_some() {
            return;
        }
        match Tail::read(&self.connection, WAITING) {
            Ok((tail, false)) => self.tail = Some(tail),
            Ok((_, true)) => {}
            Err(error) => self.rest(&error),
        }
    }

    fn take(&mut self, work: impl Iterator<Item = Work>) {
        let mut writes = Vec::new();
        let mut reads = Vec::new();
        for work in work {
            match work {
                Work::Write(write, reply) => writes.push((write, reply)),
                read => reads.push(read),
            }
        }
        if !writes.is_empty() {
            self.transact(writes);
            self.checkpoint_if_long();
        }
        reads.into_iter().for_each(|work| self.read(work));
    }

    /// Commits all writes in one transaction and answers their callers. If one write fails, only that one is rolled
    /// back. If the transaction fails, all fail.
    fn transact(&mut self, writes: Vec<(Write, Reply<()>)>) {
        let (writes, replies): (Vec<_>, Vec<_>) = writes.into_iter().unzip();
        let mut results = Vec::with_capacity(writes.len());
        let began = Instant::now();
        let committed = self.commit(|transaction| {
            for write in &writes {
                let savepoint = transaction.savepoint()?;
                results.push(match perform(&savepoint, write) {
                    // After these errors SQLite may have rolled back the transaction.
                    Err(error @ (StoreError::Full | StoreError::Unavailable | StoreError::Failed(_))) => {
                        return Err(error);
                    }
                    Err(error) => Err(error),
                    Ok(done) => {
                        savepoint.commit()?;
                        Ok(done)
                    }
                });
            }
            Ok(())
        });
        self.note(&committed);
        if let Err(error) = committed {
            end_if_unknown(&error);
            for reply in replies {
                let full = matches!(error, StoreError::Full);
                let _ = reply.send(Err(if full { StoreError::Full } else { StoreError::Unavailable }));
            }
            return;
        }
        self.measures.seconds.observe(began.elapsed().as_secs_f64());
        for ((write, result), reply) in writes.iter().zip(results).zip(replies) {
            if let (Write::Batch(batch, _), Ok(_)) = (write, &result) {
                self.measures.commands.observe(batch.entries.len() as f64);
            }
            match (write, &result, &mut self.tail) {
                (Write::Batch(batch, _), Ok(Some(logged)), Some(tail)) => {
                    tail.take_batch(logged.organisation, batch, logged.bytes);
                }
                (Write::Tables(..), Ok(_), tail) => *tail = None,
                _ => {}
            }
            // The caller may have gone; the write is committed all the same.
            let _ = reply.send(result.map(drop));
        }
    }

    /// Runs `work` in a transaction of its own. If this returns no error, the transaction is on the disk.
    fn commit<T>(&mut self, work: impl FnOnce(&mut Transaction) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let next = Head { commits: self.head.commits.saturating_add(1), ..self.head };
        let mut transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&mut transaction)?;
        transaction.prepare_cached("UPDATE commits SET n = ?1")?.execute([next.commits])?;
        transaction.commit()?;
        self.head = next;
        match self.head_file.as_ref().map(|file| file.write(next)) {
            Some(Err(StoreError::Full)) => {
                tracing::warn!(
                    "the number of commits is not kept beside the store any more: no space is left on the disk"
                );
                self.head_file = None;
            }
            Some(Err(error)) => return Err(error),
            Some(Ok(())) | None => {}
        }
        Ok(done)
    }

    /// Updates the state that [`Writer::writes`] returns.
    fn note(&mut self, committed: &Result<(), StoreError>) {
        self.tried = Instant::now();
        let now = match committed {
            Ok(()) => Writes::Taken,
            Err(StoreError::Full) => Writes::Full,
            Err(_) => Writes::Locked,
        };
        if self.writes.swap(now.number(), Ordering::Relaxed) == now.number() {
            return;
        }
        match now {
            Writes::Taken => tracing::info!("writes are taken again"),
            Writes::Full => tracing::error!("writes are refused: no space is left on the disk"),
            Writes::Locked => tracing::error!("writes are refused: another program has the database"),
        }
    }

    fn are_refused(&self) -> bool {
        self.writes.load(Ordering::Relaxed) != Writes::Taken.number()
    }

    /// When the thread must wake up although no work arrives.
    fn due(&self) -> Option<Instant> {
        match &self.tail {
            _ if self.are_refused() => Some(self.tried + PROBE_TIME),
            None if self.gate.is_closed() => Some(Instant::now() + PROBE_TIME),
            None => Some(self.rest_until),
            Some(_) => None,
        }
    }

    /// Does what is due: tries to write again, or updates the tables.
    fn keep_house(&mut self) {
        let now = Instant::now();
        if self.gate.is_closed() {
            return;
        }
        if self.are_refused() {
            if self.tried + PROBE_TIME <= now {
                let probed = self.probe();
                self.note(&probed);
                drop(probed.inspect_err(end_if_unknown));
            }
        } else if self.tail.as_ref().is_some_and(Tail::is_long) {
            // If this fails, the tables follow from the log in steps.
            let tail = self.tail.take();
            let followed = self.commit(|transaction| tail.iter().try_for_each(|tail| tail.write(transaction)));
            match followed {
                Ok(()) => self.tail = Some(Tail::default()),
                Err(error) => self.rest(&error),
            }
            self.checkpoint_if_long();
        } else if self.tail.is_none() && self.rest_until <= now {
            match self.checkpoint("noop") {
                // A reader of an older state blocked the checkpoint of a part of the log.
                Ok(CHECKPOINT_PAGES..) => {
                    self.checkpoint_if_long();
                    self.rest_until = now + PROBE_TIME;
                }
                Ok(_) => match self.step() {
                    // Half of the time is left to commits.
                    Ok(()) => self.rest_until = Instant::now() + now.elapsed(),
                    Err(error) => self.rest(&error),
                },
                Err(error) => self.rest(&error),
            }
        }
    }

    /// Tests whether a write would succeed.
    fn probe(&mut self) -> Result<(), StoreError> {
        // If a checkpoint succeeds, the write-ahead log can be reused, which needs no more disk space.
        self.checkpoint("passive")?;
        if self.writes.load(Ordering::Relaxed) == Writes::Full.number() {
            // A commit may need more space than the test write.
            let scratch = beside(&self.files.path, PROBE);
            let written = std::fs::write(&scratch, [0; PROBE_BYTES]);
            remove_if_there(&scratch)?;
            written.map_err(|_| StoreError::Full)?;
        }
        self.commit(|_| Ok(()))?;
        self.keep_head();
        Ok(())
    }

    /// Writes the head file again, if there was no space for it before.
    fn keep_head(&mut self) {
        if self.head_file.is_some() {
            return;
        }
        match HeadFile::open(&self.files.path, self.head) {
            Ok(file) => self.head_file = Some(file),
            Err(StoreError::Full) => {}
            Err(error) => tracing::warn!(%error, "the number of commits cannot be written beside the store"),
        }
    }

    /// Delays the next update of the tables after an error.
    fn rest(&mut self, error: &StoreError) {
        // A damaged log is reported by the code that loads it, which also handles it.
        if !matches!(error, StoreError::Damaged(_)) {
            end_if_unknown(error);
        }
        tracing::warn!(%error, "the tables cannot follow the log now");
        self.rest_until = Instant::now() + REST_TIME;
    }

    /// Updates the tables by one step, and runs a checkpoint to keep the write-ahead log short.
    fn step(&mut self) -> Result<(), StoreError> {
        let there_is_more = self.commit(|transaction| {
            let (tail, there_is_more) = Tail::read(transaction, STEP)?;
            tail.write(transaction)?;
            Ok(there_is_more)
        })?;
        if !there_is_more {
            self.tail = Some(Tail::default());
        }
        self.checkpoint("passive").map(drop)
    }

    /// Updates the tables to the end of the log.
    fn catch_up(&mut self) -> Result<(), StoreError> {
        if self.tail.as_ref().is_some_and(Tail::is_empty) {
            return Ok(());
        }
        self.tail = None;
        while self.tail.is_none() {
            self.step()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        if self.gate.is_closed() {
            return Ok(());
        }
        self.catch_up()?;
        self.sync_head()?;
        self.checkpoint("truncate").map(drop)
    }

    fn sync_head(&self) -> Result<(), StoreError> {
        self.head_file.as_ref().map_or(Ok(()), HeadFile::sync)
    }

    /// Runs a checkpoint if the write-ahead log is long.
    fn checkpoint_if_long(&mut self) {
        let done = self.checkpoint("noop").and_then(|pages| match pages {
            CHECKPOINT_PAGES.. => {
                self.keep_head();
                self.sync_head().and_then(|()| self.checkpoint("passive"))
            }
            _ => Ok(pages),
        });
        if let Err(error) = done {
            end_if_unknown(&error);
            tracing::warn!(%error, "the write-ahead log could not be carried over to the database");
        }
    }

    /// Runs a checkpoint of this mode. Returns how many pages of the write-ahead log remain.
    fn checkpoint(&self, kind: &str) -> Result<i64, StoreError> {
        let mut pragma = self.connection.prepare_cached(&format!("PRAGMA wal_checkpoint({kind})"))?;
        Ok(pragma.query_row([], |row| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?))?)
    }

    fn read(&mut self, work: Work) {
        // The caller may have gone, so failed sends are ignored.
        match work {
            Work::Snapshot(reply) => drop(reply.send(SqliteSnapshot::open(&self.files).map(Snapshot::from))),
            Work::CatchUp(reply) => drop(reply.send(self.catch_up().inspect_err(|error| self.rest(error)))),
            Work::Settings(reply) => drop(reply.send(settings(&self.connection).map_err(StoreError::from))),
            Work::Write(..) => (),
        }
    }
}

/// Performs one write. Returns what it added to a log.
fn perform(connection: &Connection, write: &Write) -> Result<Option<Logged>, StoreError> {
    match write {
        Write::Batch(batch, turn) => return tables::write_batch(connection, batch, *turn).map(Some),
        Write::Token(token) => token::write(connection, token)?,
        Write::TokenGone(hash) => token::delete(connection, hash)?,
        Write::Sweep { now, operations_since } => tables::sweep(connection, *now, *operations_since)?,
        Write::Tables(organisation, records, head) => {
            let number = tables::require_organisation(connection, *organisation)?;
            tail::replace(connection, number, records, *head)?;
        }
        Write::Claims(claims) => tables::write_claims(connection, claims)?,
    }
    Ok(None)
}

fn settings(connection: &Connection) -> rusqlite::Result<(String, i64, String)> {
    connection.query_row(
        "SELECT m.journal_mode, s.synchronous, sqlite_version() FROM pragma_journal_mode m, pragma_synchronous s",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// Ends the process if a transaction failed in a way that leaves open whether it is on the disk. Memory may then differ
/// from the disk, and only a restart gives a known state. Trying again would prove nothing: a failed fsync may have
/// dropped the data.
fn end_if_unknown(error: &StoreError) {
    if !matches!(error, StoreError::Full | StoreError::Unavailable) {
        tracing::error!(%error, "a transaction failed, and its outcome is not known: stopping");
        std::process::exit(OUTCOME_UNKNOWN);
    }
}
