//! The one thread that writes. It takes all that waits, writes it in one transaction, and answers
//! when the transaction is on the disk.

use crate::{Batch, StoreError, Token, tables};
use convoke_core::Timestamp;
use rusqlite::{Connection, TransactionBehavior};
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// How many pieces of work one transaction takes.
const TRANSACTION_WORK: usize = 256;

type Reply = oneshot::Sender<Result<(), StoreError>>;

/// Something to write.
pub(crate) enum Work {
    Commit(Batch, Reply),
    PutToken(Token, Reply),
    DeleteToken([u8; 32], Reply),
    Sweep(Timestamp, Timestamp, Reply),
    Settings(mpsc::Sender<(String, i64, String)>, Reply),
}

/// A hand on the writing thread; dropping it finishes what waits and checkpoints.
pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub fn start(connection: Connection) -> Result<Self, StoreError> {
        let (queue, work) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || write(connection, &work))
            .map_err(|error| StoreError::Io("thread".into(), error))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread) })
    }

    /// Has something written, and waits until it is on the disk.
    pub async fn run(&self, work: impl FnOnce(Reply) -> Work) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(StoreError::Unavailable)?;
        queue.send(work(reply)).map_err(|_| StoreError::Unavailable)?;
        answer.await.map_err(|_| StoreError::Unavailable)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has failed its callers already.
            let _ = thread.join();
        }
    }
}

fn write(mut connection: Connection, work: &mpsc::Receiver<Work>) {
    while let Ok(first) = work.recv() {
        let mut all = vec![first];
        all.extend(work.try_iter().take(TRANSACTION_WORK - 1));
        transact(&mut connection, all);
    }
    if let Err(error) = connection.pragma_update(None, "wal_checkpoint", "truncate") {
        tracing::warn!(%error, "the last checkpoint failed; the next start makes up for it");
    }
}

/// Writes everything in one transaction and answers everyone. A piece that fails by itself is
/// undone alone; a transaction that fails fails all.
fn transact(connection: &mut Connection, all: Vec<Work>) {
    let mut waiting = Vec::with_capacity(all.len());
    let outcome = (|| -> Result<(), StoreError> {
        let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for work in all {
            let savepoint = transaction.savepoint()?;
            let (result, reply) = perform(&savepoint, work);
            if result.is_ok() {
                savepoint.commit()?;
            } else {
                drop(savepoint);
            }
            waiting.push((result, reply));
        }
        Ok(transaction.commit()?)
    })();
    let failed = outcome.err();
    for (result, reply) in waiting {
        let result = match (&failed, result) {
            (Some(error), Ok(())) => Err(again(error)),
            (_, result) => result,
        };
        // Who asked may have gone; what was written stays written.
        let _ = reply.send(result);
    }
}

fn perform(connection: &Connection, work: Work) -> (Result<(), StoreError>, Reply) {
    match work {
        Work::Commit(batch, reply) => (tables::write_batch(connection, &batch), reply),
        Work::PutToken(token, reply) => (tables::write_token(connection, &token), reply),
        Work::DeleteToken(hash, reply) => (tables::delete_token(connection, &hash), reply),
        Work::Sweep(now, since, reply) => (tables::sweep(connection, now, since), reply),
        Work::Settings(sender, reply) => {
            let settings = connection.query_row(
                "SELECT m.journal_mode, s.synchronous, sqlite_version() FROM pragma_journal_mode m, pragma_synchronous s",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            );
            let sent = settings.map(|settings| drop(sender.send(settings)));
            (sent.map_err(StoreError::from), reply)
        }
    }
}

/// The same error for each of those who wait; SQLite's own cannot be copied.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Full => StoreError::Full,
        StoreError::Unavailable => StoreError::Unavailable,
        StoreError::Sqlite(rusqlite::Error::SqliteFailure(code, text)) => {
            StoreError::Sqlite(rusqlite::Error::SqliteFailure(*code, text.clone()))
        }
        other => StoreError::Damaged(other.to_string()),
    }
}
