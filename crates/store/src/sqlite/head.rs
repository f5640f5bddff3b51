//! The head kept apart: a small file beside the store that says how many commits it has. A bit error in the
//! write-ahead log drops all commits after it, and SQLite takes what is left for the whole; this file tells.
//!
//! It is written after each commit is on the disk, so it never says more than the store had. It is synced only now
//! and then: after a power failure it may say less, or be torn, and then the other of its two records counts.

use crate::StoreError;
use crate::sqlite::chain::row_sum;
use crate::sqlite::place::beside;
use crate::sqlite::private_file;
use rusqlite::types::ValueRef;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Bytes between the beginnings of the two records: they are on different pages, so that no torn write takes both.
const STRIDE: u64 = 4096;
/// Bytes of a record: lineage, commits, checksum.
const BYTES: usize = 32;

/// What the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Of which store: a random number that a store has, and no copy of it.
    pub lineage: i64,
    /// How many transactions were committed.
    pub commits: i64,
}

impl Head {
    fn to_bytes(self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        let parts = self.lineage.to_le_bytes().into_iter().chain(self.commits.to_le_bytes()).chain(self.sum());
        bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        bytes
    }

    fn from_bytes(bytes: [u8; BYTES]) -> Option<Self> {
        let (lineage, rest) = bytes.split_first_chunk()?;
        let (commits, sum) = rest.split_first_chunk()?;
        let head = Head { lineage: i64::from_le_bytes(*lineage), commits: i64::from_le_bytes(*commits) };
        (head.sum() == sum).then_some(head)
    }

    fn sum(self) -> [u8; 16] {
        row_sum("head", &[ValueRef::Integer(self.lineage), ValueRef::Integer(self.commits)])
    }
}

/// The file, open.
pub(crate) struct HeadFile {
    path: PathBuf,
    file: File,
}

impl HeadFile {
    /// Opens it, makes it where there is none, and has it say this alone.
    pub fn open(store: &Path, head: Head) -> Result<Self, StoreError> {
        let path = name(store);
        let file = private_file().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| failed(&path, error))?;
        let opened = HeadFile { path, file };
        if opened.read() != Some(head) {
            let bytes = head.to_bytes();
            for slot in [0, 1] {
                opened.file.write_all_at(&bytes, slot * STRIDE).map_err(|error| failed(&opened.path, error))?;
            }
            opened.sync()?;
        }
        Ok(opened)
    }

    /// Writes down a commit that is on the disk.
    pub fn write(&self, head: Head) -> Result<(), StoreError> {
        let slot = head.commits.unsigned_abs() % 2;
        self.file.write_all_at(&head.to_bytes(), slot * STRIDE).map_err(|error| failed(&self.path, error))
    }

    pub fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(|error| failed(&self.path, error))
    }

    fn read(&self) -> Option<Head> {
        let record = |slot| {
            let mut bytes = [0; BYTES];
            self.file.read_exact_at(&mut bytes, slot * STRIDE).ok()?;
            Head::from_bytes(bytes)
        };
        [record(0), record(1)].into_iter().flatten().max_by_key(|head| head.commits)
    }
}

/// Without space the store does without the file.
fn failed(path: &Path, error: std::io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::file(path, error),
    }
}

/// What the file beside this store says; none where there is none, or nothing in it is whole.
pub(crate) fn read(store: &Path) -> Result<Option<Head>, StoreError> {
    let path = name(store);
    match File::open(&path) {
        Ok(file) => Ok(HeadFile { path, file }.read()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::file(&path, error)),
    }
}

/// The name of the file.
pub(crate) fn name(store: &Path) -> PathBuf {
    beside(store, "-head")
}
