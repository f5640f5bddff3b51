//! Reads of the hierarchy of groups, and of its people.

use crate::directory::{Directory, GroupEntry, HierarchyNode, UserCount, by_group_name};
use crate::policy::{self, GroupRelation, View};
use crate::records::{Connector, Person};
use crate::sets::Set;
use crate::values::{ClientId, Conflict, Direction, Fault, GroupId, Kind, Listing, PersonId, Window};
use foldhash::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// A group that the caller can see or knows by name.
#[derive(Clone, Copy, Debug)]
pub struct KnownGroup<'d> {
    /// The group.
    pub entry: &'d Arc<GroupEntry>,
    /// Whether the caller can see the group. If not, the group is above one that the caller is in, and a reply may show
    /// only its name and picture.
    pub in_detail: bool,
}

/// The numbers of a group's place in the hierarchy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HierarchyCounts {
    /// The number of groups directly above.
    pub n_parents: usize,
    /// The number of groups directly beneath.
    pub n_subgroups: usize,
    /// Users of the group itself.
    pub own: UserCount,
    /// Users of the group and of the groups beneath it. A person counts once for each of these groups.
    pub all: UserCount,
    /// The number of different users of these groups.
    pub distinct: usize,
}

/// Which groups of a caller to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Those that the caller is in.
    Own,
    /// These, and the groups above and beneath them.
    Hierarchy,
}

impl<'d> View<'d> {
    /// A group that the caller can see or knows by name.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] if there is none.
    pub fn known_group(&self, id: GroupId) -> Result<KnownGroup<'d>, Fault> {
        let known = self.directory.groups.by_id(id).and_then(|(_, entry)| self.known(entry));
        known.ok_or_else(|| Fault::not_found(Kind::Group, id))
    }

    fn known(&self, entry: &'d Arc<GroupEntry>) -> Option<KnownGroup<'d>> {
        let in_detail = policy::sees(self, entry);
        (in_detail || policy::glimpses(self, entry)).then_some(KnownGroup { entry, in_detail })
    }

    /// The groups that the caller is in, by name; with [`Range::Hierarchy`] also those above and beneath.
    pub fn own_groups(&self, range: Range) -> Vec<KnownGroup<'d>> {
        let groups = &self.directory.groups;
        let own = policy::own_groups(self);
        let mut all = own.clone();
        if range == Range::Hierarchy {
            all.add(&policy::managed_groups(self));
            all.add(&policy::with_beneath(self, &own));
            own.iter().for_each(|group| all.add(&self.directory.hierarchy.above(group)));
        }
        let slots = groups.ranking.sorted(&all, by_group_name(&groups.entries));
        slots.into_iter().filter_map(|slot| self.known(groups.get(slot)?)).collect()
    }

    /// The relation of the caller to a group.
    pub fn relation(&self, entry: &GroupEntry) -> GroupRelation {
        policy::relation(self, entry)
    }

    /// The relation of a person to a group.
    pub fn relation_of(&self, entry: &GroupEntry, person: PersonId) -> GroupRelation {
        let slot = self.directory.people.slot(person);
        slot.map_or(GroupRelation::None, |slot| policy::relation_of(entry, slot, person))
    }

    /// Whether the caller may change the group's members, and the groups beneath it.
    pub fn may_edit(&self, entry: &GroupEntry) -> bool {
        policy::may_change_members(self, entry).is_ok()
    }

    /// The numbers of a group's place in the hierarchy. Groups that the caller does not know are not counted.
    pub fn hierarchy_counts(&self, entry: &GroupEntry) -> HierarchyCounts {
        let (own, groups) = (entry.users(), &self.directory.groups);
        let Some(node) = self.node(entry) else {
            return HierarchyCounts { own, all: own, distinct: own.all, ..HierarchyCounts::default() };
        };
        let hidden = policy::hidden(self, entry, &node.beneath);
        let seen = node.beneath.without(&hidden);
        let silent = groups.with_silent.intersection(&seen);
        let silent = silent.iter().filter_map(|group| groups.get(group)).map(|entry| &entry.silent);
        let mut outside = entry.silent.clone();
        silent.for_each(|silent| outside.add(silent));
        let hidden_users = hidden.iter().filter_map(|group| groups.get(group)).map(|entry| entry.users());
        let effective = policy::effective(self, entry, node, &hidden);
        HierarchyCounts {
            n_parents: self.known_parents(node).count(),
            n_subgroups: node.subgroups.without(&hidden).len(),
            own,
            all: hidden_users.fold(node.users, UserCount::minus),
            distinct: effective.len() + outside.without(&effective).len(),
        }
    }

    /// Whether there are groups above this one that the caller knows, and groups beneath it.
    pub fn neighbours(&self, entry: &GroupEntry) -> (bool, bool) {
        let Some(node) = self.node(entry) else { return (false, false) };
        (self.known_parents(node).next().is_some(), !self.seen_subgroups(entry).is_empty())
    }

    fn known_parents(&self, node: &'d HierarchyNode) -> impl Iterator<Item = KnownGroup<'d>> {
        node.parents.iter().filter_map(|parent| self.known(self.directory.groups.get(parent)?))
    }

    fn node(&self, entry: &GroupEntry) -> Option<&'d HierarchyNode> {
        let (slot, _) = self.directory.groups.by_id(entry.group.id)?;
        self.directory.hierarchy.node(slot)
    }

    /// The groups directly beneath a group that the caller can see, by name.
    pub fn subgroups(&self, entry: &GroupEntry) -> Vec<&'d Arc<GroupEntry>> {
        let groups = &self.directory.groups;
        let slots = groups.ranking.sorted(&self.seen_subgroups(entry), by_group_name(&groups.entries));
        slots.into_iter().filter_map(|slot| groups.get(slot)).collect()
    }

    /// A window of the groups directly beneath a group that the caller can see, by name.
    pub fn subgroups_window(
        &self,
        entry: &GroupEntry,
        window: Window,
        direction: Direction,
    ) -> Listing<&'d Arc<GroupEntry>> {
        self.groups_in(&self.seen_subgroups(entry), window, direction)
    }

    fn seen_subgroups(&self, entry: &GroupEntry) -> Set {
        let Some(node) = self.node(entry) else { return Set::default() };
        node.subgroups.without(&policy::hidden(self, entry, &node.subgroups))
    }

    /// A window of the members of a group and of the groups beneath it that the caller can see, each once, by name.
    pub fn effective_members(
        &self,
        entry: &GroupEntry,
        window: Window,
        direction: Direction,
    ) -> Listing<&'d Arc<Person>> {
        let Some(node) = self.node(entry) else { return self.members(entry, window, direction) };
        let hidden = policy::hidden(self, entry, &node.beneath);
        self.people_in(&policy::effective(self, entry, node, &hidden), window, direction)
    }

    /// The groups above any of these that the caller can see.
    pub(super) fn seen_groups_above(&self, groups: &Set) -> Set {
        let Directory { groups: all, hierarchy, .. } = self.directory;
        let mut above = Set::default();
        groups.iter().for_each(|group| above.add(&hierarchy.above(group)));
        let sees = |group: &u32| all.get(*group).is_some_and(|entry| policy::sees(self, entry));
        Set::from_ascending(above.iter().filter(sees))
    }

    /// A shortest path from a group down to a group beneath it that the caller can see and of which the person is a
    /// member. The path leaves out the group itself, and groups that the caller cannot see. Empty if there is none.
    pub(super) fn path_to_member(&self, entry: &GroupEntry, person: u32) -> Vec<&'d Arc<GroupEntry>> {
        let Directory { groups, hierarchy, .. } = self.directory;
        let Some((top, _)) = groups.by_id(entry.group.id) else { return Vec::new() };
        let Some(node) = hierarchy.node(top) else { return Vec::new() };
        if node.beneath.is_empty() || !node.effective.contains(person) {
            return Vec::new();
        }
        let seen = node.beneath.without(&policy::hidden(self, entry, &node.beneath));
        let has_person = |group: &u32| groups.get(*group).is_some_and(|lower| lower.members.contains(person));
        // A search upwards, level by level, from the groups of the person. For each group reached, it stores the group
        // beneath from which it was reached. Each group is reached once, whatever the depth of the hierarchy.
        let mut level: Vec<u32> = self.directory.possible_groups_of(person).intersection(&seen).iter().collect();
        level.retain(has_person);
        let mut beneath: HashMap<u32, Option<u32>> = level.iter().map(|group| (*group, None)).collect();
        while !level.is_empty() && !beneath.contains_key(&top) {
            let mut next = Vec::new();
            for group in level {
                let parents = hierarchy.node(group).into_iter().flat_map(|node| node.parents.iter());
                for parent in parents.filter(|parent| *parent == top || node.beneath.contains(*parent)) {
                    if let Entry::Vacant(vacant) = beneath.entry(parent) {
                        vacant.insert(Some(group));
                        next.push(parent);
                    }
                }
            }
            level = next;
        }
        let down = std::iter::successors(beneath.get(&top).copied().flatten(), |group| beneath.get(group).copied()?);
        down.filter(|group| seen.contains(*group)).filter_map(|group| groups.get(group)).collect()
    }

    /// The users of a group itself, by name: members, and owners who are not members.
    pub fn users(&self, entry: &GroupEntry) -> Vec<&'d Arc<Person>> {
        self.people_by_name(&entry.members.union(&entry.silent))
    }

    /// The subscribers of a group, by name: at most `count` of those after the one with this name and id, and whether
    /// there are more. Only callers who may change them see them.
    ///
    /// # Errors
    ///
    /// [`Fault::NotAllowed`] for other callers. [`Fault::Conflict`] if the group is no broadcast group.
    pub fn subscribers(
        &self,
        entry: &GroupEntry,
        after: Option<(&str, PersonId)>,
        count: usize,
    ) -> Result<(Vec<&'d Arc<Person>>, bool), Fault> {
        policy::may_change_members(self, entry)?;
        if !entry.group.broadcast {
            return Err(Fault::Conflict(Conflict::NotBroadcast(entry.group.id)));
        }
        let people = self.people_by_name(&entry.subscribers);
        let key = |person: &Arc<Person>| after.is_some_and(|after| (person.name.key(), person.id) <= after);
        let start = people.partition_point(|person| key(person));
        let window = Window { start, count }.range(people.len());
        let is_more = window.end < people.len();
        Ok((people.get(window).unwrap_or_default().to_vec(), is_more))
    }

    /// The connectors, by name.
    pub fn connectors(&self) -> Vec<&'d Arc<Connector>> {
        let mut connectors: Vec<_> = self.directory.connectors.values().collect();
        connectors.sort_by(|one, other| (one.name.key(), &one.id).cmp(&(other.name.key(), &other.id)));
        connectors
    }

    /// A connector.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] if there is none.
    pub fn connector(&self, id: &ClientId) -> Result<&'d Arc<Connector>, Fault> {
        self.directory.connectors.get(id).ok_or_else(|| Fault::not_found(Kind::Connector, id))
    }
}
