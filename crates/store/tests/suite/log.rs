//! The log, the tables that follow it, and operations.

use crate::arm::*;
use crate::suite::given::*;
use convoke_core::*;
use convoke_store::{Batch, Entry, Operation, StoreError};
use std::sync::Arc;
use uuid::Uuid;

#[tokio::test]
async fn tables_and_log_give_the_same_directory() {
    let place = place().await;
    let store = filled(&place).await;
    let mut expected: Option<Directory> = None;
    for change in founding(ORGANISATION, "admin").changes.iter().chain(every_change().iter().flatten()) {
        match (&mut expected, change) {
            (None, Change::OrganisationPut(organisation)) => expected = Some(Directory::new(organisation.clone())),
            (Some(directory), change) => directory.apply(change).expect("the change fits"),
            (None, _) => panic!("the founding begins with the organisation"),
        }
    }
    let expected = expected.expect("a directory");
    drop(store);
    let store = place.open().await;
    let loaded = store.load().await.expect("it loads").pop().expect("one organisation");
    assert_eq!(loaded.head, HEAD);
    let tables = loaded.directory;
    let (_, (replayed, head)) = both(&store, ORGANISATION).await;
    assert_eq!(head, HEAD);
    assert_eq!(verify::differences(&expected, &tables, ("applied", "tables")), Vec::<String>::new());
    assert_eq!(verify::differences(&expected, &replayed, ("applied", "log")), Vec::<String>::new());
}

/// A difference between the log and the tables is found, whatever it is.
#[test]
fn every_change_makes_a_difference_that_is_found() {
    let mut directory: Option<Directory> = None;
    for change in founding(ORGANISATION, "admin").changes.iter().chain(every_change().iter().flatten()) {
        let Some(after) = &mut directory else {
            let Change::OrganisationPut(organisation) = change else { panic!("the founding begins with it") };
            directory = Some(Directory::new(organisation.clone()));
            continue;
        };
        let before = after.clone();
        after.apply(change).expect("the change fits");
        let found = verify::differences(&before, after, ("before", "after"));
        assert!(!found.is_empty(), "{change:?}");
        assert!(found.iter().all(|line| line.contains(": before ") && line.contains(", after ")), "{found:?}");
        assert_eq!(verify::differences(after, after, ("it", "it")), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_batch_that_expects_another_head_is_lost_whole() {
    let place = place().await;
    let store = filled(&place).await;
    for wrong in [0, HEAD - 1, HEAD + 1] {
        let late = entry(vec![Change::PersonPut(Arc::new(person(150)))]);
        assert!(matches!(store.commit(batch(wrong, vec![late])).await, Err(StoreError::Lost)), "{wrong}");
    }
    let loaded = store.load().await.expect("it loads").pop().expect("one organisation");
    assert_eq!(loaded.head, HEAD);
    assert!(!loaded.directory.records().people.iter().any(|held| held.id == person(150).id));
}

#[tokio::test]
async fn who_lost_a_race_follows_the_log() {
    let place = place().await;
    let store = filled(&place).await;
    let nothing = store.follow(ORGANISATION, HEAD).await.expect("the end of the log");
    assert_eq!((nothing.head, nothing.changes), (HEAD, Vec::new()));
    let log: Vec<Change> = founding(ORGANISATION, "admin").changes.into_iter().chain(every_change().concat()).collect();
    // More entries than one call reads.
    let others: Vec<Change> = (0..200).map(|n| Change::PersonPut(Arc::new(person(2000 + n)))).collect();
    for (change, head) in others.iter().zip(HEAD..) {
        store.commit(batch(head, vec![entry(vec![change.clone()])])).await.expect("another writer's");
    }
    for (after, expected) in [
        (0, [log, others.clone()].concat()),
        (HEAD, others.clone()),
        (HEAD + 150, others.iter().skip(150).cloned().collect()),
    ] {
        let (mut head, mut changes) = (after, Vec::new());
        loop {
            let followed = store.follow(ORGANISATION, head).await.expect("the log");
            if followed.head == head {
                break;
            }
            head = followed.head;
            changes.extend(followed.changes);
        }
        assert_eq!((head, changes), (HEAD + 200, expected), "after {after}");
    }
    let ahead = store.follow(ORGANISATION, HEAD + 201).await;
    assert!(matches!(ahead, Err(StoreError::Damaged(_))), "memory that is ahead of the log: {ahead:?}");
    let nobody = store.follow(OrganisationId(Uuid::from_u128(77)), 0).await;
    assert!(matches!(nobody, Err(StoreError::Damaged(_))), "{nobody:?}");
}

/// The writer that has the turn commits next, also if others wait to commit.
#[tokio::test]
async fn nobody_commits_in_the_turn_of_another() {
    let place = place().await;
    let store = Arc::new(filled(&place).await);
    let turn = store.turn(ORGANISATION).await.expect("a turn");
    let put = |n| batch(HEAD, vec![entry(vec![Change::PersonPut(Arc::new(person(n)))])]);
    let (other, of_other) = (store.clone(), put(2001));
    let other = tokio::spawn(async move { other.commit(of_other).await });
    // The other writer asks first.
    tokio::task::yield_now().await;
    store.commit_in_turn(put(2000), turn).await.expect("the head did not move");
    assert!(matches!(other.await.expect("it ends"), Err(StoreError::Lost)));
    let _turn = store.turn(ORGANISATION).await.expect("a turn");
    let other = OrganisationId(Uuid::from_u128(9));
    let founded = Batch { organisation: other, expected: 0, entries: vec![founding(other, "another")] };
    store.commit(founded).await.expect("the turn of one organisation holds up no other");
}

/// Operations and the head are read at one moment: the log up to that head contains the changes of the operations.
#[tokio::test]
async fn operations_are_found_together_and_with_the_head() {
    let place = place().await;
    let store = filled(&place).await;
    let client = ClientId("admin".into());
    let done = |key: &str| Operation {
        client: client.clone(),
        key: key.into(),
        fingerprint: [7; 32],
        subject: Subject::Nothing,
    };
    let changes = vec![Change::PersonPut(Arc::new(person(150)))];
    let entries = vec![
        Entry { operation: Some(done("a")), ..entry(changes) },
        Entry { operation: Some(done("b")), ..entry(Vec::new()) },
    ];
    store.commit(batch(HEAD, entries)).await.expect("two operations");
    let keys = ["b", "c", "a"].map(|key| (client.clone(), key.into())).into();
    let found = store.operations(ORGANISATION, keys, Timestamp(0)).await.expect("a look-up");
    assert_eq!((found.head, found.done), (HEAD + 1, vec![done("b"), done("a")]));
    let of_other = vec![(ClientId("second".into()), "a".into())];
    assert_eq!(store.operations(ORGANISATION, of_other, Timestamp(0)).await.expect("a look-up").done, []);
}

#[tokio::test]
async fn operations_are_kept_also_when_nothing_changed_and_until_they_are_swept() {
    let place = place().await;
    let store = filled(&place).await;
    let client = ClientId("admin".into());
    let held = async |key: &str, since| operation(&store, "admin", key, since).await.expect("a look-up");
    let (person, skill) = (PersonId(number(101)), SkillId(number(300)));
    for subject in [
        Subject::Nothing,
        Subject::Person(person),
        Subject::Client(client.clone()),
        Subject::Skill(skill),
        Subject::Held(person, skill),
        Subject::AllHeld(person, SkillKind::Language),
        Subject::Group(GroupId(number(200))),
        Subject::Connector(ClientId("bot".into())),
        Subject::Each(vec![true, false]),
    ] {
        let operation = Operation { client: client.clone(), key: "k".into(), fingerprint: [7; 32], subject };
        let done = Entry { operation: Some(operation.clone()), ..entry(Vec::new()) };
        commit_in_turn(&store, batch(HEAD, vec![done])).await.expect("an operation alone");
        assert_eq!(held("k", 0).await, Some(operation));
    }
    assert_eq!(held("k", 8).await, None);
    assert_eq!(held("other", 0).await, None);
    assert_eq!(
        store.load().await.expect("it loads").pop().map(|loaded| loaded.head),
        Some(HEAD),
        "no change, no number"
    );
    store.sweep(Timestamp(0), Timestamp(8)).await.expect("a sweep");
    assert_eq!(held("k", 0).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_many_organisations_share_commits() {
    let place = place().await;
    let store = Arc::new(place.open().await);
    let organisations: Vec<OrganisationId> = (0..8).map(|n| OrganisationId(Uuid::from_u128(100 + n))).collect();
    let tasks: Vec<_> = organisations
        .iter()
        .map(|id| {
            let (store, id) = (store.clone(), *id);
            tokio::spawn(async move {
                for seq in 0..20 {
                    let entries = match seq {
                        0 => vec![founding(id, &id.to_string())],
                        n => vec![entry(vec![Change::PersonPut(Arc::new(person(1000 + n)))])],
                    };
                    let seq = seq as u64;
                    store.commit(Batch { organisation: id, expected: seq, entries }).await.expect("a commit");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task ends");
    }
    for id in organisations {
        let (loaded, (replayed, _)) = both(&store, id).await;
        assert_eq!(loaded.head, 20);
        let tables = loaded.directory;
        assert_eq!(verify::differences(&tables, &replayed, ("tables", "log")), Vec::<String>::new());
    }
}

/// An operation that changes nothing does not move the head, so the head does not show that another writer did it.
#[tokio::test]
async fn a_batch_with_an_operation_that_another_writer_did_is_lost_whole() {
    let place = place().await;
    let store = filled(&place).await;
    let operation = |fingerprint| Operation {
        client: ClientId("admin".into()),
        key: "k".into(),
        fingerprint: [fingerprint; 32],
        subject: Subject::Nothing,
    };
    let done = |fingerprint, changes| Entry { operation: Some(operation(fingerprint)), ..entry(changes) };
    store.commit(batch(HEAD, vec![done(1, Vec::new())])).await.expect("an operation");
    let put = vec![Change::PersonPut(Arc::new(person(150)))];
    let again = store.commit(batch(HEAD, vec![entry(put.clone()), done(2, put.clone())])).await;
    assert!(matches!(again, Err(StoreError::Lost)), "{again:?}");
    let kept = super::given::operation(&store, "admin", "k", 0).await.expect("a look-up");
    assert_eq!(kept, Some(operation(1)));
    assert_eq!(store.follow(ORGANISATION, HEAD).await.expect("the log").head, HEAD);
    // Who has the turn has looked, and knows that the old one is too old to count.
    commit_in_turn(&store, batch(HEAD, vec![done(3, put)])).await.expect("it has the turn");
    let kept = super::given::operation(&store, "admin", "k", 0).await.expect("a look-up");
    assert_eq!(kept, Some(operation(3)));
}

/// A turn that is not used holds up nobody.
#[tokio::test]
async fn a_turn_may_be_dropped() {
    let place = place().await;
    let store = filled(&place).await;
    for n in 0..40 {
        drop(store.turn(ORGANISATION).await.expect("a turn"));
        let put = vec![Change::PersonPut(Arc::new(person(150 + n)))];
        store.commit(batch(HEAD + n as u64, vec![entry(put)])).await.expect("nobody has the turn");
    }
}
