//! Progress of a transfer: a bar on a terminal, or a line from time to time in a log.

use crate::CommandError;
use crate::output::{note, print};
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

/// The interval between lines in a log.
const PAUSE: Duration = Duration::from_secs(10);

/// Shows progress.
pub struct Progress {
    /// A new bar for each step. A bar that is reused would be drawn in an intermediate state.
    bar: RefCell<ProgressBar>,
    /// When the last line was written, or this was created.
    said: Cell<Instant>,
}

/// The amount of work.
#[derive(Clone, Copy, Debug)]
pub enum Total {
    Bytes(u64),
    Things(u64),
    /// Unknown.
    Unknown,
}

impl Progress {
    /// Starts with a first step.
    pub fn new(what: &str, total: Total) -> Self {
        Progress { bar: RefCell::new(bar(what, total)), said: Cell::new(Instant::now()) }
    }

    /// Starts another step.
    pub fn begin(&self, what: &str, total: Total) {
        self.finish();
        let begun = bar(what, total);
        begun.tick();
        self.bar.replace(begun);
    }

    /// Reports the amount done.
    pub fn reach(&self, done: u64) {
        let bar = self.bar.borrow();
        bar.set_position(done);
        if bar.is_hidden() && self.said.get().elapsed() >= PAUSE {
            self.said.set(Instant::now());
            let what = bar.message();
            match bar.length().and_then(|total| done.saturating_mul(100).checked_div(total)) {
                Some(percent) => eprintln!("{what}: {percent} %"),
                None => eprintln!("{what}: {done}"),
            }
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.bar.borrow().finish_and_clear();
    }

    /// Prints a message to standard error without disturbing the bar.
    pub fn note(&self, line: &str) {
        self.bar.borrow().suspend(|| note(line));
    }

    /// Prints a line of results without disturbing the bar.
    pub fn print(&self, line: &str) -> Result<(), CommandError> {
        self.bar.borrow().suspend(|| print(line))
    }
}

/// A new bar, not drawn yet.
fn bar(what: &str, total: Total) -> ProgressBar {
    let (counts, bar) = match total {
        Total::Bytes(length) => {
            ("{wide_bar} {percent} %, {bytes} of {total_bytes}, {eta} left", ProgressBar::new(length))
        }
        Total::Things(length) => {
            ("{wide_bar} {percent} %, {human_pos} of {human_len}, {eta} left", ProgressBar::new(length))
        }
        Total::Unknown => ("{human_pos}", ProgressBar::no_length()),
    };
    let style = ProgressStyle::with_template(&format!("{{msg}} {counts}"));
    bar.with_style(style.expect("the template has only keys that there are")).with_message(what.to_owned())
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}
