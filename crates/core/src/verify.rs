//! Checking a directory against another way of making it: what is derived is recomputed from the
//! records, and two directories are compared by ids, since slots are private to each.

use crate::directory::{Directory, GroupEntry};
use crate::model::{GroupId, PersonId};
use crate::order::Order;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// The differences between what the directory derived step by step and what its own records give
/// when everything is computed anew. None, when all is well.
pub fn derived(directory: &Directory) -> Vec<String> {
    match Directory::build(directory.records()) {
        Err(unfit) => vec![unfit.to_string()],
        Ok(rebuilt) => {
            let mut found = directory.unsorted();
            found.extend(differences(directory, &rebuilt, ("kept", "recomputed")));
            found
        }
    }
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
    let people = (people(one), people(other));
    both(&people.0, &people.1).for_each(|(id, one, other)| compare(format!("person {id}"), &one, &other));
    let groups = (groups(one), groups(other));
    both(&groups.0, &groups.1).for_each(|(id, _, _)| {
        let entries = (entry(one, id), entry(other, id));
        let head = |entry: Option<&GroupEntry>| entry.map(|entry| (entry.group.clone(), entry.stamp));
        compare(format!("group {id}"), &head(entries.0), &head(entries.1));
        let individuals = |directory, entry: Option<&GroupEntry>| {
            let mut list = ids(directory, entry.into_iter().flat_map(|entry| entry.individuals.iter()));
            list.sort();
            list
        };
        compare(format!("individuals of group {id}"), &individuals(one, entries.0), &individuals(other, entries.1));
        let members = |directory, entry: Option<&GroupEntry>| {
            ids(directory, entry.into_iter().flat_map(|entry| entry.members.iter()))
        };
        compare(format!("members of group {id}"), &members(one, entries.0), &members(other, entries.1));
    });
    compare("number of e-mail addresses".into(), &one.people.emails.len(), &other.people.emails.len());
    compare("number of people's ids".into(), &one.people.slots.len(), &other.people.slots.len());
    compare("number of groups' ids".into(), &one.groups.slots.len(), &other.groups.slots.len());
    for (name, pick) in ORDERS {
        compare(format!("order of {name}"), &ids(one, pick(one).iter()), &ids(other, pick(other).iter()));
    }
    let group_order = |directory: &Directory, order: &Order| -> Vec<_> {
        order.iter().map(|slot| directory.groups.get(slot).map(|entry| entry.group.id)).collect()
    };
    compare("order of groups".into(), &group_order(one, &one.groups.all), &group_order(other, &other.groups.all));
    let public = (group_order(one, &one.groups.public), group_order(other, &other.groups.public));
    compare("order of public groups".into(), &public.0, &public.1);
    found
}

type PickOrder = fn(&Directory) -> &Order;
const ORDERS: [(&str, PickOrder); 4] = [
    ("all people", |directory| &directory.people.all),
    ("active people", |directory| &directory.people.active),
    ("inactive people", |directory| &directory.people.inactive),
    ("deleted people", |directory| &directory.people.deleted),
];

fn permissions(entry: Option<&crate::directory::ClientEntry>) -> Option<crate::policy::Permissions> {
    entry.map(|entry| entry.permissions)
}

fn ids(directory: &Directory, slots: impl Iterator<Item = u32>) -> Vec<Option<PersonId>> {
    slots.map(|slot| directory.people.get(slot).map(|person| person.id)).collect()
}

/// Each person by id: the record, what its e-mail address leads to, and its groups by id.
fn people(directory: &Directory) -> BTreeMap<PersonId, impl Debug> {
    let mut people = BTreeMap::new();
    for (person, slot) in directory.people.records.iter().zip(0u32..) {
        let by_email = directory.people.emails.get(person.email.key()).copied() == Some(slot);
        let by_id = directory.people.slot(person.id) == Some(slot);
        let mut groups: Vec<Option<GroupId>> = directory
            .people
            .groups
            .get(slot as usize)
            .into_iter()
            .flat_map(|groups| groups.iter())
            .map(|group| directory.groups.get(group).map(|entry| entry.group.id))
            .collect();
        groups.sort();
        people.insert(person.id, (person.clone(), by_email, by_id, groups));
    }
    people
}

fn groups(directory: &Directory) -> BTreeMap<GroupId, ()> {
    directory.groups.entries.iter().flatten().map(|entry| (entry.group.id, ())).collect()
}

fn entry(directory: &Directory, id: GroupId) -> Option<&GroupEntry> {
    directory.groups.by_id(id).map(|(_, entry)| &**entry)
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
