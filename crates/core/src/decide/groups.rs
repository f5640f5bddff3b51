//! Rules about groups and their members.

use super::{check_length, check_new, check_version, next_version, nothing_changes, set};
use crate::command::{Change, Decision, GroupDraft, GroupEdit, Subject};
use crate::directory::GroupEntry;
use crate::fault::{Fault, Kind};
use crate::limits;
use crate::model::*;
use crate::policy;
use crate::query::View;
use crate::rule::{Rule, StandingRule};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) fn create(view: &View, id: GroupId, draft: &GroupDraft, at: Timestamp) -> Result<Decision, Fault> {
    check_new(Kind::Group, id, view.directory.groups.by_id(id).is_some())?;
    let mut group = Group {
        id,
        name: draft.name.clone(),
        description: None,
        kind: draft.kind,
        visibility: draft.visibility,
        state: GroupState::Active,
        rules_visible: draft.rules_visible,
        roles_enabled: true,
        include_owners: true,
        calls_enabled: true,
        email: None,
        owners: Vec::new(),
        addresses: Vec::new(),
        images: Vec::new(),
        voicemail: None,
        rule: None,
    };
    change(view, &mut group, &draft.rest)?;
    let stamp = Stamp { version: 1, modified: at };
    Ok(Decision { changes: vec![Change::GroupPut(Arc::new(group), stamp)], subject: Subject::Group(id) })
}

pub(super) fn edit(
    view: &View,
    id: GroupId,
    version: Option<u32>,
    edit: &GroupEdit,
    at: Timestamp,
) -> Result<Decision, Fault> {
    let entry = view.group(id)?;
    check_version(Kind::Group, id, version, entry.stamp.version)?;
    let mut group = Group::clone(&entry.group);
    change(view, &mut group, edit)?;
    if group == *entry.group {
        return nothing_changes(Subject::Group(id));
    }
    Ok(Decision { changes: vec![Change::GroupPut(Arc::new(group), next(entry, at))], subject: Subject::Group(id) })
}

/// Makes the edit, after checking what it refers to.
fn change(view: &View, group: &mut Group, edit: &GroupEdit) -> Result<(), Fault> {
    if let Some(owners) = &edit.owners {
        check_length("ownerIds", owners, limits::OWNERS)?;
        let mut seen = BTreeSet::new();
        group.owners = owners.iter().copied().filter(|id| seen.insert(*id)).collect();
        living(view, &group.owners)?;
    }
    check_length("addresses", edit.addresses.as_deref().unwrap_or_default(), limits::LIST_ITEMS)?;
    check_length("images", edit.images.as_deref().unwrap_or_default(), limits::LIST_ITEMS)?;
    set(&mut group.name, &edit.name);
    set(&mut group.description, &edit.description);
    set(&mut group.state, &edit.state);
    set(&mut group.visibility, &edit.visibility);
    set(&mut group.rules_visible, &edit.rules_visible);
    set(&mut group.roles_enabled, &edit.roles_enabled);
    set(&mut group.include_owners, &edit.include_owners);
    set(&mut group.calls_enabled, &edit.calls_enabled);
    set(&mut group.email, &edit.email);
    set(&mut group.addresses, &edit.addresses);
    set(&mut group.images, &edit.images);
    Ok(())
}

pub(super) fn delete(view: &View, id: GroupId) -> Result<Decision, Fault> {
    view.group(id)?;
    Ok(Decision { changes: vec![Change::GroupDeleted(id)], subject: Subject::Nothing })
}

pub(super) fn add_members(
    view: &View,
    id: GroupId,
    version: Option<u32>,
    people: &[PersonId],
    at: Timestamp,
) -> Result<Decision, Fault> {
    let entry = changeable(view, id, people)?;
    check_version(Kind::Group, id, version, entry.stamp.version)?;
    let added = distinct(view, people, |slot| !entry.has_individual(slot))?;
    members_decided(entry, added, at, Change::MembersAdded)
}

pub(super) fn remove_members(view: &View, id: GroupId, people: &[PersonId], at: Timestamp) -> Result<Decision, Fault> {
    let entry = changeable(view, id, people)?;
    let removed = distinct(view, people, |slot| entry.has_individual(slot))?;
    members_decided(entry, removed, at, Change::MembersRemoved)
}

fn changeable<'d>(view: &View<'d>, id: GroupId, people: &[PersonId]) -> Result<&'d Arc<GroupEntry>, Fault> {
    check_length("memberIds", people, limits::MEMBER_IDS)?;
    let entry = view.group(id)?;
    policy::may_change_members(view, entry)?;
    Ok(entry)
}

/// Those of these people whom the change is about, each once. One who does not exist refuses all.
fn distinct(view: &View, people: &[PersonId], concerned: impl Fn(u32) -> bool) -> Result<Vec<PersonId>, Fault> {
    let mut seen = BTreeSet::new();
    let mut list = Vec::with_capacity(people.len());
    for (id, slot) in people.iter().zip(living(view, people)?) {
        if concerned(slot) && seen.insert(*id) {
            list.push(*id);
        }
    }
    Ok(list)
}

/// Adding twice and taking out an absent one change nothing, and make no version.
fn members_decided(
    entry: &GroupEntry,
    people: Vec<PersonId>,
    at: Timestamp,
    change: fn(GroupId, Vec<PersonId>, Stamp) -> Change,
) -> Result<Decision, Fault> {
    if people.is_empty() {
        return nothing_changes(Subject::Nothing);
    }
    Ok(Decision { changes: vec![change(entry.group.id, people, next(entry, at))], subject: Subject::Nothing })
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
    // Another service's setting: the group's own version stays.
    Ok(Decision { changes: vec![Change::GroupPut(Arc::new(group), entry.stamp)], subject: Subject::Group(id) })
}

/// Gives a group a rule, in the place of what it had. The same rule again changes nothing.
pub(super) fn put_rule(view: &View, id: GroupId, rule: &Rule<String>, at: Timestamp) -> Result<Decision, Fault> {
    let entry = view.group(id)?;
    let rule = view.resolve(rule)?;
    if entry.group.rule.as_ref().is_some_and(|standing| standing.rule == rule) {
        return nothing_changes(Subject::Nothing);
    }
    rule_decided(entry, Some(Arc::new(StandingRule { rule, modified: at })), at)
}

/// Takes a group's rule away, if it has one.
pub(super) fn delete_rule(view: &View, id: GroupId, at: Timestamp) -> Result<Decision, Fault> {
    let entry = view.group(id)?;
    if entry.group.rule.is_none() {
        return nothing_changes(Subject::Nothing);
    }
    rule_decided(entry, None, at)
}

fn rule_decided(entry: &GroupEntry, rule: Option<Arc<StandingRule>>, at: Timestamp) -> Result<Decision, Fault> {
    let group = Group { rule, ..Group::clone(&entry.group) };
    Ok(Decision { changes: vec![Change::GroupPut(Arc::new(group), next(entry, at))], subject: Subject::Nothing })
}

/// The slots of people who exist; the first who does not refuses all.
pub(super) fn living(view: &View, people: &[PersonId]) -> Result<Vec<u32>, Fault> {
    let slot = |id: &PersonId| {
        let found = view.directory.people.living(*id).map(|(slot, _)| slot);
        found.ok_or_else(|| Fault::not_found(Kind::Person, id))
    };
    people.iter().map(slot).collect()
}

pub(super) fn next(entry: &GroupEntry, at: Timestamp) -> Stamp {
    Stamp { version: next_version(entry.stamp.version), modified: at }
}
