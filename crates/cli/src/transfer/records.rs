//! What is in a file: records, one after the other, each with its row or with what is wrong with it.

#[cfg(test)]
mod tests;

use super::format::{Format, Kind};
use super::names::{Fields, Names};
use super::table::Header;
use bytes::Bytes;
use convoke_wire::import::Row;
use csv::{ByteRecord, Reader, ReaderBuilder};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::ops::Range;

/// A record of a file.
pub struct Record {
    /// The line that it begins in, from 1 on.
    pub line: u64,
    /// Where it ends, in bytes.
    pub end: u64,
    /// As it is written.
    pub text: Bytes,
    /// What it says, or why that cannot be understood.
    pub row: Result<Row, String>,
}

/// All records of a file.
pub struct Records {
    kind: Kind,
    names: Names,
    /// What there was when it was opened, whole: records are parts of it.
    bytes: Bytes,
    /// How many bytes were read, and how many lines these are.
    position: usize,
    lines: u64,
    table: Option<Table>,
}

struct Table {
    header: Header,
    reader: Reader<std::io::Cursor<Bytes>>,
    record: ByteRecord,
}

/// How a record is shown to a person.
#[derive(Clone)]
pub struct Shown {
    /// The columns of a table, and what separates them.
    columns: Option<(Vec<String>, u8)>,
}

impl Records {
    /// The records of a file that was read.
    ///
    /// # Errors
    ///
    /// A sentence, for a table whose header is wrong.
    pub fn new(kind: Kind, names: Names, format: Format, delimiter: u8, bytes: Bytes) -> Result<Self, String> {
        let mut records = Records { kind, names, bytes, position: 0, lines: 0, table: None };
        match format {
            Format::Jsonl if records.bytes.starts_with(BYTE_ORDER_MARK) => records.position = BYTE_ORDER_MARK.len(),
            Format::Jsonl => {}
            Format::Csv => {
                let mut reader = reader(delimiter, records.bytes.clone());
                let mut record = ByteRecord::new();
                reader.read_byte_record(&mut record).map_err(|error| error.to_string())?;
                let header =
                    Header::read(kind, &record, &records.names).map_err(|problem| format!("the header: {problem}"))?;
                let read = records.advance(reader.position().byte());
                records.lines += records.breaks(read);
                records.table = Some(Table { header, reader, record });
            }
        }
        Ok(records)
    }

    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// How a record is shown to a person.
    pub fn shown(&self, delimiter: u8) -> Shown {
        Shown {
            columns: self.table.as_ref().map(|table| (table.header.names().map(str::to_owned).collect(), delimiter)),
        }
    }

    /// Moves on to a place, and says what was passed.
    fn advance(&mut self, to: u64) -> Range<usize> {
        let to = usize::try_from(to).unwrap_or(usize::MAX).min(self.bytes.len());
        let passed = self.position..to;
        self.position = to;
        passed
    }

    /// How many line breaks are in a part.
    fn breaks(&self, part: Range<usize>) -> u64 {
        let mut breaks = 0;
        for (at, byte) in self.bytes.get(part.clone()).unwrap_or_default().iter().enumerate() {
            let next = self.bytes.get(part.start + at + 1);
            // Of two characters that are one break, the second counts.
            breaks += u64::from(*byte == b'\n' || (*byte == b'\r' && next != Some(&b'\n')));
        }
        breaks
    }

    fn next_line(&mut self) -> Option<Record> {
        loop {
            let rest = self.bytes.get(self.position..).filter(|rest| !rest.is_empty())?;
            let length = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
            let read = self.advance((self.position + length) as u64);
            self.lines += 1;
            let text = self.bytes.slice_ref(self.bytes.get(read).unwrap_or_default().trim_ascii());
            if !text.is_empty() {
                let row = self.parse(&text);
                return Some(Record { line: self.lines, end: self.position as u64, text, row });
            }
        }
    }

    fn parse(&self, text: &[u8]) -> Result<Row, String> {
        // A list of values would do as well for whoever only knows the fields.
        if !text.starts_with(b"{") {
            return Err("it is no JSON object".into());
        }
        let mut object = serde_json::Deserializer::from_slice(text);
        let row = if self.names.are_plain() {
            self.kind.row(&mut object)
        } else {
            Fields::deserialize(&mut object).and_then(|fields| self.names.row(self.kind, fields))
        };
        let row = row.and_then(|row| object.end().map(|()| row));
        row.map_err(|error| described(&error))
    }

    fn next_record(&mut self) -> Option<Record> {
        let table = self.table.as_mut()?;
        // Reading from memory fails never, and records may have any length and any bytes.
        if !table.reader.read_byte_record(&mut table.record).unwrap_or(false) {
            return None;
        }
        let row = table.header.row(&table.record);
        let end = table.reader.position().byte();
        let read = self.advance(end);
        // Blank lines, and the second half of the break before, are read along with the record.
        let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let passed = self.bytes.get(read.clone()).unwrap_or_default();
        let begin = read.start + passed.iter().take_while(|byte| is_break(byte)).count();
        let is_open = end == self.len() && passed.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        let row = row.map_err(|problem| if is_open { UNCLOSED.into() } else { problem });
        let line = self.lines + self.breaks(read.start..begin) + 1;
        self.lines += self.breaks(read.clone());
        Some(Record { line, end, text: self.bytes.slice(begin..read.end), row })
    }
}

impl Iterator for Records {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.table.is_some() { self.next_record() } else { self.next_line() }
    }
}

impl Shown {
    /// A record of JSON Lines.
    pub const LINE: Shown = Shown { columns: None };

    /// A record as JSON: what it is, where it is JSON, its cells by column, or else its text.
    pub fn json(&self, text: &[u8]) -> Value {
        let Some((columns, delimiter)) = &self.columns else {
            return serde_json::from_slice(text).unwrap_or_else(|_| String::from_utf8_lossy(text).into());
        };
        let mut record = ByteRecord::new();
        let mut reader = reader(*delimiter, Bytes::copy_from_slice(text));
        // What cannot be read has no cells.
        let _ = reader.read_byte_record(&mut record);
        let cells = record.iter().map(String::from_utf8_lossy);
        if record.len() != columns.len() {
            return json!(cells.collect::<Vec<_>>());
        }
        columns.iter().zip(cells).map(|(column, cell)| (column.clone(), cell.into())).collect::<Map<_, _>>().into()
    }
}

/// What is wrong with the last record of a table where a quotation mark has no other.
const UNCLOSED: &str = "a quotation mark in it is never closed, so that all to the end of the file belongs to it";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn reader(delimiter: u8, bytes: Bytes) -> Reader<std::io::Cursor<Bytes>> {
    // The header is read as any other record, and records may have any number of cells: what is wrong with
    // them is said of each.
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter);
    builder.from_reader(std::io::Cursor::new(bytes))
}

/// What is wrong, without a line number: a record is a line of its own.
fn described(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once(" at line ") {
        Some((problem, _)) => format!("{problem}, in column {}", error.column()),
        None => text,
    }
}
