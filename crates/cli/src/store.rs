//! `convoke verify` and `convoke backup`, by the running server or on a store that no server is using. `convoke
//! restore`, on a store that no server is using.

use crate::CommandError;
use crate::connection::Connection;
use crate::output::{note, print};
use crate::waiting::{Step, waiting};
use clap::Args;
use convoke_server::{StoreLocation, verify_store};
use convoke_store::sqlite::{BackupFolder, Sqlite, rename_durably};
use convoke_wire::Nothing;
use convoke_wire::operator::{GetBackup, GetVerification, Verification};
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;

/// The timeout of a verification, and of the beginning of a backup.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

#[derive(Args)]
pub struct Verify {
    /// The store, when no server is using it: sqlite:PATH
    #[arg(long, value_name = "STORE")]
    store: Option<StoreLocation>,
    #[command(flatten)]
    connection: Connection,
}

impl Verify {
    /// Prints the differences, or that there are none.
    pub async fn run(self) -> Result<(), CommandError> {
        let json = self.connection.server.output.is_json()?;
        let found = match &self.store {
            Some(StoreLocation::Postgres(_)) => return Err(not_a_file("a running server verifies it: convoke verify")),
            Some(StoreLocation::Sqlite(path)) => {
                require(path)?;
                let (step, steps) = watch::channel(Step::default());
                let path = path.clone();
                let work = tokio::task::spawn_blocking(move || {
                    verify_store(&path, &mut |what, done, total| {
                        step.send_replace(Step { what, done, total });
                    })
                });
                waiting(steps, work).await.map_err(CommandError::refused)?.map_err(CommandError::refused)?
            }
            None => {
                let client = self.connection.client()?.with_timeout(PATIENCE);
                let what = "the server compares memory, tables and log";
                let (_step, steps) = watch::channel(Step { what, ..Step::default() });
                waiting(steps, client.call::<GetVerification>(&Nothing {}, &Nothing {}, None)).await?
            }
        };
        if json {
            print(&serde_json::to_string(&found).map_err(CommandError::refused)?)?;
        } else if found.differences.is_empty() {
            let Verification { organisations, entries, .. } = found;
            let organisations = counted(organisations as u64, "organisation", "organisations");
            let entries = counted(entries, "log entry", "log entries");
            print(&format!("{organisations}, {entries}: no differences"))?;
        } else {
            print(&found.differences.join("\n"))?;
        }
        match found.differences.len() {
            0 => Ok(()),
            n => Err(CommandError::refused(format!(
                "{}; keep the store as it is, and restore a backup elsewhere",
                counted(n as u64, "difference", "differences")
            ))),
        }
    }
}

#[derive(Args)]
pub struct Backup {
    /// The file to write, which must not exist; or - for standard output
    file: PathBuf,
    /// The store, when no server is using it: sqlite:PATH
    #[arg(long, value_name = "STORE")]
    store: Option<StoreLocation>,
    #[command(flatten)]
    connection: Connection,
}

impl Backup {
    /// Writes the copy under a temporary name first, so that the file is complete when it gets its name.
    pub async fn run(self) -> Result<(), CommandError> {
        let file = &self.file;
        if file == Path::new("-") {
            return self.print().await;
        }
        let problem = |error: std::io::Error| CommandError::refused(format!("{}: {error}", file.display()));
        if file.exists() {
            return Err(CommandError::refused(format!("{} exists; name a new file", file.display())));
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let partial = BackupFolder::new_in(folder).map_err(CommandError::refused)?;
        let copy = partial.path().join("copy");
        match &self.store {
            Some(StoreLocation::Postgres(_)) => return Err(not_a_file(BACK_UP)),
            Some(StoreLocation::Sqlite(path)) => open(path)?.backup(&copy).map_err(CommandError::refused)?,
            None => {
                // Like a store, only its owner can read it.
                let mut options = File::options();
                let mut written = options.write(true).create_new(true).mode(0o600).open(&copy).map_err(problem)?;
                self.download(&mut written, problem).await?;
                written.sync_all().map_err(problem)?;
            }
        }
        rename_durably(&copy, file).map_err(CommandError::refused)?;
        let size = std::fs::metadata(file).map_err(problem)?.len();
        note(&format!("{}: {size} bytes", file.display()));
        Ok(())
    }

    /// Writes the copy to standard output.
    async fn print(&self) -> Result<(), CommandError> {
        let mut stdout = std::io::stdout();
        if stdout.is_terminal() {
            return Err(CommandError::usage(
                "a backup is not for a terminal; name a file, or write convoke backup - > FILE",
            ));
        }
        let problem = |error: std::io::Error| CommandError::refused(format!("standard output: {error}"));
        let size = match &self.store {
            Some(StoreLocation::Postgres(_)) => return Err(not_a_file(BACK_UP)),
            Some(StoreLocation::Sqlite(path)) => {
                let store = open(path)?;
                let partial = BackupFolder::new_in(store.path().parent().unwrap_or(Path::new(".")));
                let copy = partial.map(|folder| (folder.path().join("copy"), folder)).map_err(CommandError::refused)?;
                store.backup(&copy.0).map_err(CommandError::refused)?;
                let mut copy = File::open(&copy.0).map_err(CommandError::refused)?;
                std::io::copy(&mut copy, &mut stdout).map_err(problem)?
            }
            None => self.download(&mut stdout, problem).await?,
        };
        stdout.flush().map_err(problem)?;
        note(&format!("standard output: {size} bytes"));
        Ok(())
    }

    /// Downloads the copy from the server. Returns its size in bytes.
    async fn download(
        &self,
        to: &mut impl Write,
        problem: impl Fn(std::io::Error) -> CommandError,
    ) -> Result<u64, CommandError> {
        let client = self.connection.client()?.with_timeout(PATIENCE);
        let mut download = client.download::<GetBackup>(&Nothing {}, &Nothing {}).await?;
        let mut size = 0;
        while let Some(chunk) = download.chunk().await? {
            to.write_all(&chunk).map_err(&problem)?;
            size += chunk.len() as u64;
        }
        Ok(size)
    }
}

#[derive(Args)]
pub struct Restore {
    /// The backup
    file: PathBuf,
    /// Where the store is to be; no server may be using it: sqlite:PATH
    #[arg(long, value_name = "STORE")]
    store: StoreLocation,
    /// Replace a store that is there without asking; it is kept under another name
    #[arg(long)]
    yes: bool,
}

impl Restore {
    /// Asks before it replaces a store. If nobody can be asked, `--yes` is required.
    pub fn run(self) -> Result<(), CommandError> {
        let StoreLocation::Sqlite(path) = &self.store else { return Err(not_a_file(BACK_UP)) };
        if path.exists() && !self.yes && !self.may_replace(path)? {
            return Err(CommandError::refused("nothing was replaced"));
        }
        let suffix = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let restored = Sqlite::restore(&self.file, path, &suffix).map_err(CommandError::refused)?;
        note(&format!(
            "{}: {}, {}",
            restored.store.display(),
            counted(restored.organisations as u64, "organisation", "organisations"),
            counted(restored.entries, "log entry", "log entries")
        ));
        for found in restored.damage {
            note(&format!("damaged in the backup: {found}"));
        }
        if let Some(aside) = restored.aside {
            note(&format!("the store that was there is now {}", aside.display()));
        }
        Ok(())
    }

    fn may_replace(&self, path: &Path) -> Result<bool, CommandError> {
        if !std::io::stdin().is_terminal() {
            let sentence =
                format!("{} exists; give --yes to replace it, it is kept under another name", path.display());
            return Err(CommandError::refused(sentence));
        }
        let question = format!("{} exists; replace it, and keep it under another name? [y/N] ", path.display());
        let mut stderr = std::io::stderr();
        let asked = stderr.write_all(question.as_bytes()).and_then(|()| stderr.flush());
        let mut answer = String::new();
        asked.and_then(|()| std::io::stdin().read_line(&mut answer)).map_err(CommandError::refused)?;
        Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
    }
}

/// How a PostgreSQL database is backed up and restored.
const BACK_UP: &str = "back it up and restore it by its own tools, such as pg_dump and pg_restore";

/// The refusal of a command that works on SQLite's file.
fn not_a_file(what_to_do: &str) -> CommandError {
    CommandError::usage(format!("a PostgreSQL store is no file; {what_to_do}"))
}

/// Opens an existing store. A mistyped path creates none.
fn open(path: &Path) -> Result<Sqlite, CommandError> {
    require(path)?;
    Sqlite::open(path).map_err(CommandError::refused)
}

fn require(path: &Path) -> Result<(), CommandError> {
    if path.exists() { Ok(()) } else { Err(CommandError::refused(format!("{} does not exist", path.display()))) }
}

/// A number with its noun.
fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
