//! Checking a directory against another way of making it: what is derived is recomputed from the
//! records, and two directories are compared by ids, since slots are private to each.

use super::Directory;
use super::filter::PeopleFilter;
use super::groups::{GroupColumns, GroupEntry, by_name as by_group_name};
use super::hierarchy::Place;
use super::people::{PeopleColumns, by_name as by_person_name};
use crate::records::{Comparison, Person, Skill};
use crate::sets::{Column, Set};
use crate::values::{GroupId, PersonId, Phone, SkillId};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

/// The differences between what the directory derived step by step and what its own records give
/// when everything is computed anew. None, when all is well.
pub fn derived(directory: &Directory) -> Vec<String> {
    match Directory::build(directory.records()) {
        Err(unfit) => vec![unfit.to_string()],
        Ok(rebuilt) => {
            let mut found = differences(directory, &rebuilt, ("kept", "recomputed"));
            let (people, groups) = (&directory.people, &directory.groups);
            if !people.ranking.is_sound(&people.taken_by(PeopleFilter::Any), by_person_name(&people.records)) {
                found.push("people: not in order".into());
            }
            if !groups.ranking.is_sound(&groups.all, by_group_name(&groups.entries)) {
                found.push("groups: not in order".into());
            }
            found
        }
    }
}

/// How many members all groups with rules have, found anew from the rules and the sets of those who
/// have their skills: what a start does, and what it costs.
pub fn rules(directory: &Directory) -> usize {
    let entries = directory.groups.entries.iter().flatten().filter(|entry| entry.rule.is_some());
    entries.map(|entry| directory.members_of(entry).len()).sum()
}

/// The differences between two directories that should be equal, the records and all that is
/// derived from them. `names` says in each line which of the two had what.
pub fn differences(one: &Directory, other: &Directory, names: (&str, &str)) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: String, one: &dyn Debug, other: &dyn Debug| {
        let (one, other) = (format!("{one:?}"), format!("{other:?}"));
        if one != other {
            found.push(format!("{what}: {} {}, {} {}", names.0, short(&one), names.1, short(&other)));
        }
    };
    compare("organisation".into(), &one.organisation, &other.organisation);
    both(&one.roles, &other.roles).for_each(|(id, one, other)| compare(format!("role {id}"), &one, &other));
    both(&one.clients, &other.clients).for_each(|(id, one, other)| {
        let same = one.map(|entry| &entry.client) == other.map(|entry| &entry.client);
        compare(format!("client {id} is the same"), &same, &true);
        compare(format!("permissions of client {id}"), &permissions(one), &permissions(other));
    });
    let (skills, others) = (skills(one), skills(other));
    both(&skills, &others).for_each(|(id, one, other)| compare(format!("skill {id}"), &one, &other));
    let (watchers, others) = (watchers(one), watchers(other));
    both(&watchers, &others).for_each(|(comparison, one, other)| compare(format!("{comparison:?}"), &one, &other));
    compare("rules for all".into(), &groups_at(one, &one.skills.open), &groups_at(other, &other.skills.open));
    let named = |directory: &Directory| -> BTreeMap<SkillId, usize> {
        directory.skills.named.iter().map(|(skill, count)| (*skill, *count)).collect()
    };
    compare("comparisons of rules".into(), &named(one), &named(other));
    let (people, others) = (people(one), people(other));
    both(&people, &others).for_each(|(id, one, other)| compare(format!("person {id}"), &one, &other));
    let phones = |directory: &Directory| -> BTreeMap<Phone, Vec<Option<PersonId>>> {
        directory.people.phones.iter().map(|(phone, people)| (*phone, people_at(directory, people))).collect()
    };
    let (numbers, others) = (phones(one), phones(other));
    both(&numbers, &others).for_each(|(phone, one, other)| compare(format!("number {phone}"), &one, &other));
    let (groups, others) = (groups(one), groups(other));
    both(&groups, &others).for_each(|(id, one, other)| compare(format!("group {id}"), &one, &other));
    both(&one.connectors, &other.connectors).for_each(|(id, one, other)| {
        compare(format!("connector {id} is the same"), &(one == other), &true);
    });
    let (places, others) = (places(one), places(other));
    both(&places, &others).for_each(|(id, one, other)| compare(format!("place of group {id:?}"), &one, &other));
    compare("order of people".into(), &people_in_order(one), &people_in_order(other));
    compare("order of groups".into(), &groups_in_order(one), &groups_in_order(other));
    compare("sizes of indexes".into(), &sizes(one), &sizes(other));
    found
}

fn permissions(entry: Option<&crate::directory::ClientEntry>) -> Option<crate::values::Permissions> {
    entry.map(|entry| entry.permissions)
}

/// How many entries each index has; those of things that are gone show here.
fn sizes(directory: &Directory) -> impl Debug {
    let Directory { people, groups, skills, .. } = directory;
    let states = [&people.active, &people.inactive, &people.deleted].map(Set::len);
    let words = groups.visibilities.iter().chain(&groups.states).chain(&groups.kinds).map(Set::len);
    let words: Vec<usize> = words.collect();
    let maps = [
        people.emails.len(),
        people.phones.len(),
        people.slots.len(),
        groups.slots.len(),
        groups.with_silent.len(),
        skills.names.len(),
        skills.holders.len(),
    ];
    (states, words, maps)
}

fn people_at(directory: &Directory, set: &Set) -> Vec<Option<PersonId>> {
    let mut ids: Vec<_> = set.iter().map(|slot| directory.people.get(slot).map(|person| person.id)).collect();
    ids.sort();
    ids
}

fn groups_at(directory: &Directory, set: &Set) -> Vec<Option<GroupId>> {
    let mut ids: Vec<_> = set.iter().map(|slot| directory.groups.get(slot).map(|entry| entry.group.id)).collect();
    ids.sort();
    ids
}

fn people_in_order(directory: &Directory) -> Vec<Option<PersonId>> {
    let people = &directory.people;
    let slots = people.ranking.sorted(&people.taken_by(PeopleFilter::Any), by_person_name(&people.records));
    slots.into_iter().map(|slot| people.get(slot).map(|person| person.id)).collect()
}

fn groups_in_order(directory: &Directory) -> Vec<Option<GroupId>> {
    let groups = &directory.groups;
    let slots = groups.ranking.sorted(&groups.all, by_group_name(&groups.entries));
    slots.into_iter().map(|slot| groups.get(slot).map(|entry| entry.group.id)).collect()
}

/// Each skill by id: the record, whether its name leads to it, and who has it how well.
fn skills(directory: &Directory) -> BTreeMap<SkillId, impl Debug> {
    let skills = &directory.skills;
    let of = |skill: &Arc<Skill>| {
        let by_name = skills.by_key(skill.kind, skill.name.key()) == Some(skill.id);
        let holders = skills.holders.get(&skill.id);
        let holders = holders.map(|holders| holders.sets().map(|set| people_at(directory, set)).collect::<Vec<_>>());
        (skill.clone(), by_name, holders)
    };
    skills.records.values().map(|skill| (skill.id, of(skill))).collect()
}

fn watchers(directory: &Directory) -> BTreeMap<(Comparison, Option<GroupId>), Option<Comparison>> {
    let group = |slot: u32| directory.groups.get(slot).map(|entry| entry.group.id);
    let watchers = directory.skills.watchers.iter();
    watchers.map(|((comparison, slot), needed)| ((*comparison, group(*slot)), *needed)).collect()
}

/// Each person by id: the record, what finds it, its groups and skills, and what is searched of it.
fn people(directory: &Directory) -> BTreeMap<PersonId, impl Debug> {
    let people = &directory.people;
    let of = |(person, slot): (&Arc<Person>, u32)| {
        let by_email = person.email.as_ref().is_none_or(|email| people.emails.get(email.key()) == Some(&slot));
        let by_id = people.slot(person.id) == Some(slot);
        let states = [&people.active, &people.inactive, &people.deleted, &people.unprovisioned];
        let states = states.map(|set| set.contains(slot));
        let groups = people.groups.get(slot as usize).map(|groups| groups_at(directory, groups));
        let columns = PeopleColumns::FIELDS.map(|field| keys(people.columns.of(field), slot));
        let found = (by_email, by_id, states);
        (person.id, (person.clone(), found, groups, people.held(slot).to_vec(), columns))
    };
    people.records.iter().zip(0u32..).map(of).collect()
}

/// Each group by id: what it holds, what finds it, and what is searched of it.
fn groups(directory: &Directory) -> BTreeMap<GroupId, impl Debug> {
    let groups = &directory.groups;
    let of = |(entry, slot): (&Option<Arc<GroupEntry>>, u32)| {
        let entry = entry.as_ref()?;
        let by_id = groups.slots.get(&entry.group.id).copied() == Some(slot);
        let sets = [&entry.individuals, &entry.members, &entry.silent, &entry.subscribers];
        let sets = sets.map(|set| people_at(directory, set));
        let counts = (entry.n_unprovisioned, groups.with_silent.contains(slot));
        let words = [groups.visibilities.as_slice(), groups.states.as_slice(), groups.kinds.as_slice()]
            .map(|sets| sets.iter().map(|set| set.contains(slot)).collect::<Vec<_>>());
        let columns = GroupColumns::FIELDS.map(|field| keys(groups.columns.of(field), slot));
        let held = (entry.group.clone(), entry.stamp, sets, counts, entry.rule.clone());
        Some((entry.group.id, (held, by_id, words, columns)))
    };
    groups.entries.iter().zip(0u32..).filter_map(of).collect()
}

/// Each group that has a place in the hierarchy, by id.
fn places(directory: &Directory) -> BTreeMap<Option<GroupId>, impl Debug> {
    let of = |(slot, place): (u32, &Place)| {
        let sets = [&place.parents, &place.subgroups, &place.beneath].map(|set| groups_at(directory, set));
        let id = directory.groups.get(slot).map(|entry| entry.group.id);
        (id, (sets, people_at(directory, &place.effective), place.users))
    };
    directory.hierarchy.places().map(of).collect()
}

fn keys(column: Option<&Column>, slot: u32) -> Vec<&str> {
    column.into_iter().flat_map(|column| column.keys(slot)).collect()
}

fn short(text: &str) -> String {
    const SHOWN: usize = 160;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text.get(..at).unwrap_or(text)),
        None => text.to_owned(),
    }
}

/// The keys of both maps, with what each has for them.
fn both<'m, K: Ord + Clone + 'm, V: 'm>(
    one: impl IntoIterator<Item = (&'m K, &'m V)>,
    other: impl IntoIterator<Item = (&'m K, &'m V)>,
) -> impl Iterator<Item = (K, Option<&'m V>, Option<&'m V>)> {
    let mut all: BTreeMap<K, (Option<&V>, Option<&V>)> = BTreeMap::new();
    for (key, value) in one {
        all.entry(key.clone()).or_default().0 = Some(value);
    }
    for (key, value) in other {
        all.entry(key.clone()).or_default().1 = Some(value);
    }
    all.into_iter().map(|(key, (one, other))| (key, one, other))
}
