//! Data of clients and connectors for sign-in. Sign-in comes before there is a caller, so there is no view. The server
//! reads nothing else of a client or connector then, and sends none of this to anyone.

use super::active_person;
use crate::directory::Directory;
use crate::values::{Actor, ClientId, PersonId};

/// The data of an OAuth client for sign-in.
pub struct ClientCredentials {
    /// The hash of its secret, in PHC string format.
    pub secret_hash: Box<str>,
    /// Whether it is enabled, and the person that it acts for, if any, is active.
    pub is_active: bool,
    /// Lifetime of its tokens in seconds.
    pub token_seconds: u32,
}

/// The data of a connector for sign-in.
pub struct ConnectorCredentials {
    /// Its id.
    pub id: ClientId,
    /// The hash of its secret, in PHC string format.
    pub secret_hash: Box<str>,
    /// The person of the connector's own tokens.
    pub person: PersonId,
    /// Whether it is confined to a group.
    pub is_confined: bool,
    generation: u32,
}

impl ClientCredentials {
    /// The credentials of the client with this id.
    pub fn find(directory: &Directory, id: &ClientId) -> Option<Self> {
        let client = &directory.clients.get(id)?.client;
        let is_active = client.enabled && client.person.is_none_or(|id| active_person(directory, id).is_some());
        let (secret_hash, token_seconds) = (client.secret_hash.clone(), client.token_seconds);
        Some(ClientCredentials { secret_hash, is_active, token_seconds })
    }
}

impl ConnectorCredentials {
    /// The credentials of the connector with this id.
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

    /// The actor of a token that this connector gets for a person.
    pub fn actor(&self, person: PersonId) -> Actor {
        Actor::Connector { connector: self.id.clone(), person, generation: self.generation }
    }
}
