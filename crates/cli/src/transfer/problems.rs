//! The records that were not taken in, in a file: a line of JSON each, up to a bound.

use super::file::Whole;
use crate::Trouble;
use serde::Serialize;
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;

/// So many records are in the file at the most: whoever has more looks at the first ones, and imports again.
const MOST: u64 = 10_000;

/// A record that was not taken in.
#[derive(Serialize)]
pub struct Problem<'p> {
    /// The line that it begins in.
    pub line: u64,
    /// What is wrong with it, in words.
    pub message: &'p str,
    /// What kind of problem that is.
    pub code: &'p str,
    /// The record itself.
    pub record: Value,
}

/// The file that problems go to; there is none without any.
pub struct Problems {
    file: PathBuf,
    begun: Option<Whole>,
    n_problems: u64,
}

/// Where problems are.
pub struct Found {
    pub file: PathBuf,
    /// How many there are in all.
    pub n_problems: u64,
    /// How many of them are in the file: the first ones.
    pub n_listed: u64,
}

impl Problems {
    /// Problems for a file, of which there are none yet.
    pub fn new(file: PathBuf) -> Self {
        Problems { file, begun: None, n_problems: 0 }
    }

    /// Adds one, or only counts it when there are enough.
    pub fn add(&mut self, problem: &Problem) -> Result<(), Trouble> {
        self.n_problems += 1;
        if self.n_problems > MOST {
            return Ok(());
        }
        let begun = match &mut self.begun {
            Some(begun) => begun,
            none => none.insert(Whole::begin(&self.file)?),
        };
        let line = serde_json::to_string(problem).expect("problems have string keys");
        writeln!(begun, "{line}").map_err(|error| Trouble::refused(format!("{}: {error}", self.file.display())))
    }

    /// Puts the file in its place; says where, if there is one.
    pub fn finish(self) -> Result<Option<Found>, Trouble> {
        let Problems { begun, n_problems, .. } = self;
        let Some(begun) = begun else { return Ok(None) };
        Ok(Some(Found { file: begun.put()?, n_problems, n_listed: n_problems.min(MOST) }))
    }
}

/// In words.
impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Found { file, n_problems, n_listed } = self;
        let file = file.display();
        if n_listed < n_problems {
            write!(f, "{n_problems} rows were refused; {file} says why, of the first {n_listed}")
        } else {
            write!(f, "{n_problems} rows were refused; {file} says why")
        }
    }
}
