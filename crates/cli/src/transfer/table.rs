//! Tables: their columns, and the conversion between rows and records.

use super::format::Kind;
use super::names::{Meaning, Names};
use convoke_wire::genesys::{Contact, ContactType, MediaType};
use convoke_wire::import::{PersonRow, Row};
use csv::ByteRecord;
use serde_json::{Map, Value};

/// A column: the field of the row, and the format of its cells.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    name: &'static str,
    cell: Cell,
}

#[derive(Debug, PartialEq, Eq)]
enum Cell {
    Text,
    /// `true` or `false`.
    Flag,
    /// Texts separated by semicolons.
    List,
}

/// The key of a group in another system. Replies do not have it.
const KEY: &str = "key";

const PEOPLE: [Column; 14] = [
    text("id"),
    text("name"),
    text("email"),
    text("state"),
    text("username"),
    text("preferredName"),
    text("title"),
    text("department"),
    text("givenName"),
    text("familyName"),
    text("costCenter"),
    text("manager"),
    text("phone"),
    flag("acdAutoAnswer"),
];

const GROUPS: [Column; 13] = [
    text("id"),
    text(KEY),
    text("name"),
    text("description"),
    text("type"),
    text("state"),
    text("visibility"),
    flag("rulesVisible"),
    flag("rolesEnabled"),
    flag("includeOwners"),
    flag("callsEnabled"),
    text("email"),
    Column { name: "owners", cell: Cell::List },
];

const MEMBERSHIPS: [Column; 2] = [text("group"), text("member")];

const fn text(name: &'static str) -> Column {
    Column { name, cell: Cell::Text }
}

const fn flag(name: &'static str) -> Column {
    Column { name, cell: Cell::Flag }
}

/// All columns that a table of a kind may have.
fn known(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::People => &PEOPLE,
        Kind::Groups => &GROUPS,
        Kind::Memberships => &MEMBERSHIPS,
        Kind::All => &[],
    }
}

/// Sets of columns that identify the thing. A table must have at least one column of each set.
fn needed(kind: Kind) -> &'static [&'static [&'static str]] {
    match kind {
        Kind::People => &[&["email", "id"]],
        Kind::Groups => &[&["id", KEY]],
        Kind::Memberships => &[&["group"], &["member"]],
        Kind::All => &[],
    }
}

/// The names of all columns that a table of a kind may have.
pub fn names_of(kind: Kind) -> Vec<&'static str> {
    known(kind).iter().map(|column| column.name).collect()
}

/// The header of a table.
pub struct Header {
    kind: Kind,
    columns: Vec<HeaderColumn>,
}

/// A column of a table.
struct HeaderColumn {
    /// The name in the file.
    name: String,
    /// None if it is ignored.
    column: Option<&'static Column>,
}

impl Header {
    /// The header of a table to write.
    pub fn of(kind: Kind) -> Self {
        let columns = known(kind).iter().filter(|column| column.name != KEY);
        let columns = columns.map(|column| HeaderColumn { name: column.name.to_owned(), column: Some(column) });
        Header { kind, columns: columns.collect() }
    }

    /// Parses the header of a table.
    ///
    /// # Errors
    ///
    /// A sentence, for an unknown or repeated name, and for a table without a column that identifies its things.
    pub fn read(kind: Kind, record: &ByteRecord, names: &Names) -> Result<Self, String> {
        let all = names_of(kind);
        let there_are = format!("there are {}", all.join(", "));
        let mut columns: Vec<HeaderColumn> = Vec::new();
        for cell in record {
            let written = String::from_utf8_lossy(cell);
            let meaning = names.meaning(written.trim(), &all, str::eq_ignore_ascii_case);
            let column = match meaning {
                Meaning::Field(field) => known(kind).iter().find(|column| column.name == field),
                Meaning::LeftOut => None,
                Meaning::Unknown => {
                    let what = "--map says which one it is, --ignore-unknown leaves it out";
                    return Err(format!("no column is called {written:?}; {there_are}; {what}"));
                }
            };
            if let Some(column) = column
                && columns.iter().any(|named| named.column == Some(column))
            {
                return Err(format!("two columns are called {}; {there_are}", column.name));
            }
            columns.push(HeaderColumn { name: written.trim().to_owned(), column });
        }
        for mapped in names.mapped() {
            if !columns.iter().any(|named| named.name.eq_ignore_ascii_case(mapped)) {
                let found: Vec<_> = columns.iter().map(|named| named.name.as_str()).collect();
                return Err(format!("no column is called {mapped:?}, as --map has it; it has {}", found.join(", ")));
            }
        }
        for wanted in needed(kind) {
            if !columns.iter().filter_map(|named| named.column).any(|column| wanted.contains(&column.name)) {
                return Err(format!("there must be a column {}; {there_are}", wanted.join(" or ")));
            }
        }
        Ok(Header { kind, columns })
    }

    /// The names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|named| named.name.as_str())
    }

    /// Parses a record as a row.
    ///
    /// # Errors
    ///
    /// A sentence, for an invalid record.
    pub fn row(&self, record: &ByteRecord) -> Result<Row, String> {
        if record.len() != self.columns.len() {
            let (found, wanted) = (record.len(), self.columns.len());
            return Err(format!(
                "it has {found} cells where the header has {wanted}; put quotes around those with a delimiter in them"
            ));
        }
        let mut fields = Map::with_capacity(record.len());
        for (HeaderColumn { column, .. }, written) in self.columns.iter().zip(record) {
            let Some(Column { name, cell }) = column else { continue };
            let written = std::str::from_utf8(written).map_err(|_| format!("{name} is not UTF-8"))?;
            // An empty cell leaves the field unchanged.
            if !written.trim().is_empty() {
                fields.insert((*name).to_owned(), cell.value(name, written)?);
            }
        }
        self.kind.row(Value::Object(fields)).map_err(|error| error.to_string())
    }

    /// The cells of a row.
    pub fn cells(&self, row: &Row) -> Vec<String> {
        let object = self.kind.object(row);
        let cell = |column: &&Column| match (object.get(column.name), row) {
            (Some(Value::Array(list)), _) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";"),
            (Some(value), _) => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            (None, Row::Person(person)) if column.name == "phone" => mobile(person).unwrap_or_default(),
            (None, _) => String::new(),
        };
        self.columns.iter().filter_map(|named| named.column.as_ref()).map(cell).collect()
    }
}

/// The mobile number of a person.
fn mobile(person: &PersonRow) -> Option<String> {
    let is_mobile =
        |contact: &&Contact| contact.media_type == Some(MediaType::Phone) && contact.kind == Some(ContactType::Mobile);
    person.addresses.iter().flatten().find(is_mobile)?.address.clone()
}

impl Cell {
    fn value(&self, name: &str, written: &str) -> Result<Value, String> {
        match self {
            Cell::Text => Ok(written.into()),
            Cell::Flag => match written.trim().to_ascii_lowercase().as_str() {
                "true" => Ok(true.into()),
                "false" => Ok(false.into()),
                _ => Err(format!("{name} must be true or false")),
            },
            Cell::List => Ok(written.split(';').map(str::trim).filter(|item| !item.is_empty()).collect()),
        }
    }
}
