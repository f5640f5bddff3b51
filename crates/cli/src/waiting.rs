//! What is said while a command works for long: a bar on a terminal, and a line now and then elsewhere.

use crate::output::note;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Work that ends before has no bar, which would be seen for a moment only.
const UNSEEN: Duration = Duration::from_secs(1);
/// How often a bar is drawn.
const DRAWN: Duration = Duration::from_millis(100);
/// How often a line is written where there is no terminal.
const WRITTEN: Duration = Duration::from_secs(5);

/// What the work is at.
#[derive(Clone, Copy, Default)]
pub struct Step {
    pub what: &'static str,
    /// How much of it is done.
    pub done: u64,
    /// How much there is; 0 where that is not known.
    pub total: u64,
}

/// Does the work, and says on stderr what it is at.
pub async fn waiting<T>(steps: watch::Receiver<Step>, work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let bar = ProgressBar::new(0);
    let (mut pause, next) = if bar.is_hidden() { (WRITTEN, WRITTEN) } else { (UNSEEN, DRAWN) };
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => {
                bar.finish_and_clear();
                return done;
            }
            () = tokio::time::sleep(pause) => pause = next,
        }
        let step = *steps.borrow();
        if bar.is_hidden() { note(&line(step, began.elapsed())) } else { draw(&bar, step) }
    }
}

fn draw(bar: &ProgressBar, step: Step) {
    let template = match step.total {
        0 => "{spinner} {msg}, {elapsed}",
        _ => "{spinner} {msg} {wide_bar} {percent} %, {elapsed}",
    };
    bar.set_style(ProgressStyle::with_template(template).expect("the template has only keys that there are"));
    bar.set_message(step.what);
    bar.set_length(step.total);
    bar.set_position(step.done);
    bar.tick();
}

fn line(step: Step, since: Duration) -> String {
    let Step { what, done, total } = step;
    let seconds = since.as_secs();
    match done.saturating_mul(100).checked_div(total) {
        Some(percent) => format!("{what}: {percent} %, {seconds} s"),
        None => format!("{what}, {seconds} s"),
    }
}
