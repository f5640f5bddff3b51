//! Checksums that detect damage of the log, of tables and of rows. They do not protect against a person who writes to
//! the database, who can compute them too. The same log has the same checksums in every database.

use crate::StoreError;
use crate::value::Value;
use convoke_core::OrganisationId;
use sha2::{Digest as _, Sha256};

/// How many bytes of a SHA-256 are stored. That is enough for accidental damage.
pub(crate) const BYTES: usize = 16;

/// The checksum of a log entry and of all entries before it.
pub(crate) type Chain = [u8; BYTES];

/// The chain before the first entry of a log.
pub(crate) const START: Chain = [0; BYTES];

/// The checksum of an entry, computed from the chain before it and the values of its row in `log`: `seq`, `at`,
/// `client`, `person`, `changes`.
pub(crate) fn link<'v, V: Copy + Into<Value<'v>>>(before: &Chain, organisation: OrganisationId, entry: &[V]) -> Chain {
    let mut bytes = Vec::with_capacity(ROW_BYTES);
    bytes.extend(before);
    bytes.extend(organisation.0.as_bytes());
    entry.iter().for_each(|value| put(&mut bytes, (*value).into()));
    sum(&bytes)
}

/// The checksum of one row: of the table's name and the row's values.
pub(crate) fn row_sum<'v, V: Copy + Into<Value<'v>>>(table: &str, values: &[V]) -> Chain {
    let mut bytes = Vec::with_capacity(ROW_BYTES);
    put(&mut bytes, Value::Text(table.as_bytes()));
    values.iter().for_each(|value| put(&mut bytes, (*value).into()));
    sum(&bytes)
}

/// More than most rows have. They are hashed as one piece: passing many small pieces to the hash costs more than hashing
/// them.
const ROW_BYTES: usize = 1024;

/// Appends a value as its type, length and bytes, so that different lists of values give different input.
fn put(to: &mut Vec<u8>, value: Value) {
    let (kind, bytes): (u8, &[u8]) = match &value {
        Value::Null => (0, &[]),
        Value::Integer(number) => (1, &number.to_le_bytes()),
        Value::Real(number) => (2, &number.to_le_bytes()),
        Value::Text(text) => (3, text),
        Value::Blob(bytes) => (4, bytes),
    };
    to.push(kind);
    to.extend((bytes.len() as u32).to_le_bytes());
    to.extend(bytes);
}

fn sum(bytes: &[u8]) -> Chain {
    let mut kept = START;
    kept.iter_mut().zip(Sha256::digest(bytes)).for_each(|(kept, byte)| *kept = byte);
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

/// How far a log was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogSummary {
    /// The number of entries.
    pub head: u64,
    /// The checksum of the last one.
    pub chain: Chain,
    /// Whether the last entry has a checksum in its row. In an SQLite log of format 3 no entry has one.
    pub is_sealed: bool,
    /// The last entry that has a checksum in its row.
    sealed: u64,
}

impl LogSummary {
    /// A log that is read from its beginning.
    pub const START: LogSummary = LogSummary::after(0, START);

    /// A log that is read on after an entry with this checksum.
    pub const fn after(head: u64, chain: Chain) -> Self {
        LogSummary { head, chain, is_sealed: true, sealed: head }
    }

    /// Takes the next entry: its values as in [`link`], and the checksum in its row. An entry without a checksum of its
    /// own is covered by the next one that has one. Returns the text of its changes.
    pub fn take<'v, V: Copy + Into<Value<'v>>>(
        &mut self,
        id: OrganisationId,
        seq: i64,
        entry: &[V; 5],
        kept: Option<Chain>,
    ) -> Result<&'v str, StoreError> {
        let damaged = |what: String| StoreError::Damaged(format!("the log of organisation {id} {what}"));
        self.head += 1;
        if seq != self.head as i64 {
            return Err(damaged(format!("has entry {seq} where {} should be", self.head)));
        }
        self.chain = link(&self.chain, id, entry);
        self.is_sealed = kept.is_some();
        match kept {
            Some(kept) if kept != self.chain => {
                let from = self.sealed + 1;
                let which = if from == self.head { format!("entry {from}") } else { format!("entry {from} to {seq}") };
                return Err(damaged(format!("does not match its checksum in {which}")));
            }
            Some(_) => self.sealed = self.head,
            None => {}
        }
        let [_, _, _, _, changes] = entry;
        let Value::Text(changes) = (*changes).into() else {
            return Err(damaged(format!("has no text in entry {seq}")));
        };
        str::from_utf8(changes).map_err(|error| damaged(format!("has no text in entry {seq}: {error}")))
    }
}
