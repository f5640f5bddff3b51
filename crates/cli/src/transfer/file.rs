//! Files that appear only when they are complete.

use crate::CommandError;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A temporary file in the folder of the final file. It is deleted when dropped.
pub struct AtomicFile {
    file: PathBuf,
    written: BufWriter<NamedTempFile>,
}

impl AtomicFile {
    /// Creates the temporary file.
    pub fn begin(file: &Path) -> Result<Self, CommandError> {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let begun = tempfile::Builder::new().prefix(".convoke-").tempfile_in(folder);
        let begun = begun.map_err(|error| {
            // The error names a random file; only its folder was given by the user.
            let said = error.to_string();
            let said = said.split_once(" at path ").map_or(&*said, |(cause, _)| cause);
            CommandError::refused(format!("{}: {said}", file.display()))
        })?;
        Ok(AtomicFile { file: file.to_owned(), written: BufWriter::new(begun) })
    }

    /// Renames the file to its final name. Returns the path.
    pub fn put(self) -> Result<PathBuf, CommandError> {
        let AtomicFile { file, written } = self;
        let problem = |error: std::io::Error| CommandError::refused(format!("{}: {error}", file.display()));
        let written = written.into_inner().map_err(|error| problem(error.into_error()))?;
        written.as_file().sync_all().map_err(problem)?;
        written.persist(&file).map_err(|error| problem(error.error))?;
        Ok(file)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.written.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.written.flush()
    }
}
