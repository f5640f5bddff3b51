//! What is moved, and how a file has it.

use crate::Trouble;
use clap::{Args, ValueEnum};
use convoke_wire::import::{GroupRow, MembershipRow, PersonRow, Row};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::path::Path;

/// What is moved.
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

/// How a file has rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table whose first line names the columns
    Csv,
    /// A JSON object a line
    Jsonl,
}

/// How a file is written, where its name does not tell.
#[derive(Args)]
pub struct Form {
    /// How the file is written [default: as its name ends; for standard input and output csv, all: jsonl]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// What separates the cells of a table: a character, or tab
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
    pub fn of(&self, kind: Kind, file: &Path) -> Result<Format, Trouble> {
        let ending = file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        let format = match (self.format, ending.as_deref()) {
            (Some(format), _) => format,
            (None, _) if is_standard(file) && kind == Kind::All => Format::Jsonl,
            (None, _) if is_standard(file) => Format::Csv,
            (None, Some("csv")) => Format::Csv,
            (None, Some("jsonl" | "ndjson")) => Format::Jsonl,
            (None, _) => {
                let name = file.display();
                return Err(Trouble::refused(format!("{name} ends neither in .csv nor in .jsonl; give --format")));
            }
        };
        if kind == Kind::All && format == Format::Csv {
            return Err(Trouble::refused("all that there is does not fit into one table; name the file .jsonl"));
        }
        Ok(format)
    }
}

/// Whether standard input or output is meant.
pub fn is_standard(file: &Path) -> bool {
    file.as_os_str() == "-"
}

impl Kind {
    /// The word by which commands name it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::People => "people",
            Kind::Groups => "groups",
            Kind::Memberships => "memberships",
            Kind::All => "all",
        }
    }

    /// The row that an object says. Where rows are all of one kind, the object is what the row is about.
    pub fn row<'de, D: Deserializer<'de>>(self, object: D) -> Result<Row, D::Error> {
        match self {
            Kind::People => PersonRow::deserialize(object).map(|row| Row::Person(Box::new(row))),
            Kind::Groups => GroupRow::deserialize(object).map(|row| Row::Group(Box::new(row))),
            Kind::Memberships => MembershipRow::deserialize(object).map(Row::Membership),
            Kind::All => Row::deserialize(object),
        }
    }

    /// The object that says a row: the inverse of [`Kind::row`].
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
