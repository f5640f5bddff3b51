//! Which files can be opened as a store, and by how many processes at a time.

use crate::given::*;
use convoke_core::{Change, GroupId};
use convoke_store::StoreError;
use convoke_store::sqlite::{BackupFolder, Sqlite};
use std::path::{Path, PathBuf};

pub fn refused(path: &Path) -> String {
    match open(path) {
        Err(error @ (StoreError::Refused(_) | StoreError::Locked(_))) => error.to_string(),
        Err(error) => panic!("{} is refused for another reason: {error}", path.display()),
        Ok(_) => panic!("{} is opened", path.display()),
    }
}

/// All files of the folder, by name, with their contents.
pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("the folder is read");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), std::fs::read(file).expect("the file is read"))).collect()
}

#[tokio::test]
async fn a_store_is_locked_whatever_name_leads_to_it() {
    let place = place();
    let folder = place.path.parent().expect("a folder");
    std::os::unix::fs::symlink("store.sqlite", folder.join("link")).expect("a link to what is not there yet");
    let store = open(&folder.join("link")).expect("a new store");
    assert_eq!(
        sqlite(&store).path().file_name(),
        place.path.file_name(),
        "the store has the name that the link has not"
    );
    let (inner, hard) = (folder.join("inner"), folder.join("hard"));
    std::os::unix::fs::symlink(folder, &inner).expect("a link to the folder");
    std::fs::hard_link(&place.path, &hard).expect("a hard link");
    for name in [&place.path, &folder.join("link"), &inner.join("store.sqlite"), &hard] {
        assert!(refused(name).contains("is in use by another process"), "{}", name.display());
    }
    drop(store);
    for name in [&place.path, &hard] {
        assert!(refused(name).contains("has 2 names (hard links)"), "{}", name.display());
    }
    std::fs::remove_file(hard).expect("the hard link goes");
    open(&inner.join("link")).expect("the store is free again");
}

#[tokio::test]
async fn a_symbolic_link_that_leads_nowhere_is_refused() {
    let place = place();
    std::os::unix::fs::symlink(&place.path, &place.path).expect("a link to itself");
    assert!(open(&place.path).is_err());
}

#[tokio::test]
async fn what_is_not_a_store_is_left_as_it_is() {
    let of_another = "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine');";
    for made_so in [
        of_another.to_owned(),
        format!("{of_another} PRAGMA user_version = 2;"),
        format!("{of_another} PRAGMA application_id = 7;"),
        "PRAGMA application_id = 7;".to_owned(),
        format!("PRAGMA journal_mode = wal; {of_another}"),
    ] {
        let place = place();
        let other = rusqlite::Connection::open(&place.path).expect("a database of another program");
        other.execute_batch(&made_so).expect("its tables");
        drop(other);
        let before = files(place.path.parent().expect("a folder"));
        assert!(refused(&place.path).contains("is not a store of this program"), "{made_so}");
        assert_eq!(files(place.path.parent().expect("a folder")), before, "{made_so}");
    }
    let place = place();
    std::fs::write(&place.path, "no database at all").expect("a text");
    assert!(refused(&place.path).contains("is not a store of this program"));
    assert_eq!(std::fs::read(&place.path).expect("the text"), b"no database at all");
}

#[tokio::test]
async fn a_log_without_its_database_is_refused() {
    let place = place();
    let store = filled(&place.path).await;
    let copy = killed(&place.path);
    drop(store);
    for empty in [true, false] {
        if empty {
            std::fs::write(&copy, b"").expect("the database is emptied");
        } else {
            std::fs::remove_file(&copy).expect("the database is gone");
        }
        let log = PathBuf::from(format!("{}-wal", copy.display()));
        let before = std::fs::read(&log).expect("the log");
        assert!(refused(&copy).contains("is missing or empty, but its write-ahead log"));
        assert_eq!(std::fs::read(&log).expect("the log"), before);
    }
}

/// A store that was closed cleanly has an empty write-ahead log. The head file shows that its database is missing.
#[tokio::test]
async fn a_database_that_is_lost_after_a_clean_stop_is_not_taken_for_a_new_store() {
    let place = place();
    drop(filled(&place.path).await);
    for empty in [true, false] {
        if empty {
            std::fs::write(&place.path, b"").expect("the database is emptied");
        } else {
            std::fs::remove_file(&place.path).expect("the database is gone");
        }
        let before = files(place.path.parent().expect("a folder"));
        match open(&place.path) {
            Err(StoreError::Damaged(why)) => assert!(why.contains("is missing or empty") && why.contains("commits")),
            other => panic!("it is opened, or refused for another reason: {:?}", other.err()),
        }
        assert_eq!(files(place.path.parent().expect("a folder")), before, "what there is stays as it is");
    }
    std::fs::remove_file(named(&place.path, "-head")).expect("the operator says so");
    drop(open(&place.path).expect("a new store"));
}

#[tokio::test]
async fn a_log_beside_an_empty_database_is_refused() {
    let place = place();
    let store = filled(&place.path).await;
    let copy = killed(&place.path);
    drop(store);
    std::fs::remove_file(&copy).expect("the database is gone");
    let log = named(&copy, "-wal");
    let mut bytes = std::fs::read(&log).expect("the log");
    // A bit error in the header: SQLite does not read the header, and sees an empty database.
    *bytes.get_mut(17).expect("a header") ^= 1;
    std::fs::remove_file(&log).expect("the log is put aside");
    let empty = rusqlite::Connection::open(&copy).expect("a database");
    empty.execute_batch("CREATE TABLE notes (text TEXT); DROP TABLE notes").expect("nothing stays in it");
    drop(empty);
    std::fs::write(&log, &bytes).expect("the log is put back");
    let said = refused(&copy);
    assert!(said.contains("is missing or empty, but its write-ahead log"), "{said}");
    assert_eq!(std::fs::read(&log).expect("the log"), bytes);
}

#[tokio::test]
async fn an_empty_file_or_database_becomes_a_store() {
    for make in [
        |path: &Path| std::fs::write(path, b""),
        |path: &Path| {
            let empty =
                rusqlite::Connection::open(path).and_then(|empty| empty.execute_batch("PRAGMA journal_mode = wal"));
            empty.map_err(std::io::Error::other)
        },
    ] {
        let place = place();
        make(&place.path).expect("an empty file");
        drop(filled(&place.path).await);
        let again = open(&place.path).expect("the store opens again");
        assert_eq!(records(&again).await.people.len(), 5);
        let id: i32 = rusqlite::Connection::open(&place.path)
            .and_then(|store| store.query_row("PRAGMA application_id", [], |row| row.get(0)))
            .expect("an application id");
        assert_eq!(id.to_be_bytes(), *b"Cnvk");
    }
}

#[tokio::test]
async fn what_a_killed_backup_left_is_swept_away_and_what_is_being_written_stays() {
    let place = place();
    let folder = place.path.parent().expect("a folder");
    drop(filled(&place.path).await);
    let left = folder.join(".convoke-unfinished-aB3dE5gH7jK9");
    let leave = || {
        std::fs::create_dir(&left).expect("a folder of a process that was killed");
        std::fs::write(left.join("copy.sqlite"), b"half a copy").expect("its copy");
        std::fs::write(left.join("copy.sqlite-journal"), b"a journal").expect("its journal");
    };
    leave();
    let living = BackupFolder::new_in(folder).expect("a folder of a living process");
    std::fs::write(living.path().join("copy.sqlite"), b"half a copy").expect("its copy");
    assert!(!left.exists(), "making a folder sweeps");
    leave();
    let _store = open(&place.path).expect("the store opens");
    assert!(!left.exists(), "opening a store sweeps");
    assert!(living.path().join("copy.sqlite").exists());
}

#[tokio::test]
async fn folders_of_a_user_are_never_swept_away() {
    let place = place();
    let folder = place.path.parent().expect("a folder");
    drop(filled(&place.path).await);
    let names = [
        ("convoke-backup-2024", "copy.sqlite"),
        ("convoke-backup-202412", "copy.sqlite"),
        (".convoke-backup-202412", "monday.sqlite"),
        (".convoke-unfinished-mine", "copy.sqlite"),
        (".convoke-unfinished-2024-12-24ab", "copy.sqlite"),
        (".convoke-unfinished-aB3dE5gH7jK9", "mine.sqlite"),
    ];
    let kept = names.map(|(name, file)| folder.join(name).join(file));
    for file in &kept {
        std::fs::create_dir(folder_of(file)).expect("a folder");
        std::fs::write(file, b"a backup").expect("a file");
    }
    // A folder that a process may have created, with a folder of a user inside.
    let inner = folder.join(".convoke-unfinished-0123456789ab").join("copy");
    std::fs::create_dir_all(&inner).expect("two folders");
    drop(BackupFolder::new_in(folder).expect("a folder for a copy"));
    drop(open(&place.path).expect("the store opens"));
    for kept in kept.iter().chain([&inner]) {
        assert!(kept.exists(), "{} is gone", kept.display());
    }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().expect("a folder")
}

pub fn named(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

/// The number of log entries, and the number of members of the store's group.
pub async fn state(path: &Path) -> (u64, usize) {
    let store = open(path).expect("the store opens");
    let loaded = store.load().await.expect("it loads").pop().expect("one organisation");
    assert_eq!((Sqlite::check(path).expect("it is sound"), loaded.damage), (Vec::new(), None));
    (loaded.head, loaded.directory.records().individuals.len())
}

/// A backup of a filled store, and the files of that store as if it was killed after one more commit.
pub async fn backup_and_killed(path: &Path) -> (PathBuf, PathBuf) {
    let store = filled(path).await;
    let backup = path.with_file_name("backup.sqlite");
    sqlite(&store).backup(&backup).expect("a backup");
    let change = Change::MembersAdded(GroupId(number(200)), people(&[100]), stamp(9));
    store.commit(batch(HEAD, vec![entry(vec![change])])).await.expect("a commit that the backup has not");
    let copy = killed(path);
    std::fs::copy(named(path, "-head"), named(&copy, "-head")).expect("the head is copied");
    (backup, copy)
}

#[tokio::test]
async fn a_backup_copied_over_a_store_whose_log_remains_is_refused() {
    let place = place();
    let (backup, store) = backup_and_killed(&place.path).await;
    std::fs::copy(&backup, &store).expect("the backup is copied over the store");
    let before = std::fs::read(named(&store, "-wal")).expect("the log");
    assert!(refused(&store).contains("is a copy beside the write-ahead log of another store"));
    assert_eq!(std::fs::read(named(&store, "-wal")).expect("the log"), before);
    std::fs::remove_file(named(&store, "-wal")).expect("the log is given up");
    assert_eq!(state(&store).await, (HEAD, 1));
}

#[tokio::test]
async fn a_backup_of_an_older_format_beside_a_log_is_refused() {
    let place = place();
    let (_, store) = backup_and_killed(&place.path).await;
    std::fs::remove_file(&store).expect("the store goes");
    let old = rusqlite::Connection::open_in_memory().expect("a database");
    old.execute_batch(include_str!("format_3.sql")).expect("a store of format 3");
    let made = place.path.with_file_name("old.sqlite");
    old.execute("VACUUM INTO ?1", [made.to_str()]).expect("a file of it");
    std::fs::rename(&made, &store).expect("it is put in place");
    assert!(refused(&store).contains("is a copy beside the write-ahead log of another store"));
}
