//! The thread that runs the look-ups of requests. It never keeps a transaction open between two look-ups.
//!
//! A look-up finds a row by its key, usually in SQLite's cache, in about ten microseconds. One thread is enough for
//! that, and a slow disk blocks only this thread.

use crate::StoreError;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;
use tracing::Span;

type LookUp = Box<dyn FnOnce(&Connection) + Send>;

/// The handle of the reading thread. Dropping it ends the thread.
pub(crate) struct Reader {
    queue: Option<mpsc::Sender<LookUp>>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    /// Starts the thread.
    pub fn start(connection: Connection) -> Result<Self, StoreError> {
        let (queue, work) = mpsc::channel::<LookUp>();
        let thread = std::thread::Builder::new().name("store-reader".into()).spawn(move || {
            for look_up in work {
                // A panic leaves no inconsistent state, because the connection holds none of ours. The caller gets an
                // error, because the sender of the reply is dropped.
                let _ = catch_unwind(AssertUnwindSafe(|| look_up(&connection)));
            }
        });
        let thread = thread.map_err(|error| StoreError::file("thread", error))?;
        Ok(Reader { queue: Some(queue), thread: Some(thread) })
    }

    /// Runs a look-up in the tracing span of the caller.
    pub async fn run<T: Send + 'static>(
        &self,
        look_up: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let span = Span::current();
        if let Some(queue) = &self.queue {
            // The caller may have gone, so a failed send is ignored. If the thread has ended, the reply is dropped, and
            // the caller gets an error.
            let _ = queue.send(Box::new(move |connection| {
                let _ = reply.send(span.in_scope(|| look_up(connection)));
            }));
        }
        answer.await.map_err(|_| StoreError::Failed("the thread that reads the store panicked".into()))?
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // The thread does not panic, because panics of look-ups are caught.
            let _ = thread.join();
        }
    }
}
