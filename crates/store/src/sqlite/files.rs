//! The files of a store: their paths, their identity, and the locks that keep a second process out.
//!
//! SQLite keeps the write-ahead log beside the database, under the database's name. So a store must have exactly one
//! name: symbolic links are resolved, and a file with several hard links is refused.

pub(crate) mod identity;

use crate::sqlite::head::{self, Head};
use crate::sqlite::{private_file, rename_durably, restore, schema};
use crate::{Missing, StoreError};
use identity::{FileKind, Lineage};
use rusqlite::Connection;
use std::ffi::OsStr;
use std::fs::{File, Metadata, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The maximum number of symbolic links to a store. Also how often opening is tried again if the file is replaced
/// meanwhile.
pub(crate) const TRIES: usize = 16;

/// The suffix of a database that is being created, until it gets its final name.
pub(crate) const UNFINISHED: &str = "-unfinished";

/// The suffix of the file that tests for free space.
pub(crate) const PROBE: &str = "-probe";

/// The files of a store that this process has open and locked.
pub(crate) struct StoreFiles {
    /// The database, with symbolic links resolved.
    pub path: PathBuf,
    /// The contents of the head file before anything was opened.
    pub head: Option<Head>,
    /// The id of the store according to the database, before anything was opened.
    pub lineage: Lineage,
    /// The database, locked with flock(2), which locks the file and not its name. It must be opened before SQLite opens
    /// the database and closed after: closing any descriptor of a file releases all POSIX locks of the process on it,
    /// and SQLite uses these.
    _file: File,
    /// The lock file beside the database. Versions before format 4 lock only this file.
    _beside: File,
}

impl StoreFiles {
    /// Resolves the path, creates the database if there is none and `missing` permits it, and locks it.
    pub fn open(path: &Path, missing: Missing) -> Result<Self, StoreError> {
        match missing {
            Missing::Make => create_folder(folder_of(path))?,
            Missing::Refuse if !folder_of(path).is_dir() => return Err(missing_store(folder_of(path))),
            Missing::Refuse => {}
        }
        for _ in 0..TRIES {
            let path = resolve(path)?;
            let io = |error| StoreError::file(&path, error);
            let size = match std::fs::metadata(&path) {
                Ok(found) => found.len(),
                Err(error) if error.kind() == ErrorKind::NotFound => 0,
                Err(error) => return Err(io(error)),
            };
            if size == 0 {
                refuse_traces(&path)?;
                if missing == Missing::Refuse {
                    return Err(missing_store(&path));
                }
                let beside = lock_beside(&path)?;
                refuse_traces(&path)?;
                create(&path)?;
                drop(beside);
            }
            let file = File::options().read(true).write(true).open(&path).map_err(io)?;
            lock(&file, &path, &path)?;
            // Another file may have got the name between opening and locking.
            let (held, named) = (file.metadata().map_err(io)?, std::fs::metadata(&path).map_err(io)?);
            if (held.dev(), held.ino()) != (named.dev(), named.ino()) {
                continue;
            }
            if held.nlink() > 1 {
                return Err(several_names(&path, &held)?);
            }
            let head = head::read(&path)?;
            let lineage = match identity::of(&path)? {
                FileKind::Store(lineage) => lineage,
                // An empty database, as another program may leave it.
                FileKind::Empty => {
                    refuse_traces(&path)?;
                    if missing == Missing::Refuse {
                        return Err(missing_store(&path));
                    }
                    create(&path)?;
                    continue;
                }
            };
            identity::refuse_foreign_log(&path, lineage, head)?;
            let beside = lock_beside(&path)?;
            return Ok(StoreFiles { path, head, lineage, _file: file, _beside: beside });
        }
        Err(StoreError::Refused(format!("{} was replaced again and again while it was being opened", path.display())))
    }

    /// Deletes temporary files of ended processes beside the store. Errors are ignored.
    pub fn tidy(&self) {
        for suffix in [UNFINISHED, PROBE] {
            if let Err(error) = remove_if_there(&beside(&self.path, suffix)) {
                tracing::warn!(%error, "a temporary file stays");
            }
        }
    }
}

/// The error if there is no store and none may be created.
fn missing_store(what: &Path) -> StoreError {
    StoreError::Refused(format!(
        "{} is missing or empty, and --must-exist is given, which lets no new store be made; mount the disk that the store \
         is on, restore a backup with `convoke restore`, or start once without --must-exist to begin a new store",
        what.display()
    ))
}

/// Refuses to create a store if files beside the path show that there was one. Its database is lost, and a new one
/// would look like an empty directory.
fn refuse_traces(path: &Path) -> Result<(), StoreError> {
    identity::refuse_lone_log(path)?;
    refuse_lone_head(path)
}

fn refuse_lone_head(path: &Path) -> Result<(), StoreError> {
    match head::read(path)? {
        Some(head) if head.commits > 0 => {
            let beside = head::name(path);
            Err(StoreError::Damaged(format!(
                "{} is missing or empty, and {} says that it had {} commits; restore a backup with `convoke restore`, or \
                 remove {} to begin a new store",
                path.display(),
                beside.display(),
                head.commits,
                beside.display()
            )))
        }
        _ => Ok(()),
    }
}

/// The error for a database with several names.
fn several_names(path: &Path, found: &Metadata) -> Result<StoreError, StoreError> {
    Ok(StoreError::Refused(match restore::unfinished_aside(path)? {
        Some(aside) => format!(
            "{} is also {}: a restore was cut short; run `convoke restore` again",
            path.display(),
            aside.display()
        ),
        None => format!(
            "{} has {} names (hard links), and the write-ahead log is kept beside one of them; remove the other names, \
             or copy the store with `convoke backup`",
            path.display(),
            found.nlink()
        ),
    }))
}

/// A locked path, whether or not there is a store.
pub(crate) struct LockedPath {
    /// The path of the database, with symbolic links resolved.
    pub path: PathBuf,
    /// The locked database, or none if there is no file.
    pub database: Option<File>,
    /// The lock file. None if no file may be left behind.
    _beside: Option<File>,
}

impl LockedPath {
    /// Locks what the path leads to.
    pub fn on(path: &Path) -> Result<Self, StoreError> {
        create_folder(folder_of(path))?;
        let path = resolve(path)?;
        let database = match File::options().read(true).write(true).open(&path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(StoreError::file(&path, error)),
        };
        if let Some(file) = &database {
            lock(file, &path, &path)?;
        }
        let beside = lock_beside(&path)?;
        Ok(LockedPath { path, database, _beside: Some(beside) })
    }

    /// Locks the database that this path leads to, and creates no file. If there is no lock file, then no older
    /// version, which locks only that file, has it open.
    pub fn to_read(path: &Path) -> Result<Self, StoreError> {
        let path = resolve(path)?;
        let io = |error| StoreError::file(&path, error);
        let database = File::open(&path).map_err(io)?;
        lock(&database, &path, &path)?;
        let found = database.metadata().map_err(io)?;
        if found.nlink() > 1 {
            return Err(several_names(&path, &found)?);
        }
        let beside = if beside(&path, "-lock").exists() { Some(lock_beside(&path)?) } else { None };
        Ok(LockedPath { path, database: Some(database), _beside: beside })
    }
}

/// The path of a file beside the store: the store's path and this suffix.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Syncs a folder. Only then is a created or renamed file found after a power failure.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| StoreError::file(folder, error))
}

/// Deletes a file, if there is one.
pub(crate) fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::file(path, error)),
        _ => Ok(()),
    }
}

fn create_folder(folder: &Path) -> Result<(), StoreError> {
    match std::fs::create_dir(folder) {
        Ok(()) => sync_folder(folder_of(folder)),
        Err(_) if folder.is_dir() => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound && folder_of(folder) != folder => {
            create_folder(folder_of(folder))?;
            create_folder(folder)
        }
        Err(error) => Err(StoreError::file(folder, error)),
    }
}

/// Resolves symbolic links, also to a file that does not exist yet.
fn resolve(path: &Path) -> Result<PathBuf, StoreError> {
    let mut path = path.to_owned();
    for _ in 0..TRIES {
        match std::fs::canonicalize(&path) {
            Ok(found) => return Ok(found),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::file(&path, error)),
        }
        match std::fs::read_link(&path) {
            Ok(target) => path = folder_of(&path).join(target),
            Err(_) => {
                let folder = folder_of(&path);
                let folder = std::fs::canonicalize(folder).map_err(|error| StoreError::file(folder, error))?;
                return Ok(folder.join(path.file_name().unwrap_or(OsStr::new(""))));
            }
        }
    }
    Err(StoreError::Refused(format!("{} leads through too many links", path.display())))
}

/// Creates a store without organisations under a temporary name, and renames it when it is complete. So there is never
/// an incomplete store under the final name.
fn create(path: &Path) -> Result<(), StoreError> {
    let new = beside(path, UNFINISHED);
    let io = |error| StoreError::file(&new, error);
    remove_if_there(&new)?;
    // SQLite would create a file that everyone can read. It accepts an existing empty file.
    let file = private_file().write(true).create_new(true).open(&new).map_err(io)?;
    let mut connection = Connection::open(&new)?;
    connection.pragma_update(None, "journal_mode", "memory")?;
    schema::migrate(&mut connection)?;
    connection.close().map_err(|(_, error)| error)?;
    file.sync_all().map_err(io)?;
    rename_durably(&new, path)
}

/// Locks the lock file beside the store. The file is never deleted: that would be a race.
fn lock_beside(path: &Path) -> Result<File, StoreError> {
    let name = beside(path, "-lock");
    let file = private_file().create(true).truncate(false).write(true).open(&name);
    let file = file.map_err(|error| StoreError::file(&name, error))?;
    lock(&file, &name, path)?;
    Ok(file)
}

fn lock(file: &File, name: &Path, store: &Path) -> Result<(), StoreError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(store.display().to_string())),
        Err(TryLockError::Error(error)) => Err(StoreError::file(name, error)),
    }
}
