//! Rows of an import: their commands, refusals and changes.

pub(crate) mod trial;

use super::{dynamic, fault, groups, take, users, words};
use crate::http::problem::Problem;
use crate::http::refusal::Refusal;
use crate::secret;
use convoke_core::*;
use convoke_wire::genesys as wire;
use convoke_wire::genesys::ErrorBody;
use convoke_wire::import as row;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The command of a row.
pub(crate) fn command(organisation: OrganisationId, row: row::Row) -> Result<Command, Refusal> {
    match row {
        row::Row::Skill(row) => skill(SkillKind::Routing, row),
        row::Row::Language(row) => skill(SkillKind::Language, row),
        row::Row::Person(row) => person(*row),
        row::Row::Group(row) => group(organisation, *row),
        row::Row::Membership(row) => Ok(Command::AddMembers {
            group: group_named(organisation, "group", &row.group)?,
            version: None,
            people: vec![mention("member", &row.member)?],
        }),
        row::Row::Subgroup(row) => Ok(Command::AddSubgroups {
            group: group_named(organisation, "group", &row.group)?,
            version: None,
            subgroups: vec![group_named(organisation, "subgroup", &row.subgroup)?],
        }),
    }
}

/// The error of a refused row.
pub(crate) fn error(refusal: &Refusal) -> ErrorBody {
    fault::body(refusal, name).1
}

/// The name of a field in rows. Rows have the names of the Genesys Cloud API, except for a person's skills, which are
/// the whole body there.
fn name(field: Field) -> &'static str {
    match field {
        Field::SkillsHeld => "skills",
        other => fault::name(other),
    }
}

fn skill(kind: SkillKind, row: row::SkillRow) -> Result<Command, Refusal> {
    Ok(SkillCommand::Put {
        id: id(row.id)?.map(SkillId),
        new: SkillId(secret::new_id()),
        kind,
        name: take::required("name", take::name("name", row.name)?)?,
    }
    .into())
}

fn person(mut row: row::PersonRow) -> Result<Command, Refusal> {
    let id = id(row.id.take())?.map(PersonId);
    let clears = |text: &String| text.trim().is_empty();
    let manager = match row.manager.take() {
        None => Ok(Update::Keep),
        Some(manager) if clears(&manager) => Ok(Update::Clear),
        Some(manager) => mention("manager", &manager).map(Update::Set),
    };
    let kinds = [(SkillKind::Routing, row.skills.take()), (SkillKind::Language, row.languages.take())];
    let skills = kinds.into_iter().filter_map(|(kind, named)| Some((kind, named?)));
    let (phone, email) = (row.phone.take(), row.email.take().filter(|email| !clears(email)));
    let edit = users::edit(wire::UpdateUser { email, ..wire::UpdateUser::from(row) })?;
    Ok(PersonCommand::Put(Box::new(PersonRow {
        id,
        new: PersonId(secret::new_id()),
        edit,
        manager: manager?,
        phone: take::part("phone", phone)?,
        skills: skills.map(|(kind, named)| Ok((kind, held(named)?))).collect::<Result<_, Refusal>>()?,
    }))
    .into())
}

fn held(named: BTreeMap<String, f64>) -> Result<Vec<(String, Proficiency)>, Refusal> {
    named.into_iter().map(|(text, number)| Ok((text, take::proficiency(Some(number))?))).collect()
}

fn group(organisation: OrganisationId, row: row::GroupRow) -> Result<Command, Refusal> {
    let id = match (id(row.id)?, row.key) {
        (Some(_), Some(_)) => return Err(Refusal::invalid("key", Problem::Together("id"))),
        (Some(id), None) => GroupId(id),
        (None, key) => group_named(organisation, "key", &take::required("key", key)?)?,
    };
    let owners = row.owners.map(|owners| owners.iter().map(|owner| mention("owners", owner)).collect());
    let edit = groups::edit(wire::GroupUpdate {
        name: row.name,
        description: row.description,
        state: row.state,
        version: None,
        images: row.images,
        addresses: row.addresses,
        rules_visible: row.rules_visible,
        visibility: row.visibility,
        roles_enabled: row.roles_enabled,
        include_owners: row.include_owners,
        calls_enabled: row.calls_enabled,
        email: row.email,
        owner_ids: None,
    })?;
    Ok(GroupCommand::Put(Box::new(GroupRow {
        id,
        kind: take::word("type", row.kind, words::group_kind, GroupKind::WORDS)?,
        edit,
        owners: owners.transpose()?,
        rule: row.rule.map(dynamic::rule).transpose()?,
    }))
    .into())
}

/// An id for a new or existing thing. Blank means absent. It may be in upper case, as in other systems.
fn id(text: Option<String>) -> Result<Option<Uuid>, Refusal> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    written_out(text.trim()).map(Some).ok_or_else(|| Refusal::Malformed {
        field: "id".into(),
        problem: "must be a UUID, such as 8f4c8a5e-2f0b-4a53-9f6e-0b6f3c1d2e4a".into(),
    })
}

/// An id of 36 characters. Shorter forms could be other words.
fn written_out(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == uuid::fmt::Hyphenated::LENGTH)
}

/// A group by id, or by a key, from which the id is computed (UUIDv5, RFC 9562, section 5.5, in the organisation's name
/// space).
fn group_named(organisation: OrganisationId, field: &'static str, text: &str) -> Result<GroupId, Refusal> {
    let key = take::checked(field, Line::new(text))?;
    let made = || Uuid::new_v5(&organisation.0, key.as_str().as_bytes());
    Ok(GroupId(written_out(key.as_str()).unwrap_or_else(made)))
}

/// A person by id or e-mail address.
fn mention(field: &'static str, text: &str) -> Result<Mention, Refusal> {
    match text.contains('@') {
        true => Ok(Mention::Email(take::checked(field, Email::new(text.trim()))?)),
        false => match written_out(text.trim()) {
            Some(id) => Ok(Mention::Id(PersonId(id))),
            None => Err(Fault::not_found(Kind::Person, text.trim()).into()),
        },
    }
}
