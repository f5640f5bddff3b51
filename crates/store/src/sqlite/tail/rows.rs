//! The latest state of each changed row, and the statements that write it.

use crate::sqlite::chain::Digest;
use crate::sqlite::state::{self, Table};
use crate::sqlite::tables::key;
use crate::{StoreError, record};
use convoke_core::*;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// The latest state of each changed row of an organisation.
#[derive(Default)]
pub(super) struct Rows {
    /// The log entry up to which the rows are current.
    pub head: u64,
    organisation: Option<Arc<Organisation>>,
    roles: BTreeMap<RoleId, Arc<Role>>,
    /// None if the client was deleted.
    clients: BTreeMap<ClientId, Option<Arc<Client>>>,
    /// None if the connector was deleted.
    connectors: BTreeMap<ClientId, Option<Arc<Connector>>>,
    people: BTreeMap<PersonId, Arc<Person>>,
    groups: BTreeMap<GroupId, Arc<Group>>,
    /// Groups to delete before any other row of a group is written.
    deleted: BTreeSet<GroupId>,
    /// Owners who left a group since its record was written, in `groups` or in the table.
    former_owners: BTreeSet<(GroupId, PersonId)>,
    stamps: BTreeMap<GroupId, Stamp>,
    individuals: Pairs<PersonId>,
    /// A group and a group directly beneath it.
    edges: Pairs<GroupId>,
    /// The keys of `edges` as (child, parent).
    edges_by_child: BTreeSet<(GroupId, GroupId)>,
    subscribers: Pairs<PersonId>,
    skills: BTreeMap<SkillId, Arc<Skill>>,
    /// Deleted skills. They are removed from everyone before the skills of people are written.
    taken: BTreeSet<SkillId>,
    /// All skills of each person whose skills changed.
    held: BTreeMap<PersonId, Vec<HeldSkill>>,
}

/// For each group and element: whether the group has the element now.
type Pairs<T> = BTreeMap<(GroupId, T), RowState>;

#[derive(Clone, Copy)]
enum RowState {
    Present,
    Removed,
}

impl Rows {
    /// All rows of an organisation.
    pub fn of(records: &Records, head: u64) -> Self {
        let mut rows = Rows { head, organisation: Some(records.organisation.clone()), ..Rows::default() };
        rows.roles.extend(records.roles.iter().map(|role| (role.id, role.clone())));
        rows.clients.extend(records.clients.iter().map(|client| (client.id.clone(), Some(client.clone()))));
        let connectors = records.connectors.iter().map(|connector| (connector.id.clone(), Some(connector.clone())));
        rows.connectors.extend(connectors);
        rows.people.extend(records.people.iter().map(|person| (person.id, person.clone())));
        for (group, stamp) in &records.groups {
            rows.groups.insert(group.id, group.clone());
            rows.stamps.insert(group.id, *stamp);
        }
        rows.individuals.extend(records.individuals.iter().map(|pair| (*pair, RowState::Present)));
        rows.edges.extend(records.edges.iter().map(|pair| (*pair, RowState::Present)));
        rows.subscribers.extend(records.subscribers.iter().map(|pair| (*pair, RowState::Present)));
        rows.skills.extend(records.skills.iter().map(|skill| (skill.id, skill.clone())));
        for (person, held) in &records.held {
            rows.held.entry(*person).or_default().push(*held);
        }
        rows
    }

    /// Applies a change. Returns the number of affected rows.
    pub fn take(&mut self, change: &Change) -> usize {
        match change {
            Change::OrganisationPut(organisation) => {
                self.organisation = Some(organisation.clone());
                1
            }
            Change::RolePut(role) => {
                self.roles.insert(role.id, role.clone());
                1
            }
            Change::ClientPut(client) => {
                self.clients.insert(client.id.clone(), Some(client.clone()));
                1
            }
            Change::ClientDeleted(id) => {
                self.clients.insert(id.clone(), None);
                1
            }
            Change::ConnectorPut(connector) => {
                self.connectors.insert(connector.id.clone(), Some(connector.clone()));
                1
            }
            Change::ConnectorDeleted(id) => {
                self.connectors.insert(id.clone(), None);
                1
            }
            Change::PersonPut(person) => {
                self.people.insert(person.id, person.clone());
                1
            }
            Change::GroupPut(group, stamp) => {
                self.forget_former_owners(group.id);
                self.groups.insert(group.id, group.clone());
                self.stamps.insert(group.id, *stamp);
                1
            }
            Change::GroupDeleted(id) => {
                self.forget_group(*id);
                self.deleted.insert(*id);
                1
            }
            Change::GroupsStamped(stamps) => self.take_stamps(stamps),
            Change::OwnershipsEnded(person, stamps) => {
                self.former_owners.extend(stamps.groups().map(|group| (group, *person)));
                self.take_stamps(stamps) + stamps.versions.len()
            }
            Change::MembershipsEnded(person, stamps) => {
                self.individuals.extend(stamps.groups().map(|group| ((group, *person), RowState::Removed)));
                self.take_stamps(stamps) + stamps.versions.len()
            }
            Change::SubscriptionsEnded(person, groups) => {
                self.subscribers.extend(groups.iter().map(|group| ((*group, *person), RowState::Removed)));
                groups.len()
            }
            Change::SkillPut(skill) => {
                self.skills.insert(skill.id, skill.clone());
                if skill.deleted {
                    self.taken.insert(skill.id);
                    self.held.values_mut().for_each(|all| all.retain(|held| held.skill != skill.id));
                }
                1
            }
            Change::SkillsHeld(person, held) => {
                self.held.insert(*person, held.clone());
                1 + held.len()
            }
            Change::MembersAdded(group, people, stamp) => {
                self.stamps.insert(*group, *stamp);
                1 + take_pairs(&mut self.individuals, *group, people, RowState::Present)
            }
            Change::MembersRemoved(group, people, stamp) => {
                self.stamps.insert(*group, *stamp);
                1 + take_pairs(&mut self.individuals, *group, people, RowState::Removed)
            }
            Change::SubgroupsAdded(group, subgroups, stamp) => {
                self.take_subgroups(*group, subgroups, *stamp, RowState::Present)
            }
            Change::SubgroupsRemoved(group, subgroups, stamp) => {
                self.take_subgroups(*group, subgroups, *stamp, RowState::Removed)
            }
            Change::SubscribersAdded(group, people) => {
                take_pairs(&mut self.subscribers, *group, people, RowState::Present)
            }
            Change::SubscribersRemoved(group, people) => {
                take_pairs(&mut self.subscribers, *group, people, RowState::Removed)
            }
        }
    }

    fn take_stamps(&mut self, stamps: &Stamps) -> usize {
        self.stamps.extend(stamps.iter());
        stamps.versions.len()
    }

    fn take_subgroups(&mut self, group: GroupId, subgroups: &[GroupId], stamp: Stamp, state: RowState) -> usize {
        self.stamps.insert(group, stamp);
        self.edges_by_child.extend(subgroups.iter().map(|subgroup| (*subgroup, group)));
        1 + take_pairs(&mut self.edges, group, subgroups, state)
    }

    fn forget_former_owners(&mut self, id: GroupId) {
        let of_group = (id, PersonId(Uuid::nil()))..=(id, PersonId(Uuid::max()));
        self.former_owners.extract_if(of_group, |_| true).for_each(drop);
    }

    fn forget_group(&mut self, id: GroupId) {
        self.forget_former_owners(id);
        let of_group = (id, GroupId(Uuid::nil()))..=(id, GroupId(Uuid::max()));
        let with_people = (id, PersonId(Uuid::nil()))..=(id, PersonId(Uuid::max()));
        self.groups.remove(&id);
        self.stamps.remove(&id);
        for people in [&mut self.individuals, &mut self.subscribers] {
            people.extract_if(with_people.clone(), |_, _| true).for_each(drop);
        }
        for ((_, child), _) in self.edges.extract_if(of_group.clone(), |_, _| true) {
            self.edges_by_child.remove(&(child, id));
        }
        for (_, parent) in self.edges_by_child.extract_if(of_group, |_| true) {
            self.edges.remove(&(parent, id));
        }
    }

    /// Writes all rows and the digest to the tables, in the open transaction.
    pub fn write(&self, connection: &Connection, organisation: i64) -> Result<(), StoreError> {
        let mut rows = state::Rows::new(connection, organisation);
        self.write_callers(&mut rows)?;
        let mut people = rows.of(state::PEOPLE)?;
        for (id, person) in &self.people {
            people.put(&[blob(&key(id.0)), text(&record::person_to_json(person))])?;
        }
        drop(people);
        self.write_groups(&mut rows)?;
        write_pairs(&mut rows, state::INDIVIDUALS, &self.individuals, |id| id.0)?;
        write_pairs(&mut rows, state::EDGES, &self.edges, |id| id.0)?;
        write_pairs(&mut rows, state::SUBSCRIBERS, &self.subscribers, |id| id.0)?;
        self.write_skills(&mut rows)?;
        self.write_organisation(connection, organisation, rows.digest)
    }

    /// Writes the row of the organisation, with `tables_head` and the digest.
    fn write_organisation(&self, connection: &Connection, number: i64, delta: Digest) -> Result<(), StoreError> {
        let (tables_head, record, digest) = connection
            .prepare_cached("SELECT tables_head, record, digest FROM organisations WHERE number = ?1")?
            .query_row([number], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get(2)?)))?;
        let new = self.organisation.as_ref().map(|organisation| record::organisation_to_json(organisation));
        let mut digest = Digest::from_bytes(digest).plus(delta);
        digest.take(state::organisation_sum(tables_head, &record));
        let record = new.unwrap_or(record);
        digest.add(state::organisation_sum(self.head as i64, &record));
        connection
            .prepare_cached("UPDATE organisations SET tables_head = ?2, record = ?3, digest = ?4 WHERE number = ?1")?
            .execute(params![number, self.head as i64, record, digest.to_bytes()])?;
        Ok(())
    }

    fn write_callers(&self, rows: &mut state::Rows) -> Result<(), StoreError> {
        let mut roles = rows.of(state::ROLES)?;
        for (id, role) in &self.roles {
            roles.put(&[blob(&key(id.0)), text(&record::role_to_json(role))])?;
        }
        drop(roles);
        let mut clients = rows.of(state::CLIENTS)?;
        for (id, client) in &self.clients {
            match client {
                Some(client) => clients.put(&[text(&id.0), text(&record::client_to_json(client))])?,
                None => clients.delete(&[text(&id.0)])?,
            }
        }
        drop(clients);
        let mut connectors = rows.of(state::CONNECTORS)?;
        for (id, connector) in &self.connectors {
            match connector {
                Some(connector) => connectors.put(&[text(&id.0), text(&record::connector_to_json(connector))])?,
                None => connectors.delete(&[text(&id.0)])?,
            }
        }
        Ok(())
    }

    fn write_groups(&self, rows: &mut state::Rows) -> Result<(), StoreError> {
        for (table, column) in [
            (state::GROUPS, "id"),
            (state::FORMER_OWNERS, "group_id"),
            (state::STAMPS, "group_id"),
            (state::INDIVIDUALS, "group_id"),
            (state::EDGES, "parent"),
            (state::EDGES, "child"),
            (state::SUBSCRIBERS, "group_id"),
        ] {
            for id in &self.deleted {
                rows.delete_where(table, column, &key(id.0))?;
            }
        }
        let mut groups = rows.of(state::GROUPS)?;
        for (id, group) in &self.groups {
            groups.put(&[blob(&key(id.0)), text(&record::group_to_json(group))])?;
        }
        drop(groups);
        for id in self.groups.keys() {
            rows.delete_where(state::FORMER_OWNERS, "group_id", &key(id.0))?;
        }
        let mut left = rows.of(state::FORMER_OWNERS)?;
        for (group, person) in &self.former_owners {
            left.put(&[blob(&key(group.0)), blob(&key(person.0))])?;
        }
        drop(left);
        let mut stamps = rows.of(state::STAMPS)?;
        for (group, Stamp { version, modified }) in &self.stamps {
            let (version, modified) = (ValueRef::Integer((*version).into()), ValueRef::Integer(modified.0));
            stamps.put(&[blob(&key(group.0)), version, modified])?;
        }
        Ok(())
    }

    fn write_skills(&self, rows: &mut state::Rows) -> Result<(), StoreError> {
        let mut skills = rows.of(state::SKILLS)?;
        for (id, skill) in &self.skills {
            skills.put(&[blob(&key(id.0)), text(&record::skill_to_json(skill))])?;
        }
        drop(skills);
        if !self.taken.is_empty() {
            // One pass over the table for all deleted skills.
            let filter = "skill IN (SELECT unhex(value) FROM json_each(?2))";
            rows.delete_by(state::HELD, filter, &record::skill_keys_to_json(&self.taken))?;
        }
        for person in self.held.keys() {
            rows.delete_where(state::HELD, "person", &key(person.0))?;
        }
        let mut put = rows.of(state::HELD)?;
        for (person, all) in &self.held {
            for held in all {
                let proficiency = ValueRef::Real(held.proficiency.get());
                put.put(&[blob(&key(person.0)), blob(&key(held.skill.0)), proficiency])?;
            }
        }
        Ok(())
    }
}

fn blob(key: &[u8; 16]) -> ValueRef<'_> {
    ValueRef::Blob(key)
}

fn text(text: &str) -> ValueRef<'_> {
    ValueRef::Text(text.as_bytes())
}

/// Records who was added to a group or removed from it. Returns the number of rows.
fn take_pairs<T: Copy + Ord>(pairs: &mut Pairs<T>, group: GroupId, all: &[T], state: RowState) -> usize {
    pairs.extend(all.iter().map(|one| ((group, *one), state)));
    all.len()
}

/// Writes the rows of a table whose columns all belong to the key.
fn write_pairs<T: Copy>(
    rows: &mut state::Rows,
    table: Table,
    pairs: &Pairs<T>,
    id: impl Fn(T) -> Uuid,
) -> Result<(), StoreError> {
    let mut rows = rows.of(table)?;
    for ((group, other), state) in pairs {
        let (group, other) = (key(group.0), key(id(*other)));
        let row = [blob(&group), blob(&other)];
        match state {
            RowState::Present => rows.put(&row)?,
            RowState::Removed => rows.delete(&row)?,
        }
    }
    Ok(())
}
