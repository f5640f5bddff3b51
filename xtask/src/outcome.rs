//! The results of the parts of a run, counted and printed at the end.

use crate::run::{Refusal, say};
use std::{
    fmt,
    iter::Sum,
    process::ExitCode,
    time::{Duration, Instant},
};

/// The numbers of checks that passed, failed, and did not run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Checks that held.
    pub passed: u64,
    /// Checks that did not.
    pub failed: u64,
    /// Checks that did not run.
    pub ignored: u64,
}

/// The result of a part.
pub struct Outcome {
    /// The part's name in the output.
    pub name: String,
    /// The numbers of its checks.
    pub tally: Tally,
    /// The names of the failed checks; or a sentence that says why there are no names.
    pub failures: Vec<String>,
}

impl Outcome {
    /// The result of a part with one check.
    pub fn of(name: &str, result: Result<(), Refusal>) -> Outcome {
        match result {
            Ok(()) => {
                Outcome { name: name.to_owned(), tally: Tally { passed: 1, ..Tally::default() }, failures: vec![] }
            }
            Err(refusal) => Outcome::not_run(name, refusal),
        }
    }

    /// The result of a part that could not run: it counts as one failure.
    pub fn not_run(name: &str, why: Refusal) -> Outcome {
        // The refusals of steps begin with the name of the step.
        let why = why.strip_prefix(&format!("{name}: ")).unwrap_or(&why).to_owned();
        say(&format!("{name}: {why}"));
        Outcome { name: name.to_owned(), tally: Tally { failed: 1, ..Tally::default() }, failures: vec![why] }
    }
}

/// Prints the results of the parts. The last line is the sum, on standard output.
pub fn conclude(outcomes: &[Outcome], begin: Instant) -> ExitCode {
    for Outcome { name, tally, .. } in outcomes {
        say(&format!("{name:<20} {tally}"));
    }
    let failures = outcomes.iter().flat_map(|outcome| outcome.failures.iter().map(|failure| (&outcome.name, failure)));
    for (at, (name, failure)) in failures.enumerate() {
        if at == 0 {
            say("what failed:");
        }
        say(&format!("  {name}: {failure}"));
    }
    say(&format!("done in {}", duration(begin.elapsed())));
    let total: Tally = outcomes.iter().map(|outcome| outcome.tally).sum();
    println!("{total}");
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Formats a duration for people.
pub fn duration(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.ignored {
            0 => Ok(()),
            ignored => write!(f, ", {ignored} ignored"),
        }
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |sum, tally| Self {
            passed: sum.passed + tally.passed,
            failed: sum.failed + tally.failed,
            ignored: sum.ignored + tally.ignored,
        })
    }
}
