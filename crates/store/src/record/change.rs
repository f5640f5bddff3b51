//! Serialised changes: the contents of the log.

use super::{
    OrganisationRecord, RoleRecord, client, group, organisation_from_record, organisation_to_record, person,
    role_from_record, role_to_record, skill,
};
use crate::StoreError;
use convoke_core::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use uuid::fmt::Simple;

/// A variant that was released stays readable, because existing logs have it. Ids of groups are written without hyphens
/// where there may be many of them.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "change")]
pub(super) enum ChangeRecord {
    OrganisationPut(OrganisationRecord),
    RolePut(RoleRecord),
    ClientPut(client::ClientRecord),
    ClientDeleted { client: String },
    PersonPut(Box<person::PersonRecord>),
    GroupPut { group: Box<group::GroupRecord>, version: u32, modified: i64 },
    GroupDeleted { group: Uuid },
    GroupsStamped { groups: Vec<(Simple, u32)>, modified: i64 },
    OwnershipsEnded { person: Uuid, groups: Vec<(Simple, u32)>, modified: i64 },
    MembershipsEnded { person: Uuid, groups: Vec<(Simple, u32)>, modified: i64 },
    SubscriptionsEnded { person: Uuid, groups: Vec<Simple> },
    SkillPut(skill::SkillRecord),
    SkillsHeld { person: Uuid, held: Vec<skill::HeldRecord> },
    MembersAdded { group: Uuid, people: Vec<Uuid>, version: u32, modified: i64 },
    MembersRemoved { group: Uuid, people: Vec<Uuid>, version: u32, modified: i64 },
    SubgroupsAdded { group: Uuid, subgroups: Vec<Uuid>, version: u32, modified: i64 },
    SubgroupsRemoved { group: Uuid, subgroups: Vec<Uuid>, version: u32, modified: i64 },
    SubscribersAdded { group: Uuid, people: Vec<Uuid> },
    SubscribersRemoved { group: Uuid, people: Vec<Uuid> },
    ConnectorPut(client::ConnectorRecord),
    ConnectorDeleted { connector: String },
}

pub(super) fn to_record(change: &Change) -> ChangeRecord {
    let people = |all: &[PersonId]| all.iter().map(|id| id.0).collect();
    let groups = |all: &[GroupId]| all.iter().map(|id| id.0).collect();
    let versions = |stamps: &Stamps| stamps.versions.iter().map(|(id, version)| (id.0.simple(), *version)).collect();
    match change {
        Change::OrganisationPut(organisation) => ChangeRecord::OrganisationPut(organisation_to_record(organisation)),
        Change::RolePut(role) => ChangeRecord::RolePut(role_to_record(role)),
        Change::ClientPut(client) => ChangeRecord::ClientPut(client::to_record(client)),
        Change::ClientDeleted(id) => ChangeRecord::ClientDeleted { client: id.to_string() },
        Change::PersonPut(person) => ChangeRecord::PersonPut(Box::new(person::to_record(person))),
        Change::GroupPut(group, stamp) => ChangeRecord::GroupPut {
            group: Box::new(group::to_record(group)),
            version: stamp.version,
            modified: stamp.modified.0,
        },
        Change::GroupDeleted(id) => ChangeRecord::GroupDeleted { group: id.0 },
        Change::GroupsStamped(stamps) => {
            ChangeRecord::GroupsStamped { groups: versions(stamps), modified: stamps.modified.0 }
        }
        Change::OwnershipsEnded(person, stamps) => {
            ChangeRecord::OwnershipsEnded { person: person.0, groups: versions(stamps), modified: stamps.modified.0 }
        }
        Change::MembershipsEnded(person, stamps) => {
            ChangeRecord::MembershipsEnded { person: person.0, groups: versions(stamps), modified: stamps.modified.0 }
        }
        Change::SubscriptionsEnded(person, all) => {
            ChangeRecord::SubscriptionsEnded { person: person.0, groups: all.iter().map(|id| id.0.simple()).collect() }
        }
        Change::SkillPut(skill) => ChangeRecord::SkillPut(skill::to_record(skill)),
        Change::SkillsHeld(person, held) => {
            ChangeRecord::SkillsHeld { person: person.0, held: skill::held_to_records(held) }
        }
        Change::MembersAdded(id, all, stamp) => ChangeRecord::MembersAdded {
            group: id.0,
            people: people(all),
            version: stamp.version,
            modified: stamp.modified.0,
        },
        Change::MembersRemoved(id, all, stamp) => ChangeRecord::MembersRemoved {
            group: id.0,
            people: people(all),
            version: stamp.version,
            modified: stamp.modified.0,
        },
        Change::SubgroupsAdded(id, all, stamp) => ChangeRecord::SubgroupsAdded {
            group: id.0,
            subgroups: groups(all),
            version: stamp.version,
            modified: stamp.modified.0,
        },
        Change::SubgroupsRemoved(id, all, stamp) => ChangeRecord::SubgroupsRemoved {
            group: id.0,
            subgroups: groups(all),
            version: stamp.version,
            modified: stamp.modified.0,
        },
        Change::SubscribersAdded(id, all) => ChangeRecord::SubscribersAdded { group: id.0, people: people(all) },
        Change::SubscribersRemoved(id, all) => ChangeRecord::SubscribersRemoved { group: id.0, people: people(all) },
        Change::ConnectorPut(connector) => ChangeRecord::ConnectorPut(client::connector_to_record(connector)),
        Change::ConnectorDeleted(id) => ChangeRecord::ConnectorDeleted { connector: id.to_string() },
    }
}

pub(super) fn from_record(record: ChangeRecord) -> Result<Change, StoreError> {
    let stamp = |version, modified| Stamp { version, modified: Timestamp(modified) };
    let people = |ids: Vec<Uuid>| ids.into_iter().map(PersonId).collect();
    let groups = |ids: Vec<Uuid>| ids.into_iter().map(GroupId).collect();
    let stamps = |groups: Vec<(Simple, u32)>, modified| Stamps {
        versions: groups.into_iter().map(|(id, version)| (GroupId(id.into_uuid()), version)).collect(),
        modified: Timestamp(modified),
    };
    Ok(match record {
        ChangeRecord::OrganisationPut(record) => Change::OrganisationPut(Arc::new(organisation_from_record(record))),
        ChangeRecord::RolePut(record) => Change::RolePut(Arc::new(role_from_record(record)?)),
        ChangeRecord::ClientPut(record) => Change::ClientPut(Arc::new(client::from_record(record))),
        ChangeRecord::ClientDeleted { client } => Change::ClientDeleted(ClientId(client.into())),
        ChangeRecord::PersonPut(record) => Change::PersonPut(Arc::new(person::from_record(*record)?)),
        ChangeRecord::GroupPut { group, version, modified } => {
            Change::GroupPut(Arc::new(group::from_record(*group)?), stamp(version, modified))
        }
        ChangeRecord::GroupDeleted { group } => Change::GroupDeleted(GroupId(group)),
        ChangeRecord::GroupsStamped { groups, modified } => Change::GroupsStamped(stamps(groups, modified)),
        ChangeRecord::OwnershipsEnded { person, groups, modified } => {
            Change::OwnershipsEnded(PersonId(person), stamps(groups, modified))
        }
        ChangeRecord::MembershipsEnded { person, groups, modified } => {
            Change::MembershipsEnded(PersonId(person), stamps(groups, modified))
        }
        ChangeRecord::SubscriptionsEnded { person, groups: ids } => {
            let groups = ids.into_iter().map(|id| GroupId(id.into_uuid())).collect();
            Change::SubscriptionsEnded(PersonId(person), groups)
        }
        ChangeRecord::SkillPut(record) => Change::SkillPut(Arc::new(skill::from_record(record)?)),
        ChangeRecord::SkillsHeld { person, held } => {
            Change::SkillsHeld(PersonId(person), skill::held_from_records(held)?)
        }
        ChangeRecord::MembersAdded { group, people: ids, version, modified } => {
            Change::MembersAdded(GroupId(group), people(ids), stamp(version, modified))
        }
        ChangeRecord::MembersRemoved { group, people: ids, version, modified } => {
            Change::MembersRemoved(GroupId(group), people(ids), stamp(version, modified))
        }
        ChangeRecord::SubgroupsAdded { group, subgroups, version, modified } => {
            Change::SubgroupsAdded(GroupId(group), groups(subgroups), stamp(version, modified))
        }
        ChangeRecord::SubgroupsRemoved { group, subgroups, version, modified } => {
            Change::SubgroupsRemoved(GroupId(group), groups(subgroups), stamp(version, modified))
        }
        ChangeRecord::SubscribersAdded { group, people: ids } => Change::SubscribersAdded(GroupId(group), people(ids)),
        ChangeRecord::SubscribersRemoved { group, people: ids } => {
            Change::SubscribersRemoved(GroupId(group), people(ids))
        }
        ChangeRecord::ConnectorPut(record) => Change::ConnectorPut(Arc::new(client::connector_from_record(record))),
        ChangeRecord::ConnectorDeleted { connector } => Change::ConnectorDeleted(ClientId(connector.into())),
    })
}
