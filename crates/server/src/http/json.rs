//! Reading JSON bodies strictly: bounded depth, no key twice, an object where an object is meant,
//! and a refusal that names the field. Clients of one API write JSON loosely; how loosely is said here.

mod typed;

use crate::http::refusal::Refusal;
use crate::limits::JSON_DEPTH;
use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
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
    let Checked(value) = strict(body).map_err(malformed)?;
    typed::read(&value, Keys::Exact)
}

/// Parses a value as a Kaizala server did. A body that is not JSON may be JSON5, since the published samples leave out
/// the quotes of keys. Field names may be in any case, since one client writes `WelcomeMessage`. All limits of
/// [`from_slice`] apply, a field that comes twice in two cases is refused as well, and numbers must be finite.
pub(crate) fn relaxed_from_slice<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let Checked(value) = match strict(body) {
        Ok(value) => value,
        // The text is JSON up to the error: it is too deep, or has a key twice.
        Err(error) if error.is_data() => return Err(malformed(error)),
        Err(_) => loose(body)?,
    };
    typed::read(&value, Keys::AnyCase)
}

fn loose(body: &[u8]) -> Result<Checked, Refusal> {
    json5::from_str(std::str::from_utf8(body).map_err(malformed)?).map_err(malformed)
}

/// Parses a body as JSON, and as JSON5; `None` for each that it is not. For fuzzing.
#[cfg(any(fuzzing, test))]
pub(crate) fn both(body: &[u8]) -> (Option<Value>, Option<Value>) {
    (strict(body).ok().map(|Checked(value)| value), loose(body).ok().map(|Checked(value)| value))
}

fn strict(body: &[u8]) -> serde_json::Result<Checked> {
    let body = if body.iter().all(u8::is_ascii_whitespace) { b"null" } else { body };
    serde_json::from_slice(body)
}

fn malformed(error: impl fmt::Display) -> Refusal {
    Refusal::Malformed { field: String::new(), problem: error.to_string() }
}

/// A value that [`Strict`] has parsed.
struct Checked(Value);

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Strict { depth: 0 }.deserialize(deserializer).map(Checked)
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
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("numbers must be finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.below()?)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self.below()?)?;
            if fields.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key:?} stands twice in one object")));
            }
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests;
