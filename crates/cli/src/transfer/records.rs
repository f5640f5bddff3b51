//! What is in a file: records, one after the other, each with its row or with what is wrong with it.

use super::format::{Format, Kind};
use super::table::Header;
use bytes::Bytes;
use convoke_wire::import::Row;
use csv::{ByteRecord, Reader, ReaderBuilder};
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
    columns: Option<(Vec<&'static str>, u8)>,
}

impl Records {
    /// The records of a file that was read.
    ///
    /// # Errors
    ///
    /// A sentence, for a table whose header is wrong.
    pub fn new(kind: Kind, format: Format, delimiter: u8, bytes: Bytes) -> Result<Self, String> {
        let mut records = Records { kind, bytes, position: 0, lines: 0, table: None };
        match format {
            Format::Jsonl if records.bytes.starts_with(BYTE_ORDER_MARK) => records.position = BYTE_ORDER_MARK.len(),
            Format::Jsonl => {}
            Format::Csv => {
                let mut reader = reader(delimiter, records.bytes.clone());
                let mut record = ByteRecord::new();
                reader.read_byte_record(&mut record).map_err(|error| error.to_string())?;
                let header = Header::read(kind, &record).map_err(|problem| format!("the header: {problem}"))?;
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
        Shown { columns: self.table.as_ref().map(|table| (table.header.names().collect(), delimiter)) }
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
        let row = self.kind.row(&mut object).and_then(|row| object.end().map(|()| row));
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
        columns
            .iter()
            .zip(cells)
            .map(|(column, cell)| ((*column).to_owned(), cell.into()))
            .collect::<Map<_, _>>()
            .into()
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// The records of a file, each as its line, and the row that it says or what is wrong with it; or what is
    /// wrong with the file.
    fn read(kind: Kind, format: Format, delimiter: u8, text: &[u8]) -> String {
        let records = match Records::new(kind, format, delimiter, Bytes::copy_from_slice(text)) {
            Ok(records) => records,
            Err(problem) => return problem,
        };
        let length = records.len();
        let mut ends = vec![0];
        let lines = records.map(|record| {
            ends.push(record.end);
            match record.row {
                Ok(row) => format!("{} {}\n", record.line, kind.object(&row)),
                Err(problem) => format!("{} {problem}\n", record.line),
            }
        });
        let lines = lines.collect::<String>();
        assert!(ends.is_sorted() && ends.iter().all(|end| *end <= length), "{ends:?} of {length}");
        lines
    }

    fn check_table(kind: Kind, text: &str, expected: &str) {
        assert_eq!(read(kind, Format::Csv, b',', text.as_bytes()), expected, "{text:?}");
    }

    #[test]
    fn a_table_is_read_however_it_is_written() {
        let ann = "2 {\"email\":\"a@x\",\"name\":\"Ann\"}\n";
        for text in [
            "name,email\nAnn,a@x\n",
            "name,email\nAnn,a@x",
            "name,email\r\nAnn,a@x\r\n",
            "name,email\rAnn,a@x\r",
            "\u{feff}name,email\nAnn,a@x\n",
            "\u{feff}\"name\",\"email\"\r\n\"Ann\",\"a@x\"\r\n",
            "email,Name \na@x,Ann\n",
            "name,email,department,title,phone\nAnn,a@x,, ,\n",
        ] {
            check_table(Kind::People, text, ann);
        }
        for (delimiter, text) in [(b';', "name;email\nAnn;a@x\n"), (b'\t', "name\temail\nAnn\ta@x\n")] {
            assert_eq!(read(Kind::People, Format::Csv, delimiter, text.as_bytes()), ann);
        }
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let first = "{\"key\":\"a\",\"description\":\"one\\ntwo\"}";
        for (text, lines) in [
            ("key,description\na,\"one\ntwo\"\nb,\n\n\nc,\n", [2, 4, 7]),
            ("key,description\r\na,\"one\ntwo\"\r\nb,\r\n\r\n\r\nc,\r\n", [2, 4, 7]),
            ("\n\nkey,description\na,\"one\ntwo\"\n\nb,\nc,\n", [4, 7, 8]),
            ("key,description\ra,\"one\ntwo\"\rb,\r\rc,\r", [2, 4, 6]),
        ] {
            let [one, two, three] = lines;
            let expected = format!("{one} {first}\n{two} {{\"key\":\"b\"}}\n{three} {{\"key\":\"c\"}}\n");
            check_table(Kind::Groups, text, &expected);
        }
        let text = b"\xef\xbb\xbf\n{\"group\":\"g\",\"member\":\"m\"}\r\n\n  {\"group\":\"g\"}  ";
        let expected = "2 {\"group\":\"g\",\"member\":\"m\"}\n4 missing field `member`, in column 13\n";
        assert_eq!(read(Kind::Memberships, Format::Jsonl, b',', text), expected);
    }

    #[test]
    fn cells_say_what_their_columns_mean() {
        let text = "id,type,rulesVisible,owners\n1,social,TRUE,a@x; b@x;\n2,,false,\n3,,yes,\n";
        let expected = "2 {\"id\":\"1\",\"type\":\"social\",\"rulesVisible\":true,\"owners\":[\"a@x\",\"b@x\"]}\n\
                        3 {\"id\":\"2\",\"rulesVisible\":false}\n\
                        4 rulesVisible must be true or false\n";
        check_table(Kind::Groups, text, expected);
    }

    #[test]
    fn a_header_is_refused_by_name() {
        let people = "there are id, name, email, state, username, preferredName, title, department, manager, phone, \
                      acdAutoAnswer";
        for (text, problem) in [
            ("name,mail\n", format!("the header: no column is called \"mail\"; {people}")),
            ("name;email\n", format!("the header: no column is called \"name;email\"; {people}")),
            ("email,name,Email\n", format!("the header: two columns are called email; {people}")),
            ("name,title\nAnn,Clerk\n", format!("the header: there must be a column email or id; {people}")),
            ("", format!("the header: there must be a column email or id; {people}")),
        ] {
            check_table(Kind::People, text, &problem);
        }
        let problem = "the header: there must be a column member; there are group, member";
        check_table(Kind::Memberships, "group\n", problem);
        let wide = b"\xff\xfen\0a\0m\0e\0";
        let problem = read(Kind::People, Format::Csv, b',', wide);
        assert!(problem.starts_with("the header: no column is called \"\u{fffd}\u{fffd}n\\0"), "{problem}");
    }

    #[test]
    fn what_is_wrong_with_a_record_is_no_trouble_for_others() {
        let cells = "cells where the header has 2; put quotes around those with a delimiter in them";
        let text = b"name,email\nAnn\nBob,b@x\nC,c@x,more\n\xff,d@x\n\"Eve\nF,f@x\n";
        let expected = format!(
            "2 it has 1 {cells}\n3 {{\"email\":\"b@x\",\"name\":\"Bob\"}}\n4 it has 3 {cells}\n5 name is not UTF-8\n6 it has 1 {cells}\n"
        );
        assert_eq!(read(Kind::People, Format::Csv, b',', text), expected);
        let text = "{\"email\":\"a@x\"}\nno JSON\n[]\n{\"email\":\"a@x\"} {}\n{\"mail\":\"a@x\"}\n{\"name\":7}\n{\"name\":\"a\",\"name\":\"b\"}\n{";
        let read = read(Kind::People, Format::Jsonl, b',', text.as_bytes());
        let fields = "`id`, `email`, `name`, `state`, `username`, `preferredName`, `title`, `department`, `manager`, \
                      `phone`, `addresses`, `images`, `profileSkills`, `certifications`, `employerInfo`, `biography`, \
                      `acdAutoAnswer`, `skills`, `languages`";
        let expected = [
            "1 {\"email\":\"a@x\"}",
            "2 it is no JSON object",
            "3 it is no JSON object",
            "4 trailing characters, in column 17",
            &format!("5 unknown field `mail`, expected one of {fields}, in column 7"),
            "6 invalid type: integer `7`, expected a string, in column 9",
            "7 duplicate field `name`, in column 18",
            "8 EOF while parsing an object, in column 1",
        ];
        assert_eq!(read.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_record_is_shown_as_json() {
        let table = |text: &[u8]| {
            let records = Records::new(Kind::People, Format::Csv, b';', Bytes::from("name;email\n"));
            records.map(|records| records.shown(b';').json(text))
        };
        for (text, expected) in [
            (&b"\"A;n\nn\";a@x\r\n"[..], json!({ "name": "A;n\nn", "email": "a@x" })),
            (b"Ann;;", json!(["Ann", "", ""])),
            (b"\xff;", json!({ "name": "\u{fffd}", "email": "" })),
        ] {
            assert_eq!(table(text), Ok(expected));
        }
        assert_eq!(Shown::LINE.json(b"{\"a\": 1}"), json!({ "a": 1 }));
        assert_eq!(Shown::LINE.json(b"{\"a\": "), json!("{\"a\": "));
    }
}
