//! The groups of a directory: entries by slot, and indexes to find and sort them.

use super::field::GroupField;
use crate::records::{Comparison, Group, GroupState, Stamp, Visibility};
use crate::sets::{Column, Expression, Map, Presence, Ranking, Set};
use crate::values::{GroupId, GroupKind, Line, PersonId, Prose};
use foldhash::fast::RandomState;
use std::sync::Arc;

/// A group in the directory: its record, the sets of its people, and derived data.
#[derive(Clone, Debug)]
pub struct GroupEntry {
    /// The record: the group's own fields.
    pub group: Arc<Group>,
    /// Version and date of the last change.
    pub stamp: Stamp,
    /// The people who were added by id.
    pub(crate) individuals: Set,
    /// Individuals, owners if they are included, and the people whom the rule selects.
    pub(crate) members: Set,
    /// Owners who are not members.
    pub(crate) silent: Set,
    /// How many of the members and silent owners are unprovisioned.
    pub(crate) n_unprovisioned: usize,
    /// The subscribers.
    pub(crate) subscribers: Set,
    /// The rule as an expression; `None` if there is no rule, or it compares nothing.
    pub(crate) rule: Option<Arc<Expression<Comparison>>>,
}

impl GroupEntry {
    /// A group without people.
    pub(crate) fn new(group: Arc<Group>, stamp: Stamp) -> Self {
        GroupEntry {
            group,
            stamp,
            individuals: Set::default(),
            members: Set::default(),
            silent: Set::default(),
            n_unprovisioned: 0,
            subscribers: Set::default(),
            rule: None,
        }
    }

    /// The number of members.
    pub fn member_count(&self) -> usize {
        self.members.len()
    }

    /// Whether the person is a member, or a silent owner.
    pub(crate) fn has_user(&self, slot: u32) -> bool {
        self.members.contains(slot) || self.silent.contains(slot)
    }

    pub(crate) fn has_individual(&self, slot: u32) -> bool {
        self.individuals.contains(slot)
    }

    /// Whether the person is a member as an owner: owners are included, and the person is one.
    pub(crate) fn counts_owner(&self, id: PersonId) -> bool {
        self.group.include_owners && self.group.owners.contains(&id)
    }
}

/// All groups. Slots are not reused: a deleted group leaves its slot empty.
#[derive(Clone)]
pub(crate) struct Groups {
    pub entries: imbl::Vector<Option<Arc<GroupEntry>>>,
    pub slots: Map<GroupId, u32>,
    pub all: Set,
    /// The groups of each visibility, in the order of [`Visibility::ALL`].
    pub visibilities: [Set; Visibility::ALL.len()],
    /// The groups in each state, in the order of [`GroupState::ALL`].
    pub states: [Set; GroupState::ALL.len()],
    /// The groups of each kind, in the order of [`GroupKind::ALL`].
    pub kinds: [Set; GroupKind::ALL.len()],
    /// The groups that have silent owners.
    pub with_silent: Set,
    pub ranking: Ranking,
    pub columns: GroupColumns,
}

/// The searchable text fields of groups.
#[derive(Clone, Default)]
pub(crate) struct GroupColumns {
    pub name: Column,
    pub description: Column,
    pub email: Column,
    pub addresses: Column,
}

impl GroupColumns {
    pub const FIELDS: [GroupField; 4] =
        [GroupField::Name, GroupField::Description, GroupField::Email, GroupField::Addresses];

    /// The column of a field, if it has one.
    pub fn of(&self, field: GroupField) -> Option<&Column> {
        Some(match field {
            GroupField::Name => &self.name,
            GroupField::Description => &self.description,
            GroupField::Email => &self.email,
            GroupField::Addresses => &self.addresses,
            _ => return None,
        })
    }

    /// All columns.
    pub fn all(&self) -> impl Iterator<Item = &Column> {
        Self::FIELDS.iter().filter_map(|field| self.of(*field))
    }

    fn each(&mut self) -> [(GroupField, &mut Column); 4] {
        [
            (GroupField::Name, &mut self.name),
            (GroupField::Description, &mut self.description),
            (GroupField::Email, &mut self.email),
            (GroupField::Addresses, &mut self.addresses),
        ]
    }

    /// Builds the columns of these groups, which have the slots from 0 on.
    pub fn build(groups: &[Arc<Group>]) -> Self {
        let mut columns = GroupColumns::default();
        for (field, column) in columns.each() {
            *column = Column::build(groups.iter().map(|group| texts(group, field).into_iter()));
        }
        columns
    }
}

/// The original values of a group in a field that has a column.
pub(crate) fn texts(group: &Group, field: GroupField) -> Vec<&str> {
    match field {
        GroupField::Name => vec![group.name.as_str()],
        GroupField::Description => group.description.iter().map(Prose::as_str).collect(),
        GroupField::Email => group.email.iter().map(|email| email.as_str()).collect(),
        GroupField::Addresses => {
            let parts = group.addresses.iter().flat_map(|contact| [&contact.address, &contact.extension]);
            parts.flatten().map(Line::as_str).collect()
        }
        _ => Vec::new(),
    }
}

impl Groups {
    pub fn new() -> Self {
        Groups {
            entries: imbl::Vector::new(),
            slots: Map::with_hasher(RandomState::default()),
            all: Set::default(),
            visibilities: Default::default(),
            states: Default::default(),
            kinds: Default::default(),
            with_silent: Set::default(),
            ranking: Ranking::default(),
            columns: GroupColumns::default(),
        }
    }

    pub fn get(&self, slot: u32) -> Option<&Arc<GroupEntry>> {
        self.entries.get(slot as usize)?.as_ref()
    }

    pub fn by_id(&self, id: GroupId) -> Option<(u32, &Arc<GroupEntry>)> {
        let slot = *self.slots.get(&id)?;
        Some((slot, self.get(slot)?))
    }

    /// The groups that everyone may see.
    pub fn public(&self) -> &Set {
        let [public, ..] = &self.visibilities;
        public
    }

    /// The entry, for changes. If readers share it, it is copied first.
    pub fn entry_mut(&mut self, slot: u32) -> Option<&mut GroupEntry> {
        self.entries.get_mut(slot as usize)?.as_mut().map(Arc::make_mut)
    }

    /// Puts an entry at an existing slot, or at the next new one.
    pub fn put(&mut self, slot: u32, entry: GroupEntry) {
        let group = entry.group.clone();
        let old = self.get(slot).map(|old| old.group.clone());
        let moves = old.as_ref().is_none_or(|old| old.name.key() != group.name.key());
        if moves && old.is_some() {
            self.ranking.remove(slot, by_name(&self.entries));
        }
        if let Some(old) = old {
            self.sort_out(slot, &old, Presence::Out);
        }
        let entry = Some(Arc::new(entry));
        if slot as usize == self.entries.len() {
            self.entries.push_back(entry);
        } else {
            self.entries.set(slot as usize, entry);
        }
        self.slots.insert(group.id, slot);
        self.sort_out(slot, &group, Presence::In);
        if moves {
            self.ranking.add_late(slot, by_name(&self.entries));
        }
        for (field, column) in self.columns.each() {
            column.put(slot, texts(&group, field));
        }
    }

    /// Builds the indexes. The entries must exist already, in the order of names.
    pub fn build(&mut self, groups: &[Arc<Group>]) {
        let that = |test: &dyn Fn(&Group) -> bool| {
            Set::from_ascending(groups.iter().zip(0u32..).filter(|(group, _)| test(group)).map(|(_, slot)| slot))
        };
        self.all = that(&|_| true);
        self.visibilities = std::array::from_fn(|at| that(&|group| group.visibility as usize == at));
        self.states = std::array::from_fn(|at| that(&|group| group.state as usize == at));
        self.kinds = std::array::from_fn(|at| that(&|group| group.kind as usize == at));
        self.columns = GroupColumns::build(groups);
    }

    /// Removes a group.
    pub fn remove(&mut self, slot: u32) {
        let Some(group) = self.get(slot).map(|entry| entry.group.clone()) else { return };
        self.ranking.remove(slot, by_name(&self.entries));
        self.sort_out(slot, &group, Presence::Out);
        self.slots.remove(&group.id);
        self.with_silent.remove(slot);
        self.entries.set(slot as usize, None);
        for (_, column) in self.columns.each() {
            column.put(slot, []);
        }
    }

    /// Puts a slot into the sets that its group belongs to, or takes it out.
    fn sort_out(&mut self, slot: u32, group: &Group, presence: Presence) {
        let sets = [
            Some(&mut self.all),
            self.visibilities.get_mut(group.visibility as usize),
            self.states.get_mut(group.state as usize),
            self.kinds.get_mut(group.kind as usize),
        ];
        for set in sets.into_iter().flatten() {
            set.put(slot, presence);
        }
    }
}

/// The sort key of groups: name, then id.
pub(crate) fn by_name<'d>(
    entries: &'d imbl::Vector<Option<Arc<GroupEntry>>>,
) -> impl Fn(u32) -> Option<(&'d str, GroupId)> + 'd {
    move |slot| {
        let entry = entries.get(slot as usize)?.as_ref()?;
        Some((entry.group.name.key(), entry.group.id))
    }
}
