//! Who sent a request, before it is admitted.

use super::id::{ClientId, PersonId};

/// Who sent a request, as the token says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// An OAuth client.
    Client(ClientId),
    /// A person, by a connector.
    Connector {
        /// The connector that the token was issued to.
        connector: ClientId,
        /// The person.
        person: PersonId,
        /// The generation of the connector's tokens that this one is of.
        generation: u32,
    },
}

impl Actor {
    /// The OAuth client or connector: what sends the requests.
    pub fn client(&self) -> &ClientId {
        match self {
            Actor::Client(id) | Actor::Connector { connector: id, .. } => id,
        }
    }

    /// What tells callers apart: the OAuth client, or the connector and the person who comes by it.
    pub fn caller_key(&self) -> (ClientId, Option<PersonId>) {
        match self {
            Actor::Client(id) => (id.clone(), None),
            Actor::Connector { connector, person, .. } => (connector.clone(), Some(*person)),
        }
    }
}
