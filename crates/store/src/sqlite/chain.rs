//! Checksums that detect damage of the log, of tables and of rows. They do not protect against a person who writes to
//! the file, who can compute them too.

use crate::StoreError;
use convoke_core::OrganisationId;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use sha2::{Digest as _, Sha256};

/// How many bytes of a SHA-256 are stored. That is enough for accidental damage.
pub(crate) const BYTES: usize = 16;

/// The checksum of a log entry and of all entries before it.
pub(crate) type Chain = [u8; BYTES];

/// The chain before the first entry of a log.
pub(crate) const START: Chain = [0; BYTES];

/// The checksum of an entry, computed from the chain before it and the values of its row in `log`: `seq`, `at`,
/// `client`, `person`, `changes`.
pub(crate) fn link(before: &Chain, organisation: OrganisationId, entry: &[ValueRef]) -> Chain {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(organisation.0.as_bytes());
    entry.iter().for_each(|value| feed(&mut hash, *value));
    cut(hash)
}

/// The checksum of one row: of the table's name and the row's values.
pub(crate) fn row_sum(table: &str, values: &[ValueRef]) -> Chain {
    let mut hash = Sha256::new();
    feed(&mut hash, ValueRef::Text(table.as_bytes()));
    values.iter().for_each(|value| feed(&mut hash, *value));
    cut(hash)
}

/// Hashes each value as its type, length and bytes, so that different lists of values give different input.
fn feed(hash: &mut Sha256, value: ValueRef) {
    let (kind, bytes): (u8, &[u8]) = match &value {
        ValueRef::Null => (0, &[]),
        ValueRef::Integer(number) => (1, &number.to_le_bytes()),
        ValueRef::Real(number) => (2, &number.to_le_bytes()),
        ValueRef::Text(text) => (3, text),
        ValueRef::Blob(bytes) => (4, bytes),
    };
    hash.update([kind]);
    hash.update((bytes.len() as u32).to_le_bytes());
    hash.update(bytes);
}

fn cut(hash: Sha256) -> Chain {
    let mut kept = START;
    kept.iter_mut().zip(hash.finalize()).for_each(|(kept, byte)| *kept = byte);
    kept
}

/// The sum of the checksums of rows, in any order. Removing a row subtracts what adding it has added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digest(u128);

impl Digest {
    pub fn from_bytes(bytes: [u8; BYTES]) -> Self {
        Digest(u128::from_le_bytes(bytes))
    }

    pub fn to_bytes(self) -> [u8; BYTES] {
        self.0.to_le_bytes()
    }

    pub fn add(&mut self, row: Chain) {
        self.0 = self.0.wrapping_add(u128::from_le_bytes(row));
    }

    pub fn take(&mut self, row: Chain) {
        self.0 = self.0.wrapping_sub(u128::from_le_bytes(row));
    }

    /// Adds a difference to this digest.
    pub fn plus(self, other: Digest) -> Digest {
        Digest(self.0.wrapping_add(other.0))
    }
}

/// The values of the first `N` columns of a row.
pub(crate) fn values<'r, const N: usize>(row: &'r Row) -> rusqlite::Result<[ValueRef<'r>; N]> {
    let mut values = [ValueRef::Null; N];
    for (column, value) in values.iter_mut().enumerate() {
        *value = row.get_ref(column)?;
    }
    Ok(values)
}

/// The result of reading a log.
pub(crate) struct LogSummary {
    /// The number of entries.
    pub head: u64,
    /// The checksum of the last one.
    pub chain: Chain,
    /// Whether the last entry has a checksum in its row. In a log of format 3 no entry has one.
    pub is_sealed: bool,
}

/// Reads an organisation's log from the beginning, and passes each entry's changes to `each`. Entries from before
/// format 4 have no checksum of their own; the checksum of a later entry covers them.
pub(crate) fn walk(
    connection: &Connection,
    number: i64,
    id: OrganisationId,
    each: impl FnMut(&str) -> Result<(), StoreError>,
) -> Result<LogSummary, StoreError> {
    let start = LogSummary { head: 0, chain: START, is_sealed: true };
    walk_on(connection, number, id, start, ALL, each)
}

/// The `LIMIT` that means no limit (<https://www.sqlite.org/lang_select.html#limitoffset>).
const ALL: i64 = -1;

/// Reads on from an entry that was reached before, at most `limit` entries.
pub(crate) fn walk_on(
    connection: &Connection,
    number: i64,
    id: OrganisationId,
    mut walked: LogSummary,
    n_entries: i64,
    mut each: impl FnMut(&str) -> Result<(), StoreError>,
) -> Result<LogSummary, StoreError> {
    let damaged = |what: String| StoreError::Damaged(format!("the log of organisation {id} {what}"));
    let mut log = connection.prepare(
        "SELECT seq, at, client, person, changes, chain FROM log WHERE organisation = ?1 AND seq > ?2
         ORDER BY seq LIMIT ?3",
    )?;
    // A damaged entry may have a number below 1.
    let after = if walked.head == 0 { i64::MIN } else { walked.head as i64 };
    let mut rows = log.query([number, after, n_entries])?;
    let mut sealed = walked.head;
    while let Some(row) = rows.next()? {
        let entry: [ValueRef; 5] = values(row)?;
        let seq: i64 = row.get(0)?;
        walked.head += 1;
        if seq != walked.head as i64 {
            return Err(damaged(format!("has entry {seq} where {} should be", walked.head)));
        }
        walked.chain = link(&walked.chain, id, &entry);
        let kept: Option<Chain> = row.get(5)?;
        walked.is_sealed = kept.is_some();
        match kept {
            Some(kept) if kept != walked.chain => {
                let from = sealed + 1;
                let which =
                    if from == walked.head { format!("entry {from}") } else { format!("entry {from} to {seq}") };
                return Err(damaged(format!("does not match its checksum in {which}")));
            }
            Some(_) => sealed = walked.head,
            None => {}
        }
        let [_, _, _, _, changes] = entry;
        each(changes.as_str().map_err(|error| damaged(format!("has no text in entry {seq}: {error}")))?)?;
    }
    Ok(walked)
}
