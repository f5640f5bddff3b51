//! The tables from which a directory is loaded. They follow the log, in every database: a commit writes the log, and the
//! changed rows are written later, in large batches.

/// A table of the state. Its first column, which is also the first of its key, is the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub name: &'static str,
    /// The other columns, the key columns first.
    pub columns: &'static [&'static str],
    /// The types of these columns.
    pub types: &'static [Type],
    /// How many of these columns belong to the key.
    pub n_key: usize,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Uuid,
    Text,
    Integer,
    Real,
}

use Type::{Integer, Real, Text, Uuid};

const fn table(name: &'static str, columns: &'static [&'static str], types: &'static [Type], n_key: usize) -> Table {
    Table { name, columns, types, n_key }
}

pub(crate) const ROLES: Table = table("roles", &["id", "record"], &[Uuid, Text], 1);
pub(crate) const CLIENTS: Table = table("clients", &["id", "record"], &[Text, Text], 1);
pub(crate) const CONNECTORS: Table = table("connectors", &["id", "record"], &[Text, Text], 1);
pub(crate) const PEOPLE: Table = table("people", &["id", "record"], &[Uuid, Text], 1);
pub(crate) const GROUPS: Table = table("groups", &["id", "record"], &[Uuid, Text], 1);
pub(crate) const FORMER_OWNERS: Table = table("former_owners", &["group_id", "person"], &[Uuid, Uuid], 2);
pub(crate) const STAMPS: Table = table("stamps", &["group_id", "version", "modified"], &[Uuid, Integer, Integer], 1);
pub(crate) const INDIVIDUALS: Table = table("individuals", &["group_id", "person"], &[Uuid, Uuid], 2);
pub(crate) const EDGES: Table = table("edges", &["parent", "child"], &[Uuid, Uuid], 2);
pub(crate) const SUBSCRIBERS: Table = table("subscribers", &["group_id", "person"], &[Uuid, Uuid], 2);
pub(crate) const SKILLS: Table = table("skills", &["id", "record"], &[Uuid, Text], 1);
pub(crate) const HELD: Table = table("held", &["person", "skill", "proficiency"], &[Uuid, Uuid, Real], 2);

/// The largest number of columns of a table, without that of the organisation.
pub(crate) const MAX_COLUMNS: usize = 3;

/// All tables of the state.
pub(crate) const TABLES: [Table; 12] =
    [ROLES, CLIENTS, CONNECTORS, PEOPLE, GROUPS, FORMER_OWNERS, STAMPS, INDIVIDUALS, EDGES, SUBSCRIBERS, SKILLS, HELD];

impl Table {
    /// Whether all columns belong to the key, so that a row that exists needs no update.
    pub fn is_only_key(&self) -> bool {
        self.n_key == self.columns.len()
    }
}
