//! The people of a directory: records by slot, and how to find and order them.

use crate::model::{Person, PersonId, PersonState};
use crate::order::Order;
use crate::query::PeopleFilter;
use crate::set::Set;
use foldhash::fast::RandomState;
use imbl::GenericHashMap;
use imbl::shared_ptr::DefaultSharedPtr;
use std::sync::Arc;

pub(crate) type Map<K, V> = GenericHashMap<K, V, RandomState, DefaultSharedPtr>;

/// All people, deleted ones included. A slot is a person's place in [`People::records`], in the
/// order of names at load and of arrival after; it is never given to another.
#[derive(Clone)]
pub(crate) struct People {
    pub records: imbl::Vector<Arc<Person>>,
    pub slots: Map<PersonId, u32>,
    /// By the key of their e-mail address.
    pub emails: Map<Box<str>, u32>,
    /// Which groups' individual or owner each person is, by group slot.
    pub groups: imbl::Vector<Arc<Set>>,
    pub all: Order,
    pub active: Order,
    pub inactive: Order,
    pub deleted: Order,
}

impl People {
    pub fn new() -> Self {
        People {
            records: imbl::Vector::new(),
            slots: Map::with_hasher(RandomState::default()),
            emails: Map::with_hasher(RandomState::default()),
            groups: imbl::Vector::new(),
            all: Order::default(),
            active: Order::default(),
            inactive: Order::default(),
            deleted: Order::default(),
        }
    }

    pub fn slot(&self, id: PersonId) -> Option<u32> {
        self.slots.get(&id).copied()
    }

    pub fn get(&self, slot: u32) -> Option<&Arc<Person>> {
        self.records.get(slot as usize)
    }

    pub fn by_id(&self, id: PersonId) -> Option<(u32, &Arc<Person>)> {
        let slot = self.slot(id)?;
        Some((slot, self.get(slot)?))
    }

    /// The person, unless deleted.
    pub fn living(&self, id: PersonId) -> Option<(u32, &Arc<Person>)> {
        self.by_id(id).filter(|(_, person)| person.state != PersonState::Deleted)
    }

    /// How many are not deleted.
    pub fn listed(&self) -> usize {
        self.active.len() + self.inactive.len()
    }

    /// Puts a record at a slot, which is an old one's or the next new one; keeps indexes and the
    /// orders by state. Orders of members are for the caller to keep.
    pub fn put(&mut self, slot: u32, person: Arc<Person>) {
        if let Some(old) = self.get(slot).cloned() {
            self.reorder(old.state, |order, records| {
                order.remove(slot, by_name(records));
            });
            if old.email.key() != person.email.key() {
                self.emails.remove(old.email.key());
            }
            self.records.set(slot as usize, person.clone());
        } else {
            self.records.push_back(person.clone());
            self.groups.push_back(Arc::default());
            self.slots.insert(person.id, slot);
        }
        self.emails.insert(person.email.key().into(), slot);
        self.reorder(person.state, |order, records| order.insert(slot, by_name(records)));
    }

    /// Changes the orders that people in this state are in.
    fn reorder(&mut self, state: PersonState, change: impl Fn(&mut Order, &imbl::Vector<Arc<Person>>)) {
        change(&mut self.all, &self.records);
        let in_state = match state {
            PersonState::Active => &mut self.active,
            PersonState::Inactive => &mut self.inactive,
            PersonState::Deleted => &mut self.deleted,
        };
        change(in_state, &self.records);
    }

    pub fn order(&self, filter: PeopleFilter) -> &Order {
        match filter {
            PeopleFilter::Any => &self.all,
            PeopleFilter::In(PersonState::Active) => &self.active,
            PeopleFilter::In(PersonState::Inactive) => &self.inactive,
            PeopleFilter::In(PersonState::Deleted) => &self.deleted,
        }
    }

    /// Notes that the person is, or is no more, an individual or owner of the group.
    pub fn involve(&mut self, slot: u32, group: u32, involved: bool) {
        if let Some(groups) = self.groups.get_mut(slot as usize) {
            let groups = Arc::make_mut(groups);
            if involved {
                groups.insert(group);
            } else {
                groups.remove(group);
            }
        }
    }
}

/// What orders people: name, then id.
pub(crate) fn by_name<'d>(records: &'d imbl::Vector<Arc<Person>>) -> impl Fn(u32) -> Option<(&'d str, PersonId)> + 'd {
    move |slot| records.get(slot as usize).map(|person| (person.name.key(), person.id))
}
