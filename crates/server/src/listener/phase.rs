//! The phase of a connection and its start time. It is shared by the connection's stream, its service, and the search
//! for an idle connection to close (docs/adr/0001-idle-connections.md, 0010-connections.md).

use crate::limits::{HEAD_TIME, IDLE_TIME};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// The current phase of a connection, and when it began.
pub(crate) struct Phase {
    began: Instant,
    /// Microseconds since `began` in the high bits, the state in the low three.
    now: AtomicU64,
}

/// The kind of the last bytes, when all bytes so far are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// The end of a response.
    EndOfResponse,
    /// A part of a response, or nothing.
    Part,
}

/// No request is in flight, and no byte of a head has arrived.
const IDLE: u64 = 0;
/// The head of a request is arriving.
const HEAD: u64 = 1;
/// A request is being handled; its body may still be arriving.
const WORKING: u64 = 2;
/// A response has begun and is still being rendered; the request's body may still be arriving.
const ANSWERING: u64 = 3;
/// A response is completely rendered and not completely sent.
const SENDING: u64 = 4;

const STATE_BITS: u32 = 3;
const STATE: u64 = (1 << STATE_BITS) - 1;

impl Phase {
    pub fn new() -> Self {
        Phase { began: Instant::now(), now: AtomicU64::new(IDLE) }
    }

    fn set(&self, state: u64) {
        let since = self.began.elapsed().as_micros() as u64;
        self.now.store(since << STATE_BITS | state, Ordering::Relaxed);
    }

    fn state(&self) -> u64 {
        self.now.load(Ordering::Relaxed) & STATE
    }

    /// The head of a request is complete.
    pub fn working(&self) {
        self.set(WORKING);
    }

    /// A response has begun.
    pub fn answering(&self) {
        self.set(ANSWERING);
    }

    /// The response is completely rendered.
    pub fn answered(&self) {
        self.set(SENDING);
    }

    /// Bytes of a response were sent: the connection is not idle while its peer reads.
    pub fn sent(&self) {
        if let state @ (ANSWERING | SENDING) = self.state() {
            self.set(state);
        }
    }

    /// All bytes so far were sent. After the end of a response the connection waits for a new request.
    pub fn flushed(&self) -> Flushed {
        if self.state() != SENDING {
            return Flushed::Part;
        }
        self.set(IDLE);
        Flushed::EndOfResponse
    }

    /// Bytes have arrived. If the connection was idle, a request begins.
    pub fn received(&self) {
        match self.state() {
            IDLE => self.set(HEAD),
            ANSWERING => self.set(ANSWERING),
            _ => {}
        }
    }

    /// Whether the connection has exceeded the time limit of its phase. [`super::timed`] checks how fast a response is
    /// read.
    pub fn is_overdue(&self) -> bool {
        let now = self.now.load(Ordering::Relaxed);
        let spent = self.began.elapsed().saturating_sub(Duration::from_micros(now >> STATE_BITS));
        match now & STATE {
            IDLE | ANSWERING | SENDING => spent > IDLE_TIME,
            HEAD => spent > HEAD_TIME,
            _ => false,
        }
    }

    /// The time since which no request has been in flight; `None` while one is. A request is in flight from the end of
    /// its head to the last byte of its response.
    pub fn idle_since(&self) -> Option<Instant> {
        let now = self.now.load(Ordering::Relaxed);
        matches!(now & STATE, IDLE | HEAD).then(|| self.began + Duration::from_micros(now >> STATE_BITS))
    }
}
