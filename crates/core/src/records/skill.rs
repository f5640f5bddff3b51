//! Skills, and how well people have them.

use super::stamp::Stamp;
use crate::values::words::words;
use crate::values::{Name, Reason, SkillId};

/// Something that people can do more or less well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// Its id.
    pub id: SkillId,
    /// What it is about.
    pub kind: SkillKind,
    /// Unique among the living ones of its kind.
    pub name: Name,
    /// Whether it is a tombstone, which nobody has, and which rules may still name.
    pub deleted: bool,
    /// Its version and date.
    pub stamp: Stamp,
}

/// How well a person does something: from 0 to 5, fractions included.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Proficiency(f64);

/// A proficiency is never NaN.
impl Eq for Proficiency {}

impl Proficiency {
    /// The highest there is.
    pub const MAX: u8 = 5;

    /// Refuses what is not from 0 to 5.
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
pub struct Held {
    /// The skill.
    pub skill: SkillId,
    /// How well.
    pub proficiency: Proficiency,
}

words! {
    /// What a skill is about.
    SkillKind {
        /// Work that is routed by it.
        Routing = "routing",
        /// A language.
        Language = "language",
    }
}
