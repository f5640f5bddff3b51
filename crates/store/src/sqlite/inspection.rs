//! Read-only access to a store that no server is using, or to a backup.

use crate::sqlite::backup::BackupFolder;
use crate::sqlite::files::{LockedPath, beside, folder_of, identity};
use crate::sqlite::load::SqliteSnapshot;
use crate::sqlite::{check, head, lost_commits, n_lost, schema};
use crate::{Snapshot, StoreError};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// A store that is opened for reading only. Dropping it deletes the files that it created.
pub struct Inspection {
    /// The database that is read: the store itself or, if that has an older format, a migrated copy.
    reads: PathBuf,
    through: OpenMode,
    /// The index of the write-ahead log, if SQLite had to create it.
    made: Option<PathBuf>,
    _copy: Option<BackupFolder>,
    /// Dropped last, as in [`Sqlite`](crate::sqlite::Sqlite).
    _locked: LockedPath,
}

/// How the database is opened.
#[derive(Clone, Copy)]
enum OpenMode {
    /// The database file alone, because the write-ahead log is absent or empty. SQLite creates no file then.
    FileAlone,
    /// The database file and its write-ahead log.
    Log,
}

impl Inspection {
    /// Opens the store in this file for reading. A store of an older format is copied to a temporary folder beside it
    /// and migrated there.
    ///
    /// # Errors
    ///
    /// When a process has it open, the file is not a store, acknowledged commits are missing, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let locked = LockedPath::to_read(path)?;
        let store = locked.path.clone();
        let through = if identity::log_bytes(&store)? > 0 { OpenMode::Log } else { OpenMode::FileAlone };
        let index = beside(&store, "-shm");
        let made = match through {
            OpenMode::Log if !index.exists() => Some(index),
            OpenMode::Log | OpenMode::FileAlone => None,
        };
        // From here on, dropping `opened` deletes the index, also after an error.
        let mut opened = Inspection { reads: store.clone(), through, made, _copy: None, _locked: locked };
        let apart = head::read(&store)?;
        match identity::of(&store)? {
            identity::FileKind::Store(lineage) => identity::refuse_foreign_log(&store, lineage, apart)?,
            identity::FileKind::Empty => {
                return Err(StoreError::Refused(format!("{} has no tables", store.display())));
            }
        }
        if schema::is_older(&opened.connect()?)? {
            let folder = BackupFolder::new_in(folder_of(&store))?;
            opened.reads = copy(&store, &folder)?;
            (opened.through, opened._copy) = (OpenMode::Log, Some(folder));
        }
        match n_lost(apart, schema::head(&opened.connect()?)?) {
            0 => Ok(opened),
            n_commits => Err(lost_commits(n_commits)),
        }
    }

    /// Reads the whole database to find damage, as [`Sqlite::check`](crate::sqlite::Sqlite::check) does. `progress`
    /// gets the number of log entries read, and the number of all.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] with the first damage found.
    pub fn check(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<String>, StoreError> {
        check::check(&self.connect()?, progress)
    }

    /// A snapshot of the store. Drop it before the inspection.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        SqliteSnapshot::of(self.connect()?).map(Snapshot::from)
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        match self.through {
            OpenMode::FileAlone => Ok(identity::immutable(&self.reads)?),
            OpenMode::Log => schema::open_reader(&self.reads),
        }
    }
}

impl Drop for Inspection {
    fn drop(&mut self) {
        if let Some(made) = &self.made {
            // If it cannot be deleted, the next start rebuilds it.
            let _ = std::fs::remove_file(made);
        }
    }
}

/// Copies a store into this folder, and migrates the copy to the newest format.
fn copy(store: &Path, folder: &BackupFolder) -> Result<PathBuf, StoreError> {
    let copy = folder.path().join("copy.sqlite");
    for suffix in ["", "-wal"] {
        let (from, to) = (beside(store, suffix), beside(&copy, suffix));
        if from.exists() {
            std::fs::copy(&from, &to).map_err(|error| StoreError::file(&from, error))?;
        }
    }
    let mut connection = Connection::open(&copy)?;
    schema::migrate(&mut connection)?;
    Ok(copy)
}
