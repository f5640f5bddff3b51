//! Changes: the facts that commands produce and the log stores.

use crate::records::{Client, Connector, Group, HeldSkill, Organisation, Person, Role, Skill, Stamp, Stamps};
use crate::values::{ClientId, GroupId, PersonId};
use std::sync::Arc;

/// One fact that a command produced. The log is a list of changes; applied in order to an empty directory, they give
/// the directory again.
///
/// A change refers to things beyond those that the command names by id, never by a copy of a record: its size must not
/// be the number of things times their size (docs/adr/0015-consequences-by-reference.md).
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The organisation was created or edited; the first change of every log.
    OrganisationPut(Arc<Organisation>),
    /// The role was created or edited.
    RolePut(Arc<Role>),
    /// The client was created or edited.
    ClientPut(Arc<Client>),
    /// The client was deleted.
    ClientDeleted(ClientId),
    /// The person was created, edited, deleted or restored.
    PersonPut(Arc<Person>),
    /// The group was created, or its own fields were edited.
    GroupPut(Arc<Group>, Stamp),
    /// The group was deleted, with its memberships and edges.
    GroupDeleted(GroupId),
    /// These groups have new versions, because of another change of the same command.
    GroupsStamped(Stamps),
    /// The person is no longer an owner of these groups, and was one of each.
    OwnershipsEnded(PersonId, Stamps),
    /// The person is no longer an individual of these groups, and was one of each.
    MembershipsEnded(PersonId, Stamps),
    /// The person is no longer a subscriber of these groups, and was one of each.
    SubscriptionsEnded(PersonId, Vec<GroupId>),
    /// The skill was created, renamed, or deleted; a deleted skill is also removed from everyone.
    SkillPut(Arc<Skill>),
    /// The person now has these skills of all kinds, and no others.
    SkillsHeld(PersonId, Vec<HeldSkill>),
    /// These people became individuals of the group; none of them was one.
    MembersAdded(GroupId, Vec<PersonId>, Stamp),
    /// These individuals of the group were removed.
    MembersRemoved(GroupId, Vec<PersonId>, Stamp),
    /// These groups were put directly beneath the first one; none of them was.
    SubgroupsAdded(GroupId, Vec<GroupId>, Stamp),
    /// These groups were removed from directly beneath the first one.
    SubgroupsRemoved(GroupId, Vec<GroupId>, Stamp),
    /// These people became subscribers of the group; none of them was one.
    SubscribersAdded(GroupId, Vec<PersonId>),
    /// These subscribers of the group were removed.
    SubscribersRemoved(GroupId, Vec<PersonId>),
    /// The connector was created or edited.
    ConnectorPut(Arc<Connector>),
    /// The connector was deleted.
    ConnectorDeleted(ClientId),
}

/// The effect of a command, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Something was created.
    Created,
    /// Something was changed or deleted.
    Changed,
    /// Nothing was changed.
    Unchanged,
}

impl Effect {
    /// The effect of a command that produced these changes.
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
