//! Rules about rows of an import. A row describes a state; whether something must be created or changed depends on the
//! present state. Each row follows the same rules as the commands that create and change.

use super::command::{Decision, GroupRow, PersonDraft, PersonEdit, PersonRow};
use super::mentions::Mentions;
use super::{check_length, groups, nothing_changes, people, skills};
use crate::directory::{Change, Subject};
use crate::policy::View;
use crate::records::{
    Contact, ContactKind, Group, GroupRule, HeldSkill, LivingState, Media, Person, PersonState, SkillKind, Stamp,
    Visibility,
};
use crate::values::{
    Conflict, Fault, Field, GroupKind, Line, Name, PersonId, Reason, SkillId, Timestamp, Update, limits,
};
use std::sync::Arc;

/// Creates or changes the person of a row: the one with the e-mail address, or else with the id, or else a new one.
pub(super) fn person(view: &View, row: &PersonRow) -> Result<Decision, Fault> {
    let held = found(view, row)?;
    let mut edit = row.edit.clone();
    edit.fields.manager = match &row.manager {
        Update::Keep => Update::Keep,
        Update::Clear => Update::Clear,
        Update::Set(manager) => Update::Set(Mentions::new(view).find(manager)?.0),
    };
    if held.is_some_and(|person| person.state == PersonState::Deleted) {
        edit.fields.state = edit.fields.state.or(Some(LivingState::Active));
    }
    if let Some(phone) = &row.phone {
        let addresses = edit.fields.addresses.take().or_else(|| held.map(|person| person.addresses.clone()));
        edit.fields.addresses = Some(with_mobile(addresses.unwrap_or_default(), phone));
    }
    let (mut decision, id) = match held {
        Some(person) => (people::edit(view, person.id, None, &edit)?, person.id),
        None => {
            let id = row.id.unwrap_or(row.new);
            (people::create(view, id, &draft(edit)?)?, id)
        }
    };
    decision.changes.extend(skills_held(view, id, row)?);
    Ok(decision)
}

/// The person of a row, deleted or not.
fn found<'d>(view: &View<'d>, row: &PersonRow) -> Result<Option<&'d Arc<Person>>, Fault> {
    let directory = &view.directory.people;
    let by_email = row.edit.email.as_ref().and_then(|email| directory.by_email(email));
    let by_email = by_email.map(|(_, person)| person);
    match (by_email, row.id) {
        (Some(person), Some(id)) if person.id != id => {
            let email = person.email.as_ref().map_or("", |email| email.as_str());
            Err(Fault::Conflict(Conflict::EmailTaken(email.to_owned())))
        }
        (Some(person), _) => Ok(Some(person)),
        (None, Some(id)) => Ok(directory.by_id(id).map(|(_, person)| person)),
        (None, None) if row.edit.email.is_none() => Err(Fault::invalid(Field::Email, Reason::Missing)),
        (None, None) => Ok(None),
    }
}

fn draft(edit: PersonEdit) -> Result<PersonDraft, Fault> {
    let name = edit.name.ok_or_else(|| Fault::invalid(Field::Name, Reason::Missing))?;
    Ok(PersonDraft { name, email: edit.email, division: None, fields: Box::new(edit.fields) })
}

/// The contacts with this number as mobile phone. It replaces the first mobile phone.
fn with_mobile(mut contacts: Vec<Contact>, phone: &Line) -> Vec<Contact> {
    let is_mobile = |contact: &&mut Contact| contact.media == Media::Phone && contact.kind == ContactKind::Mobile;
    match contacts.iter_mut().find(is_mobile) {
        Some(contact) => contact.address = Some(phone.clone()),
        None => contacts.push(Contact {
            media: Media::Phone,
            kind: ContactKind::Mobile,
            address: Some(phone.clone()),
            extension: None,
            country_code: None,
            integration: None,
        }),
    }
    contacts
}

/// The change after which the person has exactly the skills of the row, for the kinds in the row.
fn skills_held(view: &View, id: PersonId, row: &PersonRow) -> Result<Option<Change>, Fault> {
    let people = &view.directory.people;
    let before = people.slot(id).map_or(&[][..], |slot| people.held(slot));
    let mut after = before.to_vec();
    for (kind, named) in &row.skills {
        after.retain(|held| view.directory.skills.get(*kind, held.skill).is_none());
        for (text, proficiency) in named {
            let skill = view.named_skill(*kind, text)?.id;
            after.retain(|held| held.skill != skill);
            after.push(HeldSkill { skill, proficiency: *proficiency });
        }
    }
    check_length(Field::SkillsHeld, &after, limits::SKILLS_HELD)?;
    Ok(skills::decided(id, before, after, Subject::Nothing)?.changes.pop())
}

/// Creates or changes the group of a row: the one with the id, or a new one.
pub(super) fn group(view: &View, row: &GroupRow, at: Timestamp) -> Result<Decision, Fault> {
    let held = view.directory.groups.by_id(row.id).map(|(_, entry)| entry);
    let mut group = match held {
        Some(entry) => Group::clone(&entry.group),
        None => {
            let name = row.edit.name.clone().ok_or_else(|| Fault::invalid(Field::Name, Reason::Missing))?;
            Group::blank(row.id, name, row.kind.unwrap_or(GroupKind::Official), Visibility::Public)
        }
    };
    if row.kind.is_some_and(|kind| kind != group.kind) {
        return Err(Fault::invalid(Field::GroupKind, Reason::KindIsFixed(group.kind)));
    }
    let owners = row.owners.as_ref().map(|owners| Mentions::new(view).find_all(owners)).transpose()?;
    let owners = owners.map(|owners| owners.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
    groups::change(view, &mut group, &row.edit, owners.as_deref())?;
    if let Some(rule) = &row.rule {
        let rule = view.resolve(rule)?;
        if group.rule.as_ref().is_none_or(|group_rule| group_rule.rule != rule) {
            groups::check_comparisons(view, &rule, held.map(|entry| &**entry))?;
            group.rule = Some(Arc::new(GroupRule { rule, modified: at }));
        }
    }
    let stamp = match held {
        Some(entry) if group == *entry.group => return nothing_changes(Subject::Group(row.id)),
        Some(entry) => entry.stamp.next(at),
        None => Stamp { version: 1, modified: at },
    };
    Ok(Decision { changes: vec![Change::GroupPut(Arc::new(group), stamp)], subject: Subject::Group(row.id) })
}

/// Creates or renames the skill of a row: the one with the name, or else the one with the id, or else a new one.
pub(super) fn skill(
    view: &View,
    (id, new): (Option<SkillId>, SkillId),
    kind: SkillKind,
    name: &Name,
    at: Timestamp,
) -> Result<Decision, Fault> {
    let named = view.directory.skills.by_key(kind, name.key());
    match (named, id) {
        (Some(named), Some(id)) if named != id => {
            Err(Fault::Conflict(Conflict::SkillTaken(kind.into(), name.as_str().to_owned())))
        }
        // The spelling may differ in case.
        (Some(named), _) => skills::rename(view, named, kind, name, at),
        (None, Some(id)) if view.directory.skills.get(kind, id).is_some() => skills::rename(view, id, kind, name, at),
        (None, id) => skills::create(view, id.unwrap_or(new), kind, name, at),
    }
}
