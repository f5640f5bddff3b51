//! The groups of a directory: entries by slot, and how to find and order them.

use super::people::Map;
use crate::model::{Group, GroupId, Stamp, Visibility};
use crate::order::Order;
use crate::set::Set;
use foldhash::fast::RandomState;
use std::sync::Arc;

/// A group as the directory holds it.
#[derive(Clone, Debug)]
pub struct GroupEntry {
    /// Its own fields.
    pub group: Arc<Group>,
    /// Its version and date.
    pub stamp: Stamp,
    /// Who was added by id.
    pub(crate) individuals: Set,
    /// Individuals, and owners if they count, by name.
    pub(crate) members: Order,
}

impl GroupEntry {
    /// How many members there are.
    pub fn member_count(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn has_individual(&self, slot: u32) -> bool {
        self.individuals.contains(slot)
    }
}

/// All groups. Slots are not used again: a deleted group leaves its slot empty.
#[derive(Clone)]
pub(crate) struct Groups {
    pub entries: imbl::Vector<Option<Arc<GroupEntry>>>,
    pub slots: Map<GroupId, u32>,
    pub all: Order,
    /// Those that anyone sees.
    pub public: Order,
}

impl Groups {
    pub fn new() -> Self {
        Groups {
            entries: imbl::Vector::new(),
            slots: Map::with_hasher(RandomState::default()),
            all: Order::default(),
            public: Order::default(),
        }
    }

    pub fn get(&self, slot: u32) -> Option<&Arc<GroupEntry>> {
        self.entries.get(slot as usize)?.as_ref()
    }

    pub fn by_id(&self, id: GroupId) -> Option<(u32, &Arc<GroupEntry>)> {
        let slot = *self.slots.get(&id)?;
        Some((slot, self.get(slot)?))
    }

    /// The entry, for changing: a copy of its own if readers share it.
    pub fn entry_mut(&mut self, slot: u32) -> Option<&mut GroupEntry> {
        self.entries.get_mut(slot as usize)?.as_mut().map(Arc::make_mut)
    }

    /// Puts an entry at a slot, which is an old one's or the next new one.
    pub fn put(&mut self, slot: u32, entry: Arc<GroupEntry>) {
        self.unlist(slot);
        self.slots.insert(entry.group.id, slot);
        let public = entry.group.visibility == Visibility::Public;
        if slot as usize == self.entries.len() {
            self.entries.push_back(Some(entry));
        } else {
            self.entries.set(slot as usize, Some(entry));
        }
        self.all.insert(slot, by_name(&self.entries));
        if public {
            self.public.insert(slot, by_name(&self.entries));
        }
    }

    /// Takes a group out.
    pub fn remove(&mut self, slot: u32) {
        self.unlist(slot);
        if let Some(entry) = self.get(slot) {
            let id = entry.group.id;
            self.slots.remove(&id);
            self.entries.set(slot as usize, None);
        }
    }

    fn unlist(&mut self, slot: u32) {
        if self.get(slot).is_some() {
            self.all.remove(slot, by_name(&self.entries));
            self.public.remove(slot, by_name(&self.entries));
        }
    }
}

/// What orders groups: name, then id.
pub(crate) fn by_name<'d>(
    entries: &'d imbl::Vector<Option<Arc<GroupEntry>>>,
) -> impl Fn(u32) -> Option<(&'d str, GroupId)> + 'd {
    move |slot| {
        let entry = entries.get(slot as usize)?.as_ref()?;
        Some((entry.group.name.key(), entry.group.id))
    }
}
