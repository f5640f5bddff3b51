//! Applying changes: the only way in which a directory changes.

use super::groups::GroupEntry;
use super::people::by_name;
use super::{ClientEntry, Directory, Groups, People, Unfit};
use crate::command::Change;
use crate::model::*;
use crate::order::Order;
use crate::set::Set;
use std::sync::Arc;

impl Directory {
    /// A directory that holds nothing but the organisation.
    pub fn new(organisation: Arc<Organisation>) -> Self {
        Directory {
            organisation,
            roles: imbl::OrdMap::new(),
            clients: imbl::OrdMap::new(),
            people: People::new(),
            groups: Groups::new(),
        }
    }

    /// Makes one change, and brings everything derived up to date.
    ///
    /// # Errors
    ///
    /// [`Unfit`] when the change names something that is not there. The directory may then be
    /// changed in part: throw it away.
    pub fn apply(&mut self, change: &Change) -> Result<(), Unfit> {
        match change {
            Change::OrganisationPut(organisation) => self.organisation = organisation.clone(),
            Change::RolePut(role) => {
                self.roles.insert(role.id, role.clone());
                let clients: Vec<_> = self.clients.values().map(|entry| entry.client.clone()).collect();
                clients.into_iter().for_each(|client| self.put_client(client));
            }
            Change::ClientPut(client) => self.put_client(client.clone()),
            Change::ClientDeleted(id) => {
                self.clients.remove(id).ok_or_else(|| Unfit(format!("no client {id} to delete")))?;
            }
            Change::PersonPut(person) => self.put_person(person),
            Change::GroupPut(group, stamp) => self.put_group(group, *stamp)?,
            Change::GroupDeleted(id) => self.delete_group(*id)?,
            Change::MembersAdded(group, people, stamp) => self.change_members(*group, people, *stamp, true)?,
            Change::MembersRemoved(group, people, stamp) => self.change_members(*group, people, *stamp, false)?,
        }
        Ok(())
    }

    pub(super) fn put_client(&mut self, client: Arc<Client>) {
        let permissions = self.permissions_of(&client.roles);
        self.clients.insert(client.id.clone(), ClientEntry { client, permissions });
    }

    fn put_person(&mut self, person: &Arc<Person>) {
        let slot = self.people.slot(person.id).unwrap_or(self.people.records.len() as u32);
        let renamed = self.people.get(slot).is_some_and(|old| old.name != person.name);
        let groups: Vec<u32> = match self.people.groups.get(slot as usize) {
            Some(groups) if renamed => groups.iter().collect(),
            _ => Vec::new(),
        };
        // A place in an order is found by the name that put it there: out under the old name, in
        // under the new one.
        let mut moved = Vec::new();
        for group in groups {
            if let Some(entry) = self.groups.entry_mut(group)
                && entry.members.remove(slot, by_name(&self.people.records))
            {
                moved.push(group);
            }
        }
        self.people.put(slot, person.clone());
        for group in moved {
            if let Some(entry) = self.groups.entry_mut(group) {
                entry.members.insert(slot, by_name(&self.people.records));
            }
        }
    }

    fn put_group(&mut self, group: &Arc<Group>, stamp: Stamp) -> Result<(), Unfit> {
        let owners = self.owner_slots(group)?;
        let old = self.groups.by_id(group.id).map(|(slot, entry)| (slot, entry.clone()));
        let (slot, mut entry) = match old {
            Some((slot, entry)) => {
                for owner in self.owner_slots(&entry.group)? {
                    if !entry.has_individual(owner) {
                        self.people.involve(owner, slot, false);
                    }
                }
                (slot, entry)
            }
            None => {
                let slot = self.groups.entries.len() as u32;
                let entry =
                    GroupEntry { group: group.clone(), stamp, individuals: Set::default(), members: Order::default() };
                (slot, Arc::new(entry))
            }
        };
        let entry_mut = Arc::make_mut(&mut entry);
        if entry_mut.group.include_owners {
            for owner in self.owner_slots(&entry_mut.group)? {
                if !entry_mut.has_individual(owner) {
                    entry_mut.members.remove(owner, by_name(&self.people.records));
                }
            }
        }
        entry_mut.group = group.clone();
        entry_mut.stamp = stamp;
        for owner in owners {
            if group.include_owners && !entry_mut.has_individual(owner) {
                entry_mut.members.insert(owner, by_name(&self.people.records));
            }
            self.people.involve(owner, slot, true);
        }
        self.groups.put(slot, entry);
        Ok(())
    }

    fn delete_group(&mut self, id: GroupId) -> Result<(), Unfit> {
        let (slot, entry) = self.groups.by_id(id).ok_or_else(|| Unfit(format!("no group {id} to delete")))?;
        let entry = entry.clone();
        for person in entry.individuals.iter().chain(self.owner_slots(&entry.group)?) {
            self.people.involve(person, slot, false);
        }
        self.groups.remove(slot);
        Ok(())
    }

    fn change_members(&mut self, id: GroupId, people: &[PersonId], stamp: Stamp, added: bool) -> Result<(), Unfit> {
        let slot = self.groups.by_id(id).map(|(slot, _)| slot);
        let slot = slot.ok_or_else(|| Unfit(format!("no group {id} to change members of")))?;
        let entry = self.groups.entry_mut(slot).ok_or_else(|| Unfit(format!("group {id} has no entry")))?;
        entry.stamp = stamp;
        for id in people {
            let person = self.people.slot(*id).ok_or_else(|| Unfit(format!("no person {id} to be a member")))?;
            let owner = entry.group.owners.contains(id);
            let counted = owner && entry.group.include_owners;
            let changed = if added { entry.individuals.insert(person) } else { entry.individuals.remove(person) };
            if !changed {
                return Err(Unfit(format!("person {id} is already so in group {}", entry.group.id)));
            }
            if !counted && added {
                entry.members.insert(person, by_name(&self.people.records));
            } else if !counted {
                entry.members.remove(person, by_name(&self.people.records));
            }
            self.people.involve(person, slot, added || owner);
        }
        Ok(())
    }

    /// The slots of a group's owners, each once.
    pub(super) fn owner_slots(&self, group: &Group) -> Result<Vec<u32>, Unfit> {
        let slot = |id: &PersonId| {
            self.people.slot(*id).ok_or_else(|| Unfit(format!("no person {id} to own group {}", group.id)))
        };
        group.owners.iter().map(slot).collect()
    }
}
