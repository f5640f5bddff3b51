//! Parsing of replies.

use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Error, Value};

/// Parses a reply. A `null` counts as absent, because some servers write it.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    // Not with `from_value`, for which the parser of each type would be compiled a second time.
    serde_json::from_slice(bytes).or_else(|_| serde_json::from_slice(&without_nulls(bytes)?).map_err(without_place))
}

fn without_nulls(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut value = serde_json::from_slice(bytes)?;
    drop_nulls(&mut value);
    serde_json::to_vec(&value)
}

/// The error without line and column, which are not those of the text that the server sent.
fn without_place(error: Error) -> Error {
    let text = error.to_string();
    Error::custom(text.rsplit_once(" at line ").map_or(&*text, |(problem, _)| problem))
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(drop_nulls);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoke_wire::genesys::Group;

    #[test]
    fn a_null_is_nothing_and_what_is_wrong_is_named() {
        let group: Group = read(br#"{"id":"g","name":null,"owners":[null,{"id":"u","name":null}]}"#).expect("a group");
        assert_eq!((group.name.as_str(), group.owners.len()), ("", 1));
        for (text, problem) in [
            (r#"{"name":"g"}"#, "missing field `id`"),
            (r#"{"id":null}"#, "missing field `id`"),
            ("<html>", "expected value at line 1 column 1"),
            (r#"{"id":"g","version":"one"}"#, "invalid type: string"),
        ] {
            let error = read::<Group>(text.as_bytes()).expect_err("an error").to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
