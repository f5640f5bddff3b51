//! Statements: what a commit writes, and the look-ups that requests need. People, groups,
//! memberships, subscriptions and skills reach their tables by the [`tail`](crate::tail).

use crate::{Batch, Entry, Operation, StoreError, optional, record, token};
use convoke_core::*;
use rusqlite::{Connection, params};
use uuid::Uuid;

/// Writes a batch into the open transaction; the number of its organisation.
pub(crate) fn write_batch(connection: &Connection, batch: &Batch) -> Result<i64, StoreError> {
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
    for entry in &batch.entries {
        if !entry.changes.is_empty() {
            head += 1;
            write_entry(connection, number, head, entry)?;
        }
        if let Some(operation) = &entry.operation {
            write_operation(connection, number, entry.at, operation)?;
        }
    }
    Ok(number)
}

/// The first batch of an organisation makes its row.
fn found_organisation(connection: &Connection, batch: &Batch) -> Result<Option<i64>, StoreError> {
    let first = batch.entries.first().and_then(|entry| entry.changes.first());
    let (0, Some(Change::OrganisationPut(organisation))) = (batch.expected, first) else { return Ok(None) };
    connection.execute(
        "INSERT INTO organisations (id, head, tables_head, record) VALUES (?1, 0, 0, ?2)",
        params![key(organisation.id.0), record::organisation_to_json(organisation)],
    )?;
    Ok(Some(connection.last_insert_rowid()))
}

fn write_entry(connection: &Connection, organisation: i64, seq: u64, entry: &Entry) -> Result<(), StoreError> {
    // Many come by one connector: the log says which of them it was.
    let person = match &entry.actor {
        Some(Actor::Connector { person, .. }) => Some(key(person.0)),
        Some(Actor::Client(_)) | None => None,
    };
    connection
        .prepare_cached(
            "INSERT INTO log (organisation, seq, at, client, person, changes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            organisation,
            seq as i64,
            entry.at.0,
            entry.actor.as_ref().map(|actor| &*actor.client().0),
            person,
            record::changes_to_json(&entry.changes)
        ])?;
    entry.changes.iter().try_for_each(|change| write_change(connection, organisation, change))
}

fn write_change(connection: &Connection, organisation: i64, change: &Change) -> Result<(), StoreError> {
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| -> Result<(), StoreError> {
        connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    };
    match change {
        Change::OrganisationPut(put) => run(
            "UPDATE organisations SET record = ?2 WHERE number = ?1",
            params![organisation, record::organisation_to_json(put)],
        ),
        Change::RolePut(role) => run(
            "INSERT OR REPLACE INTO roles (organisation, id, record) VALUES (?1, ?2, ?3)",
            params![organisation, key(role.id.0), record::role_to_json(role)],
        ),
        Change::ClientPut(client) => {
            run(
                "INSERT OR REPLACE INTO clients (organisation, id, record) VALUES (?1, ?2, ?3)",
                params![organisation, client.id.0, record::client_to_json(client)],
            )?;
            claim(connection, organisation, &client.id)
        }
        Change::ClientDeleted(id) => {
            run("DELETE FROM clients WHERE organisation = ?1 AND id = ?2", params![organisation, id.0])?;
            release(connection, organisation, id)
        }
        Change::ConnectorPut(connector) => {
            run(
                "INSERT OR REPLACE INTO connectors (organisation, id, record) VALUES (?1, ?2, ?3)",
                params![organisation, connector.id.0, record::connector_to_json(connector)],
            )?;
            claim(connection, organisation, &connector.id)?;
            token::delete_before(connection, organisation, &connector.id, connector.generation)
        }
        Change::ConnectorDeleted(id) => {
            run("DELETE FROM connectors WHERE organisation = ?1 AND id = ?2", params![organisation, id.0])?;
            release(connection, organisation, id)
        }
        Change::PersonPut(_)
        | Change::GroupPut(..)
        | Change::GroupDeleted(_)
        | Change::SkillPut(_)
        | Change::SkillsHeld(..)
        | Change::MembersAdded(..)
        | Change::MembersRemoved(..)
        | Change::SubgroupsAdded(..)
        | Change::SubgroupsRemoved(..)
        | Change::SubscribersAdded(..)
        | Change::SubscribersRemoved(..) => Ok(()),
    }
}

/// Takes an id for a client or connector. It is its sign-in name on the whole server: never another
/// organisation's.
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

/// Gives the id of a client or connector that is gone free, and ends its tokens.
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
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO operations (organisation, client, key, at, fingerprint, subject)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            organisation,
            operation.client.0,
            operation.key,
            at.0,
            operation.fingerprint,
            record::subject_to_json(&operation.subject)
        ])?;
    Ok(())
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

pub(crate) fn operation(
    connection: &Connection,
    organisation: OrganisationId,
    client: &ClientId,
    operation_key: &str,
    since: Timestamp,
) -> Result<Option<Operation>, StoreError> {
    let row = connection
        .prepare_cached(
            "SELECT p.fingerprint, p.subject FROM operations p JOIN organisations o ON o.number = p.organisation
             WHERE o.id = ?1 AND p.client = ?2 AND p.key = ?3 AND p.at >= ?4",
        )?
        .query_row(params![key(organisation.0), client.0, operation_key, since.0], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?))
        });
    let Some((fingerprint, subject)) = optional(row)? else { return Ok(None) };
    Ok(Some(Operation {
        client: client.clone(),
        key: operation_key.into(),
        fingerprint,
        subject: record::subject_from_json(&subject)?,
    }))
}

pub(crate) fn organisation_number(connection: &Connection, id: OrganisationId) -> Result<Option<i64>, StoreError> {
    optional(
        connection
            .prepare_cached("SELECT number FROM organisations WHERE id = ?1")?
            .query_row([key(id.0)], |row| row.get(0)),
    )
}

/// An id as a key.
pub(crate) fn key(id: Uuid) -> [u8; 16] {
    id.into_bytes()
}
