//! The log lines of requests that failed because of the server: one line each, with the cause, which is not in the
//! response.

use crate::http::refusal::{InternalError, Refusal};
use crate::limits;
use crate::observe::lines::{LineBudget, Permit};
use std::time::Instant;

/// Limits the lines about failures. There are two budgets, so that lines about overload never suppress those about
/// defects.
pub(crate) struct Failures {
    turned_away: LineBudget,
    failed: LineBudget,
}

impl Failures {
    pub fn new() -> Self {
        let budget = || LineBudget::new(limits::LOG_LINES, Instant::now());
        Failures { turned_away: budget(), failed: budget() }
    }

    /// Logs a refusal if it is the server's fault. Must be called once for each refusal, in the span of its request.
    pub fn log(&self, refusal: &Refusal, operation: &str) {
        match refusal {
            // The panic hook has logged it, with its location.
            Refusal::Broken(InternalError::Panicked) => {}
            Refusal::Broken(InternalError::Defect(at)) => {
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

    /// Logs how many lines were left out, unless a later line has said it.
    pub fn sweep(&self) {
        for (budget, what) in [(&self.turned_away, "turned away"), (&self.failed, "failed")] {
            if let Some(left_out) = budget.left_out() {
                tracing::warn!(what, left_out, "requests that have no log line of their own");
            }
        }
    }
}
