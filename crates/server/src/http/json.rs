//! Reading JSON bodies strictly: bounded depth, no key twice, an object where an object is meant,
//! and a refusal that names the field. Clients of one API write JSON loosely; how loosely is said here.

mod typed;

use crate::http::refusal::Refusal;
use crate::limits::JSON_DEPTH;
use foldhash::{HashSet, HashSetExt};
use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
#[cfg(any(fuzzing, test))]
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use typed::Keys;

/// How strictly bodies are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// As [`from_slice`] does.
    Strict,
    /// As [`relaxed_from_slice`] does.
    Relaxed,
}

/// Reads a value as strictly as an API says.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8], strictness: Strictness) -> Result<T, Refusal> {
    match strictness {
        Strictness::Strict => from_slice(body),
        Strictness::Relaxed => relaxed_from_slice(body),
    }
}

/// Reads a value. An empty body is the same as `null`.
pub(crate) fn from_slice<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    typed::read(&strict(body).map_err(malformed)?, Keys::Exact)
}

/// Parses a value as a Kaizala server did. A body that is not JSON may be JSON5, since the published samples leave out
/// the quotes of keys. Field names may be in any case, since one client writes `WelcomeMessage`. All limits of
/// [`from_slice`] apply, a field that comes twice in two cases is refused as well, and numbers must be finite.
pub(crate) fn relaxed_from_slice<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let value = match strict(body) {
        Ok(value) => value,
        // The text is JSON up to the error: it is too deep, or has a key twice.
        Err(error) if error.is_data() => return Err(malformed(error)),
        Err(_) => loose(body)?,
    };
    typed::read(&value, Keys::AnyCase)
}

fn loose(body: &[u8]) -> Result<Json<'_>, Refusal> {
    json5::from_str(std::str::from_utf8(body).map_err(malformed)?).map_err(malformed)
}

/// Parses a body as JSON, and as JSON5; `None` for each that it is not. For fuzzing.
#[cfg(any(fuzzing, test))]
pub(crate) fn both(body: &[u8]) -> (Option<Value>, Option<Value>) {
    (strict(body).ok().map(Value::from), loose(body).ok().map(Value::from))
}

fn strict(body: &[u8]) -> serde_json::Result<Json<'_>> {
    let body = if body.iter().all(u8::is_ascii_whitespace) { b"null" } else { body };
    serde_json::from_slice(body)
}

fn malformed(error: impl fmt::Display) -> Refusal {
    Refusal::Malformed { field: String::new(), problem: error.to_string() }
}

/// A value that [`Strict`] has parsed. Texts are parts of the body, unless they have escapes.
enum Json<'b> {
    Null,
    Boolean(bool),
    Number(Number),
    Text(Cow<'b, str>),
    List(Vec<Json<'b>>),
    /// No key stands twice.
    Object(Vec<(Cow<'b, str>, Json<'b>)>),
}

#[cfg(any(fuzzing, test))]
impl From<Json<'_>> for Value {
    fn from(json: Json<'_>) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Boolean(value) => value.into(),
            Json::Number(number) => number.into(),
            Json::Text(text) => text.into(),
            Json::List(items) => items.into_iter().map(Value::from).collect(),
            Json::Object(fields) => {
                fields.into_iter().map(|(key, value)| (key.into_owned(), Value::from(value))).collect()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Strict { depth: 0 }.deserialize(deserializer)
    }
}

/// Parses any JSON into a value, at most [`JSON_DEPTH`] levels deep and without duplicate keys.
struct Strict {
    depth: usize,
}

impl Strict {
    fn below<E: Error>(&self) -> Result<Strict, E> {
        if self.depth == JSON_DEPTH {
            return Err(E::custom(format!("arrays and objects may be nested {JSON_DEPTH} deep")));
        }
        Ok(Strict { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json<'de>, E> {
        Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("numbers must be finite"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json<'de>, E> {
        Key.visit_str(value).map(Json::Text)
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Json<'de>, E> {
        Key.visit_borrowed_str(value).map(Json::Text)
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.below()?)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let twice = |key: &str| A::Error::custom(format!("the key {key:?} stands twice in one object"));
        let mut fields: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        while let Some(key) = entries.next_key_seed(Key)? {
            let value = entries.next_value_seed(self.below()?)?;
            if fields.len() < FEW_FIELDS && fields.iter().any(|(other, _)| *other == key) {
                return Err(twice(&key));
            }
            fields.push((key, value));
        }
        if fields.len() > FEW_FIELDS {
            let mut keys = HashSet::with_capacity(fields.len());
            if let Some((key, _)) = fields.iter().find(|(key, _)| !keys.insert(&**key)) {
                return Err(twice(key));
            }
        }
        Ok(Json::Object(fields))
    }
}

/// Up to this many fields, comparing a key with all others is faster than hashing them.
const FEW_FIELDS: usize = 32;

/// Reads a key or another text.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }
}

#[cfg(test)]
mod tests;
