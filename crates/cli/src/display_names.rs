//! Names of owners and managers, of whom replies have only the id.

use crate::listing::LARGEST_PAGE;
use crate::names::exactly;
use crate::session::Session;
use convoke_wire::Nothing;
use convoke_wire::genesys::{PostUsersSearch, UserSearchRequest};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Adds the names of owners and managers to replies, by one search for each 500 of them. If the search does not find
/// one, only the id is shown.
pub async fn add_names(session: &Session, replies: &mut [Value]) {
    let mut nameless: Vec<&mut Value> = replies.iter_mut().flat_map(nameless).collect();
    let ids: BTreeSet<String> = nameless.iter().filter_map(|person| id(person)).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let mut names = BTreeMap::new();
    for ids in ids.chunks(LARGEST_PAGE as usize) {
        let criterion = exactly("id", ids.iter().map(String::as_str));
        let (query, page_size) = (Some(vec![criterion]), Some(ids.len() as i64));
        let body = UserSearchRequest { query, page_size, ..UserSearchRequest::default() };
        // Names are optional. Without them, the results show ids.
        let Ok(found) = session.call::<PostUsersSearch>(&Nothing {}, &Nothing {}, Some(&body)).await else { return };
        names.extend(found.results.into_iter().map(|user| (user.id, user.name)));
    }
    for person in &mut nameless {
        let name = id(person).and_then(|id| names.get(&id));
        if let (Some(name), Some(person)) = (name, person.as_object_mut()) {
            person.insert("name".to_owned(), json!(name));
        }
    }
}

/// The owners and the manager in a reply that have no name yet.
fn nameless(reply: &mut Value) -> Vec<&mut Value> {
    let Some(reply) = reply.as_object_mut() else { return vec![] };
    let people = reply.iter_mut().flat_map(|(key, value)| match (key.as_str(), value) {
        ("owners", Value::Array(owners)) => owners.iter_mut().collect(),
        ("manager", manager) => vec![manager],
        _ => vec![],
    });
    people.filter(|person| person.get("name").is_none()).collect()
}

fn id(person: &Value) -> Option<String> {
    person.get("id").and_then(Value::as_str).map(str::to_owned)
}
