//! The one thread that writes. It takes all that waits, writes it in one transaction, and answers
//! when the transaction is on the disk.

#[cfg(test)]
mod tests;

use crate::measures::Measures;
use crate::sqlite::head::{Head, HeadFile};
use crate::sqlite::place::{PROBE, Place, beside, remove_if_there};
use crate::sqlite::tables::{Claims, Logged};
use crate::sqlite::tail::{self, STEP, Tail};
use crate::sqlite::{tables, token};
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

/// How often it is tried whether writes are taken again that were refused.
const PROBE_TIME: Duration = Duration::from_secs(1);

/// Bytes that must be free before writes are taken again after the disk was full.
const PROBE_BYTES: usize = 64 * 1024;

/// How long the tables need not follow the log after a start, and after they could not.
const REST_TIME: Duration = Duration::from_secs(10);

/// How many pieces of work one transaction takes.
const TRANSACTION_WORK: usize = 256;

/// Pages in the write-ahead log before they are carried over: 16 MiB.
const CHECKPOINT_PAGES: i64 = 4096;

/// The exit code where the outcome of a write is not known: EX_IOERR of sysexits.h.
const OUTCOME_UNKNOWN: i32 = 74;

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// Work for the thread.
pub(crate) enum Work {
    Write(Write, Reply<()>),
    Snapshot(Reply<Snapshot>),
    CatchUp(Reply<()>),
    Settings(Reply<(String, i64, String)>),
}

/// Something to write.
pub(crate) enum Write {
    Batch(Batch),
    Token(Token),
    TokenGone([u8; 32]),
    Sweep {
        now: Timestamp,
        operations_since: Timestamp,
    },
    /// The state of an organisation at an entry of its log, in place of what its tables have.
    Tables(OrganisationId, Box<Records>, u64),
    Claims(Claims),
}

/// A hand on the writing thread; dropping it finishes what waits and checkpoints.
pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
    writes: Arc<AtomicU8>,
    measures: Measures,
}

impl Writer {
    /// Starts the thread. Nothing is written before there is something to write, so that a store on a full disk
    /// opens too.
    pub fn start(connection: Connection, place: Arc<Place>, head: Head) -> Result<Self, StoreError> {
        let (queue, work) = mpsc::channel();
        let writes = Arc::new(AtomicU8::new(0));
        let measures = Measures::default();
        let tables = Tables::new(connection, place, head, writes.clone(), measures.clone())?;
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

    /// What is measured of commits.
    pub fn measures(&self) -> &Measures {
        &self.measures
    }

    /// Whether writes are taken.
    pub fn writes(&self) -> Writes {
        let number = usize::from(self.writes.load(Ordering::Relaxed));
        Writes::ALL.get(number).copied().unwrap_or(Writes::Taken)
    }

    /// Queues work at once; the future is its answer.
    pub fn run<T, F: FnOnce(Reply<T>) -> Work>(
        &self,
        work: F,
    ) -> impl Future<Output = Result<T, StoreError>> + use<T, F> {
        let (reply, answer) = oneshot::channel();
        if let Some(queue) = &self.queue {
            // A thread that is gone drops the reply, and that is the answer.
            let _ = queue.send(work(reply));
        }
        async { answer.await.map_err(|_| StoreError::Unavailable)? }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // It does not panic: that would have ended the process.
            let _ = thread.join();
        }
    }
}

/// What the thread owns.
struct Tables {
    connection: Connection,
    place: Arc<Place>,
    /// All that the tables lack; none when they lack more than this, and follow from the log.
    tail: Option<Tail>,
    head: Head,
    head_file: Option<HeadFile>,
    writes: Arc<AtomicU8>,
    measures: Measures,
    /// When a write was tried last.
    tried: Instant,
    /// Until when the tables need not follow.
    rest_until: Instant,
}

impl Tables {
    /// Reads where the tables are. Writes nothing to the store.
    fn new(
        connection: Connection,
        place: Arc<Place>,
        head: Head,
        writes: Arc<AtomicU8>,
        measures: Measures,
    ) -> Result<Self, StoreError> {
        let is_behind = "SELECT EXISTS (SELECT 1 FROM organisations WHERE tables_head <> head)";
        let is_behind: bool = connection.query_row(is_behind, [], |row| row.get(0))?;
        let head_file = match HeadFile::open(&place.path, head) {
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
        // A start has enough to read.
        let rest_until = now + REST_TIME;
        Ok(Tables { connection, place, tail, head, head_file, writes, measures, tried: now, rest_until })
    }

    fn serve(mut self, work: &mpsc::Receiver<Work>) {
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

    /// Writes everything in one transaction and answers everyone. A piece that fails by itself is
    /// undone alone; a transaction that fails fails all.
    fn transact(&mut self, writes: Vec<(Write, Reply<()>)>) {
        let (writes, replies): (Vec<_>, Vec<_>) = writes.into_iter().unzip();
        let mut results = Vec::with_capacity(writes.len());
        let began = Instant::now();
        let committed = self.commit(|transaction| {
            for write in &writes {
                let savepoint = transaction.savepoint()?;
                results.push(match perform(&savepoint, write) {
                    // After these SQLite may have ended the transaction.
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
            if let (Write::Batch(batch), Ok(_)) = (write, &result) {
                self.measures.commands.observe(batch.entries.len() as f64);
            }
            match (write, &result, &mut self.tail) {
                (Write::Batch(batch), Ok(Some(logged)), Some(tail)) => {
                    tail.take_batch(logged.organisation, batch, logged.bytes);
                }
                (Write::Tables(..), Ok(_), tail) => *tail = None,
                _ => {}
            }
            // Who asked may have gone; what was written stays written.
            let _ = reply.send(result.map(drop));
        }
    }

    /// Does something in a transaction of its own. When this returns without an error it is on the disk.
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

    /// Notes whether writes are taken.
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

    /// When there is something to do although nobody asks.
    fn due(&self) -> Option<Instant> {
        match &self.tail {
            _ if self.are_refused() => Some(self.tried + PROBE_TIME),
            None => Some(self.rest_until),
            Some(_) => None,
        }
    }

    /// Does what is due: tries whether writes are taken again, or has the tables follow.
    fn keep_house(&mut self) {
        let now = Instant::now();
        if self.are_refused() {
            if self.tried + PROBE_TIME <= now {
                let probed = self.probe();
                self.note(&probed);
                drop(probed.inspect_err(end_if_unknown));
            }
        } else if self.tail.as_ref().is_some_and(Tail::is_long) {
            // What fails here is made up for in steps, from the log.
            let tail = self.tail.take();
            let followed = self.commit(|transaction| tail.iter().try_for_each(|tail| tail.write(transaction)));
            match followed {
                Ok(()) => self.tail = Some(Tail::default()),
                Err(error) => self.rest(&error),
            }
            self.checkpoint_if_long();
        } else if self.tail.is_none() && self.rest_until <= now {
            match self.checkpoint("noop") {
                // Someone reads an old state, and the log could not be carried over behind them.
                Ok(CHECKPOINT_PAGES..) => {
                    self.checkpoint_if_long();
                    self.rest_until = now + PROBE_TIME;
                }
                Ok(_) => drop(self.step().inspect_err(|error| self.rest(error))),
                Err(error) => self.rest(&error),
            }
        }
    }

    /// Tries whether writes would be taken.
    fn probe(&mut self) -> Result<(), StoreError> {
        // Where the log can be carried over there is space in it again, without any more of the disk.
        self.checkpoint("passive")?;
        if self.writes.load(Ordering::Relaxed) == Writes::Full.number() {
            // A commit may need more space than the probing one does.
            let scratch = beside(&self.place.path, PROBE);
            let written = std::fs::write(&scratch, [0; PROBE_BYTES]);
            remove_if_there(&scratch)?;
            written.map_err(|_| StoreError::Full)?;
        }
        self.commit(|_| Ok(()))?;
        self.keep_head();
        Ok(())
    }

    /// Writes the number of commits beside the store again where there was no space for it.
    fn keep_head(&mut self) {
        if self.head_file.is_some() {
            return;
        }
        match HeadFile::open(&self.place.path, self.head) {
            Ok(file) => self.head_file = Some(file),
            Err(StoreError::Full) => {}
            Err(error) => tracing::warn!(%error, "the number of commits cannot be written beside the store"),
        }
    }

    /// Leaves the tables as they are for a while.
    fn rest(&mut self, error: &StoreError) {
        // A log that cannot be read is found by whoever reads all of it, who knows what to do.
        if !matches!(error, StoreError::Damaged(_)) {
            end_if_unknown(error);
        }
        tracing::warn!(%error, "the tables cannot follow the log now");
        self.rest_until = Instant::now() + REST_TIME;
    }

    /// Has the tables follow by one step, and carries that over to the database: the write-ahead log stays short.
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

    /// Brings the tables up to the end of the log.
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
        self.catch_up()?;
        self.sync_head()?;
        self.checkpoint("truncate").map(drop)
    }

    fn sync_head(&self) -> Result<(), StoreError> {
        self.head_file.as_ref().map_or(Ok(()), HeadFile::sync)
    }

    /// Carries the write-ahead log over to the database when it is long.
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

    /// Runs a checkpoint of this kind; how many pages of the log are not carried over yet.
    fn checkpoint(&self, kind: &str) -> Result<i64, StoreError> {
        let mut pragma = self.connection.prepare_cached(&format!("PRAGMA wal_checkpoint({kind})"))?;
        Ok(pragma.query_row([], |row| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?))?)
    }

    fn read(&mut self, work: Work) {
        // Who asked may have gone.
        match work {
            Work::Snapshot(reply) => drop(reply.send(Snapshot::open(&self.place))),
            Work::CatchUp(reply) => drop(reply.send(self.catch_up().inspect_err(|error| self.rest(error)))),
            Work::Settings(reply) => drop(reply.send(settings(&self.connection).map_err(StoreError::from))),
            Work::Write(..) => (),
        }
    }
}

/// Writes one piece; by what it made a log longer.
fn perform(connection: &Connection, write: &Write) -> Result<Option<Logged>, StoreError> {
    match write {
        Write::Batch(batch) => return tables::write_batch(connection, batch).map(Some),
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

/// Ends the process when a transaction failed in a way that leaves open whether it is on the disk:
/// what memory holds may not be so, and the way back to a known state is to start again. To try the
/// disk once more would tell nothing: a failed fsync may have dropped what it was to write.
fn end_if_unknown(error: &StoreError) {
    if !matches!(error, StoreError::Full | StoreError::Unavailable) {
        tracing::error!(%error, "a transaction failed, and its outcome is not known: stopping");
        std::process::exit(OUTCOME_UNKNOWN);
    }
}
