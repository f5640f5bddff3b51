//! The migration to format 4: updates all tables of the state to the end of the log, and computes the checksums.

use crate::StoreError;
use crate::chain::{self, Chain, Digest, row_sum};
use crate::sqlite::state::{self, organisation_sum};
use crate::sqlite::tail::{self, Tail};
use crate::sqlite::walk::{self, values};
use crate::table::TABLES;
use convoke_core::OrganisationId;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use uuid::Uuid;

pub(super) fn seal(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("INSERT INTO store (lineage) VALUES (?1)", [super::random()?])?;
    connection.execute("INSERT INTO commits (n) VALUES (0)", [])?;
    // Before this format a commit wrote some tables itself. Since then all tables follow the log.
    connection.execute("UPDATE organisations SET digest = zeroblob(?1)", [chain::BYTES as i64])?;
    Tail::read(connection, tail::ALL)?.0.write(connection)?;
    let organisations: Vec<(i64, [u8; 16], i64)> = connection
        .prepare("SELECT number, id, head FROM organisations")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (number, id, head) in organisations {
        let digest = digest(connection, number)?;
        connection
            .execute("UPDATE organisations SET digest = ?2 WHERE number = ?1", params![number, digest.to_bytes()])?;
        let id = OrganisationId(Uuid::from_bytes(id));
        let walked = walk::walk(connection, number, id, |_| Ok(()))?;
        if walked.head != head as u64 {
            return Err(StoreError::Damaged(format!(
                "the log of organisation {id} ends at {} and not at {head}",
                walked.head
            )));
        }
        connection.execute(
            "UPDATE log SET chain = ?3 WHERE organisation = ?1 AND seq = ?2",
            params![number, head, walked.chain],
        )?;
    }
    seal_rows::<7>(
        connection,
        "tokens",
        "SELECT hash, kind, organisation, client, person, generation, expires FROM tokens",
        "UPDATE tokens SET sum = ?1 WHERE hash = ?2",
    )?;
    seal_rows::<6>(
        connection,
        "operations",
        "SELECT organisation, client, key, at, fingerprint, subject FROM operations",
        "UPDATE operations SET sum = ?1 WHERE organisation = ?2 AND client = ?3 AND key = ?4",
    )
}

/// The digest of all rows of an organisation.
fn digest(connection: &Connection, number: i64) -> Result<Digest, StoreError> {
    let mut digest = Digest::default();
    let (tables_head, record) =
        connection.query_row("SELECT tables_head, record FROM organisations WHERE number = ?1", [number], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?))
        })?;
    digest.add(organisation_sum(tables_head, &record));
    for table in TABLES {
        let mut statement = connection.prepare(&state::select(table))?;
        let mut rows = statement.query([number])?;
        while let Some(row) = rows.next()? {
            digest.add(state::sum_of(table, row)?);
        }
    }
    Ok(digest)
}

/// Stores the checksum of each row of a table. The first parameter of `update` is the checksum, the others are the
/// row's key. The key is the first columns of the row.
fn seal_rows<const N: usize>(
    connection: &Connection,
    table: &str,
    select: &str,
    update: &str,
) -> Result<(), StoreError> {
    let mut update = connection.prepare(update)?;
    let n_key = update.parameter_count().saturating_sub(1);
    let mut statement = connection.prepare(select)?;
    let sums = statement.query_map([], |row| {
        let values = values::<N>(row)?;
        let sum: Chain = row_sum(table, &values);
        let key = values.iter().take(n_key).map(|value| Value::try_from(*value));
        Ok((sum, key.collect::<Result<Vec<_>, _>>()?))
    })?;
    // All rows are read before the first is written.
    let sums: Vec<_> = sums.collect::<rusqlite::Result<_>>()?;
    for (sum, key) in sums {
        update.execute(params_from_iter(std::iter::once(Value::Blob(sum.into())).chain(key)))?;
    }
    Ok(())
}
