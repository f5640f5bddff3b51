//! The requests of a writer and what each must do to its groups.
//!
//! This is a second, tiny statement of the rules, kept apart from the server's on purpose.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// What the server says, or should say, of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub name: String,
    pub version: u64,
    pub individuals: BTreeSet<String>,
}

/// Groups by id.
pub type Groups = BTreeMap<String, Group>;

/// A change that a request asks for.
#[derive(Clone, Debug)]
pub enum Change {
    Create { name: String },
    Rename { group: String, name: String },
    Add { group: String, people: Vec<String> },
    Remove { group: String, people: Vec<String> },
    Delete { group: String },
}

/// What must come of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expected {
    Done,
    Refused(u16),
    /// Done, or 409 because another writer was faster.
    DoneOrConflict,
}

/// A request, before it is known what came of it.
#[derive(Clone, Debug)]
pub struct Operation {
    pub change: Change,
    pub version: Option<u64>,
    /// Its `Idempotency-Key`.
    pub key: Option<String>,
    pub expected: Expected,
}

impl Change {
    /// The group it is about, unless that is yet to be.
    pub fn group(&self) -> Option<&String> {
        match self {
            Change::Create { .. } => None,
            Change::Rename { group, .. }
            | Change::Add { group, .. }
            | Change::Remove { group, .. }
            | Change::Delete { group } => Some(group),
        }
    }

    /// Does to `groups` what the server must have done; `created` is the id that it gave.
    pub fn apply(&self, groups: &mut Groups, created: Option<&str>) {
        if let Change::Create { name } = self {
            let id = created.expect("the reply to a creation carries an id").to_owned();
            groups.insert(id, Group { name: name.clone(), version: 1, individuals: BTreeSet::new() });
            return;
        }
        let id = self.group().expect("only a creation is about no group");
        if let Change::Delete { .. } = self {
            groups.remove(id);
            return;
        }
        let group = groups.get_mut(id).expect("a writer changes only groups that it knows");
        let before = group.clone();
        match self {
            Change::Rename { name, .. } => group.name.clone_from(name),
            Change::Add { people, .. } => group.individuals.extend(people.iter().cloned()),
            Change::Remove { people, .. } => group.individuals.retain(|person| !people.contains(person)),
            Change::Create { .. } | Change::Delete { .. } => {}
        }
        if *group != before {
            group.version += 1;
        }
    }
}

impl Operation {
    /// Method, target and body.
    pub fn request(&self) -> (&'static str, String, Option<Value>) {
        let path = |group: &str, rest: &str| format!("/api/v2/groups/{group}{rest}");
        let with_version = |mut body: Value| {
            if let (Some(version), Some(fields)) = (self.version, body.as_object_mut()) {
                fields.insert("version".to_owned(), version.into());
            }
            Some(body)
        };
        match &self.change {
            Change::Create { name } => {
                let body = json!({ "name": name, "type": "official", "rulesVisible": true, "visibility": "public" });
                ("POST", path("", "").trim_end_matches('/').to_owned(), Some(body))
            }
            Change::Rename { group, name } => ("PUT", path(group, ""), with_version(json!({ "name": name }))),
            Change::Add { group, people } => {
                ("POST", path(group, "/members"), with_version(json!({ "memberIds": people })))
            }
            Change::Remove { group, people } => {
                ("DELETE", path(group, &format!("/members?ids={}", people.join(","))), None)
            }
            Change::Delete { group } => ("DELETE", path(group, ""), None),
        }
    }

    /// Whether a reply of this status says that the change was made; fails if it may not say so.
    pub fn is_done(&self, status: u16, reply: &Value) -> bool {
        let success = match self.change {
            Change::Add { .. } | Change::Remove { .. } => 202,
            _ => 200,
        };
        let allowed: &[u16] = match self.expected {
            Expected::Done => &[success],
            Expected::Refused(status) => &[status],
            Expected::DoneOrConflict => &[success, 409],
        };
        assert!(allowed.contains(&status), "{self:?}: not {allowed:?} but {status}: {reply}");
        status == success
    }
}
