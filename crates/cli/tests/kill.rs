//! Kills the server under load, over and over, and asks it what it remembers.
//!
//! Sixteen writers keep a ledger each. After every `kill -9` and restart: what was acknowledged is
//! there, what was refused is not, what got no answer is wholly in or wholly out, and is so once
//! even if it is sent again under its key; versions count the changes without a gap, and
//! `convoke verify` finds tables, log and memory in agreement. A killed process leaves its writes
//! to the kernel, so this shows order and recovery; that they are on the disk is shown by
//! durability.rs.

#[path = "kill/operation.rs"]
mod operation;
mod server;
#[path = "kill/writer.rs"]
mod writer;

use std::{collections::BTreeSet, path::Path, thread, time::Duration};

use fastrand::Rng;
use operation::{Change, Expected, Group, Groups, Operation};
use serde_json::{Value, json};
use server::{Connection, Server, convoke};
use writer::{Writer, send};

const CYCLES: u64 = 50;
const WRITERS: u64 = 16;
const PEOPLE_OF_A_WRITER: u64 = 4;
const SHARED_GROUPS: u64 = 3;
const SHARED_PREFIX: &str = "shared-";

#[test]
fn nothing_acknowledged_is_lost_and_nothing_refused_appears() {
    // The choices follow from the seed; what is in flight when the server dies does not.
    let given = std::env::var("CONVOKE_KILL_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("CONVOKE_KILL_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let store = folder.path().join("killed.db");

    let server = Server::start(&store);
    let token = server.sign_in();
    let mut writers = set_up(&mut server.connect(Some(&token)));
    server.terminate();
    assert!(server.wait().success());
    let mut n_unknown = 0;
    for cycle in 1..=CYCLES {
        println!("cycle {cycle}");
        let server = Server::start(&store);
        thread::scope(|scope| {
            for writer in &mut writers {
                let (connection, rng) = (server.connect(Some(&token)), rng.fork());
                scope.spawn(move || writer.work(connection, rng));
            }
            thread::sleep(Duration::from_millis(rng.u64(50..=800)));
            drop(server);
        });
        n_unknown += writers.iter().filter(|writer| writer.unknown.is_some()).count();

        let server = Server::start(&store);
        let mut caller = server.connect(Some(&token));
        let seen = read(&mut caller);
        for writer in &mut writers {
            find_out(writer, &seen, &mut caller);
        }
        compare(&writers, &read(&mut caller));
        server.terminate();
        let status = server.wait();
        assert_eq!(status.code(), Some(0), "{status}");
        verify(&store);
    }
    let sum = |count: fn(&Writer) -> u64| writers.iter().map(count).sum::<u64>();
    let (n_done, n_refused) = (sum(|writer| writer.n_done), sum(|writer| writer.n_refused));
    println!("{n_done} done, {n_refused} refused, {n_unknown} unknown");
    assert!(n_done > 50 * CYCLES && n_refused > CYCLES && n_unknown > 0, "too little was tried");
}

/// Makes the people of each writer, and the shared groups.
fn set_up(caller: &mut Connection) -> Vec<Writer> {
    let mut make = |target: &str, body: Value| {
        let reply = caller.request("POST", target, &[], Some(&body)).expect("the server answers");
        let id = reply.body.get("id").and_then(Value::as_str);
        id.unwrap_or_else(|| panic!("{target}: {reply:?}")).to_owned()
    };
    let mut shared = Groups::new();
    for number in 0..SHARED_GROUPS {
        let name = format!("{SHARED_PREFIX}{number}");
        let body = json!({ "name": name, "type": "official", "rulesVisible": true, "visibility": "public" });
        let group = Group { name, version: 1, individuals: BTreeSet::new() };
        shared.insert(make("/api/v2/groups", body), group);
    }
    let mut person = |writer: u64, number: u64| {
        let body =
            json!({ "name": format!("Person {writer} {number}"), "email": format!("p{writer}-{number}@example.test") });
        make("/api/v2/users", body)
    };
    let mut writer = |number| {
        let people = (0..PEOPLE_OF_A_WRITER).map(|person_number| person(number, person_number)).collect();
        Writer::new(format!("writer-{number:02}-"), people, &shared)
    };
    (0..WRITERS).map(&mut writer).collect()
}

/// Every group with its individuals, as the server shows them.
fn read(caller: &mut Connection) -> Groups {
    let mut get = |target: String| {
        let reply = caller.request("GET", &target, &[], None).expect("the server answers");
        assert_eq!(reply.status, 200, "{target}: {reply:?}");
        reply.body
    };
    let listing = get("/api/v2/groups?pageSize=500".to_owned());
    let entities = |body: &Value| body.get("entities").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |body: &Value, key: &str| body.get(key).and_then(Value::as_str).expect("the text is there").to_owned();
    let number = |body: &Value, key: &str| body.get(key).and_then(Value::as_u64);
    let mut groups = Groups::new();
    for entity in entities(&listing) {
        let id = text(&entity, "id");
        let individuals = entities(&get(format!("/api/v2/groups/{id}/individuals")));
        let individuals: BTreeSet<_> = individuals.iter().map(|person| text(person, "id")).collect();
        assert_eq!(number(&entity, "memberCount"), Some(individuals.len() as u64), "{entity}: {individuals:?}");
        let version = number(&entity, "version").expect("a group has a version");
        groups.insert(id, Group { name: text(&entity, "name"), version, individuals });
    }
    assert_eq!(number(&listing, "total"), Some(groups.len() as u64), "a listing of one page shows all");
    groups
}

/// Finds whether the unanswered request of `writer` was carried out, takes that in, and sends it
/// again if it has a key.
fn find_out(writer: &mut Writer, seen: &Groups, caller: &mut Connection) {
    let Some(operation) = writer.unknown.take() else { return };
    let mut after = writer.groups_of(&operation).clone();
    let may_be_done = !matches!(operation.expected, Expected::Refused(_));
    let created = match &operation.change {
        Change::Create { name } => seen.iter().find(|(_, group)| group.name == *name).map(|(id, _)| id.clone()),
        _ => None,
    };
    let is_done = may_be_done && is_seen(writer, &operation, seen);
    if is_done {
        operation.change.apply(&mut after, created.as_deref());
        *writer.groups_of(&operation) = after;
    }
    if operation.key.is_some() {
        let reply = send(caller, &operation).expect("the server answers");
        if is_done {
            assert!(operation.is_done(reply.status, &reply.body), "done, and refused when repeated: {operation:?}");
            let id = reply.body.get("id").and_then(Value::as_str);
            assert!(created.is_none() || created.as_deref() == id, "repeated with another result: {operation:?}");
        } else {
            writer.settle(&operation, &reply);
        }
    }
}

/// Whether any trace of the operation is to be seen; `compare` then demands the whole of it, or
/// nothing.
fn is_seen(writer: &mut Writer, operation: &Operation, seen: &Groups) -> bool {
    let people = writer.people.clone();
    let before = operation.change.group().and_then(|id| writer.groups_of(operation).get(id));
    let now = operation.change.group().and_then(|id| seen.get(id));
    match (&operation.change, before, now) {
        (Change::Create { name }, ..) => seen.values().any(|group| group.name == *name),
        (Change::Delete { .. }, _, now) => now.is_none(),
        (Change::Rename { .. }, Some(before), Some(now)) => now.name != before.name,
        (Change::Add { .. } | Change::Remove { .. }, Some(before), Some(now)) => {
            // Of a shared group only the writer's own people tell.
            people.iter().any(|id| now.individuals.contains(id) != before.individuals.contains(id))
        }
        _ => panic!("the group of {operation:?} is gone"),
    }
}

/// Holds the directory against the ledgers, now that nothing is unknown.
fn compare(writers: &[Writer], seen: &Groups) {
    let mut expected = Groups::new();
    for writer in writers {
        expected.extend(writer.own.clone());
        for (id, part) in &writer.shared {
            let nothing = Group { name: part.name.clone(), version: 1, individuals: BTreeSet::new() };
            let group = expected.entry(id.clone()).or_insert(nothing);
            group.version += part.version;
            group.individuals.extend(part.individuals.iter().cloned());
        }
    }
    for id in expected.keys().chain(seen.keys()).collect::<BTreeSet<_>>() {
        assert_eq!(seen.get(id), expected.get(id), "group {id}: the server's on the left, the ledgers' on the right");
    }
}

/// Asks `convoke verify` of the stopped store.
fn verify(store: &Path) {
    let output = convoke(&["verify", "--json"], store).output().expect("convoke can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    let document: Value = serde_json::from_str(&said).unwrap_or_default();
    let is_silent = document.get("differences").and_then(Value::as_array).is_some_and(Vec::is_empty);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && is_silent, "verify: {}: {said}{complaint}", output.status);
}
