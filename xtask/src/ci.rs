//! What CI runs. Each step is one command that a person can run by hand.

use crate::{
    outcome::{PartResult, conclude},
    run::{TaskError, cargo, must, root, say},
    test, tidy,
    tools::require,
};
use std::{
    fs,
    process::ExitCode,
    time::{Duration, Instant},
};

/// The time limit of one step of CI before the tests: more than a cold build of everything.
const LIMIT: Duration = Duration::from_secs(40 * 60);

/// A step: its name and its function.
type Step = (&'static str, fn() -> Result<(), TaskError>);

/// The steps before the tests.
const STEPS: [Step; 5] = [
    ("formatting", formatting),
    ("order of the rooms", tidy::check),
    ("lints", lints),
    ("documentation", documentation),
    ("fuzz targets", fuzz_targets),
];

/// Runs every step, even if one fails, then every test.
pub fn run() -> ExitCode {
    let begin = Instant::now();
    if let Err(refusal) = require(&test::all_needs()) {
        say(&refusal);
        return ExitCode::FAILURE;
    }
    let mut outcomes: Vec<PartResult> = STEPS.iter().map(|(name, step)| PartResult::of(name, step())).collect();
    outcomes.extend(test::run_all());
    conclude(&outcomes, begin)
}

fn formatting() -> Result<(), TaskError> {
    must("formatting", &mut cargo(&["fmt", "--all", "--check"]), LIMIT)
}

/// Runs clippy. One of its lints finds uses of the standard library that are newer than our `rust-version`.
fn lints() -> Result<(), TaskError> {
    let lints = |targets: &[&str]| {
        let command = &mut cargo(&["clippy", "--workspace", "--locked"]);
        must("lints", command.args(targets).args(["--", "-D", "warnings"]), LIMIT)
    };
    lints(&["--all-targets"])?;
    lints(crate::test::cargo::OTHERS)?;
    lints(crate::test::cargo::ON_POSTGRES)
}

fn documentation() -> Result<(), TaskError> {
    let document = &mut cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    must("documentation", document.env("RUSTDOCFLAGS", "-D warnings"), LIMIT)
}

/// Checks the fuzz targets as cargo-fuzz would build them, without linking, so it needs neither a C++ compiler nor
/// cargo-fuzz. They are a workspace of their own, so that other builds do not build libFuzzer.
fn fuzz_targets() -> Result<(), TaskError> {
    let (ours, theirs) = (root().join("Cargo.lock"), root().join("fuzz/Cargo.lock"));
    let written = |file| fs::metadata(file).and_then(|it| it.modified()).ok();
    // Uses the versions of the main lock file. cargo adds the packages that only fuzzing needs.
    if written(&theirs) < written(&ours) {
        fs::copy(&ours, &theirs).map_err(|cause| format!("cannot write {}: {cause}", theirs.display()))?;
    }
    let mut check = cargo(&["check", "--manifest-path", "fuzz/Cargo.toml", "--bins", "--target", "host-tuple"]);
    // With an explicit target, the flags do not apply to build scripts and macros, so these are not built again.
    check.args(["--target-dir", "target"]).env("RUSTFLAGS", "--cfg fuzzing");
    must("fuzz targets", check.env("CUSTOM_LIBFUZZER_PATH", "not-linked/libfuzzer.a"), LIMIT)
}
