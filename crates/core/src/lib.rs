//! The directory of one organisation: its people, groups and callers, and every rule about them.
//!
//! This crate does no I/O, and has no clock, no random numbers and no wire format. Time and ids are arguments, so each
//! rule can be tested as data.
//!
//! - A change goes [`Command`] → [`decide`] → [`Change`]s → [`Directory::apply`].
//! - Reads go through a [`View`], and only [`admit`] creates one: there is no read without a caller. For sign-in, which
//!   comes before that, there are [`ClientCredentials`] and [`ConnectorCredentials`].
//! - Derived data (orders, indexes, members) is recomputed and compared by [`verify`].
//!
//! Each module imports only from the modules listed before it.

mod values;

mod sets;

mod records;

mod directory;

mod policy;

mod search;

mod view;

mod decide;

pub use decide::{
    ClientCommand, ClientDraft, ClientFields, Command, ConnectorCommand, ConnectorDraft, Decision, GroupCommand,
    GroupDraft, GroupEdit, GroupFields, GroupRow, HoldMode, HoldSkill, HoldSkills, InitialMembers, Mention,
    OtherSkills, PersonCommand, PersonDraft, PersonEdit, PersonFields, PersonRow, SkillCommand, SubscriberCommand,
    TypedCommand, decide, found,
};
pub use directory::{
    ApplyError, BuiltPeople, Change, Context, Directory, Effect, FieldKind, GroupEntry, GroupField, Outcome,
    PeopleFilter, PersonField, Records, SearchField, Subject, UserCount, verify,
};
pub use policy::{Caller, ClientCredentials, ConnectorCredentials, GroupRelation, View, administrator, admit};
pub use records::{
    AlertKind, Biography, Client, Comparator, Comparison, Condition, Connector, Contact, ContactKind, DEFAULT_ROLES,
    DefaultRole, Employer, Group, GroupContact, GroupContactKind, GroupRule, GroupState, HeldSkill, Image, LivingState,
    Media, NamedSkill, Organisation, Person, PersonState, PersonText, PersonTexts, Proficiency, Role, Rule, RuleNode,
    Skill, SkillKind, Stamp, Stamps, Visibility, Voicemail,
};
pub use search::{Criteria, Criterion, Search, SortKey};
pub use sets::{Expression, Match, Pattern, Tag, Test};
pub use values::{
    Actor, CancelFlag, Cancelled, ClientId, Conflict, Direction, DivisionId, Email, Fault, Field, GroupId, GroupKind,
    Kind, Line, Listing, Name, OrganisationId, Permission, Permissions, PersonId, Phone, Prose, Quantity, Reason,
    RoleId, SkillId, Timestamp, Update, Window, fold, limits,
};
pub use view::{
    ConditionTruth, Explanation, HierarchyCounts, KnownGroup, Membership, MembershipDelta, Memberships, NodeTruth,
    PersonFilter, Range, RuleTruth,
};
