//! Rows that a server takes in as it starts.

use crate::Trouble;
use crate::output::visible;
use convoke_server::Directories;
use convoke_server::import::{self, Loaded};
use std::path::{Path, PathBuf};

/// So many refused rows are named; of the others it is said how many there are.
const NAMED: usize = 10;

/// Takes in the rows of all files, one after the other. What is there already stays as it is, so a server
/// may be started with the same files again.
pub async fn load(directories: &Directories, files: &[PathBuf]) -> Result<(), Trouble> {
    for file in files {
        let name = file.display();
        let rows = std::fs::read(file).map_err(|error| Trouble::refused(format!("{name}: {error}")))?;
        let loaded = import::load(directories, rows.into()).await;
        let loaded = loaded.map_err(|problem| Trouble::refused(format!("{name}: {problem}")))?;
        if !loaded.refused.is_empty() {
            return Err(Trouble::refused(refusal(file, &loaded)));
        }
        let Loaded { created, changed, unchanged, .. } = loaded;
        let n_rows = created + changed + unchanged;
        eprintln!("{name}: {n_rows} rows: {created} created, {changed} changed, {unchanged} unchanged");
    }
    Ok(())
}

/// What is said of a file with rows that were refused.
fn refusal(file: &Path, loaded: &Loaded) -> String {
    let name = file.display();
    let mut said = format!("{name}: {} rows were refused; put them right and start again", loaded.refused.len());
    for (line, problem) in loaded.refused.iter().take(NAMED) {
        said.push_str(&format!("\n{name}, line {line}: {}", visible(problem)));
    }
    if loaded.refused.len() > NAMED {
        said.push_str(&format!("\nand {} more", loaded.refused.len() - NAMED));
    }
    said
}
