//! The records of a file, each with its row or its error.

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
    /// Its first line, from 1.
    pub line: u64,
    /// The offset of its end in bytes.
    pub end: u64,
    /// Its text.
    pub text: Bytes,
    /// The row, or why it cannot be parsed.
    pub row: Result<Row, String>,
}

/// All records of a file.
pub struct Records {
    kind: Kind,
    names: Names,
    /// The contents of the file when it was opened. Records are slices of it.
    bytes: Bytes,
    /// The bytes and lines read so far.
    position: usize,
    lines: u64,
    table: Option<Table>,
}

struct Table {
    header: Header,
    reader: Reader<std::io::Cursor<Bytes>>,
    record: ByteRecord,
}

/// How to show a record to a person.
#[derive(Clone)]
pub struct RecordFormat {
    /// The columns of a table, and their separator.
    columns: Option<(Vec<String>, u8)>,
}

impl Records {
    /// The records of these contents.
    ///
    /// # Errors
    ///
    /// A sentence, for a table with a wrong header.
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

    /// The size in bytes.
    pub fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// How to show a record to a person.
    pub fn shown(&self, delimiter: u8) -> RecordFormat {
        RecordFormat {
            columns: self.table.as_ref().map(|table| (table.header.names().map(str::to_owned).collect(), delimiter)),
        }
    }

    /// Advances to an offset. Returns the range that was passed.
    fn advance(&mut self, to: u64) -> Range<usize> {
        let to = usize::try_from(to).unwrap_or(usize::MAX).min(self.bytes.len());
        let passed = self.position..to;
        self.position = to;
        passed
    }

    /// The number of line breaks in a range.
    fn breaks(&self, part: Range<usize>) -> u64 {
        let mut breaks = 0;
        for (at, byte) in self.bytes.get(part.clone()).unwrap_or_default().iter().enumerate() {
            let next = self.bytes.get(part.start + at + 1);
            // A pair of CR and LF counts as one break, at the LF.
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
        // The deserialiser would also accept an array of values.
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
        // Reading from memory does not fail, and records may have any length and any bytes.
        if !table.reader.read_byte_record(&mut table.record).unwrap_or(false) {
            return None;
        }
        let row = table.header.row(&table.record);
        let end = table.reader.position().byte();
        let read = self.advance(end);
        // The reader skips blank lines, and the LF after a CR, before the record.
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

impl RecordFormat {
    /// A record of JSON Lines.
    pub const LINE: RecordFormat = RecordFormat { columns: None };

    /// A record as JSON: its object, its cells by column, or its text if it is neither.
    pub fn json(&self, text: &[u8]) -> Value {
        let Some((columns, delimiter)) = &self.columns else {
            return serde_json::from_slice(text).unwrap_or_else(|_| String::from_utf8_lossy(text).into());
        };
        let mut record = ByteRecord::new();
        let mut reader = reader(*delimiter, Bytes::copy_from_slice(text));
        // A record that cannot be read has no cells.
        let _ = reader.read_byte_record(&mut record);
        let cells = record.iter().map(String::from_utf8_lossy);
        if record.len() != columns.len() {
            return json!(cells.collect::<Vec<_>>());
        }
        columns.iter().zip(cells).map(|(column, cell)| (column.clone(), cell.into())).collect::<Map<_, _>>().into()
    }
}

/// The error of the last record if it has an unclosed quotation mark.
const UNCLOSED: &str = "a quotation mark in it is never closed, so that all to the end of the file belongs to it";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn reader(delimiter: u8, bytes: Bytes) -> Reader<std::io::Cursor<Bytes>> {
    // The header is read like any record, and records may have any number of cells. Errors are reported for each
    // record.
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter);
    builder.from_reader(std::io::Cursor::new(bytes))
}

/// The error without its line number, because a record is one line.
fn described(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once(" at line ") {
        Some((problem, _)) => format!("{problem}, in column {}", error.column()),
        None => text,
    }
}
