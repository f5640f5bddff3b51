//! Groups beneath groups. A group may be beneath several, and never beneath itself; of each that has
//! a place in the hierarchy, this keeps what is beneath it at any depth, and who is a member there.
//!
//! What is kept is brought up to date by `directory/subgroups.rs`, which knows the groups.

use crate::sets::{Map, Presence, Set};
use foldhash::fast::RandomState;
use std::sync::Arc;

/// The place of each group that has groups above or beneath it, by slot.
#[derive(Clone)]
pub(crate) struct Hierarchy {
    places: Map<u32, Arc<Place>>,
}

/// A group's place in the hierarchy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// The groups directly above.
    pub parents: Set,
    /// The groups directly beneath.
    pub subgroups: Set,
    /// The groups beneath, at any depth.
    pub beneath: Set,
    /// The members of the group and of those beneath it.
    pub effective: Set,
    /// The users of the group and of those beneath it, each counted in each of them.
    pub users: Tally,
}

/// How many users there are: members, and owners who are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub all: usize,
    /// Those of whom only a number is known.
    pub unprovisioned: usize,
}

impl Tally {
    pub(crate) fn plus(self, other: Tally) -> Tally {
        Tally { all: self.all + other.all, unprovisioned: self.unprovisioned + other.unprovisioned }
    }

    pub(crate) fn minus(self, other: Tally) -> Tally {
        Tally { all: self.all - other.all, unprovisioned: self.unprovisioned - other.unprovisioned }
    }
}

impl Hierarchy {
    pub fn new() -> Self {
        Hierarchy { places: Map::with_hasher(RandomState::default()) }
    }

    /// The place of a group; none when nothing is above or beneath it.
    pub fn place(&self, group: u32) -> Option<&Place> {
        self.places.get(&group).map(|place| &**place)
    }

    /// Every place, in any order.
    pub fn places(&self) -> impl Iterator<Item = (u32, &Place)> {
        self.places.iter().map(|(group, place)| (*group, &**place))
    }

    /// The place of a group, for changing: a new one if there is none.
    pub fn place_mut(&mut self, group: u32) -> &mut Place {
        Arc::make_mut(self.places.entry(group).or_default())
    }

    /// Puts a group directly beneath another, or takes it out.
    pub fn link(&mut self, parent: u32, subgroup: u32, presence: Presence) {
        self.place_mut(parent).subgroups.put(subgroup, presence);
        self.place_mut(subgroup).parents.put(parent, presence);
    }

    /// Forgets the places of those of these groups that nothing is above or beneath.
    pub fn tidy(&mut self, groups: impl IntoIterator<Item = u32>) {
        for group in groups {
            if self.place(group).is_some_and(|place| place.parents.is_empty() && place.subgroups.is_empty()) {
                self.places.remove(&group);
            }
        }
    }

    /// The groups above a group, at any height, level by level.
    pub fn above(&self, group: u32) -> Set {
        let mut above = Set::default();
        self.climb(group, |place| &place.parents, |level| above.add(level));
        above
    }

    /// Groups, and those above any of them.
    pub fn and_above(&self, groups: &Set) -> Set {
        let mut all = groups.clone();
        let mut level = groups.clone();
        while !level.is_empty() {
            let mut parents = Set::default();
            level.iter().filter_map(|group| self.place(group)).for_each(|place| parents.add(&place.parents));
            level = parents.without(&all);
            all.add(&level);
        }
        all
    }

    /// How many levels of groups are above a group.
    pub fn height(&self, group: u32) -> usize {
        let mut levels = 0;
        self.climb(group, |place| &place.parents, |_| levels += 1);
        levels
    }

    /// How many levels of groups are beneath a group.
    pub fn depth(&self, group: u32) -> usize {
        let mut levels = 0;
        self.climb(group, |place| &place.subgroups, |_| levels += 1);
        levels
    }

    /// Goes from a group to its neighbours in one direction, theirs, and so on. As there are no
    /// cycles, and [`limits::HIERARCHY_DEPTH`](crate::limits::HIERARCHY_DEPTH) bounds the levels,
    /// this ends soon.
    fn climb(&self, from: u32, next: fn(&Place) -> &Set, mut visit: impl FnMut(&Set)) {
        let mut level = self.place(from).map(next).cloned().unwrap_or_default();
        while !level.is_empty() {
            visit(&level);
            let mut following = Set::default();
            for group in level.iter() {
                if let Some(place) = self.place(group) {
                    following.add(next(place));
                }
            }
            level = following;
        }
    }
}
