//! `cargo xtask test`: cargo's own tests, those of the store and the server on PostgreSQL, the official SDKs against the
//! real binary, and `cargo xtask chaos` in its short form.
//!
//! The requirements of the chosen parts are checked before anything begins. Then every part runs, even if one fails.
//! The end of the output has the counts and failures of each part, and the last line is the sum.

pub mod cargo;
mod packages;
mod server;
mod suite;

use crate::{
    chaos,
    outcome::{PartResult, conclude},
    run::{self, TaskError, must, say},
    tools::{Tool, require},
};
use clap::ValueEnum;
use std::{process::ExitCode, time::Instant};
use suite::Suite;

/// The arguments of `cargo xtask test`.
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
    /// cargo test of the store and the server on PostgreSQL, on a cluster of its own.
    Postgres,
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
    /// Generated requests against the OpenAPI document of the Kaizala API.
    SchemathesisKaizala,
    /// The short form of `cargo xtask chaos`, against the debug binary.
    Chaos,
}

/// Runs the parts that `args` names.
pub fn run(args: &Args) -> ExitCode {
    let begin = Instant::now();
    let wanted = |part: &Part| args.only.is_empty() || args.only.contains(part);
    let parts: Vec<Part> = Part::value_variants().iter().copied().filter(wanted).collect();
    if let Err(refusal) = require(&needs(&parts)) {
        say(&refusal);
        return ExitCode::FAILURE;
    }
    conclude(&run_parts(&parts), begin)
}

/// The requirements of all parts, by the names of the parts.
pub fn all_needs() -> Vec<(&'static str, &'static [Tool])> {
    needs(Part::value_variants())
}

/// Runs every part. The caller has checked [`all_needs`].
pub fn run_all() -> Vec<PartResult> {
    run_parts(Part::value_variants())
}

fn needs(parts: &[Part]) -> Vec<(&'static str, &'static [Tool])> {
    parts.iter().map(|part| (part.name(), part.needs())).collect()
}

/// Runs each part, even if one fails.
fn run_parts(parts: &[Part]) -> Vec<PartResult> {
    let has = |is_python| parts.iter().filter_map(|part| part.suite()).any(|suite| suite.is_python() == is_python);
    // Downloads come first, so that a machine without a network fails at once.
    let python = if has(true) { heard(packages::fetch_python()) } else { Ok(()) };
    let js = if has(false) { heard(packages::fetch_js()) } else { Ok(()) };
    let mut server = None;
    let mut outcomes = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        say(&format!("part {} of {}: {}", at + 1, parts.len(), part.name()));
        if *part == Part::Cargo {
            outcomes.push(cargo::run());
            continue;
        }
        if *part == Part::Postgres {
            outcomes.push(cargo::run_on_postgres());
            continue;
        }
        let server = server.get_or_insert_with(build_server);
        let packages = match part.suite() {
            Some(suite) if suite.is_python() => &python,
            Some(_) => &js,
            None => &Ok(()),
        };
        outcomes.push(match (server.as_ref().and(packages.as_ref()), part.suite()) {
            (Err(refusal), _) => PartResult::not_run(part.name(), refusal.clone()),
            (Ok(()), Some(suite)) => suite.run(),
            (Ok(()), None) => chaos(),
        });
    }
    outcomes
}

/// Prints a refusal at once. The parts that cannot run because of it repeat it in their results.
fn heard(result: Result<(), TaskError>) -> Result<(), TaskError> {
    result.inspect_err(|refusal| say(refusal))
}

fn build_server() -> Result<(), TaskError> {
    let build = &mut run::cargo(&["build", "--package", "convoke-cli", "--locked"]);
    must("build the server", build, cargo::LIMIT)
}

fn chaos() -> PartResult {
    let name = Part::Chaos.name();
    match chaos::run_short(&server::binary()) {
        Ok((counts, failures)) => PartResult { name: name.to_owned(), counts, failures },
        Err(refusal) => PartResult::not_run(name, refusal),
    }
}

impl Part {
    /// Its name, here and on the command line.
    fn name(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Postgres => "postgres",
            Self::Chaos => "chaos",
            _ => self.suite().map_or("", |suite| suite.name),
        }
    }

    /// The tools that the part needs beside cargo.
    fn needs(self) -> &'static [Tool] {
        match (self, self.suite()) {
            (Self::Chaos, _) => &chaos::NEEDS,
            (Self::Postgres, _) => &[Tool::Postgres],
            (_, None) => &[Tool::Strace],
            (_, Some(suite)) if suite.is_python() => &[Tool::Python, Tool::PythonVenv],
            (_, Some(_)) => &[Tool::Node, Tool::Npm],
        }
    }

    /// The suite of a part. Cargo's own tests need no server, and chaos starts its own.
    fn suite(self) -> Option<&'static Suite> {
        match self {
            Self::Cargo | Self::Postgres | Self::Chaos => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_called_as_it_is_named() {
        for part in Part::value_variants() {
            let value = part.to_possible_value().expect("every part can be chosen");
            assert_eq!(value.get_name(), part.name());
        }
    }
}
