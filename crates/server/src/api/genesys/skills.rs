//! Routing skills and languages. Both are skills in the directory, of different kinds.

use super::listing::{direction, fetched, paged_list};
use super::page::Page;
use super::{access, take, timestamp};
use crate::api::call::{Admitted, Asker, Call};
use crate::http::refusal::Refusal;
use crate::http::response::ApiResponse;
use crate::secret;
use convoke_core::*;
use convoke_wire::Nothing;
use convoke_wire::genesys as wire;
use convoke_wire::genesys::{LanguagePath, SkillPath};
use std::sync::Arc;

/// Creates a routing skill.
pub(super) async fn post(admitted: Admitted<wire::PostRoutingSkills>) -> Result<ApiResponse, Refusal> {
    let home = home(&admitted.asker)?;
    let from_wire = |_: Nothing, _: Nothing, body: wire::CreateRoutingSkill| {
        at_home(home, body.division_id.as_deref())?;
        created(SkillKind::Routing, body.name)
    };
    admitted.take().await?.change(from_wire, to_wire).await
}

/// Changes a routing skill. Without a new name nothing changes.
pub(super) async fn patch(admitted: Admitted<wire::PatchRoutingSkill>) -> Result<ApiResponse, Refusal> {
    let home = home(&admitted.asker)?;
    let taken = admitted.take().await?;
    at_home(home, taken.body.division_id.as_deref())?;
    if taken.body.name.is_none() {
        return taken.read(|call, path, query, _| get(call, path, query));
    }
    let from_wire = |path: SkillPath, _: Nothing, body: wire::UpdateSkillDivisionRequest| {
        renamed(SkillKind::Routing, &path.skill_id, body.name)
    };
    taken.change(from_wire, to_wire).await
}

fn home(asker: &Asker) -> Result<DivisionId, Refusal> {
    asker.look(|view| Ok(view.organisation().home))
}

pub(super) fn delete(path: SkillPath, _: Nothing, _: Nothing) -> Result<Command, Refusal> {
    let kind = SkillKind::Routing;
    Ok(Command::DeleteSkill(take::skill_id(kind, &path.skill_id)?, kind))
}

pub(super) fn get(call: &Call, path: SkillPath, _: Nothing) -> Result<wire::RoutingSkill, Refusal> {
    let kind = SkillKind::Routing;
    let skill = call.view.skill(kind, take::skill_id(kind, &path.skill_id)?)?;
    Ok(routing_skill(call.view.organisation(), skill))
}

pub(super) fn list(
    call: &Call,
    _: Nothing,
    query: wire::RoutingSkillsQuery,
) -> Result<wire::EntityListing<wire::RoutingSkill>, Refusal> {
    let page = Page::new(query.page_size, query.page_number)?;
    let skills = listed(call, SkillKind::Routing, &query.id, query.name, begins)?;
    Ok(paged_list(call, page, skills, |skill| routing_skill(call.view.organisation(), skill)))
}

fn to_wire(context: Context<'_>, skill: Arc<Skill>) -> wire::RoutingSkill {
    routing_skill(context.organisation(), &skill)
}

pub(super) fn post_language(_: Nothing, _: Nothing, body: wire::LanguageRequest) -> Result<SkillCommand, Refusal> {
    created(SkillKind::Language, body.name)
}

pub(super) fn patch_language(
    path: LanguagePath,
    _: Nothing,
    body: wire::LanguageRequest,
) -> Result<SkillCommand, Refusal> {
    renamed(SkillKind::Language, &path.language_id, body.name)
}

pub(super) fn delete_language(path: LanguagePath, _: Nothing, _: Nothing) -> Result<Command, Refusal> {
    let kind = SkillKind::Language;
    Ok(Command::DeleteSkill(take::skill_id(kind, &path.language_id)?, kind))
}

pub(super) fn get_language(call: &Call, path: LanguagePath, _: Nothing) -> Result<wire::Language, Refusal> {
    let kind = SkillKind::Language;
    Ok(language(call.view.skill(kind, take::skill_id(kind, &path.language_id)?)?))
}

pub(super) fn list_languages(
    call: &Call,
    _: Nothing,
    query: wire::LanguagesQuery,
) -> Result<wire::EntityListing<wire::Language>, Refusal> {
    let page = Page::new(query.page_size, query.page_number)?;
    let mut languages = listed(call, SkillKind::Language, &query.id, query.name, is_named)?;
    if direction(query.sort_order) == Direction::Descending {
        languages.reverse();
    }
    Ok(paged_list(call, page, languages, |skill| language(skill)))
}

pub(super) fn language_to_wire(_: Context<'_>, skill: Arc<Skill>) -> wire::Language {
    language(&skill)
}

/// Refuses a division other than the home division, which is the only one. Blank means absent.
fn at_home(home: DivisionId, id: Option<&str>) -> Result<(), Refusal> {
    match id.filter(|id| !id.trim().is_empty()) {
        Some(id) if DivisionId::parse(id) != Some(home) => Err(Fault::not_found(Kind::Division, id).into()),
        _ => Ok(()),
    }
}

fn created(kind: SkillKind, name: Option<String>) -> Result<SkillCommand, Refusal> {
    let name = take::required("name", take::name("name", name)?)?;
    Ok(SkillCommand::Create(SkillId(secret::new_id()), kind, name))
}

fn renamed(kind: SkillKind, id: &str, name: Option<String>) -> Result<SkillCommand, Refusal> {
    let name = take::required("name", take::name("name", name)?)?;
    Ok(SkillCommand::Rename(take::skill_id(kind, id)?, kind, name))
}

/// The skills of a kind that match a listing's filters, by name.
fn listed<'d>(
    call: &Call<'d>,
    kind: SkillKind,
    ids: &[String],
    name: Option<String>,
    fits: fn(&str, &str) -> bool,
) -> Result<Vec<&'d Arc<Skill>>, Refusal> {
    let ids = fetched(ids, &[], |_| None)?;
    let asked = name.map(|name| fold(&name));
    let mut skills = call.view.skills(kind);
    skills.retain(|skill| {
        ids.as_ref().is_none_or(|ids| ids.contains(&skill.id.0))
            && asked.as_ref().is_none_or(|asked| fits(skill.name.key(), asked))
    });
    Ok(skills)
}

/// The documents say of skills: "filter for results that start with this value".
fn begins(key: &str, asked: &str) -> bool {
    key.starts_with(asked.strip_suffix('*').unwrap_or(asked))
}

/// The documents say of languages only: "name".
fn is_named(key: &str, asked: &str) -> bool {
    key == asked || (asked.ends_with('*') && begins(key, asked))
}

fn routing_skill(organisation: &Organisation, skill: &Skill) -> wire::RoutingSkill {
    let id = skill.id.to_string();
    wire::RoutingSkill {
        name: skill.name.as_str().into(),
        division: access::home_of(organisation),
        date_modified: timestamp::to_wire(skill.stamp.modified),
        state: state_word(skill),
        version: skill.stamp.version.to_string(),
        self_uri: format!("/api/v2/routing/skills/{id}"),
        id,
    }
}

fn language(skill: &Skill) -> wire::Language {
    let id = skill.id.to_string();
    wire::Language {
        name: skill.name.as_str().into(),
        date_modified: timestamp::to_wire(skill.stamp.modified),
        state: state_word(skill),
        version: skill.stamp.version.to_string(),
        self_uri: format!("/api/v2/routing/languages/{id}"),
        id,
    }
}

/// The state of a skill.
pub(super) fn state_word(skill: &Skill) -> wire::SkillState {
    if skill.deleted { wire::SkillState::Deleted } else { wire::SkillState::Active }
}
