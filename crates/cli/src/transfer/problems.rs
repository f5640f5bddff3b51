//! The records that were not taken in, in a file: a line of JSON each.

use super::file::Whole;
use crate::Trouble;
use serde::Serialize;
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;

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
}

impl Problems {
    /// Problems for a file, of which there are none yet.
    pub fn new(file: PathBuf) -> Self {
        Problems { file, begun: None }
    }

    /// Adds one.
    pub fn add(&mut self, problem: &Problem) -> Result<(), Trouble> {
        let begun = match &mut self.begun {
            Some(begun) => begun,
            none => none.insert(Whole::begin(&self.file)?),
        };
        let line = serde_json::to_string(problem).expect("problems have string keys");
        writeln!(begun, "{line}").map_err(|error| Trouble::refused(format!("{}: {error}", self.file.display())))
    }

    /// Puts the file in its place; says where, if there is one.
    pub fn finish(self) -> Result<Option<PathBuf>, Trouble> {
        self.begun.map(Whole::put).transpose()
    }
}
