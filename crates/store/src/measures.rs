//! What is measured of commits.

use prometheus_client::metrics::histogram::Histogram;

/// Bounds of the histogram of commit times, in seconds. A sync takes 0.1 ms on a good disk and 20 ms on a slow one; what
/// takes seconds waited for another program.
const SECONDS: [f64; 13] = [0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Bounds of the histogram of commands in a batch.
const COMMANDS: [f64; 6] = [1.0, 4.0, 16.0, 64.0, 256.0, 1024.0];

/// What is measured of commits. Copies are handles of the same histograms.
#[derive(Clone, Debug)]
pub struct Measures {
    /// How long each took, failed ones excepted.
    pub seconds: Histogram,
    /// How many commands of one organisation it had, for each organisation in it.
    pub commands: Histogram,
}

impl Default for Measures {
    fn default() -> Self {
        Measures { seconds: Histogram::new(SECONDS), commands: Histogram::new(COMMANDS) }
    }
}
