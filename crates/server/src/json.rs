//! Reading JSON bodies strictly: bounded depth, no key twice, an object where an object is meant,
//! and a refusal that names the field.

use crate::limits::JSON_DEPTH;
use crate::refusal::Refusal;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde_json::{Map, Value};
use std::fmt;

/// Reads a value. An empty body is the same as `null`.
pub(crate) fn from_slice<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.iter().all(u8::is_ascii_whitespace) { b"null" } else { body };
    let mut text = serde_json::Deserializer::from_slice(body);
    let value = Strict { depth: 0 }.deserialize(&mut text).and_then(|value| text.end().map(|()| value));
    let value = value.map_err(|error| Refusal::Malformed { field: String::new(), problem: error.to_string() })?;
    T::deserialize(Typed(&value))
        .map_err(|Misfit { path, problem }| Refusal::Malformed { field: path, problem: in_words(&problem) })
}

/// Reads any JSON into a value, as deep as [`JSON_DEPTH`] and with each key once.
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

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
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

/// A value that is not of the type that is asked for: where it stands, and what is wrong with it.
#[derive(Debug)]
struct Misfit {
    path: String,
    problem: String,
}

impl Misfit {
    /// The same, seen from one level further out.
    fn under(self, step: &str) -> Self {
        let joint = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Misfit { path: format!("{step}{joint}{}", self.path), problem: self.problem }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

impl std::error::Error for Misfit {}

impl Error for Misfit {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Misfit { path: String::new(), problem: message.to_string() }
    }
}

/// A value to be read as some type. Unlike serde_json's own reading, it takes no array for a struct.
struct Typed<'v>(&'v Value);

impl Typed<'_> {
    fn misfit<'de, V: Visitor<'de>>(&self, visitor: &V) -> Misfit {
        let found = match self.0 {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => Unexpected::Signed(number),
                (None, Some(number)) => Unexpected::Float(number),
                (None, None) => Unexpected::Other("number"),
            },
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        };
        Misfit::invalid_type(found, visitor)
    }
}

/// What a type is called by those who write JSON.
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
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_i64(number),
                (None, Some(number), _) => visitor.visit_u64(number),
                (None, None, Some(number)) => visitor.visit_f64(number),
                (None, None, None) => Err(self.misfit(&visitor)),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(items) => visitor.visit_seq(Items(items.iter().enumerate())),
            Value::Object(fields) => visitor.visit_map(Fields { rest: fields.iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        if self.0.is_object() { self.deserialize_any(visitor) } else { Err(self.misfit(&visitor)) }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Items<'v>(std::iter::Enumerate<std::slice::Iter<'v, Value>>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Misfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Misfit> {
        let Some((at, item)) = self.0.next() else { return Ok(None) };
        seed.deserialize(Typed(item)).map(Some).map_err(|misfit| misfit.under(&format!("[{at}]")))
    }
}

struct Fields<'v> {
    rest: serde_json::map::Iter<'v>,
    value: Option<(&'v str, &'v Value)>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some((key, value));
        let key: StrDeserializer<Misfit> = key.as_str().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Misfit> {
        let (key, value) = self.value.take().unwrap_or(("", &Value::Null));
        seed.deserialize(Typed(value)).map_err(|misfit| misfit.under(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Sample {
        version: Option<i64>,
        list: Option<Vec<String>>,
        inner: Option<Inner>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        n: u8,
    }

    fn refusal(body: &str) -> String {
        match from_slice::<Option<Sample>>(body.as_bytes()) {
            Err(Refusal::Malformed { field, problem }) => format!("{field}: {problem}"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn nothing_and_null_are_the_same() {
        for body in ["", " \n", "null"] {
            assert!(from_slice::<Option<Sample>>(body.as_bytes()).is_ok_and(|value| value.is_none()), "{body:?}");
        }
    }

    #[test]
    fn refusals_name_the_field() {
        for (body, expected) in [
            (r#"{"version": "3"}"#, "version: invalid type: string \"3\", expected a whole number"),
            (r#"{"list": ["a", 5]}"#, "list[1]: invalid type: integer `5`, expected a string"),
            (r#"{"version": 1.5}"#, "version: invalid type: floating point `1.5`, expected a whole number"),
            (r#"[1, []]"#, ": invalid type: array, expected an object"),
            (r#"{"inner": [1]}"#, "inner: invalid type: array, expected an object"),
            (r#"{"inner": {"n": true}}"#, "inner.n: invalid type: boolean `true`, expected a whole number"),
            (r#"{"version": 1, "version": 2}"#, ": the key \"version\" stands twice in one object at line 1 column 28"),
            (r#"{"other": {"a": 1, "a": 2}}"#, ": the key \"a\" stands twice in one object at line 1 column 26"),
        ] {
            assert_eq!(refusal(body), expected, "{body}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for body in [
            "{",
            "[1,]",
            "{\"a\":}",
            "nul",
            "\u{feff}{}",
            "{} {}",
            "{\"a\": NaN}",
            "{\"a\": 1e999}",
            "{'a': 1}",
            "{\"a\": \"\\ud800\"}",
            "{\"a\": \"\u{1}\"}",
        ] {
            assert!(from_slice::<Option<Sample>>(body.as_bytes()).is_err(), "{body:?}");
        }
    }

    #[test]
    fn depth_is_bounded_and_nothing_overflows() {
        let nested = |depth: usize| format!("{{\"other\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(from_slice::<Option<Sample>>(nested(JSON_DEPTH - 1).as_bytes()).is_ok());
        for depth in [JSON_DEPTH, 1_000, 100_000, 500_000] {
            let expected = format!("arrays and objects may be nested {JSON_DEPTH} deep");
            assert!(refusal(&nested(depth)).contains(&expected), "{depth}");
        }
    }
}
