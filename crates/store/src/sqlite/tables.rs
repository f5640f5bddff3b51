//! Statements that a commit runs, and the look-ups of requests. The tables of the state are written by the
//! [`tail`](crate::sqlite::tail).

use crate::callers::Callers;
use crate::chain::{self, Chain, Digest, row_sum};
use crate::sqlite::state::organisation_sum;
use crate::sqlite::walk::values;
use crate::sqlite::{optional, token};
use crate::turn::InTurn;
use crate::{Batch, Entry, Operation, OperationKey, Operations, StoreError, record};
use convoke_core::*;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The columns of the table of operations. The last is the checksum of the others.
pub(crate) const OPERATION_COLUMNS: &str = "organisation, client, key, at, fingerprint, subject, sum";

/// The organisation of each client and connector id.
pub(crate) type Claims = BTreeMap<ClientId, OrganisationId>;

/// What a batch added to a log.
pub(crate) struct Logged {
    /// The number of the organisation.
    pub organisation: i64,
    /// The size of the changes in bytes.
    pub bytes: usize,
}

/// Writes a batch in the open transaction.
pub(crate) fn write_batch(connection: &Connection, batch: &Batch, turn: InTurn) -> Result<Logged, StoreError> {
    let mut head = batch.expected;
    let mut number = organisation_number(connection, batch.organisation)?;
    if number.is_none() {
        number = found_organisation(connection, batch)?;
    }
    let number = number.ok_or(StoreError::Lost)?;
    let logged = batch.entries.iter().filter(|entry| !entry.changes.is_empty()).count() as u64;
    let moved = connection
        .prepare_cached("UPDATE organisations SET head = ?3 WHERE number = ?1 AND head = ?2")?
        .execute(params![number, head as i64, (head + logged) as i64])?;
    if moved != 1 {
        return Err(StoreError::Lost);
    }
    let mut chain = last_link(connection, number, head)?;
    let mut bytes = 0;
    for entry in &batch.entries {
        if !entry.changes.is_empty() {
            head += 1;
            bytes += write_entry(connection, batch.organisation, number, head, entry, &mut chain)?;
        }
        if let Some(operation) = &entry.operation {
            write_operation(connection, number, entry.at, operation, turn)?;
        }
    }
    write_callers(connection, number, &Callers::of(batch))?;
    Ok(Logged { organisation: number, bytes })
}

/// Creates the row of an organisation with its first batch.
fn found_organisation(connection: &Connection, batch: &Batch) -> Result<Option<i64>, StoreError> {
    let first = batch.entries.first().and_then(|entry| entry.changes.first());
    let (0, Some(Change::OrganisationPut(organisation))) = (batch.expected, first) else { return Ok(None) };
    let record = record::organisation_to_json(organisation);
    let mut digest = Digest::default();
    digest.add(organisation_sum(0, &record));
    connection.execute(
        "INSERT INTO organisations (id, head, tables_head, record, digest) VALUES (?1, 0, 0, ?2, ?3)",
        params![key(organisation.id.0), record, digest.to_bytes()],
    )?;
    Ok(Some(connection.last_insert_rowid()))
}

/// The checksum of the last entry of a log.
pub(crate) fn last_link(connection: &Connection, organisation: i64, head: u64) -> Result<Chain, StoreError> {
    let link = link_of(connection, organisation, head)?;
    link.ok_or_else(|| StoreError::Damaged(format!("entry {head} of a log, its last, has no checksum")))
}

/// The checksum of an entry of a log. Entries from before format 4 may have none.
pub(crate) fn link_of(connection: &Connection, organisation: i64, seq: u64) -> Result<Option<Chain>, StoreError> {
    if seq == 0 {
        return Ok(Some(chain::START));
    }
    let link = connection
        .prepare_cached("SELECT chain FROM log WHERE organisation = ?1 AND seq = ?2")?
        .query_row(params![organisation, seq as i64], |row| row.get(0));
    optional(link)?.ok_or_else(|| StoreError::Damaged(format!("a log has no entry {seq}")))
}

/// Writes an entry. Returns the size of its changes in bytes.
fn write_entry(
    connection: &Connection,
    id: OrganisationId,
    number: i64,
    seq: u64,
    entry: &Entry,
    chain: &mut Chain,
) -> Result<usize, StoreError> {
    let client = entry.actor.as_ref().map(|actor| actor.client().0.as_bytes());
    // A connector acts for many people, so the log has the person too.
    let person = match &entry.actor {
        Some(Actor::Connector { person, .. }) => Some(key(person.0)),
        Some(Actor::Client(_)) | None => None,
    };
    let changes = record::changes_to_json(&entry.changes);
    let bytes = changes.len();
    let values = [
        ValueRef::Integer(seq as i64),
        ValueRef::Integer(entry.at.0),
        client.map_or(ValueRef::Null, ValueRef::Text),
        person.as_ref().map_or(ValueRef::Null, |person| ValueRef::Blob(person)),
        ValueRef::Text(changes.as_bytes()),
    ];
    *chain = chain::link(chain, id, &values);
    let [seq, at, client, person, changes] = values.map(ToSqlOutput::Borrowed);
    connection
        .prepare_cached(
            "INSERT INTO log (organisation, seq, at, client, person, changes, chain)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![number, seq, at, client, person, changes, *chain])?;
    Ok(bytes)
}

/// Writes the tables that must be current at once: the organisation of each client id, and the valid tokens.
fn write_callers(connection: &Connection, organisation: i64, callers: &Callers) -> Result<(), StoreError> {
    callers.deleted.iter().try_for_each(|id| release(connection, organisation, id))?;
    callers.claimed.iter().try_for_each(|id| claim(connection, organisation, id))?;
    let mut generations = callers.generations.iter();
    generations.try_for_each(|(id, generation)| token::delete_before(connection, organisation, id, *generation))
}

/// Reserves an id for a client or connector.
fn claim(connection: &Connection, organisation: i64, id: &ClientId) -> Result<(), StoreError> {
    let kept = connection
        .prepare_cached(
            "INSERT INTO client_organisations (client, organisation) VALUES (?1, ?2)
             ON CONFLICT (client) DO UPDATE SET organisation = excluded.organisation
             WHERE organisation = excluded.organisation",
        )?
        .execute(params![id.0, organisation])?;
    if kept == 1 { Ok(()) } else { Err(StoreError::Damaged(format!("the id {id} is another organisation's"))) }
}

/// Releases the id of a deleted client or connector, and deletes its tokens.
fn release(connection: &Connection, organisation: i64, id: &ClientId) -> Result<(), StoreError> {
    token::delete_all(connection, organisation, id)?;
    connection
        .prepare_cached("DELETE FROM client_organisations WHERE client = ?1 AND organisation = ?2")?
        .execute(params![id.0, organisation])?;
    Ok(())
}

fn write_operation(
    connection: &Connection,
    organisation: i64,
    at: Timestamp,
    operation: &Operation,
    turn: InTurn,
) -> Result<(), StoreError> {
    let subject = record::subject_to_json(&operation.subject);
    let values = [
        ValueRef::Integer(organisation),
        ValueRef::Text(operation.client.0.as_bytes()),
        ValueRef::Text(operation.key.as_bytes()),
        ValueRef::Integer(at.0),
        ValueRef::Blob(&operation.fingerprint),
        ValueRef::Text(subject.as_bytes()),
    ];
    let sum = row_sum("operations", &values);
    let [organisation, client, key, at, fingerprint, subject] = values.map(ToSqlOutput::Borrowed);
    let verb = match turn {
        InTurn::Yes => "INSERT OR REPLACE",
        InTurn::No => "INSERT OR IGNORE",
    };
    let n_written = connection
        .prepare_cached(&format!("{verb} INTO operations ({OPERATION_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"))?
        .execute(params![organisation, client, key, at, fingerprint, subject, sum])?;
    if n_written == 1 { Ok(()) } else { Err(StoreError::Lost) }
}

/// Replaces the table of client and connector ids by `claims`.
pub(crate) fn write_claims(connection: &Connection, claims: &Claims) -> Result<(), StoreError> {
    connection.execute("DELETE FROM client_organisations", [])?;
    for (client, organisation) in claims {
        let number = require_organisation(connection, *organisation)?;
        claim(connection, number, client)?;
    }
    Ok(())
}

/// Whether the table of client and connector ids is equal to `claims`.
pub(crate) fn has_claims(connection: &Connection, claims: &Claims) -> Result<bool, StoreError> {
    let count = "SELECT count(*) FROM client_organisations";
    if connection.query_row(count, [], |row| row.get::<_, i64>(0))? as usize != claims.len() {
        return Ok(false);
    }
    for (client, organisation) in claims {
        if organisation_of(connection, client)? != Some(*organisation) {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) fn sweep(connection: &Connection, now: Timestamp, operations_since: Timestamp) -> Result<(), StoreError> {
    token::sweep(connection, now)?;
    connection.execute("DELETE FROM operations WHERE at < ?1", [operations_since.0])?;
    Ok(())
}

pub(crate) fn organisation_of(
    connection: &Connection,
    client: &ClientId,
) -> Result<Option<OrganisationId>, StoreError> {
    let row = connection
        .prepare_cached(
            "SELECT o.id FROM client_organisations c JOIN organisations o ON o.number = c.organisation
             WHERE c.client = ?1",
        )?
        .query_row([&*client.0], |row| row.get::<_, [u8; 16]>(0));
    Ok(optional(row)?.map(|id| OrganisationId(Uuid::from_bytes(id))))
}

/// Those of these operations that were done since the given time, and the head of the log at the same moment.
pub(crate) fn operations(
    connection: &Connection,
    organisation: OrganisationId,
    keys: Vec<OperationKey>,
    since: Timestamp,
) -> Result<Operations, StoreError> {
    let connection = connection.unchecked_transaction()?;
    let number = require_organisation(&connection, organisation)?;
    let head: i64 = connection
        .prepare_cached("SELECT head FROM organisations WHERE number = ?1")?
        .query_row([number], |row| row.get(0))?;
    let mut done = Vec::new();
    for (client, key) in keys {
        done.extend(operation(&connection, (organisation, number), client, key, since)?);
    }
    Ok(Operations { head: head as u64, done })
}

fn operation(
    connection: &Connection,
    (organisation, number): (OrganisationId, i64),
    client: ClientId,
    key: String,
    since: Timestamp,
) -> Result<Option<Operation>, StoreError> {
    let row = connection
        .prepare_cached(&format!(
            "SELECT {OPERATION_COLUMNS} FROM operations
             WHERE organisation = ?1 AND client = ?2 AND key = ?3 AND at >= ?4"
        ))?
        .query_row(params![number, client.0, key, since.0], |row| {
            let is_sound = row_sum("operations", &values::<6>(row)?) == row.get::<_, Chain>(6)?;
            Ok((is_sound, row.get(4)?, row.get::<_, String>(5)?))
        });
    let Some((is_sound, fingerprint, subject)) = optional(row)? else { return Ok(None) };
    if !is_sound {
        tracing::error!(%organisation, %client, "an operation is damaged, and counts as not done");
        return Ok(None);
    }
    Ok(Some(Operation { client, key, fingerprint, subject: record::subject_from_json(&subject)? }))
}

/// The number of an organisation, which must exist.
pub(crate) fn require_organisation(connection: &Connection, id: OrganisationId) -> Result<i64, StoreError> {
    let number = organisation_number(connection, id)?;
    number.ok_or_else(|| StoreError::Damaged(format!("organisation {id} is gone")))
}

fn organisation_number(connection: &Connection, id: OrganisationId) -> Result<Option<i64>, StoreError> {
    optional(
        connection
            .prepare_cached("SELECT number FROM organisations WHERE id = ?1")?
            .query_row([key(id.0)], |row| row.get(0)),
    )
}

/// An id as the bytes of a key.
pub(crate) fn key(id: Uuid) -> [u8; 16] {
    id.into_bytes()
}
