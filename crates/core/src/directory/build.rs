//! Building a directory from its records, and extracting the records.

use super::groups::GroupEntry;
use super::hierarchy::HierarchyNode;
use super::holders::Holders;
use super::people::{People, PeopleColumns, PersonSlot};
use super::{ApplyError, Directory, Records};
use crate::records::{Group, HeldSkill, Person, PersonState, Proficiency, Stamp};
use crate::sets::{Presence, Set, ShortSet};
use crate::values::{GroupId, PersonId, SkillId};
use foldhash::{HashMap, HashMapExt};
use std::sync::Arc;

/// People with their slots, texts and indexes, without their groups and skills. A store builds them while it still reads
/// the rest.
pub struct BuiltPeople(People);

impl BuiltPeople {
    /// Builds all that depends on people alone.
    pub fn new(mut records: Vec<Arc<Person>>) -> Self {
        records.sort_by(|one, other| (one.name.key(), one.id).cmp(&(other.name.key(), other.id)));
        let in_state = |state: PersonState| {
            let people = records.iter().zip(0u32..).filter(|(person, _)| person.state == state);
            Set::from_ascending(people.map(|(_, slot)| slot))
        };
        let mut people = People::new();
        people.active = in_state(PersonState::Active);
        people.inactive = in_state(PersonState::Inactive);
        people.deleted = in_state(PersonState::Deleted);
        people.columns = PeopleColumns::build(&records);
        let slots = records.iter().zip(0u32..);
        people.slots = slots.map(|(person, slot)| (person.id, PersonSlot { slot, version: person.version })).collect();
        let emails = records.iter().zip(0u32..);
        let emails = emails.filter_map(|(person, slot)| Some((person.email.as_ref()?.key(), slot)));
        people.emails = emails.collect();
        records.iter().zip(0u32..).for_each(|(person, slot)| people.list_phones(slot, person, Presence::In));
        let known_by_number = records.iter().zip(0u32..).filter(|(person, _)| !person.provisioned);
        people.unprovisioned = Set::from_ascending(known_by_number.map(|(_, slot)| slot));
        people.skills = records.iter().map(|_| Arc::default()).collect();
        people.groups = records.iter().map(|_| ShortSet::default()).collect();
        people.records = records.into_iter().collect();
        BuiltPeople(people)
    }
}

impl Directory {
    /// Builds the directory of these records. Slots are assigned in the order of names.
    ///
    /// # Errors
    ///
    /// [`ApplyError`] when a record names something that does not exist.
    pub fn build(mut records: Records) -> Result<Self, ApplyError> {
        let people = BuiltPeople::new(std::mem::take(&mut records.people));
        Directory::build_on(people, records)
    }

    /// Builds a directory as [`Directory::build`] does, of people who are built already. Records of people are ignored.
    ///
    /// # Errors
    ///
    /// As [`Directory::build`].
    pub fn build_on(people: BuiltPeople, records: Records) -> Result<Self, ApplyError> {
        let Records { organisation, roles, clients, skills, held, groups, individuals, .. } = records;
        let mut directory = Directory { people: people.0, ..Directory::new(organisation) };
        roles.into_iter().for_each(|role| directory.put_role(role));
        clients.into_iter().for_each(|client| directory.put_client(client));
        skills.into_iter().for_each(|skill| directory.skills.put(skill));
        directory.build_held(held)?;
        directory.connectors =
            records.connectors.into_iter().map(|connector| (connector.id.clone(), connector)).collect();
        directory.build_groups(groups, individuals, records.subscribers)?;
        let slot = |id: &GroupId| {
            let found = directory.groups.by_id(*id).map(|(slot, _)| slot);
            found.ok_or_else(|| ApplyError(format!("no group {id} to be above or beneath another")))
        };
        let edges: Vec<(u32, u32)> = records
            .edges
            .iter()
            .map(|(parent, subgroup)| Ok((slot(parent)?, slot(subgroup)?)))
            .collect::<Result<_, ApplyError>>()?;
        directory.build_hierarchy(&edges)?;
        Ok(directory)
    }

    fn build_held(&mut self, held: Vec<(PersonId, HeldSkill)>) -> Result<(), ApplyError> {
        let slot = |(person, held): (PersonId, HeldSkill)| {
            let slot =
                self.people.slot(person).ok_or_else(|| ApplyError(format!("no person {person} to have a skill")))?;
            let living = self.skills.records.get(&held.skill).is_some_and(|skill| !skill.deleted);
            if living { Ok((slot, held)) } else { Err(ApplyError(format!("no skill {} to have", held.skill))) }
        };
        let mut held: Vec<(u32, HeldSkill)> = held.into_iter().map(slot).collect::<Result<_, _>>()?;
        held.sort_unstable_by_key(|(slot, held)| (*slot, held.skill));
        let mut of_skill: HashMap<SkillId, Vec<(u32, Proficiency)>> = HashMap::new();
        for (slot, held) in &held {
            of_skill.entry(held.skill).or_default().push((*slot, held.proficiency));
        }
        for list in held.chunk_by(|(one, _), (other, _)| one == other) {
            if let Some((slot, _)) = list.first() {
                self.people.skills.set(*slot as usize, list.iter().map(|(_, held)| *held).collect());
            }
        }
        self.skills.holders =
            of_skill.into_iter().map(|(skill, list)| (skill, Arc::new(Holders::build(&list)))).collect();
        Ok(())
    }

    fn build_groups(
        &mut self,
        mut groups: Vec<(Arc<Group>, Stamp)>,
        individuals: Vec<(GroupId, PersonId)>,
        subscribers: Vec<(GroupId, PersonId)>,
    ) -> Result<(), ApplyError> {
        groups.sort_by(|(one, _), (other, _)| (one.name.key(), one.id).cmp(&(other.name.key(), other.id)));
        let people: HashMap<PersonId, u32> = self.people.slots.iter().map(|(id, found)| (*id, found.slot)).collect();
        let group_slots: HashMap<GroupId, u32> =
            groups.iter().zip(0u32..).map(|((group, _), slot)| (group.id, slot)).collect();
        let n_groups = groups.len();
        let sets_of = |pairs: Vec<(GroupId, PersonId)>| {
            let mut lists: Vec<Vec<u32>> = vec![Vec::new(); n_groups];
            for (group, person) in pairs {
                let list = group_slots.get(&group).and_then(|slot| lists.get_mut(*slot as usize));
                let list = list.ok_or_else(|| ApplyError(format!("no group {group} for person {person} to be in")))?;
                let slot = people.get(&person);
                list.push(*slot.ok_or_else(|| ApplyError(format!("no person {person} to be in group {group}")))?);
            }
            for list in &mut lists {
                list.sort_unstable();
                list.dedup();
            }
            Ok(lists)
        };
        let (individuals, subscribers) = (sets_of(individuals)?, sets_of(subscribers)?);
        let mut groups_of: Vec<Vec<u32>> = vec![Vec::new(); self.people.records.len()];
        let records: Vec<Arc<Group>> = groups.iter().map(|(group, _)| group.clone()).collect();
        for ((((group, stamp), mut slots), subscribers), slot) in
            groups.into_iter().zip(individuals).zip(subscribers).zip(0u32..)
        {
            let individuals = Set::from_ascending(slots.iter().copied());
            slots.extend(self.owner_slots(&group)?);
            slots.extend_from_slice(&subscribers);
            slots.sort_unstable();
            slots.dedup();
            for person in slots {
                if let Some(list) = groups_of.get_mut(person as usize) {
                    list.push(slot);
                }
            }
            let rule = group.rule.as_ref().and_then(|group_rule| group_rule.rule.expression()).map(Arc::new);
            if let Some(rule) = &rule {
                self.skills.watch(slot, rule, Presence::In);
            }
            let subscribers = Set::from_ascending(subscribers);
            let mut entry = GroupEntry { individuals, subscribers, rule, ..GroupEntry::new(group, stamp) };
            entry.members = self.members_of(&entry);
            self.settle_silent(slot, &mut entry);
            self.groups.slots.insert(entry.group.id, slot);
            self.groups.entries.push_back(Some(Arc::new(entry)));
        }
        self.groups.build(&records);
        self.people.groups = groups_of.iter().map(|slots| ShortSet::from_ascending(slots)).collect();
        Ok(())
    }

    /// The records of the directory, without derived data.
    pub fn records(&self) -> Records {
        let groups: Vec<_> = self.groups.entries.iter().flatten().collect();
        let id_of = |slot: u32| self.people.get(slot).map(|person| person.id);
        let held = self.people.records.iter().zip(&self.people.skills);
        let of_groups = |set: fn(&GroupEntry) -> &Set| {
            let people = groups.iter().map(|entry| (entry.group.id, set(entry)));
            people.flat_map(|(group, set)| set.iter().filter_map(id_of).map(move |person| (group, person))).collect()
        };
        let group_id = |slot: u32| self.groups.get(slot).map(|entry| entry.group.id);
        let edges_of = |slot: u32, node: &HierarchyNode| -> Vec<(GroupId, GroupId)> {
            let Some(parent) = group_id(slot) else { return Vec::new() };
            node.subgroups.iter().filter_map(group_id).map(|subgroup| (parent, subgroup)).collect()
        };
        Records {
            organisation: self.organisation.clone(),
            roles: self.roles.values().cloned().collect(),
            clients: self.clients.values().map(|entry| entry.client.clone()).collect(),
            people: self.people.records.iter().cloned().collect(),
            skills: self.skills.records.values().cloned().collect(),
            held: held.flat_map(|(person, held)| held.iter().map(|held| (person.id, *held))).collect(),
            groups: groups.iter().map(|entry| (entry.group.clone(), entry.stamp)).collect(),
            individuals: of_groups(|entry| &entry.individuals),
            subscribers: of_groups(|entry| &entry.subscribers),
            edges: self.hierarchy.nodes().flat_map(|(slot, node)| edges_of(slot, node)).collect(),
            connectors: self.connectors.values().cloned().collect(),
        }
    }
}
