//! Tokens, and their statements. There is no index by client or connector. Only deleting one, or starting a new
//! generation of its tokens, looks for them by client, and these may scan the table.

use crate::chain::{Chain, row_sum};
use crate::sqlite::optional;
use crate::sqlite::tables::require_organisation;
use crate::sqlite::walk::values;
use crate::{StoreError, Token, TokenKind};
use convoke_core::{Actor, ClientId, OrganisationId, PersonId, Timestamp};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

/// The columns of the table. The last is the checksum of the others.
pub(crate) const COLUMNS: &str = "hash, kind, organisation, client, person, generation, expires, sum";

pub(crate) fn write(connection: &Connection, token: &Token) -> Result<(), StoreError> {
    let number = require_organisation(connection, token.organisation)?;
    let (person, generation) = match &token.actor {
        Actor::Client(_) => (None, ValueRef::Null),
        Actor::Connector { person, generation, .. } => {
            (Some(person.0.into_bytes()), ValueRef::Integer((*generation).into()))
        }
    };
    let values = [
        ValueRef::Blob(&token.hash),
        ValueRef::Text(token.kind.word().as_bytes()),
        ValueRef::Integer(number),
        ValueRef::Text(token.actor.client().0.as_bytes()),
        person.as_ref().map_or(ValueRef::Null, |person| ValueRef::Blob(person)),
        generation,
        ValueRef::Integer(token.expires.0),
    ];
    let sum = row_sum("tokens", &values);
    let [hash, kind, number, client, person, generation, expires] = values.map(ToSqlOutput::Borrowed);
    connection
        .prepare_cached(&format!("INSERT INTO tokens ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"))?
        .execute(params![hash, kind, number, client, person, generation, expires, sum])?;
    Ok(())
}

/// The token of this kind with this hash.
pub(crate) fn find(connection: &Connection, hash: &[u8; 32], kind: TokenKind) -> Result<Option<Token>, StoreError> {
    let row = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, o.id FROM tokens t JOIN organisations o ON o.number = t.organisation
             WHERE t.hash = ?1 AND t.kind = ?2"
        ))?
        .query_row(params![hash, kind.word()], |row| {
            if row_sum("tokens", &values::<7>(row)?) != row.get::<_, Chain>(7)? {
                return Ok(None);
            }
            let organisation = OrganisationId(Uuid::from_bytes(row.get(8)?));
            Ok(Some(Token { hash: *hash, kind, organisation, expires: Timestamp(row.get(6)?), actor: actor(row)? }))
        });
    let found = optional(row)?;
    if found == Some(None) {
        tracing::error!("a token is damaged, and counts as ended");
    }
    Ok(found.flatten())
}

/// A connector's token names the person for whom it was issued. A client's token names none.
fn actor(row: &Row) -> rusqlite::Result<Actor> {
    let client = ClientId(row.get::<_, String>(3)?.into());
    Ok(match row.get::<_, Option<[u8; 16]>>(4)? {
        None => Actor::Client(client),
        Some(person) => {
            Actor::Connector { connector: client, person: PersonId(Uuid::from_bytes(person)), generation: row.get(5)? }
        }
    })
}

pub(crate) fn delete(connection: &Connection, hash: &[u8; 32]) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM tokens WHERE hash = ?1")?.execute([hash])?;
    Ok(())
}

/// Deletes all tokens of a client or connector.
pub(crate) fn delete_all(connection: &Connection, organisation: i64, client: &ClientId) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM tokens WHERE organisation = ?1 AND client = ?2")?
        .execute(params![organisation, client.0])?;
    Ok(())
}

/// Deletes a connector's tokens of earlier generations.
pub(crate) fn delete_before(
    connection: &Connection,
    organisation: i64,
    connector: &ClientId,
    generation: u32,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM tokens WHERE organisation = ?1 AND client = ?2 AND generation < ?3")?
        .execute(params![organisation, connector.0, generation])?;
    Ok(())
}

/// Deletes the tokens that expired before this time.
pub(crate) fn sweep(connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
    connection.execute("DELETE FROM tokens WHERE expires < ?1", [now.0])?;
    Ok(())
}
