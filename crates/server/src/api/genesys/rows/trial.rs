//! The changes that a row of a dry run would make, with the names of rows.

use crate::api::genesys::{dynamic, groups, held, users};
use crate::http::rendered::{Json, Object};
use convoke_core::*;
use convoke_wire::genesys as wire;
use convoke_wire::import::{FieldChange, GroupRow, PersonRow, SkillRow};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The fields of a command's subject as a row has them. Empty if rows of this kind have no further fields.
pub(crate) fn fields(view: &View, outcome: Option<Outcome>) -> Map<String, Value> {
    let row = match outcome {
        Some(Outcome::Person(person)) => serde_json::to_value(person_row(view, &person)),
        Some(Outcome::Group(entry)) => serde_json::to_value(group_row(view, &entry)),
        Some(Outcome::Skill(skill)) => {
            serde_json::to_value(SkillRow { id: None, name: Some(skill.name.as_str().into()) })
        }
        _ => return Map::new(),
    };
    match row {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// The differences between two states of the same thing.
pub(crate) fn changes(mut before: Map<String, Value>, after: Map<String, Value>) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for (field, new) in after {
        let old = before.remove(&field);
        if old.as_ref() != Some(&new) {
            changes.push(FieldChange { field, old, new: Some(new) });
        }
    }
    changes.extend(before.into_iter().map(|(field, old)| FieldChange { field, old: Some(old), new: None }));
    changes
}

fn person_row(view: &View, person: &Person) -> PersonRow {
    use wire::UserExpand::{Biography, Certifications, EmployerInfo, ProfileSkills};
    let words = [ProfileSkills, Certifications, EmployerInfo, Biography];
    let words = words.into_iter().chain(wire::OWN_EXPANDS);
    let user = Json::object(|user| users::write(user, view, person, &users::Expand::of(words))).read();
    let mut row = PersonRow::from(user);
    let contacts = row.addresses.take().into_iter().flatten();
    let mut contacts: Vec<_> = contacts.map(|contact| wire::Contact { display: None, ..contact }).collect();
    // Rows have a separate field for the mobile number.
    let mobile = contacts.iter().position(is_mobile_number).map(|at| contacts.remove(at));
    let skills = held::skills_of(view, person.id).into_iter().map(|held| (held.name, held.proficiency));
    let languages = held::languages_of(view, person.id).into_iter().map(|held| (held.name, held.proficiency));
    PersonRow {
        id: None,
        manager: person.manager.map(|manager| mention(view, manager)),
        phone: mobile.and_then(|contact| contact.address),
        addresses: some(contacts),
        skills: some(skills.collect()).map(BTreeMap::from_iter),
        languages: some(languages.collect()).map(BTreeMap::from_iter),
        ..row
    }
}

fn group_row(view: &View, entry: &GroupEntry) -> GroupRow {
    let group = Json::object(|group: &mut Object<wire::Group>| groups::write(group, view.context(), entry)).read();
    let contacts = group.addresses.into_iter().map(|contact| wire::GroupContact { display: None, ..contact });
    let rule = entry.group.rule.as_ref();
    GroupRow {
        id: None,
        key: None,
        name: Some(group.name),
        description: group.description,
        kind: Some(group.kind),
        state: Some(group.state),
        visibility: Some(group.visibility),
        rules_visible: Some(group.rules_visible),
        roles_enabled: group.roles_enabled,
        include_owners: group.include_owners,
        calls_enabled: group.calls_enabled,
        email: group.email,
        owners: some(entry.group.owners.iter().map(|owner| mention(view, *owner)).collect()),
        addresses: some(contacts.collect()),
        images: some(group.images),
        rule: rule.map(|group_rule| wire::DynamicGroupQuery {
            skill_conditions: Some(dynamic::nodes_of(view, group_rule.rule.nodes())),
        }),
    }
}

/// Whether a contact is a mobile number without further properties.
fn is_mobile_number(contact: &wire::Contact) -> bool {
    let wire::Contact { address, display: _, media_type, kind, extension, country_code, integration } = contact;
    let is_mobile = *media_type == Some(wire::MediaType::Phone) && *kind == Some(wire::ContactType::Mobile);
    is_mobile && address.is_some() && extension.is_none() && country_code.is_none() && integration.is_none()
}

/// A reference to a person: the e-mail address, or else the id.
fn mention(view: &View, id: PersonId) -> String {
    let email = view.person(id, PersonFilter::Living).ok().and_then(|person| person.email.as_ref());
    email.map_or_else(|| id.to_string(), |email| email.as_str().to_owned())
}

/// The list, or none if it is empty.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
