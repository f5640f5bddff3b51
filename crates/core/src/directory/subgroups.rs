//! Updates of the hierarchy: the groups beneath each group, their members, and the numbers of users. A change of
//! members costs the number of groups above; a change of the hierarchy costs that times the groups that move.

use super::hierarchy::{Hierarchy, Tally};
use super::{Directory, GroupEntry, Unfit};
use crate::sets::{Presence, Set};
use crate::values::GroupId;
use foldhash::{HashMap, HashMapExt};
use std::collections::BTreeMap;

/// A cache, by the slot of a person who left a group: the groups that still have the person as a member.
type Losses = HashMap<u32, Vec<u32>>;

/// How the users of one group changed.
#[derive(Default)]
pub(super) struct Turn {
    /// The new members.
    pub gained: Set,
    /// The former members.
    pub lost: Set,
    /// The number of users before and after.
    pub users: (Tally, Tally),
}

impl Turn {
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
    ) -> Result<(), Unfit> {
        let slot = |id: &GroupId| {
            let found = self.groups.by_id(*id).map(|(slot, _)| slot);
            found.ok_or_else(|| Unfit(format!("no group {id} to be above or beneath another")))
        };
        let parent = slot(&id)?;
        let subgroups: Vec<u32> = subgroups.iter().map(slot).collect::<Result<_, _>>()?;
        for subgroup in subgroups {
            let linked = self.hierarchy.place(parent).is_some_and(|place| place.subgroups.contains(subgroup));
            if Presence::from(linked) == presence {
                return Err(Unfit(format!("a group is already so beneath group {id}")));
            }
            match presence {
                Presence::In => self.attach(parent, subgroup)?,
                Presence::Out => self.detach(&Set::from_ascending([parent]), subgroup),
            }
        }
        Ok(())
    }

    fn attach(&mut self, parent: u32, subgroup: u32) -> Result<(), Unfit> {
        for group in [parent, subgroup] {
            self.give_place(group);
        }
        let Some(place) = self.hierarchy.place(subgroup) else { return Ok(()) };
        let (people, mut moved) = (place.effective.clone(), place.beneath.clone());
        moved.insert(subgroup);
        if moved.contains(parent) {
            return Err(Unfit("a group would be beneath itself".into()));
        }
        self.hierarchy.link(parent, subgroup, Presence::In);
        for upper in self.hierarchy.and_above(&Set::from_ascending([parent])).iter() {
            let Some(place) = self.hierarchy.place(upper) else { continue };
            let new = moved.without(&place.beneath);
            let users = self.users_of_all(&new);
            let place = self.hierarchy.place_mut(upper);
            place.beneath.add(&new);
            place.effective.add(&people);
            place.users = place.users.plus(users);
        }
        Ok(())
    }

    /// Removes a group from directly beneath others, and with it the groups beneath it. Each of these may still be
    /// beneath the groups above by another path.
    fn detach(&mut self, parents: &Set, subgroup: u32) {
        let Some(place) = self.hierarchy.place(subgroup) else { return };
        let (people, mut moved) = (place.effective.clone(), place.beneath.clone());
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
            let place = self.hierarchy.place_mut(upper);
            place.beneath = place.beneath.without(&gone);
            place.users = place.users.minus(users);
        }
        let mut losses = Losses::new();
        uppers.iter().for_each(|upper| self.lose(upper, &people, &mut losses));
        self.hierarchy.tidy(parents.iter().chain([subgroup]));
    }

    /// Removes a deleted group from the hierarchy.
    pub(super) fn uproot(&mut self, group: u32) {
        let Some(place) = self.hierarchy.place(group).cloned() else { return };
        self.detach(&place.parents, group);
        // No group is above it any more, so removing its sub-groups affects no other group.
        for subgroup in place.subgroups.iter() {
            self.hierarchy.link(group, subgroup, Presence::Out);
            self.hierarchy.tidy([group, subgroup]);
        }
    }

    /// Propagates changes of users, at most one for each group, to the places of the groups and of all groups above.
    /// Each place is updated once, however many of the groups are beneath it.
    pub(super) fn spread(&mut self, turns: Vec<(u32, Turn)>) {
        let changed =
            turns.into_iter().filter(|(group, turn)| turn.is_change() && self.hierarchy.place(*group).is_some());
        let turns: BTreeMap<u32, Turn> = changed.collect();
        if turns.is_empty() {
            return;
        }
        let groups = Set::from_ascending(turns.keys().copied());
        let mut losses = Losses::new();
        for upper in self.hierarchy.and_above(&groups).iter() {
            let Some(place) = self.hierarchy.place(upper) else { continue };
            let beneath = place.beneath.intersection(&groups);
            let itself = Some(upper).filter(|upper| groups.contains(*upper));
            let (mut users, mut gained, mut lost) = (place.users, Set::default(), Set::default());
            for turn in beneath.iter().chain(itself).filter_map(|group| turns.get(&group)) {
                let (before, now) = turn.users;
                users = users.plus(now).minus(before);
                gained.add(&turn.gained);
                lost.add(&turn.lost);
            }
            let place = self.hierarchy.place_mut(upper);
            place.users = users;
            place.effective.add(&gained);
            self.lose(upper, &lost, &mut losses);
        }
    }

    /// Removes people from the effective members of a group, unless they are members of another group beneath it.
    fn lose(&mut self, upper: u32, people: &Set, losses: &mut Losses) {
        let Some(place) = self.hierarchy.place(upper).filter(|_| !people.is_empty()) else { return };
        let effective = if people.len() > place.beneath.len() + 1 {
            self.effective_of(upper, &place.beneath)
        } else {
            // There are fewer people than groups, so each person is checked.
            let is_in = |group: &u32| *group == upper || place.beneath.contains(*group);
            let mut effective = place.effective.clone();
            for person in people.iter() {
                let groups = losses.entry(person).or_insert_with(|| self.groups_with(person));
                if !groups.iter().any(is_in) {
                    effective.remove(person);
                }
            }
            effective
        };
        self.hierarchy.place_mut(upper).effective = effective;
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
    fn users_of_all(&self, groups: &Set) -> Tally {
        let entries = groups.iter().filter_map(|group| self.groups.get(group));
        entries.fold(Tally::default(), |sum, entry| sum.plus(entry.users()))
    }

    /// Creates the place of a group, without groups above or beneath, if it has none.
    fn give_place(&mut self, group: u32) {
        let Some(entry) = self.groups.get(group).filter(|_| self.hierarchy.place(group).is_none()) else { return };
        let place = self.hierarchy.place_mut(group);
        place.effective = entry.members.clone();
        place.users = entry.users();
    }

    /// Builds the hierarchy from edges (parent, sub-group), from the lowest groups up.
    pub(super) fn build_hierarchy(&mut self, edges: &[(u32, u32)]) -> Result<(), Unfit> {
        let mut hierarchy = Hierarchy::new();
        let mut unfinished: HashMap<u32, usize> = HashMap::new();
        for (parent, subgroup) in edges {
            hierarchy.link(*parent, *subgroup, Presence::In);
            unfinished.entry(*subgroup).or_default();
        }
        let mut ready: Vec<u32> = Vec::new();
        for (group, place) in hierarchy.places() {
            let n_subgroups = place.subgroups.len();
            unfinished.insert(group, n_subgroups);
            if n_subgroups == 0 {
                ready.push(group);
            }
        }
        let mut n_done = 0;
        while let Some(group) = ready.pop() {
            n_done += 1;
            let Some(place) = hierarchy.place(group) else { continue };
            let Some(entry) = self.groups.get(group) else { continue };
            let (mut beneath, mut effective) = (place.subgroups.clone(), entry.members.clone());
            for lower in place.subgroups.iter().filter_map(|subgroup| hierarchy.place(subgroup)) {
                beneath.add(&lower.beneath);
                effective.add(&lower.effective);
            }
            let users = entry.users().plus(self.users_of_all(&beneath));
            for parent in place.parents.iter() {
                let left = unfinished.entry(parent).and_modify(|left| *left -= 1).or_default();
                if *left == 0 {
                    ready.push(parent);
                }
            }
            let place = hierarchy.place_mut(group);
            (place.beneath, place.effective, place.users) = (beneath, effective, users);
        }
        if n_done != unfinished.len() {
            return Err(Unfit("a group is beneath itself".into()));
        }
        self.hierarchy = hierarchy;
        Ok(())
    }
}

impl GroupEntry {
    /// The users of the group itself: members, and owners who are not members.
    pub fn users(&self) -> Tally {
        Tally { all: self.members.len() + self.silent.len(), unprovisioned: self.n_unprovisioned }
    }
}
