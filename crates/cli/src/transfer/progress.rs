//! How far it is: a bar for a person who is looking, a line now and then for a log.

use crate::Trouble;
use crate::output::print;
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How often a line is written where nobody is looking.
const PAUSE: Duration = Duration::from_secs(10);

/// How far it is.
pub struct Progress {
    bar: ProgressBar,
    /// When a line was written last, or this began.
    said: Cell<Instant>,
}

/// What is counted.
pub enum Unit {
    Bytes,
    Things,
}

impl Progress {
    /// Nothing is done yet of something.
    pub fn new(what: &str, unit: &Unit, total: u64) -> Self {
        let bar = ProgressBar::new(total).with_message(what.to_owned());
        let counts = match unit {
            Unit::Bytes => "{bytes} of {total_bytes}",
            Unit::Things => "{human_pos} of {human_len}",
        };
        let style = ProgressStyle::with_template(&format!("{{msg}} {{wide_bar}} {counts}, {{eta}} left"));
        bar.set_style(style.expect("the template has only keys that there are"));
        Progress { bar, said: Cell::new(Instant::now()) }
    }

    /// Begins something else.
    pub fn begin(&self, what: &str, total: u64) {
        self.bar.set_message(what.to_owned());
        self.bar.set_length(total);
        self.bar.set_position(0);
        self.bar.reset_eta();
    }

    /// So much is done.
    pub fn reach(&self, done: u64) {
        self.bar.set_position(done);
        if self.bar.is_hidden() && self.said.get().elapsed() >= PAUSE {
            self.said.set(Instant::now());
            let what = self.bar.message();
            match self.bar.length().and_then(|total| done.saturating_mul(100).checked_div(total)) {
                Some(percent) => eprintln!("{what}: {percent} %"),
                None => eprintln!("{what}: {done}"),
            }
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Prints a line of results where no bar is in its way.
    pub fn print(&self, line: &str) -> Result<(), Trouble> {
        self.bar.suspend(|| print(line))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}
