//! Refusals: a short closed list without status codes and messages. Each API renders them in its own format.

use super::field::Field;
use super::id::{GroupId, PersonId};
use super::permission::Permissions;
use super::phone::Phone;
use super::reason::Reason;

/// How many characters of an unknown id a refusal repeats.
const SHOWN_CHARS: usize = 100;

/// A refusal. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The client or connector, or the person that it acts for, is not active.
    Unauthenticated,
    /// The caller has none of these permissions.
    MissingPermission(Permissions),
    /// The caller can see the thing, but may not do this. It would need one of these permissions, or a right in the
    /// thing itself, such as an owner's.
    NotAllowed(Permissions),
    /// The caller is a client that acts for no person.
    NotAPerson,
    /// There is no such thing, or the caller cannot see it.
    NotFound {
        /// The kind of the thing.
        kind: Kind,
        /// The id as given. A long id is cut.
        id: String,
    },
    /// The request conflicts with the state of the directory.
    Conflict(Conflict),
    /// A value is invalid.
    Invalid {
        /// The value's field.
        field: Field,
        /// What is wrong with the value.
        reason: Reason,
    },
}

impl Fault {
    /// The refusal of an invalid value.
    pub fn invalid(field: Field, reason: Reason) -> Self {
        Fault::Invalid { field, reason }
    }

    /// The refusal of an unknown id.
    pub fn not_found(kind: Kind, id: impl ToString) -> Self {
        let mut id = id.to_string();
        if let Some((end, _)) = id.char_indices().nth(SHOWN_CHARS) {
            id.truncate(end);
            id.push('…');
        }
        Fault::NotFound { kind, id }
    }
}

/// A kind of thing in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A group.
    Group,
    /// A person.
    Person,
    /// An OAuth client.
    Client,
    /// A role.
    Role,
    /// A division.
    Division,
    /// A routing skill.
    Skill,
    /// A language.
    Language,
    /// A skill or language of a person.
    Held,
    /// The rule of a group, with the group's id.
    Rule,
    /// A connector.
    Connector,
    /// A member of a group, with the person's id.
    Member,
}

/// A conflict of a request with the state of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The given version is not the current one.
    StaleVersion {
        /// The kind of the thing.
        kind: Kind,
        /// Its id.
        id: String,
        /// The version that the caller gave.
        given: u32,
        /// The current version.
        current: u32,
    },
    /// The id is in use.
    IdTaken {
        /// The kind of the thing that has it.
        kind: Kind,
        /// The id.
        id: String,
    },
    /// Another organisation has this name.
    NameTaken(String),
    /// Another person, possibly a deleted one, has this e-mail address.
    EmailTaken(String),
    /// A skill of the kind that is not deleted has this name.
    SkillTaken(Kind, String),
    /// Nobody could administer the organisation after the change.
    LastAdministrator,
    /// The group would have no owner: its last owner cannot leave or lose the role.
    LastOwner,
    /// The person is not active, so nothing can act for it.
    NotActive(PersonId),
    /// Several people have the number, so it does not identify the person who signs in.
    PhoneShared(Phone),
    /// The group's rule selects the person, so the person cannot be removed otherwise.
    TakenByRule(PersonId),
    /// The first group would be beneath itself, because it would be beneath the second one.
    Cycle(GroupId, GroupId),
    /// The group has no subscribers, because it is no broadcast group.
    NotBroadcast(GroupId),
    /// The idempotency key was used before, for another request.
    OperationReused,
}
