//! Building a directory from its records at once, and taking the records out again.

use super::groups::GroupEntry;
use super::people::by_name;
use super::{Directory, Records, Unfit};
use crate::model::{GroupId, PersonId, PersonState, Visibility};
use crate::order::Order;
use crate::set::Set;
use foldhash::HashMap;
use std::sync::Arc;

impl Directory {
    /// Builds the directory that these records describe.
    ///
    /// # Errors
    ///
    /// [`Unfit`] when a record names something that is not there.
    pub fn build(records: Records) -> Result<Self, Unfit> {
        let Records { organisation, roles, clients, people, groups, individuals } = records;
        let mut directory = Directory::new(organisation);
        directory.roles = roles.into_iter().map(|role| (role.id, role)).collect();
        clients.into_iter().for_each(|client| directory.put_client(client));
        directory.build_people(people);
        directory.build_groups(groups, individuals)?;
        Ok(directory)
    }

    /// Slots follow names, so that slots in ascending order are people in the order of names.
    fn build_people(&mut self, mut people: Vec<Arc<crate::model::Person>>) {
        people.sort_by(|one, other| (one.name.key(), one.id).cmp(&(other.name.key(), other.id)));
        let slots_in = |state: PersonState| -> Vec<u32> {
            people.iter().zip(0u32..).filter(|(person, _)| person.state == state).map(|(_, slot)| slot).collect()
        };
        self.people.all = Order::from_sorted(&(0..people.len() as u32).collect::<Vec<_>>());
        self.people.active = Order::from_sorted(&slots_in(PersonState::Active));
        self.people.inactive = Order::from_sorted(&slots_in(PersonState::Inactive));
        self.people.deleted = Order::from_sorted(&slots_in(PersonState::Deleted));
        for (person, slot) in people.iter().zip(0u32..) {
            self.people.slots.insert(person.id, slot);
            self.people.emails.insert(person.email.key().into(), slot);
        }
        self.people.records = people.into_iter().collect();
    }

    fn build_groups(
        &mut self,
        mut groups: Vec<(Arc<crate::model::Group>, crate::model::Stamp)>,
        individuals: Vec<(GroupId, PersonId)>,
    ) -> Result<(), Unfit> {
        groups.sort_by(|(one, _), (other, _)| (one.name.key(), one.id).cmp(&(other.name.key(), other.id)));
        let people: HashMap<PersonId, u32> = self.people.slots.iter().map(|(id, slot)| (*id, *slot)).collect();
        let group_slots: HashMap<GroupId, u32> =
            groups.iter().zip(0u32..).map(|((group, _), slot)| (group.id, slot)).collect();
        let mut individuals_of: Vec<Vec<u32>> = vec![Vec::new(); groups.len()];
        for (group, person) in individuals {
            let list = group_slots.get(&group).and_then(|slot| individuals_of.get_mut(*slot as usize));
            let list = list.ok_or_else(|| Unfit(format!("no group {group} to be an individual of")))?;
            let slot = people.get(&person);
            list.push(*slot.ok_or_else(|| Unfit(format!("no person {person} to be an individual")))?);
        }
        let mut groups_of: Vec<Vec<u32>> = vec![Vec::new(); self.people.records.len()];
        let mut public = Vec::new();
        for (((group, stamp), mut slots), slot) in groups.into_iter().zip(individuals_of).zip(0u32..) {
            slots.sort_unstable();
            slots.dedup();
            let individuals = Set::from_ascending(slots.iter().copied());
            let owners = self.owner_slots(&group)?;
            let mut involved = slots.clone();
            involved.extend(&owners);
            involved.sort_unstable();
            involved.dedup();
            for person in &involved {
                if let Some(list) = groups_of.get_mut(*person as usize) {
                    list.push(slot);
                }
            }
            let members = Order::from_sorted(if group.include_owners { &involved } else { &slots });
            if group.visibility == Visibility::Public {
                public.push(slot);
            }
            self.groups.slots.insert(group.id, slot);
            self.groups.entries.push_back(Some(Arc::new(GroupEntry { group, stamp, individuals, members })));
        }
        let all: Vec<u32> = (0..self.groups.entries.len() as u32).collect();
        self.groups.all = Order::from_sorted(&all);
        self.groups.public = Order::from_sorted(&public);
        self.people.groups = groups_of.into_iter().map(|slots| Arc::new(Set::from_ascending(slots))).collect();
        Ok(())
    }

    /// The records that the directory holds; nothing derived.
    pub fn records(&self) -> Records {
        let groups: Vec<_> = self.groups.entries.iter().flatten().collect();
        let id_of = |slot: u32| self.people.get(slot).map(|person| person.id);
        Records {
            organisation: self.organisation.clone(),
            roles: self.roles.values().cloned().collect(),
            clients: self.clients.values().map(|entry| entry.client.clone()).collect(),
            people: self.people.records.iter().cloned().collect(),
            groups: groups.iter().map(|entry| (entry.group.clone(), entry.stamp)).collect(),
            individuals: groups
                .iter()
                .flat_map(|entry| entry.individuals.iter().filter_map(id_of).map(|person| (entry.group.id, person)))
                .collect(),
        }
    }

    /// The kept orders that are not sorted by the names of now.
    pub(crate) fn unsorted(&self) -> Vec<String> {
        let (person, group) = (by_name(&self.people.records), super::by_group_name(&self.groups.entries));
        let members = self.groups.entries.iter().flatten();
        let members = members.map(|entry| (format!("members of group {}", entry.group.id), &entry.members));
        [
            ("all people".to_owned(), &self.people.all),
            ("active people".to_owned(), &self.people.active),
            ("inactive people".to_owned(), &self.people.inactive),
            ("deleted people".to_owned(), &self.people.deleted),
        ]
        .into_iter()
        .chain(members)
        .filter(|(_, order)| !is_sorted(order, &person))
        .map(|(name, _)| name)
        .chain((!is_sorted(&self.groups.all, &group)).then(|| "groups".to_owned()))
        .chain((!is_sorted(&self.groups.public, &group)).then(|| "public groups".to_owned()))
        .map(|name| format!("{name}: not in order"))
        .collect()
    }
}

fn is_sorted<K: Ord>(order: &Order, key_of: impl Fn(u32) -> K) -> bool {
    let keys: Vec<K> = order.iter().map(key_of).collect();
    keys.len() == order.len() && keys.is_sorted_by(|one, other| one < other)
}
