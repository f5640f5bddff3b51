//! Tests that run the writing thread's work directly, on a full disk. A limit on the pages of the database simulates
//! the full disk.

use super::*;
use crate::sqlite::{Sqlite, schema};
use crate::{Entry, Missing};
use convoke_core::{
    Change, Directory, DivisionId, Email, Group, GroupId, GroupKind, Name, Organisation, OrganisationId, Person,
    PersonId, Stamp, Visibility, verify,
};
use std::path::Path;
use uuid::Uuid;

const ORGANISATION: OrganisationId = OrganisationId(Uuid::from_u128(1));

/// Opens the tables of the store in this file, which may grow by so many pages.
fn tables(path: &Path, pages: i64) -> Tables {
    let files = Arc::new(StoreFiles::open(path, Missing::Make).expect("the place is free"));
    let mut connection = Connection::open(&files.path).expect("the database opens");
    schema::configure(&connection).expect("its settings");
    schema::migrate(&mut connection).expect("its tables");
    let head = schema::head(&connection).expect("its head");
    let tables = Tables::new(connection, files, head, Default::default(), Arc::default()).expect("the tables");
    bound(&tables, pages);
    tables
}

fn bound(tables: &Tables, pages: i64) {
    let now: i64 = tables.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).expect("a number");
    tables
        .connection
        .query_row(&format!("PRAGMA max_page_count = {}", now + pages), [], |_| Ok(()))
        .expect("the bound is set");
}

fn person(n: u128) -> Person {
    Person {
        email: Some(Email::stored(&format!("{n}@example.org"))),
        ..Person::blank(
            PersonId(Uuid::from_u128(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))),
            Name::stored(&format!("Person {n}")),
            DivisionId(Uuid::from_u128(2)),
        )
    }
}

/// Writes one entry. The first one creates the organisation.
fn write_changes(tables: &mut Tables, expected: u64, changes: Vec<Change>) {
    let (reply, mut answer) = oneshot::channel();
    let changes = if expected == 0 { vec![organisation()] } else { changes };
    let entries = vec![Entry { at: Timestamp(1), actor: None, changes, operation: None }];
    let batch = Batch { organisation: ORGANISATION, expected, entries };
    tables.take(std::iter::once(Work::Write(Write::Batch(batch, InTurn::No), reply)));
    answer.try_recv().expect("the answer is there").expect("there is space");
}

fn organisation() -> Change {
    Change::OrganisationPut(Arc::new(Organisation {
        id: ORGANISATION,
        name: Name::stored("Test"),
        home: DivisionId(Uuid::from_u128(2)),
        created: Timestamp(1),
    }))
}

/// Writes an entry: the one that creates the organisation, or one that adds so many people.
fn write(tables: &mut Tables, expected: u64, n_people: u128) -> Result<(), StoreError> {
    let changes = match expected {
        0 => vec![organisation()],
        n => (0..n_people).map(|i| Change::PersonPut(Arc::new(person(u128::from(n) * 1000 + i)))).collect(),
    };
    let entries = vec![Entry { at: Timestamp(1), actor: None, changes, operation: None }];
    let (reply, mut answer) = oneshot::channel();
    let batch = Batch { organisation: ORGANISATION, expected, entries };
    tables.take(std::iter::once(Work::Write(Write::Batch(batch, InTurn::No), reply)));
    answer.try_recv().expect("the answer is there")
}

/// What a start loads. Asserts that a replay of the log gives the same.
fn loaded(tables: &Tables) -> (Directory, u64) {
    let snapshot = SqliteSnapshot::open(&tables.files).map(Snapshot::from).expect("a snapshot");
    let loaded = snapshot.load(ORGANISATION).expect("it loads");
    assert_eq!(loaded.damage, None);
    let (replayed, head) = snapshot.replay(ORGANISATION).expect("it replays");
    assert_eq!(verify::differences(&loaded.directory, &replayed, ("tables", "log")), Vec::<String>::new());
    assert_eq!(head, loaded.head);
    (loaded.directory, head)
}

fn tables_head(tables: &Tables) -> i64 {
    tables.connection.query_row("SELECT tables_head FROM organisations", [], |row| row.get(0)).expect("a head")
}

/// Makes the tables due for an update, and runs what is due.
fn wait(tables: &mut Tables) {
    tables.tried -= REST_TIME;
    tables.rest_until -= REST_TIME;
    tables.keep_house();
}

fn writes(tables: &Tables) -> Writes {
    Writes::ALL.get(usize::from(tables.writes.load(Ordering::Relaxed))).copied().expect("one of them")
}

#[test]
fn a_full_disk_refuses_writes_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("store.sqlite");
    let mut full = tables(&path, 60);
    let mut head = 0;
    let refused = loop {
        match write(&mut full, head, 10) {
            Ok(()) => head += 1,
            Err(error) => break error,
        }
        assert!(head < 1000, "the disk is never full");
    };
    assert!(matches!(refused, StoreError::Full), "{refused}");
    assert_eq!((writes(&full), loaded(&full).1), (Writes::Full, head));
    assert_eq!(tables_head(&full), 0, "all is in the log alone");
    drop(full);

    // A start on the full disk writes nothing, and loads all acknowledged entries.
    let mut full = tables(&path, 0);
    assert_eq!(writes(&full), Writes::Taken, "nothing was tried yet");
    assert!(full.tail.is_none());
    assert_eq!(loaded(&full).1, head);
    wait(&mut full);
    assert_eq!(tables_head(&full), 0, "there is no space for the tables");
    assert!(full.tail.is_none() && full.rest_until > Instant::now(), "they wait");
    assert!(matches!(write(&mut full, head, 10), Err(StoreError::Full)));
    assert_eq!((writes(&full), loaded(&full).1), (Writes::Full, head));

    // When there is space again, writes are accepted without a new request, and the tables follow step by step.
    bound(&full, 10_000);
    wait(&mut full);
    assert_eq!(writes(&full), Writes::Taken);
    for _ in 0..10 {
        write(&mut full, head, 10).expect("there is space");
        head += 1;
    }
    assert_eq!(loaded(&full).1, head);
    let mut steps = Vec::new();
    while full.tail.is_none() {
        assert!(full.due().is_some(), "nobody has to ask");
        wait(&mut full);
        steps.push(tables_head(&full));
        assert_eq!(loaded(&full).1, head);
        assert!(steps.len() < 100, "the tables never follow");
    }
    assert!(steps.len() >= head as usize * 10 / STEP.rows, "{steps:?}");
    assert_eq!((steps.last(), full.due()), (Some(&(head as i64)), None));
    write(&mut full, head, 10).expect("there is space");
    full.finish().expect("it ends in order");
    assert_eq!(std::fs::metadata(beside(&path, "-wal")).expect("the log stays").len(), 0);
    assert_eq!((tables_head(&full), loaded(&full).1), (head as i64 + 1, head + 1));
}

#[test]
fn a_start_reads_a_short_tail_and_leaves_a_long_one_to_steps() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("store.sqlite");
    let mut first = tables(&path, 1_000_000);
    write(&mut first, 0, 0).expect("there is space");
    write(&mut first, 1, 500).expect("there is space");
    drop(first);

    let mut second = tables(&path, 1_000_000);
    second.read_short_tail();
    assert_eq!((second.tail.is_some(), tables_head(&second)), (true, 0), "it is read, and nothing is written");
    let mut head = 2;
    while !second.tail.as_ref().is_some_and(Tail::is_long) {
        write(&mut second, head, 500).expect("there is space");
        head += 1;
    }
    write(&mut second, head, 1).expect("there is space");
    head += 1;
    drop(second);

    let mut third = tables(&path, 1_000_000);
    third.read_short_tail();
    assert!(third.tail.is_none());
    third.catch_up().expect("there is space");
    assert_eq!((tables_head(&third), loaded(&third).1), (head as i64, head));
}

#[test]
fn long_tails_that_do_not_fit_leave_writes_alone() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut tables = tables(&folder.path().join("store.sqlite"), 1_000_000);
    let mut head = 0;
    while !tables.tail.as_ref().is_some_and(Tail::is_long) {
        write(&mut tables, head, 500).expect("there is space");
        head += 1;
    }
    bound(&tables, 30);
    tables.keep_house();
    assert!(tables.tail.is_none(), "the tables could not follow at once");
    assert_eq!((writes(&tables), tables_head(&tables)), (Writes::Taken, 0));
    write(&mut tables, head, 1).expect("a write needs less space");
    wait(&mut tables);
    assert_eq!(loaded(&tables).1, head + 1);
    bound(&tables, 1_000_000);
    tables.catch_up().expect("there is space");
    assert_eq!((tables_head(&tables), loaded(&tables).1), (head as i64 + 1, head + 1));
}

#[test]
fn the_head_is_kept_again_once_there_is_space() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("store.sqlite");
    drop(tables(&path, 1000));
    let head = beside(&path, "-head");
    std::fs::remove_file(&head).expect("the head is gone");
    // Writes to this file fail with "no space left on device".
    std::os::unix::fs::symlink("/dev/full", &head).expect("a link");
    let mut full = tables(&path, 1000);
    assert!(full.head_file.is_none());
    write(&mut full, 0, 0).expect("the database has space");
    std::fs::remove_file(&head).expect("there is space again");
    full.note(&Err(StoreError::Full));
    wait(&mut full);
    assert_eq!(crate::sqlite::head::read(&path).expect("it can be read"), Some(full.head));
    write(&mut full, 1, 1).expect("there is space");
    assert_eq!(crate::sqlite::head::read(&path).expect("it can be read"), Some(full.head));
}

#[test]
fn long_entries_make_steps_of_few_rows() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("store.sqlite");
    let mut long = tables(&path, 1_000_000);
    let mut head = 0;
    while !long.tail.as_ref().is_some_and(Tail::is_long) {
        write_changes(&mut long, head, if head == 0 { Vec::new() } else { vec![long_person(head)] });
        head += 1;
        assert!(head < 200, "the tail grows without a bound");
    }
    assert!(head > 20, "{head}");
    drop(long);
    let mut long = tables(&path, 1_000_000);
    let mut steps = Vec::new();
    while long.tail.is_none() {
        long.step().expect("a step");
        steps.push(tables_head(&long));
    }
    assert!(steps.len() >= 4, "{steps:?}");
    assert_eq!(loaded(&long).1, head);
}

/// A person of half a million bytes in one row.
fn long_person(n: u64) -> Change {
    Change::PersonPut(Arc::new(Person { name: Name::stored(&"x".repeat(500_000)), ..person(n.into()) }))
}

#[test]
fn a_deleted_group_counts_with_its_rows() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("store.sqlite");
    let mut full = tables(&path, 1_000_000);
    write(&mut full, 0, 0).expect("there is space");
    let people: Vec<Person> = (0..STEP.rows as u128 + 10).map(person).collect();
    let ids: Vec<PersonId> = people.iter().map(|person| person.id).collect();
    write_changes(&mut full, 1, people.into_iter().map(|person| Change::PersonPut(Arc::new(person))).collect());
    let groups = [7, 8, 9].map(|n| GroupId(Uuid::from_u128(n)));
    let stamp = Stamp { version: 1, modified: Timestamp(1) };
    let changes = groups.map(|id| [put_group(id), Change::MembersAdded(id, ids.clone(), stamp)]);
    write_changes(&mut full, 2, changes.into_iter().flatten().collect());
    full.catch_up().expect("the tables follow");
    for (group, expected) in groups.into_iter().zip(3..) {
        write_changes(&mut full, expected, vec![Change::GroupDeleted(group)]);
    }
    drop(full);
    let mut full = tables(&path, 1_000_000);
    let mut steps = Vec::new();
    while full.tail.is_none() {
        full.step().expect("a step");
        steps.push(tables_head(&full));
    }
    assert_eq!(steps, [4, 5, 6]);
}

#[test]
fn an_upgrade_that_was_killed_twice_is_finished() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("store.sqlite");
    let old = Connection::open(&path).expect("a new file");
    old.execute_batch(include_str!("../../../tests/store/format_3.sql")).expect("a store of format 3");
    drop(old);
    let mut connection = Connection::open(&path).expect("the database opens");
    schema::configure(&connection).expect("its settings");
    // After this the new format is only in the write-ahead log.
    schema::migrate(&mut connection).expect("its tables");
    let once = killed(&path, "once");
    let store = Sqlite::open(&once).expect("the store opens");
    let twice = killed(&once, "twice");
    drop(store);
    Sqlite::open(&twice).expect("the store opens again");
}

fn put_group(id: GroupId) -> Change {
    let name = Name::stored(&format!("Group {}", id.0));
    let group = Group::blank(id, name, GroupKind::Social, Visibility::Members);
    Change::GroupPut(Arc::new(group), Stamp { version: 1, modified: Timestamp(1) })
}

/// Copies the files as a killed process would leave them.
fn killed(path: &Path, name: &str) -> std::path::PathBuf {
    let copy = path.with_file_name(name);
    for suffix in ["", "-wal", "-head"] {
        if beside(path, suffix).exists() {
            std::fs::copy(beside(path, suffix), beside(&copy, suffix)).expect("the file is copied");
        }
    }
    copy
}
