//! Copies of a store, and the folders that they are made in.

use crate::place::sync_folder;
use crate::{Store, StoreError, private_file, schema};
use rusqlite::Connection;
use std::fs::File;
use std::path::Path;
use tempfile::TempDir;

/// What the names of these folders begin with; versions before format 4 put a dot in front of some.
const PREFIXES: [&str; 2] = ["convoke-backup-", ".convoke-backup-"];

/// A folder to write a copy in before it gets its name, deleted when dropped. What a killed process leaves is deleted
/// by the next that opens a store, or makes such a folder, in the same place.
pub struct BackupFolder {
    folder: TempDir,
    /// Locked as long as this process lives.
    _lock: File,
}

impl BackupFolder {
    /// Makes a folder in this one.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn new_in(folder: &Path) -> Result<Self, StoreError> {
        sweep(folder);
        let [prefix, _] = PREFIXES;
        let io = |error| StoreError::Io(folder.into(), error);
        loop {
            let made = tempfile::Builder::new().prefix(prefix).tempdir_in(folder).map_err(io)?;
            // Another process may sweep it away before it is locked.
            if let Some(lock) = File::open(made.path()).ok().filter(|lock| lock.try_lock().is_ok())
                && made.path().exists()
            {
                return Ok(BackupFolder { folder: made, _lock: lock });
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Deletes the folders that processes which are gone have left here.
pub(crate) fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(|name| PREFIXES.iter().any(|prefix| name.starts_with(prefix)));
        if !is_ours || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let Some(_lock) = File::open(entry.path()).ok().filter(|lock| lock.try_lock().is_ok()) else { continue };
        match std::fs::remove_dir_all(entry.path()) {
            Ok(()) => tracing::info!(folder = %entry.path().display(), "deleted what an unfinished backup had left"),
            Err(error) => {
                tracing::warn!(folder = %entry.path().display(), %error, "what an unfinished backup left stays");
            }
        }
    }
}

impl Store {
    /// Writes a consistent copy of the store to a file that must not exist yet, while writing goes
    /// on.
    ///
    /// # Errors
    ///
    /// When the copy cannot be written.
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let connection = schema::open_reader(&self.path)?;
        let name = to.to_str().ok_or_else(|| {
            StoreError::Io(to.into(), std::io::Error::other("the name of a backup must be valid UTF-8"))
        })?;
        // SQLite would make it readable for all; into an empty file it writes as well.
        private_file().write(true).create_new(true).open(to).map_err(|error| StoreError::Io(to.into(), error))?;
        let copied = connection.execute("VACUUM INTO ?1", [name]).map_err(StoreError::from);
        copied.and_then(|_| part(to)).inspect_err(|_| drop(std::fs::remove_file(to)))?;
        File::open(to).and_then(|file| file.sync_all()).map_err(|error| StoreError::Io(to.into(), error))
    }
}

/// Makes a copy a store of its own.
pub(crate) fn part(copy: &Path) -> Result<(), StoreError> {
    let connection = Connection::open(copy)?;
    // One row of a file that is of no use before this is done: no journal is needed.
    connection.pragma_update(None, "journal_mode", "memory")?;
    connection.pragma_update(None, "synchronous", "off")?;
    schema::renew_lineage(&connection)?;
    connection.close().map_err(|(_, error)| error.into())
}

/// Gives a file that is whole and on the disk its name, in the same folder or another of the same disk.
///
/// # Errors
///
/// When it cannot be renamed, or the new name cannot be written down. A file that had the name is replaced.
pub fn rename_durably(from: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::rename(from, to).map_err(|error| StoreError::Io(to.into(), error))?;
    sync_folder(crate::place::folder_of(to))
}
