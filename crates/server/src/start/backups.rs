//! Scheduled backups: one per interval, in a folder that keeps only the newest ones.
//!
//! A backup gets its final name when it is completely on the disk and has been checked for damage. Only then are older
//! ones deleted. Files in the folder that do not have the name of a backup of this directory are never changed.

use crate::config::Backups;
use crate::limits::BACKUP_RETRY;
use crate::observe;
use crate::site::Site;
use convoke_core::CancelFlag;
use convoke_store::sqlite::{BackupFolder, rename_durably};
use convoke_store::{Store, StoreError};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep_until};

/// The format of the timestamp (UTC) in names, which therefore sort by time.
const MOMENT: &str = "%Y%m%dT%H%M%SZ";

/// Checks that backups can be written. A missing folder is not created, because it may be on a disk that is not
/// mounted.
///
/// # Errors
///
/// If they cannot be written.
pub(crate) fn check(plan: &Backups) -> Result<(), StoreError> {
    BackupFolder::new_in(&plan.folder).map(drop)
}

/// Makes backups until the server stops. The first one is due when the newest existing one is as old as the interval.
pub(crate) async fn run(site: Arc<Site>, plan: Backups) {
    let Some(first) = site.directories.first() else { return };
    let names = Names::of(first.id);
    let (names_of_all, folder) = (names.clone(), plan.folder.clone());
    let found = observe::spawn_blocking(move || names_of_all.newest(&folder, Timestamp::now())).await;
    let newest = told(found).unwrap_or_else(|error| {
        tracing::error!(error, "the folder of backups cannot be read");
        None
    });
    site.metrics.scheduled_backup.set(newest.map_or(0, Timestamp::as_second));
    let mut due = Instant::now() + wait(newest, Timestamp::now(), plan.every);
    loop {
        let turn = async {
            sleep_until(due).await;
            let began = Instant::now();
            // A backup on request may be running, and must end first.
            site.backup.clone().acquire_owned().await.map(|running| (began, running))
        };
        let Some(Ok((began, running))) = site.stopping.run_until_cancelled(turn).await else { return };
        let (store, names, plan_of_this) = (site.directories.store.clone(), names.clone(), plan.clone());
        let cancel = CancelFlag::default();
        let cancel_of_this = cancel.clone();
        let mut writing = observe::spawn_blocking(move || {
            let written = names.write(&store, &plan_of_this, Timestamp::now(), &cancel_of_this);
            drop(running);
            written
        });
        let written = tokio::select! {
            written = &mut writing => written,
            () = site.stopping.cancelled() => {
                cancel.set();
                writing.await
            }
        };
        let next = match told(written) {
            Ok((backup, at)) => {
                site.metrics.scheduled_backup.set(at.as_second());
                tracing::info!(backup = %backup.display(), "backup written");
                plan.every
            }
            Err(reason) if cancel.is_set() => {
                tracing::info!(reason, "the server stops: the backup that was being made is given up");
                return;
            }
            Err(error) => {
                site.metrics.scheduled_backup_failures.inc();
                let next = plan.every.min(BACKUP_RETRY);
                tracing::error!(error, retry_seconds = next.as_secs(), "no backup could be written");
                next
            }
        };
        due = began + next;
    }
}

/// The result of work in another thread. An error or a panic becomes text.
fn told<T>(done: Result<Result<T, StoreError>, JoinError>) -> Result<T, String> {
    done.map_err(|panic| panic.to_string())?.map_err(|error| error.to_string())
}

/// The time until the next backup.
fn wait(newest: Option<Timestamp>, now: Timestamp, every: Duration) -> Duration {
    let age = newest.and_then(|newest| Duration::try_from(now.duration_since(newest)).ok());
    age.map_or(Duration::ZERO, |age| every.saturating_sub(age))
}

/// The names of the backups of one directory.
#[derive(Clone)]
struct Names {
    /// The part after the timestamp: the beginning of the first organisation's id. Servers of several directories may
    /// write to one folder.
    end: String,
}

impl Names {
    fn of(first: convoke_core::OrganisationId) -> Self {
        let id = first.0.simple().to_string();
        Names { end: format!("-{}.sqlite", id.get(..8).unwrap_or_default()) }
    }

    fn name(&self, at: Timestamp) -> String {
        format!("convoke-{}{}", at.strftime(MOMENT), self.end)
    }

    /// The time of the backup with this name. `None` if it is not the name of a backup of this directory.
    fn moment(&self, name: &str) -> Option<Timestamp> {
        let text = name.strip_prefix("convoke-")?.strip_suffix(&self.end)?;
        let at = DateTime::strptime(MOMENT, text).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
        (self.name(at) == name).then_some(at)
    }

    /// All backups in the folder, the oldest first.
    fn all(&self, folder: &Path) -> Result<Vec<(Timestamp, PathBuf)>, StoreError> {
        let io = |error| StoreError::file(folder, error);
        let mut all = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let at = entry.file_name().to_str().and_then(|name| self.moment(name));
            if let Some(at) = at.filter(|_| entry.file_type().is_ok_and(|kind| kind.is_file())) {
                all.push((at, entry.path()));
            }
        }
        all.sort();
        Ok(all)
    }

    /// The time of the newest backup in the folder. A backup with a time in the future was made while the clock was
    /// wrong, and is ignored.
    fn newest(&self, folder: &Path, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.all(folder)?.into_iter().map(|(at, _)| at).rfind(|at| *at <= now))
    }

    /// Writes a backup, checks it for damage, and deletes the oldest ones beyond the number to keep.
    fn write(
        &self,
        store: &Store,
        plan: &Backups,
        at: Timestamp,
        cancel: &CancelFlag,
    ) -> Result<(PathBuf, Timestamp), StoreError> {
        let folder = BackupFolder::new_in(&plan.folder)?;
        let copy = folder.path().join("copy");
        let Store::Sqlite(store) = store else {
            return Err(StoreError::Refused("only an SQLite store has scheduled backups".into()));
        };
        let damage = store.checked_backup(&copy, cancel)?;
        let backup = plan.folder.join(self.name(at));
        rename_durably(&copy, &backup)?;
        for damage in damage {
            tracing::warn!(backup = %backup.display(), "the backup has damage that the next start mends: {damage}");
        }
        if let Err(error) = self.prune(plan, at) {
            tracing::warn!(%error, "backups that are too many stay");
        }
        Ok((backup, at))
    }

    /// Deletes the oldest of the backups up to this one, beyond the number to keep. A newer one than this was made
    /// while the clock was wrong, and is kept. If one cannot be deleted, the others are still deleted; the first error
    /// is returned.
    fn prune(&self, plan: &Backups, up_to: Timestamp) -> Result<(), StoreError> {
        let mut all = self.all(&plan.folder)?;
        all.retain(|(at, _)| at.as_second() <= up_to.as_second());
        let n_old = all.len().saturating_sub(plan.keep.get());
        let mut done = Ok(());
        for (_, backup) in all.into_iter().take(n_old) {
            match std::fs::remove_file(&backup) {
                Ok(()) => tracing::info!(backup = %backup.display(), "old backup deleted"),
                // Another program may delete old backups too.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => done = done.and(Err(StoreError::file(backup, error))),
            }
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoke_core::OrganisationId;
    use uuid::Uuid;

    #[test]
    fn names_tell_the_moment_and_the_directory_and_nothing_else_is_one() {
        let names = Names::of(OrganisationId(Uuid::from_u128(0x1234_5678 << 96)));
        let at: Timestamp = "2026-11-27T23:04:05Z".parse().expect("a moment");
        assert_eq!(names.name(at), "convoke-20261127T230405Z-12345678.sqlite");
        assert_eq!(names.moment(&names.name(at)), Some(at));
        for name in [
            "convoke-20261127T230405Z-12345679.sqlite",
            "convoke-20261127T230405Z.sqlite",
            "convoke-2026-11-27-12345678.sqlite",
            "convoke-+20261127T230405Z-12345678.sqlite",
            "convoke-20261327T230405Z-12345678.sqlite",
            "convoke-20261127T230405Z-12345678.sqlite-wal",
            "my-convoke-20261127T230405Z-12345678.sqlite",
        ] {
            assert_eq!(names.moment(name), None, "{name}");
        }
    }

    #[test]
    fn the_next_one_is_due_when_the_newest_is_old_enough() {
        let at = |seconds| Timestamp::from_second(seconds).expect("a moment");
        let every = Duration::from_secs(100);
        for (newest, expected) in
            [(None, 0), (Some(900), 0), (Some(899), 0), (Some(950), 50), (Some(1000), 100), (Some(1001), 0)]
        {
            assert_eq!(wait(newest.map(at), at(1000), every), Duration::from_secs(expected), "{newest:?}");
        }
    }

    #[test]
    fn a_backup_of_the_future_is_not_the_newest() {
        let names = Names::of(OrganisationId(Uuid::from_u128(1)));
        let folder = tempfile::tempdir().expect("a folder for the test");
        let at = |seconds| Timestamp::from_second(seconds).expect("a moment");
        for seconds in [1000, 1010, 2000] {
            std::fs::write(folder.path().join(names.name(at(seconds))), "a backup").expect("a file");
        }
        for (now, expected) in [(999, None), (1010, Some(1010)), (1999, Some(1010)), (2000, Some(2000))] {
            assert_eq!(names.newest(folder.path(), at(now)).expect("it is read"), expected.map(at), "{now}");
        }
    }
}
