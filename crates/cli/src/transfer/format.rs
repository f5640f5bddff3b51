//! The kinds of transferred things, and the formats of files.

use crate::CommandError;
use clap::{Args, ValueEnum};
use convoke_wire::import::{GroupRow, MembershipRow, PersonRow, Row};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::path::Path;

/// A kind of thing to transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// People
    People,
    /// Groups
    Groups,
    /// Who was added to which group
    Memberships,
    /// Everything, as JSON Lines
    All,
}

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table with a header.
    Csv,
    /// A JSON object a line
    Jsonl,
}

/// The format options, if the name of a file does not tell its format.
#[derive(Args)]
pub struct Form {
    /// Format of the file [default: from the name's ending; for standard input and output csv, all: jsonl]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// The separator of a table's cells: a character, or tab
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = delimiter)]
    pub delimiter: u8,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if matches!(text, "tab" | "\\t") => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => Ok(*byte),
        _ => Err("must be one character such as ; or the word tab".into()),
    }
}

impl Form {
    /// The format of a file.
    pub fn of(&self, kind: Kind, file: &Path) -> Result<Format, CommandError> {
        let ending = file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        let format = match (self.format, ending.as_deref()) {
            (Some(format), _) => format,
            (None, _) if is_standard(file) && kind == Kind::All => Format::Jsonl,
            (None, _) if is_standard(file) => Format::Csv,
            (None, Some("csv")) => Format::Csv,
            (None, Some("jsonl" | "ndjson")) => Format::Jsonl,
            (None, _) => {
                let name = file.display();
                return Err(CommandError::refused(format!("{name} ends neither in .csv nor in .jsonl; give --format")));
            }
        };
        if kind == Kind::All && format == Format::Csv {
            return Err(CommandError::refused("all that there is does not fit into one table; name the file .jsonl"));
        }
        Ok(format)
    }
}

/// Whether the path means standard input or output.
pub fn is_standard(file: &Path) -> bool {
    file.as_os_str() == "-"
}

impl Kind {
    /// The word for it in commands.
    pub fn word(self) -> &'static str {
        match self {
            Kind::People => "people",
            Kind::Groups => "groups",
            Kind::Memberships => "memberships",
            Kind::All => "all",
        }
    }

    /// Parses an object as a row. If all rows have one kind, the object has only the fields of the thing.
    pub fn row<'de, D: Deserializer<'de>>(self, object: D) -> Result<Row, D::Error> {
        match self {
            Kind::People => PersonRow::deserialize(object).map(|row| Row::Person(Box::new(row))),
            Kind::Groups => GroupRow::deserialize(object).map(|row| Row::Group(Box::new(row))),
            Kind::Memberships => MembershipRow::deserialize(object).map(Row::Membership),
            Kind::All => Row::deserialize(object),
        }
    }

    /// A row as an object: the inverse of [`Kind::row`].
    pub fn object(self, row: &Row) -> Value {
        let object = match row {
            Row::Person(person) if self == Kind::People => serde_json::to_value(person),
            Row::Group(group) if self == Kind::Groups => serde_json::to_value(group),
            Row::Membership(membership) if self == Kind::Memberships => serde_json::to_value(membership),
            _ => serde_json::to_value(row),
        };
        object.expect("rows have string keys and no failing values")
    }
}
