//! The requests of a writer, and their effects on its groups.
//!
//! This is a second, small implementation of the rules, deliberately independent of the server's.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// A group as the server shows it, or should.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub name: String,
    pub version: u64,
    /// Ids; for people who are known by number only, the number.
    pub individuals: BTreeSet<String>,
    /// The ids of the groups directly beneath it.
    pub subgroups: BTreeSet<String>,
}

impl Group {
    pub fn new(name: &str) -> Group {
        Group { name: name.to_owned(), version: 1, individuals: BTreeSet::new(), subgroups: BTreeSet::new() }
    }
}

/// Groups by id.
pub type Groups = BTreeMap<String, Group>;

/// The certain knowledge of a writer.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Its own groups, as the server must show them.
    pub own: Groups,
    /// Its part of the shared groups: its own people and groups, and the number of its changes.
    pub shared: Groups,
    /// The numbers of the people who were created because it named them.
    pub numbers: BTreeSet<String>,
}

impl Ledger {
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.own.get(id).or_else(|| self.shared.get(id))
    }

    fn group_mut(&mut self, id: &str) -> &mut Group {
        let group = self.own.get_mut(id).or_else(|| self.shared.get_mut(id));
        group.expect("a writer changes only groups that it knows")
    }

    /// Whether `lower` is `upper`, or beneath it at any depth.
    pub fn is_within(&self, lower: &str, upper: &str) -> bool {
        let subgroups = self.group(upper).into_iter().flat_map(|group| &group.subgroups);
        lower == upper || subgroups.into_iter().any(|subgroup| self.is_within(lower, subgroup))
    }
}

/// A change that a request makes.
#[derive(Clone, Debug)]
pub enum Change {
    Create {
        name: String,
    },
    /// By the Kaizala API: a group beneath another, with people known by number. All or nothing.
    CreateBeneath {
        group: String,
        name: String,
        numbers: Vec<String>,
    },
    Rename {
        group: String,
        name: String,
    },
    Add {
        group: String,
        people: Vec<String>,
    },
    Remove {
        group: String,
        people: Vec<String>,
    },
    /// By the Kaizala API: people are created for unknown numbers.
    AddNumbers {
        group: String,
        numbers: Vec<String>,
    },
    Attach {
        group: String,
        subgroups: Vec<String>,
    },
    Detach {
        group: String,
        subgroups: Vec<String>,
    },
    Delete {
        group: String,
    },
}

/// The expected outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expected {
    Done,
    Refused(u16),
    /// Done, or 409 because another writer was first.
    DoneOrConflict,
}

/// A request whose outcome is not known yet.
#[derive(Clone, Debug)]
pub struct Operation {
    pub change: Change,
    pub version: Option<u64>,
    /// Its `Idempotency-Key`.
    pub key: Option<String>,
    pub expected: Expected,
}

impl Change {
    /// The group that it changes; none if it creates one.
    pub fn group(&self) -> Option<&String> {
        match self {
            Change::Create { .. } => None,
            Change::CreateBeneath { group, .. }
            | Change::Rename { group, .. }
            | Change::Add { group, .. }
            | Change::Remove { group, .. }
            | Change::AddNumbers { group, .. }
            | Change::Attach { group, .. }
            | Change::Detach { group, .. }
            | Change::Delete { group } => Some(group),
        }
    }

    /// The name of the group that it creates.
    pub fn new_name(&self) -> Option<&String> {
        match self {
            Change::Create { name } | Change::CreateBeneath { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether it uses the Kaizala API.
    pub fn is_kaizala(&self) -> bool {
        matches!(self, Change::CreateBeneath { .. } | Change::AddNumbers { .. })
    }

    /// Applies the change to a ledger. `created` is the id that the server returned.
    pub fn apply(&self, ledger: &mut Ledger, created: Option<&str>) {
        let created = || created.expect("the reply to a creation carries an id").to_owned();
        match self {
            Change::Create { name } => {
                ledger.own.insert(created(), Group::new(name));
            }
            Change::CreateBeneath { group, name, numbers } => {
                let individuals = numbers.iter().cloned().collect();
                ledger.own.insert(created(), Group { individuals, ..Group::new(name) });
                ledger.numbers.extend(numbers.iter().cloned());
                let upper = ledger.group_mut(group);
                upper.subgroups.insert(created());
                upper.version += 1;
            }
            Change::Delete { group } => {
                ledger.own.remove(group);
                for upper in ledger.own.values_mut().chain(ledger.shared.values_mut()) {
                    upper.version += u64::from(upper.subgroups.remove(group));
                }
            }
            Change::Rename { group, name } => change(ledger, group, |group| group.name.clone_from(name)),
            Change::Add { group, people } => {
                change(ledger, group, |group| group.individuals.extend(people.iter().cloned()));
            }
            Change::Remove { group, people } => {
                change(ledger, group, |group| group.individuals.retain(|person| !people.contains(person)));
            }
            Change::AddNumbers { group, numbers } => {
                ledger.numbers.extend(numbers.iter().cloned());
                change(ledger, group, |group| group.individuals.extend(numbers.iter().cloned()));
            }
            Change::Attach { group, subgroups } => {
                change(ledger, group, |group| group.subgroups.extend(subgroups.iter().cloned()));
            }
            Change::Detach { group, subgroups } => {
                change(ledger, group, |group| group.subgroups.retain(|subgroup| !subgroups.contains(subgroup)));
            }
        }
    }
}

/// Changes a group. It gets a new version if it is different afterwards.
fn change(ledger: &mut Ledger, group: &str, change: impl FnOnce(&mut Group)) {
    let group = ledger.group_mut(group);
    let before = group.clone();
    change(group);
    group.version += u64::from(*group != before);
}

/// The id of the created thing in a reply of either API.
pub fn created(reply: &Value) -> Option<&str> {
    reply.get("id").or_else(|| reply.get("groupId")).and_then(Value::as_str)
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
        let kaizala = |group: &str, rest: &str| format!("/v1/groups/{group}{rest}");
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
            Change::Attach { group, subgroups } => {
                ("POST", path(group, "/subgroups"), with_version(json!({ "ids": subgroups })))
            }
            Change::Detach { group, subgroups } => {
                ("DELETE", path(group, &format!("/subgroups?ids={}", subgroups.join(","))), None)
            }
            Change::CreateBeneath { group, name, numbers } => {
                // The connector manages official groups; like the others, this one is official, and its creator is not
                // a member.
                let body = json!({
                    "name": name,
                    "welcomeMessage": "",
                    "members": numbers,
                    "groupType": "ConnectGroup",
                    "addUserToGroup": false,
                });
                ("POST", kaizala(group, "/subGroups"), Some(body))
            }
            Change::AddNumbers { group, numbers } => {
                ("PUT", kaizala(group, "/members"), Some(json!({ "members": numbers })))
            }
            Change::Delete { group } => ("DELETE", path(group, ""), None),
        }
    }

    /// Whether a reply with this status means that the change was made. Panics if the status is not allowed.
    pub fn is_done(&self, status: u16, reply: &Value) -> bool {
        let success = match self.change {
            Change::Add { .. } | Change::Remove { .. } | Change::Attach { .. } | Change::Detach { .. } => 202,
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
