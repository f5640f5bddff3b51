//! The sender of a request before it is admitted.

use super::id::{ClientId, PersonId};

/// The sender of a request, as named by its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// An OAuth client.
    Client(ClientId),
    /// A person by a connector.
    Connector {
        /// The connector that the token was issued to.
        connector: ClientId,
        /// The person.
        person: PersonId,
        /// The generation of the connector's tokens to which this token belongs.
        generation: u32,
    },
}

impl Actor {
    /// The OAuth client or connector that sends the requests.
    pub fn client(&self) -> &ClientId {
        match self {
            Actor::Client(id) | Actor::Connector { connector: id, .. } => id,
        }
    }

    /// The key that distinguishes callers: the OAuth client, or the connector and the person.
    pub fn caller_key(&self) -> (ClientId, Option<PersonId>) {
        match self {
            Actor::Client(id) => (id.clone(), None),
            Actor::Connector { connector, person, .. } => (connector.clone(), Some(*person)),
        }
    }
}
