//! SQLite as the database of the suite.

use convoke_store::Store;
use rusqlite::types::ValueRef;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

pub use crate::suite::filled;

/// Where a store is.
pub struct Place {
    folder: Arc<TempDir>,
    pub path: PathBuf,
}

pub async fn place() -> Place {
    let (folder, path) = crate::given::folder();
    Place { folder: Arc::new(folder), path }
}

impl Place {
    pub async fn open(&self) -> Store {
        crate::given::open(&self.path).expect("the store opens")
    }

    /// The store as a killed process would leave it.
    pub fn killed(&self) -> Place {
        Place { folder: self.folder.clone(), path: crate::given::killed(&self.path) }
    }

    /// An id in a statement.
    pub fn id(&self, id: Uuid) -> String {
        format!("x'{}'", id.simple())
    }

    /// The columns of the first row of a query, as texts.
    pub async fn look(&self, sql: &str) -> Vec<String> {
        let tables = connection(&self.path);
        let mut statement = tables.prepare(sql).expect("a statement");
        let n_columns = statement.column_count();
        let row =
            statement.query_row([], |row| (0..n_columns).map(|at| row.get_ref(at).map(text)).collect::<Result<_, _>>());
        row.expect("a row")
    }

    /// Runs a statement.
    pub async fn run(&self, sql: &str) {
        connection(&self.path).execute(sql, []).expect("a statement");
    }
}

fn text(value: ValueRef) -> String {
    match value {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        other => panic!("{other:?} is not shown"),
    }
}

fn connection(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).expect("the store opens for a look")
}
