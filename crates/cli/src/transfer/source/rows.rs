//! Converts people and groups to rows, without fields that are read-only or empty or that an import does not have.

use super::missing::MissingData;
use super::skills::{SkillIndex, Skills};
use convoke_client::genesys::*;
use convoke_client::import::{GroupRow, PersonRow};
use std::collections::{BTreeMap, HashSet};

/// A person.
pub fn person(mut user: User, skills: Option<&Skills>, missing: &mut MissingData) -> PersonRow {
    let held = user.skills.take().into_iter().flatten();
    let held = held.map(|skill| (skill.id, skill.name, skill.proficiency));
    let spoken = user.languages.take().into_iter().flatten();
    let spoken = spoken.map(|language| (language.id, language.name, language.proficiency));
    let row = PersonRow::from(user);
    PersonRow {
        addresses: some(row.addresses.into_iter().flatten().filter_map(contact)),
        images: some(row.images.into_iter().flatten().filter(is_somewhere)),
        employer_info: row.employer_info.filter(|info| {
            let EmployerInfo { official_name, employee_id, employee_type, date_hire } = info;
            [official_name, employee_id, employee_type, date_hire].into_iter().any(Option::is_some)
        }),
        biography: row.biography.and_then(biography),
        skills: proficiencies(held, skills.map(|skills| &skills.routing), missing),
        languages: proficiencies(spoken, skills.map(|skills| &skills.languages), missing),
        ..row
    }
}

/// A group, without its rule.
pub fn group(group: &Group, people: Option<&HashSet<String>>, missing: &mut MissingData) -> GroupRow {
    let owners = group.owners.iter().map(|owner| owner.id.clone()).collect();
    GroupRow {
        id: Some(group.id.clone()),
        key: None,
        name: Some(group.name.clone()),
        description: group.description.clone(),
        kind: Some(group.kind.clone()),
        state: Some(group.state.clone()),
        visibility: Some(group.visibility.clone()),
        rules_visible: Some(group.rules_visible),
        roles_enabled: group.roles_enabled,
        include_owners: group.include_owners,
        calls_enabled: group.calls_enabled,
        email: group.email.clone(),
        owners: some(missing.keep(owners, people, "owners who are not there")),
        addresses: some(group.addresses.iter().cloned().filter_map(group_contact)),
        images: some(group.images.iter().filter(|image| is_somewhere(image)).cloned()),
        rule: None,
    }
}

/// The list, or none if it is empty.
fn some<T>(list: impl IntoIterator<Item = T>) -> Option<Vec<T>> {
    let list: Vec<T> = list.into_iter().collect();
    (!list.is_empty()).then_some(list)
}

/// A contact. Some servers return only the display form.
fn contact(contact: Contact) -> Option<Contact> {
    let address = contact.address.or_else(|| contact.display.filter(|_| contact.extension.is_none()));
    let is_any = address.is_some() || contact.extension.is_some();
    is_any.then_some(Contact { address, display: None, ..contact })
}

fn group_contact(contact: GroupContact) -> Option<GroupContact> {
    let address = contact.address.or_else(|| contact.display.filter(|_| contact.extension.is_none()));
    let is_any = address.is_some() || contact.extension.is_some();
    is_any.then_some(GroupContact { address, display: None, ..contact })
}

fn is_somewhere(image: &Image) -> bool {
    image.image_uri.is_some()
}

fn biography(told: Biography) -> Option<Biography> {
    let Biography { biography, interests, hobbies, spouse } = told;
    let told = Biography {
        biography: biography.filter(|text| !text.is_empty()),
        interests: interests.and_then(some),
        hobbies: hobbies.and_then(some),
        spouse,
    };
    let is_any =
        told.biography.is_some() || told.spouse.is_some() || told.interests.is_some() || told.hobbies.is_some();
    is_any.then_some(told)
}

fn proficiencies(
    held: impl Iterator<Item = (String, String, f64)>,
    known: Option<&SkillIndex>,
    missing: &mut MissingData,
) -> Option<BTreeMap<String, f64>> {
    let mut proficiencies = BTreeMap::new();
    for (id, name, proficiency) in held {
        match known {
            None => drop(proficiencies.insert(name, proficiency)),
            Some(known) => match known.text(&id, name) {
                Some(text) => drop(proficiencies.insert(text, proficiency)),
                None => missing.leave_out("skills of people, which are not there", id),
            },
        }
    }
    (!proficiencies.is_empty()).then_some(proficiencies)
}
