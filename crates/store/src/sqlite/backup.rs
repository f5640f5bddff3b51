//! Copies of a store, and the folders that they are made in.

use crate::StoreError;
use crate::sqlite::place::{TRIES, sync_folder};
use crate::sqlite::{Sqlite, check, private_file, schema};
use convoke_core::Stop;
use rusqlite::Connection;
use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use tempfile::TempDir;

/// What the names of these folders begin with. Folders whose names a user might choose are never deleted.
const PREFIX: &str = ".convoke-unfinished-";

/// How many random letters and digits follow.
const RANDOM: usize = 12;

/// What may be in such a folder: a copy, by either of its names, and the files that SQLite keeps beside it.
const COPIES: [&str; 2] = ["copy", "copy.sqlite"];
const SUFFIXES: [&str; 4] = ["", "-journal", "-wal", "-shm"];

/// After how many steps of SQLite's machine it is looked whether a backup is to end: a few milliseconds.
const STEPS: i32 = 10_000;

/// A folder to write a copy in before it gets its name, deleted when dropped. The copy is `copy` or `copy.sqlite`.
/// What a killed process leaves is deleted by the next that opens a store, or makes such a folder, in the same place.
pub struct BackupFolder {
    folder: TempDir,
    /// Locked as long as this process lives. None where the file system has no locks: nobody sweeps there either.
    _lock: Option<File>,
}

impl BackupFolder {
    /// Makes a folder in this one.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn new_in(folder: &Path) -> Result<Self, StoreError> {
        sweep(folder);
        let io = |error| StoreError::file(folder, error);
        for _ in 0..TRIES {
            let made = tempfile::Builder::new().prefix(PREFIX).rand_bytes(RANDOM).tempdir_in(folder).map_err(io)?;
            // Another process may sweep it away before it is locked.
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

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Deletes the folders that processes which are gone have left here.
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

/// Deletes a copy and its folder. A folder that has anything else in it stays as it is.
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
    /// Writes a consistent copy of the store to a file that must not exist yet, while writing goes
    /// on.
    ///
    /// # Errors
    ///
    /// When the copy cannot be written.
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        self.copy(to, &Stop::default())
    }

    /// Writes a copy as [`Sqlite::backup`] does, and reads all of it for damage, as [`Sqlite::check`] does and with what
    /// that returns. A copy that is damaged, or was not done when this was told to stop, is deleted.
    ///
    /// # Errors
    ///
    /// When the copy cannot be written, is damaged, or [`StoreError::Stopped`].
    pub fn checked_backup(&self, to: &Path, stop: &Stop) -> Result<Vec<String>, StoreError> {
        self.copy(to, stop)?;
        let checked = reader(to, stop).and_then(|copy| check::check(&copy, &mut |_, _| {}));
        checked.inspect_err(|_| drop(std::fs::remove_file(to)))
    }

    fn copy(&self, to: &Path, stop: &Stop) -> Result<(), StoreError> {
        let connection = reader(&self.path, stop)?;
        let name = to
            .to_str()
            .ok_or_else(|| StoreError::file(to, std::io::Error::other("the name of a backup must be valid UTF-8")))?;
        // SQLite would make it readable for all; into an empty file it writes as well.
        private_file().write(true).create_new(true).open(to).map_err(|error| StoreError::file(to, error))?;
        let copied = connection.execute("VACUUM INTO ?1", [name]).map_err(StoreError::from);
        copied.and_then(|_| part(to)).inspect_err(|_| drop(std::fs::remove_file(to)))?;
        File::open(to).and_then(|file| file.sync_all()).map_err(|error| StoreError::file(to, error))
    }
}

/// A connection that only reads, and ends what it does when it is told to stop.
fn reader(path: &Path, stop: &Stop) -> Result<Connection, StoreError> {
    let mut connection = schema::open_reader(path)?;
    let stop = stop.clone();
    connection.progress_handler(STEPS, Some(move || stop.is_set()))?;
    Ok(connection)
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
    std::fs::rename(from, to).map_err(|error| StoreError::file(to, error))?;
    sync_folder(crate::sqlite::place::folder_of(to))
}
