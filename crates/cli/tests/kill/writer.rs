//! One of the writers: it changes groups of its own, which it knows exactly, and takes part in
//! groups that all writers change, each for people of its own.

use std::{collections::BTreeSet, io};

use fastrand::Rng;
use serde_json::Value;

use crate::{
    operation::{Change, Expected, Group, Groups, Operation},
    server::{Connection, Reply},
};

/// A writer keeps about this many groups.
const GROUPS: usize = 6;
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// What a writer knows for certain, and the one request of which it does not know what came.
pub struct Writer {
    /// What the names of its groups start with.
    pub prefix: String,
    pub people: Vec<String>,
    /// Its own groups as the server must show them.
    pub own: Groups,
    /// Its part of the shared groups: its own people, and how many changes it made.
    pub shared: Groups,
    pub unknown: Option<Operation>,
    pub n_done: u64,
    pub n_refused: u64,
    n_names: u64,
}

impl Writer {
    pub fn new(prefix: String, people: Vec<String>, shared: &Groups) -> Writer {
        let part = |group: &Group| Group { version: 0, individuals: BTreeSet::new(), ..group.clone() };
        let shared = shared.iter().map(|(id, group)| (id.clone(), part(group))).collect();
        let (own, unknown) = (Groups::new(), None);
        Writer { prefix, people, own, shared, unknown, n_done: 0, n_refused: 0, n_names: 0 }
    }

    /// Writes until the connection breaks.
    pub fn work(&mut self, mut connection: Connection, mut rng: Rng) {
        while self.step(&mut connection, &mut rng).is_ok() {}
    }

    fn step(&mut self, connection: &mut Connection, rng: &mut Rng) -> io::Result<()> {
        let operation = self.choose(connection, rng)?;
        self.unknown = Some(operation.clone());
        let reply = send(connection, &operation)?;
        self.unknown = None;
        self.settle(&operation, &reply);
        if operation.key.is_some() && rng.u8(..4) == 0 {
            let again = send(connection, &operation)?;
            let replies = [&reply, &again].map(|reply| (reply.status, reply.body.get("id").cloned()));
            assert!(replies[0] == replies[1], "{operation:?}: first {reply:?}, repeated {again:?}");
        }
        if rng.u8(..4) == 0 {
            self.look(connection, &operation)?;
        }
        Ok(())
    }

    /// Takes in what a reply says of an operation.
    pub fn settle(&mut self, operation: &Operation, reply: &Reply) {
        if !operation.is_done(reply.status, &reply.body) {
            self.n_refused += 1;
            return;
        }
        self.n_done += 1;
        let id = reply.body.get("id").and_then(Value::as_str);
        operation.change.apply(self.groups_of(operation), id);
        if let Change::Create { .. } | Change::Rename { .. } = operation.change {
            let expected = id.and_then(|id| self.own.get(id)).map(|group| group.version);
            let version = reply.body.get("version").and_then(Value::as_u64);
            assert!(version.is_some() && version == expected, "{operation:?}: not version {expected:?}: {reply:?}");
        }
    }

    /// The groups that an operation is about.
    pub fn groups_of(&mut self, operation: &Operation) -> &mut Groups {
        match operation.change.group() {
            Some(group) if self.shared.contains_key(group) => &mut self.shared,
            _ => &mut self.own,
        }
    }

    /// Reads what the operation was about, if that is its own.
    fn look(&self, connection: &mut Connection, operation: &Operation) -> io::Result<()> {
        let Some(id) = operation.change.group() else { return Ok(()) };
        if self.shared.contains_key(id) {
            return Ok(());
        }
        let reply = get(connection, id)?;
        let version = reply.body.get("version").and_then(Value::as_u64);
        match self.own.get(id) {
            Some(group) => assert_eq!(version, Some(group.version), "after {operation:?}: {reply:?}"),
            None => assert_eq!(reply.status, 404, "after {operation:?}: {reply:?}"),
        }
        Ok(())
    }

    fn choose(&mut self, connection: &mut Connection, rng: &mut Rng) -> io::Result<Operation> {
        let mut version = None;
        let mut expected = Expected::Done;
        let mut people: Vec<String> = self.people.iter().filter(|_| rng.bool()).cloned().collect();
        people.extend(rng.choice(&self.people).filter(|_| people.is_empty()).cloned());
        let name = format!("{}{}", self.prefix, self.n_names);
        let id = rng.choice(self.own.keys()).cloned().filter(|_| self.own.len() > 1);
        let shared = rng.choice(self.shared.keys()).expect("there are shared groups").clone();
        let change = match (rng.u8(..100), id) {
            (_, None) => Change::Create { name },
            (0..8, Some(_)) if self.own.len() < GROUPS => Change::Create { name },
            (0..15, Some(group)) => Change::Delete { group },
            (15..30, Some(group)) => Change::Rename { group, name },
            (30..45, Some(group)) => Change::Remove { group, people },
            (45..70, Some(group)) => Change::Add { group, people },
            (70..80, _) => Change::Remove { group: shared, people },
            (_, _) => Change::Add { group: shared, people },
        };
        self.n_names += 1;
        let current = change.group().and_then(|id| self.own.get(id)).map(|group| group.version);
        match (&change, current) {
            (Change::Rename { .. }, _) => version = current,
            (Change::Add { .. }, Some(_)) => version = current.filter(|_| rng.bool()),
            (Change::Add { group, .. }, None) if rng.bool() => {
                version = get(connection, group)?.body.get("version").and_then(Value::as_u64);
                expected = Expected::DoneOrConflict;
            }
            _ => {}
        }
        let (change, expected) = match (change, expected) {
            (Change::Add { group, mut people }, Expected::Done) if rng.u8(..12) == 0 => {
                people.push(NOBODY.to_owned());
                (Change::Add { group, people }, Expected::Refused(404))
            }
            (change, Expected::Done) if version.is_some() && rng.u8(..4) == 0 => {
                let stale = if rng.bool() { -1 } else { 5 };
                version = version.and_then(|version| version.checked_add_signed(stale));
                (change, Expected::Refused(409))
            }
            as_chosen => as_chosen,
        };
        let key = (rng.u8(..3) == 0).then(|| format!("{}{:016x}", self.prefix, rng.u64(..)));
        Ok(Operation { change, version, key, expected })
    }
}

/// Sends the request of an operation.
pub fn send(connection: &mut Connection, operation: &Operation) -> io::Result<Reply> {
    let (method, target, body) = operation.request();
    let key = operation.key.as_deref().map(|key| ("Idempotency-Key", key));
    connection.request(method, &target, key.as_slice(), body.as_ref())
}

fn get(connection: &mut Connection, group: &str) -> io::Result<Reply> {
    connection.request("GET", &format!("/api/v2/groups/{group}"), &[], None)
}
