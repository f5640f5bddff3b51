//! What fields this directory holds, said in the form that the API has for it.

use super::take;
use crate::api::call::Call;
use crate::http::refusal::Refusal;
use convoke_core::{Fault, Reason};
use convoke_wire::Nothing;
use convoke_wire::genesys as wire;
use convoke_wire::word::Word;
use std::collections::BTreeMap;

/// A field: key, type of its values, whether it must have one, whether it may have several.
type Field = (&'static str, &'static str, Required, Repeatable);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Required {
    Yes,
    No,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeatable {
    Yes,
    No,
}

const PERSON: &[(&str, &[Field])] = &[
    (
        "general",
        &[
            ("general.name", "name", Required::Yes, Repeatable::No),
            ("general.preferredName", "text", Required::No, Repeatable::No),
            ("general.title", "text", Required::No, Repeatable::No),
            ("general.department", "text", Required::No, Repeatable::No),
            ("general.profileSkills", "tag", Required::No, Repeatable::Yes),
            ("general.images", "image", Required::No, Repeatable::Yes),
        ],
    ),
    (
        "contactInfo",
        &[
            ("contactInfo.email_main", "email", Required::Yes, Repeatable::No),
            ("contactInfo.phone_work", "phone", Required::No, Repeatable::Yes),
            ("contactInfo.phone_mobile", "phone", Required::No, Repeatable::Yes),
            ("contactInfo.phone_home", "phone", Required::No, Repeatable::Yes),
            ("contactInfo.phone_other", "phone", Required::No, Repeatable::Yes),
        ],
    ),
    ("relationships", &[("relationships.manager", "person", Required::No, Repeatable::No)]),
    (
        "employer",
        &[
            ("employer.officialName", "text", Required::No, Repeatable::No),
            ("employer.employeeId", "text", Required::No, Repeatable::No),
            ("employer.employeeType", "text", Required::No, Repeatable::No),
            ("employer.dateHire", "date", Required::No, Repeatable::No),
        ],
    ),
    (
        "bio",
        &[
            ("bio.biography", "textarea", Required::No, Repeatable::No),
            ("bio.interests", "tag", Required::No, Repeatable::Yes),
            ("bio.hobbies", "tag", Required::No, Repeatable::Yes),
            ("bio.spouse", "text", Required::No, Repeatable::No),
        ],
    ),
    ("certifications", &[("certifications.certifications", "tag", Required::No, Repeatable::Yes)]),
];

const GROUP: &[(&str, &[Field])] = &[
    (
        "general",
        &[
            ("general.name", "text", Required::Yes, Repeatable::No),
            ("general.description", "textarea", Required::No, Repeatable::No),
            ("general.type", "text", Required::Yes, Repeatable::No),
            ("general.state", "text", Required::Yes, Repeatable::No),
            ("general.dateModified", "date", Required::Yes, Repeatable::No),
            ("general.visibility", "text", Required::Yes, Repeatable::No),
            ("general.owners", "person", Required::No, Repeatable::Yes),
            ("general.images", "image", Required::No, Repeatable::Yes),
        ],
    ),
    (
        "contactInfo",
        &[
            ("contactInfo.email_main", "email", Required::No, Repeatable::No),
            ("contactInfo.phone_main", "phone", Required::No, Repeatable::Yes),
        ],
    ),
];

const ORG: &[(&str, &[Field])] = &[(
    "general",
    &[
        ("general.name", "text", Required::Yes, Repeatable::No),
        ("general.domain", "text", Required::Yes, Repeatable::No),
    ],
)];

pub(super) fn get(_: &Call, _: Nothing, query: wire::FieldConfigQuery) -> Result<wire::FieldConfig, Refusal> {
    let kind = take::required("type", query.kind)?;
    let (name, sections) = match kind {
        wire::EntityType::Person => ("Person", PERSON),
        wire::EntityType::Group => ("Group", GROUP),
        wire::EntityType::Organization => ("Organization", ORG),
        // The directory holds no external contacts, and so none of their fields.
        wire::EntityType::ExternalContact => ("External contact", &[][..]),
        wire::EntityType::Other(_) => {
            return Err(Fault::invalid("type", Reason::NotOneOf(wire::EntityType::WORDS)).into());
        }
    };
    let entity_type = kind.as_str();
    Ok(wire::FieldConfig {
        id: entity_type.into(),
        name: name.into(),
        entity_type: entity_type.into(),
        state: "active".into(),
        sections: sections.iter().map(|(key, fields)| section(key, fields)).collect(),
        version: "1".into(),
        schema_version: "1".into(),
        self_uri: format!("/api/v2/fieldconfig?type={entity_type}"),
    })
}

fn section(key: &str, fields: &[Field]) -> wire::Section {
    let field = |(key, kind, required, repeatable): &Field| wire::FieldList {
        custom_labels: false,
        instruction_text: None,
        key: (*key).into(),
        label_keys: vec![key.rsplit('.').next().unwrap_or(key).into()],
        params: BTreeMap::new(),
        repeatable: *repeatable == Repeatable::Yes,
        state: "active".into(),
        kind: (*kind).into(),
        required: *required == Required::Yes,
        gdpr: false,
    };
    wire::Section { field_list: fields.iter().map(field).collect(), key: key.into(), state: "active".into() }
}
