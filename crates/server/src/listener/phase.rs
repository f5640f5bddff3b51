//! What a connection is doing, and since when: shared by its stream, its service and whoever looks for a
//! connection that can be closed.

use crate::limits::{HEAD_TIME, IDLE_TIME};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// What a connection is doing, and since when.
pub(crate) struct Phase {
    began: Instant,
    /// Microseconds since `began` in the high bits, the state in the low three.
    now: AtomicU64,
}

/// What has gone, when all bytes so far have gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// The end of a response.
    EndOfResponse,
    /// A part of one, or nothing.
    Part,
}

/// Nothing is in flight, or nothing has been sent yet.
const IDLE: u64 = 0;
/// The head of a request is coming.
const HEAD: u64 = 1;
/// A request is being answered; its body may still be coming.
const WORKING: u64 = 2;
/// A response is on its way, and not all of it is known yet; the request may still be coming.
const ANSWERING: u64 = 3;
/// All of a response is known, and not all of it is sent.
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

    /// The head of a request is there.
    pub fn working(&self) {
        self.set(WORKING);
    }

    /// A response has begun.
    pub fn answering(&self) {
        self.set(ANSWERING);
    }

    /// The end of the response is known.
    pub fn answered(&self) {
        self.set(SENDING);
    }

    /// Bytes of a response have gone: the connection is not idle while its peer reads.
    pub fn sent(&self) {
        if let state @ (ANSWERING | SENDING) = self.state() {
            self.set(state);
        }
    }

    /// All bytes so far have gone. What comes after the end of a response is a new request.
    pub fn flushed(&self) -> Flushed {
        if self.state() != SENDING {
            return Flushed::Part;
        }
        self.set(IDLE);
        Flushed::EndOfResponse
    }

    /// Bytes have come: if nothing was going on, a request begins.
    pub fn received(&self) {
        match self.state() {
            IDLE => self.set(HEAD),
            ANSWERING => self.set(ANSWERING),
            _ => {}
        }
    }

    /// Whether the connection has been in its phase for longer than is allowed. How fast a response must be
    /// read is another matter.
    pub fn is_overdue(&self) -> bool {
        let now = self.now.load(Ordering::Relaxed);
        let spent = self.began.elapsed().saturating_sub(Duration::from_micros(now >> STATE_BITS));
        match now & STATE {
            IDLE | ANSWERING | SENDING => spent > IDLE_TIME,
            HEAD => spent > HEAD_TIME,
            _ => false,
        }
    }

    /// Since when no request has been in flight; none while one is. A request is in flight from the end of its
    /// head to the last byte of its response.
    pub fn idle_since(&self) -> Option<Instant> {
        let now = self.now.load(Ordering::Relaxed);
        matches!(now & STATE, IDLE | HEAD).then(|| self.began + Duration::from_micros(now >> STATE_BITS))
    }
}
