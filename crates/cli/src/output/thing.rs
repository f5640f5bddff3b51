//! The output of one thing, in each format.

use super::column::{field, picked, plain};
use super::fields::fields;
use super::{Format, Screen, csv, name, note, note_missing, yaml};
use crate::CommandError;
use serde_json::Value;

/// The fields that may have the id that other commands take, in order of preference.
const IDS: [&str; 3] = ["id", "applicationId", "groupId"];

/// The text to print for one thing, from the API's response.
pub fn thing(screen: &Screen, reply: &Value) -> Result<String, CommandError> {
    // The response to a change without content.
    if reply.as_object().is_some_and(serde_json::Map::is_empty) {
        return Ok(String::new());
    }
    screen.columns.iter().filter(|name| field(reply, name).is_none()).for_each(|name| note_missing(name));
    let picked = match screen.columns.as_slice() {
        [] => reply.clone(),
        columns => picked(reply, columns.iter().map(String::as_str)),
    };
    Ok(match screen.format {
        Format::Table => fields(screen.style, &picked),
        Format::Json | Format::Jsonl | Format::Replies => picked.to_string(),
        Format::Yaml => yaml(&picked)?,
        Format::Csv => in_csv(screen, &picked)?,
        // A thing without an id, such as profile skills, is a list of names.
        Format::Name => match reply {
            Value::Array(entries) => entries.iter().map(|entry| plain(entry) + "\n").collect(),
            reply => {
                let named = IDS.into_iter().find_map(|id| name(reply, id));
                named.unwrap_or_else(|| {
                    note("the reply has no id");
                    String::new()
                })
            }
        },
    })
}

/// A thing as a table of one row, without links.
fn in_csv(screen: &Screen, reply: &Value) -> Result<String, CommandError> {
    match reply {
        Value::Object(object) => {
            let is_shown = |(key, _): &(&String, &Value)| !key.ends_with("Uri");
            let shown: Vec<(&String, &Value)> = object.iter().filter(is_shown).collect();
            let header: Vec<String> =
                shown.iter().filter(|_| screen.has_headers).map(|(key, _)| (*key).clone()).collect();
            csv(&header, &[shown.iter().map(|(_, value)| plain(value)).collect()])
        }
        Value::Array(entries) => csv(&[], &entries.iter().map(|entry| vec![plain(entry)]).collect::<Vec<_>>()),
        other => csv(&[], &[vec![plain(other)]]),
    }
}
