//! The initial data of sixteen writers, and the audit of the server's data against their requests. `cargo xtask chaos`
//! uses this file too.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    connection::Connection,
    operation::{Change, Expected, Group, Groups, Ledger, Operation, created},
    writer::Writer,
};

const WRITERS: u64 = 16;
const PEOPLE_OF_A_WRITER: u64 = 4;
const SHARED_GROUPS: u64 = 3;
const SHARED_PREFIX: &str = "shared-";
/// The phone number of the connector's person.
const OPERATOR: &str = "+4930999999";

/// Creates a connector that manages every official group, and signs in by it.
pub fn connect(caller: &mut Connection) -> String {
    let body = json!({ "name": "writers", "phone": OPERATOR, "administrator": true });
    let made = caller.request("POST", "/api/v2/connectors", &[], Some(&body)).expect("the server answers");
    let text = |key: &str| made.body.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("{key}: {made:?}"));
    let headers = ["applicationId", "applicationSecret", "refreshToken"].map(|key| (key, text(key)));
    let reply = caller.request("GET", "/v1/accessToken", &headers, None).expect("the server answers");
    let token = reply.body.get("accessToken").and_then(Value::as_str);
    token.unwrap_or_else(|| panic!("no token: {reply:?}")).to_owned()
}

/// Creates the people of each writer, and the shared groups.
pub fn set_up(caller: &mut Connection, access: &str) -> Vec<Writer> {
    let mut make = |target: &str, body: Value| {
        let reply = caller.request("POST", target, &[], Some(&body)).expect("the server answers");
        created(&reply.body).unwrap_or_else(|| panic!("{target}: {reply:?}")).to_owned()
    };
    let mut shared = Groups::new();
    for number in 0..SHARED_GROUPS {
        let name = format!("{SHARED_PREFIX}{number}");
        let body = json!({ "name": name, "type": "official", "rulesVisible": true, "visibility": "public" });
        shared.insert(make("/api/v2/groups", body), Group::new(&name));
    }
    let mut person = |writer: u64, number: u64| {
        let body =
            json!({ "name": format!("Person {writer} {number}"), "email": format!("p{writer}-{number}@example.test") });
        make("/api/v2/users", body)
    };
    let mut writer = |number| {
        let people = (0..PEOPLE_OF_A_WRITER).map(|person_number| person(number, person_number)).collect();
        Writer::new(number, people, &shared, access)
    };
    (0..WRITERS).map(&mut writer).collect()
}

/// Determines the outcome of the unanswered requests, and compares the directory with the ledgers. Panics if they
/// differ.
pub fn audit(writers: &mut [Writer], caller: &mut Connection, access: &str) {
    let seen = read(caller, access);
    for writer in writers.iter_mut() {
        find_out(writer, &seen.groups, caller);
    }
    compare(writers, &read(caller, access));
}

/// The data that the server shows.
struct Seen {
    groups: Groups,
    /// The numbers of all people who are known by number only.
    numbers: Vec<String>,
    /// For each shared group, the number of people in it and in those beneath it.
    n_effective: BTreeMap<String, u64>,
}

/// Every group with its individuals and the groups directly beneath it.
fn read(caller: &mut Connection, access: &str) -> Seen {
    let mut get = |target: String| {
        let reply = caller.request("GET", &target, &[("accessToken", access)], None).expect("the server answers");
        assert_eq!(reply.status, 200, "{target}: {reply:?}");
        reply.body
    };
    let list = |body: &Value, key: &str| body.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let entities = |body: &Value| list(body, "entities");
    let text = |body: &Value, key: &str| body.get(key).and_then(Value::as_str).expect("the text is there").to_owned();
    let number = |body: &Value, key: &str| body.get(key).and_then(Value::as_u64);
    let known_by_number = |person: &Value| Some(text(person, "name")).filter(|name| name.starts_with('+'));
    let listing = get("/api/v2/groups?pageSize=500".to_owned());
    // The Kaizala API shows which groups have groups beneath them.
    let official = list(&get("/v1/groups?fetchAllGroups=true".to_owned()), "groups");
    let is_upper = |group: &&Value| group.get("hasSubGroups").and_then(Value::as_bool).expect("it says so");
    let uppers: BTreeSet<String> = official.iter().filter(is_upper).map(|group| text(group, "groupId")).collect();
    let (mut groups, mut n_effective) = (Groups::new(), BTreeMap::new());
    for entity in entities(&listing) {
        let id = text(&entity, "id");
        let individuals = entities(&get(format!("/api/v2/groups/{id}/individuals")));
        let of_person = |person| known_by_number(person).unwrap_or_else(|| text(person, "id"));
        let individuals: BTreeSet<_> = individuals.iter().map(of_person).collect();
        assert_eq!(number(&entity, "memberCount"), Some(individuals.len() as u64), "{entity}: {individuals:?}");
        let mut subgroups = BTreeSet::new();
        if uppers.contains(&id) {
            let listing = entities(&get(format!("/api/v2/groups/{id}/subgroups?pageSize=500")));
            subgroups.extend(listing.iter().map(|group| text(group, "id")));
        }
        let (name, version) = (text(&entity, "name"), number(&entity, "version").expect("a group has a version"));
        if name.starts_with(SHARED_PREFIX) {
            let effective = get(format!("/api/v2/groups/{id}/members?effective=true&pageSize=1"));
            n_effective.insert(id.clone(), number(&effective, "total").expect("a listing has a total"));
        }
        groups.insert(id, Group { name, version, individuals, subgroups });
    }
    assert_eq!(number(&listing, "total"), Some(groups.len() as u64), "a listing of one page shows all");
    assert_eq!(official.len(), groups.len(), "all groups are official, and both APIs list them");
    let page = |page| entities(&get(format!("/api/v2/users?pageSize=500&pageNumber={page}")));
    let people: Vec<Value> = (1..).map(page).take_while(|page| !page.is_empty()).flatten().collect();
    Seen { groups, numbers: people.iter().filter_map(known_by_number).collect(), n_effective }
}

/// Determines whether the unanswered request of `writer` took effect, updates the ledger, and sends the request again
/// if it has a key.
fn find_out(writer: &mut Writer, seen: &Groups, caller: &mut Connection) {
    let Some(operation) = writer.unknown.take() else { return };
    let may_be_done = !matches!(operation.expected, Expected::Refused(_));
    let name = operation.change.new_name();
    let made = name.and_then(|name| seen.iter().find(|(_, group)| group.name == *name)).map(|(id, _)| id.as_str());
    let is_done = may_be_done && is_seen(writer, &operation, seen);
    if is_done {
        operation.change.apply(&mut writer.ledger, made);
    }
    if operation.key.is_some() {
        let reply = writer.send(caller, &operation).expect("the server answers");
        if is_done {
            assert!(operation.is_done(reply.status, &reply.body), "done, and refused when repeated: {operation:?}");
            assert!(made.is_none() || made == created(&reply.body), "repeated with another result: {operation:?}");
        } else {
            writer.settle(&operation, &reply);
        }
    }
}

/// Whether any effect of the operation is visible. `compare` then requires all of its effects, or none.
fn is_seen(writer: &Writer, operation: &Operation, seen: &Groups) -> bool {
    if let Some(name) = operation.change.new_name() {
        return seen.values().any(|group| group.name == *name);
    }
    let before = operation.change.group().and_then(|id| writer.ledger.group(id));
    let now = operation.change.group().and_then(|id| seen.get(id));
    let (Some(before), Some(now)) = (before, now) else {
        assert!(matches!(operation.change, Change::Delete { .. }), "the group of {operation:?} is gone");
        return true;
    };
    let differ = |ids: &[String], part: fn(&Group) -> &BTreeSet<String>| {
        ids.iter().any(|id| part(now).contains(id) != part(before).contains(id))
    };
    match &operation.change {
        Change::Rename { .. } => now.name != before.name,
        // In a shared group only the writer's own people and groups are compared.
        Change::Add { .. } | Change::Remove { .. } => differ(&writer.people, |group| &group.individuals),
        Change::AddNumbers { numbers, .. } => differ(numbers, |group| &group.individuals),
        Change::Attach { subgroups, .. } | Change::Detach { subgroups, .. } => {
            differ(subgroups, |group| &group.subgroups)
        }
        Change::Delete { .. } | Change::Create { .. } | Change::CreateBeneath { .. } => false,
    }
}

/// Compares the directory with the ledgers, when no outcome is unknown any more.
fn compare(writers: &[Writer], seen: &Seen) {
    let mut expected = Groups::new();
    let mut numbers = vec![OPERATOR.to_owned()];
    for Writer { ledger, .. } in writers {
        expected.extend(ledger.own.clone());
        numbers.extend(ledger.numbers.iter().cloned());
        for (id, part) in &ledger.shared {
            let group = expected.entry(id.clone()).or_insert_with(|| Group::new(&part.name));
            group.version += part.version;
            group.individuals.extend(part.individuals.iter().cloned());
            group.subgroups.extend(part.subgroups.iter().cloned());
        }
    }
    for id in expected.keys().chain(seen.groups.keys()).collect::<BTreeSet<_>>() {
        let (found, expected) = (seen.groups.get(id), expected.get(id));
        assert_eq!(found, expected, "group {id}: the server's on the left, the ledgers' on the right");
    }
    // There is nobody who was not named, or only in refused requests, and nobody twice.
    numbers.sort_unstable();
    let mut found = seen.numbers.clone();
    found.sort_unstable();
    assert_eq!(found, numbers, "people known by number: the server's on the left, the ledgers' on the right");
    let all = Ledger { own: expected, ..Ledger::default() };
    for (id, found) in &seen.n_effective {
        let within = all.own.iter().filter(|(lower, _)| all.is_within(lower, id));
        let people: BTreeSet<_> = within.flat_map(|(_, group)| &group.individuals).collect();
        assert_eq!(*found, people.len() as u64, "people in group {id} and beneath it");
    }
}
