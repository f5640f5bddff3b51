//! The results of the parts of a run, counted and printed at the end.

use crate::run::{TaskError, say};
use std::{
    fmt,
    iter::Sum,
    process::ExitCode,
    time::{Duration, Instant},
};

/// The numbers of checks that passed, failed, and did not run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckCounts {
    /// Checks that held.
    pub passed: u64,
    /// Checks that did not.
    pub failed: u64,
    /// Checks that did not run.
    pub ignored: u64,
}

/// The result of a part.
pub struct PartResult {
    /// The part's name in the output.
    pub name: String,
    /// The numbers of its checks.
    pub counts: CheckCounts,
    /// The names of the failed checks; or a sentence that says why there are no names.
    pub failures: Vec<String>,
}

impl PartResult {
    /// The result of a part with one check.
    pub fn of(name: &str, result: Result<(), TaskError>) -> PartResult {
        match result {
            Ok(()) => PartResult {
                name: name.to_owned(),
                counts: CheckCounts { passed: 1, ..CheckCounts::default() },
                failures: vec![],
            },
            Err(refusal) => PartResult::not_run(name, refusal),
        }
    }

    /// The result of a part that could not run: it counts as one failure.
    pub fn not_run(name: &str, why: TaskError) -> PartResult {
        // The refusals of steps begin with the name of the step.
        let why = why.strip_prefix(&format!("{name}: ")).unwrap_or(&why).to_owned();
        say(&format!("{name}: {why}"));
        PartResult {
            name: name.to_owned(),
            counts: CheckCounts { failed: 1, ..CheckCounts::default() },
            failures: vec![why],
        }
    }
}

/// Prints the results of the parts. The last line is the sum, on standard output.
pub fn conclude(outcomes: &[PartResult], begin: Instant) -> ExitCode {
    for PartResult { name, counts, .. } in outcomes {
        say(&format!("{name:<20} {counts}"));
    }
    let failures = outcomes.iter().flat_map(|outcome| outcome.failures.iter().map(|failure| (&outcome.name, failure)));
    for (at, (name, failure)) in failures.enumerate() {
        if at == 0 {
            say("what failed:");
        }
        say(&format!("  {name}: {failure}"));
    }
    say(&format!("done in {}", duration(begin.elapsed())));
    let total: CheckCounts = outcomes.iter().map(|outcome| outcome.counts).sum();
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

impl fmt::Display for CheckCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.ignored {
            0 => Ok(()),
            ignored => write!(f, ", {ignored} ignored"),
        }
    }
}

impl Sum for CheckCounts {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |sum, counts| Self {
            passed: sum.passed + counts.passed,
            failed: sum.failed + counts.failed,
            ignored: sum.ignored + counts.ignored,
        })
    }
}
