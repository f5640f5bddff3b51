//! Deserializes a JSON value. Unlike serde_json's own deserializer, this one accepts no array for a struct, and errors
//! have the path to the value that does not fit.

use super::Json;
use crate::http::refusal::Refusal;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use std::borrow::Cow;
use std::fmt;

/// How keys of an object are matched with fields of a struct.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// Exactly as written.
    Exact,
    /// In any case of ASCII letters.
    AnyCase,
}

/// Deserializes a value.
pub(super) fn read<T: DeserializeOwned>(value: &Json, keys: Keys) -> Result<T, Refusal> {
    T::deserialize(Typed { value, keys })
        .map_err(|TypeError { path, problem }| Refusal::Malformed { field: path, problem: in_words(&problem) })
}

/// The error of a value that does not fit its type: its path, and the problem.
#[derive(Debug)]
struct TypeError {
    path: String,
    problem: String,
}

impl TypeError {
    /// The same error, with the path extended by an outer step.
    fn under(self, step: &str) -> Self {
        let joint = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        TypeError { path: format!("{step}{joint}{}", self.path), problem: self.problem }
    }
}

impl fmt::Display for TypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

impl std::error::Error for TypeError {}

impl Error for TypeError {
    fn custom<M: fmt::Display>(message: M) -> Self {
        TypeError { path: String::new(), problem: message.to_string() }
    }

    fn duplicate_field(field: &'static str) -> Self {
        TypeError { path: field.into(), problem: "stands twice in one object".into() }
    }
}

/// The deserializer of a value.
struct Typed<'v> {
    value: &'v Json<'v>,
    keys: Keys,
}

impl Typed<'_> {
    fn type_error<'de, V: Visitor<'de>>(&self, visitor: &V) -> TypeError {
        let found = match self.value {
            Json::Null => Unexpected::Unit,
            Json::Boolean(value) => Unexpected::Bool(*value),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => Unexpected::Signed(number),
                (None, Some(number)) => Unexpected::Float(number),
                (None, None) => Unexpected::Other("number"),
            },
            Json::Text(text) => Unexpected::Str(text),
            Json::List(_) => Unexpected::Seq,
            Json::Object(_) => Unexpected::Map,
        };
        TypeError::invalid_type(found, visitor)
    }
}

/// Replaces Rust's names of types in a message by those of JSON.
fn in_words(problem: &str) -> String {
    let Some((found, expected)) = problem.rsplit_once(", expected ") else { return problem.to_owned() };
    let expected = match expected {
        "i64" | "u32" | "u8" => "a whole number",
        "f64" => "a number",
        "unit" => "null",
        "struct" | "a map" => "an object",
        "a sequence" => "an array",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    let found = match found {
        "invalid type: unit value" => "invalid type: null",
        "invalid type: sequence" => "invalid type: array",
        "invalid type: map" => "invalid type: object",
        other => other,
    };
    format!("{found}, expected {expected}")
}

impl<'de> Deserializer<'de> for Typed<'_> {
    type Error = TypeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypeError> {
        match self.value {
            Json::Null => visitor.visit_unit(),
            Json::Boolean(value) => visitor.visit_bool(*value),
            Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_i64(number),
                (None, Some(number), _) => visitor.visit_u64(number),
                (None, None, Some(number)) => visitor.visit_f64(number),
                (None, None, None) => Err(self.type_error(&visitor)),
            },
            Json::Text(text) => visitor.visit_str(text),
            Json::List(items) => visitor.visit_seq(Items { rest: items.iter().enumerate(), keys: self.keys }),
            Json::Object(fields) => visitor.visit_map(Fields::of(fields, self.keys, &[])),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypeError> {
        if matches!(self.value, Json::Null) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, TypeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypeError> {
        match self.value {
            Json::Object(fields) => visitor.visit_map(Fields::of(fields, self.keys, names)),
            _ => Err(self.type_error(&visitor)),
        }
    }

    /// A variant is an object with one field, whose key is the variant's name.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypeError> {
        match self.value {
            Json::Object(fields) if fields.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(Fields::of(fields, self.keys, variants)))
            }
            _ => Err(TypeError::custom(format!(
                "must be an object with one field, which is one of {}",
                variants.join(", ")
            ))),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'v> {
    rest: std::iter::Enumerate<std::slice::Iter<'v, Json<'v>>>,
    keys: Keys,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = TypeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, TypeError> {
        let Some((at, value)) = self.rest.next() else { return Ok(None) };
        let item = seed.deserialize(Typed { value, keys: self.keys });
        item.map(Some).map_err(|type_error| type_error.under(&format!("[{at}]")))
    }
}

struct Fields<'v> {
    rest: std::slice::Iter<'v, (Cow<'v, str>, Json<'v>)>,
    keys: Keys,
    /// The names of the struct's fields, with all aliases; empty for a map.
    names: &'static [&'static str],
    value: Option<(&'v str, &'v Json<'v>)>,
}

impl<'v> Fields<'v> {
    fn of(fields: &'v [(Cow<'v, str>, Json<'v>)], keys: Keys, names: &'static [&'static str]) -> Self {
        Fields { rest: fields.iter(), keys, names, value: None }
    }

    /// The name of the struct's field that matches a key.
    fn name(&self, key: &'v str) -> &'v str {
        match self.keys {
            Keys::AnyCase if !self.names.contains(&key) => {
                self.names.iter().find(|name| name.eq_ignore_ascii_case(key)).map_or(key, |name| name)
            }
            Keys::AnyCase | Keys::Exact => key,
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = TypeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, TypeError> {
        // Clients that write field names in any case may send every name: then null is the same as absent, so that a
        // field with two names may have both.
        let keys = self.keys;
        let is_there = |(_, value): &&(Cow<str>, Json)| keys == Keys::Exact || !matches!(value, Json::Null);
        let Some((key, value)) = self.rest.find(is_there) else { return Ok(None) };
        let name = self.name(key);
        self.value = Some((name, value));
        let name: StrDeserializer<TypeError> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, TypeError> {
        let (name, value) = self.value.take().unwrap_or(("", &Json::Null));
        seed.deserialize(Typed { value, keys: self.keys }).map_err(|type_error| type_error.under(name))
    }
}
