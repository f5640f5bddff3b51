//! An honest client beside an attack: it sends a request, waits, sends the next one, and keeps every latency.

use super::report::shown;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// The results of honest requests.
#[derive(Default)]
pub struct ProbeResults {
    latencies: Vec<Duration>,
    /// The errors of requests without the expected response.
    pub failures: Vec<String>,
}

impl ProbeResults {
    /// Makes one request by `ask`, and records its latency or its error.
    pub fn ask(&mut self, ask: impl FnOnce() -> Result<(), String>) {
        let begin = Instant::now();
        match ask() {
            Ok(()) => self.latencies.push(begin.elapsed()),
            Err(failure) => self.failures.push(failure),
        }
    }

    /// Makes requests until `stop` is set, with a pause between two of them.
    pub fn while_not(stop: &AtomicBool, pause: Duration, mut ask: impl FnMut() -> Result<(), String>) -> ProbeResults {
        let mut seen = ProbeResults::default();
        while !stop.load(Ordering::Relaxed) {
            seen.ask(&mut ask);
            thread::sleep(pause);
        }
        seen
    }

    /// Merges the results of others into this one.
    pub fn merge(&mut self, other: ProbeResults) {
        self.latencies.extend(other.latencies);
        self.failures.extend(other.failures);
    }

    /// The number of requests with the expected response.
    pub fn n_served(&self) -> usize {
        self.latencies.len()
    }

    /// The latency below which this share of the answered requests lies.
    pub fn percentile(&self, share: f64) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let rank = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
        sorted.get(rank).copied().unwrap_or_default()
    }

    /// Whether all requests were served, at least one, and 9 in 10 within the limit. The slowest ones depend on the
    /// machine more than on the server: a handshake that the kernel repeats takes a second.
    pub fn is_good(&self, limit: Duration) -> bool {
        self.failures.is_empty() && self.n_served() > 0 && self.percentile(0.9) <= limit
    }

    /// The results as a text for the table.
    pub fn text(&self) -> String {
        let failure = self.failures.first().map(|text| format!(" (the first: {text})")).unwrap_or_default();
        let (served, failed) = (self.n_served(), self.failures.len());
        let [middle, high, most] = [0.5, 0.99, 1.0].map(|share| shown(self.percentile(share)));
        format!("{served} served, {failed} failed{failure}; median {middle}, p99 {high}, longest {most}")
    }
}
