//! Putting a backup in the place of a store.

use crate::backup::part;
use crate::place::{self, Claim, beside, folder_of, identity, sync_folder};
use crate::{Snapshot, Store, StoreError, check, private_file, rename_durably, schema};
use rusqlite::Connection;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What a restore came to.
pub struct Restored {
    /// The store, by the name that no link leads on from.
    pub store: PathBuf,
    /// How many organisations it has.
    pub organisations: usize,
    /// How many log entries it has.
    pub entries: u64,
    /// The name that the store which was there has now; none where there was none.
    pub aside: Option<PathBuf>,
}

impl Store {
    /// Puts a copy of the backup `from` in the place of the store `to`, after reading all of it for damage. What is
    /// there is kept, with `.before-restore-` and this suffix behind its name.
    ///
    /// # Errors
    ///
    /// When a process has the store open, or the backup is damaged or none. Nothing was replaced then.
    pub fn restore(from: &Path, to: &Path, suffix: &str) -> Result<Restored, StoreError> {
        let claim = Claim::on(to)?;
        let log = beside(from, "-wal");
        if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
            return Err(StoreError::Refused(format!(
                "{} has a write-ahead log beside it, so that it is no copy made by `convoke backup`; make one of it first",
                from.display()
            )));
        }
        let new = beside(&claim.path, "-new");
        let copied = copy(from, &new).and_then(|()| {
            prepare(&new).map_err(|error| match error {
                StoreError::Damaged(why) => {
                    StoreError::Refused(format!("{} is damaged: {why}; nothing was replaced", from.display()))
                }
                error => error,
            })
        });
        let (organisations, entries) = copied.inspect_err(|_| drop(std::fs::remove_file(&new)))?;
        let aside = match &claim.database {
            Some(_) => Some(put_aside(&claim.path, suffix)?),
            None => None,
        };
        rename_durably(&new, &claim.path)?;
        // A store that is read with the head of another takes it for none of its own.
        if let Some(aside) = &aside {
            rename_if_there(&beside(&claim.path, "-head"), &beside(aside, "-head"))?;
            sync_folder(folder_of(&claim.path))?;
        }
        Ok(Restored { store: claim.path, organisations, entries, aside })
    }
}

fn copy(from: &Path, new: &Path) -> Result<(), StoreError> {
    let mut source = File::open(from).map_err(|error| StoreError::Io(from.into(), error))?;
    place::remove_if_there(new)?;
    let io = |error| StoreError::Io(new.into(), error);
    let mut target = private_file().write(true).create_new(true).open(new).map_err(io)?;
    std::io::copy(&mut source, &mut target).map(drop).map_err(io)
}

/// Checks the copy, brings it to the newest format, and makes it a store of its own; how many organisations and log
/// entries it has.
fn prepare(new: &Path) -> Result<(usize, u64), StoreError> {
    if identity::of(new)? == identity::Found::Empty {
        return Err(StoreError::Damaged("it has no tables".into()));
    }
    let mut connection = Connection::open(new)?;
    connection.pragma_update(None, "journal_mode", "memory")?;
    connection.pragma_update(None, "synchronous", "off")?;
    schema::migrate(&mut connection)?;
    if let Some(found) = check::check(&connection)?.into_iter().next() {
        return Err(StoreError::Damaged(found));
    }
    let snapshot = Snapshot::of(connection)?;
    let mut entries = 0;
    let organisations = snapshot.organisations()?;
    for id in &organisations {
        let loaded = snapshot.load(*id)?;
        if let Some(damage) = loaded.damage {
            return Err(StoreError::Damaged(damage));
        }
        entries += loaded.head;
    }
    drop(snapshot);
    part(new)?;
    File::open(new).and_then(|file| file.sync_all()).map_err(|error| StoreError::Io(new.into(), error))?;
    Ok((organisations.len(), entries))
}

/// Gives the store that is there another name, with the files beside it, and leaves the database under its own name
/// as well: whenever this is cut short, a database is there.
fn put_aside(path: &Path, suffix: &str) -> Result<PathBuf, StoreError> {
    let aside = beside(path, &format!(".before-restore-{suffix}"));
    std::fs::hard_link(path, &aside).map_err(|error| StoreError::Io(aside.clone(), error))?;
    for suffix in ["-wal", "-shm"] {
        rename_if_there(&beside(path, suffix), &beside(&aside, suffix))?;
    }
    sync_folder(folder_of(path))?;
    Ok(aside)
}

fn rename_if_there(from: &Path, to: &Path) -> Result<(), StoreError> {
    match std::fs::rename(from, to) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::Io(to.into(), error)),
        _ => Ok(()),
    }
}
