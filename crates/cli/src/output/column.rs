//! Columns of lists: the field of an entry that each shows, and its format.

use serde_json::{Map, Number, Value};

/// The default columns of a list.
pub struct Columns {
    /// The name of the entries, in the plural.
    pub what: &'static str,
    /// The columns. The first one is the id that other commands take.
    pub shown: &'static [Column],
}

impl Columns {
    /// The field with the id that other commands take.
    pub fn id(&self) -> &'static str {
        self.shown.first().map_or("id", |column| column.field)
    }
}

/// A default column.
pub struct Column {
    header: &'static str,
    field: &'static str,
    /// Renders an entry for tables, if they show more than the field.
    text: Option<fn(&Value) -> String>,
}

impl Column {
    /// A column for a field of the API.
    pub const fn new(header: &'static str, field: &'static str) -> Self {
        Column { header, field, text: None }
    }

    /// A column for a field of the API that tables show by `text`, which may use other fields of the entry.
    pub const fn with_text(header: &'static str, field: &'static str, text: fn(&Value) -> String) -> Self {
        Column { header, field, text: Some(text) }
    }
}

/// A column that was selected.
pub struct SelectedColumn {
    /// The header in a table.
    pub header: String,
    /// The field, as a path of names separated by dots.
    pub field: String,
    text: Option<fn(&Value) -> String>,
    /// Whether it is one of the default columns, whose names cannot be mistyped.
    is_usual: bool,
}

impl SelectedColumn {
    /// The columns of these names, or the default ones if there are none. A name is a header or a field of the API, in
    /// any case.
    pub fn of(columns: &Columns, names: &[String]) -> Vec<SelectedColumn> {
        let usual = |Column { header, field, text }: &Column| SelectedColumn {
            header: (*header).to_owned(),
            field: (*field).to_owned(),
            text: *text,
            is_usual: true,
        };
        if names.is_empty() {
            return columns.shown.iter().map(usual).collect();
        }
        let named = |name: &String| {
            let is_named =
                |column: &&Column| [column.header, column.field].iter().any(|it| it.eq_ignore_ascii_case(name));
            let other =
                || SelectedColumn { header: name.to_uppercase(), field: name.clone(), text: None, is_usual: false };
            columns.shown.iter().find(is_named).map_or_else(other, usual)
        };
        names.iter().map(named).collect()
    }

    /// Whether an entry has the field, or may have it; otherwise its name may be mistyped.
    pub fn is_in(&self, entries: &[Value]) -> bool {
        self.is_usual || entries.iter().any(|entry| field(entry, &self.field).is_some())
    }

    /// The text of an entry in a table.
    pub fn cell(&self, entry: &Value) -> String {
        let of_field = || field(entry, &self.field).as_ref().map(cell).unwrap_or_default();
        self.text.map_or_else(of_field, |text| text(entry))
    }

    /// The text of an entry in CSV.
    pub fn plain(&self, entry: &Value) -> String {
        field(entry, &self.field).as_ref().map(plain).unwrap_or_default()
    }

    /// Whether the column has ids, which a terminal without room leaves out.
    pub fn is_id(&self) -> bool {
        self.header.ends_with("ID")
    }
}

/// An entry with these fields only, under the API's names.
pub fn picked<'n>(entry: &Value, fields: impl Iterator<Item = &'n str>) -> Value {
    let picked = fields.map(|path| (spelled(entry, path), field(entry, path).unwrap_or_default()));
    Value::Object(picked.collect::<Map<_, _>>())
}

/// A path in the API's upper and lower case, as far as the value has it.
fn spelled(value: &Value, path: &str) -> String {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    match value {
        Value::Array(entries) => entries.first().map_or_else(|| path.to_owned(), |entry| spelled(entry, path)),
        Value::Object(object) => {
            let Some((key, value)) = entry_of(object, name) else { return path.to_owned() };
            rest.map_or_else(|| key.clone(), |rest| format!("{key}.{}", spelled(value, rest)))
        }
        _ => path.to_owned(),
    }
}

/// The entry of this name, or else of the same name in another case.
fn entry_of<'o>(object: &'o Map<String, Value>, name: &str) -> Option<(&'o String, &'o Value)> {
    object.get_key_value(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)))
}

/// The value at a path, such as `division.name`; for a list, the values of its entries. Names may be in any case.
pub fn field(value: &Value, path: &str) -> Option<Value> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    match value {
        Value::Array(entries) => Some(entries.iter().filter_map(|entry| field(entry, path)).collect()),
        Value::Object(object) => {
            let (_, found) = entry_of(object, name)?;
            rest.map_or_else(|| Some(found.clone()), |rest| field(found, rest))
        }
        _ => None,
    }
}

/// A value as a table shows it, with names rather than ids.
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(is) => if *is { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => digits(number),
        Value::String(text) => text.clone(),
        Value::Array(entries) => entries.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(object) => match object.get("name").or(object.get("id")) {
            Some(name) => cell(name),
            None => object.values().map(cell).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" "),
        },
    }
}

/// A value as CSV has it: ids rather than names, and lists as an import takes them.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(is) => is.to_string(),
        Value::Number(number) => digits(number),
        Value::String(text) => text.clone(),
        Value::Array(entries) => entries.iter().map(plain).collect::<Vec<_>>().join(";"),
        Value::Object(object) => object.get("id").map_or_else(|| value.to_string(), plain),
    }
}

/// A number, without `.0` if it is whole.
fn digits(number: &Number) -> String {
    number.as_f64().filter(|_| number.is_f64()).map_or_else(|| number.to_string(), |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_found_by_path_in_any_case() {
        let entry = json!({
            "memberCount": 3, "rulesVisible": true, "proficiency": 4.0, "owners": [{"id": "1", "name": "Ann"}, {"id": "2"}],
            "division": {"id": "d", "name": "Home"}, "addresses": [{"address": "+44", "type": "WORK"}], "email": null,
        });
        for (path, shown, in_csv) in [
            ("memberCount", "3", "3"),
            ("MEMBERCOUNT", "3", "3"),
            ("rulesVisible", "yes", "true"),
            ("proficiency", "4", "4"),
            ("owners", "Ann, 2", "1;2"),
            ("owners.id", "1, 2", "1;2"),
            ("division.name", "Home", "Home"),
            ("addresses", "+44 WORK", r#"{"address":"+44","type":"WORK"}"#),
            ("email", "", ""),
            ("nothing", "", ""),
            ("email.of", "", ""),
        ] {
            let column = SelectedColumn { header: String::new(), field: path.to_owned(), text: None, is_usual: false };
            assert_eq!((column.cell(&entry).as_str(), column.plain(&entry).as_str()), (shown, in_csv), "{path}");
        }
        let names = ["DIVISION.Name", "owners.ID", "membercount", "nothing"];
        assert_eq!(
            picked(&entry, names.into_iter()),
            json!({"division.name": "Home", "owners.id": ["1", "2"], "memberCount": 3, "nothing": null})
        );
    }
}
