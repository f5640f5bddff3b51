//! The head file: a small file beside the store that contains its number of commits. A bit error in the write-ahead log
//! drops all commits after it, and SQLite does not report that. The head file shows it.
//!
//! The file is written after each commit is on the disk, so it never counts more commits than the store has. It is
//! synced only from time to time. After a power failure its number may be too low, or one of its two records may be
//! torn, and then the other one counts.

use crate::StoreError;
use crate::chain::row_sum;
use crate::sqlite::files::beside;
use crate::sqlite::private_file;
use rusqlite::types::ValueRef;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The distance in bytes between the two records. They are on different pages, so one torn write cannot damage both.
const STRIDE: u64 = 4096;
/// The size of a record in bytes: lineage, commits, checksum.
const BYTES: usize = 32;

/// The contents of the head file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The id of the store, a random number. A copy of the store gets another.
    pub lineage: i64,
    /// The number of committed transactions.
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

/// The open head file.
pub(crate) struct HeadFile {
    path: PathBuf,
    file: File,
}

impl HeadFile {
    /// Opens or creates the file, and replaces its contents by `head`.
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

    /// Records a commit that is on the disk.
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

/// A full disk is no error here: the store works without the file.
fn failed(path: &Path, error: std::io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::file(path, error),
    }
}

/// Reads the head file of this store. None if there is no file, or neither record is valid.
pub(crate) fn read(store: &Path) -> Result<Option<Head>, StoreError> {
    let path = name(store);
    match File::open(&path) {
        Ok(file) => Ok(HeadFile { path, file }.read()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::file(&path, error)),
    }
}

/// The path of the head file.
pub(crate) fn name(store: &Path) -> PathBuf {
    beside(store, "-head")
}
