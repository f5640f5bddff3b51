//! The store on one SQLite database in WAL mode, with its files, backups and inspection. Calls on files block the
//! calling thread.
//!
//! One thread owns the writing connection. It commits all waiting work in one transaction (group commit), and answers
//! when the transaction is on the disk. Another thread runs the look-ups of requests.

mod backup;
mod check;
mod error;
mod files;
mod follow;
mod gate;
mod head;
mod inspection;
pub(crate) mod load;
mod reader;
mod restore;
mod schema;
mod state;
mod tables;
mod tail;
mod token;
pub(crate) mod turns;
mod walk;
mod writer;

use crate::turn::InTurn;
use crate::{
    Batch, Loaded, LogPart, Measures, Missing, OperationKey, Operations, Snapshot, StoreError, Token, TokenKind,
    Writes, blocking,
};
pub use backup::{BackupFolder, rename_durably};
use convoke_core::{ClientId, OrganisationId, Timestamp};
use error::optional;
use files::StoreFiles;
use files::identity::Lineage;
use gate::Gate;
use head::Head;
pub use inspection::Inspection;
use reader::Reader;
pub use restore::Restored;
use rusqlite::Connection;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tables::Claims;
use turns::{SqliteTurn, Turns};
use writer::{Work, Write, Writer};

/// A store in an SQLite database.
pub struct Sqlite {
    path: PathBuf,
    writer: Writer,
    reader: Reader,
    turns: Turns,
    gate: Arc<Gate>,
    /// The lock of the store: only one process may have it open. It is dropped last, because closing the file would
    /// release the locks that SQLite's connections hold on it.
    _files: Arc<StoreFiles>,
}

/// What to do if the store has fewer commits than were acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LostCommits {
    /// Refuse to open it.
    #[default]
    Refuse,
    /// Open it, and give up the missing commits.
    Accept,
}

impl Sqlite {
    /// Opens the store in this file, and creates it if there is none. Nothing is written to a store in the newest
    /// format, so it can be opened on a full disk.
    ///
    /// # Errors
    ///
    /// When another process has it open, a newer program made it, the file is not a store, acknowledged commits are
    /// missing, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Sqlite::open_with(path, LostCommits::Refuse, Missing::Make)
    }

    /// Opens a store as [`Sqlite::open`] does. The caller decides what happens if acknowledged commits or the store
    /// itself are missing.
    ///
    /// # Errors
    ///
    /// As [`Sqlite::open`].
    pub fn open_with(path: &Path, lost: LostCommits, missing: Missing) -> Result<Self, StoreError> {
        let files = Arc::new(StoreFiles::open(path, missing)?);
        let path = files.path.clone();
        let mut connection = Connection::open(&path)?;
        schema::configure(&connection)?;
        schema::migrate(&mut connection)?;
        match files.lineage {
            Lineage::Number(_) => {}
            Lineage::Old => carry_over(&connection, &path)?,
            // The checkpoint lets the database itself name the store, so that the head file can name it. If there is no
            // space for a checkpoint, the store is opened without one.
            Lineage::Unknown => match carry_over(&connection, &path) {
                Ok(()) | Err(StoreError::Full) => {}
                Err(error) => return Err(error),
            },
        }
        files.tidy();
        let head = schema::head(&connection)?;
        if files.head.is_none() && head.commits > 0 {
            tracing::warn!(
                file = %head::name(&path).display(),
                "the file that counts the commits is missing or damaged, as it is after a restore: commits that are \
                 missing from the end of the log could not be noticed"
            );
        }
        match (n_lost(files.head, head), lost) {
            (0, _) => {}
            (n_commits, LostCommits::Refuse) => return Err(lost_commits(n_commits)),
            (n_commits, LostCommits::Accept) => tracing::warn!(n_commits, "acknowledged commits are given up"),
        }
        backup::sweep(files::folder_of(&path));
        let reader = schema::open_reader(&path)?;
        schema::require_log(&reader, &path)?;
        let reader = Reader::start(reader)?;
        let gate = Arc::new(Gate::default());
        let writer = Writer::start(connection, files.clone(), head, gate.clone())?;
        // All files exist now. SQLite syncs the folder too, but does not report when that fails.
        files::sync_folder(files::folder_of(&path))?;
        Ok(Sqlite { path, writer, reader, turns: Turns::default(), gate, _files: files })
    }

    /// The path of the database, with symbolic links resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The size in bytes of the database and of its write-ahead log. A file that cannot be read counts as 0.
    pub fn bytes(&self) -> [(&'static str, u64); 2] {
        let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        [("database", bytes(&self.path)), ("log", bytes(&files::beside(&self.path, "-wal")))]
    }

    /// Updates the tables to the end of the log. The store also does this by itself, from time to time and when it is
    /// closed.
    ///
    /// # Errors
    ///
    /// As [`Store::put_token`](crate::Store::put_token).
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        self.gate.pass().await?;
        self.writer.run(Work::CatchUp).await
    }

    /// The settings of the writing connection: journal mode, synchronous level, SQLite version.
    ///
    /// # Errors
    ///
    /// As [`Store::put_token`](crate::Store::put_token).
    pub async fn settings(&self) -> Result<(String, i64, String), StoreError> {
        self.writer.run(Work::Settings).await
    }

    pub(crate) fn measures(&self) -> &Measures {
        self.writer.measures()
    }

    pub(crate) fn writes(&self) -> Writes {
        // They wait until the store is known to be sound.
        if self.gate.is_closed() { Writes::Locked } else { self.writer.writes() }
    }

    pub(crate) async fn load(&self) -> Result<Vec<Loaded>, StoreError> {
        let snapshot = self.snapshot().await?;
        blocking(move || {
            let ids = snapshot.organisations()?;
            let all = ids.into_iter().map(|id| snapshot.load(id)).collect::<Result<Vec<_>, _>>()?;
            claims(&all)?;
            Ok(all)
        })
        .await
    }

    pub(crate) fn check_beside(&self) {
        let path = self.path.clone();
        self.gate.close_during(move |cancel| {
            for found in check::check(&backup::reader(&path, cancel)?, &mut |_, _| {})? {
                tracing::error!("{found}");
            }
            Ok(())
        });
    }

    pub(crate) async fn checked(&self) -> Result<(), StoreError> {
        self.gate.pass().await
    }

    pub(crate) async fn damage(&self) -> StoreError {
        self.gate.damage().await
    }

    pub(crate) async fn repair(&self, loaded: &[Loaded]) -> Result<(), StoreError> {
        let mut repairs = Vec::new();
        for Loaded { directory, head, damage } in loaded {
            if let Some(damage) = damage {
                tracing::error!("{damage}; they are made again from the log, which is sound");
                repairs.push(Write::Tables(directory.organisation().id, Box::new(directory.records()), *head));
            }
        }
        let claims = claims(loaded)?;
        let compare = move |connection: &Connection| Ok((tables::has_claims(connection, &claims)?, claims));
        let (are_as_said, claims) = self.reader.run(compare).await?;
        if !are_as_said {
            tracing::error!("the table of sign-in names is damaged; it is made again");
            repairs.push(Write::Claims(claims));
        }
        for repair in repairs {
            match self.write(repair).await {
                // The check that ran beside found more damage, which cannot be repaired.
                Err(error @ StoreError::Damaged(_)) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "damaged tables are not repaired yet; the next start tries again");
                }
                Ok(()) => {}
            }
        }
        Ok(())
    }

    pub(crate) async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.writer.run(Work::Snapshot).await
    }

    pub(crate) async fn turn(&self, organisation: OrganisationId) -> SqliteTurn {
        self.turns.take(organisation).await
    }

    pub(crate) async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let _turn = self.turn(batch.organisation).await;
        self.write(Write::Batch(batch, InTurn::No)).await
    }

    pub(crate) async fn commit_in_turn(&self, batch: Batch, _turn: SqliteTurn) -> Result<(), StoreError> {
        self.write(Write::Batch(batch, InTurn::Yes)).await
    }

    pub(crate) async fn follow(&self, organisation: OrganisationId, after: u64) -> Result<LogPart, StoreError> {
        self.reader.run(move |connection| follow::follow(connection, organisation, after)).await
    }

    pub(crate) async fn operations(
        &self,
        organisation: OrganisationId,
        keys: Vec<OperationKey>,
        since: Timestamp,
    ) -> Result<Operations, StoreError> {
        self.reader.run(move |connection| tables::operations(connection, organisation, keys, since)).await
    }

    pub(crate) async fn token(&self, hash: [u8; 32], kind: TokenKind) -> Result<Option<Token>, StoreError> {
        self.reader.run(move |connection| token::find(connection, &hash, kind)).await
    }

    pub(crate) async fn organisation_of(&self, client: &ClientId) -> Result<Option<OrganisationId>, StoreError> {
        let client = client.clone();
        self.reader.run(move |connection| tables::organisation_of(connection, &client)).await
    }

    pub(crate) async fn put_token(&self, token: Token) -> Result<(), StoreError> {
        self.write(Write::Token(token)).await
    }

    pub(crate) async fn delete_token(&self, hash: [u8; 32]) -> Result<(), StoreError> {
        self.write(Write::TokenGone(hash)).await
    }

    pub(crate) async fn sweep(&self, now: Timestamp, operations_since: Timestamp) -> Result<(), StoreError> {
        self.write(Write::Sweep { now, operations_since }).await
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        self.gate.pass().await?;
        self.writer.run(|reply| Work::Write(write, reply)).await
    }
}

/// The number of commits that the file beside the store counts and the store does not have.
fn n_lost(apart: Option<Head>, head: Head) -> i64 {
    let apart = apart.filter(|apart| apart.lineage == head.lineage);
    apart.map_or(0, |apart| apart.commits.saturating_sub(head.commits).max(0))
}

fn lost_commits(n_commits: i64) -> StoreError {
    StoreError::Damaged(format!(
        "the last {n_commits} commits that were acknowledged are missing from its write-ahead log; restore a backup with \
         `convoke restore`, or start once with --accept-lost-commits to go on without them"
    ))
}

/// Copies the write-ahead log into the database (a checkpoint), so that the database contains the id of the store
/// before the head file names it. Otherwise, if the process were killed during an upgrade, the log would appear to
/// belong to another store.
fn carry_over(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let is_busy = connection.query_row("PRAGMA wal_checkpoint(truncate)", [], |row| row.get(0))?;
    if is_busy { Err(StoreError::Locked(path.display().to_string())) } else { Ok(()) }
}

/// The organisation of every client and connector id.
fn claims(loaded: &[Loaded]) -> Result<Claims, StoreError> {
    let mut claims = Claims::new();
    for Loaded { directory, .. } in loaded {
        for client in directory.caller_ids() {
            if claims.insert(client.clone(), directory.organisation().id).is_some() {
                return Err(StoreError::Damaged(format!("two organisations have a client {client}")));
            }
        }
    }
    Ok(claims)
}

/// Options to open a file that only its owner can read if it is created.
fn private_file() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
