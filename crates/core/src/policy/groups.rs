//! What a caller can see of groups, and what it may do to them.

use super::{AccessScope, View};
use crate::directory::{GroupEntry, HierarchyNode};
use crate::records::Visibility;
use crate::sets::Set;
use crate::values::{Fault, GroupKind, Permission, Permissions, PersonId};

/// The relation of a caller to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupRelation {
    /// An owner, or a caller with the rights of one.
    Owner,
    /// A member who is not an owner.
    Member,
    /// A subscriber who is neither.
    Subscriber,
    /// None of these.
    None,
}

/// The relation of the caller to the group.
pub(crate) fn relation(view: &View, entry: &GroupEntry) -> GroupRelation {
    let person = view.caller.person.and_then(|slot| Some((slot, view.directory.people.get(slot)?)));
    match person {
        _ if is_confined_to(view, entry) => GroupRelation::Owner,
        Some((slot, person)) => relation_of(entry, slot, person.id),
        None => GroupRelation::None,
    }
}

/// The relation of a person to the group.
pub(crate) fn relation_of(entry: &GroupEntry, slot: u32, id: PersonId) -> GroupRelation {
    if entry.group.owners.contains(&id) {
        GroupRelation::Owner
    } else if entry.members.contains(slot) {
        GroupRelation::Member
    } else if entry.subscribers.contains(slot) {
        GroupRelation::Subscriber
    } else {
        GroupRelation::None
    }
}

/// The groups of the caller: it is an owner, member or subscriber, or the group confines it.
pub(crate) fn own_groups(view: &View) -> Set {
    let slots: Vec<u32> = match (view.caller.scope, view.caller.person) {
        (AccessScope::Group(own), _) => vec![own],
        (_, Some(person)) => {
            let is_in = |slot: &u32| {
                let entry = view.directory.groups.get(*slot);
                entry.is_some_and(|entry| relation(view, entry) != GroupRelation::None && finds(view, entry))
            };
            view.directory.possible_groups_of(person).iter().filter(is_in).collect()
        }
        (_, None) => Vec::new(),
    };
    Set::from_ascending(slots)
}

/// The groups that a caller by a connector may edit by a permission: all official ones, or none.
pub(crate) fn managed_groups(view: &View) -> Set {
    let [official, ..] = &view.directory.groups.kinds;
    let manages = view.caller.scope == AccessScope::Hierarchy && view.caller.permissions.allow(Permission::GroupEdit);
    if manages { official.clone() } else { Set::default() }
}

/// The groups that the caller can see.
pub(crate) fn seen_groups(view: &View) -> Set {
    let groups = &view.directory.groups;
    if let AccessScope::Group(own) = view.caller.scope {
        return with_beneath(view, &Set::from_ascending([own]));
    }
    if view.caller.permissions.allow(Permission::PrivateGroupView) {
        return groups.all.clone();
    }
    let mut seen = groups.public().clone();
    let Some(person) = view.caller.person else { return seen };
    if view.caller.scope == AccessScope::Hierarchy {
        seen.add(&with_beneath(view, &own_groups(view)));
        seen.add(&managed_groups(view));
    }
    for group in view.directory.possible_groups_of(person).without(&seen).iter() {
        if groups.get(group).is_some_and(|entry| sees(view, entry)) {
            seen.insert(group);
        }
    }
    seen
}

/// The members of a group and of the groups beneath it, except the hidden ones.
pub(crate) fn effective(view: &View, entry: &GroupEntry, node: &HierarchyNode, hidden: &Set) -> Set {
    if hidden.is_empty() {
        return node.effective.clone();
    }
    let mut members = entry.members.clone();
    let seen = node.beneath.without(hidden);
    let seen = seen.iter().filter_map(|group| view.directory.groups.get(group));
    seen.for_each(|lower| members.add(&lower.members));
    members
}

/// The groups beneath a group that the caller cannot see, although it can see the group. A caller by a connector who is
/// in the group, or in one above it, can see everything beneath. For such a caller, and if all groups are public, the
/// set is empty without a search.
pub(crate) fn hidden(view: &View, entry: &GroupEntry, beneath: &Set) -> Set {
    let sees_all = match view.caller.scope {
        AccessScope::Organisation => view.caller.permissions.allow(Permission::PrivateGroupView),
        AccessScope::Hierarchy => slot_of(view, entry).is_some_and(|slot| is_in(view, slot)) || is_along(view, entry),
        AccessScope::Group(_) => true,
    };
    let private = if sees_all { Set::default() } else { beneath.without(view.directory.groups.public()) };
    if private.is_empty() { private } else { private.without(&seen_groups(view)) }
}

/// Whether the caller can see the group and its members.
pub(crate) fn sees(view: &View, entry: &GroupEntry) -> bool {
    match view.caller.scope {
        AccessScope::Organisation => finds(view, entry),
        AccessScope::Hierarchy => finds(view, entry) || manages(view, entry) || is_along(view, entry),
        AccessScope::Group(own) => slot_of(view, entry).is_some_and(|slot| slot == own || is_beneath(view, slot, own)),
    }
}

/// Whether the caller, who does not [see](sees) the group, knows its name, because it is above a group that the caller
/// is in.
pub(crate) fn glimpses(view: &View, entry: &GroupEntry) -> bool {
    let node = slot_of(view, entry).and_then(|slot| view.directory.hierarchy.node(slot));
    let Some(node) = node else { return false };
    match (view.caller.scope, view.caller.person) {
        (AccessScope::Group(own), _) => node.beneath.contains(own),
        (AccessScope::Hierarchy, Some(person)) => {
            let own = view.directory.possible_groups_of(person).intersection(&node.beneath);
            own.iter().any(|group| is_in(view, group))
        }
        _ => false,
    }
}

/// Refuses callers who may not change the group's members: those who are neither its owner nor a group editor.
pub(crate) fn may_change_members(view: &View, entry: &GroupEntry) -> Result<(), Fault> {
    if relation(view, entry) == GroupRelation::Owner || manages(view, entry) {
        return Ok(());
    }
    Err(Fault::NotAllowed(Permissions::of(&[Permission::GroupEdit])))
}

/// Whether the caller may read the group's rule, and its result for a person.
pub(crate) fn reads_rule(view: &View, entry: &GroupEntry) -> bool {
    entry.group.rules_visible
        || view.caller.permissions.allow(Permission::GroupEdit)
        || view.caller.person.is_some_and(|slot| owns(view, slot, entry))
}

/// Whether the caller can see the group by its visibility or by a permission.
fn finds(view: &View, entry: &GroupEntry) -> bool {
    let own = |slot: u32| match entry.group.visibility {
        Visibility::Public => true,
        Visibility::Members => entry.members.contains(slot) || owns(view, slot, entry),
        Visibility::Owners => owns(view, slot, entry),
    };
    entry.group.visibility == Visibility::Public
        || view.caller.permissions.allow(Permission::PrivateGroupView)
        || view.caller.person.is_some_and(own)
}

/// Whether the caller may edit the group by a permission. For a connector this includes official groups only.
fn manages(view: &View, entry: &GroupEntry) -> bool {
    view.caller.permissions.allow(Permission::GroupEdit)
        && (view.caller.scope == AccessScope::Organisation || entry.group.kind == GroupKind::Official)
}

/// Whether the group is beneath a group that the caller is in.
fn is_along(view: &View, entry: &GroupEntry) -> bool {
    let above = slot_of(view, entry).map(|slot| view.directory.hierarchy.above(slot));
    above.is_some_and(|above| above.iter().any(|group| is_in(view, group)))
}

/// Whether the caller is in a group that it can see. Members of a group that only owners can see do not count.
fn is_in(view: &View, group: u32) -> bool {
    let entry = view.directory.groups.get(group);
    let uses = |entry: &GroupEntry| view.caller.person.is_some_and(|person| entry.has_user(person));
    entry.is_some_and(|entry| uses(entry) && finds(view, entry))
}

fn is_confined_to(view: &View, entry: &GroupEntry) -> bool {
    matches!(view.caller.scope, AccessScope::Group(own) if slot_of(view, entry) == Some(own))
}

fn is_beneath(view: &View, slot: u32, upper: u32) -> bool {
    view.directory.hierarchy.node(upper).is_some_and(|node| node.beneath.contains(slot))
}

/// These groups, and the groups beneath those of which the caller is more than a subscriber.
pub(crate) fn with_beneath(view: &View, own: &Set) -> Set {
    let mut all = own.clone();
    for group in own.iter() {
        let entry = view.directory.groups.get(group);
        if entry.is_some_and(|entry| relation(view, entry) != GroupRelation::Subscriber)
            && let Some(node) = view.directory.hierarchy.node(group)
        {
            all.add(&node.beneath);
        }
    }
    all
}

fn slot_of(view: &View, entry: &GroupEntry) -> Option<u32> {
    view.directory.groups.by_id(entry.group.id).map(|(slot, _)| slot)
}

fn owns(view: &View, slot: u32, entry: &GroupEntry) -> bool {
    view.directory.people.get(slot).is_some_and(|person| entry.group.owners.contains(&person.id))
}
