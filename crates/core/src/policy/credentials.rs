//! What sign-in compares with what a program shows. Whoever signs in is no caller yet, so there is no view to ask: all
//! that the server gets to know of a client or connector before is here, and none of it is told to anyone.

use super::active_person;
use crate::directory::Directory;
use crate::values::{Actor, ClientId, PersonId};

/// What sign-in has to know of an OAuth client.
pub struct ClientCredentials {
    /// The hash of its secret, in PHC string format.
    pub secret_hash: Box<str>,
    /// Whether it is enabled, and stands for nobody or for a person who is active.
    pub is_active: bool,
    /// Seconds for which its tokens are good.
    pub token_seconds: u32,
}

/// What sign-in has to know of a connector.
pub struct ConnectorCredentials {
    /// Its id.
    pub id: ClientId,
    /// The hash of its secret, in PHC string format.
    pub secret_hash: Box<str>,
    /// Whom its own tokens stand for.
    pub person: PersonId,
    /// Whether it is confined to a group.
    pub is_confined: bool,
    generation: u32,
}

impl ClientCredentials {
    /// Those of the client with this id.
    pub fn find(directory: &Directory, id: &ClientId) -> Option<Self> {
        let client = &directory.clients.get(id)?.client;
        let is_active = client.enabled && client.person.is_none_or(|id| active_person(directory, id).is_some());
        let (secret_hash, token_seconds) = (client.secret_hash.clone(), client.token_seconds);
        Some(ClientCredentials { secret_hash, is_active, token_seconds })
    }
}

impl ConnectorCredentials {
    /// Those of the connector with this id.
    pub fn find(directory: &Directory, id: &ClientId) -> Option<Self> {
        let connector = directory.connectors.get(id)?;
        Some(ConnectorCredentials {
            id: id.clone(),
            secret_hash: connector.secret_hash.clone(),
            person: connector.person,
            is_confined: connector.group.is_some(),
            generation: connector.generation,
        })
    }

    /// Who sends requests with a token of this person by the connector.
    pub fn actor(&self, person: PersonId) -> Actor {
        Actor::Connector { connector: self.id.clone(), person, generation: self.generation }
    }
}
