//! Applying changes: the only way in which a directory changes.

use super::groups::GroupEntry;
use super::{ClientEntry, Directory, Groups, People, Unfit};
use crate::command::Change;
use crate::model::*;
use crate::policy::{DEFAULT_ROLES, Permissions};
use crate::set::Set;
use crate::skills::Skills;
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
            skills: Skills::new(),
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
                self.put_role(role.clone());
                let clients: Vec<_> = self.clients.values().map(|entry| entry.client.clone()).collect();
                clients.into_iter().for_each(|client| self.put_client(client));
            }
            Change::ClientPut(client) => self.put_client(client.clone()),
            Change::ClientDeleted(id) => {
                self.clients.remove(id).ok_or_else(|| Unfit(format!("no client {id} to delete")))?;
            }
            Change::PersonPut(person) => self.put_person(person),
            Change::SkillPut(skill) => self.put_skill(skill),
            Change::SkillsHeld(person, held) => self.hold(*person, held)?,
            Change::GroupPut(group, stamp) => self.put_group(group, *stamp)?,
            Change::GroupDeleted(id) => self.delete_group(*id)?,
            Change::MembersAdded(group, people, stamp) => self.change_members(*group, people, *stamp, true)?,
            Change::MembersRemoved(group, people, stamp) => self.change_members(*group, people, *stamp, false)?,
        }
        Ok(())
    }

    /// A default role allows what this version's table says: one that was stored by an older version
    /// knows nothing of what came since.
    pub(super) fn put_role(&mut self, mut role: Arc<Role>) {
        if let Some(default) = DEFAULT_ROLES.iter().find(|default| default.id == role.default_id.as_str()) {
            let permissions = Permissions::of(default.permissions);
            if role.permissions != permissions {
                Arc::make_mut(&mut role).permissions = permissions;
            }
        }
        self.roles.insert(role.id, role);
    }

    pub(super) fn put_client(&mut self, client: Arc<Client>) {
        let permissions = self.permissions_of(&client.roles);
        self.clients.insert(client.id.clone(), ClientEntry { client, permissions });
    }

    fn put_person(&mut self, person: &Arc<Person>) {
        let slot = self.people.slot(person.id).unwrap_or(self.people.records.len() as u32);
        let was_active = self.people.active.contains(slot);
        self.people.put(slot, person.clone());
        if was_active != (person.state == PersonState::Active) {
            // Rules take active people only.
            for group in self.skills.possible(self.people.held(slot)).iter() {
                self.settle(group, slot);
            }
        }
    }

    fn put_skill(&mut self, skill: &Arc<Skill>) {
        self.skills.put(skill.clone());
        if !skill.deleted {
            return;
        }
        if let Some(holders) = self.skills.holders.remove(&skill.id) {
            for slot in holders.all().iter() {
                if let Some(held) = self.people.skills.get_mut(slot as usize) {
                    *held = held.iter().copied().filter(|held| held.skill != skill.id).collect();
                }
            }
        }
        for group in self.skills.naming(skill.id).iter() {
            self.settle_all(group);
        }
    }

    fn hold(&mut self, id: PersonId, held: &[Held]) -> Result<(), Unfit> {
        let slot = self.people.slot(id).ok_or_else(|| Unfit(format!("no person {id} to have skills")))?;
        if let Some(held) =
            held.iter().find(|held| self.skills.records.get(&held.skill).is_none_or(|skill| skill.deleted))
        {
            return Err(Unfit(format!("no skill {} for person {id} to have", held.skill)));
        }
        let list =
            self.people.skills.get_mut(slot as usize).ok_or_else(|| Unfit(format!("person {id} has no slot")))?;
        let before = std::mem::replace(list, held.into());
        self.skills.hold(slot, &before, held);
        if self.people.active.contains(slot) {
            for group in self.skills.concerned(&before, held) {
                self.settle(group, slot);
            }
        }
        Ok(())
    }

    fn put_group(&mut self, group: &Arc<Group>, stamp: Stamp) -> Result<(), Unfit> {
        let owners = self.owner_slots(group)?;
        let (slot, old) = match self.groups.by_id(group.id) {
            Some((slot, entry)) => (slot, Some(entry.clone())),
            None => (self.groups.entries.len() as u32, None),
        };
        let mut involved = owners.clone();
        if let Some(old) = &old {
            for owner in self.owner_slots(&old.group)? {
                if !old.has_individual(owner) {
                    self.people.involve(owner, slot, false);
                }
                involved.push(owner);
            }
        }
        owners.iter().for_each(|owner| self.people.involve(*owner, slot, true));
        let new_rule = old.as_ref().and_then(|old| old.group.rule.as_ref()) != group.rule.as_ref();
        let rule = match &old {
            Some(old) if !new_rule => old.rule.clone(),
            _ => group.rule.as_ref().and_then(|standing| standing.rule.expression()).map(Arc::new),
        };
        if new_rule {
            if let Some(rule) = old.as_ref().and_then(|old| old.rule.as_ref()) {
                self.skills.watch(slot, rule, false);
            }
            if let Some(rule) = &rule {
                self.skills.watch(slot, rule, true);
            }
        }
        let (individuals, members) = old.map(|old| (old.individuals.clone(), old.members.clone())).unwrap_or_default();
        self.groups.put(slot, GroupEntry { group: group.clone(), stamp, individuals, members, rule });
        if new_rule {
            self.settle_all(slot);
        } else {
            involved.into_iter().for_each(|person| self.settle(slot, person));
        }
        Ok(())
    }

    fn delete_group(&mut self, id: GroupId) -> Result<(), Unfit> {
        let (slot, entry) = self.groups.by_id(id).ok_or_else(|| Unfit(format!("no group {id} to delete")))?;
        let entry = entry.clone();
        for person in entry.individuals.iter().chain(self.owner_slots(&entry.group)?) {
            self.people.involve(person, slot, false);
        }
        if let Some(rule) = &entry.rule {
            self.skills.watch(slot, rule, false);
        }
        self.groups.remove(slot);
        Ok(())
    }

    fn change_members(&mut self, id: GroupId, people: &[PersonId], stamp: Stamp, added: bool) -> Result<(), Unfit> {
        let slot = self.groups.by_id(id).map(|(slot, _)| slot);
        let slot = slot.ok_or_else(|| Unfit(format!("no group {id} to change members of")))?;
        let entry = self.groups.entry_mut(slot).ok_or_else(|| Unfit(format!("group {id} has no entry")))?;
        entry.stamp = stamp;
        let mut changed = Vec::with_capacity(people.len());
        for person in people {
            let at = self.people.slot(*person).ok_or_else(|| Unfit(format!("no person {person} to be a member")))?;
            let is_new = if added { entry.individuals.insert(at) } else { entry.individuals.remove(at) };
            if !is_new {
                return Err(Unfit(format!("person {person} is already so in group {id}")));
            }
            self.people.involve(at, slot, added || entry.group.owners.contains(person));
            changed.push(at);
        }
        changed.into_iter().for_each(|person| self.settle(slot, person));
        Ok(())
    }

    /// Makes a person a member of a group, or not, as everything else has it.
    fn settle(&mut self, group: u32, person: u32) {
        let (Some(entry), Some(record)) = (self.groups.get(group), self.people.get(person)) else { return };
        let by_rule = || {
            let held = self.people.held(person);
            record.state == PersonState::Active
                && entry.rule.as_ref().is_some_and(|rule| rule.holds(&|comparison| comparison.holds(held)))
        };
        let belongs = entry.has_individual(person) || entry.counts_owner(record.id) || by_rule();
        if entry.members.contains(person) != belongs
            && let Some(entry) = self.groups.entry_mut(group)
        {
            if belongs {
                entry.members.insert(person)
            } else {
                entry.members.remove(person)
            };
        }
    }

    /// The same for everyone at once: the rule is evaluated over the sets of those who have its skills.
    fn settle_all(&mut self, group: u32) {
        let Some(entry) = self.groups.get(group) else { return };
        let members = self.members_of(entry);
        if let Some(entry) = self.groups.entry_mut(group) {
            entry.members = members;
        }
    }

    /// Individuals, owners if they count, and those whom the rule takes.
    pub(crate) fn members_of(&self, entry: &GroupEntry) -> Set {
        let mut members = match &entry.rule {
            Some(rule) => self.skills.select(rule, &self.people.active).union(&entry.individuals),
            None => entry.individuals.clone(),
        };
        if entry.group.include_owners {
            entry.group.owners.iter().filter_map(|owner| self.people.slot(*owner)).for_each(|owner| {
                members.insert(owner);
            });
        }
        members
    }

    /// The slots of a group's owners, each once.
    pub(super) fn owner_slots(&self, group: &Group) -> Result<Vec<u32>, Unfit> {
        let slot = |id: &PersonId| {
            self.people.slot(*id).ok_or_else(|| Unfit(format!("no person {id} to own group {}", group.id)))
        };
        group.owners.iter().map(slot).collect()
    }
}
