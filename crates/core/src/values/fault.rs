//! Why a request is refused: a short closed list, without status codes and without prose. Each API writes it in its
//! own words.

use super::field::Field;
use super::id::{GroupId, PersonId};
use super::permission::Permissions;
use super::phone::Phone;
use super::reason::Reason;

/// Characters of an id that nobody has that are told again.
const SHOWN_CHARS: usize = 100;

/// A refusal. Nothing has changed when one is returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The caller's client, or the person it stands for, is not (or no longer) active.
    Unauthenticated,
    /// The caller holds none of these permissions.
    MissingPermission(Permissions),
    /// The caller may see this but not do that to it; only these permissions, or a right in the
    /// thing itself (an owner's), would do.
    NotAllowed(Permissions),
    /// The caller is a client and stands for no person.
    NotAPerson,
    /// There is no such thing, or none that the caller may see.
    NotFound {
        /// What was looked for.
        kind: Kind,
        /// The id as it was given, or the beginning of a long one.
        id: String,
    },
    /// The request and the state of the directory do not go together.
    Conflict(Conflict),
    /// A value that cannot be taken.
    Invalid {
        /// Which value.
        field: Field,
        /// What is wrong with the value.
        reason: Reason,
    },
}

impl Fault {
    /// A value that cannot be taken.
    pub fn invalid(field: Field, reason: Reason) -> Self {
        Fault::Invalid { field, reason }
    }

    /// Nothing there by this id.
    pub fn not_found(kind: Kind, id: impl ToString) -> Self {
        let mut id = id.to_string();
        if let Some((end, _)) = id.char_indices().nth(SHOWN_CHARS) {
            id.truncate(end);
            id.push('…');
        }
        Fault::NotFound { kind, id }
    }
}

/// What a directory holds.
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
    /// A skill or language that a person has.
    Held,
    /// The rule of a group; its id is the group's.
    Rule,
    /// A connector.
    Connector,
    /// A member of a group; its id is the person's.
    Member,
}

/// How a request and the state of the directory do not go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The version given is not the current one.
    StaleVersion {
        /// What has the version.
        kind: Kind,
        /// Its id.
        id: String,
        /// The version that the caller gave.
        given: u32,
        /// The version it has.
        current: u32,
    },
    /// There is something by this id already.
    IdTaken {
        /// What has it.
        kind: Kind,
        /// The id.
        id: String,
    },
    /// Another organisation has this name.
    NameTaken(String),
    /// Another person, possibly a deleted one, has this e-mail address.
    EmailTaken(String),
    /// A living skill of the kind has this name.
    SkillTaken(Kind, String),
    /// Nobody could administer the organisation any more.
    LastAdministrator,
    /// Nobody would own the group any more: its last owner cannot leave or step down.
    LastOwner,
    /// The person is not active, so nothing can stand for it.
    NotActive(PersonId),
    /// Several people have the number, so it does not say who signs in.
    PhoneShared(Phone),
    /// The rule takes the person into the group, so nothing else can take it out.
    TakenByRule(PersonId),
    /// The first group would be beneath itself, with the second one beneath it.
    Cycle(GroupId, GroupId),
    /// The group has no subscribers: it is not one that others subscribe to.
    NotBroadcast(GroupId),
    /// The idempotency key was used before, for another request.
    OperationReused,
}
