//! The one thread that writes. It takes all that waits, writes it in one transaction, and answers
//! when the transaction is on the disk.

use crate::tail::Tail;
use crate::{Batch, Snapshot, StoreError, Token, tables, token};
use convoke_core::Timestamp;
use rusqlite::{Connection, TransactionBehavior};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

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
    Settings(Reply<(String, i64, String)>),
}

/// Something to write.
pub(crate) enum Write {
    Batch(Batch),
    Token(Token),
    TokenGone([u8; 32]),
    Sweep { now: Timestamp, operations_since: Timestamp },
}

/// A hand on the writing thread; dropping it finishes what waits and checkpoints.
pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Brings the tables up to the end of the log, and starts the thread.
    pub fn start(connection: Connection, path: PathBuf) -> Result<Self, StoreError> {
        let (queue, work) = mpsc::channel();
        let tail = Tail::read(&connection)?;
        let mut tables = Tables { path, connection, tail };
        tables.catch_up()?;
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || {
                if catch_unwind(AssertUnwindSafe(|| tables.serve(&work))).is_err() {
                    std::process::exit(OUTCOME_UNKNOWN);
                }
            })
            .map_err(|error| StoreError::Io("thread".into(), error))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread) })
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
    path: PathBuf,
    connection: Connection,
    tail: Tail,
}

impl Tables {
    fn serve(mut self, work: &mpsc::Receiver<Work>) {
        while let Ok(first) = work.recv() {
            let mut writes = Vec::new();
            let mut reads = Vec::new();
            for work in std::iter::once(first).chain(work.try_iter().take(TRANSACTION_WORK - 1)) {
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
        let tidied = self.catch_up().and_then(|()| self.checkpoint("truncate").map(drop));
        if let Err(error) = tidied {
            tracing::warn!(%error, "the store was not tidied at the end; the next start makes up for it");
        }
    }

    /// Writes everything in one transaction and answers everyone. A piece that fails by itself is
    /// undone alone; a transaction that fails fails all.
    fn transact(&mut self, writes: Vec<(Write, Reply<()>)>) {
        let (writes, replies): (Vec<_>, Vec<_>) = writes.into_iter().unzip();
        let catches_up = self.tail.is_long();
        let mut results = Vec::with_capacity(writes.len());
        let committed = (|| -> Result<(), StoreError> {
            let mut transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for write in &writes {
                let savepoint = transaction.savepoint()?;
                let result = perform(&savepoint, write);
                if result.is_ok() {
                    savepoint.commit()?;
                }
                results.push(result);
            }
            if catches_up {
                self.tail.write(&transaction)?;
            }
            Ok(transaction.commit()?)
        })();
        if let Err(error) = committed {
            end_if_unknown(&error);
            for reply in replies {
                let full = matches!(error, StoreError::Full);
                let _ = reply.send(Err(if full { StoreError::Full } else { StoreError::Unavailable }));
            }
            return;
        }
        if catches_up {
            self.tail = Tail::default();
        }
        for ((write, result), reply) in writes.iter().zip(results).zip(replies) {
            if let (Write::Batch(batch), Ok(Some(organisation))) = (write, &result) {
                self.tail.take_batch(*organisation, batch);
            }
            // Who asked may have gone; what was written stays written.
            let _ = reply.send(result.map(drop));
        }
    }

    /// Brings the tables up to the end of the log.
    fn catch_up(&mut self) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.tail.write(&transaction)?;
        transaction.commit()?;
        self.tail = Tail::default();
        Ok(())
    }

    /// Carries the write-ahead log over to the database when it is long.
    fn checkpoint_if_long(&self) {
        let done = self.checkpoint("noop").and_then(|pages| match pages {
            CHECKPOINT_PAGES.. => self.checkpoint("passive"),
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
            Work::Snapshot(reply) => {
                let caught_up = self.catch_up().inspect_err(end_if_unknown);
                drop(reply.send(caught_up.and_then(|()| Snapshot::open(&self.path))));
            }
            Work::Settings(reply) => drop(reply.send(settings(&self.connection).map_err(StoreError::from))),
            Work::Write(..) => (),
        }
    }
}

/// Writes one piece; the number of the organisation whose log it made longer.
fn perform(connection: &Connection, write: &Write) -> Result<Option<i64>, StoreError> {
    match write {
        Write::Batch(batch) => return tables::write_batch(connection, batch).map(Some),
        Write::Token(token) => token::write(connection, token)?,
        Write::TokenGone(hash) => token::delete(connection, hash)?,
        Write::Sweep { now, operations_since } => tables::sweep(connection, *now, *operations_since)?,
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
