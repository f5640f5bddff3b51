//! The latest state of each changed row, and the steps that write it to the tables.

use crate::record;
use crate::table::{self, Table};
use crate::value::Cell;
use convoke_core::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// The latest state of each changed row of an organisation.
#[derive(Default)]
pub(crate) struct Rows {
    /// The log entry up to which the rows are current.
    pub head: u64,
    /// Its own record, if it changed.
    pub organisation: Option<Arc<Organisation>>,
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

/// A step of writing rows to the tables. Its rows are made one by one, because all their records may take much memory.
pub(crate) enum Step<'r> {
    /// Inserts these rows, or replaces those with the same key.
    Put(Table, Box<dyn Iterator<Item = Vec<Cell>> + Send + 'r>),
    /// Deletes the rows with these keys, if they exist.
    Delete(Table, Box<dyn Iterator<Item = Vec<Cell>> + Send + 'r>),
    /// Deletes the rows that have one of these values in this column.
    DeleteWhere(Table, &'static str, Vec<Uuid>),
}

impl Rows {
    /// No rows, after this entry of the log.
    pub fn after(head: u64) -> Self {
        Rows { head, ..Rows::default() }
    }

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

    /// The steps that write all rows, in this order. The row of the organisation is not among them.
    pub fn steps(&self) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        self.write_callers(&mut steps);
        put(&mut steps, table::PEOPLE, &self.people, |id, person| {
            vec![key(id.0), text(record::person_to_json(person))]
        });
        self.write_groups(&mut steps);
        put_pairs(&mut steps, table::INDIVIDUALS, &self.individuals, |id| id.0);
        put_pairs(&mut steps, table::EDGES, &self.edges, |id| id.0);
        put_pairs(&mut steps, table::SUBSCRIBERS, &self.subscribers, |id| id.0);
        self.write_skills(&mut steps);
        steps
    }

    fn write_callers<'r>(&'r self, steps: &mut Vec<Step<'r>>) {
        put(steps, table::ROLES, &self.roles, |id, role| vec![key(id.0), text(record::role_to_json(role))]);
        put_or_delete(steps, table::CLIENTS, &self.clients, record::client_to_json);
        put_or_delete(steps, table::CONNECTORS, &self.connectors, record::connector_to_json);
    }

    fn write_groups<'r>(&'r self, steps: &mut Vec<Step<'r>>) {
        for (table, column) in [
            (table::GROUPS, "id"),
            (table::FORMER_OWNERS, "group_id"),
            (table::STAMPS, "group_id"),
            (table::INDIVIDUALS, "group_id"),
            (table::EDGES, "parent"),
            (table::EDGES, "child"),
            (table::SUBSCRIBERS, "group_id"),
        ] {
            delete_where(steps, table, column, self.deleted.iter().map(|id| id.0).collect());
        }
        put(steps, table::GROUPS, &self.groups, |id, group| vec![key(id.0), text(record::group_to_json(group))]);
        delete_where(steps, table::FORMER_OWNERS, "group_id", self.groups.keys().map(|id| id.0).collect());
        if !self.former_owners.is_empty() {
            let rows = self.former_owners.iter().map(|(group, person)| vec![key(group.0), key(person.0)]);
            steps.push(Step::Put(table::FORMER_OWNERS, Box::new(rows)));
        }
        put(steps, table::STAMPS, &self.stamps, |id, stamp| {
            vec![key(id.0), Cell::Integer(stamp.version.into()), Cell::Integer(stamp.modified.0)]
        });
    }

    fn write_skills<'r>(&'r self, steps: &mut Vec<Step<'r>>) {
        put(steps, table::SKILLS, &self.skills, |id, skill| vec![key(id.0), text(record::skill_to_json(skill))]);
        delete_where(steps, table::HELD, "skill", self.taken.iter().map(|id| id.0).collect());
        delete_where(steps, table::HELD, "person", self.held.keys().map(|id| id.0).collect());
        let of_person = |(person, all): (&'r PersonId, &'r Vec<HeldSkill>)| {
            let person = *person;
            all.iter().map(move |held| vec![key(person.0), key(held.skill.0), Cell::Real(held.proficiency.get())])
        };
        if !self.held.is_empty() {
            steps.push(Step::Put(table::HELD, Box::new(self.held.iter().flat_map(of_person))));
        }
    }
}

fn key(id: Uuid) -> Cell {
    Cell::Uuid(id)
}

fn text(text: String) -> Cell {
    Cell::Text(text)
}

fn put<'r, K: Sync, V: Sync>(
    steps: &mut Vec<Step<'r>>,
    table: Table,
    all: &'r BTreeMap<K, V>,
    row: impl Fn(&'r K, &'r V) -> Vec<Cell> + Send + 'r,
) {
    if !all.is_empty() {
        steps.push(Step::Put(table, Box::new(all.iter().map(move |(id, one)| row(id, one)))));
    }
}

/// Writes the clients or connectors, and deletes those that are none any more.
fn put_or_delete<'r, V: Send + Sync>(
    steps: &mut Vec<Step<'r>>,
    table: Table,
    all: &'r BTreeMap<ClientId, Option<Arc<V>>>,
    to_json: impl Fn(&'r V) -> String + Send + 'r,
) {
    if all.is_empty() {
        return;
    }
    let id = |id: &ClientId| text(id.to_string());
    let present = all.iter().filter_map(move |(at, one)| Some(vec![id(at), text(to_json(one.as_deref()?))]));
    steps.push(Step::Put(table, Box::new(present)));
    let gone = all.iter().filter(|(_, one)| one.is_none()).map(move |(at, _)| vec![id(at)]);
    steps.push(Step::Delete(table, Box::new(gone)));
}

fn delete_where(steps: &mut Vec<Step>, table: Table, column: &'static str, values: Vec<Uuid>) {
    if !values.is_empty() {
        steps.push(Step::DeleteWhere(table, column, values));
    }
}

/// Writes the rows of a table whose columns all belong to the key.
fn put_pairs<'r, T: Copy + Sync + 'r>(
    steps: &mut Vec<Step<'r>>,
    table: Table,
    pairs: &'r Pairs<T>,
    id: impl Fn(T) -> Uuid + Copy + Send + 'r,
) {
    if pairs.is_empty() {
        return;
    }
    let row = move |(group, other): &(GroupId, T)| vec![key(group.0), key(id(*other))];
    let of =
        move |wanted: fn(&RowState) -> bool| pairs.iter().filter(move |(_, state)| wanted(state)).map(|(pair, _)| pair);
    steps.push(Step::Put(table, Box::new(of(|state| matches!(state, RowState::Present)).map(row))));
    steps.push(Step::Delete(table, Box::new(of(|state| matches!(state, RowState::Removed)).map(row))));
}

/// Records who was added to a group or removed from it. Returns the number of rows.
fn take_pairs<T: Copy + Ord>(pairs: &mut Pairs<T>, group: GroupId, all: &[T], state: RowState) -> usize {
    pairs.extend(all.iter().map(|one| ((group, *one), state)));
    all.len()
}
