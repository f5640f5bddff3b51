//! Skills, and the proficiency of people in them.

use super::stamp::Stamp;
use crate::values::words::words;
use crate::values::{Name, Reason, SkillId};

/// A skill that people can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// Its id.
    pub id: SkillId,
    /// Its kind.
    pub kind: SkillKind,
    /// The name, unique among the skills of its kind that are not deleted.
    pub name: Name,
    /// Whether it was deleted. Nobody has a deleted skill, but rules may still name it.
    pub deleted: bool,
    /// Its version and date.
    pub stamp: Stamp,
}

/// A proficiency: 0 to 5, with fractions.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Proficiency(f64);

/// A proficiency is never NaN.
impl Eq for Proficiency {}

impl Proficiency {
    /// The greatest proficiency.
    pub const MAX: u8 = 5;

    /// Refuses values that are not from 0 to 5.
    pub fn new(value: f64) -> Result<Self, Reason> {
        let max = f64::from(Self::MAX);
        // Adding zero makes a negative zero positive.
        if (0.0..=max).contains(&value) { Ok(Proficiency(value + 0.0)) } else { Err(Reason::NotAProficiency) }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// A skill that a person has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldSkill {
    /// The skill.
    pub skill: SkillId,
    /// The proficiency.
    pub proficiency: Proficiency,
}

words! {
    /// The kind of a skill.
    SkillKind {
        /// A routing skill.
        Routing = "routing",
        /// A language.
        Language = "language",
    }
}
