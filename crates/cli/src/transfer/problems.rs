//! The file of refused records: one line of JSON each, up to a limit.

use super::file::AtomicFile;
use crate::CommandError;
use serde::Serialize;
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;

/// The maximum number of records in the file. After so many errors, a user fixes the first ones and imports again.
const MOST: u64 = 10_000;

/// A refused record.
#[derive(Serialize)]
pub struct Problem<'p> {
    /// Its first line.
    pub line: u64,
    /// The error message.
    pub message: &'p str,
    /// The error code.
    pub code: &'p str,
    /// The record itself.
    pub record: Value,
}

/// The file for refused records. Without any it is not created.
pub struct Problems {
    file: PathBuf,
    begun: Option<AtomicFile>,
    n_problems: u64,
}

/// Where the refused records are.
pub struct RefusedRecords {
    pub file: PathBuf,
    /// The number of refused records.
    pub n_problems: u64,
    /// How many of them are in the file: the first ones.
    pub n_listed: u64,
}

impl Problems {
    /// Starts without refused records.
    pub fn new(file: PathBuf) -> Self {
        Problems { file, begun: None, n_problems: 0 }
    }

    /// Adds a record. Beyond the limit, it is only counted.
    pub fn add(&mut self, problem: &Problem) -> Result<(), CommandError> {
        self.n_problems += 1;
        if self.n_problems > MOST {
            return Ok(());
        }
        let begun = match &mut self.begun {
            Some(begun) => begun,
            none => none.insert(AtomicFile::begin(&self.file)?),
        };
        let line = serde_json::to_string(problem).expect("problems have string keys");
        writeln!(begun, "{line}").map_err(|error| CommandError::refused(format!("{}: {error}", self.file.display())))
    }

    /// Moves the file to its final name. Returns where it is, if there is one.
    pub fn finish(self) -> Result<Option<RefusedRecords>, CommandError> {
        let Problems { begun, n_problems, .. } = self;
        let Some(begun) = begun else { return Ok(None) };
        Ok(Some(RefusedRecords { file: begun.put()?, n_problems, n_listed: n_problems.min(MOST) }))
    }
}

/// As a sentence.
impl std::fmt::Display for RefusedRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let RefusedRecords { file, n_problems, n_listed } = self;
        let file = file.display();
        if n_listed < n_problems {
            write!(f, "{n_problems} rows were refused; {file} says why, of the first {n_listed}")
        } else {
            write!(f, "{n_problems} rows were refused; {file} says why")
        }
    }
}
