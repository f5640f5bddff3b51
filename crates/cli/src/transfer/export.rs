//! `convoke export`.

use super::file::AtomicFile;
use super::format::{Form, Format, Kind, is_standard};
use super::interrupt::Interrupt;
use super::progress::{Progress, Total};
use super::read_and_take;
use super::source::Source;
use super::table::Header;
use crate::CommandError;
use crate::connection::Connection;
use clap::Args;
use convoke_client::import::Row;
use futures_util::TryFutureExt;
use std::cell::Cell;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use tokio::sync::mpsc::{self, Receiver};

/// The number of concurrent requests.
const CONCURRENCY: usize = 8;

#[derive(Args)]
pub struct Export {
    /// What to write
    what: Kind,
    /// The file, .csv or .jsonl, or - for standard output; an existing file is replaced
    file: PathBuf,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    connection: Connection,
}

impl Export {
    /// Writes the file. The same directory gives the same bytes.
    pub async fn run(self) -> Result<(), CommandError> {
        let Export { what, file, form, connection } = self;
        let format = form.of(what, &file)?;
        let client = connection.client()?;
        let progress = Progress::new("exporting", Total::Unknown);
        let (rows, received) = mpsc::channel(CONCURRENCY);
        let n_rows = Cell::new(0);
        let read = Source::new(&client, CONCURRENCY, &progress).read(what, rows);
        let missing = if is_standard(&file) {
            let mut output = BufWriter::new(io::stdout());
            let written = async {
                let written = write(what, format, form.delimiter, &mut output, received, &n_rows).await;
                written.and_then(|()| output.flush()).map_err(|error| match error.kind() {
                    // The reader has read enough.
                    ErrorKind::BrokenPipe => CommandError::enough(),
                    _ => CommandError::refused(format!("standard output: {error}")),
                })
            };
            read_and_take(read, written).await?.0
        } else {
            let mut interrupt = Interrupt::new()?;
            let mut output = AtomicFile::begin(&file)?;
            let written = write(what, format, form.delimiter, &mut output, received, &n_rows);
            let written = written.map_err(|error| CommandError::refused(format!("{}: {error}", file.display())));
            let (missing, ()) = tokio::select! {
                done = read_and_take(read, written) => done?,
                code = interrupt.next() => {
                    let (n_rows, file) = (n_rows.get(), file.display());
                    let sentence = format!("interrupted after {n_rows} rows; {file} is not written");
                    return Err(CommandError { sentence, code });
                }
            };
            let file = output.put()?;
            drop(progress);
            eprintln!("{}: {} rows", file.display(), n_rows.get());
            missing
        };
        missing.say()
    }
}

/// Writes rows as they arrive, and counts them.
async fn write(
    kind: Kind,
    format: Format,
    delimiter: u8,
    output: &mut impl Write,
    mut rows: Receiver<Vec<Row>>,
    n_rows: &Cell<u64>,
) -> io::Result<()> {
    match format {
        Format::Csv => {
            let header = Header::of(kind);
            let mut table = csv::WriterBuilder::new().delimiter(delimiter).from_writer(output);
            table.write_record(header.names()).map_err(written)?;
            while let Some(batch) = rows.recv().await {
                for row in &batch {
                    table.write_record(header.cells(row)).map_err(written)?;
                }
                n_rows.update(|before| before + batch.len() as u64);
            }
            table.flush()?;
        }
        Format::Jsonl => {
            while let Some(batch) = rows.recv().await {
                for row in &batch {
                    writeln!(output, "{}", kind.object(row))?;
                }
                n_rows.update(|before| before + batch.len() as u64);
            }
        }
    }
    Ok(())
}

/// The I/O error behind an error of the CSV writer, which has no others here.
fn written(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}
