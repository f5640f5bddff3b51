//! `convoke import`.

use super::file::AtomicFile;
use super::format::{Form, Format, Kind, is_standard};
use super::interrupt::Interrupt;
use super::names::{NameOptions, mistaken};
use super::progress::{Progress, Total};
use super::received;
use super::records::{Record, Records};
use super::sink::{Plan, Sink};
use crate::CommandError;
use crate::connection::Connection;
use clap::Args;
use futures_util::Stream;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// How many records are read at a time.
const BATCH: usize = 512;

#[derive(Args)]
pub struct Import {
    /// What is in the file
    what: Kind,
    /// The file, .csv or .jsonl, or - for standard input
    file: PathBuf,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    naming: NameOptions,
    /// Report what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Report each record that changes something; with --dry-run, the old and new values of each field
    #[arg(long, short, conflicts_with = "json")]
    verbose: bool,
    /// File for refused records, with the reasons [default: beside the file, with .errors.jsonl added]
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl Import {
    /// Imports a file.
    pub async fn run(self) -> Result<(), CommandError> {
        let Import { what, file, form, naming, .. } = self;
        let name = if is_standard(&file) { "standard input".into() } else { file.display().to_string() };
        let problem = |problem: &dyn std::fmt::Display| CommandError::refused(format!("{name}: {problem}"));
        let format = form.of(what, &file)?;
        let names = naming.of(what, format)?;
        let bytes = read(&file).map_err(|error| problem(&error))?;
        if format == Format::Jsonl {
            check_kind(what, &bytes, &file).map_err(|error| problem(&error))?;
        }
        let records = Records::new(what, names.clone(), format, form.delimiter, bytes.into());
        let records = records.map_err(|error| problem(&error))?;
        let client = self.connection.client()?;
        let is_named = self.errors.is_some();
        let errors = self.errors.unwrap_or_else(|| errors_of(&file));
        if is_named {
            check_errors(&errors, &file)?;
        }
        let plan = Plan {
            dry_run: self.dry_run,
            verbose: self.verbose,
            json: self.connection.server.output.is_json()?,
            errors: errors.clone(),
            // In an export of everything, managers come before those who report to them.
            managers_last: what == Kind::People,
            shown: records.shown(form.delimiter),
            unit: "line",
        };
        // Until here a signal simply ends the program.
        let mut interrupt = Interrupt::new()?;
        let progress = Progress::new(&format!("importing {name}"), Total::Bytes(records.len()));
        let done = Sink::new(plan, Some(&progress)).run(&client, Box::pin(batches(records)), &mut interrupt).await;
        names.say_left_out(&name);
        if done.is_ok() && !is_named && !self.dry_run {
            // Deletes the errors of an earlier run, if there are any.
            let _ = std::fs::remove_file(errors);
        }
        done
    }
}

/// Refuses a file for errors that cannot be written, or that is the input file. Checked before anything is changed.
fn check_errors(errors: &Path, file: &Path) -> Result<(), CommandError> {
    let place = |path: &Path| path.canonicalize().ok();
    if place(errors).is_some_and(|errors| place(file) == Some(errors)) {
        let name = errors.display();
        return Err(CommandError::refused(format!("{name} is the file that is taken in; name another one for errors")));
    }
    AtomicFile::begin(errors).map(drop)
}

/// Refuses a file whose first record is of another kind than given, and names the right command.
fn check_kind(what: Kind, bytes: &[u8], file: &Path) -> Result<(), String> {
    let mut lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    let Some((line, first)) = lines.find(|(_, line)| !line.trim_ascii().is_empty()) else { return Ok(()) };
    let Some(found) = mistaken(what, first) else { return Ok(()) };
    let said = match found {
        Kind::All => "is one that `export all` writes".to_owned(),
        _ => format!("is one of {}", found.word()),
    };
    Err(format!("line {line} {said}; the command is: convoke import {} {}", found.word(), file.display()))
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    if !is_standard(file) {
        return std::fs::read(file);
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The default file for refused records.
fn errors_of(file: &Path) -> PathBuf {
    let mut name = if is_standard(file) { OsString::from("import") } else { file.as_os_str().to_owned() };
    name.push(".errors.jsonl");
    name.into()
}

/// Records in batches. They are parsed on a thread of their own.
fn batches(mut records: Records) -> impl Stream<Item = Vec<Record>> {
    let (made, waiting) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        loop {
            let batch: Vec<Record> = records.by_ref().take(BATCH).collect();
            if batch.is_empty() || made.blocking_send(batch).is_err() {
                break;
            }
        }
    });
    received(waiting)
}
