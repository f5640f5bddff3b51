//! Stores in files of SQLite.

use convoke_store::sqlite::Sqlite;
use convoke_store::{Store, StoreError};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub use crate::suite::given::*;

pub struct Place {
    _folder: TempDir,
    pub path: PathBuf,
}

pub fn place() -> Place {
    let (_folder, path) = folder();
    Place { _folder, path }
}

/// A folder for a test, and the path of a store in it.
pub fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("store.sqlite");
    (folder, path)
}

pub fn open(path: &Path) -> Result<Store, StoreError> {
    Sqlite::open(path).map(Store::Sqlite)
}

pub fn sqlite(store: &Store) -> &Sqlite {
    let Store::Sqlite(sqlite) = store else { panic!("another database") };
    sqlite
}

pub async fn filled(path: &Path) -> Store {
    let store = open(path).expect("a new store");
    fill(&store).await;
    store
}

/// Copies the files of an open store, as a killed process would leave them.
pub fn killed(path: &Path) -> PathBuf {
    let copy = path.with_file_name("killed.sqlite");
    for suffix in ["", "-wal"] {
        let name = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        std::fs::copy(name(path), name(&copy)).expect("the file is copied");
    }
    copy
}
