//! Verification of a directory: derived data is compared with a fresh computation from the records. Two directories are
//! compared by ids, since slots are private to each.

use super::Directory;
use super::filter::PeopleFilter;
use super::groups::{GroupColumns, by_name as by_group_name};
use super::hierarchy::HierarchyNode;
use super::people::{PersonSlot, by_name as by_person_name};
use crate::records::{Comparison, Skill};
use crate::sets::{Column, Set};
use crate::values::{GroupId, PersonId, Phone, SkillId};
use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

/// The differences between the directory, updated step by step, and a fresh one built from its records. Empty if there
/// are none.
pub fn derived(directory: &Directory) -> Vec<String> {
    match Directory::build(directory.records()) {
        Err(error) => vec![error.to_string()],
        Ok(rebuilt) => {
            let mut found = differences(directory, &rebuilt, ("kept", "recomputed"));
            let (people, groups) = (&directory.people, &directory.groups);
            if !people.ranking.is_sound(&people.taken_by(PeopleFilter::Any), by_person_name(&people.records)) {
                found.push("people: not in order".into());
            }
            if !groups.ranking.is_sound(&groups.all, by_group_name(&groups.entries)) {
                found.push("groups: not in order".into());
            }
            if !people.columns.all().chain(groups.columns.all()).all(Column::is_sound) {
                found.push("columns: not every text is found".into());
            }
            found
        }
    }
}

/// Evaluates all rules, and returns the total number of members of groups with rules. A start does the same; a
/// benchmark measures it by this.
pub fn rules(directory: &Directory) -> usize {
    let entries = directory.groups.entries.iter().flatten().filter(|entry| entry.rule.is_some());
    entries.map(|entry| directory.members_of(entry).len()).sum()
}

/// The differences between two directories that should be equal, in records and derived data. Each line names the two
/// directories by `names`.
pub fn differences(one: &Directory, other: &Directory, names: (&str, &str)) -> Vec<String> {
    let ids = Ids::of(one, other);
    let (one, other) = (Side::new(one, &ids), Side::new(other, &ids));
    let mut found = Differences { names, found: Vec::new() };
    let (left, right) = (one.directory, other.directory);
    found.compare(|| "organisation".into(), &left.organisation, &right.organisation);
    for (id, one, other) in both(&left.roles, &right.roles) {
        found.compare(|| format!("role {id}"), &one, &other);
    }
    for (id, one, other) in both(&left.clients, &right.clients) {
        let same = one.map(|entry| &entry.client) == other.map(|entry| &entry.client);
        found.compare(|| format!("client {id} is the same"), &same, &true);
        found.compare(|| format!("permissions of client {id}"), &permissions(one), &permissions(other));
    }
    for (id, this, that) in both(&left.skills.records, &right.skills.records) {
        found.compare(|| format!("skill {id}"), &this.map(|it| one.skill(it)), &that.map(|it| other.skill(it)));
    }
    for (comparison, one, other) in both(&watchers(left), &watchers(right)) {
        found.compare(|| format!("{comparison:?}"), &one, &other);
    }
    found.compare(|| "rules for all".into(), &one.groups_in(&left.skills.open), &other.groups_in(&right.skills.open));
    let named = |directory: &Directory| -> BTreeMap<SkillId, usize> {
        directory.skills.named.iter().map(|(skill, count)| (*skill, *count)).collect()
    };
    found.compare(|| "comparisons of rules".into(), &named(left), &named(right));
    for (at, id) in ids.people.iter().enumerate() {
        found.compare(|| format!("person {id}"), &one.person(at), &other.person(at));
    }
    for (phone, this, that) in both(&phones(left), &phones(right)) {
        let (this, that) = (this.map(|set| one.people_in(set)), that.map(|set| other.people_in(set)));
        found.compare(|| format!("number {phone}"), &this, &that);
    }
    for (at, id) in ids.groups.iter().enumerate() {
        found.compare(|| format!("group {id}"), &one.group(at), &other.group(at));
    }
    for (id, one, other) in both(&left.connectors, &right.connectors) {
        found.compare(|| format!("connector {id} is the same"), &(one == other), &true);
    }
    for (id, this, that) in both(&nodes(left), &nodes(right)) {
        let (this, that) = (this.map(|node| one.node(node)), that.map(|node| other.node(node)));
        found.compare(|| format!("place of group {id:?}"), &this, &that);
    }
    found.compare(|| "order of people".into(), &one.people_in_order(), &other.people_in_order());
    found.compare(|| "order of groups".into(), &one.groups_in_order(), &other.groups_in_order());
    found.compare(|| "sizes of indexes".into(), &sizes(left), &sizes(right));
    found.found
}

/// The differences found so far.
struct Differences<'n> {
    names: (&'n str, &'n str),
    found: Vec<String>,
}

impl Differences<'_> {
    /// Compares two values. Only differences are formatted: formatting takes many times as long as comparing.
    fn compare<T: PartialEq + Debug>(&mut self, what: impl FnOnce() -> String, one: &T, other: &T) {
        if one != other {
            let (one, other) = (short(&format!("{one:?}")), short(&format!("{other:?}")));
            self.found.push(format!("{}: {} {one}, {} {other}", what(), self.names.0, self.names.1));
        }
    }
}

/// The ids of all people and groups of either directory, sorted. Sets are compared by the indexes of their ids in these
/// lists (called places): these take a quarter of the memory of ids, and are sorted many times as fast.
struct Ids {
    people: Vec<PersonId>,
    groups: Vec<GroupId>,
}

impl Ids {
    fn of(one: &Directory, other: &Directory) -> Self {
        let directories = [one, other];
        let people = directories.iter().flat_map(|directory| &directory.people.records).map(|person| person.id);
        let groups = directories.iter().flat_map(|directory| directory.groups.entries.iter().flatten());
        Ids { people: sorted(people), groups: sorted(groups.map(|entry| entry.group.id)) }
    }
}

fn sorted<I: Ord>(ids: impl Iterator<Item = I>) -> Vec<I> {
    let mut ids: Vec<I> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// One of the two directories.
struct Side<'d> {
    directory: &'d Directory,
    ids: &'d Ids,
    people: Slots,
    groups: Slots,
}

/// The place of each slot's id, and the slot of each place.
struct Slots {
    places: Vec<u32>,
    slots: Vec<u32>,
}

/// Stands for a missing slot or place.
const NONE: u32 = u32::MAX;

impl Slots {
    /// `of_slots` has the ids of the slots from 0 on; `None` for an empty slot.
    fn new<I: Ord>(of_slots: impl Iterator<Item = Option<I>>, all: &[I]) -> Self {
        let place = |id: Option<I>| id.and_then(|id| all.binary_search(&id).ok()).map_or(NONE, |at| at as u32);
        let places: Vec<u32> = of_slots.map(place).collect();
        let mut slots = vec![NONE; all.len()];
        for (place, slot) in places.iter().zip(0u32..) {
            if let Some(kept) = slots.get_mut(*place as usize) {
                *kept = slot;
            }
        }
        Slots { places, slots }
    }

    fn place(&self, slot: u32) -> u32 {
        self.places.get(slot as usize).copied().unwrap_or(NONE)
    }

    fn slot(&self, place: usize) -> Option<u32> {
        self.slots.get(place).copied().filter(|slot| *slot != NONE)
    }
}

/// Ids as places, which are formatted as ids.
struct FormattedIds<'d, I> {
    places: Vec<u32>,
    all: &'d [I],
}

impl<I> PartialEq for FormattedIds<'_, I> {
    fn eq(&self, other: &Self) -> bool {
        self.places == other.places
    }
}

impl<I: Debug> Debug for FormattedIds<'_, I> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.places.iter().map(|place| self.all.get(*place as usize))).finish()
    }
}

impl<'d> Side<'d> {
    fn new(directory: &'d Directory, ids: &'d Ids) -> Self {
        let people = directory.people.records.iter().map(|person| Some(person.id));
        let groups = directory.groups.entries.iter().map(|entry| Some(entry.as_ref()?.group.id));
        let (people, groups) = (Slots::new(people, &ids.people), Slots::new(groups, &ids.groups));
        Side { directory, ids, people, groups }
    }

    fn people_in(&self, set: &Set) -> FormattedIds<'d, PersonId> {
        let mut places: Vec<u32> = set.iter().map(|slot| self.people.place(slot)).collect();
        places.sort_unstable();
        FormattedIds { places, all: &self.ids.people }
    }

    fn groups_in(&self, set: &Set) -> FormattedIds<'d, GroupId> {
        let mut places: Vec<u32> = set.iter().map(|slot| self.groups.place(slot)).collect();
        places.sort_unstable();
        FormattedIds { places, all: &self.ids.groups }
    }

    fn people_in_order(&self) -> FormattedIds<'d, PersonId> {
        let people = &self.directory.people;
        let slots = people.ranking.sorted(&people.taken_by(PeopleFilter::Any), by_person_name(&people.records));
        FormattedIds { places: slots.into_iter().map(|slot| self.people.place(slot)).collect(), all: &self.ids.people }
    }

    fn groups_in_order(&self) -> FormattedIds<'d, GroupId> {
        let groups = &self.directory.groups;
        let slots = groups.ranking.sorted(&groups.all, by_group_name(&groups.entries));
        FormattedIds { places: slots.into_iter().map(|slot| self.groups.place(slot)).collect(), all: &self.ids.groups }
    }

    /// A skill: the record, whether its name finds it, and its holders with proficiencies.
    fn skill(&self, skill: &'d Arc<Skill>) -> impl PartialEq + Debug + use<'d> {
        let skills = &self.directory.skills;
        let by_name = skills.by_key(skill.kind, skill.name.key()) == Some(skill.id);
        let holders = skills.holders.get(&skill.id);
        let holders = holders.map(|holders| holders.sets().map(|set| self.people_in(set)).collect::<Vec<_>>());
        (skill, by_name, holders)
    }

    /// A person: the record, its index entries, groups and skills, and its searchable texts.
    fn person(&self, place: usize) -> Option<impl PartialEq + Debug + use<'d>> {
        let slot = self.people.slot(place)?;
        let people = &self.directory.people;
        let person = people.get(slot)?;
        let found = |email| people.by_email(email).map(|(found, _)| found);
        let by_email = person.email.as_ref().is_none_or(|email| found(email) == Some(slot));
        let by_id = people.slots.get(&person.id) == Some(&PersonSlot { slot, version: person.version });
        let states = [&people.active, &people.inactive, &people.deleted, &people.unprovisioned];
        let states = states.map(|set| set.contains(slot));
        let groups = people.groups.get(slot as usize).map(|groups| self.groups_in(&groups.to_set()));
        let columns: Vec<_> = people.columns.all().map(|column| keys(Some(column), slot)).collect();
        Some((person, (by_email, by_id, states), groups, people.held(slot), columns))
    }

    /// A group: its entry, its index entries, and its searchable texts.
    fn group(&self, place: usize) -> Option<impl PartialEq + Debug + use<'d>> {
        let slot = self.groups.slot(place)?;
        let groups = &self.directory.groups;
        let entry = groups.get(slot)?;
        let by_id = groups.slots.get(&entry.group.id).copied() == Some(slot);
        let sets = [&entry.individuals, &entry.members, &entry.silent, &entry.subscribers];
        let sets = sets.map(|set| self.people_in(set));
        let counts = (entry.n_unprovisioned, groups.with_silent.contains(slot));
        let words = [groups.visibilities.as_slice(), groups.states.as_slice(), groups.kinds.as_slice()]
            .map(|sets| sets.iter().map(|set| set.contains(slot)).collect::<Vec<_>>());
        let columns = GroupColumns::FIELDS.map(|field| keys(groups.columns.of(field), slot));
        let held = (&entry.group, entry.stamp, sets, counts, &entry.rule);
        Some((held, by_id, words, columns))
    }

    /// A group's place in the hierarchy.
    fn node(&self, node: &HierarchyNode) -> impl PartialEq + Debug + use<'d> {
        let sets = [&node.parents, &node.subgroups, &node.beneath].map(|set| self.groups_in(set));
        (sets, self.people_in(&node.effective), node.users)
    }
}

fn permissions(entry: Option<&crate::directory::ClientEntry>) -> Option<crate::values::Permissions> {
    entry.map(|entry| entry.permissions)
}

/// The number of entries of each index, to detect entries of deleted things.
fn sizes(directory: &Directory) -> impl PartialEq + Debug + use<> {
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

fn phones(directory: &Directory) -> BTreeMap<Phone, Set> {
    let mut phones: BTreeMap<Phone, Set> = BTreeMap::new();
    for (phone, slot) in &directory.people.phones {
        phones.entry(*phone).or_default().insert(*slot);
    }
    phones
}

fn watchers(directory: &Directory) -> BTreeMap<(Comparison, Option<GroupId>), Option<Comparison>> {
    let group = |slot: u32| directory.groups.get(slot).map(|entry| entry.group.id);
    let watchers = directory.skills.watchers.iter();
    watchers.map(|((comparison, slot), needed)| ((*comparison, group(*slot)), *needed)).collect()
}

/// The nodes of the hierarchy, by the ids of their groups.
fn nodes(directory: &Directory) -> BTreeMap<Option<GroupId>, &HierarchyNode> {
    let of = |(slot, node)| (directory.groups.get(slot).map(|entry| entry.group.id), node);
    directory.hierarchy.nodes().map(of).collect()
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

/// The keys of both maps, with the value of each map.
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
