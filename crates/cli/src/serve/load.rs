//! Rows that a server imports at its start (`--load`).

use super::logs::{Logs, TOLD_TARGET};
use crate::CommandError;
use crate::output::visible;
use convoke_server::Directories;
use convoke_server::import::{self, ImportSummary};
use std::path::PathBuf;

/// The number of refused rows that are named; of the others only their number is reported.
const NAMED: usize = 10;

/// A file of rows. All files are read before the first one is imported, so that a missing file changes nothing.
pub struct Rows {
    name: String,
    bytes: Vec<u8>,
}

/// Reads files of rows.
pub fn read(files: &[PathBuf]) -> Result<Vec<Rows>, CommandError> {
    let read = |file: &PathBuf| {
        let name = file.display().to_string();
        let bytes = std::fs::read(file).map_err(|error| CommandError::refused(format!("{name}: {error}")))?;
        Ok(Rows { name, bytes })
    };
    files.iter().map(read).collect()
}

/// Imports the rows of all files, one after the other. They override changes made since an earlier start with the same
/// files.
pub async fn load(directories: &Directories, files: Vec<Rows>, logs: Logs) -> Result<(), CommandError> {
    for Rows { name, bytes } in files {
        let loaded = import::load(directories, bytes.into()).await;
        let loaded = loaded.map_err(|problem| CommandError::refused(format!("{name}: {problem}")))?;
        if !loaded.refused.is_empty() {
            return Err(CommandError::refused(refusal(&name, &loaded)));
        }
        let ImportSummary { created, changed, unchanged, .. } = loaded;
        if logs.is_json() {
            tracing::info!(target: TOLD_TARGET, file = name, created, changed, unchanged, "rows were taken in");
        } else {
            let n_rows = created + changed + unchanged;
            eprintln!("{name}: {n_rows} rows: {created} created, {changed} changed, {unchanged} unchanged");
        }
    }
    Ok(())
}

/// The error message for a file with refused rows.
fn refusal(name: &str, loaded: &ImportSummary) -> String {
    let mut said = format!("{name}: {} rows were refused; put them right and start again", loaded.refused.len());
    for (line, problem) in loaded.refused.iter().take(NAMED) {
        said.push_str(&format!("\n{name}, line {line}: {}", visible(problem)));
    }
    if loaded.refused.len() > NAMED {
        said.push_str(&format!("\nand {} more", loaded.refused.len() - NAMED));
    }
    said
}
