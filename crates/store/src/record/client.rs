//! Serialised OAuth clients and connectors.

use convoke_core::*;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use uuid::Uuid;

#[skip_serializing_none]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientRecord {
    id: String,
    name: String,
    description: Option<String>,
    secret_hash: String,
    roles: Vec<Uuid>,
    person: Option<Uuid>,
    enabled: bool,
    token_seconds: u32,
    created: i64,
    modified: i64,
}

#[skip_serializing_none]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectorRecord {
    id: String,
    name: String,
    secret_hash: String,
    person: Uuid,
    group: Option<Uuid>,
    administrator: bool,
    generation: u32,
    created: i64,
    modified: i64,
}

pub(super) fn to_record(client: &Client) -> ClientRecord {
    ClientRecord {
        id: client.id.to_string(),
        name: client.name.as_str().into(),
        description: client.description.as_ref().map(|text| text.as_str().into()),
        secret_hash: client.secret_hash.to_string(),
        roles: client.roles.iter().map(|role| role.0).collect(),
        person: client.person.map(|person| person.0),
        enabled: client.enabled,
        token_seconds: client.token_seconds,
        created: client.created.0,
        modified: client.modified.0,
    }
}

pub(super) fn from_record(record: ClientRecord) -> Client {
    Client {
        id: ClientId(record.id.into()),
        name: Name::stored(&record.name),
        description: record.description.as_deref().map(Prose::stored),
        secret_hash: record.secret_hash.into(),
        roles: record.roles.into_iter().map(RoleId).collect(),
        person: record.person.map(PersonId),
        enabled: record.enabled,
        token_seconds: record.token_seconds,
        created: Timestamp(record.created),
        modified: Timestamp(record.modified),
    }
}

pub(super) fn connector_to_record(connector: &Connector) -> ConnectorRecord {
    ConnectorRecord {
        id: connector.id.to_string(),
        name: connector.name.as_str().into(),
        secret_hash: connector.secret_hash.to_string(),
        person: connector.person.0,
        group: connector.group.map(|group| group.0),
        administrator: connector.administrator,
        generation: connector.generation,
        created: connector.created.0,
        modified: connector.modified.0,
    }
}

pub(super) fn connector_from_record(record: ConnectorRecord) -> Connector {
    Connector {
        id: ClientId(record.id.into()),
        name: Name::stored(&record.name),
        secret_hash: record.secret_hash.into(),
        person: PersonId(record.person),
        group: record.group.map(GroupId),
        administrator: record.administrator,
        generation: record.generation,
        created: Timestamp(record.created),
        modified: Timestamp(record.modified),
    }
}
