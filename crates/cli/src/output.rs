//! Output of results: tables and fields for people, and several formats for programs.

mod column;
mod fields;
mod rows;
mod table;
mod text;
mod thing;

pub use column::{Column, Columns, cell, field};
pub use rows::Rows;
pub use text::visible;
pub use thing::thing;

use crate::CommandError;
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::io::{ErrorKind, IsTerminal, Write};

/// In which form results are printed.
#[derive(Args)]
pub struct Output {
    /// The form of results [default: table]
    #[arg(long, short, global = true, value_name = "FORMAT", help_heading = "Output")]
    output: Option<Format>,
    /// Show these fields, by their names in the API or above a table, such as name,division.name
    #[arg(long, global = true, value_name = "FIELD", value_delimiter = ',', help_heading = "Output")]
    columns: Vec<String>,
    /// Leave out the line above tables and CSV that names the columns
    #[arg(long, global = true, help_heading = "Output")]
    no_headers: bool,
    /// Show owners and managers by id, rather than by name
    #[arg(long, global = true, help_heading = "Output")]
    ids: bool,
    /// Print the API's own replies, one line for each page
    #[arg(long, global = true, help_heading = "Output")]
    json: bool,
}

/// The form of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: columns, or a line for each field of one thing
    Table,
    /// One JSON document: an array of all entries, or one thing
    Json,
    /// JSON, one entry a line
    Jsonl,
    /// Comma-separated values
    Csv,
    /// YAML
    Yaml,
    /// Ids alone, one a line, to be given to other commands
    Name,
    /// The API's own replies.
    #[value(skip)]
    Replies,
}

/// The requested format, and the properties of standard output.
pub struct Screen {
    pub format: Format,
    pub style: Style,
    /// Whether tables show ids in place of names.
    pub ids: bool,
    columns: Vec<String>,
    has_headers: bool,
    /// The width of the terminal; `None` if standard output is not a terminal.
    room: Option<usize>,
}

impl Output {
    /// The requested format; refuses flags that do not fit together.
    pub fn screen(&self) -> Result<Screen, CommandError> {
        let format = match (self.output, self.json) {
            (Some(_), true) => return Err(CommandError::usage("give either --json or --output")),
            (None, true) => Format::Replies,
            (output, false) => output.unwrap_or(Format::Table),
        };
        if !self.columns.is_empty() && format == Format::Replies {
            return Err(CommandError::usage(
                "--json prints the API's own replies; --output json has the --columns you name",
            ));
        }
        if !self.columns.is_empty() && format == Format::Name {
            return Err(CommandError::usage("--output name prints ids alone, and takes no --columns"));
        }
        let room = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
        Ok(Screen {
            format,
            style: Style::of_stdout(),
            ids: self.ids,
            columns: self.columns.clone(),
            has_headers: !self.no_headers,
            room: room.filter(|width| *width > 0),
        })
    }

    /// Whether JSON is requested, for commands that print only text or JSON.
    pub fn is_json(&self) -> Result<bool, CommandError> {
        match self.screen()? {
            Screen { columns, .. } if !columns.is_empty() => Err(CommandError::usage("--columns is for listings")),
            Screen { format: Format::Table, .. } => Ok(false),
            Screen { format: Format::Replies | Format::Json | Format::Jsonl, .. } => Ok(true),
            Screen { .. } => Err(CommandError::usage("this command prints words, or with --output json JSON")),
        }
    }
}

impl Screen {
    /// Whether results are printed for people.
    pub fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Whether the API's responses are printed unchanged.
    pub fn is_verbatim(&self) -> bool {
        let is_json = matches!(self.format, Format::Json | Format::Jsonl);
        self.format == Format::Replies || (is_json && self.columns.is_empty())
    }
}

/// Whether output is coloured.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    colours: bool,
}

impl Style {
    /// The style for standard output, from its kind and the environment.
    pub fn of_stdout() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Style { colours: is_terminal() && !unwanted && !is_dumb }
    }

    fn bold(self, text: &str) -> String {
        self.sgr("1", text)
    }

    /// Dims text that is for copying and not for reading, such as ids.
    pub fn dim(self, text: &str) -> String {
        self.sgr("2", text)
    }

    fn sgr(self, code: &str, text: &str) -> String {
        if self.colours && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Prints a message to stderr. An error of stderr is ignored.
pub fn note(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "{sentence}");
}

/// Reports that no entry has a requested field: its name may be mistyped.
fn note_missing(field: &str) {
    note(&format!("nothing here has a field {:?}", visible(field)));
}

/// Prints lines to standard output.
pub fn print(lines: &str) -> Result<(), CommandError> {
    let end = if lines.is_empty() || lines.ends_with('\n') { "" } else { "\n" };
    write(&format!("{lines}{end}"))
}

/// Writes a text to standard output. A closed pipe is not an error: the reader has read enough.
fn write(text: &str) -> Result<(), CommandError> {
    if text.is_empty() {
        return Ok(());
    }
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => CommandError::enough(),
        _ => CommandError::refused(format!("standard output: {error}")),
    })
}

/// Rows as comma-separated values, after a header if there is one.
fn csv(header: &[String], rows: &[Vec<String>]) -> Result<String, CommandError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = Some(header).filter(|header| !header.is_empty());
    for row in header.into_iter().chain(rows.iter().map(Vec::as_slice)) {
        writer.write_record(row).map_err(CommandError::refused)?;
    }
    let bytes = writer.into_inner().map_err(CommandError::refused)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A value as YAML.
fn yaml(value: &Value) -> Result<String, CommandError> {
    serde_saphyr::to_string(value).map_err(CommandError::refused)
}

/// The id of a thing, as other commands take it; `None` if it has no such field.
fn name(thing: &Value, id: &str) -> Option<String> {
    thing.get(id).and_then(Value::as_str).map(|id| visible(id).into_owned() + "\n")
}
