//! The directory of one organisation: its people, its groups, its callers, and every rule about them.
//!
//! Nothing here does I/O, reads a clock, draws a random number or knows a wire format: time and ids
//! come in as arguments, so each rule can be tested as data.
//!
//! - A change goes [`Command`] → [`decide`] → [`Change`]s → [`Directory::apply`].
//! - A question is asked of a [`View`], which only [`admit`] hands out: no reading without a caller.
//! - What is derived (orders, indexes, members) is recomputed and compared by [`verify`].

mod column;
mod command;
mod decide;
mod directory;
mod expression;
mod fault;
mod field;
mod hierarchy;
mod holders;
mod invisible;
pub mod limits;
mod model;
mod order;
mod pattern;
mod phone;
mod policy;
mod query;
mod ranking;
mod rule;
mod search;
mod set;
mod skills;
mod stop;
mod text;
pub mod verify;

pub use command::{
    Change, ClientDraft, ClientEdit, Command, ConnectorDraft, Decision, Effect, Founding, GroupDraft, GroupEdit,
    GroupRow, HoldMode, Mention, PersonDraft, PersonEdit, PersonRow, Subject,
};
pub use decide::{decide, found};
pub use directory::{Directory, GroupEntry, Outcome, Records, Unfit};
pub use expression::Expression;
pub use fault::{Conflict, Fault, Kind, Reason};
pub use field::{Field, FieldKind, GroupField, PersonField};
pub use hierarchy::Tally;
pub use model::*;
pub use pattern::Pattern;
pub use phone::Phone;
pub use policy::{Actor, Caller, DEFAULT_ROLES, DefaultRole, Permission, Permissions, Standing, administrator, admit};
pub use query::{
    Census, ConditionTruth, Direction, Explanation, Known, Listing, Membership, Memberships, NodeTruth, Page,
    PeopleFilter, PersonFilter, Range, RuleTruth, View,
};
pub use rule::{Comparator, Comparison, Condition, NamedSkill, Rule, RuleNode, StandingRule, Tag};
pub use search::{Criteria, Criterion, Match, Search, SortKey, Test};
pub use stop::{Stop, Stopped};
pub use text::{Email, Line, Name, Prose, fold};
