//! Metrics of commits.

use prometheus_client::metrics::histogram::Histogram;

/// Bucket bounds of the histogram of commit durations, in seconds. A sync takes 0.1 ms on a fast disk and 20 ms on a
/// slow one. A commit of several seconds waited for another program.
const SECONDS: [f64; 13] = [0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Bucket bounds of the histogram of commands in a batch.
const COMMANDS: [f64; 6] = [1.0, 4.0, 16.0, 64.0, 256.0, 1024.0];

/// Metrics of commits. A clone shares the histograms.
#[derive(Clone, Debug)]
pub struct Measures {
    /// The duration of each successful commit.
    pub seconds: Histogram,
    /// The number of commands in each batch; a commit may have batches of several organisations.
    pub commands: Histogram,
}

impl Default for Measures {
    fn default() -> Self {
        Measures { seconds: Histogram::new(SECONDS), commands: Histogram::new(COMMANDS) }
    }
}
