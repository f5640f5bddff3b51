//! How far it is: a bar for a person who is looking, a line now and then for a log.

use crate::Trouble;
use crate::output::{note, print};
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

/// How often a line is written where nobody is looking.
const PAUSE: Duration = Duration::from_secs(10);

/// How far it is.
pub struct Progress {
    /// Another one for each thing: one that is changed in steps is drawn in between.
    bar: RefCell<ProgressBar>,
    /// When a line was written last, or this began.
    said: Cell<Instant>,
}

/// How much there is to do.
#[derive(Clone, Copy, Debug)]
pub enum Total {
    Bytes(u64),
    Things(u64),
    /// Nobody knows yet.
    Unknown,
}

impl Progress {
    /// Nothing is done yet of something.
    pub fn new(what: &str, total: Total) -> Self {
        Progress { bar: RefCell::new(bar(what, total)), said: Cell::new(Instant::now()) }
    }

    /// Begins something else.
    pub fn begin(&self, what: &str, total: Total) {
        self.finish();
        let begun = bar(what, total);
        begun.tick();
        self.bar.replace(begun);
    }

    /// So much is done.
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

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.borrow().finish_and_clear();
    }

    /// Says something beside the results where no bar is in its way.
    pub fn note(&self, line: &str) {
        self.bar.borrow().suspend(|| note(line));
    }

    /// Prints a line of results where no bar is in its way.
    pub fn print(&self, line: &str) -> Result<(), Trouble> {
        self.bar.borrow().suspend(|| print(line))
    }
}

/// A bar for so much, of which nothing is done; it is not drawn yet.
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
