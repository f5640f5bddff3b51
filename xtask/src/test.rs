//! `cargo xtask test`: cargo's own tests, then the official SDKs against the real binary, then `cargo xtask chaos`
//! in its short form.
//!
//! A part that fails does not keep the later ones from running; the last line counts the checks
//! of the suites, and says `0 failed` only if every part went through.

mod packages;
mod server;
mod suite;

use crate::{
    chaos,
    run::{Refusal, cargo, must, say},
};
use clap::ValueEnum;
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};
use suite::{Suite, Tally};

/// What `cargo xtask test` is told.
#[derive(clap::Args, Default)]
pub struct Args {
    /// Only these parts; every part if none is named.
    #[arg(value_enum)]
    only: Vec<Part>,
}

/// A part of the tests that can be run by itself.
#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Part {
    /// cargo test of the whole workspace.
    Cargo,
    /// The Python SDK over http.
    Python,
    /// The Python SDK over TLS with a self-signed certificate.
    PythonTls,
    /// The newest JavaScript SDK.
    Js,
    /// The oldest JavaScript SDK that can be installed.
    #[value(name = "js-12")]
    Js12,
    /// The call order of the Terraform provider.
    Terraform,
    /// Generated requests against the OpenAPI document.
    Schemathesis,
    /// The same for the second dialect.
    SchemathesisKaizala,
    /// The short form of `cargo xtask chaos`, against the debug binary.
    Chaos,
}

/// `cargo test` or `cargo build` from nothing on a small machine.
const CARGO_LIMIT: Duration = Duration::from_secs(40 * 60);

/// Runs the parts that `args` names.
pub fn run(args: &Args) -> ExitCode {
    let started = Instant::now();
    let wanted = |part: &Part| args.only.is_empty() || args.only.contains(part);
    let parts: Vec<Part> = Part::value_variants().iter().copied().filter(wanted).collect();
    let tallies = match run_parts(&parts) {
        Ok(tallies) => tallies,
        Err(refusal) => {
            say(&refusal);
            return ExitCode::FAILURE;
        }
    };
    for (name, tally) in &tallies {
        say(&format!("{name:<20} {tally}"));
    }
    say(&format!("done in {} s", started.elapsed().as_secs()));
    let total = tallies.iter().map(|(_, tally)| *tally).sum::<Tally>();
    println!("{total}");
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A refusal here means that nothing further can run.
fn run_parts(parts: &[Part]) -> Result<Vec<(&'static str, Tally)>, Refusal> {
    packages::require_tools()?;
    if parts.contains(&Part::Chaos) {
        chaos::require_tools()?;
    }
    let suites: Vec<&Suite> = parts.iter().filter_map(|part| part.suite()).collect();
    if !suites.is_empty() {
        packages::fetch()?;
    }
    let mut tallies = Vec::new();
    if parts.contains(&Part::Cargo) {
        let tests = must("cargo test", &mut cargo(&["test", "--workspace", "--locked"]), CARGO_LIMIT);
        tallies.push(("cargo test", Tally::of_command(&tests)));
        if let Err(refusal) = tests {
            say(&refusal);
        }
    }
    let has_chaos = parts.contains(&Part::Chaos);
    if !suites.is_empty() || has_chaos {
        must("build the server", &mut cargo(&["build", "--package", "convoke-cli", "--locked"]), CARGO_LIMIT)?;
    }
    for suite in suites {
        tallies.push((suite.name, suite.run()));
    }
    if has_chaos {
        let (passed, failed) = chaos::run_short(&server::binary())?;
        tallies.push(("chaos", Tally { passed, failed }));
    }
    Ok(tallies)
}

impl Part {
    /// The suite behind a part; cargo's own tests need no server, and chaos starts its own ones.
    fn suite(self) -> Option<&'static Suite> {
        match self {
            Self::Cargo | Self::Chaos => None,
            Self::Python => Some(&suite::PYTHON),
            Self::PythonTls => Some(&suite::PYTHON_TLS),
            Self::Js => Some(&suite::JS),
            Self::Js12 => Some(&suite::JS_12),
            Self::Terraform => Some(&suite::TERRAFORM),
            Self::Schemathesis => Some(&suite::SCHEMATHESIS),
            Self::SchemathesisKaizala => Some(&suite::SCHEMATHESIS_KAIZALA),
        }
    }
}
