//! Observability for operators: metrics, and the log of requests (docs/adr/0018-log-of-requests.md).

pub(crate) mod access;
pub(crate) mod lines;
pub(crate) mod metrics;

use crate::config::REQUEST_TARGET;
use tokio::task::JoinHandle;
use tracing::Span;
use uuid::Uuid;

/// The span of a request, made nowhere else. Every log line inside it has the correlation id of the response. Work in
/// another task or thread must be given the span.
pub(crate) fn span(id: Uuid) -> Span {
    // At this level the span is enabled whenever anything is logged at all.
    tracing::error_span!(target: REQUEST_TARGET, "request", correlation_id = %id)
}

/// Runs work on a thread that may block, in the caller's span.
pub(crate) fn spawn_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    let span = Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
}
