//! The newest state of each row that changed, and how it is written.

use crate::{StoreError, record, tables::key};
use convoke_core::*;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// The newest state of each row that changed.
#[derive(Default)]
pub(super) struct Rows {
    /// Up to which entry of the log.
    pub head: u64,
    people: BTreeMap<PersonId, Arc<Person>>,
    groups: BTreeMap<GroupId, Arc<Group>>,
    /// Deleted before anything else of a group is written.
    deleted: BTreeSet<GroupId>,
    stamps: BTreeMap<GroupId, Stamp>,
    individuals: Pairs<PersonId>,
    /// What is directly beneath a group.
    edges: Pairs<GroupId>,
    /// The keys of `edges`, the lower group first.
    edges_by_child: BTreeSet<(GroupId, GroupId)>,
    subscribers: Pairs<PersonId>,
    skills: BTreeMap<SkillId, Arc<Skill>>,
    /// Taken from everyone before what people have is written.
    taken: BTreeSet<SkillId>,
    /// All skills of each person whose skills changed.
    held: BTreeMap<PersonId, Vec<Held>>,
}

/// What is in a group, or is not any more.
type Pairs<T> = BTreeMap<(GroupId, T), bool>;

impl Rows {
    /// Takes a change; how many rows it is about.
    pub fn take(&mut self, change: &Change) -> usize {
        match change {
            // Few and rarely changed: these are in the tables at once.
            Change::OrganisationPut(_)
            | Change::RolePut(_)
            | Change::ClientPut(_)
            | Change::ClientDeleted(_)
            | Change::ConnectorPut(_)
            | Change::ConnectorDeleted(_) => 0,
            Change::PersonPut(person) => {
                self.people.insert(person.id, person.clone());
                1
            }
            Change::GroupPut(group, stamp) => {
                self.groups.insert(group.id, group.clone());
                self.stamps.insert(group.id, *stamp);
                1
            }
            Change::GroupDeleted(id) => {
                self.forget_group(*id);
                self.deleted.insert(*id);
                1
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
                1 + take_pairs(&mut self.individuals, *group, people, true)
            }
            Change::MembersRemoved(group, people, stamp) => {
                self.stamps.insert(*group, *stamp);
                1 + take_pairs(&mut self.individuals, *group, people, false)
            }
            Change::SubgroupsAdded(group, subgroups, stamp) => self.take_subgroups(*group, subgroups, *stamp, true),
            Change::SubgroupsRemoved(group, subgroups, stamp) => self.take_subgroups(*group, subgroups, *stamp, false),
            Change::SubscribersAdded(group, people) => take_pairs(&mut self.subscribers, *group, people, true),
            Change::SubscribersRemoved(group, people) => take_pairs(&mut self.subscribers, *group, people, false),
        }
    }

    fn take_subgroups(&mut self, group: GroupId, subgroups: &[GroupId], stamp: Stamp, are_beneath: bool) -> usize {
        self.stamps.insert(group, stamp);
        self.edges_by_child.extend(subgroups.iter().map(|subgroup| (*subgroup, group)));
        1 + take_pairs(&mut self.edges, group, subgroups, are_beneath)
    }

    fn forget_group(&mut self, id: GroupId) {
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

    /// Writes all rows to the tables, in the open transaction.
    pub fn write(&self, connection: &Connection, organisation: i64) -> Result<(), StoreError> {
        let mut put =
            connection.prepare("INSERT OR REPLACE INTO people (organisation, id, record) VALUES (?1, ?2, ?3)")?;
        for (id, person) in &self.people {
            put.execute(params![organisation, key(id.0), record::person_to_json(person)])?;
        }
        self.write_groups(connection, organisation)?;
        let mut put = connection.prepare(
            "INSERT OR REPLACE INTO stamps (organisation, group_id, version, modified) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (group, Stamp { version, modified }) in &self.stamps {
            put.execute(params![organisation, key(group.0), version, modified.0])?;
        }
        write_pairs(connection, organisation, ["individuals", "group_id", "person"], &self.individuals, |id| id.0)?;
        write_pairs(connection, organisation, ["edges", "parent", "child"], &self.edges, |id| id.0)?;
        write_pairs(connection, organisation, ["subscribers", "group_id", "person"], &self.subscribers, |id| id.0)?;
        self.write_skills(connection, organisation)
    }

    fn write_groups(&self, connection: &Connection, organisation: i64) -> Result<(), StoreError> {
        let delete = [
            "DELETE FROM groups WHERE organisation = ?1 AND id = ?2",
            "DELETE FROM stamps WHERE organisation = ?1 AND group_id = ?2",
            "DELETE FROM individuals WHERE organisation = ?1 AND group_id = ?2",
            "DELETE FROM edges WHERE organisation = ?1 AND parent = ?2",
            "DELETE FROM edges WHERE organisation = ?1 AND child = ?2",
            "DELETE FROM subscribers WHERE organisation = ?1 AND group_id = ?2",
        ];
        for sql in delete {
            let mut statement = connection.prepare(sql)?;
            for id in &self.deleted {
                statement.execute(params![organisation, key(id.0)])?;
            }
        }
        let mut put =
            connection.prepare("INSERT OR REPLACE INTO groups (organisation, id, record) VALUES (?1, ?2, ?3)")?;
        for (id, group) in &self.groups {
            put.execute(params![organisation, key(id.0), record::group_to_json(group)])?;
        }
        Ok(())
    }

    fn write_skills(&self, connection: &Connection, organisation: i64) -> Result<(), StoreError> {
        let mut put =
            connection.prepare("INSERT OR REPLACE INTO skills (organisation, id, record) VALUES (?1, ?2, ?3)")?;
        for (id, skill) in &self.skills {
            put.execute(params![organisation, key(id.0), record::skill_to_json(skill)])?;
        }
        if !self.taken.is_empty() {
            // One pass over the table, however many skills they are.
            connection.execute(
                "DELETE FROM held WHERE organisation = ?1 AND skill IN (SELECT unhex(value) FROM json_each(?2))",
                params![organisation, record::skill_keys_to_json(&self.taken)],
            )?;
        }
        let mut clear = connection.prepare("DELETE FROM held WHERE organisation = ?1 AND person = ?2")?;
        let mut put = connection.prepare(
            "INSERT OR REPLACE INTO held (organisation, person, skill, proficiency) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (person, all) in &self.held {
            clear.execute(params![organisation, key(person.0)])?;
            for held in all {
                put.execute(params![organisation, key(person.0), key(held.skill.0), held.proficiency.get()])?;
            }
        }
        Ok(())
    }
}

/// Takes who or what came to a group or left it; how many rows that is.
fn take_pairs<T: Copy + Ord>(pairs: &mut Pairs<T>, group: GroupId, all: &[T], are_in: bool) -> usize {
    pairs.extend(all.iter().map(|one| ((group, *one), are_in)));
    all.len()
}

/// Writes the rows of a table that has no more than its key: the names of the table, of the group's
/// column and of the other one.
fn write_pairs<T: Copy>(
    connection: &Connection,
    organisation: i64,
    [table, group_column, column]: [&str; 3],
    pairs: &Pairs<T>,
    id: impl Fn(T) -> Uuid,
) -> Result<(), StoreError> {
    let mut add = connection.prepare(&format!(
        "INSERT OR IGNORE INTO {table} (organisation, {group_column}, {column}) VALUES (?1, ?2, ?3)"
    ))?;
    let mut remove = connection
        .prepare(&format!("DELETE FROM {table} WHERE organisation = ?1 AND {group_column} = ?2 AND {column} = ?3"))?;
    for ((group, other), is_in) in pairs {
        let statement = if *is_in { &mut add } else { &mut remove };
        statement.execute(params![organisation, key(group.0), key(id(*other))])?;
    }
    Ok(())
}
