//! `convoke pull`.

use super::interrupt::Interrupt;
use super::progress::{Progress, Total};
use super::records::{Record, RecordFormat};
use super::sink::{Plan, Sink};
use super::source::Source;
use super::{format::Kind, read_and_take, received};
use crate::CommandError;
use crate::connection::{Connection, client_of};
use clap::Args;
use futures_util::{StreamExt, TryFutureExt};
use std::path::PathBuf;
use tokio::sync::mpsc;

/// The maximum number of concurrent requests.
const MOST: i64 = 64;

#[derive(Args)]
pub struct Pull {
    /// The profile of the server to copy from, as login stored it
    #[arg(long, value_name = "PROFILE")]
    from: String,
    /// Number of concurrent requests to it
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=MOST))]
    concurrency: u8,
    /// Report what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Report each row that changes something; with --dry-run, the old and new values of each field
    #[arg(long, short, conflicts_with = "json")]
    verbose: bool,
    /// File for refused rows, with the reasons
    #[arg(long, value_name = "FILE", default_value = "pull.errors.jsonl")]
    errors: PathBuf,
    #[command(flatten)]
    connection: Connection,
}

impl Pull {
    /// Copies all that can be read, with the same ids.
    pub async fn run(self) -> Result<(), CommandError> {
        let from = client_of(&self.from)?;
        let to = self.connection.client()?;
        let mut interrupt = Interrupt::new()?;
        let progress = Progress::new("pulling", Total::Unknown);
        let concurrency = usize::from(self.concurrency);
        let (rows, read) = mpsc::channel(concurrency);
        let reading = Source::new(&from, concurrency, &progress).read(Kind::All, rows);
        let plan = Plan {
            dry_run: self.dry_run,
            verbose: self.verbose,
            json: self.connection.server.output.is_json()?,
            errors: self.errors,
            managers_last: false,
            shown: RecordFormat::LINE,
            unit: "row",
        };
        let mut n_rows = 0;
        let records = received(read).map(|rows| {
            let record = |row| {
                n_rows += 1;
                let text = serde_json::to_vec(&row).expect("rows have string keys and no failing values");
                Record { line: n_rows, end: 0, text: text.into(), row: Ok(row) }
            };
            rows.into_iter().map(record).collect()
        });
        let reading = reading.map_err(|error| {
            let sentence = format!("{}: {}", self.from, error.sentence);
            CommandError { sentence, ..error }
        });
        let (missing, ()) = read_and_take(reading, Sink::new(plan, None).run(&to, records, &mut interrupt)).await?;
        drop(progress);
        missing.say()
    }
}
