//! Programs that may sign in: OAuth clients and connectors.

use crate::values::{ClientId, GroupId, Name, PersonId, Prose, RoleId, Timestamp};
use std::fmt;

/// An OAuth client: a program that may sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id, which is also its sign-in name.
    pub id: ClientId,
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub description: Option<Prose>,
    /// The hash of its secret, in PHC string format.
    pub secret_hash: Box<str>,
    /// Its roles.
    pub roles: Vec<RoleId>,
    /// The person that it acts for, if any.
    pub person: Option<PersonId>,
    /// Whether it may sign in.
    pub enabled: bool,
    /// Lifetime of its tokens in seconds.
    pub token_seconds: u32,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// Without the hash, which must not be in a log line.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// A program that signs in for people: for one person, or for anyone who proves to have a number.
#[derive(Clone, PartialEq, Eq)]
pub struct Connector {
    /// Its id, which is also its sign-in name. No OAuth client has the same id.
    pub id: ClientId,
    /// Its name.
    pub name: Name,
    /// The hash of its secret, in PHC string format.
    pub secret_hash: Box<str>,
    /// The person of its own tokens.
    pub person: PersonId,
    /// The group that confines it, with the rights of an owner there.
    pub group: Option<GroupId>,
    /// Whether its own person may manage all official groups.
    pub administrator: bool,
    /// The current generation. Tokens of earlier generations are invalid.
    pub generation: u32,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// Without the hash, which must not be in a log line.
impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("group", &self.group)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}
