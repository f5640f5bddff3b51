//! Where directories are kept: an append-only log of changes, and tables of the current state that
//! follow it. Knows changes, never HTTP; every rule is elsewhere.
//!
//! One thread owns the connection that writes, and puts what waits for it into one transaction:
//! that is the group commit. Nothing is answered before its transaction is on the disk.

mod error;
mod measures;
mod record;
mod sqlite;

pub use backup::{BackupFolder, rename_durably};
use convoke_core::{Actor, Change, ClientId, Directory, OrganisationId, Subject, Timestamp};
pub use error::StoreError;
use head::Head;
pub use inspection::Inspection;
pub use load::Snapshot;
pub use measures::Measures;
use place::Place;
use place::identity::Lineage;
pub use restore::Restored;
use rusqlite::{Connection, OptionalExtension};
use sqlite::{backup, chain, check, head, inspection, load, place, restore, schema, state, tables, tail, token, writer};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tables::Claims;
pub use token::{Token, TokenKind};
pub use writer::Writes;
use writer::{Work, Write, Writer};

/// The store of all organisations, on one SQLite database in WAL mode.
pub struct Store {
    path: PathBuf,
    writer: Writer,
    /// Reads what requests need between commits; never holds a transaction open.
    reader: Mutex<Connection>,
    /// Held while this store is open: one process, one store. Dropped last: closing the file ends the locks that
    /// SQLite's connections hold on it.
    _place: Arc<Place>,
}

/// What several commands of one organisation came to, in order.
pub struct Batch {
    /// The organisation.
    pub organisation: OrganisationId,
    /// How many commands its log holds already; the batch is refused when that is not so.
    pub expected: u64,
    /// The commands.
    pub entries: Vec<Entry>,
}

/// What one command came to.
pub struct Entry {
    /// When it was decided.
    pub at: Timestamp,
    /// Who asked, if anyone did.
    pub actor: Option<Actor>,
    /// The changes. A command without any makes no row in the log, and takes no number.
    pub changes: Vec<Change>,
    /// How the command is known if it comes again.
    pub operation: Option<Operation>,
}

/// A command's own id, given by its client or connector, and what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The client or connector.
    pub client: ClientId,
    /// The id.
    pub key: String,
    /// A digest of the request: the same id with another request is refused.
    pub fingerprint: [u8; 32],
    /// What the reply was about.
    pub subject: Subject,
}

/// One organisation, loaded.
pub struct Loaded {
    /// Its directory.
    pub directory: Directory,
    /// How many commands its log holds.
    pub head: u64,
    /// What is wrong with the tables. The directory is made from the log then.
    pub damage: Option<String>,
}

/// What happens when the store has fewer commits than were acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LostCommits {
    /// It is not opened.
    #[default]
    Refuse,
    /// It is opened, and they are given up.
    Accept,
}

/// What happens when there is no store where one is to be opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// A new one is made.
    #[default]
    Make,
    /// Nothing is made, and that is an error.
    Refuse,
}

impl Store {
    /// Opens the store in this file, and makes it if there is none. Nothing is written to a store that has the newest
    /// format, so that one on a full disk opens too.
    ///
    /// # Errors
    ///
    /// When another process has it open, a newer program made it, it is something else than a store, acknowledged
    /// commits are missing from it, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Store::open_with(path, LostCommits::Refuse, Missing::Make)
    }

    /// The same, where acknowledged commits that are missing may be given up, and a store that is missing may be
    /// refused.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub fn open_with(path: &Path, lost: LostCommits, missing: Missing) -> Result<Self, StoreError> {
        let place = Arc::new(Place::open(path, missing)?);
        let path = place.path.clone();
        let mut connection = Connection::open(&path)?;
        schema::configure(&connection)?;
        schema::migrate(&mut connection)?;
        match place.lineage {
            Lineage::Number(_) => {}
            Lineage::Old => carry_over(&connection, &path)?,
            // A store whose log speaks for it may have a head at once: without space it opens all the same.
            Lineage::Unknown => match carry_over(&connection, &path) {
                Ok(()) | Err(StoreError::Full) => {}
                Err(error) => return Err(error),
            },
        }
        place.tidy();
        let head = schema::head(&connection)?;
        if place.head.is_none() && head.commits > 0 {
            tracing::warn!(
                file = %head::name(&path).display(),
                "the file that counts the commits is missing or damaged, as it is after a restore: commits that are \
                 missing from the end of the log could not be noticed"
            );
        }
        match (n_lost(place.head, head), lost) {
            (0, _) => {}
            (n_commits, LostCommits::Refuse) => return Err(lost_commits(n_commits)),
            (n_commits, LostCommits::Accept) => tracing::warn!(n_commits, "acknowledged commits are given up"),
        }
        backup::sweep(place::folder_of(&path));
        let reader = schema::open_reader(&path)?;
        schema::require_log(&reader, &path)?;
        let reader = Mutex::new(reader);
        let writer = Writer::start(connection, place.clone(), head)?;
        // All files are made by now. SQLite syncs the folder too, and does not tell when that fails.
        place::sync_folder(place::folder_of(&path))?;
        Ok(Store { path, writer, reader, _place: place })
    }

    /// What is measured of commits.
    pub fn measures(&self) -> &Measures {
        self.writer.measures()
    }

    /// How many bytes the database has, and its write-ahead log. A file that cannot be asked has none.
    pub fn bytes(&self) -> [(&'static str, u64); 2] {
        let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        [("database", bytes(&self.path)), ("log", bytes(&place::beside(&self.path, "-wal")))]
    }

    /// The file that the store is in.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every organisation, in the order in which they were founded. Nothing is written: [`Store::repair`] does that,
    /// once [`Store::check`] has found the log sound.
    ///
    /// # Errors
    ///
    /// When the database cannot be read, or a log is damaged.
    pub async fn load(&self) -> Result<Vec<Loaded>, StoreError> {
        let snapshot = self.snapshot().await?;
        let ids = snapshot.organisations()?;
        let all = ids.into_iter().map(|id| snapshot.load(id)).collect::<Result<Vec<_>, _>>()?;
        claims(&all)?;
        Ok(all)
    }

    /// Makes again what [`Store::load`] found damaged, from what it loaded: tables of organisations, and the table of
    /// sign-in names. Nothing may have been written since. What cannot be written now is left to the next start.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub async fn repair(&self, loaded: &[Loaded]) -> Result<(), StoreError> {
        let mut repairs = Vec::new();
        for Loaded { directory, head, damage } in loaded {
            if let Some(damage) = damage {
                tracing::error!("{damage}; they are made again from the log, which is sound");
                repairs.push(Write::Tables(directory.organisation().id, Box::new(directory.records()), *head));
            }
        }
        let claims = claims(loaded)?;
        let snapshot = self.snapshot().await?;
        let mut are_as_said = claims.len() == snapshot.n_claims()?;
        for (client, id) in &claims {
            are_as_said &= snapshot.organisation_of(client)? == Some(*id);
        }
        drop(snapshot);
        if !are_as_said {
            tracing::error!("the table of sign-in names is damaged; it is made again");
            repairs.push(Write::Claims(claims));
        }
        for repair in repairs {
            if let Err(error) = self.write(repair).await {
                tracing::warn!(%error, "damaged tables are not repaired yet; the next start tries again");
            }
        }
        Ok(())
    }

    /// The state after everything that was asked to be written before, to read at leisure while
    /// writing goes on.
    ///
    /// # Errors
    ///
    /// When the database cannot be opened.
    pub fn snapshot(&self) -> impl Future<Output = Result<Snapshot, StoreError>> + Send + use<> {
        self.writer.run(Work::Snapshot)
    }

    /// Brings the tables up to the log. They follow by themselves, now and then and when the store is closed.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub fn catch_up(&self) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        self.writer.run(Work::CatchUp)
    }

    /// Whether writes are taken, as far as the last one tells. Those that are refused are tried again once a second.
    pub fn writes(&self) -> Writes {
        self.writer.writes()
    }

    /// Writes a batch, in its turn: the call queues it, and when the future is done it is on the
    /// disk, or nothing of it is.
    ///
    /// # Errors
    ///
    /// Nothing was written then. Where the outcome of a write is not known there is no answer: the
    /// process ends, with exit code 74.
    pub fn commit(&self, batch: Batch) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        self.write(Write::Batch(batch))
    }

    /// Keeps a token.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn put_token(&self, token: Token) -> Result<(), StoreError> {
        self.write(Write::Token(token)).await
    }

    /// Forgets a token, by its hash.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn delete_token(&self, hash: [u8; 32]) -> Result<(), StoreError> {
        self.write(Write::TokenGone(hash)).await
    }

    /// Forgets tokens that ended before `now`, and operations made before `operations_since`.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn sweep(&self, now: Timestamp, operations_since: Timestamp) -> Result<(), StoreError> {
        self.write(Write::Sweep { now, operations_since }).await
    }

    /// The token of this kind with this hash.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn token(&self, hash: &[u8; 32], kind: TokenKind) -> Result<Option<Token>, StoreError> {
        token::find(&self.reader(), hash, kind)
    }

    /// The organisation that the client or connector belongs to.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn organisation_of(&self, client: &ClientId) -> Result<Option<OrganisationId>, StoreError> {
        tables::organisation_of(&self.reader(), client)
    }

    /// The operation that this client or connector did under this key since the moment given.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn operation(
        &self,
        organisation: OrganisationId,
        client: &ClientId,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<Operation>, StoreError> {
        tables::operation(&self.reader(), organisation, client, key, since)
    }

    /// What the writing connection says of itself: journal mode, synchronous level, SQLite version.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn settings(&self) -> Result<(String, i64, String), StoreError> {
        self.writer.run(Work::Settings).await
    }

    fn write(&self, write: Write) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        self.writer.run(|reply| Work::Write(write, reply))
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        // The connection holds no state of ours that a panic could leave half-made.
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many commits the file beside the store counts that the store does not have.
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

/// Carries the write-ahead log over, so that the database itself says which store it is before the head names that
/// store. Between the two an upgrade may be killed, and then the log of the store would seem to be that of another.
fn carry_over(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let is_busy = connection.query_row("PRAGMA wal_checkpoint(truncate)", [], |row| row.get(0))?;
    if is_busy { Err(StoreError::Locked(path.into())) } else { Ok(()) }
}

/// Whose the ids of all clients and connectors are.
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

/// How a file is opened that, where it is made, is its owner's alone.
fn private_file() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn optional<T>(result: rusqlite::Result<T>) -> Result<Option<T>, StoreError> {
    Ok(result.optional()?)
}
