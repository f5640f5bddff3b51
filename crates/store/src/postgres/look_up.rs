//! Look-ups of requests: each is one round trip.

use crate::chain::{self, Chain, LogSummary};
use crate::postgres::commit::entry_values;
use crate::postgres::connection::{Connection, Parameter, STATEMENT_TIME, in_flight};
use crate::postgres::error::Failure;
use crate::{LogPart, News, Operation, OperationKey, Operations, StoreError, Token, TokenKind, record};
use convoke_core::{Actor, ClientId, OrganisationId, PersonId, Timestamp};
use std::time::Duration;
use tokio_postgres::Row;
use uuid::Uuid;

/// The number of entries that one call of [`follow`] reads, and the size in bytes after which it reads no more.
const FOLLOWED: (i64, i64) = (256, 4 * 1024 * 1024);

/// How long revoked tokens are told to the other processes.
const TOLD_SECONDS: i64 = 30;
/// A process that heard nothing for longer forgets all its sessions. It is less than the time for which tokens are told,
/// because a revocation is seen only once it is committed.
const HEARD_TIME: Duration = Duration::from_secs(10);

/// The end of a log: its last entry, and the checksum of that.
pub(crate) type End = (u64, Chain);

const CHAIN: &str = "SELECT chain FROM log WHERE organisation = $1 AND seq = $2";

/// The checksum of an entry. `None` if the log has no such entry.
pub(crate) async fn chain_at(
    connection: &mut Connection,
    organisation: OrganisationId,
    seq: u64,
) -> Result<Option<Chain>, Failure> {
    if seq == 0 {
        return Ok(Some(chain::START));
    }
    let rows = connection.query(CHAIN, &[&organisation.0, &(seq as i64)]).await?;
    Ok(rows.first().and_then(|row| row.get::<_, &[u8]>(0).try_into().ok()))
}

/// Entries from a number on, the first two in any case, and further ones while those before them are not larger than
/// the limit. A text's size is known without reading it.
pub(crate) const LOG: &str = "
    SELECT seq, at, client, person, changes, chain FROM (
        SELECT *, sum(octet_length(changes)) OVER (ORDER BY seq) - octet_length(changes) AS before
        FROM log WHERE organisation = $1 AND seq >= $2 ORDER BY seq LIMIT $3
    ) entries WHERE before <= $4 OR seq <= $2 + 1 ORDER BY seq";
const EXISTS: &str = "SELECT EXISTS (SELECT FROM heads WHERE organisation = $1)";

/// The entries after this one, as many as one call reads, and where they end. `known` is the checksum of the entry
/// `after`, as far as this process knows it.
pub(crate) async fn follow(
    connection: &mut Connection,
    organisation: OrganisationId,
    after: u64,
    known: Option<Chain>,
) -> Result<Result<(LogPart, End), StoreError>, Failure> {
    // The entry `after` comes too, for its checksum.
    let (n_entries, n_bytes) = FOLLOWED;
    let parameters: [Parameter<'_>; 4] = [&organisation.0, &(after as i64), &(n_entries + 1), &n_bytes];
    let rows = connection.query(LOG, &parameters).await?;
    if rows.is_empty() && after == 0 {
        let exists = connection.query(EXISTS, &[&organisation.0]).await?;
        if !exists.first().is_some_and(|row| row.get(0)) {
            return Ok(Err(StoreError::Damaged(format!("organisation {organisation} is gone"))));
        }
    }
    Ok(followed(&rows, organisation, after, known))
}

fn followed(
    mut rows: &[Row],
    organisation: OrganisationId,
    after: u64,
    known: Option<Chain>,
) -> Result<(LogPart, End), StoreError> {
    let mut summary = LogSummary::START;
    if after > 0 {
        let (first, rest) = rows
            .split_first()
            .filter(|(first, _)| first.get::<_, i64>(0) == after as i64)
            .ok_or_else(|| StoreError::Damaged(format!("a log has no entry {after}, its last")))?;
        let chain = chain_of(first).ok_or_else(|| StoreError::Damaged(format!("entry {after} has no checksum")))?;
        if known.is_some_and(|known| known != chain) {
            return Err(StoreError::Damaged(format!(
                "the log of organisation {organisation} has another entry {after} than before: was the database restored? \
                 restart this server"
            )));
        }
        (summary, rows) = (LogSummary::after(after, chain), rest);
    }
    let mut changes = Vec::new();
    for row in rows {
        changes.extend(record::changes_from_json(take(&mut summary, organisation, row)?)?);
    }
    Ok((LogPart { head: summary.head, changes }, (summary.head, summary.chain)))
}

fn chain_of(row: &Row) -> Option<Chain> {
    row.get::<_, &[u8]>(5).try_into().ok()
}

/// Takes a row of the log, with the columns of [`LOG`]. Returns the text of its changes.
pub(crate) fn take<'r>(
    summary: &mut LogSummary,
    organisation: OrganisationId,
    row: &'r Row,
) -> Result<&'r str, StoreError> {
    let person: Option<Uuid> = row.get(3);
    let (seq, changes) = (row.get(0), row.get(4));
    let values = entry_values(seq, row.get(1), row.get(2), person.as_ref(), changes);
    // A row whose checksum has another length matches none.
    let chain = chain_of(row).unwrap_or([!0; chain::BYTES]);
    summary.take(organisation, seq, &values, Some(chain))?;
    Ok(changes)
}

const OPERATIONS: &str = "
    SELECT h.head, o.client, o.key, o.fingerprint, o.subject
    FROM heads h LEFT JOIN (
        unnest($2::text[], $3::text[]) AS wanted (client, key)
        JOIN operations o ON o.organisation = $1 AND o.client = wanted.client AND o.key = wanted.key AND o.at >= $4
    ) ON true
    WHERE h.organisation = $1";

/// Those of these operations that were done since the given time, and the head of the log at the same moment.
pub(crate) async fn operations(
    connection: &mut Connection,
    organisation: OrganisationId,
    keys: &[OperationKey],
    since: Timestamp,
) -> Result<Result<Operations, StoreError>, Failure> {
    let clients: Vec<&str> = keys.iter().map(|(client, _)| &*client.0).collect();
    let texts: Vec<&str> = keys.iter().map(|(_, key)| key.as_str()).collect();
    let rows = connection.query(OPERATIONS, &[&organisation.0, &clients, &texts, &since.0]).await?;
    Ok(found_operations(&rows, organisation, keys))
}

fn found_operations(
    rows: &[Row],
    organisation: OrganisationId,
    keys: &[OperationKey],
) -> Result<Operations, StoreError> {
    let head = rows.first().map(|row| row.get::<_, i64>(0) as u64);
    let head = head.ok_or_else(|| StoreError::Damaged(format!("organisation {organisation} is gone")))?;
    let mut done = Vec::new();
    for (client, key) in keys {
        let is_it = |row: &&Row| {
            row.get::<_, Option<&str>>(1) == Some(&*client.0) && row.get::<_, Option<&str>>(2) == Some(key.as_str())
        };
        let Some(row) = rows.iter().find(is_it) else { continue };
        let fingerprint = row.get::<_, &[u8]>(3).try_into();
        let fingerprint = fingerprint.map_err(|_| StoreError::Damaged("an operation has no fingerprint".into()))?;
        let subject = record::subject_from_json(row.get(4))?;
        done.push(Operation { client: client.clone(), key: key.clone(), fingerprint, subject });
    }
    Ok(Operations { head, done })
}

const TOKEN: &str =
    "SELECT organisation, client, person, generation, expires FROM tokens WHERE hash = $1 AND kind = $2";

/// The token of this kind with this hash.
pub(crate) async fn token(
    connection: &mut Connection,
    hash: [u8; 32],
    kind: TokenKind,
) -> Result<Option<Token>, Failure> {
    let rows = connection.query(TOKEN, &[&hash.as_slice(), &kind.word()]).await?;
    Ok(rows.first().map(|row| {
        let client = ClientId(row.get::<_, &str>(1).into());
        let actor = match row.get(2) {
            None => Actor::Client(client),
            Some(person) => Actor::Connector {
                connector: client,
                person: PersonId(person),
                generation: row.get::<_, Option<i64>>(3).and_then(|number| number.try_into().ok()).unwrap_or(0),
            },
        };
        let (organisation, expires) = (OrganisationId(row.get(0)), Timestamp(row.get(4)));
        Token { hash, kind, organisation, actor, expires }
    }))
}

const PUT_TOKEN: &str = "
    INSERT INTO tokens (hash, kind, organisation, client, person, generation, expires)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hash) DO NOTHING";

/// Stores a token. Doing it twice is doing it once.
pub(crate) async fn put_token(connection: &mut Connection, token: &Token) -> Result<(), Failure> {
    let (person, generation) = match &token.actor {
        Actor::Client(_) => (None, None),
        Actor::Connector { person, generation, .. } => (Some(person.0), Some(i64::from(*generation))),
    };
    let (hash, kind, client) = (token.hash.as_slice(), token.kind.word(), &*token.actor.client().0);
    let parameters: [Parameter<'_>; 7] =
        [&hash, &kind, &token.organisation.0, &client, &person, &generation, &token.expires.0];
    connection.execute(PUT_TOKEN, &parameters).await.map(drop)
}

const DELETE_TOKEN: &str = "
    WITH gone AS (DELETE FROM tokens WHERE hash = $1)
    INSERT INTO revocations (hash) VALUES ($1)";

/// Deletes a token, and tells the other processes.
pub(crate) async fn delete_token(connection: &mut Connection, hash: [u8; 32]) -> Result<(), Failure> {
    connection.execute(DELETE_TOKEN, &[&hash.as_slice()]).await.map(drop)
}

const SWEEP: &str = "
    WITH tokens AS (DELETE FROM tokens WHERE expires < $1),
        revocations AS (DELETE FROM revocations WHERE at < now() - interval '1 hour')
    DELETE FROM operations WHERE at < $2";

pub(crate) async fn sweep(
    connection: &mut Connection,
    now: Timestamp,
    operations_since: Timestamp,
) -> Result<(), Failure> {
    connection.execute(SWEEP, &[&now.0, &operations_since.0]).await.map(drop)
}

const ORGANISATION: &str = "SELECT organisation FROM client_organisations WHERE client = $1";

pub(crate) async fn organisation_of(
    connection: &mut Connection,
    client: &ClientId,
) -> Result<Option<OrganisationId>, Failure> {
    // The database refuses a text with this character, and no client has it.
    if client.0.contains('\0') {
        return Ok(None);
    }
    let rows = connection.query(ORGANISATION, &[&&*client.0]).await?;
    Ok(rows.first().map(|row| OrganisationId(row.get(0))))
}

const HEADS: &str = "SELECT organisation, head FROM heads WHERE organisation = ANY($1)";
const REVOKED: &str = "SELECT hash FROM revocations WHERE at > now() - make_interval(secs => $1)";

/// The heads of these organisations, and the tokens that were revoked in the last seconds.
pub(crate) async fn news(connection: &mut Connection, organisations: &[OrganisationId]) -> Result<News, Failure> {
    let ids: Vec<Uuid> = organisations.iter().map(|id| id.0).collect();
    for sql in [HEADS, REVOKED] {
        connection.prepare(sql).await?;
    }
    let connection: &Connection = connection;
    let (of_heads, of_revoked): ([Parameter<'_>; 1], [Parameter<'_>; 1]) = ([&ids], [&(TOLD_SECONDS as f64)]);
    let [heads, revoked] = in_flight([
        connection.request(HEADS, &of_heads, STATEMENT_TIME),
        connection.request(REVOKED, &of_revoked, STATEMENT_TIME),
    ])
    .await;
    let heads = heads?.iter().map(|row| (OrganisationId(row.get(0)), row.get::<_, i64>(1) as u64)).collect();
    let revoked = revoked?.iter().filter_map(|row| row.get::<_, &[u8]>(0).try_into().ok()).collect();
    Ok(News { heads, revoked, revoked_within: HEARD_TIME })
}

/// Writes something that changes nothing, to find out whether writes succeed.
pub(crate) async fn probe(connection: &mut Connection) -> Result<(), Failure> {
    let written = connection.query("UPDATE format SET version = version RETURNING version", &[]);
    written.await.map(drop)
}
