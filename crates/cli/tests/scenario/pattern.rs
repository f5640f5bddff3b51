//! Expected replies, and names for parts of them.

use serde_json::Value;
use std::collections::BTreeMap;

/// The named texts.
pub type Names = BTreeMap<String, String>;

/// How much of an object is specified.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// There may be other keys.
    Some,
    /// The object has exactly these keys, in this order.
    Whole,
}

const ANYTHING: char = '…';
const A_NUMBER: &str = "{{a number}}";
const NOTHING: &str = "{{nothing}}";

/// Replaces `{{name}}` by the text with that name.
pub fn fill(text: &str, names: &Names) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, (name, after))) = rest.split_once("{{").and_then(|(a, b)| Some((a, b.split_once("}}")?))) {
        filled += before;
        let as_written = format!("{{{{{name}}}}}");
        filled += &match (numbers(name), names.get(name)) {
            (Some(numbers), _) => numbers,
            (None, Some(value)) => value.clone(),
            (None, None) if [A_NUMBER, NOTHING].contains(&as_written.as_str()) || name.contains('=') => as_written,
            (None, None) => return Err(format!("nothing has the name {as_written}")),
        };
        rest = after;
    }
    Ok(filled + rest)
}

/// `3 numbers`: that many phone numbers, as JSON without the brackets.
fn numbers(name: &str) -> Option<String> {
    let count: usize = name.strip_suffix(" numbers")?.parse().ok()?;
    let numbers: Vec<String> = (0..count).map(|number| format!("\"+49301{number:06}\"")).collect();
    Some(numbers.join(","))
}

/// Returns the first difference of a value from the pattern, and stores the named parts.
pub fn compare(
    expected: &Value,
    found: Option<&Value>,
    range: Range,
    path: &str,
    names: &mut Names,
) -> Result<(), String> {
    let place = if path.is_empty() { "the body" } else { path };
    let unlike = || match found {
        Some(found) => format!("{place} is {found} and not {expected}"),
        None => format!("{place} is not there"),
    };
    match (expected, found) {
        (Value::String(text), None) if text == NOTHING => Ok(()),
        (Value::String(text), Some(Value::Number(_))) if text == A_NUMBER => Ok(()),
        (Value::String(text), Some(Value::String(_) | Value::Number(_))) => {
            let found = match found {
                Some(Value::String(found)) => found.clone(),
                found => found.map(Value::to_string).filter(|_| text.starts_with("{{")).ok_or_else(unlike)?,
            };
            let named = text.strip_prefix("{{").and_then(|text| text.strip_suffix("}}")?.split_once(" = "));
            let (name, like) = named.map_or((None, text.as_str()), |(name, like)| (Some(name), like));
            if !is_like(like, &found) || (name.is_some() && found.is_empty()) {
                return Err(unlike());
            }
            names.extend(name.map(|name| (name.to_owned(), found)));
            Ok(())
        }
        (Value::Object(expected), Some(Value::Object(found))) => {
            let is_key = |(_, value): &(_, &Value)| **value != *NOTHING;
            let keys: Vec<&String> = expected.iter().filter(is_key).map(|(key, _)| key).collect();
            if range == Range::Whole && !keys.iter().copied().eq(found.keys()) {
                let found: Vec<&String> = found.keys().collect();
                return Err(format!("{place} has the keys {found:?} and not {keys:?}"));
            }
            let joint = if path.is_empty() { "" } else { "." };
            let mut entries = expected.iter();
            entries.try_for_each(|(key, expected)| {
                compare(expected, found.get(key), range, &format!("{path}{joint}{key}"), names)
            })
        }
        (Value::Array(expected), Some(Value::Array(found))) => {
            if expected.len() != found.len() {
                return Err(format!("{place} has {} entries and not {}", found.len(), expected.len()));
            }
            let mut pairs = expected.iter().zip(found).enumerate();
            pairs.try_for_each(|(at, (expected, found))| {
                compare(expected, Some(found), range, &format!("{path}[{at}]"), names)
            })
        }
        (expected, Some(found)) if expected == found => Ok(()),
        _ => Err(unlike()),
    }
}

/// Whether a text matches a pattern, in which `…` is any text.
pub fn is_like(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once(ANYTHING) else { return pattern == text };
    let (middle, end) = rest.rsplit_once(ANYTHING).unwrap_or(("", rest));
    let inner = text.strip_prefix(start).and_then(|text| text.strip_suffix(end));
    let mut pieces = middle.split(ANYTHING);
    inner.is_some_and(|inner| {
        pieces.try_fold(inner, |inner, piece| inner.split_once(piece).map(|(_, after)| after)).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_is_named_by_its_place() {
        let found = json!({ "a": 1, "b": [{ "c": "text" }], "d": null });
        for (expected, range, difference) in [
            (json!({}), Range::Some, None),
            (json!({ "b": [{}] }), Range::Some, None),
            (json!({ "a": "{{a number}}", "b": [{ "c": "t…t" }], "d": null }), Range::Whole, None),
            (json!({ "e": "{{nothing}}" }), Range::Some, None),
            (json!({ "a": 1, "b": [{ "c": "{{name = …}}" }], "d": null, "e": "{{nothing}}" }), Range::Whole, None),
            (json!({ "a": 2 }), Range::Some, Some("a is 1 and not 2")),
            (json!({ "a": "1" }), Range::Some, Some("a is 1 and not \"1\"")),
            (json!({ "b": [] }), Range::Some, Some("b has 1 entries and not 0")),
            (json!({ "b": [{ "c": "x…" }] }), Range::Some, Some("b[0].c is \"text\" and not \"x…\"")),
            (json!({ "b": [{ "x": "…" }] }), Range::Some, Some("b[0].x is not there")),
            (json!({ "d": "{{nothing}}" }), Range::Some, Some("d is null and not \"{{nothing}}\"")),
            (json!({ "a": 1 }), Range::Whole, Some("the body has the keys [\"a\", \"b\", \"d\"] and not [\"a\"]")),
            (
                json!({ "a": 1, "d": null, "b": [{ "c": "text" }] }),
                Range::Whole,
                Some("the body has the keys [\"a\", \"b\", \"d\"] and not [\"a\", \"d\", \"b\"]"),
            ),
        ] {
            let told = compare(&expected, Some(&found), range, "", &mut Names::new());
            assert_eq!(told.err().as_deref(), difference, "{expected}");
        }
    }

    #[test]
    fn names_are_given_and_filled_in() {
        let mut names = Names::new();
        let found = json!({ "name": "Ada", "age": 36 });
        let expected = json!({ "name": "{{who = A…}}", "age": "{{age = …}}" });
        compare(&expected, Some(&found), Range::Some, "", &mut names).expect("it is like that");
        assert_eq!(fill("{{who}} {x:{y:1}} {{age}}{{2 numbers}}", &names).as_deref(), {
            Ok("Ada {x:{y:1}} 36\"+49301000000\",\"+49301000001\"")
        });
        assert_eq!(fill("{{a number}} {{b = …}}", &names).as_deref(), Ok("{{a number}} {{b = …}}"));
        assert!(fill("{{whom}}", &names).is_err());
        for (expected, found) in [("{{who = B…}}", json!("Ada")), ("{{who = …}}", json!("")), ("…", json!(36))] {
            assert!(compare(&json!(expected), Some(&found), Range::Some, "", &mut names).is_err(), "{expected}");
        }
    }

    #[test]
    fn dots_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("…", "", true),
            ("a…", "ab", true),
            ("…b…", "abc", true),
            ("a…a", "a", false),
            ("…b…d…", "abcde", true),
            ("…d…b…", "abcde", false),
            ("a…c", "abcd", false),
        ] {
            assert_eq!(is_like(pattern, text), expected, "{pattern} {text}");
        }
    }
}
