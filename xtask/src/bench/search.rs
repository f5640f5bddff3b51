//! The searches and previews of the bench. Values are parts of existing names, so each search finds something. There
//! are thousands of them, so that no cache has them.

use std::sync::Arc;

use fastrand::Rng;
use serde_json::{Value, json};

use super::http::write_post;
use super::load::WriteRequest;

/// The number of different bodies of a scenario.
const N_BODIES: usize = 4096;

/// POSTs bodies that `draw` makes.
pub fn posts(token: &str, target: &'static str, mut draw: impl FnMut(&mut Rng) -> Value) -> WriteRequest {
    let mut rng = Rng::with_seed(1);
    let bodies: Vec<String> = (0..N_BODIES).map(|_| draw(&mut rng).to_string()).collect();
    let token = token.to_owned();
    Arc::new(move |rng, out| {
        let body = rng.choice(&bodies).expect("some were drawn");
        write_post(out, target, &token, body);
    })
}

/// A search by name, in the order of names.
pub fn by_name(how: &str, value: &str) -> Value {
    sorted("name", how, value)
}

/// A search by name, in the order of e-mail addresses.
pub fn by_email(how: &str, value: &str) -> Value {
    sorted("email", how, value)
}

/// A search by name that names no order.
pub fn unsorted(how: &str, value: &str) -> Value {
    json!({ "query": [{ "type": how, "fields": ["name"], "value": value }] })
}

fn sorted(by: &str, how: &str, value: &str) -> Value {
    let mut search = unsorted(how, value);
    if let Some(search) = search.as_object_mut() {
        search.insert("sortBy".into(), by.into());
        search.insert("sortOrder".into(), "ASC".into());
    }
    search
}

/// The first three to twelve characters of a name, as if being typed.
pub fn prefix(rng: &mut Rng, names: &[&str]) -> String {
    choice(rng, names).chars().take(rng.usize(3..=12)).collect()
}

/// Three to eight characters from anywhere in a name.
pub fn substring(rng: &mut Rng, names: &[&str]) -> String {
    let name: Vec<char> = choice(rng, names).chars().collect();
    let length = rng.usize(3..=8).min(name.len());
    let start = rng.usize(..=name.len() - length);
    name.into_iter().skip(start).take(length).collect()
}

/// A pattern for words of a name in their order, in one of three forms.
pub fn pattern(rng: &mut Rng, names: &[&str]) -> String {
    let name = choice(rng, names).to_lowercase();
    // The words have no character that is special in a pattern.
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let at = rng.usize(..words.len());
    let word = words.get(at).copied().unwrap_or_default();
    match rng.choice(words.iter().skip(at + 1)) {
        Some(later) if rng.bool() => format!(".*{word}.*{later}.*"),
        Some(later) => format!(".*{word}.*({later}|[0-9]+).*"),
        None => format!(".* ?{word}( .*)?"),
    }
}

/// A rule of four comparisons: any of three skills, and a language.
pub fn rule(rng: &mut Rng, routing: &[String], languages: &[String]) -> Value {
    let mut conditions = |key: &str, list: &[String], n: usize| -> Value {
        let condition = |_| {
            json!({
                key: rng.choice(list),
                "comparator": "GreaterThanOrEqualTo",
                "proficiency": rng.u8(1..=4),
            })
        };
        (0..n).map(condition).collect()
    };
    json!({ "skillConditions": [
        {
            "routingSkillConditions": conditions("routingSkill", routing, 3),
            "languageSkillConditions": [],
            "operation": "Or",
        },
        {
            "routingSkillConditions": [],
            "languageSkillConditions": conditions("languageSkill", languages, 1),
            "operation": "And",
        },
    ] })
}

fn choice<'n>(rng: &mut Rng, names: &[&'n str]) -> &'n str {
    rng.choice(names).copied().unwrap_or_default()
}
