//! What CI runs. Each step is one command that a person can run by hand.

use crate::{
    run::{Refusal, cargo, must, say},
    test, tidy,
};
use std::{process::ExitCode, time::Duration};

/// One step of CI without the tests: a cold build of everything, and then some.
const LIMIT: Duration = Duration::from_secs(40 * 60);

/// Runs every step and stops at the first that fails.
pub fn run() -> ExitCode {
    match checks() {
        Ok(()) => test::run(&test::Args::default()),
        Err(refusal) => {
            say(&refusal);
            ExitCode::FAILURE
        }
    }
}

fn checks() -> Result<(), Refusal> {
    must("formatting", &mut cargo(&["fmt", "--all", "--check"]), LIMIT)?;
    tidy::check()?;
    must("lints", &mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]), LIMIT)?;
    must(
        "documentation",
        cargo(&["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"),
        LIMIT,
    )
}
