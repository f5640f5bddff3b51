//! The files of a store: where they are, whose they are, and the locks that keep a second process out.
//!
//! SQLite keeps a write-ahead log beside the database, under the database's name. So a store has one name only:
//! symbolic links are followed to it, and a file with several hard links is refused.

pub(crate) mod identity;

use crate::StoreError;
use crate::sqlite::head::{self, Head};
use crate::sqlite::{Missing, private_file, rename_durably, restore, schema};
use identity::{Found, Lineage};
use rusqlite::Connection;
use std::ffi::OsStr;
use std::fs::{File, Metadata, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// How many symbolic links lead to a store at most, and how often its file may be replaced while it is being
/// opened.
pub(crate) const TRIES: usize = 16;

/// What is behind the name of a database that is being made, until it gets its own.
pub(crate) const UNFINISHED: &str = "-unfinished";

/// What is behind the name of the file that tries how much space there is.
pub(crate) const PROBE: &str = "-probe";

/// A store that this process alone has open.
pub(crate) struct Place {
    /// The database, by the name that no link leads on from.
    pub path: PathBuf,
    /// What the file beside it said before anything was opened.
    pub head: Option<Head>,
    /// Which store the database said it is, before anything was opened.
    pub lineage: Lineage,
    /// The database, locked with flock(2), which is of the file and not of its name. It must be open before SQLite
    /// opens the database and closed after: closing any descriptor of a file ends the POSIX locks that the process
    /// holds on it, and those are SQLite's.
    _file: File,
    /// The lock file beside it, which versions before format 4 lock, and nothing else.
    _beside: File,
}

impl Place {
    /// Finds the database that this path leads to, makes it where there is none and one may be made, and locks it.
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
            // The name may have come to another file between the two.
            let (held, named) = (file.metadata().map_err(io)?, std::fs::metadata(&path).map_err(io)?);
            if (held.dev(), held.ino()) != (named.dev(), named.ino()) {
                continue;
            }
            if held.nlink() > 1 {
                return Err(several_names(&path, &held)?);
            }
            let head = head::read(&path)?;
            let lineage = match identity::of(&path)? {
                Found::Store(lineage) => lineage,
                // A database without anything in it, as another program may leave it.
                Found::Empty => {
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
            return Ok(Place { path, head, lineage, _file: file, _beside: beside });
        }
        Err(StoreError::Refused(format!("{} was replaced again and again while it was being opened", path.display())))
    }

    /// Deletes what processes that are gone have left beside the store, where it can be deleted.
    pub fn tidy(&self) {
        for suffix in [UNFINISHED, PROBE] {
            if let Err(error) = remove_if_there(&beside(&self.path, suffix)) {
                tracing::warn!(%error, "a temporary file stays");
            }
        }
    }
}

/// Why no store is made where there is none.
fn missing_store(what: &Path) -> StoreError {
    StoreError::Refused(format!(
        "{} is missing or empty, and --must-exist is given, which lets no new store be made; mount the disk that the store \
         is on, restore a backup with `convoke restore`, or start once without --must-exist to begin a new store",
        what.display()
    ))
}

/// Refuses to make a new store where the files beside it say that there was one: its database is lost, and a new one
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

/// Why a database with several names is refused.
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

/// A place where a store is or may come to be, locked whatever is there.
pub(crate) struct LockedPlace {
    /// The database, by the name that no link leads on from.
    pub path: PathBuf,
    /// The database, locked; none where there is no file.
    pub database: Option<File>,
    /// Not made, and not locked, where nothing is to be left.
    _beside: Option<File>,
}

impl LockedPlace {
    /// Locks what this path leads to.
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
        Ok(LockedPlace { path, database, _beside: Some(beside) })
    }

    /// Locks the database that this path leads to, and makes no file. Where there is no lock file beside it, no
    /// version that locks nothing else has it open.
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
        Ok(LockedPlace { path, database: Some(database), _beside: beside })
    }
}

/// A file beside the store: its name with this suffix.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes down which files the folder has: a file that was made or renamed is found after a power failure only
/// then.
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

/// Follows symbolic links, also one to a file that does not exist yet.
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

/// Makes a store without organisations under another name, and gives it its name when it is whole: what is found
/// under that name is never half a store.
fn create(path: &Path) -> Result<(), StoreError> {
    let new = beside(path, UNFINISHED);
    let io = |error| StoreError::file(&new, error);
    remove_if_there(&new)?;
    // SQLite would make it readable for all; into an empty file it writes as well.
    let file = private_file().write(true).create_new(true).open(&new).map_err(io)?;
    let mut connection = Connection::open(&new)?;
    connection.pragma_update(None, "journal_mode", "memory")?;
    schema::migrate(&mut connection)?;
    connection.close().map_err(|(_, error)| error)?;
    file.sync_all().map_err(io)?;
    rename_durably(&new, path)
}

/// Takes the lock of the file beside the store. The file stays: deleting it would race.
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
