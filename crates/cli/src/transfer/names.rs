//! The names of fields in a file.

use super::format::{Format, Kind};
use super::table;
use crate::CommandError;
use crate::output::{note, visible};
use clap::Args;
use convoke_wire::import::{GroupRow, MembershipRow, PersonRow, Row, SkillRow, SubgroupRow};
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The options about names.
#[derive(Args)]
pub struct NameOptions {
    /// Ignore unknown columns and fields, instead of refusing them; they are named at the end
    #[arg(long)]
    ignore_unknown: bool,
    /// The field of a column or field in the file; may be given more than once
    #[arg(long = "map", value_name = "COLUMN=FIELD", value_parser = mapping)]
    maps: Vec<(String, String)>,
}

/// Parses `COLUMN=FIELD`. Names of fields contain no equality sign.
fn mapping(text: &str) -> Result<(String, String), String> {
    let (column, field) = text.rsplit_once('=').unwrap_or_default();
    let (column, field) = (column.trim(), field.trim());
    if column.is_empty() || field.is_empty() {
        return Err("must be a column and a field, such as mail=email".into());
    }
    Ok((column.to_owned(), field.to_owned()))
}

/// The names of fields in a file.
#[derive(Clone, Debug, Default)]
pub struct Names {
    maps: Vec<(String, &'static str)>,
    ignore_unknown: bool,
    /// The names ignored so far.
    left_out: Arc<Mutex<BTreeSet<String>>>,
}

/// The meaning of a name in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Field(&'static str),
    /// It is ignored.
    LeftOut,
    Unknown,
}

impl NameOptions {
    /// The names of a file.
    ///
    /// # Errors
    ///
    /// For an unknown field, and for a column that is mapped twice.
    pub fn of(self, kind: Kind, format: Format) -> Result<Names, CommandError> {
        let fields = match format {
            Format::Csv => table::names_of(kind),
            Format::Jsonl => fields_of_kind(kind).to_vec(),
        };
        if kind == Kind::All && !self.maps.is_empty() {
            return Err(CommandError::usage("--map is for people, groups and memberships; rows of everything differ"));
        }
        let mut maps: Vec<(String, &'static str)> = Vec::new();
        for (column, written) in self.maps {
            let Some(field) = fields.iter().find(|field| field.eq_ignore_ascii_case(&written)) else {
                let (what, all) = (kind.word(), fields.join(", "));
                return Err(CommandError::usage(format!(
                    "--map {column}={written}: {what} have no field {written:?}; there are {all}"
                )));
            };
            if maps.iter().any(|(other, _)| *other == column) {
                return Err(CommandError::usage(format!("--map names {column:?} twice")));
            }
            maps.push((column, field));
        }
        Ok(Names { maps, ignore_unknown: self.ignore_unknown, left_out: Arc::default() })
    }
}

impl Names {
    /// Whether no names are mapped or ignored.
    pub fn are_plain(&self) -> bool {
        self.maps.is_empty() && !self.ignore_unknown
    }

    /// The mapped columns, which must exist.
    pub fn mapped(&self) -> impl Iterator<Item = &str> {
        self.maps.iter().map(|(column, _)| column.as_str())
    }

    /// The meaning of a name, where `known` are the fields. `same` compares names, possibly without case.
    pub fn meaning(&self, written: &str, known: &[&'static str], same: fn(&str, &str) -> bool) -> Meaning {
        let mapped = self.maps.iter().find(|(column, _)| same(column, written)).map(|(_, field)| field);
        let field = mapped.or_else(|| known.iter().find(|field| same(field, written)));
        match field {
            Some(field) => Meaning::Field(field),
            None if self.ignore_unknown => {
                let mut left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
                if !left_out.contains(written) {
                    left_out.insert(written.to_owned());
                }
                Meaning::LeftOut
            }
            None => Meaning::Unknown,
        }
    }

    /// Reports each ignored name once.
    pub fn say_left_out(&self, file: &str) {
        let left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        if !left_out.is_empty() {
            let names: Vec<_> = left_out.iter().map(|name| format!("{:?}", visible(name))).collect();
            note(&format!("{file}: left out, because there are no such fields: {}", names.join(", ")));
        }
    }

    /// Parses an object in a file as a row.
    ///
    /// # Errors
    ///
    /// As [`Kind::row`].
    pub fn row(&self, kind: Kind, object: Fields) -> Result<Row, serde_json::Error> {
        if kind != Kind::All {
            return kind.row(MapDeserializer::new(self.renamed(object, fields_of_kind(kind))));
        }
        let [(key, value)] = <[_; 1]>::try_from(object.0).map_err(|_| Error::custom("it must have one key"))?;
        let value = match (value, fields_of_row(&key)) {
            (Value::Object(fields), Some(known)) => {
                self.renamed(Fields(fields.into_iter().collect()), known).collect::<Map<_, _>>().into()
            }
            (value, _) => value,
        };
        kind.row(Value::from(Map::from_iter([(key, value)])))
    }

    fn renamed(&self, object: Fields, known: &[&'static str]) -> impl Iterator<Item = (String, Value)> {
        object.0.into_iter().filter_map(|(key, value)| match self.meaning(&key, known, str::eq) {
            Meaning::Field(field) => Some((field.to_owned(), value)),
            Meaning::LeftOut => None,
            Meaning::Unknown => Some((key, value)),
        })
    }
}

/// The fields of an object as written. A name may occur twice.
pub struct Fields(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = object.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// The kind of the first record of a JSON Lines file, if it is clearly another one than given.
pub fn mistaken(kind: Kind, first: &[u8]) -> Option<Kind> {
    let value: Value = serde_json::from_slice(first).ok()?;
    let says_kind = |(key, value): (&String, &Value)| value.is_object() && fields_of_row(key).is_some();
    let is_of_everything = value.as_object().is_some_and(|object| object.len() == 1 && object.iter().all(says_kind));
    if is_of_everything || kind.row(&value).is_ok() {
        return is_of_everything.then_some(Kind::All).filter(|found| *found != kind);
    }
    let others = [Kind::People, Kind::Groups, Kind::Memberships];
    let mut fit = others.into_iter().filter(|other| other.row(&value).is_ok());
    // A record that fits two kinds is not clear.
    fit.next().filter(|_| fit.next().is_none())
}

/// The fields of a kind, if all its rows have the same ones.
fn fields_of_kind(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::People => fields::<PersonRow>(),
        Kind::Groups => fields::<GroupRow>(),
        Kind::Memberships => fields::<MembershipRow>(),
        Kind::All => &[],
    }
}

/// The fields of the rows with this key, if there are such rows.
fn fields_of_row(key: &str) -> Option<&'static [&'static str]> {
    Some(match key {
        "skill" | "language" => fields::<SkillRow>(),
        "person" => fields::<PersonRow>(),
        "group" => fields::<GroupRow>(),
        "membership" => fields::<MembershipRow>(),
        "subgroup" => fields::<SubgroupRow>(),
        _ => return None,
    })
}

/// The fields of a row type. Its deserialiser lists them in the error for an unknown field.
fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    match T::deserialize(MapDeserializer::new(std::iter::once(("", ())))) {
        Err(Expected(fields)) => fields,
        Ok(_) => &[],
    }
}

/// The expected names in an error for an unknown field.
#[derive(Debug)]
struct Expected(&'static [&'static str]);

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "one of {}", self.0.join(", "))
    }
}

impl std::error::Error for Expected {}

impl serde::de::Error for Expected {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Expected(&[])
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Expected(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_rows_are_known() {
        assert_eq!(fields_of_kind(Kind::Memberships), ["group", "member"]);
        assert_eq!(fields_of_row("skill"), Some(&["id", "name"][..]));
        assert!(
            fields_of_kind(Kind::People).contains(&"preferredName") && fields_of_kind(Kind::Groups).contains(&"type")
        );
        // Every kind of row.
        let error = serde_json::from_str::<Row>("{\"\":{}}").expect_err("no such row").to_string();
        let kinds: Vec<_> = error.split('`').skip(3).step_by(2).collect();
        assert!(kinds.len() >= 6 && kinds.iter().all(|kind| fields_of_row(kind).is_some()), "{error}");
    }

    #[test]
    fn a_file_of_another_kind_is_known_by_its_first_record() {
        let (people, groups, memberships) = (Some(Kind::People), Some(Kind::Groups), Some(Kind::Memberships));
        for (kind, first, expected) in [
            (Kind::People, r#"{"person":{"email":"a@x"}}"#, Some(Kind::All)),
            (Kind::Groups, r#"{"skill":{"name":"s","new":1}}"#, Some(Kind::All)),
            (Kind::Memberships, r#"{"group":{"id":"g"}}"#, Some(Kind::All)),
            (Kind::All, r#"{"group":{"id":"g"}}"#, None),
            (Kind::All, r#"{"group":"g","member":"m"}"#, memberships),
            (Kind::All, r#"{"id":"g","type":"social"}"#, groups),
            (Kind::Groups, r#"{"email":"a@x","title":"t"}"#, people),
            // It could be a person or a group.
            (Kind::All, r#"{"id":"g","name":"n"}"#, None),
            (Kind::People, r#"{"id":"g","name":"n"}"#, None),
            (Kind::People, r#"{"mail":"a@x"}"#, None),
            (Kind::People, "no JSON", None),
            (Kind::People, "[]", None),
        ] {
            assert_eq!(mistaken(kind, first.as_bytes()), expected, "{kind:?} {first}");
        }
    }
}
