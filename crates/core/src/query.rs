//! What may be read of a directory, and in what order. Everything goes through a [`View`], which
//! carries the caller: what the caller may not see is not there.

use crate::directory::{Directory, GroupEntry, by_group_name};
use crate::fault::{Fault, Kind, Reason};
use crate::limits;
use crate::model::*;
use crate::order::Order;
use crate::policy::{self, Caller};
use std::sync::Arc;

/// A directory as one caller sees it. Comes from [`admit`](crate::admit).
pub struct View<'d> {
    pub(crate) directory: &'d Directory,
    pub(crate) caller: Caller,
}

/// From the first name to the last, or back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the first to the last.
    #[default]
    Ascending,
    /// From the last to the first.
    Descending,
}

/// Which part of a listing is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Entries on a page.
    pub size: u32,
    /// From 1 on.
    pub number: u32,
}

impl Page {
    /// A page; what is absent has its default.
    ///
    /// # Errors
    ///
    /// [`Fault::Invalid`] for a size out of 1..=[`limits::PAGE_SIZE`] or a number out of
    /// 1..=[`limits::PAGE_NUMBER`].
    pub fn new(size: Option<i64>, number: Option<i64>) -> Result<Self, Fault> {
        let within = |field, value: i64, max| match u32::try_from(value) {
            Ok(value) if (1..=max).contains(&value) => Ok(value),
            _ => Err(Fault::invalid(field, Reason::OutOfRange { min: 1, max })),
        };
        Ok(Page {
            size: size.map_or(Ok(limits::PAGE_SIZE_DEFAULT), |size| within("pageSize", size, limits::PAGE_SIZE))?,
            number: number.map_or(Ok(1), |number| within("pageNumber", number, limits::PAGE_NUMBER))?,
        })
    }

    /// How many entries come before the page.
    fn start(self) -> usize {
        (self.number as usize - 1) * self.size as usize
    }

    /// The ranks of the page's entries, in the order of the listing.
    fn ranks(self, total: usize, direction: Direction) -> Vec<usize> {
        let start = self.start().min(total);
        let end = (start + self.size as usize).min(total);
        match direction {
            Direction::Ascending => (start..end).collect(),
            Direction::Descending => (start..end).map(|rank| total - 1 - rank).collect(),
        }
    }
}

/// One page of a listing, and how long the whole is.
#[derive(Clone, Debug)]
pub struct Listing<T> {
    /// The entries of the page.
    pub entries: Vec<T>,
    /// How many entries all pages have together.
    pub total: usize,
}

/// Which people a listing has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeopleFilter {
    /// Those in one state.
    In(PersonState),
    /// All.
    Any,
}

/// Which person an id may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonFilter {
    /// Active or inactive.
    Living,
    /// Deleted.
    Deleted,
}

impl<'d> View<'d> {
    /// Who is looking.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The person that the caller stands for.
    ///
    /// # Errors
    ///
    /// [`Fault::NotAPerson`] when it stands for none.
    pub fn me(&self) -> Result<&'d Arc<Person>, Fault> {
        self.caller.person.and_then(|slot| self.directory.people.get(slot)).ok_or(Fault::NotAPerson)
    }

    /// The organisation.
    pub fn organisation(&self) -> &'d Organisation {
        &self.directory.organisation
    }

    /// A group.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] when there is none, or none that the caller sees.
    pub fn group(&self, id: GroupId) -> Result<&'d Arc<GroupEntry>, Fault> {
        let entry = self.directory.groups.by_id(id).map(|(_, entry)| entry);
        entry.filter(|entry| policy::sees(self, entry)).ok_or_else(|| Fault::not_found(Kind::Group, id))
    }

    /// The groups that the caller sees, by name.
    pub fn groups(&self, page: Page, direction: Direction) -> Listing<&'d Arc<GroupEntry>> {
        let groups = &self.directory.groups;
        if self.caller.permissions.allow(policy::Permission::PrivateGroupView) {
            return self.paged(&groups.all, &[], page, direction);
        }
        // Anyone's groups are kept in order; the few others that this caller sees are laid between.
        let key_of = by_group_name(&groups.entries);
        let mut others: Vec<u32> = self
            .caller
            .person
            .and_then(|slot| self.directory.people.groups.get(slot as usize))
            .map(|set| set.iter().collect())
            .unwrap_or_default();
        others.retain(|slot| {
            groups
                .get(*slot)
                .is_some_and(|entry| entry.group.visibility != Visibility::Public && policy::sees(self, entry))
        });
        others.sort_by_key(|slot| key_of(*slot));
        self.paged(&groups.public, &others, page, direction)
    }

    /// A page of a kept order with a few others, in the same order, laid between.
    fn paged(&self, order: &Order, others: &[u32], page: Page, direction: Direction) -> Listing<&'d Arc<GroupEntry>> {
        let groups = &self.directory.groups;
        let total = order.len() + others.len();
        // The rank of each of the others in the whole: those before it in the order, and its like.
        let placed: Vec<(usize, u32)> = others
            .iter()
            .enumerate()
            .map(|(before, slot)| (order.rank(*slot, by_group_name(&groups.entries)) + before, *slot))
            .collect();
        let slot_at = |rank: usize| {
            let before = placed.partition_point(|(place, _)| *place < rank);
            match placed.get(before) {
                Some((place, slot)) if *place == rank => Some(*slot),
                _ => order.range(rank - before, 1).next(),
            }
        };
        let ranks = page.ranks(total, direction);
        Listing { entries: ranks.into_iter().filter_map(slot_at).filter_map(|slot| groups.get(slot)).collect(), total }
    }

    /// Those of these groups that there are and that the caller sees, by name.
    pub fn groups_of_ids(
        &self,
        ids: impl IntoIterator<Item = GroupId>,
        page: Page,
        direction: Direction,
    ) -> Listing<&'d Arc<GroupEntry>> {
        let mut slots: Vec<u32> = ids.into_iter().filter_map(|id| Some(self.directory.groups.by_id(id)?.0)).collect();
        slots.sort_unstable();
        slots.dedup();
        let key_of = by_group_name(&self.directory.groups.entries);
        slots.sort_by_key(|slot| key_of(*slot));
        let seen: Vec<_> = slots
            .into_iter()
            .filter_map(|slot| self.directory.groups.get(slot))
            .filter(|entry| policy::sees(self, entry))
            .collect();
        pick(&seen, page, direction)
    }

    /// The groups that the caller sees and that the person is a member of, by name.
    pub fn groups_of(&self, person: &Person) -> Vec<&'d Arc<GroupEntry>> {
        let Some(slot) = self.directory.people.slot(person.id) else { return Vec::new() };
        let Some(groups) = self.directory.people.groups.get(slot as usize) else { return Vec::new() };
        let mut slots: Vec<u32> = groups.iter().collect();
        let key_of = by_group_name(&self.directory.groups.entries);
        slots.sort_by_key(|slot| key_of(*slot));
        let member = |entry: &GroupEntry| {
            entry.has_individual(slot) || (entry.group.include_owners && entry.group.owners.contains(&person.id))
        };
        slots
            .into_iter()
            .filter_map(|slot| self.directory.groups.get(slot))
            .filter(|entry| member(entry) && policy::sees(self, entry))
            .collect()
    }

    /// A group's members, by name.
    pub fn members(&self, group: &GroupEntry, page: Page, direction: Direction) -> Listing<&'d Arc<Person>> {
        self.people_at(&group.members, page, direction)
    }

    /// A group's individuals, by name.
    pub fn individuals(&self, group: &GroupEntry) -> Vec<&'d Arc<Person>> {
        group
            .members
            .iter()
            .filter(|slot| group.has_individual(*slot))
            .filter_map(|slot| self.directory.people.get(slot))
            .collect()
    }

    /// A person.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] when there is none, or not in the state that the filter asks for.
    pub fn person(&self, id: PersonId, filter: PersonFilter) -> Result<&'d Arc<Person>, Fault> {
        let person = self.directory.people.by_id(id).map(|(_, person)| person);
        person
            .filter(|person| (person.state == PersonState::Deleted) == (filter == PersonFilter::Deleted))
            .ok_or_else(|| Fault::not_found(Kind::Person, id))
    }

    /// People by name.
    pub fn people(&self, filter: PeopleFilter, page: Page, direction: Direction) -> Listing<&'d Arc<Person>> {
        self.people_at(self.directory.people.order(filter), page, direction)
    }

    /// Those of these people that there are and that the filter takes, by name.
    pub fn people_of_ids(
        &self,
        ids: impl IntoIterator<Item = PersonId>,
        filter: PeopleFilter,
        page: Page,
        direction: Direction,
    ) -> Listing<&'d Arc<Person>> {
        let mut found: Vec<&Arc<Person>> = ids
            .into_iter()
            .filter_map(|id| self.directory.people.by_id(id))
            .map(|(_, person)| person)
            .filter(|person| filter == PeopleFilter::Any || filter == PeopleFilter::In(person.state))
            .collect();
        found.sort_by(|one, other| (one.name.key(), one.id).cmp(&(other.name.key(), other.id)));
        found.dedup_by_key(|person| person.id);
        pick(&found, page, direction)
    }

    fn people_at(&self, order: &Order, page: Page, direction: Direction) -> Listing<&'d Arc<Person>> {
        let total = order.len();
        let start = page.start().min(total);
        let count = (page.size as usize).min(total - start);
        let record = |slot| self.directory.people.get(slot);
        let entries = match direction {
            Direction::Ascending => order.range(start, count).filter_map(record).collect(),
            Direction::Descending => {
                let mut entries: Vec<_> = order.range(total - start - count, count).filter_map(record).collect();
                entries.reverse();
                entries
            }
        };
        Listing { entries, total }
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
    /// [`Fault::NotFound`] when there is none.
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
    /// [`Fault::NotFound`] when there is none.
    pub fn client(&self, id: &ClientId) -> Result<&'d Arc<Client>, Fault> {
        let entry = self.directory.clients.get(id).map(|entry| &entry.client);
        entry.ok_or_else(|| Fault::not_found(Kind::Client, id))
    }
}

/// One page of a list that is sorted in ascending order.
fn pick<T: Copy>(list: &[T], page: Page, direction: Direction) -> Listing<T> {
    let ranks = page.ranks(list.len(), direction);
    Listing { entries: ranks.into_iter().filter_map(|rank| list.get(rank).copied()).collect(), total: list.len() }
}
