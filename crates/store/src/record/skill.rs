//! Serialised skills, and the skills of people.

use super::unknown;
use crate::StoreError;
use convoke_core::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(super) struct SkillRecord {
    id: Uuid,
    kind: String,
    name: String,
    deleted: bool,
    version: u32,
    modified: i64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct HeldRecord {
    skill: Uuid,
    proficiency: f64,
}

pub(super) fn to_record(skill: &Skill) -> SkillRecord {
    SkillRecord {
        id: skill.id.0,
        kind: skill.kind.word().into(),
        name: skill.name.as_str().into(),
        deleted: skill.deleted,
        version: skill.stamp.version,
        modified: skill.stamp.modified.0,
    }
}

pub(super) fn from_record(record: SkillRecord) -> Result<Skill, StoreError> {
    Ok(Skill {
        id: SkillId(record.id),
        kind: kind(&record.kind)?,
        name: Name::stored(&record.name),
        deleted: record.deleted,
        stamp: Stamp { version: record.version, modified: Timestamp(record.modified) },
    })
}

pub(super) fn kind(word: &str) -> Result<SkillKind, StoreError> {
    SkillKind::parse(word).ok_or_else(|| unknown("kind of skill", word))
}

pub(super) fn held_to_records(all: &[HeldSkill]) -> Vec<HeldRecord> {
    all.iter().map(|held| HeldRecord { skill: held.skill.0, proficiency: held.proficiency.get() }).collect()
}

pub(super) fn held_from_records(records: Vec<HeldRecord>) -> Result<Vec<HeldSkill>, StoreError> {
    records.into_iter().map(|record| held(record.skill, record.proficiency)).collect()
}

/// A skill of a person, from a row of its table.
pub(crate) fn held(skill: Uuid, proficiency: f64) -> Result<HeldSkill, StoreError> {
    let proficiency =
        Proficiency::new(proficiency).map_err(|_| StoreError::Damaged(format!("{proficiency} is no proficiency")))?;
    Ok(HeldSkill { skill: SkillId(skill), proficiency })
}
