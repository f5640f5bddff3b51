//! The one thread that reads what requests ask for between commits. It never holds a transaction open from one look-up
//! to the next.
//!
//! A look-up finds a row by its key, most often in SQLite's own cache; it takes some ten microseconds. One thread is
//! enough for that, and the disk never holds up more than this thread.

use crate::StoreError;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;
use tracing::Span;

type LookUp = Box<dyn FnOnce(&Connection) + Send>;

/// A hand on the reading thread; dropping it ends the thread.
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
                // The connection holds no state of ours that a panic could leave half-made, and who asked finds out:
                // the sender of the answer is dropped.
                let _ = catch_unwind(AssertUnwindSafe(|| look_up(&connection)));
            }
        });
        let thread = thread.map_err(|error| StoreError::file("thread", error))?;
        Ok(Reader { queue: Some(queue), thread: Some(thread) })
    }

    /// Looks something up, in the span of who asks.
    pub async fn run<T: Send + 'static>(
        &self,
        look_up: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let span = Span::current();
        if let Some(queue) = &self.queue {
            // Who asked may have gone; a thread that is gone drops the reply, and that is the answer.
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
            // It does not panic: each look-up is caught.
            let _ = thread.join();
        }
    }
}
