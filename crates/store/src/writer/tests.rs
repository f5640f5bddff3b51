//! The writing thread's work, done by the test itself: what it does on a full disk, which a bound on the pages of the
//! database stands for.

use super::*;
use crate::{Entry, schema};
use convoke_core::{
    Change, Directory, DivisionId, Email, Name, Organisation, OrganisationId, Person, PersonId, PersonState, verify,
};
use std::path::Path;
use uuid::Uuid;

const ORGANISATION: OrganisationId = OrganisationId(Uuid::from_u128(1));

/// The tables of the store in this file, with so many pages more than it has.
fn tables(path: &Path, pages: i64) -> Tables {
    let place = Arc::new(Place::open(path).expect("the place is free"));
    let mut connection = Connection::open(&place.path).expect("the database opens");
    schema::configure(&connection).expect("its settings");
    schema::migrate(&mut connection).expect("its tables");
    let head = schema::head(&connection).expect("its head");
    let tables = Tables::new(connection, place, head, Arc::default()).expect("the tables");
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
        id: PersonId(Uuid::from_u128(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))),
        version: 1,
        state: PersonState::Active,
        name: Name::stored(&format!("Person {n}")),
        email: Some(Email::stored(&format!("{n}@example.org"))),
        username: None,
        preferred_name: None,
        title: None,
        department: None,
        division: DivisionId(Uuid::from_u128(2)),
        manager: None,
        addresses: Vec::new(),
        images: Vec::new(),
        profile_skills: Vec::new(),
        certifications: Vec::new(),
        employer: None,
        biography: None,
        acd_auto_answer: false,
        provisioned: true,
    }
}

/// Has the tables written to: the entry that makes the organisation, or one that brings so many people.
fn write(tables: &mut Tables, expected: u64, n_people: u128) -> Result<(), StoreError> {
    let changes = match expected {
        0 => vec![Change::OrganisationPut(Arc::new(Organisation {
            id: ORGANISATION,
            name: Name::stored("Test"),
            home: DivisionId(Uuid::from_u128(2)),
            created: Timestamp(1),
        }))],
        n => (0..n_people).map(|i| Change::PersonPut(Arc::new(person(u128::from(n) * 1000 + i)))).collect(),
    };
    let entries = vec![Entry { at: Timestamp(1), actor: None, changes, operation: None }];
    let (reply, mut answer) = oneshot::channel();
    let batch = Batch { organisation: ORGANISATION, expected, entries };
    tables.take(std::iter::once(Work::Write(Write::Batch(batch), reply)));
    answer.try_recv().expect("the answer is there")
}

/// What a start loads, which the log must give as well.
fn loaded(tables: &Tables) -> (Directory, u64) {
    let snapshot = Snapshot::open(&tables.place).expect("a snapshot");
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

/// Lets time pass for the tables, and has them do what is due.
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

    // A start on the full disk writes nothing, and loads everything that was acknowledged.
    let mut full = tables(&path, 0);
    assert_eq!(writes(&full), Writes::Taken, "nothing was tried yet");
    assert!(full.tail.is_none());
    assert_eq!(loaded(&full).1, head);
    wait(&mut full);
    assert_eq!(tables_head(&full), 0, "there is no space for the tables");
    assert!(full.tail.is_none() && full.rest_until > Instant::now(), "they wait");
    assert!(matches!(write(&mut full, head, 10), Err(StoreError::Full)));
    assert_eq!((writes(&full), loaded(&full).1), (Writes::Full, head));

    // Space comes back: writes are taken without being asked for, and the tables follow step by step.
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
    assert!(steps.len() >= head as usize * 10 / STEP_ROWS, "{steps:?}");
    assert_eq!((steps.last(), full.due()), (Some(&(head as i64)), None));
    write(&mut full, head, 10).expect("there is space");
    full.finish().expect("it ends in order");
    assert_eq!(std::fs::metadata(beside(&path, "-wal")).expect("the log stays").len(), 0);
    assert_eq!((tables_head(&full), loaded(&full).1), (head as i64 + 1, head + 1));
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
