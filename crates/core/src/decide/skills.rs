//! Rules about skills, and about who has them.

use super::command::{Decision, HoldMode, HoldSkill, HoldSkills, OtherSkills};
use super::{check_length, check_new, nothing_changes};
use crate::directory::{Change, Subject};
use crate::policy::View;
use crate::records::{HeldSkill, Skill, SkillKind, Stamp};
use crate::values::{Conflict, Fault, Field, Kind, Name, PersonId, SkillId, Timestamp, limits};
use std::sync::Arc;

pub(super) fn create(view: &View, id: SkillId, kind: SkillKind, name: &Name, at: Timestamp) -> Result<Decision, Fault> {
    check_new(kind.into(), id, view.directory.skills.records.get(&id))?;
    check_name(view, id, kind, name)?;
    let stamp = Stamp { version: 1, modified: at };
    let skill = Skill { id, kind, name: name.clone(), deleted: false, stamp };
    Ok(Decision { changes: vec![Change::SkillPut(Arc::new(skill))], subject: Subject::Skill(id) })
}

pub(super) fn rename(view: &View, id: SkillId, kind: SkillKind, name: &Name, at: Timestamp) -> Result<Decision, Fault> {
    let skill = view.skill(kind, id)?;
    check_name(view, id, kind, name)?;
    if skill.name == *name {
        return nothing_changes(Subject::Skill(id));
    }
    let skill = Skill { name: name.clone(), stamp: skill.stamp.next(at), ..Skill::clone(skill) };
    Ok(Decision { changes: vec![Change::SkillPut(Arc::new(skill))], subject: Subject::Skill(id) })
}

/// Deletes a skill. In the same commit it is removed from everyone. Rules keep their comparisons of it, which are then
/// false for everyone.
pub(super) fn delete(view: &View, id: SkillId, kind: SkillKind, at: Timestamp) -> Result<Decision, Fault> {
    let skill = view.skill(kind, id)?;
    let skill = Skill { deleted: true, stamp: skill.stamp.next(at), ..Skill::clone(skill) };
    Ok(Decision { changes: vec![Change::SkillPut(Arc::new(skill))], subject: Subject::Nothing })
}

/// Checks that a name is unique among the skills of a kind that are not deleted.
fn check_name(view: &View, id: SkillId, kind: SkillKind, name: &Name) -> Result<(), Fault> {
    match view.directory.skills.by_key(kind, name.key()) {
        Some(other) if other != id => Err(Fault::Conflict(Conflict::SkillTaken(kind.into(), name.as_str().to_owned()))),
        _ => Ok(()),
    }
}

pub(super) fn hold(view: &View, command: &HoldSkill) -> Result<Decision, Fault> {
    let HoldSkill { person, kind, skill, proficiency, mode } = command;
    let before = held_by(view, *person)?;
    let skill = skill_of(view, *kind, skill)?;
    if *mode == HoldMode::Change && !before.iter().any(|held| held.skill == skill) {
        return Err(Fault::not_found(Kind::Held, skill));
    }
    let mut after = before.to_vec();
    put(&mut after, HeldSkill { skill, proficiency: *proficiency });
    check_held(&after)?;
    decided(*person, before, after, Subject::Held(*person, skill))
}

pub(super) fn hold_all(view: &View, command: &HoldSkills) -> Result<Decision, Fault> {
    let HoldSkills { person, kind, skills, others } = command;
    let before = held_by(view, *person)?;
    check_length(Field::SkillsHeld, skills, limits::SKILLS_HELD)?;
    let is_other = |held: &HeldSkill| view.directory.skills.get(*kind, held.skill).is_none();
    let mut after: Vec<HeldSkill> = match others {
        OtherSkills::Keep => before.to_vec(),
        OtherSkills::Drop => before.iter().copied().filter(is_other).collect(),
    };
    for (text, proficiency) in skills {
        put(&mut after, HeldSkill { skill: skill_of(view, *kind, text)?, proficiency: *proficiency });
    }
    check_held(&after)?;
    decided(*person, before, after, Subject::AllHeld(*person, *kind))
}

/// The skill with an id as a caller wrote it.
fn skill_of(view: &View, kind: SkillKind, text: &str) -> Result<SkillId, Fault> {
    let found = SkillId::parse(text).and_then(|id| view.directory.skills.get(kind, id));
    Ok(found.ok_or_else(|| Fault::not_found(kind.into(), text))?.id)
}

/// Adds or changes a skill. If a skill is given twice, the last one counts.
fn put(held: &mut Vec<HeldSkill>, new: HeldSkill) {
    match held.iter_mut().find(|held| held.skill == new.skill) {
        Some(held) => held.proficiency = new.proficiency,
        None => held.push(new),
    }
}

fn check_held(held: &[HeldSkill]) -> Result<(), Fault> {
    check_length(Field::SkillsHeld, held, limits::SKILLS_HELD)
}

/// Removes a skill from a person who has it.
pub(super) fn drop(view: &View, person: PersonId, kind: SkillKind, skill: SkillId) -> Result<Decision, Fault> {
    let before = held_by(view, person)?;
    view.skill(kind, skill)?;
    if !before.iter().any(|held| held.skill == skill) {
        return Err(Fault::not_found(Kind::Held, skill));
    }
    let after = before.iter().copied().filter(|held| held.skill != skill).collect();
    decided(person, before, after, Subject::Nothing)
}

pub(super) fn decided(
    person: PersonId,
    before: &[HeldSkill],
    mut after: Vec<HeldSkill>,
    subject: Subject,
) -> Result<Decision, Fault> {
    after.sort_unstable_by_key(|held| held.skill);
    if after == before {
        return nothing_changes(subject);
    }
    Ok(Decision { changes: vec![Change::SkillsHeld(person, after)], subject })
}

/// A person's present skills. Refused for a deleted person.
fn held_by<'d>(view: &View<'d>, person: PersonId) -> Result<&'d [HeldSkill], Fault> {
    let found = view.directory.people.living(person);
    let (slot, _) = found.ok_or_else(|| Fault::not_found(Kind::Person, person))?;
    Ok(view.directory.people.held(slot))
}
