//! The field configuration: the fields of this directory in the format of the API.

use super::take;
use crate::api::call::Call;
use crate::http::problem::Problem;
use crate::http::refusal::Refusal;
use convoke_core::PersonText;
use convoke_wire::Nothing;
use convoke_wire::genesys as wire;
use convoke_wire::word::Word;
use std::collections::BTreeMap;
use std::iter;

/// A field: its name in the section, the type of its values, whether one is required, whether it may have several.
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

/// The sections of people after the first, which is [`general_of_people`].
const PERSON: &[(&str, &[Field])] = &[
    (
        "contactInfo",
        &[
            ("email_main", "email", Required::Yes, Repeatable::No),
            ("phone_work", "phone", Required::No, Repeatable::Yes),
            ("phone_mobile", "phone", Required::No, Repeatable::Yes),
            ("phone_home", "phone", Required::No, Repeatable::Yes),
            ("phone_other", "phone", Required::No, Repeatable::Yes),
        ],
    ),
    ("relationships", &[("manager", "person", Required::No, Repeatable::No)]),
    (
        "employer",
        &[
            ("officialName", "text", Required::No, Repeatable::No),
            ("employeeId", "text", Required::No, Repeatable::No),
            ("employeeType", "text", Required::No, Repeatable::No),
            ("dateHire", "date", Required::No, Repeatable::No),
        ],
    ),
    (
        "bio",
        &[
            ("biography", "textarea", Required::No, Repeatable::No),
            ("interests", "tag", Required::No, Repeatable::Yes),
            ("hobbies", "tag", Required::No, Repeatable::Yes),
            ("spouse", "text", Required::No, Repeatable::No),
        ],
    ),
    ("certifications", &[("certifications", "tag", Required::No, Repeatable::Yes)]),
];

const GROUP: &[(&str, &[Field])] = &[
    (
        "general",
        &[
            ("name", "text", Required::Yes, Repeatable::No),
            ("description", "textarea", Required::No, Repeatable::No),
            ("type", "text", Required::Yes, Repeatable::No),
            ("state", "text", Required::Yes, Repeatable::No),
            ("dateModified", "date", Required::Yes, Repeatable::No),
            ("visibility", "text", Required::Yes, Repeatable::No),
            ("owners", "person", Required::No, Repeatable::Yes),
            ("images", "image", Required::No, Repeatable::Yes),
        ],
    ),
    (
        "contactInfo",
        &[
            ("email_main", "email", Required::No, Repeatable::No),
            ("phone_main", "phone", Required::No, Repeatable::Yes),
        ],
    ),
];

const ORG: &[(&str, &[Field])] = &[(
    "general",
    &[("name", "text", Required::Yes, Repeatable::No), ("domain", "text", Required::Yes, Repeatable::No)],
)];

pub(super) fn get(_: &Call, _: Nothing, query: wire::FieldConfigQuery) -> Result<wire::FieldConfig, Refusal> {
    let kind = take::required("type", query.kind)?;
    let (name, sections) = match kind {
        wire::EntityType::Person => ("Person", iter::once(general_of_people()).chain(sections(PERSON)).collect()),
        wire::EntityType::Group => ("Group", sections(GROUP).collect()),
        wire::EntityType::Organization => ("Organization", sections(ORG).collect()),
        // The directory has no external contacts, so they have no fields.
        wire::EntityType::ExternalContact => ("External contact", Vec::new()),
        wire::EntityType::Other(_) => {
            return Err(Refusal::invalid("type", Problem::NotOneOf(wire::EntityType::WORDS)));
        }
    };
    let entity_type = kind.as_str();
    Ok(wire::FieldConfig {
        id: entity_type.into(),
        name: name.into(),
        entity_type: entity_type.into(),
        state: "active".into(),
        sections,
        version: "1".into(),
        schema_version: "1".into(),
        self_uri: format!("/api/v2/fieldconfig?type={entity_type}"),
    })
}

/// The name, the plain texts, and the lists.
fn general_of_people() -> wire::Section {
    let texts = PersonText::ALL.iter().map(|text| (text.word(), "text", Required::No, Repeatable::No));
    let several =
        [("profileSkills", "tag", Required::No, Repeatable::Yes), ("images", "image", Required::No, Repeatable::Yes)];
    section("general", iter::once(("name", "name", Required::Yes, Repeatable::No)).chain(texts).chain(several))
}

fn sections(of: &[(&str, &[Field])]) -> impl Iterator<Item = wire::Section> {
    of.iter().map(|(key, fields)| section(key, fields.iter().copied()))
}

fn section(key: &str, fields: impl Iterator<Item = Field>) -> wire::Section {
    let field = |(name, kind, required, repeatable): Field| wire::FieldList {
        custom_labels: false,
        instruction_text: None,
        key: format!("{key}.{name}"),
        label_keys: vec![name.into()],
        params: BTreeMap::new(),
        repeatable: repeatable == Repeatable::Yes,
        state: "active".into(),
        kind: kind.into(),
        required: required == Required::Yes,
        gdpr: false,
    };
    wire::Section { field_list: fields.map(field).collect(), key: key.into(), state: "active".into() }
}
