//! The routing skills and languages of users, with proficiency.

use super::listing::{direction, paged_list, whole};
use super::page::Page;
use super::skills::state_word;
use super::take;
use crate::api::call::Call;
use crate::http::refusal::Refusal;
use convoke_core::*;
use convoke_wire::Nothing;
use convoke_wire::genesys as wire;
use convoke_wire::genesys::{UserLanguagePath, UserPath, UserSkillPath};
use std::sync::Arc;

pub(super) fn skills(
    call: &Call,
    path: UserPath,
    query: wire::SortedPageQuery,
) -> Result<wire::EntityListing<wire::UserRoutingSkill>, Refusal> {
    held(call, &path, SkillKind::Routing, &query, user_skill)
}

pub(super) fn post_skill(path: UserPath, _: Nothing, body: wire::UserRoutingSkillPost) -> Result<HoldSkill, Refusal> {
    hold(&path.user_id, SkillKind::Routing, HoldMode::Add, body.id, body.proficiency)
}

pub(super) fn put_skill(path: UserSkillPath, _: Nothing, body: wire::UserRoutingUpdate) -> Result<HoldSkill, Refusal> {
    hold(&path.user_id, SkillKind::Routing, HoldMode::Change, Some(path.skill_id), body.proficiency)
}

pub(super) fn delete_skill(path: UserSkillPath, _: Nothing, _: Nothing) -> Result<Command, Refusal> {
    drop_held(&path.user_id, SkillKind::Routing, &path.skill_id)
}

pub(super) fn put_skills(
    path: UserPath,
    _: Nothing,
    body: Vec<wire::UserRoutingSkillPost>,
) -> Result<HoldSkills, Refusal> {
    let skills = body.into_iter().map(|skill| (skill.id, skill.proficiency));
    hold_all(&path.user_id, SkillKind::Routing, OtherSkills::Drop, skills)
}

pub(super) fn patch_skills(
    path: UserPath,
    _: Nothing,
    body: Vec<wire::UserRoutingSkillPost>,
) -> Result<HoldSkills, Refusal> {
    let skills = body.into_iter().map(|skill| (skill.id, skill.proficiency));
    hold_all(&path.user_id, SkillKind::Routing, OtherSkills::Keep, skills)
}

pub(super) fn skill_to_wire(
    _: Context<'_>,
    (person, skill, proficiency): (PersonId, Arc<Skill>, Proficiency),
) -> wire::UserRoutingSkill {
    user_skill(person, &skill, proficiency)
}

pub(super) fn skills_to_wire(
    _: Context<'_>,
    (person, held): (PersonId, Vec<(Arc<Skill>, Proficiency)>),
) -> wire::EntityListing<wire::UserRoutingSkill> {
    let held = held.iter().map(|(skill, proficiency)| user_skill(person, skill, *proficiency));
    whole(format!("/api/v2/users/{person}/routingskills"), held.collect())
}

pub(super) fn languages(
    call: &Call,
    path: UserPath,
    query: wire::SortedPageQuery,
) -> Result<wire::EntityListing<wire::UserRoutingLanguage>, Refusal> {
    held(call, &path, SkillKind::Language, &query, user_language)
}

pub(super) fn post_language(
    path: UserPath,
    _: Nothing,
    body: wire::UserRoutingLanguagePost,
) -> Result<HoldSkill, Refusal> {
    hold(&path.user_id, SkillKind::Language, HoldMode::Add, body.id, body.proficiency)
}

pub(super) fn patch_language(
    path: UserLanguagePath,
    _: Nothing,
    body: wire::UserRoutingUpdate,
) -> Result<HoldSkill, Refusal> {
    hold(&path.user_id, SkillKind::Language, HoldMode::Change, Some(path.language_id), body.proficiency)
}

pub(super) fn delete_language(path: UserLanguagePath, _: Nothing, _: Nothing) -> Result<Command, Refusal> {
    drop_held(&path.user_id, SkillKind::Language, &path.language_id)
}

pub(super) fn patch_languages(
    path: UserPath,
    _: Nothing,
    body: Vec<wire::UserRoutingLanguagePost>,
) -> Result<HoldSkills, Refusal> {
    let languages = body.into_iter().map(|language| (language.id, language.proficiency));
    hold_all(&path.user_id, SkillKind::Language, OtherSkills::Keep, languages)
}

pub(super) fn language_to_wire(
    _: Context<'_>,
    (person, skill, proficiency): (PersonId, Arc<Skill>, Proficiency),
) -> wire::UserRoutingLanguage {
    user_language(person, &skill, proficiency)
}

pub(super) fn languages_to_wire(
    _: Context<'_>,
    (person, held): (PersonId, Vec<(Arc<Skill>, Proficiency)>),
) -> wire::EntityListing<wire::UserRoutingLanguage> {
    let held = held.iter().map(|(skill, proficiency)| user_language(person, skill, *proficiency));
    whole(format!("/api/v2/users/{person}/routinglanguages"), held.collect())
}

/// The routing skills of a user. A deleted user has none.
pub(super) fn skills_of(view: &View, person: PersonId) -> Vec<wire::UserRoutingSkill> {
    let held = view.held(person, SkillKind::Routing).unwrap_or_default();
    held.into_iter().map(|(skill, proficiency)| user_skill(person, skill, proficiency)).collect()
}

/// The languages of a user. A deleted user has none.
pub(super) fn languages_of(view: &View, person: PersonId) -> Vec<wire::UserRoutingLanguage> {
    let held = view.held(person, SkillKind::Language).unwrap_or_default();
    held.into_iter().map(|(skill, proficiency)| user_language(person, skill, proficiency)).collect()
}

fn held<W>(
    call: &Call,
    path: &UserPath,
    kind: SkillKind,
    query: &wire::SortedPageQuery,
    to_wire: fn(PersonId, &Skill, Proficiency) -> W,
) -> Result<wire::EntityListing<W>, Refusal> {
    let page = Page::new(query.page_size, query.page_number)?;
    let person = take::person_id(&path.user_id)?;
    let mut held = call.view.held(person, kind)?;
    if direction(query.sort_order) == Direction::Descending {
        held.reverse();
    }
    Ok(paged_list(call, page, held, |(skill, proficiency)| to_wire(person, skill, proficiency)))
}

fn hold(
    person: &str,
    kind: SkillKind,
    mode: HoldMode,
    skill: Option<String>,
    proficiency: Option<f64>,
) -> Result<HoldSkill, Refusal> {
    let (skill, proficiency) = given(skill, proficiency)?;
    Ok(HoldSkill { person: take::person_id(person)?, kind, skill, proficiency, mode })
}

fn hold_all(
    person: &str,
    kind: SkillKind,
    others: OtherSkills,
    skills: impl Iterator<Item = (Option<String>, Option<f64>)>,
) -> Result<HoldSkills, Refusal> {
    let skills = skills.map(|(id, proficiency)| given(id, proficiency)).collect::<Result<_, _>>()?;
    Ok(HoldSkills { person: take::person_id(person)?, kind, skills, others })
}

/// A skill by id, with the proficiency.
fn given(id: Option<String>, proficiency: Option<f64>) -> Result<(String, Proficiency), Refusal> {
    let id = take::required("id", id.filter(|id| !id.trim().is_empty()))?;
    Ok((id, take::proficiency(proficiency)?))
}

fn drop_held(person: &str, kind: SkillKind, skill: &str) -> Result<Command, Refusal> {
    Ok(Command::DropSkill { person: take::person_id(person)?, kind, skill: take::skill_id(kind, skill)? })
}

fn user_skill(person: PersonId, skill: &Skill, proficiency: Proficiency) -> wire::UserRoutingSkill {
    let id = skill.id.to_string();
    wire::UserRoutingSkill {
        name: skill.name.as_str().into(),
        proficiency: proficiency.get(),
        state: state_word(skill),
        skill_uri: format!("/api/v2/routing/skills/{id}"),
        self_uri: format!("/api/v2/users/{person}/routingskills/{id}"),
        id,
    }
}

fn user_language(person: PersonId, skill: &Skill, proficiency: Proficiency) -> wire::UserRoutingLanguage {
    let id = skill.id.to_string();
    wire::UserRoutingLanguage {
        name: skill.name.as_str().into(),
        proficiency: proficiency.get(),
        state: state_word(skill),
        language_uri: format!("/api/v2/routing/languages/{id}"),
        self_uri: format!("/api/v2/users/{person}/routinglanguages/{id}"),
        id,
    }
}
