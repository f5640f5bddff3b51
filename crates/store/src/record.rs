//! Serialisation of records and changes: JSON in a format of this crate, so that core's types can change without a
//! change of the stored data. Values were validated before they were stored, and are not validated again.

mod change;
mod client;
mod group;
mod person;
mod rule;
mod skill;

use crate::StoreError;
use convoke_core::*;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
pub(crate) use skill::held;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrganisationRecord {
    id: Uuid,
    name: String,
    home: Uuid,
    created: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleRecord {
    id: Uuid,
    default_id: String,
    name: String,
    description: String,
    permissions: Vec<String>,
}

#[skip_serializing_none]
#[derive(Serialize, Deserialize)]
struct ImageRecord {
    resolution: Option<String>,
    uri: String,
}

/// What the reply to an operation shows, to render it again for a repetition.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "subject", content = "id")]
enum SubjectRecord {
    Nothing,
    Group(Uuid),
    Person(Uuid),
    Client(String),
    Skill(Uuid),
    Held { person: Uuid, skill: Uuid },
    AllHeld { person: Uuid, kind: String },
    Connector(String),
    Each(Vec<bool>),
}

/// Serialises the changes of one command for the log.
pub(crate) fn changes_to_json(changes: &[Change]) -> String {
    to_json(&changes.iter().map(change::to_record).collect::<Vec<_>>())
}

/// Parses the changes of one command from the log.
pub(crate) fn changes_from_json(json: &str) -> Result<Vec<Change>, StoreError> {
    let records: Vec<change::ChangeRecord> = from_json(json)?;
    records.into_iter().map(change::from_record).collect()
}

pub(crate) fn subject_to_json(subject: &Subject) -> String {
    to_json(&match subject {
        Subject::Nothing => SubjectRecord::Nothing,
        Subject::Group(id) => SubjectRecord::Group(id.0),
        Subject::Person(id) => SubjectRecord::Person(id.0),
        Subject::Client(id) => SubjectRecord::Client(id.to_string()),
        Subject::Skill(id) => SubjectRecord::Skill(id.0),
        Subject::Held(person, skill) => SubjectRecord::Held { person: person.0, skill: skill.0 },
        Subject::AllHeld(person, kind) => SubjectRecord::AllHeld { person: person.0, kind: kind.word().into() },
        Subject::Connector(id) => SubjectRecord::Connector(id.to_string()),
        Subject::Each(done) => SubjectRecord::Each(done.clone()),
    })
}

pub(crate) fn subject_from_json(json: &str) -> Result<Subject, StoreError> {
    Ok(match from_json(json)? {
        SubjectRecord::Nothing => Subject::Nothing,
        SubjectRecord::Group(id) => Subject::Group(GroupId(id)),
        SubjectRecord::Person(id) => Subject::Person(PersonId(id)),
        SubjectRecord::Client(id) => Subject::Client(ClientId(id.into())),
        SubjectRecord::Skill(id) => Subject::Skill(SkillId(id)),
        SubjectRecord::Held { person, skill } => Subject::Held(PersonId(person), SkillId(skill)),
        SubjectRecord::AllHeld { person, kind } => Subject::AllHeld(PersonId(person), skill::kind(&kind)?),
        SubjectRecord::Connector(id) => Subject::Connector(ClientId(id.into())),
        SubjectRecord::Each(done) => Subject::Each(done),
    })
}

pub(crate) fn organisation_to_json(organisation: &Organisation) -> String {
    to_json(&organisation_to_record(organisation))
}

pub(crate) fn organisation_from_json(json: &str) -> Result<Organisation, StoreError> {
    from_json(json).map(organisation_from_record)
}

pub(crate) fn role_to_json(role: &Role) -> String {
    to_json(&role_to_record(role))
}

pub(crate) fn role_from_json(json: &str) -> Result<Role, StoreError> {
    role_from_record(from_json(json)?)
}

pub(crate) fn client_to_json(client: &Client) -> String {
    to_json(&client::to_record(client))
}

pub(crate) fn client_from_json(json: &str) -> Result<Client, StoreError> {
    from_json(json).map(client::from_record)
}

pub(crate) fn connector_to_json(connector: &Connector) -> String {
    to_json(&client::connector_to_record(connector))
}

pub(crate) fn connector_from_json(json: &str) -> Result<Connector, StoreError> {
    from_json(json).map(client::connector_from_record)
}

pub(crate) fn person_to_json(person: &Person) -> String {
    to_json(&person::to_record(person))
}

pub(crate) fn person_from_json(json: &str) -> Result<Person, StoreError> {
    person::from_record(from_json(json)?)
}

pub(crate) fn group_to_json(group: &Group) -> String {
    to_json(&group::to_record(group))
}

pub(crate) fn group_from_json(json: &str) -> Result<Group, StoreError> {
    group::from_record(from_json(json)?)
}

pub(crate) fn skill_to_json(skill: &Skill) -> String {
    to_json(&skill::to_record(skill))
}

pub(crate) fn skill_from_json(json: &str) -> Result<Skill, StoreError> {
    skill::from_record(from_json(json)?)
}

/// A list of keys, in hexadecimal, as a parameter of one statement.
pub(crate) fn keys_to_json(keys: &[Uuid]) -> String {
    to_json(&keys.iter().map(|id| id.as_simple().to_string()).collect::<Vec<_>>())
}

fn to_json(record: &impl Serialize) -> String {
    serde_json::to_string(record).expect("records have string keys and no failing values")
}

fn from_json<'j, T: Deserialize<'j>>(json: &'j str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::Damaged(format!("a record does not parse: {error}")))
}

fn organisation_to_record(organisation: &Organisation) -> OrganisationRecord {
    OrganisationRecord {
        id: organisation.id.0,
        name: organisation.name.as_str().into(),
        home: organisation.home.0,
        created: organisation.created.0,
    }
}

fn organisation_from_record(record: OrganisationRecord) -> Organisation {
    Organisation {
        id: OrganisationId(record.id),
        name: Name::stored(&record.name),
        home: DivisionId(record.home),
        created: Timestamp(record.created),
    }
}

fn role_to_record(role: &Role) -> RoleRecord {
    RoleRecord {
        id: role.id.0,
        default_id: role.default_id.as_str().into(),
        name: role.name.as_str().into(),
        description: role.description.as_str().into(),
        permissions: role.permissions.iter().map(|permission| permission.name().into()).collect(),
    }
}

fn role_from_record(record: RoleRecord) -> Result<Role, StoreError> {
    let permissions = Permissions::named(record.permissions.iter().map(String::as_str));
    Ok(Role {
        id: RoleId(record.id),
        default_id: Line::stored(&record.default_id),
        name: Name::stored(&record.name),
        description: Line::stored(&record.description),
        permissions: permissions.ok_or_else(|| unknown("permission", &record.permissions.join(", ")))?,
    })
}

fn images_to_record(images: &[Image]) -> Vec<ImageRecord> {
    let record = |image: &Image| ImageRecord { resolution: text(&image.resolution), uri: image.uri.as_str().into() };
    images.iter().map(record).collect()
}

fn images_from_record(records: Vec<ImageRecord>) -> Vec<Image> {
    let image = |record: ImageRecord| Image { resolution: line(record.resolution), uri: Line::stored(&record.uri) };
    records.into_iter().map(image).collect()
}

fn text(line: &Option<Line>) -> Option<String> {
    line.as_ref().map(|line| line.as_str().into())
}

fn texts(lines: &[Line]) -> Vec<String> {
    lines.iter().map(|line| line.as_str().into()).collect()
}

fn line(text: Option<String>) -> Option<Line> {
    text.as_deref().map(Line::stored)
}

fn lines(texts: Vec<String>) -> Vec<Line> {
    texts.iter().map(|text| Line::stored(text)).collect()
}

fn unknown(what: &str, word: &str) -> StoreError {
    StoreError::Damaged(format!("a record has the unknown {what} {word:?}"))
}
