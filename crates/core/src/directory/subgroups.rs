//! Updates of the hierarchy: the groups beneath each group, their members, and the numbers of users. A change of
//! members costs the number of groups above; a change of the hierarchy costs that times the groups that move.

use super::hierarchy::{Hierarchy, UserCount};
use super::{ApplyError, Directory, GroupEntry};
use crate::sets::{Presence, Set};
use crate::values::GroupId;
use foldhash::{HashMap, HashMapExt};
use std::collections::BTreeMap;

/// A cache, by the slot of a person who left a group: the groups that still have the person as a member.
type Losses = HashMap<u32, Vec<u32>>;

/// How the users of one group changed.
#[derive(Default)]
pub(super) struct UserDelta {
    /// The new members.
    pub gained: Set,
    /// The former members.
    pub lost: Set,
    /// The number of users before and after.
    pub users: (UserCount, UserCount),
}

impl UserDelta {
    fn is_change(&self) -> bool {
        self.users.0 != self.users.1 || !self.gained.is_empty() || !self.lost.is_empty()
    }
}

impl Directory {
    /// Puts groups directly beneath another one, or takes them out.
    pub(super) fn change_subgroups(
        &mut self,
        id: GroupId,
        subgroups: &[GroupId],
        presence: Presence,
    ) -> Result<(), ApplyError> {
        let slot = |id: &GroupId| {
            let found = self.groups.by_id(*id).map(|(slot, _)| slot);
            found.ok_or_else(|| ApplyError(format!("no group {id} to be above or beneath another")))
        };
        let parent = slot(&id)?;
        let subgroups: Vec<u32> = subgroups.iter().map(slot).collect::<Result<_, _>>()?;
        for subgroup in subgroups {
            let linked = self.hierarchy.node(parent).is_some_and(|node| node.subgroups.contains(subgroup));
            if Presence::from(linked) == presence {
                return Err(ApplyError(format!("a group is already so beneath group {id}")));
            }
            match presence {
                Presence::In => self.attach(parent, subgroup)?,
                Presence::Out => self.detach(&Set::from_ascending([parent]), subgroup),
            }
        }
        Ok(())
    }

    fn attach(&mut self, parent: u32, subgroup: u32) -> Result<(), ApplyError> {
        for group in [parent, subgroup] {
            self.give_place(group);
        }
        let Some(node) = self.hierarchy.node(subgroup) else { return Ok(()) };
        let (people, mut moved) = (node.effective.clone(), node.beneath.clone());
        moved.insert(subgroup);
        if moved.contains(parent) {
            return Err(ApplyError("a group would be beneath itself".into()));
        }
        self.hierarchy.link(parent, subgroup, Presence::In);
        for upper in self.hierarchy.and_above(&Set::from_ascending([parent])).iter() {
            let Some(node) = self.hierarchy.node(upper) else { continue };
            let new = moved.without(&node.beneath);
            let users = self.users_of_all(&new);
            let node = self.hierarchy.node_mut(upper);
            node.beneath.add(&new);
            node.effective.add(&people);
            node.users = node.users.plus(users);
        }
        Ok(())
    }

    /// Removes a group from directly beneath others, and with it the groups beneath it. Each of these may still be
    /// beneath the groups above by another path.
    fn detach(&mut self, parents: &Set, subgroup: u32) {
        let Some(node) = self.hierarchy.node(subgroup) else { return };
        let (people, mut moved) = (node.effective.clone(), node.beneath.clone());
        moved.insert(subgroup);
        let mut uppers = parents.clone();
        for parent in parents.iter() {
            self.hierarchy.link(parent, subgroup, Presence::Out);
            uppers.add(&self.hierarchy.above(parent));
        }
        let above: Vec<(u32, Set)> = moved.iter().map(|group| (group, self.hierarchy.above(group))).collect();
        for upper in uppers.iter() {
            let gone = above.iter().filter(|(_, above)| !above.contains(upper)).map(|(group, _)| *group);
            let gone = Set::from_ascending(gone);
            let users = self.users_of_all(&gone);
            let node = self.hierarchy.node_mut(upper);
            node.beneath = node.beneath.without(&gone);
            node.users = node.users.minus(users);
        }
        let mut losses = Losses::new();
        uppers.iter().for_each(|upper| self.lose(upper, &people, &mut losses));
        self.hierarchy.tidy(parents.iter().chain([subgroup]));
    }

    /// Removes a deleted group from the hierarchy.
    pub(super) fn uproot(&mut self, group: u32) {
        let Some(node) = self.hierarchy.node(group).cloned() else { return };
        self.detach(&node.parents, group);
        // No group is above it any more, so removing its sub-groups affects no other group.
        for subgroup in node.subgroups.iter() {
            self.hierarchy.link(group, subgroup, Presence::Out);
            self.hierarchy.tidy([group, subgroup]);
        }
    }

    /// Propagates changes of users, at most one for each group, to the places of the groups and of all groups above.
    /// Each node is updated once, however many of the groups are beneath it.
    pub(super) fn spread(&mut self, deltas: Vec<(u32, UserDelta)>) {
        let changed =
            deltas.into_iter().filter(|(group, delta)| delta.is_change() && self.hierarchy.node(*group).is_some());
        let deltas: BTreeMap<u32, UserDelta> = changed.collect();
        if deltas.is_empty() {
            return;
        }
        let groups = Set::from_ascending(deltas.keys().copied());
        let mut losses = Losses::new();
        for upper in self.hierarchy.and_above(&groups).iter() {
            let Some(node) = self.hierarchy.node(upper) else { continue };
            let beneath = node.beneath.intersection(&groups);
            let itself = Some(upper).filter(|upper| groups.contains(*upper));
            let (mut users, mut gained, mut lost) = (node.users, Set::default(), Set::default());
            for delta in beneath.iter().chain(itself).filter_map(|group| deltas.get(&group)) {
                let (before, now) = delta.users;
                users = users.plus(now).minus(before);
                gained.add(&delta.gained);
                lost.add(&delta.lost);
            }
            let node = self.hierarchy.node_mut(upper);
            node.users = users;
            node.effective.add(&gained);
            self.lose(upper, &lost, &mut losses);
        }
    }

    /// Removes people from the effective members of a group, unless they are members of another group beneath it.
    fn lose(&mut self, upper: u32, people: &Set, losses: &mut Losses) {
        let Some(node) = self.hierarchy.node(upper).filter(|_| !people.is_empty()) else { return };
        let effective = if people.len() > node.beneath.len() + 1 {
            self.effective_of(upper, &node.beneath)
        } else {
            // There are fewer people than groups, so each person is checked.
            let is_in = |group: &u32| *group == upper || node.beneath.contains(*group);
            let mut effective = node.effective.clone();
            for person in people.iter() {
                let groups = losses.entry(person).or_insert_with(|| self.groups_with(person));
                if !groups.iter().any(is_in) {
                    effective.remove(person);
                }
            }
            effective
        };
        self.hierarchy.node_mut(upper).effective = effective;
    }

    /// Computes the members of a group and of those beneath it.
    pub(crate) fn effective_of(&self, group: u32, beneath: &Set) -> Set {
        let members = |group: u32| self.groups.get(group).map(|entry| &entry.members);
        let mut effective = members(group).cloned().unwrap_or_default();
        beneath.iter().filter_map(members).for_each(|members| effective.add(members));
        effective
    }

    /// The groups that have the person as a member.
    fn groups_with(&self, person: u32) -> Vec<u32> {
        let is_member = |group: &u32| self.groups.get(*group).is_some_and(|entry| entry.members.contains(person));
        self.possible_groups_of(person).iter().filter(is_member).collect()
    }

    /// The sum of the users of these groups.
    fn users_of_all(&self, groups: &Set) -> UserCount {
        let entries = groups.iter().filter_map(|group| self.groups.get(group));
        entries.fold(UserCount::default(), |sum, entry| sum.plus(entry.users()))
    }

    /// Creates the node of a group, without groups above or beneath, if it has none.
    fn give_place(&mut self, group: u32) {
        let Some(entry) = self.groups.get(group).filter(|_| self.hierarchy.node(group).is_none()) else { return };
        let node = self.hierarchy.node_mut(group);
        node.effective = entry.members.clone();
        node.users = entry.users();
    }

    /// Builds the hierarchy from edges (parent, sub-group), from the lowest groups up.
    pub(super) fn build_hierarchy(&mut self, edges: &[(u32, u32)]) -> Result<(), ApplyError> {
        let mut hierarchy = Hierarchy::new();
        let mut unfinished: HashMap<u32, usize> = HashMap::new();
        for (parent, subgroup) in edges {
            hierarchy.link(*parent, *subgroup, Presence::In);
            unfinished.entry(*subgroup).or_default();
        }
        let mut ready: Vec<u32> = Vec::new();
        for (group, node) in hierarchy.nodes() {
            let n_subgroups = node.subgroups.len();
            unfinished.insert(group, n_subgroups);
            if n_subgroups == 0 {
                ready.push(group);
            }
        }
        let mut n_done = 0;
        while let Some(group) = ready.pop() {
            n_done += 1;
            let Some(node) = hierarchy.node(group) else { continue };
            let Some(entry) = self.groups.get(group) else { continue };
            let (mut beneath, mut effective) = (node.subgroups.clone(), entry.members.clone());
            for lower in node.subgroups.iter().filter_map(|subgroup| hierarchy.node(subgroup)) {
                beneath.add(&lower.beneath);
                effective.add(&lower.effective);
            }
            let users = entry.users().plus(self.users_of_all(&beneath));
            for parent in node.parents.iter() {
                let left = unfinished.entry(parent).and_modify(|left| *left -= 1).or_default();
                if *left == 0 {
                    ready.push(parent);
                }
            }
            let node = hierarchy.node_mut(group);
            (node.beneath, node.effective, node.users) = (beneath, effective, users);
        }
        if n_done != unfinished.len() {
            return Err(ApplyError("a group is beneath itself".into()));
        }
        self.hierarchy = hierarchy;
        Ok(())
    }
}

impl GroupEntry {
    /// The users of the group itself: members, and owners who are not members.
    pub fn users(&self) -> UserCount {
        UserCount { all: self.members.len() + self.silent.len(), unprovisioned: self.n_unprovisioned }
    }
}
