//! The table format of one thing: a line for each field.

use super::{Style, visible};
use serde_json::{Map, Value};
use std::time::{SystemTime, UNIX_EPOCH};
use unicode_width::UnicodeWidthStr;

/// Fields that the API returns only once, when they are created.
const SECRETS: [&str; 4] = ["secret", "clientSecret", "applicationSecret", "refreshToken"];
const HOUR_MILLIS: i64 = 60 * 60 * 1000;

/// The fields of a response, in its own order, with their names as words. Empty fields and links are left out.
pub fn fields(style: Style, reply: &Value) -> String {
    let mut lines = Vec::new();
    match reply {
        Value::Object(object) => add_object(&mut lines, "", object),
        other => add(&mut lines, "", other),
    }
    let width = lines.iter().map(|(name, _)| name.width()).max().unwrap_or_default();
    let gap = if width == 0 { 0 } else { width + 2 };
    let line = |(name, value): &(String, String)| {
        let space = " ".repeat(gap - name.width());
        format!("{}{space}{value}\n", style.bold(name))
    };
    lines.iter().map(line).collect()
}

fn add_object(lines: &mut Vec<(String, String)>, prefix: &str, object: &Map<String, Value>) {
    for (key, value) in object {
        if key.ends_with("Uri") {
            continue;
        }
        let name = if prefix.is_empty() { words(key) } else { format!("{prefix} {}", words(key)) };
        match value {
            Value::String(text) if SECRETS.contains(&key.as_str()) && !text.is_empty() => {
                lines.push((name, format!("{}  (not shown again)", visible(text))));
            }
            Value::Number(number) if key.ends_with("Expiry") => {
                lines.push((name, until(number.as_i64().unwrap_or_default())));
            }
            other => add(lines, &name, other),
        }
    }
}

fn add(lines: &mut Vec<(String, String)>, name: &str, value: &Value) {
    match value {
        Value::Object(object) if !object.contains_key("id") => add_object(lines, name, object),
        // One line for each entry; the first one has the name of the field.
        Value::Array(entries) => {
            let entries = entries.iter().map(brief).filter(|entry| !entry.is_empty());
            let names = std::iter::once(name).chain(std::iter::repeat(""));
            lines.extend(names.zip(entries).map(|(name, entry)| (name.to_owned(), entry)));
        }
        other => {
            let text = brief(other);
            if !text.is_empty() {
                lines.push((name.to_owned(), text));
            }
        }
    }
}

/// A value on one line: its name and id if it has these, or else all of it.
fn brief(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => visible(text).into_owned(),
        Value::Object(object) => match (object.get("name"), object.get("id")) {
            (Some(name), Some(id)) => format!("{} ({})", brief(name), brief(id)),
            (None, Some(id)) => brief(id),
            (_, None) => {
                let mut parts: Vec<String> = object.values().map(brief).filter(|text| !text.is_empty()).collect();
                // Contacts often have the number a second time, formatted for display.
                parts.dedup();
                parts.join(" ")
            }
        },
        Value::Array(entries) => entries.iter().map(brief).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// `applicationId` as `application id`.
fn words(key: &str) -> String {
    let mut words = String::new();
    let mut was_lower = false;
    for char in key.chars() {
        if char.is_uppercase() && was_lower {
            words.push(' ');
        }
        was_lower = char.is_lowercase();
        words.extend(char.to_lowercase());
    }
    words
}

/// The time until a timestamp in milliseconds since 1970, in words.
fn until(moment: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    let hours = moment.saturating_sub(now).saturating_add(HOUR_MILLIS / 2) / HOUR_MILLIS;
    match hours {
        ..0 => "past".to_owned(),
        0..48 => format!("in {hours} hours"),
        _ => format!("in {} days", (hours + 12) / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_words_and_lists_are_lines() {
        let reply = json!({
            "id": "g-1", "name": "Night\u{1b}", "memberCount": 3, "rulesVisible": true, "chat": {"jabberId": "j"},
            "owners": [{"id": "u-1", "selfUri": "/u"}, {"id": "u-2", "name": "Ann"}], "images": [], "email": null,
            "addresses": [{"address": "+44", "type": "GROUPRING"}], "secret": "s", "refreshToken": "",
            "OAuthClient": {"id": "c", "name": "n"}, "refreshTokenExpiry": 0, "selfUri": "/g",
        });
        let expected = "\
id                    g-1
name                  Night\\u{1b}
member count          3
rules visible         true
chat jabber id        j
owners                u-1
                      Ann (u-2)
addresses             +44 GROUPRING
secret                s  (not shown again)
oauth client          n (c)
refresh token expiry  past
";
        let style = Style { colours: false };
        assert_eq!(fields(style, &reply), expected);
        assert_eq!(fields(style, &json!(["a", "b"])), "a\nb\n");
        assert_eq!(fields(style, &json!({})), "");
    }
}
