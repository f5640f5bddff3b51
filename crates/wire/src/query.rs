//! Query strings as the SDKs write them. Lists are repeated (`id=a&id=b`) or separated by commas (`id=a,b`). An empty
//! value counts as absent. A second value is refused for a parameter that takes one. Python SDKs from version 14 to 235
//! write `None` for a null option; this counts as absent, except in free text.

use serde::Deserialize;
use serde::de::value::StringDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// The error of a query string: the parameter, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// The parameter's name.
    pub field: String,
    /// What is wrong with the value.
    pub problem: String,
}

/// What Python SDKs write for a null option.
const PYTHON_NULL: &str = "None";
/// The parameters with free text, in which `None` may be a search term.
const FREE_TEXT: [&str; 1] = ["name"];

/// Parses the parameters of `T` from a query string. Other parameters are ignored.
///
/// # Errors
///
/// [`QueryError`] for a value of the wrong type, or for a second value of a parameter that takes one.
pub fn from_str<'de, T: Deserialize<'de>>(query: &str) -> Result<T, QueryError> {
    let is_null = |key: &str, value: &str| value == PYTHON_NULL && !FREE_TEXT.contains(&key);
    read(form_urlencoded::parse(query.as_bytes()).filter(|(key, value)| !is_null(key, value)))
}

/// Parses the fields of `T` from a form. Other fields are ignored.
///
/// # Errors
///
/// As [`from_str`].
pub fn from_form<'de, T: Deserialize<'de>>(form: &str) -> Result<T, QueryError> {
    read(form_urlencoded::parse(form.as_bytes()))
}

fn read<'de, 'q, T: Deserialize<'de>>(
    pairs: impl Iterator<Item = (Cow<'q, str>, Cow<'q, str>)>,
) -> Result<T, QueryError> {
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, value) in pairs {
        values.entry(key.into_owned()).or_default().push(value.into_owned());
    }
    T::deserialize(Parameters { rest: values.into_iter(), value: None })
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

impl std::error::Error for QueryError {}

impl serde::de::Error for QueryError {
    fn custom<M: fmt::Display>(message: M) -> Self {
        QueryError { field: String::new(), problem: message.to_string() }
    }

    fn missing_field(field: &'static str) -> Self {
        QueryError { field: field.into(), problem: "is required".into() }
    }
}

struct Parameters {
    rest: std::collections::btree_map::IntoIter<String, Vec<String>>,
    value: Option<Value>,
}

impl<'de> Deserializer<'de> for Parameters {
    type Error = QueryError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryError> {
        visitor.visit_map(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Parameters {
    type Error = QueryError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, QueryError> {
        let Some((field, values)) = self.rest.next() else { return Ok(None) };
        self.value = Some(Value { field: field.clone(), values });
        seed.deserialize(field.into_deserializer()).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, QueryError> {
        let value = self.value.take().unwrap_or(Value { field: String::new(), values: Vec::new() });
        let field = value.field.clone();
        seed.deserialize(value).map_err(|error| QueryError { field, problem: error.problem })
    }
}

/// All values of one name.
struct Value {
    field: String,
    values: Vec<String>,
}

impl Value {
    fn single(mut self) -> Result<String, QueryError> {
        let first = self.values.pop().unwrap_or_default();
        if self.values.is_empty() { Ok(first) } else { Err(problem("takes one value, and has several")) }
    }

    fn number<T: std::str::FromStr>(self) -> Result<T, QueryError> {
        let text = self.single()?;
        text.trim().parse().map_err(|_| problem("must be a whole number"))
    }
}

fn problem(text: &str) -> QueryError {
    QueryError { field: String::new(), problem: text.into() }
}

impl<'de> Deserializer<'de> for Value {
    type Error = QueryError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryError> {
        visitor.visit_string(self.single()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryError> {
        if self.values.iter().all(|value| value.trim().is_empty()) {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryError> {
        let items: Vec<String> = self
            .values
            .iter()
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect();
        visitor.visit_seq(Items(items.into_iter()))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryError> {
        match self.single()?.to_ascii_lowercase().as_str() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(problem("must be true or false")),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryError> {
        visitor.visit_i64(self.number()?)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, QueryError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, QueryError> {
        let text: StringDeserializer<QueryError> = self.single()?.into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct map struct identifier
    }
}

struct Items(std::vec::IntoIter<String>);

impl<'de> SeqAccess<'de> for Items {
    type Error = QueryError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, QueryError> {
        let item = self.0.next().map(IntoDeserializer::into_deserializer);
        item.map(|item: StringDeserializer<QueryError>| seed.deserialize(item)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Sample {
        page_size: Option<i64>,
        #[serde(default)]
        id: Vec<String>,
        name: Option<String>,
        deep: Option<bool>,
    }

    fn sample(page_size: Option<i64>, id: &[&str], name: Option<&str>, deep: Option<bool>) -> Sample {
        Sample { page_size, id: id.iter().map(|id| id.to_string()).collect(), name: name.map(str::to_owned), deep }
    }

    #[test]
    fn lists_are_repeated_or_joined_and_empty_values_are_none() {
        for (query, expected) in [
            ("", sample(None, &[], None, None)),
            ("id=a&id=b", sample(None, &["a", "b"], None, None)),
            ("id=a,b&id=c", sample(None, &["a", "b", "c"], None, None)),
            ("id=a%2Cb", sample(None, &["a", "b"], None, None)),
            ("id=&pageSize=&name=&deep=", sample(None, &[], None, None)),
            ("id=None&pageSize=None&deep=None", sample(None, &[], None, None)),
            ("id=a&id=None&name=None", sample(None, &["a"], Some("None"), None)),
            ("pageSize=7&name=a+b%26&deep=TRUE&else=1&else=2", sample(Some(7), &[], Some("a b&"), Some(true))),
        ] {
            assert_eq!(from_str::<Sample>(query), Ok(expected), "{query}");
        }
    }

    #[test]
    fn a_form_has_no_nulls() {
        assert_eq!(from_form::<Sample>("id=None"), Ok(sample(None, &["None"], None, None)));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (query, field) in [
            ("pageSize=abc", "pageSize"),
            ("pageSize=1e309", "pageSize"),
            ("pageSize=18446744073709551616", "pageSize"),
            ("pageSize=1&pageSize=2", "pageSize"),
            ("name=a&name=b", "name"),
            ("deep=perhaps", "deep"),
        ] {
            assert_eq!(from_str::<Sample>(query).map_err(|error| error.field), Err(field.to_owned()), "{query}");
        }
    }
}
