//! Changes: the facts that commands make.

use crate::records::{Client, Connector, Group, Held, Organisation, Person, Role, Skill, Stamp, Stamps};
use crate::values::{ClientId, GroupId, PersonId};
use std::sync::Arc;

/// One fact that a command made. A list of them, applied in order to an empty directory, gives the
/// directory again: that is what the log holds.
///
/// What a command does to more than the things that it names is said by reference, never by a copy of
/// a record: the size of a change must not be the number of things times their size.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The organisation is this; the first change of all.
    OrganisationPut(Arc<Organisation>),
    /// The role is this.
    RolePut(Arc<Role>),
    /// The client is this.
    ClientPut(Arc<Client>),
    /// The client is gone.
    ClientDeleted(ClientId),
    /// The person is this: new, changed, deleted or restored.
    PersonPut(Arc<Person>),
    /// The group's own fields are these.
    GroupPut(Arc<Group>, Stamp),
    /// The group is gone, and with it what it held.
    GroupDeleted(GroupId),
    /// These groups have new versions, for what another change of the same command did to them.
    GroupsStamped(Stamps),
    /// The person, an owner of these groups before, is none any more.
    OwnershipsEnded(PersonId, Stamps),
    /// The person, an individual of these groups before, is none any more.
    MembershipsEnded(PersonId, Stamps),
    /// The person, a subscriber of these groups before, is none any more.
    SubscriptionsEnded(PersonId, Vec<GroupId>),
    /// The skill is this: new, renamed, or deleted and with that taken from everyone.
    SkillPut(Arc<Skill>),
    /// The person has these skills, of all kinds, and no others.
    SkillsHeld(PersonId, Vec<Held>),
    /// These people, not individuals before, are.
    MembersAdded(GroupId, Vec<PersonId>, Stamp),
    /// These individuals are so no more.
    MembersRemoved(GroupId, Vec<PersonId>, Stamp),
    /// These groups, not directly beneath the first one before, are.
    SubgroupsAdded(GroupId, Vec<GroupId>, Stamp),
    /// These groups are not directly beneath the first one any more.
    SubgroupsRemoved(GroupId, Vec<GroupId>, Stamp),
    /// These people, not subscribers before, are.
    SubscribersAdded(GroupId, Vec<PersonId>),
    /// These subscribers are so no more.
    SubscribersRemoved(GroupId, Vec<PersonId>),
    /// The connector is this.
    ConnectorPut(Arc<Connector>),
    /// The connector is gone.
    ConnectorDeleted(ClientId),
}

/// What a command did, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Something is there that was not.
    Created,
    /// Something is different.
    Changed,
    /// Nothing: it was so already.
    Unchanged,
}

impl Effect {
    /// What these changes of one command come to.
    pub fn of(changes: &[Change]) -> Self {
        let creates = |change: &Change| match change {
            Change::PersonPut(person) => person.version == 1,
            Change::GroupPut(_, stamp) => stamp.version == 1,
            Change::SkillPut(skill) => skill.stamp.version == 1,
            Change::MembersAdded(..) | Change::SubgroupsAdded(..) | Change::SubscribersAdded(..) => true,
            _ => false,
        };
        match changes {
            [] => Effect::Unchanged,
            changes if changes.iter().any(creates) => Effect::Created,
            _ => Effect::Changed,
        }
    }
}
