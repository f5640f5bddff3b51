//! Groups beneath groups. A group may be beneath several others, but never beneath itself. For each group with groups
//! above or beneath it, a [`HierarchyNode`] has the closure: the groups beneath it at any depth, and their members.
//!
//! `directory/subgroups.rs` keeps it up to date.

use crate::sets::{Map, Presence, Set};
use foldhash::fast::RandomState;
use std::sync::Arc;

/// The [`HierarchyNode`] of each group that has groups above or beneath it, by slot.
#[derive(Clone)]
pub(crate) struct Hierarchy {
    nodes: Map<u32, Arc<HierarchyNode>>,
}

/// The neighbours of a group in the hierarchy, and the closure beneath it.
#[derive(Clone, Debug, Default)]
pub(crate) struct HierarchyNode {
    /// The groups directly above.
    pub parents: Set,
    /// The groups directly beneath.
    pub subgroups: Set,
    /// The groups beneath, at any depth.
    pub beneath: Set,
    /// The members of the group and of those beneath it.
    pub effective: Set,
    /// The users of the group and of those beneath it. A person is counted once for each of these groups.
    pub users: UserCount,
}

/// A number of users: members, and owners who are not members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserCount {
    /// The number of all users.
    pub all: usize,
    /// The number of unprovisioned users, who are known by a phone number only.
    pub unprovisioned: usize,
}

impl UserCount {
    pub(crate) fn plus(self, other: UserCount) -> UserCount {
        UserCount { all: self.all + other.all, unprovisioned: self.unprovisioned + other.unprovisioned }
    }

    pub(crate) fn minus(self, other: UserCount) -> UserCount {
        UserCount { all: self.all - other.all, unprovisioned: self.unprovisioned - other.unprovisioned }
    }
}

impl Hierarchy {
    pub fn new() -> Self {
        Hierarchy { nodes: Map::with_hasher(RandomState::default()) }
    }

    /// The node of a group; `None` if nothing is above or beneath it.
    pub fn node(&self, group: u32) -> Option<&HierarchyNode> {
        self.nodes.get(&group).map(|node| &**node)
    }

    /// All nodes with the slots of their groups, in any order.
    pub fn nodes(&self) -> impl Iterator<Item = (u32, &HierarchyNode)> {
        self.nodes.iter().map(|(group, node)| (*group, &**node))
    }

    /// The node of a group, for changes; created if there is none.
    pub fn node_mut(&mut self, group: u32) -> &mut HierarchyNode {
        Arc::make_mut(self.nodes.entry(group).or_default())
    }

    /// Puts a group directly beneath another, or takes it out.
    pub fn link(&mut self, parent: u32, subgroup: u32, presence: Presence) {
        self.node_mut(parent).subgroups.put(subgroup, presence);
        self.node_mut(subgroup).parents.put(parent, presence);
    }

    /// Removes the nodes of those of the given groups that have no group above or beneath.
    pub fn tidy(&mut self, groups: impl IntoIterator<Item = u32>) {
        for group in groups {
            if self.node(group).is_some_and(|node| node.parents.is_empty() && node.subgroups.is_empty()) {
                self.nodes.remove(&group);
            }
        }
    }

    /// The groups above a group, at any height.
    pub fn above(&self, group: u32) -> Set {
        let mut above = Set::default();
        self.climb(group, |node| &node.parents, |level| above.add(level));
        above
    }

    /// These groups, and all groups above any of them.
    pub fn and_above(&self, groups: &Set) -> Set {
        let mut all = groups.clone();
        let mut level = groups.clone();
        while !level.is_empty() {
            let mut parents = Set::default();
            level.iter().filter_map(|group| self.node(group)).for_each(|node| parents.add(&node.parents));
            level = parents.without(&all);
            all.add(&level);
        }
        all
    }

    /// The number of levels above a group.
    pub fn height(&self, group: u32) -> usize {
        let mut levels = 0;
        self.climb(group, |node| &node.parents, |_| levels += 1);
        levels
    }

    /// The number of levels beneath a group.
    pub fn depth(&self, group: u32) -> usize {
        let mut levels = 0;
        self.climb(group, |node| &node.subgroups, |_| levels += 1);
        levels
    }

    /// Visits the neighbours of a group in one direction, level by level. This ends, because there are no cycles, and
    /// [`limits::HIERARCHY_DEPTH`](crate::limits::HIERARCHY_DEPTH) bounds the levels.
    fn climb(&self, from: u32, next: fn(&HierarchyNode) -> &Set, mut visit: impl FnMut(&Set)) {
        let mut level = self.node(from).map(next).cloned().unwrap_or_default();
        while !level.is_empty() {
            visit(&level);
            let mut following = Set::default();
            for group in level.iter() {
                if let Some(node) = self.node(group) {
                    following.add(next(node));
                }
            }
            level = following;
        }
    }
}
