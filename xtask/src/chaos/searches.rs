//! Costly searches of one client beside the cheap ones of another client, and of another organisation; and SIGTERM
//! while they run.

use super::{
    Trial,
    peers::large_store,
    probe::ProbeResults,
    report::{Finding, shown},
    server::{Launch, STOP_LIMIT, Server},
    shared::connection::Connection,
};
use crate::run::TaskError;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// People who are searched.
const PEOPLE: (usize, usize) = (20_000, 3_000);
/// Costly searches at one time.
const COSTLY: usize = 8;
/// The time for which they are repeated, in the full and in the short form.
const TIME: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(5));
/// An honest client's pause between two searches.
const PAUSE: Duration = Duration::from_millis(50);
/// The latency that an honest search may see beside them.
const HONEST_LIMIT: Duration = Duration::from_secs(2);
/// The time in which a costly search must be answered: its deadline, and some tolerance.
const COSTLY_LIMIT: Duration = Duration::from_secs(15);
/// The time after SIGTERM when the process is killed.
const GIVE_UP: Duration = Duration::from_secs(40);
/// The fields of each criterion of a costly search. Numbers of values, criteria and patterns are the greatest allowed.
const FIELDS: [&str; 4] = ["name", "email", "department", "title"];
const VALUES: usize = 31;
const TERMS: usize = 14;
const PATTERNS: usize = 4;

pub fn run(trial: &Trial) -> Result<Vec<Finding>, TaskError> {
    let store = large_store(trial, trial.pick(PEOPLE.0, PEOPLE.1))?;
    let server = Launch::new(&trial.binary, &store).start()?;
    let admin = server.sign_in()?;
    let mut caller = open(&server, &admin)?;
    let [costly_client, honest_client] =
        [client(&server, &mut caller, "costly")?, client(&server, &mut caller, "honest")?];
    let other = post(&mut caller, "/operator/organisations", &json!({ "name": "Another" }))?;
    let other = server.sign_in_as((text(&other, "clientId")?, text(&other, "clientSecret")?))?;
    server.import(&other, &people(trial.pick(PEOPLE.0, PEOPLE.1)))?;
    // Without an attack, for comparison.
    let mut alone = ProbeResults::default();
    for _ in 0..5 {
        alone.ask(|| search(&server, &honest_client, &contains()));
    }
    let mut one = ProbeResults::default();
    one.ask(|| search(&server, &costly_client, &heavy()));

    let stop = AtomicBool::new(false);
    let outcomes: Mutex<BTreeMap<String, ProbeResults>> = Mutex::default();
    let (same, elsewhere) = thread::scope(|scope| {
        for _ in 0..COSTLY {
            scope.spawn(|| attack(&server, &costly_client, &stop, &outcomes));
        }
        let same =
            scope.spawn(|| ProbeResults::while_not(&stop, PAUSE, || search(&server, &honest_client, &contains())));
        let elsewhere = scope.spawn(|| ProbeResults::while_not(&stop, PAUSE, || search(&server, &other, &contains())));
        thread::sleep(trial.pick(TIME.0, TIME.1));
        stop.store(true, Ordering::Relaxed);
        (same.join().unwrap_or_default(), elsewhere.join().unwrap_or_default())
    });
    let n_people = trial.pick(PEOPLE.0, PEOPLE.1);
    let tried = format!(
        "{COSTLY} searches of {TERMS} criteria × 4 fields × {VALUES} values at a time, {n_people} people; one by itself takes {}",
        shown(one.percentile(1.0))
    );
    let mut findings = vec![
        honest("another client's search beside costly ones", &tried, &same, &alone),
        honest("another organisation's search beside costly ones", &tried, &elsewhere, &alone),
        costly(&tried, &outcomes.into_inner().unwrap_or_default()),
    ];
    findings.push(stopped(server, &costly_client, tried)?);
    Ok(findings)
}

/// Rows of people for the other organisation, so that its searches cost the same.
fn people(n: usize) -> Vec<Value> {
    let person = |number| {
        json!({ "person": {
            "email": format!("anna{number}@example.test"), "name": format!("Anna {number}"),
            "department": format!("Department {}", number % 50), "title": "Analyst",
        } })
    };
    (0..n).map(person).collect()
}

fn honest(what: &str, tried: &str, seen: &ProbeResults, alone: &ProbeResults) -> Finding {
    Finding {
        what: what.to_owned(),
        tried: format!("{tried}; alone an honest one takes {}", shown(alone.percentile(0.5))),
        must: format!("all are served, 9 in 10 within {}", shown(HONEST_LIMIT)),
        found: seen.text(),
        held: seen.is_good(HONEST_LIMIT),
    }
}

/// Costly searches may be answered or refused, but in time.
fn costly(tried: &str, outcomes: &BTreeMap<String, ProbeResults>) -> Finding {
    let texts: Vec<String> = outcomes.iter().map(|(status, seen)| format!("{status}: {}", seen.text())).collect();
    let longest = outcomes.values().map(|seen| seen.percentile(1.0)).max().unwrap_or_default();
    let is_answered = |status: &String| matches!(status.as_str(), "200" | "400" | "429" | "503");
    Finding {
        what: "the costly searches themselves".to_owned(),
        tried: tried.to_owned(),
        must: format!("200, 400, 429 or 503 within {}", shown(COSTLY_LIMIT)),
        found: texts.join("; "),
        held: !outcomes.is_empty() && outcomes.keys().all(is_answered) && longest <= COSTLY_LIMIT,
    }
}

/// SIGTERM while costly searches run.
fn stopped(server: Server, token: &str, tried: String) -> Result<Finding, TaskError> {
    let mut connections = Vec::new();
    for _ in 0..COSTLY {
        let mut connection = open(&server, token)?;
        let body = heavy().to_string();
        let head = connection.head("POST", "/api/v2/users/search");
        let request = format!("{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let sent = std::io::Write::write_all(connection.stream.get_mut(), request.as_bytes());
        sent.map_err(|cause| format!("a costly search: {cause}"))?;
        connections.push(connection);
    }
    thread::sleep(Duration::from_millis(500));
    let (status, took) = server.stop(GIVE_UP);
    Ok(Finding {
        what: "SIGTERM during costly searches".to_owned(),
        tried,
        must: format!("exit code 0 within {}", shown(STOP_LIMIT)),
        found: format!("{} after {}", status.map_or("killed".to_owned(), |status| status.to_string()), shown(took)),
        held: status.is_some_and(|status| status.success()) && took <= STOP_LIMIT,
    })
}

fn attack(server: &Server, token: &str, stop: &AtomicBool, outcomes: &Mutex<BTreeMap<String, ProbeResults>>) {
    let body = heavy();
    while !stop.load(Ordering::Relaxed) {
        let mut seen = ProbeResults::default();
        let mut outcome = "no answer".to_owned();
        seen.ask(|| {
            let mut connection = open(server, token)?;
            // A costly search may take longer than the usual timeout of a connection.
            let patience = connection.stream.get_ref().set_read_timeout(Some(Duration::from_secs(120)));
            patience.map_err(|cause| cause.to_string())?;
            let reply = connection.request("POST", "/api/v2/users/search", &[], Some(&body));
            outcome = reply.map_err(|cause| cause.to_string())?.status.to_string();
            Ok(())
        });
        let is_refused = outcome != "200";
        if let Ok(mut outcomes) = outcomes.lock() {
            outcomes.entry(outcome).or_default().merge(seen);
        }
        if is_refused {
            // A pause, as a client would make after `Retry-After`.

            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// A search at the limits of what is, or once was, accepted. The values are in almost every text, and are hardly ever a
/// whole word. The patterns match everyone, so that everyone must be scored.
fn heavy() -> Value {
    let letters = || ('a'..='z').map(String::from);
    let pairs = |from: usize| letters().skip(from).take(VALUES - 26).map(|letter| format!("a{letter}"));
    let term = |number: usize| {
        let values: Vec<String> = letters().chain(pairs(number)).collect();
        json!({ "type": "TERM", "fields": FIELDS, "values": values, "operator": "OR" })
    };
    let pattern = |number: usize| {
        let last = ["e", "f", "g", "h"].get(number).unwrap_or(&"i");
        let pattern = format!(".*[a-{last}o].*");
        json!({ "type": "REGEX", "fields": ["name"], "value": pattern, "operator": "OR" })
    };
    let query: Vec<Value> = (0..TERMS).map(term).chain((0..PATTERNS).map(pattern)).collect();
    json!({ "query": query, "sort": [{ "sortOrder": "SCORE" }], "pageSize": 25 })
}

/// A search that is cheap, but counts as a long request.
fn contains() -> Value {
    json!({ "query": [{ "type": "CONTAINS", "fields": FIELDS, "value": "an" }], "pageSize": 5 })
}

fn search(server: &Server, token: &str, body: &Value) -> Result<(), String> {
    let mut connection = open(server, token)?;
    let patience = connection.stream.get_ref().set_read_timeout(Some(Duration::from_secs(120)));
    patience.map_err(|cause| cause.to_string())?;
    match connection.request("POST", "/api/v2/users/search", &[], Some(body)) {
        Ok(reply) if reply.status == 200 => Ok(()),
        Ok(reply) => Err(format!("{} {}", reply.status, reply.body)),
        Err(error) => Err(error.to_string()),
    }
}

/// Creates a client of the first organisation with the reader role. Returns its token.
fn client(server: &Server, caller: &mut Connection, name: &str) -> Result<String, TaskError> {
    let roles = caller.request("GET", "/api/v2/authorization/roles?pageSize=100", &[], None);
    let roles = roles.map_err(|cause| cause.to_string())?.body;
    let ids: Vec<&Value> = roles
        .get("entities")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|role| role.get("id"))
        .collect();
    let body = json!({ "name": name, "authorizedGrantType": "CLIENT-CREDENTIALS", "roleIds": ids });
    let made = post(caller, "/api/v2/oauth/clients", &body)?;
    server.sign_in_as((text(&made, "id")?, text(&made, "secret")?))
}

fn post(caller: &mut Connection, target: &str, body: &Value) -> Result<Value, TaskError> {
    let reply = caller.request("POST", target, &[], Some(body)).map_err(|cause| format!("{target}: {cause}"))?;
    if reply.status == 200 { Ok(reply.body) } else { Err(format!("{target}: {} {}", reply.status, reply.body)) }
}

fn text<'v>(body: &'v Value, key: &str) -> Result<&'v str, TaskError> {
    body.get(key).and_then(Value::as_str).ok_or_else(|| format!("no {key} in {body}"))
}

fn open(server: &Server, token: &str) -> Result<Connection, TaskError> {
    server.connect(Some(token)).map_err(|cause| cause.to_string())
}
