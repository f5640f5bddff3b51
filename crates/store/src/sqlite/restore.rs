//! Replacement of a store by a backup.

use crate::sqlite::backup::part;
use crate::sqlite::files::{self, LockedPath, UNFINISHED, beside, folder_of, identity, sync_folder};
use crate::sqlite::load::SqliteSnapshot;
use crate::sqlite::{Sqlite, check, private_file, rename_durably, schema};
use crate::{Snapshot, StoreError};
use rusqlite::Connection;
use std::ffi::OsStr;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The result of a restore.
pub struct Restored {
    /// The path of the store, with symbolic links resolved.
    pub store: PathBuf,
    /// The number of organisations.
    pub organisations: usize,
    /// The number of log entries.
    pub entries: u64,
    /// The new path of the store that was replaced; none if there was no store.
    pub aside: Option<PathBuf>,
    /// Damage of the backup that the store can tolerate: tables, which the next start rebuilds from the log, and tokens
    /// and operations, which are ignored.
    pub damage: Vec<String>,
}

/// The suffix of a replaced store, followed by the time.
const ASIDE: &str = ".before-restore-";

impl Sqlite {
    /// Checks the backup `from` for damage, and replaces the store `to` by a copy of it. The old store is renamed to
    /// its name with `.before-restore-` and `suffix` appended.
    ///
    /// # Errors
    ///
    /// When a process has the store open, or `from` is no backup or has damage that the store cannot tolerate. Nothing
    /// was replaced then.
    pub fn restore(from: &Path, to: &Path, suffix: &str) -> Result<Restored, StoreError> {
        let LockedPath { path: store, database, .. } = &LockedPath::on(to)?;
        let log = beside(from, "-wal");
        if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
            return Err(StoreError::Refused(format!(
                "{} has a write-ahead log beside it, so that it is no copy made by `convoke backup`; make one of it first",
                from.display()
            )));
        }
        // Opened before anything is copied, so that the error names the path that was given.
        File::open(from).map_err(|error| StoreError::file(from, error))?;
        if identity::of(from)? == identity::FileKind::Empty {
            return Err(StoreError::Refused(format!("{} has no tables; nothing was replaced", from.display())));
        }
        let new = beside(store, UNFINISHED);
        let replaced = copy(from, &new).and_then(|()| {
            let found = prepare(&new).map_err(|error| match error {
                StoreError::Damaged(why) => {
                    StoreError::Refused(format!("{} is damaged: {why}; nothing was replaced", from.display()))
                }
                error => error,
            })?;
            let aside = put_aside(store, database.is_some(), suffix)?;
            rename_durably(&new, store)?;
            Ok((found, aside))
        });
        let (found, aside) = replaced.inspect_err(|_| drop(std::fs::remove_file(&new)))?;
        // Until this rename, the restored store ignores the old head file, because it names another store.
        rename_if_there(&beside(store, "-head"), &beside(&aside, "-head"))?;
        sync_folder(folder_of(store))?;
        Ok(Restored {
            store: store.clone(),
            organisations: found.organisations,
            entries: found.entries,
            aside: database.is_some().then_some(aside),
            damage: found.damage,
        })
    }
}

/// The contents of a backup.
struct Prepared {
    organisations: usize,
    entries: u64,
    damage: Vec<String>,
}

fn copy(from: &Path, new: &Path) -> Result<(), StoreError> {
    let mut source = File::open(from).map_err(|error| StoreError::file(from, error))?;
    files::remove_if_there(new)?;
    let io = |error| StoreError::file(new, error);
    let mut target = private_file().write(true).create_new(true).open(new).map_err(io)?;
    std::io::copy(&mut source, &mut target).map(drop).map_err(io)
}

/// Checks the copy, migrates it to the newest format, and gives it an id of its own.
fn prepare(new: &Path) -> Result<Prepared, StoreError> {
    let mut connection = Connection::open(new)?;
    connection.pragma_update(None, "journal_mode", "memory")?;
    connection.pragma_update(None, "synchronous", "off")?;
    schema::migrate(&mut connection)?;
    let mut damage = check::check(&connection, &mut |_, _| {})?;
    let snapshot = Snapshot::from(SqliteSnapshot::of(connection)?);
    let mut entries = 0;
    let organisations = snapshot.organisations()?;
    for id in &organisations {
        let loaded = snapshot.load(*id)?;
        damage.extend(loaded.damage.map(|found| format!("{found}; the next start makes them again from the log")));
        entries += loaded.head;
    }
    drop(snapshot);
    part(new)?;
    File::open(new).and_then(|file| file.sync_all()).map_err(|error| StoreError::file(new, error))?;
    Ok(Prepared { organisations: organisations.len(), entries, damage })
}

/// Gives the old store and its write-ahead log a new name. The database keeps its old name too, so that a database is
/// there whenever the process is killed. A log without a database is renamed too, because SQLite would apply it to the
/// restored store. Returns the new path.
fn put_aside(path: &Path, is_there: bool, suffix: &str) -> Result<PathBuf, StoreError> {
    let mut aside = beside(path, &format!("{ASIDE}{suffix}"));
    if is_there {
        match unfinished_aside(path)? {
            Some(unfinished) => aside = unfinished,
            None => link(path, &aside)?,
        }
    }
    for suffix in ["-wal", "-shm"] {
        rename_if_there(&beside(path, suffix), &beside(&aside, suffix))?;
    }
    sync_folder(folder_of(path))?;
    Ok(aside)
}

/// Gives a database a second name, by a hard link or, if the file system has none, by a copy. A rename would leave a
/// moment without a database, and a server that starts then would create a new one.
fn link(path: &Path, aside: &Path) -> Result<(), StoreError> {
    match std::fs::hard_link(path, aside) {
        Ok(()) => Ok(()),
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) => {
            let partial = beside(aside, UNFINISHED);
            let copied = copy(path, &partial).and_then(|()| {
                let synced = File::open(&partial).and_then(|file| file.sync_all());
                synced.map_err(|error| StoreError::file(&partial, error))?;
                rename_if_there(&partial, aside)
            });
            copied.inspect_err(|_| drop(std::fs::remove_file(&partial)))
        }
        Err(error) => Err(StoreError::file(aside, error)),
    }
}

/// The second name that an interrupted restore gave this database.
pub(crate) fn unfinished_aside(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    let folder = folder_of(path);
    let io = |error| StoreError::file(folder, error);
    let store = std::fs::metadata(path).map_err(io)?;
    let Some(prefix) = beside(path, ASIDE).file_name().map(OsStr::to_owned) else { return Ok(None) };
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        if !entry.file_name().as_bytes().starts_with(prefix.as_bytes()) {
            continue;
        }
        let found = entry.metadata().map_err(io)?;
        if (found.dev(), found.ino()) == (store.dev(), store.ino()) {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

/// Renames a file if there is one. Never replaces another.
fn rename_if_there(from: &Path, to: &Path) -> Result<(), StoreError> {
    if !from.exists() {
        return Ok(());
    }
    if to.exists() {
        return Err(StoreError::file(to, ErrorKind::AlreadyExists.into()));
    }
    std::fs::rename(from, to).map_err(|error| StoreError::file(to, error))
}
