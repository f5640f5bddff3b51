//! Reading a whole organisation: from the tables, and from the log.

use crate::{Loaded, StoreError, record, schema, tables};
use convoke_core::*;
use rusqlite::{Connection, Row};
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// The state of one moment: what is committed after it was taken does not show in it.
pub struct Snapshot {
    connection: Connection,
}

impl Snapshot {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = schema::open_reader(path)?;
        connection.execute_batch("BEGIN")?;
        // The moment is that of the first read.
        connection.query_row("SELECT count(*) FROM organisations", [], |row| row.get::<_, i64>(0))?;
        Ok(Snapshot { connection })
    }

    /// All organisations, in the order in which they were founded.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn organisations(&self) -> Result<Vec<OrganisationId>, StoreError> {
        let mut statement = self.connection.prepare("SELECT id FROM organisations ORDER BY number")?;
        let ids = statement.query_map([], |row| Ok(OrganisationId(uuid(row, 0)?)))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// An organisation as the tables hold it.
    ///
    /// # Errors
    ///
    /// When there is none, or a row is damaged.
    pub fn load(&self, id: OrganisationId) -> Result<Loaded, StoreError> {
        let number = self.number(id)?;
        let (head, organisation) =
            self.connection.query_row("SELECT head, record FROM organisations WHERE number = ?1", [number], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            })?;
        let records = Records {
            organisation: Arc::new(record::organisation_from_json(&organisation)?),
            roles: self.rows("SELECT record FROM roles WHERE organisation = ?1", number, |row| {
                record::role_from_json(text(row, 0)?).map(Arc::new)
            })?,
            clients: self.rows("SELECT record FROM clients WHERE organisation = ?1", number, |row| {
                record::client_from_json(text(row, 0)?).map(Arc::new)
            })?,
            connectors: self.rows("SELECT record FROM connectors WHERE organisation = ?1", number, |row| {
                record::connector_from_json(text(row, 0)?).map(Arc::new)
            })?,
            people: self.rows("SELECT record FROM people WHERE organisation = ?1", number, |row| {
                record::person_from_json(text(row, 0)?).map(Arc::new)
            })?,
            groups: self.rows(
                "SELECT g.record, s.version, s.modified FROM groups g JOIN stamps s
                 ON s.organisation = g.organisation AND s.group_id = g.id WHERE g.organisation = ?1",
                number,
                |row| {
                    let stamp = Stamp { version: row.get(1)?, modified: Timestamp(row.get(2)?) };
                    Ok((Arc::new(record::group_from_json(text(row, 0)?)?), stamp))
                },
            )?,
            individuals: self.rows(
                "SELECT group_id, person FROM individuals WHERE organisation = ?1",
                number,
                |row| Ok((GroupId(uuid(row, 0)?), PersonId(uuid(row, 1)?))),
            )?,
            edges: self.rows("SELECT parent, child FROM edges WHERE organisation = ?1", number, |row| {
                Ok((GroupId(uuid(row, 0)?), GroupId(uuid(row, 1)?)))
            })?,
            subscribers: self.rows(
                "SELECT group_id, person FROM subscribers WHERE organisation = ?1",
                number,
                |row| Ok((GroupId(uuid(row, 0)?), PersonId(uuid(row, 1)?))),
            )?,
            skills: self.rows("SELECT record FROM skills WHERE organisation = ?1", number, |row| {
                record::skill_from_json(text(row, 0)?).map(Arc::new)
            })?,
            held: self.rows("SELECT person, skill, proficiency FROM held WHERE organisation = ?1", number, |row| {
                Ok((PersonId(uuid(row, 0)?), record::held(uuid(row, 1)?, row.get(2)?)?))
            })?,
        };
        Ok(Loaded { records, head: head as u64 })
    }

    /// An organisation made again from its log alone, and how many entries that has.
    ///
    /// # Errors
    ///
    /// When the log has a gap, or an entry does not fit what came before it.
    pub fn replay(&self, id: OrganisationId) -> Result<(Directory, u64), StoreError> {
        let number = self.number(id)?;
        let mut statement =
            self.connection.prepare("SELECT seq, changes FROM log WHERE organisation = ?1 ORDER BY seq")?;
        let mut rows = statement.query([number])?;
        let mut directory: Option<Directory> = None;
        let mut head = 0u64;
        while let Some(row) = rows.next()? {
            let seq: i64 = row.get(0)?;
            head += 1;
            if seq != head as i64 {
                return Err(StoreError::Damaged(format!("the log of {id} has {seq} where {head} should be")));
            }
            for change in record::changes_from_json(text(row, 1)?)? {
                match (&mut directory, &change) {
                    (Some(directory), change) => directory.apply(change)?,
                    (None, Change::OrganisationPut(first)) => directory = Some(Directory::new(first.clone())),
                    (None, _) => {
                        return Err(StoreError::Damaged(format!("the log of {id} does not begin at its start")));
                    }
                }
            }
        }
        directory.map(|directory| (directory, head)).ok_or_else(|| StoreError::Damaged(format!("{id} has no log")))
    }

    fn number(&self, id: OrganisationId) -> Result<i64, StoreError> {
        let number = tables::organisation_number(&self.connection, id)?;
        number.ok_or_else(|| StoreError::Damaged(format!("organisation {id} is gone")))
    }

    fn rows<T>(
        &self,
        sql: &str,
        number: i64,
        from_row: impl Fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([number])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
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
