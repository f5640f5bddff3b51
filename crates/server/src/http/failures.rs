//! Requests that failed through no fault of their callers: each has one line, with the cause that its response keeps
//! to itself.

use crate::http::refusal::{Accident, Refusal};
use crate::limits;
use crate::observe::lines::{LineBudget, Permit};
use std::time::Instant;

/// Bounds the lines about failures. Two budgets: however often the server is too busy, what breaks is told.
pub(crate) struct Failures {
    turned_away: LineBudget,
    failed: LineBudget,
}

impl Failures {
    pub fn new() -> Self {
        let budget = || LineBudget::new(limits::LOG_LINES, Instant::now());
        Failures { turned_away: budget(), failed: budget() }
    }

    /// Logs a refusal that is no fault of the caller. To be called once for each, in the span of its request.
    pub fn log(&self, refusal: &Refusal, operation: &str) {
        match refusal {
            // The panic hook has logged it, where it happened.
            Refusal::Broken(Accident::Panicked) => {}
            Refusal::Broken(Accident::Defect(at)) => {
                if let Some(Permit { left_out }) = self.failed.next(Instant::now()) {
                    tracing::error!(operation, %at, left_out, "a request failed inside the server: this is a defect");
                }
            }
            Refusal::Failed(cause) => {
                if let Some(Permit { left_out }) = self.failed.next(Instant::now()) {
                    tracing::error!(operation, %cause, left_out, "a request could not be carried out");
                }
            }
            Refusal::Busy(cause) => self.turn_away(operation, cause),
            Refusal::TookTooLong => self.turn_away(operation, "it took too long"),
            _ => {}
        }
    }

    fn turn_away(&self, operation: &str, cause: &str) {
        if let Some(Permit { left_out }) = self.turned_away.next(Instant::now()) {
            tracing::warn!(operation, cause, left_out, "a request was turned away");
        }
    }

    /// Logs how many lines were left out, unless a later line has told it.
    pub fn sweep(&self) {
        for (budget, what) in [(&self.turned_away, "turned away"), (&self.failed, "failed")] {
            if let Some(left_out) = budget.left_out() {
                tracing::warn!(what, left_out, "requests that have no log line of their own");
            }
        }
    }
}
