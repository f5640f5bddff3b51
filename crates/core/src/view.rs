//! Reads of a directory. Each goes through a [`View`], which has the caller and contains only what the caller may see.

mod hierarchy;
mod replay;
mod rules;

use crate::directory::{Context, GroupEntry, PeopleFilter, by_group_name, by_person_name};
use crate::policy::{self, Caller, View};
use crate::records::{Client, Organisation, Person, PersonState, Role};
use crate::sets::Set;
use crate::values::{ClientId, Direction, Fault, GroupId, Kind, Listing, Permissions, PersonId, RoleId, Window};
pub use hierarchy::{HierarchyCounts, KnownGroup, Range};
pub use rules::{ConditionTruth, Explanation, Membership, MembershipDelta, Memberships, NodeTruth, RuleTruth};
use std::sync::Arc;

/// Whether an id means a deleted person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonFilter {
    /// A person who is active or inactive.
    Living,
    /// A deleted person.
    Deleted,
}

impl<'d> View<'d> {
    /// The caller.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The person that the caller acts for.
    ///
    /// # Errors
    ///
    /// [`Fault::NotAPerson`] if it acts for none.
    pub fn me(&self) -> Result<&'d Arc<Person>, Fault> {
        self.caller.person.and_then(|slot| self.directory.people.get(slot)).ok_or(Fault::NotAPerson)
    }

    /// The organisation.
    pub fn organisation(&self) -> &'d Organisation {
        &self.directory.organisation
    }

    /// Data that replies need beside the record that they show.
    pub fn context(&self) -> Context<'d> {
        self.directory.context()
    }

    /// A group.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] if there is none that the caller can see. [`Fault::NotAllowed`] if the caller only knows its
    /// name, because it is above a group that the caller is in.
    pub fn group(&self, id: GroupId) -> Result<&'d Arc<GroupEntry>, Fault> {
        match self.known_group(id)? {
            KnownGroup { entry, in_detail: true } => Ok(entry),
            KnownGroup { .. } => Err(Fault::NotAllowed(Permissions::NONE)),
        }
    }

    /// The groups that the caller can see, by name.
    pub fn groups(&self, window: Window, direction: Direction) -> Listing<&'d Arc<GroupEntry>> {
        self.groups_in(&policy::seen_groups(self), window, direction)
    }

    /// A window of a set of groups, by name.
    fn groups_in(&self, set: &Set, window: Window, direction: Direction) -> Listing<&'d Arc<GroupEntry>> {
        let groups = &self.directory.groups;
        let slots = groups.ranking.window(set, window, direction, by_group_name(&groups.entries));
        Listing { entries: slots.into_iter().filter_map(|slot| groups.get(slot)).collect(), total: set.len() }
    }

    /// A window of a set of people, by name.
    fn people_in(&self, set: &Set, window: Window, direction: Direction) -> Listing<&'d Arc<Person>> {
        let people = &self.directory.people;
        let slots = people.ranking.window(set, window, direction, by_person_name(&people.records));
        Listing { entries: slots.into_iter().filter_map(|slot| people.get(slot)).collect(), total: set.len() }
    }

    /// Those of these groups that exist and that the caller can see, by name.
    pub fn groups_of_ids(
        &self,
        ids: impl IntoIterator<Item = GroupId>,
        window: Window,
        direction: Direction,
    ) -> Listing<&'d Arc<GroupEntry>> {
        let found = ids.into_iter().filter_map(|id| self.directory.groups.by_id(id));
        let seen = found.filter(|(_, entry)| policy::sees(self, entry)).map(|(slot, _)| slot);
        self.groups_in(&seen.collect(), window, direction)
    }

    /// The groups of which the person is a member and that the caller can see, by name.
    pub fn groups_of(&self, person: &Person) -> Vec<&'d Arc<GroupEntry>> {
        let groups = &self.directory.groups;
        let Some(slot) = self.directory.people.slot(person.id) else { return Vec::new() };
        let seen = self.seen_groups_of(slot);
        let slots = groups.ranking.sorted(&seen, by_group_name(&groups.entries));
        slots.into_iter().filter_map(|slot| groups.get(slot)).collect()
    }

    /// The groups of which the person is a member and that the caller can see.
    fn seen_groups_of(&self, slot: u32) -> Set {
        let entry = |group: &u32| self.directory.groups.get(*group);
        let is_one = |entry: &Arc<GroupEntry>| entry.members.contains(slot) && policy::sees(self, entry);
        self.directory.possible_groups_of(slot).iter().filter(|group| entry(group).is_some_and(is_one)).collect()
    }

    /// A group's members, by name.
    pub fn members(&self, group: &GroupEntry, window: Window, direction: Direction) -> Listing<&'d Arc<Person>> {
        self.people_in(&group.members, window, direction)
    }

    /// A group's individuals, by name.
    pub fn individuals(&self, group: &GroupEntry) -> Vec<&'d Arc<Person>> {
        self.people_by_name(&group.individuals)
    }

    /// All people of a set, by name.
    fn people_by_name(&self, set: &Set) -> Vec<&'d Arc<Person>> {
        let people = &self.directory.people;
        let slots = people.ranking.sorted(set, by_person_name(&people.records));
        slots.into_iter().filter_map(|slot| people.get(slot)).collect()
    }

    /// A person.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] if there is none, or the filter does not match.
    pub fn person(&self, id: PersonId, filter: PersonFilter) -> Result<&'d Arc<Person>, Fault> {
        let person = self.directory.people.by_id(id).map(|(_, person)| person);
        person
            .filter(|person| (person.state == PersonState::Deleted) == (filter == PersonFilter::Deleted))
            .ok_or_else(|| Fault::not_found(Kind::Person, id))
    }

    /// People by name.
    pub fn people(&self, filter: PeopleFilter, window: Window, direction: Direction) -> Listing<&'d Arc<Person>> {
        self.people_in(&self.directory.people.taken_by(filter), window, direction)
    }

    /// Those of these people who exist and pass the filter, by name.
    pub fn people_of_ids(
        &self,
        ids: impl IntoIterator<Item = PersonId>,
        filter: PeopleFilter,
        window: Window,
        direction: Direction,
    ) -> Listing<&'d Arc<Person>> {
        let found = ids.into_iter().filter_map(|id| self.directory.people.by_id(id));
        let taken = found
            .filter(|(_, person)| filter == PeopleFilter::Any || filter == PeopleFilter::In(person.state))
            .map(|(slot, _)| slot);
        self.people_in(&taken.collect(), window, direction)
    }

    /// The roles, by name.
    pub fn roles(&self) -> Vec<&'d Arc<Role>> {
        let mut roles: Vec<_> = self.directory.roles.values().collect();
        roles.sort_by(|one, other| (one.name.key(), one.id).cmp(&(other.name.key(), other.id)));
        roles
    }

    /// A role.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] if there is none.
    pub fn role(&self, id: RoleId) -> Result<&'d Arc<Role>, Fault> {
        self.directory.roles.get(&id).ok_or_else(|| Fault::not_found(Kind::Role, id))
    }

    /// The OAuth clients, by name.
    pub fn clients(&self) -> Vec<&'d Arc<Client>> {
        let mut clients: Vec<_> = self.directory.clients.values().map(|entry| &entry.client).collect();
        clients.sort_by(|one, other| (one.name.key(), &one.id).cmp(&(other.name.key(), &other.id)));
        clients
    }

    /// An OAuth client.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] if there is none.
    pub fn client(&self, id: &ClientId) -> Result<&'d Arc<Client>, Fault> {
        let entry = self.directory.clients.get(id).map(|entry| &entry.client);
        entry.ok_or_else(|| Fault::not_found(Kind::Client, id))
    }
}
