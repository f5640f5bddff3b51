//! What a reply is about, and what it is rendered from.

use super::groups::GroupEntry;
use crate::records::{Client, Connector, Person, Proficiency, Skill, SkillKind};
use crate::values::{ClientId, GroupId, PersonId, SkillId};
use std::sync::Arc;

/// What a reply is about.
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
    /// For each of those that the command names, in that order, whether there was something to do.
    Each(Vec<bool>),
}

/// What a command's reply is rendered from: the thing as it was right after the command.
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
    /// A skill of a person, and how well.
    Held(PersonId, Arc<Skill>, Proficiency),
    /// All skills of one kind of a person, by name, and how well.
    AllHeld(PersonId, SkillKind, Vec<(Arc<Skill>, Proficiency)>),
    /// A connector, and whom its own tokens stand for.
    Connector(Arc<Connector>, Arc<Person>),
    /// For each of those that the command named, whether there was something to do.
    Each(Vec<bool>),
}
