//! Loading of whole organisations, from the tables and from the log.

use crate::chain::LogSummary;
use crate::postgres::load::PostgresSnapshot;
use crate::sqlite::load::SqliteSnapshot;
use crate::table::{self, Table};
use crate::value::Value;
use crate::{Loaded, StoreError, record};
use convoke_core::*;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// A consistent read of the store at one moment. Later commits are not visible in it. Its methods block, and with
/// PostgreSQL they wait for the network: call them only on a thread that may block and that runs no async code.
pub struct Snapshot(Source);

enum Source {
    Sqlite(SqliteSnapshot),
    Postgres(PostgresSnapshot),
}

/// What the tables of an organisation have.
pub(crate) struct TableRecords {
    pub people: BuiltPeople,
    /// Everything but people.
    pub records: Records,
    /// The log entry up to which they are current.
    pub tables_head: u64,
    /// The number of entries in the log.
    pub head: u64,
}

impl From<SqliteSnapshot> for Snapshot {
    fn from(snapshot: SqliteSnapshot) -> Self {
        Snapshot(Source::Sqlite(snapshot))
    }
}

impl From<PostgresSnapshot> for Snapshot {
    fn from(snapshot: PostgresSnapshot) -> Self {
        Snapshot(Source::Postgres(snapshot))
    }
}

impl Snapshot {
    /// The ids of all organisations, in the order of their creation.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn organisations(&self) -> Result<Vec<OrganisationId>, StoreError> {
        match &self.0 {
            Source::Sqlite(snapshot) => snapshot.organisations(),
            Source::Postgres(snapshot) => snapshot.organisations(),
        }
    }

    /// Loads an organisation as of the moment of the snapshot, from the tables and the log entries that they do not
    /// contain yet. If the tables are damaged, it is built from the log alone.
    ///
    /// # Errors
    ///
    /// When there is no such organisation, or its log is damaged.
    pub fn load(&self, id: OrganisationId) -> Result<Loaded, StoreError> {
        match self.load_tables(id) {
            Err(StoreError::Damaged(why)) => {
                let (directory, head) = self.replay(id)?;
                let damage = Some(format!("the tables of organisation {id} are damaged: {why}"));
                Ok(Loaded { directory, head, damage })
            }
            Err(error) => Err(error),
            Ok((directory, head)) => Ok(Loaded { directory, head, damage: None }),
        }
    }

    fn load_tables(&self, id: OrganisationId) -> Result<(Directory, u64), StoreError> {
        let TableRecords { people, records, tables_head, head } = match &self.0 {
            Source::Sqlite(snapshot) => snapshot.records(id)?,
            Source::Postgres(snapshot) => snapshot.records(id)?,
        };
        if tables_head == 0 {
            return self.replay(id);
        }
        let mut directory = Directory::build_on(people, records)?;
        let mut take = |changes: &str| -> Result<(), StoreError> {
            Ok(record::changes_from_json(changes)?.iter().try_for_each(|change| directory.apply(change))?)
        };
        let end = match &self.0 {
            Source::Sqlite(snapshot) => snapshot.entries_after(id, tables_head, &mut take)?.head,
            Source::Postgres(snapshot) => snapshot.entries_after(id, tables_head, &mut take)?.head,
        };
        if end != head {
            return Err(StoreError::Damaged(format!("the log ends at {end} and not at {head}")));
        }
        Ok((directory, head))
    }

    /// Rebuilds an organisation from its log alone. Returns also the number of entries.
    ///
    /// # Errors
    ///
    /// When the log is damaged, or an entry does not fit the state before it.
    pub fn replay(&self, id: OrganisationId) -> Result<(Directory, u64), StoreError> {
        self.replay_with(id, &mut |_| {})
    }

    /// Rebuilds as [`Snapshot::replay`] does. After each entry, `progress` gets the number of entries replayed so far.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::replay`].
    pub fn replay_with(
        &self,
        id: OrganisationId,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(Directory, u64), StoreError> {
        let mut directory: Option<Directory> = None;
        let mut n_entries = 0;
        let walked = self.walk(id, &mut |changes| {
            n_entries += 1;
            progress(n_entries);
            for change in record::changes_from_json(changes)? {
                match (&mut directory, &change) {
                    (Some(directory), change) => directory.apply(change)?,
                    (None, Change::OrganisationPut(first)) => directory = Some(Directory::new(first.clone())),
                    (None, _) => {
                        return Err(StoreError::Damaged(format!("the log of {id} does not begin at its start")));
                    }
                }
            }
            Ok(())
        })?;
        let directory = directory.ok_or_else(|| StoreError::Damaged(format!("{id} has no log")))?;
        Ok((directory, walked.head))
    }

    /// Reads a log from its beginning, and passes the changes of each entry to `each`.
    fn walk(
        &self,
        id: OrganisationId,
        each: &mut dyn FnMut(&str) -> Result<(), StoreError>,
    ) -> Result<LogSummary, StoreError> {
        match &self.0 {
            Source::Sqlite(snapshot) => snapshot.walk(id, each),
            Source::Postgres(snapshot) => snapshot.entries_after(id, 0, each),
        }
    }

    /// The organisation that the client or connector belongs to.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn organisation_of(&self, client: &ClientId) -> Result<Option<OrganisationId>, StoreError> {
        match &self.0 {
            Source::Sqlite(snapshot) => snapshot.organisation_of(client),
            Source::Postgres(snapshot) => snapshot.organisation_of(client),
        }
    }
}

/// Passes the values of each row of a table to a closure.
pub(crate) type EachRow<'f> = dyn FnMut(&[Value]) -> Result<(), StoreError> + 'f;

/// The people of an organisation, from the rows that `read` passes from their table.
pub(crate) fn people(
    mut read: impl FnMut(Table, &mut EachRow) -> Result<(), StoreError>,
) -> Result<BuiltPeople, StoreError> {
    all(&mut read, table::PEOPLE, |row| record::person_from_json(text(row, 1)?).map(Arc::new)).map(BuiltPeople::new)
}

/// The records of an organisation without people: its own, and those of the rows that `read` passes from each table.
pub(crate) fn records(
    organisation: &str,
    mut read: impl FnMut(Table, &mut EachRow) -> Result<(), StoreError>,
) -> Result<Records, StoreError> {
    let mut stamps: HashMap<GroupId, Stamp> = all(&mut read, table::STAMPS, |row| {
        let stamp = Stamp { version: integer(row, 1)?, modified: Timestamp(integer(row, 2)?) };
        Ok((GroupId(uuid(row, 0)?), stamp))
    })?
    .into_iter()
    .collect();
    let group_and_person = |row: &[Value]| Ok((GroupId(uuid(row, 0)?), PersonId(uuid(row, 1)?)));
    let former_owners: BTreeSet<(GroupId, PersonId)> =
        all(&mut read, table::FORMER_OWNERS, group_and_person)?.into_iter().collect();
    Ok(Records {
        organisation: Arc::new(record::organisation_from_json(organisation)?),
        roles: all(&mut read, table::ROLES, |row| record::role_from_json(text(row, 1)?).map(Arc::new))?,
        clients: all(&mut read, table::CLIENTS, |row| record::client_from_json(text(row, 1)?).map(Arc::new))?,
        connectors: all(&mut read, table::CONNECTORS, |row| record::connector_from_json(text(row, 1)?).map(Arc::new))?,
        people: Vec::new(),
        groups: all(&mut read, table::GROUPS, |row| {
            let mut group = record::group_from_json(text(row, 1)?)?;
            group.owners.retain(|owner| !former_owners.contains(&(group.id, *owner)));
            let stamp = stamps.remove(&group.id);
            let stamp = stamp.ok_or_else(|| StoreError::Damaged(format!("group {} has no version", group.id)))?;
            Ok((Arc::new(group), stamp))
        })?,
        individuals: all(&mut read, table::INDIVIDUALS, group_and_person)?,
        edges: all(&mut read, table::EDGES, |row| Ok((GroupId(uuid(row, 0)?), GroupId(uuid(row, 1)?))))?,
        subscribers: all(&mut read, table::SUBSCRIBERS, group_and_person)?,
        skills: all(&mut read, table::SKILLS, |row| record::skill_from_json(text(row, 1)?).map(Arc::new))?,
        held: all(&mut read, table::HELD, |row| {
            let Some(Value::Real(proficiency)) = row.get(2) else { return Err(wrong_type(2)) };
            Ok((PersonId(uuid(row, 0)?), record::held(uuid(row, 1)?, *proficiency)?))
        })?,
    })
}

fn all<T>(
    read: &mut impl FnMut(Table, &mut EachRow) -> Result<(), StoreError>,
    table: Table,
    mut from_row: impl FnMut(&[Value]) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut all = Vec::new();
    read(table, &mut |row| {
        all.push(from_row(row)?);
        Ok(())
    })?;
    Ok(all)
}

fn wrong_type(column: usize) -> StoreError {
    StoreError::Damaged(format!("column {column} has a value of another type"))
}

fn text<'r>(row: &[Value<'r>], column: usize) -> Result<&'r str, StoreError> {
    let Some(Value::Text(text)) = row.get(column) else { return Err(wrong_type(column)) };
    str::from_utf8(text).map_err(|error| StoreError::Damaged(format!("column {column}: {error}")))
}

fn uuid(row: &[Value], column: usize) -> Result<Uuid, StoreError> {
    let Some(Value::Blob(bytes)) = row.get(column) else { return Err(wrong_type(column)) };
    Uuid::from_slice(bytes).map_err(|_| wrong_type(column))
}

fn integer<T: TryFrom<i64>>(row: &[Value], column: usize) -> Result<T, StoreError> {
    let Some(Value::Integer(number)) = row.get(column) else { return Err(wrong_type(column)) };
    T::try_from(*number).map_err(|_| wrong_type(column))
}
