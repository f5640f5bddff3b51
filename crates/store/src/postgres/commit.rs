//! Commits: the statements, and what happens when their outcome is not known.
//!
//! A batch is one statement, and so one round trip and one transaction. It moves the head of the log from where the batch
//! expects it, and writes everything else only if the head moved. A batch that changes clients or connectors needs other
//! rows too; it takes a second round trip, for the COMMIT.

use crate::callers::Callers;
use crate::chain::{self, Chain};
use crate::postgres::connection::{COMMIT_TIME, Connection, Parameter, in_flight};
use crate::postgres::error::Failure;
use crate::turn::InTurn;
use crate::value::Value;
use crate::{Batch, StoreError, record};
use convoke_core::{Actor, Change, ClientId, Organisation};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::LazyLock;
use tokio_postgres::Row;
use uuid::Uuid;

/// What a batch writes.
pub(crate) struct Commit {
    organisation: Uuid,
    /// A random number that shows, in the log, whether this batch is in it.
    pub batch: Uuid,
    expected: i64,
    n_entries: i64,
    before: Vec<u8>,
    after: Vec<u8>,
    entries: EntryColumns,
    operations: OperationColumns,
    callers: Callers,
    founded: Option<Arc<Organisation>>,
}

/// The rows of the log, column by column.
#[derive(Default)]
struct EntryColumns {
    at: Vec<i64>,
    client: Vec<Option<String>>,
    person: Vec<Option<Uuid>>,
    changes: Vec<String>,
    chain: Vec<Vec<u8>>,
}

/// The rows of operations, column by column.
#[derive(Default)]
struct OperationColumns {
    client: Vec<String>,
    key: Vec<String>,
    at: Vec<i64>,
    fingerprint: Vec<Vec<u8>>,
    subject: Vec<String>,
}

/// The outcome of a statement that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// The batch is written.
    Yes,
    /// The head was not where the batch expects it, or one of its operations exists. Nothing is written.
    No,
}

const COMMIT: &str = "
    WITH moved AS (
        UPDATE heads SET head = $2 + $3, chain = $5
        WHERE organisation = $1 AND head = $2 AND chain = $4 RETURNING head
    ), logged AS (
        INSERT INTO log (organisation, seq, at, client, person, changes, chain, batch)
        SELECT $1, $2 + n, at, client, person, changes, entry.chain, $6
        FROM moved, unnest($7::bigint[], $8::text[], $9::uuid[], $10::text[], $11::bytea[])
            WITH ORDINALITY AS entry (at, client, person, changes, chain, n)
    ), done AS (
        INSERT INTO operations (organisation, client, key, at, fingerprint, subject, batch)
        SELECT $1, client, key, at, fingerprint, subject, $6
        FROM moved, unnest($12::text[], $13::text[], $14::bigint[], $15::bytea[], $16::text[])
            AS operation (client, key, at, fingerprint, subject)
";
const REPLACING: &str = "
        ON CONFLICT (organisation, client, key) DO UPDATE SET at = excluded.at, fingerprint = excluded.fingerprint,
            subject = excluded.subject, batch = excluded.batch
";
const END: &str = ") SELECT count(*) FROM moved";

static PLAIN: LazyLock<String> = LazyLock::new(|| [COMMIT, END].concat());
static IN_TURN: LazyLock<String> = LazyLock::new(|| [COMMIT, REPLACING, END].concat());

/// Does nothing where no organisation is founded.
const FOUND: &str = "
    WITH named AS (
        INSERT INTO organisations (organisation, name_key, tables_head, record)
        SELECT $1, $2::text, 0, $3::text WHERE $3 IS NOT NULL ON CONFLICT DO NOTHING RETURNING organisation
    )
    INSERT INTO heads (organisation, head, chain) SELECT organisation, 0, $4 FROM named";
const RELEASE_TOKENS: &str = "DELETE FROM tokens WHERE organisation = $1 AND client = ANY($2)";
const RELEASE: &str = "DELETE FROM client_organisations WHERE organisation = $1 AND client = ANY($2)";
/// Returns those ids that belong to the organisation.
const CLAIM: &str = "
    INSERT INTO client_organisations (client, organisation) SELECT unnest($2::text[]), $1
    ON CONFLICT (client) DO UPDATE SET organisation = excluded.organisation
    WHERE client_organisations.organisation = excluded.organisation
    RETURNING client";
const END_GENERATIONS: &str = "
    DELETE FROM tokens USING unnest($2::text[], $3::bigint[]) AS new (client, generation)
    WHERE tokens.organisation = $1 AND tokens.client = new.client AND tokens.generation < new.generation";
/// Whether this batch is in the log, or among the operations if it has no entry.
const IS_WRITTEN: &str = "
    SELECT EXISTS (SELECT FROM log WHERE organisation = $1 AND seq = $2::bigint + 1 AND batch = $3)
        OR EXISTS (SELECT FROM operations WHERE organisation = $1 AND client = $4 AND key = $5 AND batch = $3)";

impl Commit {
    /// What a batch writes, after an entry with this chain.
    pub fn new(batch: &Batch, before: Chain) -> Result<Self, StoreError> {
        let mut commit = Commit {
            organisation: batch.organisation.0,
            batch: random_id()?,
            expected: batch.expected as i64,
            n_entries: 0,
            before: before.to_vec(),
            after: Vec::new(),
            entries: EntryColumns::default(),
            operations: OperationColumns::default(),
            callers: Callers::of(batch),
            founded: None,
        };
        let mut chain = before;
        for entry in &batch.entries {
            if !entry.changes.is_empty() {
                commit.n_entries += 1;
                let changes = record::changes_to_json(&entry.changes);
                let client = entry.actor.as_ref().map(|actor| actor.client().to_string());
                // A connector acts for many people, so the log has the person too.
                let person = match &entry.actor {
                    Some(Actor::Connector { person, .. }) => Some(person.0),
                    Some(Actor::Client(_)) | None => None,
                };
                let seq = commit.expected + commit.n_entries;
                let values = entry_values(seq, entry.at.0, client.as_deref(), person.as_ref(), &changes);
                chain = chain::link(&chain, batch.organisation, &values);
                let columns = &mut commit.entries;
                columns.at.push(entry.at.0);
                columns.client.push(client);
                columns.person.push(person);
                columns.changes.push(changes);
                columns.chain.push(chain.to_vec());
            }
            if let Some(operation) = &entry.operation {
                let columns = &mut commit.operations;
                columns.client.push(operation.client.to_string());
                columns.key.push(operation.key.clone());
                columns.at.push(entry.at.0);
                columns.fingerprint.push(operation.fingerprint.to_vec());
                columns.subject.push(record::subject_to_json(&operation.subject));
            }
        }
        if let (0, Some(Change::OrganisationPut(organisation))) =
            (batch.expected, batch.entries.first().and_then(|entry| entry.changes.first()))
        {
            commit.founded = Some(organisation.clone());
        }
        commit.after = chain.to_vec();
        Ok(commit)
    }

    /// The checksum of the log's last entry once this is written, and the number of that entry.
    pub fn end(&self) -> (u64, Chain) {
        let chain = self.after.as_slice().try_into().unwrap_or(chain::START);
        ((self.expected + self.n_entries) as u64, chain)
    }

    /// The size of the changes in bytes.
    pub fn bytes(&self) -> usize {
        self.entries.changes.iter().map(String::len).sum()
    }

    /// Whether rows outside the log and the operations are written.
    fn has_more(&self) -> bool {
        self.founded.is_some() || !self.callers.deleted.is_empty() || !self.callers.claimed.is_empty()
    }

    /// Writes the batch. In a turn the connection has an open transaction, which this ends.
    ///
    /// # Errors
    ///
    /// [`Failure::Unknown`] if the batch may or may not have been written. Also [`StoreError::Damaged`], if it claims an
    /// id of another organisation.
    pub async fn write(&self, connection: &mut Connection, turn: InTurn) -> Result<Result<Moved, StoreError>, Failure> {
        connection.was_warned();
        let written = if self.has_more() {
            self.write_with_callers(connection, turn).await?
        } else {
            let sql = statement(turn);
            connection.prepare(sql).await?;
            let parameters = self.parameters();
            let log = connection.request(sql, &parameters, COMMIT_TIME);
            Ok(match turn {
                InTurn::No => moved(log.await)?,
                InTurn::Yes => {
                    // Everything depends on the head, so a transaction whose head did not move writes nothing.
                    let [log, ended] = in_flight([log, connection.command("COMMIT", COMMIT_TIME)]).await;
                    let moved = moved(log)?;
                    ended?;
                    moved
                }
            })
        };
        if connection.was_warned() && matches!(written, Ok(Moved::Yes)) {
            // "canceling wait for synchronous replication": it is written here, and a failover may lose it.
            tracing::error!("the database did not wait for its standby: a commit is not acknowledged");
            return Ok(Err(StoreError::Unknown));
        }
        Ok(written)
    }

    /// The parameters of the statement that writes the log and the operations.
    fn parameters(&self) -> [Parameter<'_>; 16] {
        let (entries, operations) = (&self.entries, &self.operations);
        [
            &self.organisation,
            &self.expected,
            &self.n_entries,
            &self.before,
            &self.after,
            &self.batch,
            &entries.at,
            &entries.client,
            &entries.person,
            &entries.changes,
            &entries.chain,
            &operations.client,
            &operations.key,
            &operations.at,
            &operations.fingerprint,
            &operations.subject,
        ]
    }

    /// Writes the batch and what it changes of callers: everything in one flight, and then the COMMIT.
    async fn write_with_callers(
        &self,
        connection: &mut Connection,
        turn: InTurn,
    ) -> Result<Result<Moved, StoreError>, Failure> {
        let statements = [statement(turn), FOUND, RELEASE_TOKENS, RELEASE, CLAIM, END_GENERATIONS];
        for sql in statements {
            connection.prepare(sql).await?;
        }
        let connection: &Connection = connection;
        let organisation = &self.organisation;
        let begin = if turn == InTurn::Yes { "" } else { "BEGIN" };
        let record = self.founded.as_deref().map(record::organisation_to_json);
        let name = self.founded.as_ref().map(|founded| founded.name.key());
        let start = chain::START.as_slice();
        let texts = |ids: &BTreeSet<ClientId>| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (deleted, claimed) = (texts(&self.callers.deleted), texts(&self.callers.claimed));
        let (connectors, generations): (Vec<String>, Vec<i64>) =
            self.callers.generations.iter().map(|(id, number)| (id.to_string(), i64::from(*number))).unzip();
        let of_found: [Parameter<'_>; 4] = [organisation, &name, &record, &start];
        let of_log = self.parameters();
        let of_deleted: [Parameter<'_>; 2] = [organisation, &deleted];
        let of_claimed: [Parameter<'_>; 2] = [organisation, &claimed];
        let of_generations: [Parameter<'_>; 3] = [organisation, &connectors, &generations];
        let [began, found, log, tokens, released, claims, ended] = in_flight([
            connection.command(begin, COMMIT_TIME),
            connection.request(FOUND, &of_found, COMMIT_TIME),
            connection.request(statement(turn), &of_log, COMMIT_TIME),
            connection.request(RELEASE_TOKENS, &of_deleted, COMMIT_TIME),
            connection.request(RELEASE, &of_deleted, COMMIT_TIME),
            connection.request(CLAIM, &of_claimed, COMMIT_TIME),
            connection.request(END_GENERATIONS, &of_generations, COMMIT_TIME),
        ])
        .await;
        began?;
        let outcome = self.outcome(found, log, [tokens, released], claims, ended);
        match outcome {
            Ok(Ok(Moved::Yes)) => {
                connection.batch("COMMIT", COMMIT_TIME).await?;
                Ok(Ok(Moved::Yes))
            }
            other => {
                connection.batch("ROLLBACK", COMMIT_TIME).await?;
                // Nothing was committed, so nothing is unknown but the connection.
                match other {
                    Err(Failure::Unknown(what)) => Err(Failure::Transient(what)),
                    other => other,
                }
            }
        }
    }

    /// The replies in the order of their statements: once one has failed, those after it fail for that.
    fn outcome(
        &self,
        found: Result<Vec<Row>, Failure>,
        log: Result<Vec<Row>, Failure>,
        releases: [Result<Vec<Row>, Failure>; 2],
        claims: Result<Vec<Row>, Failure>,
        ended: Result<Vec<Row>, Failure>,
    ) -> Result<Result<Moved, StoreError>, Failure> {
        found?;
        if moved(log)? == Moved::No {
            return Ok(Ok(Moved::No));
        }
        releases.into_iter().try_for_each(|done| done.map(drop))?;
        let kept: BTreeSet<String> = claims?.iter().map(|row| row.get(0)).collect();
        ended?;
        match self.callers.claimed.iter().find(|id| !kept.contains(&*id.0)) {
            None => Ok(Ok(Moved::Yes)),
            Some(id) => Ok(Err(StoreError::Damaged(format!("the id {id} is another organisation's")))),
        }
    }

    /// Whether this batch is written, after an attempt whose outcome is not known.
    pub async fn is_written(&self, connection: &mut Connection) -> Result<bool, Failure> {
        let client = self.operations.client.first().map_or("", String::as_str);
        let key = self.operations.key.first().map_or("", String::as_str);
        let parameters: [Parameter<'_>; 5] = [&self.organisation, &self.expected, &self.batch, &client, &key];
        let rows = connection.query(IS_WRITTEN, &parameters).await?;
        Ok(rows.first().is_some_and(|row| row.get(0)))
    }
}

/// Whether the head moved. A key that exists is an operation that another writer did.
fn moved(log: Result<Vec<Row>, Failure>) -> Result<Moved, Failure> {
    match log {
        Ok(rows) => Ok(if rows.first().is_some_and(|row| row.get::<_, i64>(0) == 1) { Moved::Yes } else { Moved::No }),
        Err(Failure::Duplicate) => Ok(Moved::No),
        Err(failure) => Err(failure),
    }
}

fn statement(turn: InTurn) -> &'static str {
    match turn {
        InTurn::Yes => &IN_TURN,
        InTurn::No => &PLAIN,
    }
}

/// The values of a log entry, as its checksum has them: those that SQLite's row has.
pub(crate) fn entry_values<'v>(
    seq: i64,
    at: i64,
    client: Option<&'v str>,
    person: Option<&'v Uuid>,
    changes: &'v str,
) -> [Value<'v>; 5] {
    [
        Value::Integer(seq),
        Value::Integer(at),
        client.map_or(Value::Null, |client| Value::Text(client.as_bytes())),
        person.map_or(Value::Null, |person| Value::Blob(person.as_bytes())),
        Value::Text(changes.as_bytes()),
    ]
}

fn random_id() -> Result<Uuid, StoreError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Failed(format!("random numbers: {error}")))?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}
