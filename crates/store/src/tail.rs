//! The end of the log that the tables do not hold yet. A member added touches a page of the tables
//! that no other command near it touches; written at once, those pages are most of what a commit
//! costs. So a commit writes the log, and the tables follow in long strides, each row once however
//! often it changed, in the order of the keys.

use crate::{Batch, StoreError, record, tables::key};
use convoke_core::*;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// How many changed rows wait at most, but for those of the commit that exceeds it.
const ROWS: usize = 32 * 1024;

/// What the logs of all organisations say of people, groups, memberships and skills since the tables
/// were brought up to date.
#[derive(Default)]
pub(crate) struct Tail {
    organisations: BTreeMap<i64, Rows>,
    /// How many rows were put in, each time they were.
    n_rows: usize,
}

/// The newest state of each row that changed.
#[derive(Default)]
struct Rows {
    head: u64,
    people: BTreeMap<PersonId, Arc<Person>>,
    groups: BTreeMap<GroupId, Arc<Group>>,
    /// Deleted before anything else of a group is written.
    deleted: BTreeSet<GroupId>,
    stamps: BTreeMap<GroupId, Stamp>,
    individuals: BTreeMap<(GroupId, PersonId), bool>,
    skills: BTreeMap<SkillId, Arc<Skill>>,
    /// Taken from everyone before what people have is written.
    taken: BTreeSet<SkillId>,
    /// All skills of each person whose skills changed.
    held: BTreeMap<PersonId, Vec<Held>>,
}

impl Tail {
    /// What the tables lack, from the log.
    pub fn read(connection: &Connection) -> Result<Self, StoreError> {
        let mut tail = Tail::default();
        let mut organisations =
            connection.prepare("SELECT number, tables_head, head FROM organisations WHERE tables_head <> head")?;
        let mut log =
            connection.prepare("SELECT seq, changes FROM log WHERE organisation = ?1 AND seq > ?2 ORDER BY seq")?;
        let mut behind = organisations.query([])?;
        while let Some(row) = behind.next()? {
            let (number, mut at, head): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let mut entries = log.query([number, at])?;
            while let Some(entry) = entries.next()? {
                if entry.get::<_, i64>(0)? != at + 1 {
                    break;
                }
                at += 1;
                tail.take(number, at as u64, &record::changes_from_json(&entry.get::<_, String>(1)?)?);
            }
            if at != head {
                return Err(StoreError::Damaged(format!(
                    "the log of organisation number {number} has no entry {}",
                    at + 1
                )));
            }
        }
        Ok(tail)
    }

    /// Takes what a batch that is on the disk came to.
    pub fn take_batch(&mut self, organisation: i64, batch: &Batch) {
        let changed = batch.entries.iter().filter(|entry| !entry.changes.is_empty());
        for (entry, before) in changed.zip(batch.expected..) {
            self.take(organisation, before + 1, &entry.changes);
        }
    }

    fn take(&mut self, organisation: i64, seq: u64, changes: &[Change]) {
        let rows = self.organisations.entry(organisation).or_default();
        rows.head = seq;
        for change in changes {
            self.n_rows += rows.take(change);
        }
    }

    /// Whether the tables should be brought up to date.
    pub fn is_long(&self) -> bool {
        self.n_rows >= ROWS
    }

    /// Writes all of it to the tables, in the open transaction.
    pub fn write(&self, connection: &Connection) -> Result<(), StoreError> {
        for (number, rows) in &self.organisations {
            rows.write(connection, *number)?;
            connection
                .prepare_cached("UPDATE organisations SET tables_head = ?2 WHERE number = ?1")?
                .execute(params![number, rows.head as i64])?;
        }
        Ok(())
    }
}

impl Rows {
    /// Takes a change; how many rows it is about.
    fn take(&mut self, change: &Change) -> usize {
        match change {
            // Few and rarely changed: these are in the tables at once.
            Change::OrganisationPut(_) | Change::RolePut(_) | Change::ClientPut(_) | Change::ClientDeleted(_) => 0,
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
                self.groups.remove(id);
                self.stamps.remove(id);
                self.deleted.insert(*id);
                let of_group = (*id, PersonId(Uuid::nil()))..=(*id, PersonId(Uuid::max()));
                let gone: Vec<_> = self.individuals.range(of_group).map(|(row, _)| *row).collect();
                for row in gone {
                    self.individuals.remove(&row);
                }
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
            Change::MembersAdded(group, people, stamp) => self.take_members(*group, people, *stamp, true),
            Change::MembersRemoved(group, people, stamp) => self.take_members(*group, people, *stamp, false),
        }
    }

    fn take_members(&mut self, group: GroupId, people: &[PersonId], stamp: Stamp, are_in: bool) -> usize {
        self.stamps.insert(group, stamp);
        self.individuals.extend(people.iter().map(|person| ((group, *person), are_in)));
        1 + people.len()
    }

    fn write(&self, connection: &Connection, organisation: i64) -> Result<(), StoreError> {
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
        let mut add = connection
            .prepare("INSERT OR IGNORE INTO individuals (organisation, group_id, person) VALUES (?1, ?2, ?3)")?;
        let mut remove =
            connection.prepare("DELETE FROM individuals WHERE organisation = ?1 AND group_id = ?2 AND person = ?3")?;
        for ((group, person), is_in) in &self.individuals {
            let statement = if *is_in { &mut add } else { &mut remove };
            statement.execute(params![organisation, key(group.0), key(person.0)])?;
        }
        self.write_skills(connection, organisation)
    }

    fn write_groups(&self, connection: &Connection, organisation: i64) -> Result<(), StoreError> {
        let delete = [
            "DELETE FROM groups WHERE organisation = ?1 AND id = ?2",
            "DELETE FROM stamps WHERE organisation = ?1 AND group_id = ?2",
            "DELETE FROM individuals WHERE organisation = ?1 AND group_id = ?2",
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
