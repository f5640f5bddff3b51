//! The entries of a list, printed as they arrive.

use super::column::{Columns, SelectedColumn, picked};
use super::table::{Ids, Table};
use super::{Format, Screen, csv, name, note_missing, write, yaml};
use crate::CommandError;
use serde_json::Value;

/// Prints the entries of a list as they arrive, so that a reader that stops early does not cause further requests.
pub struct Rows<'s> {
    screen: &'s Screen,
    columns: Vec<SelectedColumn>,
    /// Fields that no entry had so far.
    missing: Vec<String>,
    table: Table,
    /// The field with the id that other commands take.
    id: &'static str,
    n_printed: usize,
}

impl<'s> Rows<'s> {
    pub fn new(screen: &'s Screen, columns: &Columns) -> Self {
        let shown = SelectedColumn::of(columns, &screen.columns);
        let headers = shown.iter().map(|column| (column.header.clone(), column.is_id()));
        let ids = if screen.columns.is_empty() { Ids::Usual } else { Ids::Asked };
        let table = Table::new(screen.style, screen.room, screen.has_headers, ids, headers);
        let missing = shown.iter().map(|column| column.field.clone()).collect();
        Rows { screen, columns: shown, missing, table, id: columns.id(), n_printed: 0 }
    }

    /// The number of printed entries.
    pub fn n_printed(&self) -> usize {
        self.n_printed
    }

    /// Whether ids were left out because the terminal had no room for them.
    pub fn leaves_out_ids(&self) -> bool {
        self.table.leaves_out_ids()
    }

    /// Whether the output is a table with this field.
    pub fn has(&self, field: &str) -> bool {
        self.screen.format == Format::Table
            && self.columns.iter().any(|column| column.field.eq_ignore_ascii_case(field))
    }

    /// Prints further entries.
    pub fn print(&mut self, entries: &[Value]) -> Result<(), CommandError> {
        if entries.is_empty() {
            return Ok(());
        }
        let is_in = |column: &&SelectedColumn| column.is_in(entries);
        let found: Vec<&String> = self.columns.iter().filter(is_in).map(|column| &column.field).collect();
        self.missing.retain(|field| !found.contains(&field));
        let is_first = self.n_printed == 0;
        self.n_printed += entries.len();
        let picked = |entry: &Value| {
            if self.screen.columns.is_empty() {
                return entry.clone();
            }
            picked(entry, self.columns.iter().map(|column| column.field.as_str()))
        };
        let cells = |of: fn(&SelectedColumn, &Value) -> String| {
            let row = |entry: &Value| self.columns.iter().map(|column| of(column, entry)).collect();
            entries.iter().map(row).collect::<Vec<Vec<String>>>()
        };
        write(&match self.screen.format {
            Format::Table => self.table.lines(&cells(SelectedColumn::cell)),
            Format::Csv => {
                let header = if is_first { self.header() } else { vec![] };
                csv(&header, &cells(SelectedColumn::plain))?
            }
            Format::Json => {
                let begin = if is_first { "[" } else { "," };
                let entries: Vec<String> = entries.iter().map(|entry| format!("\n  {}", picked(entry))).collect();
                begin.to_owned() + &entries.join(",")
            }
            Format::Jsonl | Format::Replies => entries.iter().map(|entry| format!("{}\n", picked(entry))).collect(),
            Format::Yaml => yaml(&entries.iter().map(picked).collect())?,
            Format::Name => entries.iter().filter_map(|entry| name(entry, self.id)).collect(),
        })
    }

    /// Prints the end of the output after the last entry, or the text for an empty list.
    pub fn end(self) -> Result<(), CommandError> {
        if self.n_printed > 0 {
            self.missing.iter().for_each(|field| note_missing(field));
        }
        write(&match (self.screen.format, self.n_printed) {
            (Format::Json | Format::Yaml, 0) => "[]\n".to_owned(),
            (Format::Json, _) => "\n]\n".to_owned(),
            (Format::Csv, 0) => csv(&self.header(), &[])?,
            _ => String::new(),
        })
    }

    /// The header. In CSV it has the names of the API's fields.
    fn header(&self) -> Vec<String> {
        self.columns.iter().filter(|_| self.screen.has_headers).map(|column| column.field.clone()).collect()
    }
}
