//! Loading of whole organisations, from the tables and from the log.

use crate::sqlite::chain::{self, Digest};
use crate::sqlite::files::StoreFiles;
use crate::sqlite::state::{self, Table, organisation_sum};
use crate::sqlite::{schema, tables};
use crate::{Loaded, StoreError, record};
use convoke_core::*;
use rusqlite::{Connection, Row};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// A consistent read of the store at one moment. Later commits are not visible in it.
pub struct Snapshot {
    connection: Connection,
    /// Keeps the store locked while the snapshot is open.
    _files: Option<Arc<StoreFiles>>,
}

impl Snapshot {
    pub(crate) fn open(files: &Arc<StoreFiles>) -> Result<Self, StoreError> {
        Snapshot::begin(schema::open_reader(&files.path)?, Some(files.clone()))
    }

    /// A snapshot by a connection to a database that is not in use as a store.
    pub(crate) fn of(connection: Connection) -> Result<Self, StoreError> {
        Snapshot::begin(connection, None)
    }

    fn begin(connection: Connection, files: Option<Arc<StoreFiles>>) -> Result<Self, StoreError> {
        connection.execute_batch("BEGIN")?;
        // The first read fixes the moment of the snapshot.
        connection.query_row("SELECT count(*) FROM organisations", [], |row| row.get::<_, i64>(0))?;
        Ok(Snapshot { connection, _files: files })
    }

    /// The ids of all organisations, in the order of their creation.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn organisations(&self) -> Result<Vec<OrganisationId>, StoreError> {
        let mut statement = self.connection.prepare("SELECT id FROM organisations ORDER BY number")?;
        let ids = statement.query_map([], |row| Ok(OrganisationId(uuid(row, 0)?)))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// Loads an organisation as of the moment of the snapshot, from the tables and the log entries that they do not
    /// contain yet. If the tables are damaged, it is built from the log alone.
    ///
    /// # Errors
    ///
    /// When there is no such organisation, or its log is damaged.
    pub fn load(&self, id: OrganisationId) -> Result<Loaded, StoreError> {
        let number = self.number(id)?;
        match self.load_tables(id, number) {
            Err(StoreError::Damaged(why)) => {
                let (directory, head) = self.replay(id)?;
                let damage = Some(format!("the tables of organisation {id} are damaged: {why}"));
                Ok(Loaded { directory, head, damage })
            }
            Err(error) => Err(error),
            Ok((directory, head)) => Ok(Loaded { directory, head, damage: None }),
        }
    }

    fn load_tables(&self, id: OrganisationId, number: i64) -> Result<(Directory, u64), StoreError> {
        let (records, tables_head) = self.records(number)?;
        if tables_head == 0 {
            return self.replay(id);
        }
        let mut directory = Directory::build(records)?;
        let mut head = tables_head;
        let mut log = self
            .connection
            .prepare("SELECT seq, changes FROM log WHERE organisation = ?1 AND seq > ?2 ORDER BY seq")?;
        let mut rows = log.query([number, tables_head])?;
        while let Some(row) = rows.next()? {
            head += 1;
            if row.get::<_, i64>(0)? != head {
                return Err(StoreError::Damaged(format!("the log has no entry {head}")));
            }
            record::changes_from_json(text(row, 1)?)?.iter().try_for_each(|change| directory.apply(change))?;
        }
        let said: i64 =
            self.connection
                .query_row("SELECT head FROM organisations WHERE number = ?1", [number], |row| row.get(0))?;
        if head != said {
            return Err(StoreError::Damaged(format!("the log ends at {head} and not at {said}")));
        }
        Ok((directory, head as u64))
    }

    /// The contents of the tables, and the log entry up to which they are current.
    fn records(&self, number: i64) -> Result<(Records, i64), StoreError> {
        let (tables_head, organisation, said) = self.connection.query_row(
            "SELECT tables_head, record, digest FROM organisations WHERE number = ?1",
            [number],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get(2)?)),
        )?;
        let mut digest = Digest::default();
        digest.add(organisation_sum(tables_head, &organisation));
        let digest = &mut digest;
        let mut stamps: HashMap<GroupId, Stamp> = self
            .rows(state::STAMPS, number, digest, |row| {
                let stamp = Stamp { version: row.get(1)?, modified: Timestamp(row.get(2)?) };
                Ok((GroupId(uuid(row, 0)?), stamp))
            })?
            .into_iter()
            .collect();
        let group_and_person = |row: &Row| Ok((GroupId(uuid(row, 0)?), PersonId(uuid(row, 1)?)));
        let former_owners: BTreeSet<(GroupId, PersonId)> =
            self.rows(state::FORMER_OWNERS, number, digest, group_and_person)?.into_iter().collect();
        let records = Records {
            organisation: Arc::new(record::organisation_from_json(&organisation)?),
            roles: self
                .rows(state::ROLES, number, digest, |row| record::role_from_json(text(row, 1)?).map(Arc::new))?,
            clients: self
                .rows(state::CLIENTS, number, digest, |row| record::client_from_json(text(row, 1)?).map(Arc::new))?,
            connectors: self.rows(state::CONNECTORS, number, digest, |row| {
                record::connector_from_json(text(row, 1)?).map(Arc::new)
            })?,
            people: self
                .rows(state::PEOPLE, number, digest, |row| record::person_from_json(text(row, 1)?).map(Arc::new))?,
            groups: self.rows(state::GROUPS, number, digest, |row| {
                let mut group = record::group_from_json(text(row, 1)?)?;
                group.owners.retain(|owner| !former_owners.contains(&(group.id, *owner)));
                let stamp = stamps.remove(&group.id);
                let stamp = stamp.ok_or_else(|| StoreError::Damaged(format!("group {} has no version", group.id)))?;
                Ok((Arc::new(group), stamp))
            })?,
            individuals: self.rows(state::INDIVIDUALS, number, digest, group_and_person)?,
            edges: self
                .rows(state::EDGES, number, digest, |row| Ok((GroupId(uuid(row, 0)?), GroupId(uuid(row, 1)?))))?,
            subscribers: self.rows(state::SUBSCRIBERS, number, digest, group_and_person)?,
            skills: self
                .rows(state::SKILLS, number, digest, |row| record::skill_from_json(text(row, 1)?).map(Arc::new))?,
            held: self.rows(state::HELD, number, digest, |row| {
                Ok((PersonId(uuid(row, 0)?), record::held(uuid(row, 1)?, row.get(2)?)?))
            })?,
        };
        if *digest != Digest::from_bytes(said) {
            return Err(StoreError::Damaged("their rows do not match their checksum".into()));
        }
        Ok((records, tables_head))
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
        let number = self.number(id)?;
        let mut directory: Option<Directory> = None;
        let mut n_entries = 0;
        let walked = chain::walk(&self.connection, number, id, |changes| {
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

    /// The organisation that the client or connector belongs to.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn organisation_of(&self, client: &ClientId) -> Result<Option<OrganisationId>, StoreError> {
        tables::organisation_of(&self.connection, client)
    }

    fn number(&self, id: OrganisationId) -> Result<i64, StoreError> {
        tables::require_organisation(&self.connection, id)
    }

    fn rows<T>(
        &self,
        table: Table,
        number: i64,
        digest: &mut Digest,
        mut from_row: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare(&table.select())?;
        let mut rows = statement.query([number])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            digest.add(table.sum_of(row)?);
            all.push(from_row(row)?);
        }
        Ok(all)
    }
}

fn text<'r>(row: &'r Row, column: usize) -> Result<&'r str, StoreError> {
    row.get_ref(column)?.as_str().map_err(|error| StoreError::Damaged(format!("column {column}: {error}")))
}

fn uuid(row: &Row, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}
