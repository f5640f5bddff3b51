//! Copies of a store, and the temporary folders for them.

use crate::StoreError;
use crate::sqlite::files::{TRIES, sync_folder};
use crate::sqlite::{Sqlite, check, private_file, schema};
use convoke_core::CancelFlag;
use rusqlite::Connection;
use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use tempfile::TempDir;

/// The prefix of these folders' names. A user would not choose it, so the sweep deletes no folder of a user.
const PREFIX: &str = ".convoke-unfinished-";

/// The number of random letters and digits after the prefix.
const RANDOM: usize = 12;

/// The files that such a folder may have: a copy under either name. SQLite adds its own files beside it.
const COPIES: [&str; 2] = ["copy", "copy.sqlite"];
const SUFFIXES: [&str; 4] = ["", "-journal", "-wal", "-shm"];

/// How many instructions of SQLite's virtual machine run between two checks for cancellation: a few milliseconds.
const STEPS: i32 = 10_000;

/// A temporary folder in which a copy is written before it gets its name. It is deleted when dropped. The copy is
/// called `copy` or `copy.sqlite`. A folder that a killed process left is deleted when the next process opens a store,
/// or creates such a folder, in the same place.
pub struct BackupFolder {
    folder: TempDir,
    /// Locked while this process lives. None if the file system has no locks; folders are then never swept.
    _lock: Option<File>,
}

impl BackupFolder {
    /// Creates a temporary folder in `folder`.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    pub fn new_in(folder: &Path) -> Result<Self, StoreError> {
        sweep(folder);
        let io = |error| StoreError::file(folder, error);
        for _ in 0..TRIES {
            let made = tempfile::Builder::new().prefix(PREFIX).rand_bytes(RANDOM).tempdir_in(folder).map_err(io)?;
            // Another process may delete the folder before it is locked.
            let lock = match File::open(made.path()) {
                Ok(lock) => lock,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(io(error)),
            };
            let lock = match lock.try_lock() {
                Ok(()) => Some(lock),
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(_)) => None,
            };
            if made.path().exists() {
                return Ok(BackupFolder { folder: made, _lock: lock });
            }
        }
        Err(io(ErrorKind::WouldBlock.into()))
    }

    /// The path of the temporary folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Deletes the temporary folders of processes that have ended.
pub(crate) fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if !is_ours(&entry.file_name()) || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let Some(_lock) = File::open(entry.path()).ok().filter(|lock| lock.try_lock().is_ok()) else { continue };
        match delete(&entry.path()) {
            Ok(()) => tracing::info!(folder = %entry.path().display(), "deleted what an unfinished backup had left"),
            Err(error) => {
                tracing::warn!(folder = %entry.path().display(), %error, "what an unfinished backup left stays");
            }
        }
    }
}

fn is_ours(name: &OsStr) -> bool {
    let random = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
    random.is_some_and(|random| random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Deletes a copy and its folder. A folder that contains any other file is kept.
fn delete(folder: &Path) -> std::io::Result<()> {
    let files = std::fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    let is_known =
        |name: &str| COPIES.iter().any(|copy| name.strip_prefix(copy).is_some_and(|suffix| SUFFIXES.contains(&suffix)));
    for file in &files {
        if !file.file_name().to_str().is_some_and(is_known) || !file.file_type()?.is_file() {
            return Err(std::io::Error::other(format!("{} is no copy of a store", file.path().display())));
        }
    }
    files.iter().try_for_each(|file| std::fs::remove_file(file.path()))?;
    std::fs::remove_dir(folder)
}

impl Sqlite {
    /// Writes a consistent copy of the store to a new file while writes continue.
    ///
    /// # Errors
    ///
    /// When `to` exists, or the copy cannot be written.
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        self.copy(to, &CancelFlag::default())
    }

    /// Writes a copy as [`Sqlite::backup`] does, then checks it as [`Sqlite::check`] does and returns the same. A copy
    /// that is damaged, or incomplete because of `cancel`, is deleted.
    ///
    /// # Errors
    ///
    /// When the copy cannot be written or is damaged. [`StoreError::Cancelled`] when it was cancelled.
    pub fn checked_backup(&self, to: &Path, cancel: &CancelFlag) -> Result<Vec<String>, StoreError> {
        self.copy(to, cancel)?;
        let checked = reader(to, cancel).and_then(|copy| check::check(&copy, &mut |_, _| {}));
        checked.inspect_err(|_| drop(std::fs::remove_file(to)))
    }

    fn copy(&self, to: &Path, cancel: &CancelFlag) -> Result<(), StoreError> {
        let connection = reader(&self.path, cancel)?;
        let name = to
            .to_str()
            .ok_or_else(|| StoreError::file(to, std::io::Error::other("the name of a backup must be valid UTF-8")))?;
        // SQLite would create a file that everyone can read. It accepts an existing empty file.
        private_file().write(true).create_new(true).open(to).map_err(|error| StoreError::file(to, error))?;
        let copied = connection.execute("VACUUM INTO ?1", [name]).map_err(StoreError::from);
        copied.and_then(|_| part(to)).inspect_err(|_| drop(std::fs::remove_file(to)))?;
        File::open(to).and_then(|file| file.sync_all()).map_err(|error| StoreError::file(to, error))
    }
}

/// A read-only connection whose queries end when `cancel` is set.
pub(crate) fn reader(path: &Path, cancel: &CancelFlag) -> Result<Connection, StoreError> {
    let mut connection = schema::open_reader(path)?;
    let cancel = cancel.clone();
    connection.progress_handler(STEPS, Some(move || cancel.is_set()))?;
    Ok(connection)
}

/// Gives a copy an id of its own, so that it counts as another store.
pub(crate) fn part(copy: &Path) -> Result<(), StoreError> {
    let connection = Connection::open(copy)?;
    // This writes one row of a file that is not in use yet, so no journal is needed.
    connection.pragma_update(None, "journal_mode", "memory")?;
    connection.pragma_update(None, "synchronous", "off")?;
    schema::renew_lineage(&connection)?;
    connection.close().map_err(|(_, error)| error.into())
}

/// Renames a complete, synced file, within its folder or to another on the same disk, and syncs the folder. Replaces a
/// file that has the new name.
///
/// # Errors
///
/// When the file cannot be renamed or the folder cannot be synced.
pub fn rename_durably(from: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::rename(from, to).map_err(|error| StoreError::file(to, error))?;
    sync_folder(crate::sqlite::files::folder_of(to))
}
