//! What an operator sees of the server: metrics, and requests in the log.

pub(crate) mod access;
pub(crate) mod lines;
pub(crate) mod metrics;

use crate::config::REQUEST_TARGET;
use tokio::task::JoinHandle;
use tracing::Span;
use uuid::Uuid;

/// The span of a request. It is made here and nowhere else, and everything that is logged inside it carries the
/// correlation id that the response has. Work that goes on in another task or thread has to be given the span.
pub(crate) fn span(id: Uuid) -> Span {
    // At this level the span is there whenever anything is logged at all.
    tracing::error_span!(target: REQUEST_TARGET, "request", correlation_id = %id)
}

/// Runs work on a thread that may block, in the caller's span.
pub(crate) fn spawn_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    let span = Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
}
