//! A writer. It changes groups of its own, whose state it knows exactly, and groups that all writers change, there only
//! with people and groups of its own.

use std::io;

use fastrand::Rng;
use serde_json::Value;

use super::{
    connection::{Connection, Reply},
    operation::{Change, Expected, Group, Groups, Ledger, Operation, created},
};

/// The approximate number of groups of a writer.
const GROUPS: usize = 6;
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// The certain knowledge of a writer, and its one request with an unknown outcome.
pub struct Writer {
    /// The prefix of its groups' names.
    prefix: String,
    /// The prefix of the numbers that it names.
    area: String,
    /// The token for requests to the Kaizala API.
    access: String,
    pub people: Vec<String>,
    pub ledger: Ledger,
    pub unknown: Option<Operation>,
    pub n_done: u64,
    pub n_refused: u64,
    n_names: u64,
}

impl Writer {
    pub fn new(number: u64, people: Vec<String>, shared: &Groups, access: &str) -> Writer {
        let part = |group: &Group| Group { version: 0, ..Group::new(&group.name) };
        let shared = shared.iter().map(|(id, group)| (id.clone(), part(group))).collect();
        Writer {
            prefix: format!("writer-{number:02}-"),
            area: format!("+4930{number:02}"),
            access: access.to_owned(),
            people,
            ledger: Ledger { shared, ..Ledger::default() },
            unknown: None,
            n_done: 0,
            n_refused: 0,
            n_names: 0,
        }
    }

    /// Writes until the connection breaks.
    pub fn work(&mut self, mut connection: Connection, mut rng: Rng) {
        while self.step(&mut connection, &mut rng).is_ok() {}
    }

    fn step(&mut self, connection: &mut Connection, rng: &mut Rng) -> io::Result<()> {
        let operation = self.choose(connection, rng)?;
        self.unknown = Some(operation.clone());
        let reply = self.send(connection, &operation)?;
        self.unknown = None;
        self.settle(&operation, &reply);
        if operation.key.is_some() && rng.u8(..4) == 0 {
            let again = self.send(connection, &operation)?;
            let [first, repeated] = [&reply, &again].map(|reply| (reply.status, created(&reply.body)));
            assert!(first == repeated, "{operation:?}: first {reply:?}, repeated {again:?}");
        }
        if rng.u8(..4) == 0 {
            self.look(connection, &operation)?;
        }
        Ok(())
    }

    /// Updates the ledger by the reply to an operation.
    pub fn settle(&mut self, operation: &Operation, reply: &Reply) {
        if !operation.is_done(reply.status, &reply.body) {
            self.n_refused += 1;
            return;
        }
        self.n_done += 1;
        let id = created(&reply.body);
        operation.change.apply(&mut self.ledger, id);
        if let Change::Create { .. } | Change::Rename { .. } = operation.change {
            let expected = id.and_then(|id| self.ledger.own.get(id)).map(|group| group.version);
            let version = reply.body.get("version").and_then(Value::as_u64);
            assert!(version.is_some() && version == expected, "{operation:?}: not version {expected:?}: {reply:?}");
        }
    }

    /// Sends the request of an operation.
    pub fn send(&self, connection: &mut Connection, operation: &Operation) -> io::Result<Reply> {
        let (method, target, body) = operation.request();
        let mut headers: Vec<_> = operation.key.as_deref().map(|key| ("Idempotency-Key", key)).into_iter().collect();
        headers.extend(operation.change.is_kaizala().then_some(("accessToken", self.access.as_str())));
        connection.request(method, &target, &headers, body.as_ref())
    }

    /// Reads the group of the operation, if it is its own.
    fn look(&self, connection: &mut Connection, operation: &Operation) -> io::Result<()> {
        let Some(id) = operation.change.group() else { return Ok(()) };
        if self.ledger.shared.contains_key(id) {
            return Ok(());
        }
        let reply = get(connection, id)?;
        let version = reply.body.get("version").and_then(Value::as_u64);
        match self.ledger.own.get(id) {
            Some(group) => assert_eq!(version, Some(group.version), "after {operation:?}: {reply:?}"),
            None => assert_eq!(reply.status, 404, "after {operation:?}: {reply:?}"),
        }
        Ok(())
    }

    fn choose(&mut self, connection: &mut Connection, rng: &mut Rng) -> io::Result<Operation> {
        let mut version = None;
        let mut change = self.choose_change(rng);
        let mut expected = if self.is_cycle(&change) { Expected::Refused(409) } else { Expected::Done };
        self.n_names += 1;
        let current = change.group().and_then(|id| self.ledger.own.get(id)).map(|group| group.version);
        match (&change, current) {
            (Change::Rename { .. }, _) => version = current,
            (Change::Add { .. } | Change::Attach { .. }, Some(_)) => version = current.filter(|_| rng.bool()),
            (Change::Add { group, .. } | Change::Attach { group, .. }, None) if rng.bool() => {
                version = get(connection, group)?.body.get("version").and_then(Value::as_u64);
                expected = Expected::DoneOrConflict;
            }
            _ => {}
        }
        if expected == Expected::Done && rng.u8(..12) == 0 {
            expected = spoil(&mut change, rng);
        }
        if expected == Expected::Done && version.is_some() && rng.u8(..4) == 0 {
            let stale = if rng.bool() { -1 } else { 5 };
            version = version.and_then(|version| version.checked_add_signed(stale));
            expected = Expected::Refused(409);
        }
        let key = (rng.u8(..3) == 0).then(|| format!("{}{:016x}", self.prefix, rng.u64(..)));
        Ok(Operation { change, version, key, expected })
    }

    fn choose_change(&self, rng: &mut Rng) -> Change {
        let Ledger { own, shared, numbers } = &self.ledger;
        let some = |from: &mut dyn Iterator<Item = &String>, rng: &mut Rng| -> Vec<String> {
            let all: Vec<&String> = from.collect();
            let mut chosen: Vec<String> = all.iter().filter(|_| rng.bool()).copied().cloned().collect();
            chosen.extend(rng.choice(all).filter(|_| chosen.is_empty()).cloned());
            chosen
        };
        let name = format!("{}{}", self.prefix, self.n_names);
        let upper = rng.choice(shared.keys()).expect("there are shared groups").clone();
        let Some(group) = rng.choice(own.keys()).cloned().filter(|_| own.len() > 1) else {
            return Change::Create { name };
        };
        let people = some(&mut self.people.iter(), rng);
        let subgroups = some(&mut own.keys(), rng);
        let known = rng.choice(numbers).filter(|_| rng.u8(..10) > 0).cloned();
        let numbers = vec![known.unwrap_or_else(|| format!("{}{:06}", self.area, self.n_names))];
        match rng.u8(..100) {
            0..4 if own.len() < GROUPS => Change::Create { name },
            4..6 if own.len() < GROUPS => Change::CreateBeneath { group, name, numbers },
            6..8 if own.len() < GROUPS => Change::CreateBeneath { group: upper, name, numbers },
            0..15 => Change::Delete { group },
            15..25 => Change::Rename { group, name },
            25..35 => Change::Remove { group, people },
            35..47 => Change::Add { group, people },
            47..60 => Change::Attach { group, subgroups },
            60..67 => Change::Detach { group, subgroups },
            67..72 => Change::AddNumbers { group, numbers },
            72..78 => Change::Remove { group: upper, people },
            78..86 => Change::Add { group: upper, people },
            86..91 => Change::Attach { group: upper, subgroups },
            91..95 => Change::Detach { group: upper, subgroups },
            _ => Change::AddNumbers { group: upper, numbers },
        }
    }

    /// Whether the change would put a group beneath itself.
    fn is_cycle(&self, change: &Change) -> bool {
        let Change::Attach { group, subgroups } = change else { return false };
        subgroups.iter().any(|subgroup| self.ledger.is_within(group, subgroup))
    }
}

/// Changes a valid request to one that must be refused as a whole.
fn spoil(change: &mut Change, rng: &mut Rng) -> Expected {
    match change {
        Change::Add { people: ids, .. }
        | Change::Attach { subgroups: ids, .. }
        | Change::Detach { subgroups: ids, .. } => {
            ids.push(NOBODY.to_owned());
            Expected::Refused(404)
        }
        Change::AddNumbers { group, .. } | Change::CreateBeneath { group, .. } if rng.bool() => {
            *group = NOBODY.to_owned();
            Expected::Refused(404)
        }
        Change::AddNumbers { numbers, .. } | Change::CreateBeneath { numbers, .. } => {
            numbers.push("no number".to_owned());
            Expected::Refused(400)
        }
        _ => Expected::Done,
    }
}

fn get(connection: &mut Connection, group: &str) -> io::Result<Reply> {
    connection.request("GET", &format!("/api/v2/groups/{group}"), &[], None)
}
