//! Rules about groups beneath groups, and about subscribers.

use super::command::{Decision, Mention};
use super::mentions::Mentions;
use super::{check_length, check_version, nothing_changes};
use crate::directory::{Change, GroupEntry, Subject};
use crate::policy::{self, View};
use crate::records::Stamp;
use crate::sets::Set;
use crate::values::{Conflict, Fault, Field, GroupId, Kind, PersonId, Quantity, Reason, Timestamp, limits};
use crate::view::KnownGroup;

/// Puts groups beneath a group. Groups that are there already change nothing.
pub(super) fn add(
    view: &View,
    id: GroupId,
    version: Option<u32>,
    subgroups: &[GroupId],
    at: Timestamp,
) -> Result<Decision, Fault> {
    check_length(Field::Subgroups, subgroups, limits::SUBGROUPS)?;
    let entry = view.group(id)?;
    policy::may_change_members(view, entry)?;
    check_version(Kind::Group, id, version, entry.stamp.version)?;
    let upper = slot_of(view, entry)?;
    let mut added = Vec::new();
    let mut work = 0;
    for subgroup in subgroups {
        let lower = view.group(*subgroup)?;
        // Whoever can see the upper group will see the members of this one, and all groups beneath it.
        policy::may_change_members(view, lower)?;
        let slot = slot_of(view, lower)?;
        if is_directly_beneath(view, slot, upper) || added.contains(subgroup) {
            continue;
        }
        work += check_place(view, (upper, id), (slot, *subgroup))?;
        added.push(*subgroup);
    }
    if work > limits::HIERARCHY_WORK {
        let reason = Reason::TooManyOf { what: Quantity::GroupsAboveAndBeneath, limit: limits::HIERARCHY_WORK };
        return Err(Fault::invalid(Field::Subgroups, reason));
    }
    decided(entry, added, at, Change::SubgroupsAdded)
}

/// Removes groups from beneath a group. An owner of either group may do so. Groups that are not beneath it change
/// nothing.
pub(super) fn remove(view: &View, id: GroupId, subgroups: &[GroupId], at: Timestamp) -> Result<Decision, Fault> {
    check_length(Field::Subgroups, subgroups, limits::SUBGROUPS)?;
    // The owner of a lower group may remove it, even if the upper group is only known by name.
    let KnownGroup { entry, in_detail } = view.known_group(id)?;
    let upper = slot_of(view, entry)?;
    let may = if in_detail { policy::may_change_members(view, entry) } else { view.group(id).map(drop) };
    let mut removed = Vec::new();
    for subgroup in subgroups {
        let lower = view.group(*subgroup)?;
        may.clone().or_else(|_| policy::may_change_members(view, lower))?;
        if is_directly_beneath(view, slot_of(view, lower)?, upper) && !removed.contains(subgroup) {
            removed.push(*subgroup);
        }
    }
    if subgroups.is_empty() {
        may?;
    }
    decided(entry, removed, at, Change::SubgroupsRemoved)
}

/// Refuses an edge that would make a cycle or exceed the maximum depth. Returns the work to keep the hierarchy up to
/// date: for each of the two groups, the number of groups above it times the number beneath it, the larger of both.
fn check_place(view: &View, upper: (u32, GroupId), lower: (u32, GroupId)) -> Result<usize, Fault> {
    let hierarchy = &view.directory.hierarchy;
    let beneath = hierarchy.node(lower.0).map(|node| &node.beneath);
    if upper.0 == lower.0 || beneath.is_some_and(|beneath| beneath.contains(upper.0)) {
        return Err(Fault::Conflict(Conflict::Cycle(lower.1, upper.1)));
    }
    check_depth(hierarchy.height(upper.0) + 1 + hierarchy.depth(lower.0))?;
    let (above, moved) = (hierarchy.above(upper.0).len() + 1, beneath.map_or(0, Set::len) + 1);
    let held = hierarchy.node(upper.0).map_or(0, |node| node.beneath.len());
    Ok(((above + hierarchy.above(lower.0).len()) * moved).max(above * (held + moved)))
}

/// Refuses a hierarchy of too many levels.
pub(super) fn check_depth(levels: usize) -> Result<(), Fault> {
    let limit = limits::HIERARCHY_DEPTH;
    if levels > limit { Err(Fault::invalid(Field::Subgroups, Reason::TooDeep { limit })) } else { Ok(()) }
}

fn is_directly_beneath(view: &View, slot: u32, upper: u32) -> bool {
    view.directory.hierarchy.node(upper).is_some_and(|node| node.subgroups.contains(slot))
}

pub(super) fn slot_of(view: &View, entry: &GroupEntry) -> Result<u32, Fault> {
    let id = entry.group.id;
    view.directory.groups.by_id(id).map(|(slot, _)| slot).ok_or_else(|| Fault::not_found(Kind::Group, id))
}

fn decided(
    entry: &GroupEntry,
    subgroups: Vec<GroupId>,
    at: Timestamp,
    change: fn(GroupId, Vec<GroupId>, Stamp) -> Change,
) -> Result<Decision, Fault> {
    if subgroups.is_empty() {
        return nothing_changes(Subject::Nothing);
    }
    Ok(Decision { changes: vec![change(entry.group.id, subgroups, entry.stamp.next(at))], subject: Subject::Nothing })
}

/// Subscribes people. The group gets no new version, because subscribers are not part of it.
pub(super) fn subscribe(view: &View, id: GroupId, people: &[Mention]) -> Result<Decision, Fault> {
    let entry = broadcast(view, id, people)?;
    let mut mentions = Mentions::new(view);
    let mut new: Vec<PersonId> = Vec::new();
    for mention in people {
        let (person, slot) = mentions.find(mention)?;
        let subscribes = slot.is_some_and(|slot| entry.subscribers.contains(slot));
        if !subscribes && !new.contains(&person) {
            new.push(person);
        }
    }
    let mut changes = mentions.changes();
    if !new.is_empty() {
        changes.push(Change::SubscribersAdded(id, new));
    }
    Ok(Decision { changes, subject: Subject::Each(vec![true; people.len()]) })
}

/// Ends subscriptions. The outcome has, for each person, whether there was one.
pub(super) fn unsubscribe(view: &View, id: GroupId, people: &[Mention]) -> Result<Decision, Fault> {
    let entry = broadcast(view, id, people)?;
    let directory = &view.directory.people;
    let mut gone: Vec<PersonId> = Vec::new();
    let mut each = Vec::with_capacity(people.len());
    for mention in people {
        let found = match mention {
            Mention::Id(person) => directory.living(*person),
            Mention::Email(email) => directory.living_by_email(email),
            Mention::Phone(phone, _) => directory.by_phone(*phone),
        };
        let subscriber = found.filter(|(slot, _)| entry.subscribers.contains(*slot));
        each.push(subscriber.is_some());
        if let Some((_, person)) = subscriber.filter(|(_, person)| !gone.contains(&person.id)) {
            gone.push(person.id);
        }
    }
    let changes = if gone.is_empty() { Vec::new() } else { vec![Change::SubscribersRemoved(id, gone)] };
    Ok(Decision { changes, subject: Subject::Each(each) })
}

fn broadcast<'d>(view: &View<'d>, id: GroupId, people: &[Mention]) -> Result<&'d GroupEntry, Fault> {
    check_length(Field::Subscribers, people, limits::PHONES)?;
    let entry = view.group(id)?;
    policy::may_change_members(view, entry)?;
    if entry.group.broadcast { Ok(entry) } else { Err(Fault::Conflict(Conflict::NotBroadcast(id))) }
}
