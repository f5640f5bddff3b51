//! Restoring a backup, also when something prevents it.

use crate::given::*;
use crate::place::{backup_and_killed, files, named, refused, state};
use convoke_store::sqlite::Sqlite;
use std::path::Path;

#[tokio::test]
async fn a_backup_is_restored_and_what_was_there_is_kept() {
    let place = place();
    let (backup, store) = backup_and_killed(&place.path).await;
    let restored = Sqlite::restore(&backup, &store, "1").expect("it is restored");
    assert_eq!((restored.organisations, restored.entries), (1, HEAD));
    assert_eq!(state(&store).await, (HEAD, 1));
    let aside = restored.aside.expect("there was a store");
    assert_eq!(aside, named(&std::fs::canonicalize(&store).expect("its name"), ".before-restore-1"));
    assert_eq!(state(&aside).await, (HEAD + 1, 2), "with the log that was beside it");
    // Restores again over the restored store, which has new commits, and to a path without a store.
    let again = Sqlite::restore(&backup, &store, "2").expect("it is restored again");
    assert!(again.aside.is_some());
    assert_eq!(state(&store).await, (HEAD, 1));
    let elsewhere = place.path.with_file_name("new-folder").join("store.sqlite");
    let first = Sqlite::restore(&backup, &elsewhere, "3").expect("it is restored");
    assert_eq!(first.aside, None);
    assert_eq!(state(&elsewhere).await, (HEAD, 1));
}

#[tokio::test]
async fn what_cannot_be_restored_replaces_nothing() {
    let place = place();
    let (backup, store) = backup_and_killed(&place.path).await;
    let before = files(place.path.parent().expect("a folder"));
    let try_to =
        |from: &Path| Sqlite::restore(from, &store, "1").err().map(|error| error.to_string()).unwrap_or_default();

    let text = place.path.with_file_name("text");
    std::fs::write(&text, "no backup").expect("a text");
    assert!(try_to(&text).contains("is not a store of this program"));
    std::fs::remove_file(&text).expect("the text goes");
    assert!(try_to(&text).contains("No such file"));
    let living = Sqlite::restore(&store, &text, "1").err().map(|error| error.to_string()).unwrap_or_default();
    assert!(living.contains("has a write-ahead log beside it"), "{living}");
    std::fs::remove_file(named(&text, "-lock")).expect("nothing else came of it");

    let damaged = place.path.with_file_name("damaged.sqlite");
    for damage in ["UPDATE log SET at = 8 WHERE seq = 3", "PRAGMA user_version = 99"] {
        std::fs::copy(&backup, &damaged).expect("a copy");
        let file = rusqlite::Connection::open(&damaged).expect("it opens");
        let operation = "INSERT INTO operations VALUES (1, 'a', 'k', 7, x'00', '{}', x'00')";
        file.execute(operation, []).and_then(|_| file.execute_batch(damage)).expect("damage");
        drop(file);
        let said = try_to(&damaged);
        assert!(said.contains("is damaged") || said.contains("has format 99"), "{damage}: {said}");
    }
    std::fs::remove_file(&damaged).expect("the copy goes");
    let lock = named(&store, "-lock");
    std::fs::remove_file(&lock).expect("the lock file is all that is new");
    assert_eq!(files(place.path.parent().expect("a folder")), before);

    let used = open(&store).expect("the store opens");
    assert!(try_to(&backup).contains("is in use by another process"));
    drop(used);
}

#[tokio::test]
async fn a_log_without_its_database_is_put_aside_by_a_restore() {
    let place = place();
    let (backup, store) = backup_and_killed(&place.path).await;
    std::fs::remove_file(&store).expect("the database is lost");
    std::fs::remove_file(named(&store, "-head")).expect("and the head");
    let log = std::fs::read(named(&store, "-wal")).expect("the log");
    let restored = Sqlite::restore(&backup, &store, "1").expect("it is restored");
    assert_eq!(restored.aside, None);
    assert_eq!(state(&store).await, (HEAD, 1), "the restored store has nothing of the log");
    assert_eq!(std::fs::read(named(&store, ".before-restore-1-wal")).expect("the log is kept"), log);
}

#[tokio::test]
async fn damage_that_can_be_done_without_does_not_keep_a_backup_from_being_restored() {
    let place = place();
    let (backup, store) = backup_and_killed(&place.path).await;
    let opened = open(&backup).expect("a backup is a store");
    opened.catch_up().await.expect("the tables follow");
    drop(opened);
    let file = rusqlite::Connection::open(&backup).expect("it opens");
    file.execute_batch("INSERT INTO operations VALUES (1, 'a', 'k', 7, x'00', '{}', x'00'); DELETE FROM individuals")
        .expect("damage");
    drop(file);
    let restored = Sqlite::restore(&backup, &store, "1").expect("it is restored");
    let [operation, table] = restored.damage.as_slice() else { panic!("{:?}", restored.damage) };
    assert!(operation.contains("1 operations, which count as not done"), "{operation}");
    assert!(table.contains("the tables of organisation") && table.contains("are damaged"), "{table}");
    let opened = open(&store).expect("the store opens");
    let loaded = opened.load().await.expect("it loads").pop().expect("one organisation");
    assert_eq!(loaded.directory.records().individuals.len(), 1, "the log has what the table lost");
}

#[tokio::test]
async fn a_restore_that_fails_leaves_no_copy_behind() {
    let place = place();
    let (backup, store) = backup_and_killed(&place.path).await;
    drop(Sqlite::restore(&backup, &store, "1").expect("it is restored"));
    let before = files(place.path.parent().expect("a folder"));
    // The new name for the old store is already taken.
    assert!(Sqlite::restore(&backup, &store, "1").is_err());
    assert_eq!(files(place.path.parent().expect("a folder")), before);
}

#[tokio::test]
async fn what_killed_processes_left_beside_the_store_goes_at_the_next_start() {
    let place = place();
    drop(filled(&place.path).await);
    let left = ["-unfinished", "-probe"].map(|suffix| named(&place.path, suffix));
    for left in &left {
        std::fs::write(left, b"half a copy").expect("a file of a process that was killed");
    }
    let of_a_user = named(&place.path, "-new");
    std::fs::write(&of_a_user, b"mine").expect("a file of someone else");
    drop(open(&place.path).expect("the store opens"));
    assert!(!left.iter().any(|left| left.exists()));
    assert!(of_a_user.exists());
}

#[tokio::test]
async fn a_restore_that_was_cut_short_is_finished_by_the_next() {
    for is_log_aside in [false, true] {
        let place = place();
        let (backup, store) = backup_and_killed(&place.path).await;
        let aside = named(&store, ".before-restore-1");
        std::fs::hard_link(&store, &aside).expect("the first step of a restore");
        if is_log_aside {
            std::fs::rename(named(&store, "-wal"), named(&aside, "-wal")).expect("the second step");
        }
        let said = refused(&store);
        assert!(said.contains("run `convoke restore` again") && !said.contains("remove the other names"), "{said}");
        let restored = Sqlite::restore(&backup, &store, "2").expect("it is restored");
        assert_eq!(restored.aside.as_deref().and_then(Path::file_name), aside.file_name());
        assert_eq!(state(&store).await, (HEAD, 1));
        assert_eq!(state(&aside).await, (HEAD + 1, 2), "with the log that was beside it");
        assert!(!named(&store, ".before-restore-2").exists());
    }
}
