//! Progress of long work: a bar on a terminal, and a line from time to time elsewhere.

use crate::output::note;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A bar is shown only if the work takes longer than this.
const UNSEEN: Duration = Duration::from_secs(1);
/// How often the bar is drawn.
const DRAWN: Duration = Duration::from_millis(100);
/// How often a line is written if there is no terminal.
const WRITTEN: Duration = Duration::from_secs(5);

/// The present step of the work.
#[derive(Clone, Copy, Default)]
pub struct Step {
    pub what: &'static str,
    /// The amount done.
    pub done: u64,
    /// The whole amount; 0 if it is unknown.
    pub total: u64,
}

/// Does the work, and reports its steps on standard error.
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
