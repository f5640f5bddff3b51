//! The subject of a reply, and the data that it is rendered from.

use super::groups::GroupEntry;
use crate::records::{Client, Connector, Person, Proficiency, Skill, SkillKind};
use crate::values::{ClientId, GroupId, PersonId, SkillId};
use std::sync::Arc;

/// The subject of a reply, by id. The store keeps it for replays of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Nothing: the reply has no content.
    Nothing,
    /// The group as it is after the command.
    Group(GroupId),
    /// The person as it is after the command.
    Person(PersonId),
    /// The client as it is after the command.
    Client(ClientId),
    /// The skill as it is after the command.
    Skill(SkillId),
    /// One skill of the person.
    Held(PersonId, SkillId),
    /// All skills of one kind of the person.
    AllHeld(PersonId, SkillKind),
    /// The connector as it is after the command.
    Connector(ClientId),
    /// For each thing that the command names, in that order, whether the command changed something.
    Each(Vec<bool>),
}

/// The data from which a command's reply is rendered: the thing as it was right after the command.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The reply has no content.
    Nothing,
    /// A group.
    Group(Arc<GroupEntry>),
    /// A person.
    Person(Arc<Person>),
    /// An OAuth client.
    Client(Arc<Client>),
    /// A skill.
    Skill(Arc<Skill>),
    /// A skill of a person, with the proficiency.
    Held(PersonId, Arc<Skill>, Proficiency),
    /// All skills of one kind of a person, sorted by name, with the proficiencies.
    AllHeld(PersonId, SkillKind, Vec<(Arc<Skill>, Proficiency)>),
    /// A connector, and the person of its first refresh token.
    Connector(Arc<Connector>, Arc<Person>),
    /// For each thing that the command named, in that order, whether the command changed something.
    Each(Vec<bool>),
}
