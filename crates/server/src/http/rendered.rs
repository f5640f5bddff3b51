//! JSON that is written straight from records. Pages of people and groups are most of what is read, and a copy of each
//! field in between would take longer than writing it. What is written is labelled with its model in `convoke_wire`; a test
//! compares the two.

use crate::limits::SMALL_RESPONSE_BYTES;
use convoke_wire::word::Word;
use serde::Serialize;
use std::marker::PhantomData;
use uuid::Uuid;

/// The JSON of a `T`.
pub(crate) struct Json<T> {
    bytes: Vec<u8>,
    model: PhantomData<fn() -> T>,
}

impl<T> Json<T> {
    /// An object. The function writes its fields, in the order of the model.
    pub fn object(write: impl FnOnce(&mut Object<T>)) -> Self {
        let mut bytes = Vec::with_capacity(1024);
        write_object(&mut bytes, write);
        Json::of(bytes)
    }

    /// A page: an object with a list. `empty` has all its fields, and an empty list under the key.
    ///
    /// # Panics
    ///
    /// When `empty` has no empty list under that key.
    pub fn page<U, I>(
        empty: &T,
        key: &str,
        items: impl ExactSizeIterator<Item = I>,
        mut write: impl FnMut(&mut Object<U>, I),
    ) -> Self
    where
        T: Serialize,
    {
        let (before, after) = around_list(empty, key);
        let mut bytes = Vec::with_capacity(1024);
        bytes.extend_from_slice(before.as_bytes());
        let mut n_left = items.len();
        for item in items {
            let start = bytes.len();
            write_object(&mut bytes, |object| write(object, item));
            bytes.push(b',');
            // The items of a list are mostly of about the same length.
            n_left = n_left.saturating_sub(1);
            bytes.reserve(((bytes.len() - start) * n_left + after.len()).min(SMALL_RESPONSE_BYTES));
        }
        if bytes.last() == Some(&b',') {
            bytes.pop();
        }
        bytes.extend_from_slice(after.as_bytes());
        Json::of(bytes)
    }

    /// Reads it as the model.
    pub fn read(&self) -> T
    where
        T: serde::de::DeserializeOwned,
    {
        serde_json::from_slice(&self.bytes).expect("what is written has the form of its model; a test compares them")
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn of(bytes: Vec<u8>) -> Self {
        Json { bytes, model: PhantomData }
    }
}

impl<T: Serialize> From<T> for Json<T> {
    fn from(value: T) -> Self {
        let mut bytes = Vec::with_capacity(1024);
        write_value(&mut bytes, &value);
        Json::of(bytes)
    }
}

/// The JSON of a value that has an empty list under this key, split where items of the list belong.
///
/// # Panics
///
/// When it has no empty list under that key.
pub(crate) fn around_list(value: &impl Serialize, key: &str) -> (String, String) {
    let text = serde_json::to_string(value).expect("replies have string keys and no failing values");
    let list = format!("\"{key}\":[");
    // The quotes of a text are escaped, so that none contains this.
    let at = text.find(&format!("{list}]")).expect("the value has an empty list under the key") + list.len();
    let (before, after) = text.split_at(at);
    (before.to_owned(), after.to_owned())
}

/// A JSON object of the model `T` that is being written.
pub(crate) struct Object<'o, T> {
    bytes: &'o mut Vec<u8>,
    model: PhantomData<fn() -> T>,
}

impl<T> Object<'_, T> {
    /// A text.
    #[inline]
    pub fn text(&mut self, key: &'static str, text: &str) -> &mut Self {
        self.key(key);
        write_text(self.bytes, text);
        self
    }

    /// A text. Without one the field is left out.
    #[inline]
    pub fn some_text(&mut self, key: &'static str, text: Option<&str>) -> &mut Self {
        if let Some(text) = text {
            self.text(key, text);
        }
        self
    }

    /// A text in parts that need no escape, such as ids and paths.
    #[inline]
    pub fn joined(&mut self, key: &'static str, parts: &[&str]) -> &mut Self {
        self.key(key);
        self.bytes.push(b'"');
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part.as_bytes()));
        self.bytes.push(b'"');
        self
    }

    /// A text without characters that need an escape, which the function writes.
    #[inline]
    pub fn plain(&mut self, key: &'static str, write: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        self.key(key);
        self.bytes.push(b'"');
        write(self.bytes);
        self.bytes.push(b'"');
        self
    }

    /// A text that is one of a few words.
    pub fn word(&mut self, key: &'static str, word: &impl Word) -> &mut Self {
        self.text(key, word.as_str())
    }

    /// A number.
    pub fn number(&mut self, key: &'static str, number: i64) -> &mut Self {
        self.value(key, &number)
    }

    /// True or false.
    #[inline]
    pub fn boolean(&mut self, key: &'static str, value: bool) -> &mut Self {
        self.key(key);
        self.bytes.extend_from_slice(if value { b"true" } else { b"false" });
        self
    }

    /// Any value.
    pub fn value(&mut self, key: &'static str, value: &impl Serialize) -> &mut Self {
        self.key(key);
        write_value(self.bytes, value);
        self
    }

    /// Any value. Without one the field is left out.
    pub fn some_value(&mut self, key: &'static str, value: Option<impl Serialize>) -> &mut Self {
        if let Some(value) = value {
            self.value(key, &value);
        }
        self
    }

    /// An object.
    pub fn object<U>(&mut self, key: &'static str, write: impl FnOnce(&mut Object<U>)) -> &mut Self {
        self.key(key);
        write_object(self.bytes, write);
        self
    }

    /// A list of objects.
    pub fn list<U, I>(
        &mut self,
        key: &'static str,
        items: impl IntoIterator<Item = I>,
        mut write: impl FnMut(&mut Object<U>, I),
    ) -> &mut Self {
        self.key(key);
        self.bytes.push(b'[');
        for item in items {
            if self.bytes.last() != Some(&b'[') {
                self.bytes.push(b',');
            }
            write_object(self.bytes, |object| write(object, item));
        }
        self.bytes.push(b']');
        self
    }

    /// The fields of another model that are fields of this one too.
    pub fn fields<U>(&mut self, write: impl FnOnce(&mut Object<U>)) -> &mut Self {
        write(&mut Object { bytes: self.bytes, model: PhantomData });
        self
    }

    #[inline]
    fn key(&mut self, key: &'static str) {
        if self.bytes.last() != Some(&b'{') {
            self.bytes.push(b',');
        }
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(key.as_bytes());
        self.bytes.extend_from_slice(b"\":");
    }
}

/// Writes an object. The function writes its fields.
pub(crate) fn write_object<T>(bytes: &mut Vec<u8>, write: impl FnOnce(&mut Object<T>)) {
    bytes.push(b'{');
    write(&mut Object { bytes, model: PhantomData });
    bytes.push(b'}');
}

fn write_value(bytes: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(bytes, value).expect("replies have string keys and no failing values");
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    if needs_escape(text.as_bytes()) {
        return write_value(bytes, &text);
    }
    bytes.push(b'"');
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(b'"');
}

/// Whether a text has a control character, a quote or a backslash. Most texts are short, so eight bytes are compared at a
/// time; the last eight overlap with those before.
fn needs_escape(text: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH_BITS: u64 = ONES << 7;
    let has_less = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH_BITS;
    let has = |word: u64, byte: u8| has_less(word ^ (ONES * u64::from(byte)), 1);
    let special = |bytes: &[u8; 8]| {
        let word = u64::from_le_bytes(*bytes);
        has_less(word, 0x20) | has(word, b'"') | has(word, b'\\')
    };
    match text.last_chunk() {
        Some(last) => text.as_chunks().0.iter().fold(special(last), |found, bytes| found | special(bytes)) != 0,
        None => text.iter().any(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\')),
    }
}

/// An id in hexadecimal.
pub(crate) struct Hex([u8; uuid::fmt::Hyphenated::LENGTH]);

impl Hex {
    /// With hyphens, in lower case.
    pub fn hyphenated(&mut self, id: Uuid) -> &str {
        id.hyphenated().encode_lower(&mut self.0)
    }

    /// Without hyphens, in lower case.
    pub fn simple(&mut self, id: Uuid) -> &str {
        id.simple().encode_lower(&mut self.0)
    }
}

impl Default for Hex {
    fn default() -> Self {
        Hex([0; uuid::fmt::Hyphenated::LENGTH])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn text(write: impl FnOnce(&mut Object<Value>)) -> String {
        String::from_utf8(Json::object(write).into_bytes()).expect("JSON is text")
    }

    #[test]
    fn fields_are_written_in_order_and_absent_ones_left_out() {
        let written = text(|object| {
            object.text("a", "x").some_text("b", None).number("c", -3).boolean("d", true).value("e", &[1.5, 2.0]);
            object.object("f", |inner: &mut Object<()>| {
                inner.some_value("g", None::<u8>);
            });
            object.list("h", ["y", "z"], |item: &mut Object<()>, text| {
                item.text("i", text);
            });
            object.list("j", [0; 0], |_: &mut Object<()>, _| {}).joined("k", &["/l/", "m"]);
        });
        let expected = r#"{"a":"x","c":-3,"d":true,"e":[1.5,2.0],"f":{},"h":[{"i":"y"},{"i":"z"}],"j":[],"k":"/l/m"}"#;
        assert_eq!(written, expected);
    }

    #[test]
    fn texts_are_escaped() {
        for value in ["", "plain", "\"", "\\", "\n\u{0}\u{1f}\u{7f}", "\u{2028}äöü🙂", "ends in \\"] {
            let written = text(|object| {
                object.text("t", value);
            });
            assert_eq!(written, serde_json::to_string(&json!({ "t": value })).expect("a text"));
        }
    }

    #[test]
    fn what_needs_an_escape_is_found_at_any_place() {
        for length in 0..40 {
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = vec![b'a'; length];
                    *text.get_mut(at).expect("it is within") = byte;
                    assert_eq!(needs_escape(&text), byte < 0x20 || byte == b'"' || byte == b'\\', "{text:?}");
                }
            }
            assert!(!needs_escape(&vec![0xff; length]) && !needs_escape(&vec![b' '; length]));
        }
    }

    #[test]
    fn a_page_is_written_like_its_model() {
        for n in [0i32, 1, 2, 40] {
            let page = |list: Vec<Value>| json!({ "before": "\"list\":[]", "list": list, "zafter": 1 });
            let written = Json::page(&page(Vec::new()), "list", 0..n, |object: &mut Object<()>, number| {
                object.number("n", i64::from(number));
            });
            let expected = page((0..n).map(|number| json!({ "n": number })).collect());
            assert_eq!(written.into_bytes(), serde_json::to_vec(&expected).expect("JSON"), "{n}");
        }
    }
}
