//! Rules about groups and their members.

use super::command::{Decision, GroupDraft, GroupEdit, GroupFields, Mention};
use super::mentions::Mentions;
use super::people::living;
use super::subgroups::{check_depth, slot_of};
use super::{check_length, check_new, check_version, nothing_changes, set};
use crate::directory::{Change, GroupEntry, Subject};
use crate::policy::{self, AccessScope, View};
use crate::records::{Group, GroupRule, NamedSkill, Rule, Stamp, Stamps, Voicemail};
use crate::values::{
    Conflict, Fault, Field, GroupId, Kind, Permissions, PersonId, Quantity, Reason, Timestamp, limits,
};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) fn create(view: &View, id: GroupId, draft: &GroupDraft, at: Timestamp) -> Result<Decision, Fault> {
    check_new(Kind::Group, id, view.directory.groups.by_id(id))?;
    if draft.broadcast && matches!(view.caller.scope, AccessScope::Group(_)) {
        // Everyone can see a broadcast group, so a confined caller may not create one.
        return Err(Fault::NotAllowed(Permissions::NONE));
    }
    let initial = &draft.initial_members;
    let mut mentions = Mentions::new(view);
    let caller = if initial.is_callers { Some(view.me()?.id) } else { None };
    let others = mentions.find_all(&initial.owners)?;
    let mut group = Group {
        owners: each_once(caller.into_iter().chain(others.into_iter().map(|(id, _)| id))),
        rules_visible: draft.rules_visible,
        broadcast: draft.broadcast,
        ..Group::blank(id, draft.name.clone(), draft.kind, draft.visibility)
    };
    check_length(Field::Owners, &group.owners, limits::OWNERS)?;
    change_fields(&mut group, &draft.fields)?;
    let stamp = Stamp { version: 1, modified: at };
    let mut members = mentions.find_all(&initial.members)?;
    members.retain(|(id, _)| !group.owners.contains(id));
    let above = upper(view, id, initial.parent, at)?;
    let mut changes = mentions.changes();
    changes.push(Change::GroupPut(Arc::new(group), stamp));
    if !members.is_empty() {
        changes.push(Change::MembersAdded(id, members.into_iter().map(|(id, _)| id).collect(), stamp));
    }
    changes.extend(above);
    Ok(Decision { changes, subject: Subject::Group(id) })
}

/// The change that puts a new group beneath its parent, if it has one. A confined caller can create groups only beneath
/// its own group.
fn upper(view: &View, id: GroupId, parent: Option<GroupId>, at: Timestamp) -> Result<Option<Change>, Fault> {
    let own = match view.caller.scope {
        AccessScope::Group(own) => view.directory.groups.get(own).map(|entry| entry.group.id),
        _ => None,
    };
    let Some(parent) = parent.or(own) else { return Ok(None) };
    let entry = view.group(parent)?;
    policy::may_change_members(view, entry)?;
    check_depth(view.directory.hierarchy.height(slot_of(view, entry)?) + 1)?;
    Ok(Some(Change::SubgroupsAdded(parent, vec![id], entry.stamp.next(at))))
}

pub(super) fn edit(
    view: &View,
    id: GroupId,
    version: Option<u32>,
    (edit, owners): (&GroupEdit, Option<&[PersonId]>),
    at: Timestamp,
) -> Result<Decision, Fault> {
    let entry = view.group(id)?;
    check_version(Kind::Group, id, version, entry.stamp.version)?;
    let mut group = Group::clone(&entry.group);
    change(view, &mut group, edit, owners)?;
    if group == *entry.group {
        return nothing_changes(Subject::Group(id));
    }
    Ok(Decision { changes: vec![Change::GroupPut(Arc::new(group), entry.stamp.next(at))], subject: Subject::Group(id) })
}

/// Applies the edit and the new owners to a group, after it checked their references.
pub(super) fn change(
    view: &View,
    group: &mut Group,
    edit: &GroupEdit,
    owners: Option<&[PersonId]>,
) -> Result<(), Fault> {
    if let Some(owners) = owners {
        check_length(Field::Owners, owners, limits::OWNERS)?;
        group.owners = each_once(owners.iter().copied());
        living(view, &group.owners)?;
    }
    change_fields(group, &edit.fields)?;
    set(&mut group.name, &edit.name);
    set(&mut group.visibility, &edit.visibility);
    set(&mut group.rules_visible, &edit.rules_visible);
    Ok(())
}

fn change_fields(group: &mut Group, fields: &GroupFields) -> Result<(), Fault> {
    check_length(Field::Addresses, fields.addresses.as_deref().unwrap_or_default(), limits::LIST_ITEMS)?;
    check_length(Field::Images, fields.images.as_deref().unwrap_or_default(), limits::LIST_ITEMS)?;
    fields.description.apply(&mut group.description);
    set(&mut group.state, &fields.state);
    set(&mut group.roles_enabled, &fields.roles_enabled);
    set(&mut group.include_owners, &fields.include_owners);
    set(&mut group.calls_enabled, &fields.calls_enabled);
    fields.email.apply(&mut group.email);
    set(&mut group.addresses, &fields.addresses);
    set(&mut group.images, &fields.images);
    fields.welcome.apply(&mut group.welcome);
    Ok(())
}

fn each_once(people: impl Iterator<Item = PersonId>) -> Vec<PersonId> {
    let mut seen = BTreeSet::new();
    people.filter(|id| seen.insert(*id)).collect()
}

/// Deletes a group. In the same commit it is removed from the groups above it, and each of these gets a new version.
pub(super) fn delete(view: &View, id: GroupId, at: Timestamp) -> Result<Decision, Fault> {
    let slot = slot_of(view, view.group(id)?)?;
    let parents = view.directory.hierarchy.node(slot).map(|node| &node.parents);
    let parents = parents.into_iter().flat_map(|parents| parents.iter());
    let entries = parents.filter_map(|parent| view.directory.groups.get(parent));
    let versions: Vec<_> = entries.map(|entry| (entry.group.id, entry.stamp.next(at).version)).collect();
    let mut changes = Vec::new();
    if !versions.is_empty() {
        changes.push(Change::GroupsStamped(Stamps { versions, modified: at }));
    }
    changes.push(Change::GroupDeleted(id));
    Ok(Decision { changes, subject: Subject::Nothing })
}

pub(super) fn add_members(
    view: &View,
    id: GroupId,
    version: Option<u32>,
    people: &[Mention],
    at: Timestamp,
) -> Result<Decision, Fault> {
    let entry = changeable(view, id)?;
    check_version(Kind::Group, id, version, entry.stamp.version)?;
    let mut mentions = Mentions::new(view);
    let mut added = mentions.find_all(people)?;
    added.retain(|(_, slot)| slot.is_none_or(|slot| !entry.has_individual(slot)));
    let added = added.into_iter().map(|(id, _)| id).collect();
    let mut decision = members_decided(entry, added, at, Change::MembersAdded)?;
    decision.changes.splice(0..0, mentions.changes());
    Ok(decision)
}

pub(super) fn remove_members(view: &View, id: GroupId, people: &[PersonId], at: Timestamp) -> Result<Decision, Fault> {
    let entry = changeable(view, id)?;
    let mut seen = BTreeSet::new();
    let mut removed = people.to_vec();
    let slots = living(view, people)?;
    let mut slots = slots.into_iter();
    removed.retain(|id| slots.next().is_some_and(|slot| entry.has_individual(slot)) && seen.insert(*id));
    members_decided(entry, removed, at, Change::MembersRemoved)
}

/// Removes a person from a group, also as owner. Refused for the last owner, and for a person whom the rule selects.
pub(super) fn take_out(view: &View, id: GroupId, person: PersonId, at: Timestamp) -> Result<Decision, Fault> {
    let (entry, slot) = user_of(view, id, person)?;
    if view.directory.is_taken_by_rule(entry, slot) {
        return Err(Fault::Conflict(Conflict::TakenByRule(person)));
    }
    let stamp = entry.stamp.next(at);
    let mut changes = Vec::new();
    changes.extend(ownership_ended(entry, person, stamp)?);
    if entry.has_individual(slot) {
        changes.push(Change::MembersRemoved(id, vec![person], stamp));
    }
    Ok(Decision { changes, subject: Subject::Nothing })
}

/// Makes a user of a group an owner.
pub(super) fn promote(view: &View, id: GroupId, person: PersonId, at: Timestamp) -> Result<Decision, Fault> {
    let (entry, _) = user_of(view, id, person)?;
    if entry.group.owners.contains(&person) {
        return nothing_changes(Subject::Nothing);
    }
    let mut group = Group::clone(&entry.group);
    group.owners.push(person);
    check_length(Field::Owners, &group.owners, limits::OWNERS)?;
    Ok(Decision { changes: vec![Change::GroupPut(Arc::new(group), entry.stamp.next(at))], subject: Subject::Nothing })
}

/// Makes an owner an individual who is no longer an owner.
pub(super) fn demote(view: &View, id: GroupId, person: PersonId, at: Timestamp) -> Result<Decision, Fault> {
    let (entry, slot) = user_of(view, id, person)?;
    let stamp = entry.stamp.next(at);
    let Some(ended) = ownership_ended(entry, person, stamp)? else { return nothing_changes(Subject::Nothing) };
    let mut changes = vec![ended];
    if !entry.has_individual(slot) {
        changes.push(Change::MembersAdded(id, vec![person], stamp));
    }
    Ok(Decision { changes, subject: Subject::Nothing })
}

fn changeable<'d>(view: &View<'d>, id: GroupId) -> Result<&'d Arc<GroupEntry>, Fault> {
    let entry = view.group(id)?;
    policy::may_change_members(view, entry)?;
    Ok(entry)
}

/// A group whose members the caller may change, and the slot of a person who is a member or owner.
fn user_of<'d>(view: &View<'d>, id: GroupId, person: PersonId) -> Result<(&'d Arc<GroupEntry>, u32), Fault> {
    let entry = changeable(view, id)?;
    let slot = view.directory.people.slot(person).filter(|slot| entry.has_user(*slot));
    Ok((entry, slot.ok_or_else(|| Fault::not_found(Kind::Member, person))?))
}

/// The change that ends a person's ownership of a group. None if the person is not an owner; refused for the last
/// owner.
fn ownership_ended(entry: &GroupEntry, person: PersonId, stamp: Stamp) -> Result<Option<Change>, Fault> {
    match entry.group.owners.as_slice() {
        owners if !owners.contains(&person) => Ok(None),
        [_] => Err(Fault::Conflict(Conflict::LastOwner)),
        _ => {
            let stamps = Stamps { versions: vec![(entry.group.id, stamp.version)], modified: stamp.modified };
            Ok(Some(Change::OwnershipsEnded(person, stamps)))
        }
    }
}

/// The decision about added or removed members. If nothing changes, the group gets no new version.
fn members_decided(
    entry: &GroupEntry,
    people: Vec<PersonId>,
    at: Timestamp,
    change: fn(GroupId, Vec<PersonId>, Stamp) -> Change,
) -> Result<Decision, Fault> {
    if people.is_empty() {
        return nothing_changes(Subject::Nothing);
    }
    Ok(Decision { changes: vec![change(entry.group.id, people, entry.stamp.next(at))], subject: Subject::Nothing })
}

pub(super) fn edit_voicemail(view: &View, id: GroupId, edit: &Voicemail) -> Result<Decision, Fault> {
    let entry = view.group(id)?;
    let held = entry.group.voicemail.as_deref().cloned().unwrap_or_default();
    if let Some(overflow) = edit.overflow_group.filter(|overflow| held.overflow_group != Some(*overflow)) {
        view.group(overflow)?;
    }
    let voicemail = Voicemail {
        enabled: edit.enabled.or(held.enabled),
        send_email_notifications: edit.send_email_notifications.or(held.send_email_notifications),
        disable_email_pii: edit.disable_email_pii.or(held.disable_email_pii),
        include_email_transcriptions: edit.include_email_transcriptions.or(held.include_email_transcriptions),
        email_members: edit.email_members.or(held.email_members),
        email_group: edit.email_group.or(held.email_group),
        language: edit.language.clone().or(held.language),
        rotate_calls_secs: edit.rotate_calls_secs.or(held.rotate_calls_secs),
        stop_ringing_after_rotations: edit.stop_ringing_after_rotations.or(held.stop_ringing_after_rotations),
        overflow_group: edit.overflow_group.or(held.overflow_group),
        alert: edit.alert.or(held.alert),
        response_prompt: edit.response_prompt.clone().or(held.response_prompt),
        response_required: edit.response_required.or(held.response_required),
        number_in_caller_id_lists: edit.number_in_caller_id_lists.or(held.number_in_caller_id_lists),
    };
    let group = Group { voicemail: Some(Box::new(voicemail)), ..Group::clone(&entry.group) };
    if group == *entry.group {
        return nothing_changes(Subject::Group(id));
    }
    // Voicemail settings are not part of the group in the API, so its version stays the same.
    Ok(Decision { changes: vec![Change::GroupPut(Arc::new(group), entry.stamp)], subject: Subject::Group(id) })
}

/// Sets the rule of a group. Setting the same rule again changes nothing.
pub(super) fn put_rule(view: &View, id: GroupId, rule: &Rule<String>, at: Timestamp) -> Result<Decision, Fault> {
    let entry = view.group(id)?;
    let rule = view.resolve(rule)?;
    if entry.group.rule.as_ref().is_some_and(|group_rule| group_rule.rule == rule) {
        return nothing_changes(Subject::Nothing);
    }
    check_comparisons(view, &rule, Some(entry))?;
    rule_decided(entry, Some(Arc::new(GroupRule { rule, modified: at })), at)
}

/// Refuses a rule if the deletion of a skill in it would become too expensive.
pub(super) fn check_comparisons(view: &View, rule: &Rule<NamedSkill>, held: Option<&GroupEntry>) -> Result<(), Fault> {
    let limit = limits::SKILL_COMPARISONS;
    let Some(rule) = rule.expression() else { return Ok(()) };
    match view.directory.skills.n_comparisons(&rule, held.and_then(|entry| entry.rule.as_deref())) {
        Some(count) if count > limit => {
            Err(Fault::invalid(Field::Comparisons, Reason::TooManyOf { what: Quantity::ComparisonsOfSkill, limit }))
        }
        _ => Ok(()),
    }
}

/// Removes a group's rule, if it has one.
pub(super) fn delete_rule(view: &View, id: GroupId, at: Timestamp) -> Result<Decision, Fault> {
    let entry = view.group(id)?;
    if entry.group.rule.is_none() {
        return nothing_changes(Subject::Nothing);
    }
    rule_decided(entry, None, at)
}

fn rule_decided(entry: &GroupEntry, rule: Option<Arc<GroupRule>>, at: Timestamp) -> Result<Decision, Fault> {
    let group = Group { rule, ..Group::clone(&entry.group) };
    Ok(Decision { changes: vec![Change::GroupPut(Arc::new(group), entry.stamp.next(at))], subject: Subject::Nothing })
}
