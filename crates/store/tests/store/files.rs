//! The files of an SQLite store: identity, settings, copies, and how the tables follow the log.

use crate::given::*;
use convoke_core::*;
use convoke_store::StoreError;
use convoke_store::sqlite::Sqlite;
use std::sync::Arc;

#[tokio::test]
async fn a_second_process_is_kept_out() {
    let place = place();
    let store = open(&place.path).expect("a new store");
    let refused = open(&place.path).err().expect("the store is in use");
    assert!(refused.to_string().contains("store.sqlite is in use"), "{refused}");
    drop(store);
    open(&place.path).expect("the store is free again");
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = place();
    let _store = filled(&place.path).await;
    for suffix in ["", "-wal", "-shm"] {
        let file = std::fs::metadata(format!("{}{suffix}", place.path.display())).expect("the file is there");
        assert_eq!(file.permissions().mode() & 0o077, 0, "{suffix}");
    }
}

#[tokio::test]
async fn the_connection_is_as_durable_as_it_should_be() {
    let place = place();
    let store = open(&place.path).expect("a new store");
    let (journal, synchronous, version) = sqlite(&store).settings().await.expect("settings");
    assert_eq!((journal.as_str(), synchronous), ("wal", 2));
    let version: Vec<u32> = version.split('.').map(|part| part.parse().expect("a number")).collect();
    assert!(version >= vec![3, 51, 3], "{version:?}: the WAL-reset bug is fixed from 3.51.3 on");
}

#[tokio::test]
async fn damage_and_newer_formats_are_refused() {
    let place = place();
    drop(filled(&place.path).await);
    let newer = rusqlite::Connection::open(&place.path).expect("the file opens");
    let format: i64 = newer.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a format");
    newer.pragma_update(None, "user_version", 99).expect("a newer format");
    assert!(matches!(open(&place.path), Err(StoreError::Newer { found: 99, .. })));
    newer.pragma_update(None, "user_version", format).expect("the old format");
    newer.execute("DELETE FROM log WHERE seq = 4", []).expect("a gap");
    drop(newer);
    let store = open(&place.path).expect("the store opens");
    let replayed = store.snapshot().await.and_then(|snapshot| snapshot.replay(ORGANISATION));
    assert!(replayed.err().is_some_and(|error| error.to_string().contains("has entry 5 where 4 should be")));
    drop(store);

    let mut bytes = std::fs::read(&place.path).expect("the file is read");
    bytes.iter_mut().skip(4096).take(4096).for_each(|byte| *byte = !*byte);
    std::fs::write(&place.path, bytes).expect("the file is written");
    assert!(matches!(Sqlite::check(&place.path), Err(StoreError::Damaged(_))));
}

#[tokio::test]
async fn a_backup_is_a_whole_store() {
    let place = place();
    let store = filled(&place.path).await;
    let copy = place.path.with_file_name("copy.sqlite");
    sqlite(&store).backup(&copy).expect("a backup");
    assert!(sqlite(&store).backup(&copy).is_err(), "a backup overwrites nothing");
    Sqlite::check(&copy).expect("a sound copy");
    let copied = open(&copy).expect("the copy opens");
    let mut directories = Vec::new();
    for store in [&store, &copied] {
        let loaded = store.load().await.expect("it loads").pop().expect("one organisation");
        directories.push(loaded.directory);
    }
    let [one, other] = directories.as_slice() else { panic!("two directories") };
    assert_eq!(verify::differences(one, other, ("store", "copy")), Vec::<String>::new());
}

#[tokio::test]
async fn a_checked_backup_is_sound_or_is_not_there() {
    let place = place();
    let store = filled(&place.path).await;
    store.catch_up().await.expect("the tables follow");
    let copy = place.path.with_file_name("copy.sqlite");
    let cancel = CancelFlag::default();
    assert_eq!(sqlite(&store).checked_backup(&copy, &cancel).expect("a backup"), Vec::<String>::new());
    std::fs::remove_file(&copy).expect("it is there");

    let file = rusqlite::Connection::open(&place.path).expect("the file opens");
    file.execute_batch("CREATE TABLE before AS SELECT * FROM log WHERE seq = 4").expect("a table");
    file.execute("DELETE FROM log WHERE seq = 4", []).expect("a gap");
    let refused = sqlite(&store).checked_backup(&copy, &cancel).expect_err("the copy has the gap too");
    assert!(matches!(refused, StoreError::Damaged(_)) && !copy.exists(), "{refused}");

    // Enough rows that it takes a while.
    file.execute_batch(
        "INSERT INTO log SELECT * FROM before; DROP TABLE before; CREATE TABLE filler (n INTEGER, text TEXT);
         WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 50000)
         INSERT INTO filler SELECT n, 'filler' FROM counted",
    )
    .expect("a large table");
    sqlite(&store).checked_backup(&copy, &cancel).expect("the gap is filled");
    std::fs::remove_file(&copy).expect("it is there");
    cancel.set();
    let stopped = sqlite(&store).checked_backup(&copy, &cancel).expect_err("it is stopped");
    assert!(matches!(stopped, StoreError::Cancelled) && !copy.exists(), "{stopped}");
}

#[tokio::test]
async fn what_the_tables_lack_is_made_up_for_from_the_log() {
    let place = place();
    let store = filled(&place.path).await;
    let copy = killed(&place.path);
    let tables = rusqlite::Connection::open(&copy).expect("the copy opens");
    let heads = tables.query_row("SELECT tables_head, head FROM organisations", [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    });
    assert_eq!(heads.expect("one organisation"), (0, HEAD as i64), "the log alone was written");
    drop(tables);
    let gap = place.path.with_file_name("gap.sqlite");
    std::fs::copy(&copy, &gap).expect("a copy");
    rusqlite::Connection::open(&gap).and_then(|log| log.execute("DELETE FROM log WHERE seq = 5", [])).expect("a gap");
    let refused = open(&gap).expect("the store opens").load().await.err().expect("the log has a gap");
    assert!(refused.to_string().contains("has entry 6 where 5 should be"), "{refused}");
    let mut directories = Vec::new();
    for store in [store, open(&copy).expect("the copy opens")] {
        let loaded = store.load().await.expect("it loads").pop().expect("one organisation");
        directories.push(loaded.directory);
    }
    let [one, other] = directories.as_slice() else { panic!("two directories") };
    assert_eq!(verify::differences(one, other, ("store", "copy")), Vec::<String>::new());
}

#[tokio::test]
async fn the_tables_follow_while_the_store_is_open() {
    let place = place();
    let store = filled(&place.path).await;
    let newcomers: Vec<Person> = (10_000..11_000).map(person).collect();
    let ids: Vec<PersonId> = newcomers.iter().map(|person| person.id).collect();
    let arrivals = newcomers.into_iter().map(|person| Change::PersonPut(Arc::new(person))).collect();
    store.commit(batch(HEAD, vec![entry(arrivals)])).await.expect("people come");
    let tables_head = || {
        let tables = rusqlite::Connection::open(&place.path).expect("the store opens for a look");
        tables.query_row("SELECT tables_head FROM organisations", [], |row| row.get::<_, i64>(0)).expect("a head")
    };
    assert_eq!(tables_head(), 0, "a commit by itself touches no table");
    for round in HEAD + 1..HEAD + 141 {
        let stamp = Stamp { version: round as u32, modified: Timestamp(round as i64) };
        let change = if (round - HEAD) % 2 == 1 { Change::MembersAdded } else { Change::MembersRemoved };
        let change = change(GroupId(number(200)), ids.clone(), stamp);
        store.commit(batch(round, vec![entry(vec![change])])).await.expect("members change");
    }
    assert!(tables_head() > HEAD as i64 + 1, "the tables did not follow");
    let snapshot = store.snapshot().await.expect("a snapshot");
    let tables = snapshot.load(ORGANISATION).expect("it loads").directory;
    let (replayed, _) = snapshot.replay(ORGANISATION).expect("it replays");
    assert_eq!(verify::differences(&tables, &replayed, ("tables", "log")), Vec::<String>::new());
}
