//! The project's own tasks, called as `cargo xtask TASK`.
//!
//! `ci` is what `.ci/run` calls; `test` is for a person after cloning; `bench` measures; `tidy` checks the order of the
//! rooms; `chaos` causes failures of the server and counts what was lost.

mod bench;
mod chaos;
mod ci;
mod outcome;
mod postgres;
mod run;
mod supervise;
mod test;
mod tidy;
mod tools;

use clap::Parser;
use std::process::ExitCode;

/// The project's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
enum Chore {
    /// Run every test: cargo's, then the official SDKs against the real server.
    Test(test::Args),
    /// What CI runs: formatting, lints, documentation, fuzz targets, then every test.
    Ci,
    /// Check that no room of a crate imports one that is built on it.
    Tidy,
    /// Measure the server beside a bare one.
    Bench(bench::Args),
    /// Break the server in every way that it must survive, and count what was lost.
    Chaos(chaos::Args),
}

fn main() -> ExitCode {
    let chore = Chore::parse();
    if !supervise::is_supervised() {
        return supervise::run_again();
    }
    supervise::take_signals();
    match chore {
        Chore::Test(args) => test::run(&args),
        Chore::Ci => ci::run(),
        Chore::Tidy => tidy::run(),
        Chore::Bench(args) => bench::run(args),
        Chore::Chaos(args) => chaos::run(&args),
    }
}
