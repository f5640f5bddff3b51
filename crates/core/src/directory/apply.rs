//! Applying changes. A directory changes in no other way.

use super::change::Change;
use super::groups::GroupEntry;
use super::hierarchy::Hierarchy;
use super::skills::Skills;
use super::subgroups::UserDelta;
use super::{ApplyError, ClientEntry, Directory, Groups, People};
use crate::records::{
    Client, Comparison, DEFAULT_ROLES, Group, HeldSkill, Organisation, Person, PersonState, Role, Skill, Stamp,
};
use crate::sets::{Presence, Set};
use crate::values::{GroupId, Permissions, PersonId, SkillId};
use std::sync::Arc;

impl Directory {
    /// An empty directory of an organisation.
    pub fn new(organisation: Arc<Organisation>) -> Self {
        Directory {
            organisation,
            roles: imbl::OrdMap::new(),
            clients: imbl::OrdMap::new(),
            connectors: imbl::OrdMap::new(),
            people: People::new(),
            groups: Groups::new(),
            hierarchy: Hierarchy::new(),
            skills: Skills::new(),
        }
    }

    /// Applies one change, and updates all derived data.
    ///
    /// # Errors
    ///
    /// [`ApplyError`] when the change names something that does not exist. The directory may then be partly changed:
    /// discard it.
    pub fn apply(&mut self, change: &Change) -> Result<(), ApplyError> {
        match change {
            Change::OrganisationPut(organisation) => self.organisation = organisation.clone(),
            Change::RolePut(role) => {
                self.put_role(role.clone());
                let clients: Vec<_> = self.clients.values().map(|entry| entry.client.clone()).collect();
                clients.into_iter().for_each(|client| self.put_client(client));
            }
            Change::ClientPut(client) => self.put_client(client.clone()),
            Change::ClientDeleted(id) => {
                self.clients.remove(id).ok_or_else(|| ApplyError(format!("no client {id} to delete")))?;
            }
            Change::PersonPut(person) => self.put_person(person),
            Change::SkillPut(skill) => self.put_skill(skill),
            Change::SkillsHeld(person, held) => self.hold(*person, held)?,
            Change::GroupPut(group, stamp) => self.put_group(group, *stamp)?,
            Change::GroupDeleted(id) => self.delete_group(*id)?,
            Change::GroupsStamped(stamps) => {
                stamps.iter().try_for_each(|(group, stamp)| self.stamp(group, stamp))?;
            }
            Change::OwnershipsEnded(person, stamps) => {
                stamps.iter().try_for_each(|(group, stamp)| self.stamp(group, stamp))?;
                let (person, groups) = self.leave(*person, stamps.groups(), |entry, id, _| {
                    let owners = &mut Arc::make_mut(&mut entry.group).owners;
                    let before = owners.len();
                    owners.retain(|owner| *owner != id);
                    owners.len() < before
                })?;
                self.settle(&groups, &[person]);
            }
            Change::MembershipsEnded(person, stamps) => {
                stamps.iter().try_for_each(|(group, stamp)| self.stamp(group, stamp))?;
                let leave = |entry: &mut GroupEntry, _, slot| entry.individuals.remove(slot);
                let (person, groups) = self.leave(*person, stamps.groups(), leave)?;
                self.settle(&groups, &[person]);
            }
            Change::SubscriptionsEnded(person, groups) => {
                let leave = |entry: &mut GroupEntry, _, slot| entry.subscribers.remove(slot);
                self.leave(*person, groups.iter().copied(), leave)?;
            }
            Change::MembersAdded(group, people, stamp) => {
                self.stamp(*group, *stamp)?;
                self.change_members(*group, people, Presence::In)?;
            }
            Change::MembersRemoved(group, people, stamp) => {
                self.stamp(*group, *stamp)?;
                self.change_members(*group, people, Presence::Out)?;
            }
            Change::SubgroupsAdded(group, subgroups, stamp) => {
                self.stamp(*group, *stamp)?;
                self.change_subgroups(*group, subgroups, Presence::In)?;
            }
            Change::SubgroupsRemoved(group, subgroups, stamp) => {
                self.stamp(*group, *stamp)?;
                self.change_subgroups(*group, subgroups, Presence::Out)?;
            }
            Change::SubscribersAdded(group, people) => {
                self.change_people(*group, people, Presence::In, |entry| &mut entry.subscribers)?;
            }
            Change::SubscribersRemoved(group, people) => {
                self.change_people(*group, people, Presence::Out, |entry| &mut entry.subscribers)?;
            }
            Change::ConnectorPut(connector) => {
                self.connectors.insert(connector.id.clone(), connector.clone());
            }
            Change::ConnectorDeleted(id) => {
                self.connectors.remove(id).ok_or_else(|| ApplyError(format!("no connector {id} to delete")))?;
            }
        }
        Ok(())
    }

    /// Puts a role. A default role gets the permissions of this version's table: an older version may have stored it
    /// without the newer ones.
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
        let was_provisioned = !self.people.unprovisioned.contains(slot);
        let is_new = self.people.get(slot).is_none();
        self.people.put(slot, person.clone());
        if !is_new && was_provisioned != person.provisioned {
            self.count_again(slot, Presence::from(!person.provisioned));
        }
        if was_active != (person.state == PersonState::Active) {
            // Rules select active people only.
            let groups: Vec<u32> = self.skills.possible(self.people.held(slot)).iter().collect();
            self.settle(&groups, &[slot]);
        }
    }

    fn put_skill(&mut self, skill: &Arc<Skill>) {
        self.skills.put(skill.clone());
        if !skill.deleted {
            return;
        }
        // If nobody has it, all its comparisons were false before.
        let Some(holders) = self.skills.holders.remove(&skill.id) else { return };
        for slot in holders.all().iter() {
            if let Some(held) = self.people.skills.get_mut(slot as usize) {
                *held = held.iter().copied().filter(|held| held.skill != skill.id).collect();
            }
        }
        let holders = holders.all().intersection(&self.people.active);
        let mut deltas = Vec::new();
        for group in self.skills.naming(skill.id).iter() {
            deltas.extend(self.settle_without(group, skill.id, &holders).map(|delta| (group, delta)));
        }
        self.spread(deltas);
    }

    /// Updates the members of a group after a skill in its rule was deleted. Only those who had the skill (`holders`)
    /// can join or leave.
    fn settle_without(&mut self, group: u32, skill: SkillId, holders: &Set) -> Option<UserDelta> {
        let entry = self.groups.get(group)?;
        let (rule, owners) = (entry.rule.clone()?, entry.group.owners.clone());
        let (before, include_owners) = (entry.users(), entry.group.include_owners);
        let is_of_it = |comparison: &Comparison| comparison.skill == skill;
        // Members who were not added by id. The rule held for those of them who are not owners.
        let taken = entry.members.intersection(holders).without(&entry.individuals);
        let mut lost = taken.without(&self.skills.select_still(&rule, &taken, &is_of_it));
        if include_owners && !lost.is_empty() {
            for owner in owners.iter().filter_map(|owner| self.people.slot(*owner)) {
                lost.remove(owner);
            }
        }
        let gained = match rule.signs(&is_of_it).negated {
            true => self.skills.select(&rule, &holders.without(&entry.members)),
            false => Set::default(),
        };
        if lost.is_empty() && gained.is_empty() {
            return None;
        }
        let entry = self.groups.entry_mut(group)?;
        entry.members = entry.members.without(&lost).union(&gained);
        for (people, came) in [(&lost, false), (&gained, true)] {
            let unprovisioned = self.people.unprovisioned.intersection(people).len();
            match came {
                true => entry.n_unprovisioned += unprovisioned,
                false => entry.n_unprovisioned -= unprovisioned,
            }
        }
        if !include_owners && !owners.is_empty() {
            let mut settled = GroupEntry::clone(entry);
            self.settle_silent(group, &mut settled);
            *self.groups.entry_mut(group)? = settled;
        }
        let users = (before, self.groups.get(group)?.users());
        Some(UserDelta { gained, lost, users })
    }

    fn hold(&mut self, id: PersonId, held: &[HeldSkill]) -> Result<(), ApplyError> {
        let slot = self.people.slot(id).ok_or_else(|| ApplyError(format!("no person {id} to have skills")))?;
        if let Some(held) =
            held.iter().find(|held| self.skills.records.get(&held.skill).is_none_or(|skill| skill.deleted))
        {
            return Err(ApplyError(format!("no skill {} for person {id} to have", held.skill)));
        }
        let list =
            self.people.skills.get_mut(slot as usize).ok_or_else(|| ApplyError(format!("person {id} has no slot")))?;
        let before = std::mem::replace(list, held.into());
        self.skills.hold(slot, &before, held);
        if self.people.active.contains(slot) {
            self.settle(&self.skills.concerned(&before, held), &[slot]);
        }
        Ok(())
    }

    fn put_group(&mut self, group: &Arc<Group>, stamp: Stamp) -> Result<(), ApplyError> {
        let (slot, old) = match self.groups.by_id(group.id) {
            Some((slot, entry)) => (slot, Some(GroupEntry::clone(entry))),
            None => (self.groups.entries.len() as u32, None),
        };
        let involved = self.owners_concerned(old.as_ref().map(|entry| &*entry.group), group)?;
        let old = old.unwrap_or_else(|| GroupEntry::new(group.clone(), stamp));
        let new_rule = self.groups.get(slot).is_none() || old.group.rule != group.rule;
        let rule = match new_rule {
            false => old.rule.clone(),
            true => group.rule.as_ref().and_then(|group_rule| group_rule.rule.expression()).map(Arc::new),
        };
        if new_rule {
            if let Some(rule) = &old.rule {
                self.skills.watch(slot, rule, Presence::Out);
            }
            if let Some(rule) = &rule {
                self.skills.watch(slot, rule, Presence::In);
            }
        }
        self.groups.put(slot, GroupEntry { group: group.clone(), stamp, rule, ..old });
        involved.iter().for_each(|person| self.involve(slot, *person));
        if new_rule {
            self.settle_all(slot);
        } else {
            self.settle(&[slot], &involved);
        }
        Ok(())
    }

    /// The slots of the people whose membership may change between the old and the new record of a group, because of
    /// its owners.
    fn owners_concerned(&self, old: Option<&Group>, new: &Group) -> Result<Vec<u32>, ApplyError> {
        let Some(old) = old else { return self.owner_slots(new) };
        let is_counted_alike = old.include_owners == new.include_owners;
        if is_counted_alike && old.owners == new.owners {
            return Ok(Vec::new());
        }
        let set = |group: &Group| {
            let mut slots = self.owner_slots(group)?;
            slots.sort_unstable();
            slots.dedup();
            Ok(Set::from_ascending(slots))
        };
        let (old, new) = (set(old)?, set(new)?);
        let concerned = match is_counted_alike {
            true => old.without(&new).union(&new.without(&old)),
            false => old.union(&new),
        };
        Ok(concerned.iter().collect())
    }

    fn delete_group(&mut self, id: GroupId) -> Result<(), ApplyError> {
        let (slot, entry) = self.groups.by_id(id).ok_or_else(|| ApplyError(format!("no group {id} to delete")))?;
        let entry = entry.clone();
        self.uproot(slot);
        let owners = self.owner_slots(&entry.group)?;
        for person in entry.individuals.iter().chain(entry.subscribers.iter()).chain(owners) {
            self.people.involve(person, slot, Presence::Out);
        }
        if let Some(rule) = &entry.rule {
            self.skills.watch(slot, rule, Presence::Out);
        }
        self.groups.remove(slot);
        Ok(())
    }

    fn change_members(&mut self, id: GroupId, people: &[PersonId], presence: Presence) -> Result<(), ApplyError> {
        let (slot, people) = self.change_people(id, people, presence, |entry| &mut entry.individuals)?;
        self.settle(&[slot], &people);
        Ok(())
    }

    /// Removes a person from groups. Returns the slot of the person and those of the groups. `leave` removes a person,
    /// given by id and slot, from one group, and returns whether it was there.
    fn leave(
        &mut self,
        id: PersonId,
        groups: impl Iterator<Item = GroupId>,
        leave: impl Fn(&mut GroupEntry, PersonId, u32) -> bool,
    ) -> Result<(u32, Vec<u32>), ApplyError> {
        let person = self.people.slot(id).ok_or_else(|| ApplyError(format!("no person {id} to leave groups")))?;
        let mut left = Vec::new();
        for group in groups {
            let slot = self.groups.by_id(group).map(|(slot, _)| slot);
            let entry = slot.and_then(|slot| Some((slot, self.groups.entry_mut(slot)?)));
            let (slot, entry) =
                entry.ok_or_else(|| ApplyError(format!("no group {group} for person {id} to leave")))?;
            if !leave(entry, id, person) {
                return Err(ApplyError(format!("person {id} is not in group {group} to leave it")));
            }
            self.involve(slot, person);
            left.push(slot);
        }
        Ok((person, left))
    }

    /// Adds people to one of a group's sets, or removes them. Returns the slot of the group and those of the people.
    fn change_people(
        &mut self,
        id: GroupId,
        people: &[PersonId],
        presence: Presence,
        set: fn(&mut GroupEntry) -> &mut Set,
    ) -> Result<(u32, Vec<u32>), ApplyError> {
        let slot = self.groups.by_id(id).map(|(slot, _)| slot);
        let slot = slot.ok_or_else(|| ApplyError(format!("no group {id} for people to be in")))?;
        let mut changed = Vec::with_capacity(people.len());
        for person in people {
            let at =
                self.people.slot(*person).ok_or_else(|| ApplyError(format!("no person {person} to be in a group")))?;
            let entry = self.groups.entry_mut(slot).ok_or_else(|| ApplyError(format!("group {id} has no entry")))?;
            let is_new = set(entry).put(at, presence);
            if !is_new {
                return Err(ApplyError(format!("person {person} is already so in group {id}")));
            }
            self.involve(slot, at);
            changed.push(at);
        }
        Ok((slot, changed))
    }

    fn stamp(&mut self, id: GroupId, stamp: Stamp) -> Result<(), ApplyError> {
        let slot = self.groups.by_id(id).map(|(slot, _)| slot);
        let entry = slot.and_then(|slot| self.groups.entry_mut(slot));
        entry.ok_or_else(|| ApplyError(format!("no group {id} to change")))?.stamp = stamp;
        Ok(())
    }

    /// Updates the index from a person to the groups of which it is an individual, owner or subscriber.
    fn involve(&mut self, group: u32, person: u32) {
        let (Some(entry), Some(record)) = (self.groups.get(group), self.people.get(person)) else { return };
        let involved = entry.individuals.contains(person)
            || entry.subscribers.contains(person)
            || entry.group.owners.contains(&record.id);
        self.people.involve(person, group, involved.into());
    }

    /// Recomputes, for each of these groups and people, whether the person is a member, a silent owner, or neither.
    fn settle(&mut self, groups: &[u32], people: &[u32]) {
        let mut deltas = Vec::new();
        for group in groups {
            let Some(users) = self.groups.get(*group).map(|entry| entry.users()) else { continue };
            let mut delta = UserDelta { users: (users, users), ..UserDelta::default() };
            people.iter().for_each(|person| self.settle_one(*group, *person, &mut delta));
            deltas.push((*group, delta));
        }
        self.spread(deltas);
    }

    fn settle_one(&mut self, group: u32, person: u32, delta: &mut UserDelta) {
        let (Some(entry), Some(record)) = (self.groups.get(group), self.people.get(person)) else { return };
        let belongs =
            entry.has_individual(person) || entry.counts_owner(record.id) || self.is_taken_by_rule(entry, person);
        let is_silent = !belongs && entry.group.owners.contains(&record.id);
        let (belonged, was_silent) = (entry.members.contains(person), entry.silent.contains(person));
        if (belongs, is_silent) == (belonged, was_silent) {
            return;
        }
        let provisioned = record.provisioned;
        let Some(entry) = self.groups.entry_mut(group) else { return };
        entry.members.put(person, belongs.into());
        entry.silent.put(person, is_silent.into());
        if !provisioned {
            entry.n_unprovisioned += usize::from(belongs || is_silent);
            entry.n_unprovisioned -= usize::from(belonged || was_silent);
        }
        delta.users.1 = entry.users();
        let has_silent = !entry.silent.is_empty();
        self.groups.with_silent.put(group, has_silent.into());
        delta.gained.put(person, (belongs && !belonged).into());
        delta.lost.put(person, (belonged && !belongs).into());
    }

    /// Whether the group's rule selects the person.
    pub(crate) fn is_taken_by_rule(&self, entry: &GroupEntry, person: u32) -> bool {
        let held = self.people.held(person);
        let takes = entry.rule.as_ref().is_some_and(|rule| rule.holds(&|comparison| comparison.holds(held)));
        takes && self.people.active.contains(person)
    }

    /// Recomputes all members of a group. The rule is evaluated over the sets of people who have its skills.
    fn settle_all(&mut self, group: u32) {
        let Some(mut entry) = self.groups.get(group).map(|entry| GroupEntry::clone(entry)) else { return };
        let (before, members) = (entry.users(), entry.members.clone());
        entry.members = self.members_of(&entry);
        self.settle_silent(group, &mut entry);
        let users = (before, entry.users());
        let (gained, lost) = (entry.members.without(&members), members.without(&entry.members));
        if let Some(held) = self.groups.entry_mut(group) {
            *held = entry;
        }
        self.spread(vec![(group, UserDelta { gained, lost, users })]);
    }

    /// Individuals, owners if they are included, and the people whom the rule selects.
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

    /// Recomputes the silent owners of a group, and the number of unprovisioned users.
    pub(super) fn settle_silent(&mut self, group: u32, entry: &mut GroupEntry) {
        let owners = entry.group.owners.iter().filter_map(|owner| self.people.slot(*owner));
        let mut silent: Vec<u32> = owners.filter(|owner| !entry.members.contains(*owner)).collect();
        silent.sort_unstable();
        entry.silent = Set::from_ascending(silent);
        self.groups.with_silent.put(group, (!entry.silent.is_empty()).into());
        let unprovisioned = |users: &Set| self.people.unprovisioned.intersection(users).len();
        entry.n_unprovisioned = unprovisioned(&entry.members) + unprovisioned(&entry.silent);
    }

    /// Counts a person anew, who came to be among the unprovisioned, or is there no more.
    fn count_again(&mut self, person: u32, unprovisioned: Presence) {
        let mut deltas = Vec::new();
        for group in self.possible_groups_of(person).iter() {
            let Some(entry) = self.groups.get(group).filter(|entry| entry.has_user(person)) else { continue };
            let before = entry.users();
            let Some(entry) = self.groups.entry_mut(group) else { continue };
            match unprovisioned {
                Presence::In => entry.n_unprovisioned += 1,
                Presence::Out => entry.n_unprovisioned -= 1,
            }
            deltas.push((group, UserDelta { users: (before, entry.users()), ..UserDelta::default() }));
        }
        self.spread(deltas);
    }

    /// The slots of a group's owners, each once.
    pub(super) fn owner_slots(&self, group: &Group) -> Result<Vec<u32>, ApplyError> {
        let slot = |id: &PersonId| {
            self.people.slot(*id).ok_or_else(|| ApplyError(format!("no person {id} to own group {}", group.id)))
        };
        group.owners.iter().map(slot).collect()
    }
}
