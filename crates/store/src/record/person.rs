//! Serialised people.

use super::{ImageRecord, images_from_record, images_to_record, line, lines, text, texts, unknown};
use crate::StoreError;
use convoke_core::*;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use uuid::Uuid;

#[skip_serializing_none]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PersonRecord {
    id: Uuid,
    version: u32,
    state: StateRecord,
    name: String,
    email: Option<String>,
    username: Option<String>,
    preferred_name: Option<String>,
    title: Option<String>,
    department: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    cost_center: Option<String>,
    division: Uuid,
    manager: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<ContactRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    images: Vec<ImageRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    profile_skills: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    certifications: Vec<String>,
    employer: Option<EmployerRecord>,
    biography: Option<BiographyRecord>,
    acd_auto_answer: bool,
    /// Absent if it is true.
    provisioned: Option<bool>,
}

#[skip_serializing_none]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContactRecord {
    media: String,
    kind: String,
    address: Option<String>,
    extension: Option<String>,
    country_code: Option<String>,
    integration: Option<String>,
}

#[skip_serializing_none]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EmployerRecord {
    official_name: Option<String>,
    employee_id: Option<String>,
    employee_type: Option<String>,
    date_hire: Option<String>,
}

#[skip_serializing_none]
#[derive(Serialize, Deserialize)]
struct BiographyRecord {
    biography: Option<String>,
    interests: Vec<String>,
    hobbies: Vec<String>,
    spouse: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum StateRecord {
    Active,
    Inactive,
    Deleted,
}

pub(super) fn to_record(person: &Person) -> PersonRecord {
    let own = |text| person.texts.get(text).map(str::to_owned);
    PersonRecord {
        id: person.id.0,
        version: person.version,
        state: match person.state {
            PersonState::Active => StateRecord::Active,
            PersonState::Inactive => StateRecord::Inactive,
            PersonState::Deleted => StateRecord::Deleted,
        },
        name: person.name.as_str().into(),
        email: person.email.as_ref().map(|email| email.as_str().into()),
        username: text(&person.username),
        preferred_name: own(PersonText::PreferredName),
        title: own(PersonText::Title),
        department: own(PersonText::Department),
        given_name: own(PersonText::GivenName),
        family_name: own(PersonText::FamilyName),
        cost_center: own(PersonText::CostCenter),
        division: person.division.0,
        manager: person.manager.map(|manager| manager.0),
        addresses: person
            .addresses
            .iter()
            .map(|contact| ContactRecord {
                media: contact.media.word().into(),
                kind: contact.kind.word().into(),
                address: text(&contact.address),
                extension: text(&contact.extension),
                country_code: text(&contact.country_code),
                integration: text(&contact.integration),
            })
            .collect(),
        images: images_to_record(&person.images),
        profile_skills: texts(&person.profile_skills),
        certifications: texts(&person.certifications),
        employer: person.employer.as_ref().map(|employer| EmployerRecord {
            official_name: text(&employer.official_name),
            employee_id: text(&employer.employee_id),
            employee_type: text(&employer.employee_type),
            date_hire: text(&employer.date_hire),
        }),
        biography: person.biography.as_ref().map(|biography| BiographyRecord {
            biography: biography.biography.as_ref().map(|text| text.as_str().into()),
            interests: texts(&biography.interests),
            hobbies: texts(&biography.hobbies),
            spouse: text(&biography.spouse),
        }),
        acd_auto_answer: person.acd_auto_answer,
        provisioned: (!person.provisioned).then_some(false),
    }
}

pub(super) fn from_record(record: PersonRecord) -> Result<Person, StoreError> {
    let contact = |record: ContactRecord| {
        Ok(Contact {
            media: Media::parse(&record.media).ok_or_else(|| unknown("medium", &record.media))?,
            kind: ContactKind::parse(&record.kind).ok_or_else(|| unknown("contact", &record.kind))?,
            address: line(record.address),
            extension: line(record.extension),
            country_code: line(record.country_code),
            integration: line(record.integration),
        })
    };
    let texts = [
        (PersonText::PreferredName, record.preferred_name),
        (PersonText::Title, record.title),
        (PersonText::Department, record.department),
        (PersonText::GivenName, record.given_name),
        (PersonText::FamilyName, record.family_name),
        (PersonText::CostCenter, record.cost_center),
    ];
    Ok(Person {
        id: PersonId(record.id),
        version: record.version,
        state: match record.state {
            StateRecord::Active => PersonState::Active,
            StateRecord::Inactive => PersonState::Inactive,
            StateRecord::Deleted => PersonState::Deleted,
        },
        name: Name::stored(&record.name),
        email: record.email.as_deref().map(Email::stored),
        username: line(record.username),
        texts: texts.map(|(text, written)| (text, line(written))).into_iter().collect(),
        division: DivisionId(record.division),
        manager: record.manager.map(PersonId),
        addresses: record.addresses.into_iter().map(contact).collect::<Result<_, StoreError>>()?,
        images: images_from_record(record.images),
        profile_skills: lines(record.profile_skills),
        certifications: lines(record.certifications),
        employer: record.employer.map(|record| {
            Box::new(Employer {
                official_name: line(record.official_name),
                employee_id: line(record.employee_id),
                employee_type: line(record.employee_type),
                date_hire: line(record.date_hire),
            })
        }),
        biography: record.biography.map(|record| {
            Box::new(Biography {
                biography: record.biography.as_deref().map(Prose::stored),
                interests: lines(record.interests),
                hobbies: lines(record.hobbies),
                spouse: line(record.spouse),
            })
        }),
        acd_auto_answer: record.acd_auto_answer,
        provisioned: record.provisioned.unwrap_or(true),
    })
}
