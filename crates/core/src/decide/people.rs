//! Rules about people.

use super::command::{Decision, PersonDraft, PersonEdit, PersonFields};
use super::{check_length, check_new, check_version, next_version, nothing_changes, set};
use crate::directory::{Change, Subject};
use crate::policy::View;
use crate::records::{Biography, Employer, Person, PersonState, Stamps};
use crate::values::{Conflict, Email, Fault, Field, Kind, PersonId, Timestamp, Update, limits};
use std::sync::Arc;

pub(super) fn create(view: &View, id: PersonId, draft: &PersonDraft) -> Result<Decision, Fault> {
    check_new(Kind::Person, id, view.directory.people.slot(id))?;
    let home = view.directory.organisation.home;
    let division = draft.division.unwrap_or(home);
    if division != home {
        return Err(Fault::not_found(Kind::Division, division));
    }
    if let Some(email) = &draft.email {
        check_email(view, email, id)?;
    }
    let mut person = Person { email: draft.email.clone(), ..Person::blank(id, draft.name.clone(), division) };
    change(view, &mut person, &draft.fields)?;
    Ok(Decision { changes: vec![Change::PersonPut(Arc::new(person))], subject: Subject::Person(id) })
}

pub(super) fn edit(view: &View, id: PersonId, version: Option<u32>, edit: &PersonEdit) -> Result<Decision, Fault> {
    let held = view.directory.people.by_id(id).map(|(_, person)| person);
    // A deleted person can only be restored.
    let held = held.filter(|person| person.state != PersonState::Deleted || edit.fields.state.is_some());
    let held = held.ok_or_else(|| Fault::not_found(Kind::Person, id))?;
    check_version(Kind::Person, id, version, held.version)?;
    let mut person = Person::clone(held);
    if let Some(email) = &edit.email {
        check_email(view, email, id)?;
        person.email = Some(email.clone());
    }
    set(&mut person.name, &edit.name);
    change(view, &mut person, &edit.fields)?;
    if person == **held {
        return nothing_changes(Subject::Person(id));
    }
    person.version = next_version(held.version);
    Ok(Decision { changes: vec![Change::PersonPut(Arc::new(person))], subject: Subject::Person(id) })
}

/// Applies the edit, after it checked the references.
fn change(view: &View, person: &mut Person, edit: &PersonFields) -> Result<(), Fault> {
    // A caller may send back a whole object that names a manager who was deleted meanwhile. An unchanged reference is
    // accepted.
    if let Update::Set(manager) = edit.manager
        && person.manager != Some(manager)
    {
        living(view, &[manager])?;
    }
    check_length(Field::Addresses, edit.addresses.as_deref().unwrap_or_default(), limits::LIST_ITEMS)?;
    check_length(Field::Images, edit.images.as_deref().unwrap_or_default(), limits::LIST_ITEMS)?;
    check_length(Field::ProfileSkills, edit.profile_skills.as_deref().unwrap_or_default(), limits::LIST_ITEMS)?;
    check_length(Field::Certifications, edit.certifications.as_deref().unwrap_or_default(), limits::LIST_ITEMS)?;
    let biography = edit.biography.as_ref();
    check_length(Field::Interests, biography.map_or(&[], |told| &told.interests), limits::LIST_ITEMS)?;
    check_length(Field::Hobbies, biography.map_or(&[], |told| &told.hobbies), limits::LIST_ITEMS)?;
    set(&mut person.state, &edit.state.map(PersonState::from));
    edit.username.apply(&mut person.username);
    let email = person.email.as_ref().map(Email::as_str);
    if person.username.as_ref().is_some_and(|username| Some(username.as_str()) == email) {
        // Without a sign-in name the e-mail address is used. Callers that send back a whole object send it as the
        // sign-in name.
        person.username = None;
    }
    person.texts.set(&edit.texts);
    edit.manager.apply(&mut person.manager);
    set(&mut person.addresses, &edit.addresses);
    set(&mut person.images, &edit.images);
    set(&mut person.profile_skills, &edit.profile_skills);
    set(&mut person.certifications, &edit.certifications);
    set(&mut person.acd_auto_answer, &edit.acd_auto_answer);
    if let Some(employer) = &edit.employer {
        person.employer = (*employer != Employer::default()).then(|| Box::new(employer.clone()));
    }
    if let Some(biography) = &edit.biography {
        person.biography = (*biography != Biography::default()).then(|| Box::new(biography.clone()));
    }
    Ok(())
}

/// An e-mail address belongs to one person, even if that person is deleted.
fn check_email(view: &View, email: &Email, id: PersonId) -> Result<(), Fault> {
    let other = view.directory.people.by_email(email).is_some_and(|(_, person)| person.id != id);
    if other { Err(Fault::Conflict(Conflict::EmailTaken(email.as_str().to_owned()))) } else { Ok(()) }
}

/// Deletes a person. In the same commit the person is removed from all groups, also as owner. Each of these groups gets
/// one new version.
pub(super) fn delete(view: &View, id: PersonId, at: Timestamp) -> Result<Decision, Fault> {
    let people = &view.directory.people;
    let (slot, held) = people.living(id).ok_or_else(|| Fault::not_found(Kind::Person, id))?;
    let (mut owned, mut joined, mut subscribed) = (Vec::new(), Vec::new(), Vec::new());
    let involved = people.groups.get(slot as usize).into_iter().flat_map(|groups| groups.iter());
    for entry in involved.filter_map(|group| view.directory.groups.get(group)) {
        let (group, version) = (entry.group.id, entry.stamp.next(at).version);
        if entry.group.owners.contains(&id) {
            owned.push((group, version));
        }
        if entry.has_individual(slot) {
            joined.push((group, version));
        }
        if entry.subscribers.contains(slot) {
            subscribed.push(group);
        }
    }
    let mut changes = Vec::new();
    if !owned.is_empty() {
        changes.push(Change::OwnershipsEnded(id, Stamps { versions: owned, modified: at }));
    }
    if !joined.is_empty() {
        changes.push(Change::MembershipsEnded(id, Stamps { versions: joined, modified: at }));
    }
    if !subscribed.is_empty() {
        changes.push(Change::SubscriptionsEnded(id, subscribed));
    }
    if !people.held(slot).is_empty() {
        changes.push(Change::SkillsHeld(id, Vec::new()));
    }
    let mut person = Person::clone(held);
    person.state = PersonState::Deleted;
    person.version = next_version(held.version);
    person.profile_skills.clear();
    changes.push(Change::PersonPut(Arc::new(person)));
    Ok(Decision { changes, subject: Subject::Nothing })
}

/// The slots of these people. Refused if one does not exist.
pub(super) fn living(view: &View, people: &[PersonId]) -> Result<Vec<u32>, Fault> {
    let slot = |id: &PersonId| {
        let found = view.directory.people.living(*id).map(|(slot, _)| slot);
        found.ok_or_else(|| Fault::not_found(Kind::Person, id))
    };
    people.iter().map(slot).collect()
}
