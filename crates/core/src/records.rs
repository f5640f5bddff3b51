//! The records of a directory. Their values are valid.

mod client;
mod group;
mod organisation;
mod person;
mod role;
mod rule;
mod skill;
mod stamp;

pub use client::{Client, Connector};
pub use group::{AlertKind, Group, GroupContact, GroupContactKind, GroupState, Visibility, Voicemail};
pub use organisation::Organisation;
pub use person::{
    Biography, Contact, ContactKind, Employer, Image, LivingState, Media, Person, PersonState, PersonText, PersonTexts,
};
pub use role::{DEFAULT_ROLES, DefaultRole, Role};
pub use rule::{Comparator, Comparison, Condition, GroupRule, NamedSkill, Rule, RuleNode};
pub use skill::{HeldSkill, Proficiency, Skill, SkillKind};
pub use stamp::{Stamp, Stamps};
