//! A store that is looked at and not changed: one that no server is using, or a backup.

use crate::sqlite::backup::BackupFolder;
use crate::sqlite::place::{LockedPlace, beside, folder_of, identity};
use crate::sqlite::{check, head, lost_commits, n_lost, schema};
use crate::{Snapshot, StoreError};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// A store that is looked at and not changed. When this is dropped, no file is there that was not there before.
pub struct Inspection {
    /// What is read: the store itself or, where that has an older format, a copy that was brought to the newest.
    reads: PathBuf,
    through: Through,
    /// The index of the write-ahead log, where SQLite has to make it.
    made: Option<PathBuf>,
    _copy: Option<BackupFolder>,
    /// Dropped last, as in [`Sqlite`](crate::sqlite::Sqlite).
    _place: LockedPlace,
}

/// How the database is opened.
#[derive(Clone, Copy)]
enum Through {
    /// Alone: there is no write-ahead log, or it is empty. SQLite makes no file then.
    FileAlone,
    /// With the write-ahead log beside it.
    Log,
}

impl Inspection {
    /// Opens the store in this file to be looked at. One of an older format is copied beside itself for as long as
    /// this lives.
    ///
    /// # Errors
    ///
    /// When a process has it open, it is no store, acknowledged commits are missing from it, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let place = LockedPlace::to_read(path)?;
        let store = place.path.clone();
        let through = if identity::log_bytes(&store)? > 0 { Through::Log } else { Through::FileAlone };
        let index = beside(&store, "-shm");
        let made = match through {
            Through::Log if !index.exists() => Some(index),
            Through::Log | Through::FileAlone => None,
        };
        // From here on the index is deleted again, whatever fails.
        let mut opened = Inspection { reads: store.clone(), through, made, _copy: None, _place: place };
        let apart = head::read(&store)?;
        match identity::of(&store)? {
            identity::Found::Store(lineage) => identity::refuse_foreign_log(&store, lineage, apart)?,
            identity::Found::Empty => {
                return Err(StoreError::Refused(format!("{} has no tables", store.display())));
            }
        }
        if schema::is_older(&opened.connect()?)? {
            let folder = BackupFolder::new_in(folder_of(&store))?;
            opened.reads = copy(&store, &folder)?;
            (opened.through, opened._copy) = (Through::Log, Some(folder));
        }
        match n_lost(apart, schema::head(&opened.connect()?)?) {
            0 => Ok(opened),
            n_commits => Err(lost_commits(n_commits)),
        }
    }

    /// Reads the whole database for damage, as [`Sqlite::check`](crate::sqlite::Sqlite::check) does. `progress` is told
    /// how many log entries are read, and how many there are.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`], with what was found first.
    pub fn check(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<String>, StoreError> {
        check::check(&self.connect()?, progress)
    }

    /// What is in it. It is to be dropped before this is.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Snapshot::of(self.connect()?)
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        match self.through {
            Through::FileAlone => Ok(identity::immutable(&self.reads)?),
            Through::Log => schema::open_reader(&self.reads),
        }
    }
}

impl Drop for Inspection {
    fn drop(&mut self) {
        if let Some(made) = &self.made {
            // Where it stays, the next start makes it again.
            let _ = std::fs::remove_file(made);
        }
    }
}

/// Copies a store into this folder, and brings the copy to the newest format.
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
