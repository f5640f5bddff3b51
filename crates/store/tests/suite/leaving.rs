//! People who leave groups, and new versions of groups, in changes that name many groups.

use crate::arm::*;
use crate::suite::given::*;
use convoke_core::*;
use std::sync::Arc;

fn owners(records: &Records, n: u128) -> Vec<PersonId> {
    let group = records.groups.iter().find(|(group, _)| group.id == GroupId(number(n)));
    group.map(|(group, _)| group.owners.clone()).unwrap_or_default()
}

fn ended(person: u128, list: &[(u128, u32)]) -> Change {
    Change::OwnershipsEnded(PersonId(number(person)), stamps(list))
}

#[tokio::test]
async fn a_former_owner_is_none_wherever_the_record_of_the_group_is() {
    let steps = || {
        [
            vec![
                put_group(group(210, &[101, 102, 104]), 1),
                put_group(group(211, &[101, 102]), 1),
                put_group(group(212, &[102, 101]), 1),
                Change::MembersAdded(GroupId(number(211)), people(&[101]), stamp(2)),
                Change::SubscribersAdded(GroupId(number(212)), people(&[101])),
            ],
            vec![
                ended(101, &[(210, 2), (211, 3), (212, 2)]),
                Change::MembershipsEnded(PersonId(number(101)), stamps(&[(211, 3)])),
                Change::SubscriptionsEnded(PersonId(number(101)), groups(&[212])),
            ],
            // The person becomes an owner again, and another one leaves.
            vec![put_group(group(210, &[104, 101, 102]), 3), ended(104, &[(210, 4)])],
            vec![Change::GroupDeleted(GroupId(number(211))), Change::GroupsStamped(stamps(&[(210, 5)]))],
        ]
    };
    // Each bit says whether the tables are updated after one of the steps.
    for follow in 0..16 {
        let place = place().await;
        let store = filled(&place).await;
        for (step, changes) in steps().into_iter().enumerate() {
            store.commit(batch(HEAD + step as u64, vec![entry(changes)])).await.expect("a step");
            if follow >> step & 1 == 1 {
                store.catch_up().await.expect("the tables follow");
            }
        }
        let killed = place.killed();
        for (store, place) in [(store, &place), (killed.open().await, &killed)] {
            let records = records(&store).await;
            store.catch_up().await.expect("the tables follow");
            let found = [210, 211, 212].map(|n| owners(&records, n));
            assert_eq!(found, [people(&[101, 102]), Vec::new(), people(&[102])], "{follow:04b}");
            let at = |n| records.groups.iter().find(|(group, _)| group.id == GroupId(number(n))).map(|(_, at)| *at);
            assert_eq!([210, 211, 212].map(at), [Some(5), None, Some(2)].map(|version| version.map(stamp_then)));
            assert!(!records.individuals.contains(&(GroupId(number(211)), PersonId(number(101)))));
            assert_eq!(records.subscribers.iter().filter(|(group, _)| *group == GroupId(number(212))).count(), 0);
            store.catch_up().await.expect("the tables follow");
            assert_eq!(former_owners(place).await, [(210, 104), (212, 101)], "{follow:04b}");
        }
    }
}

#[tokio::test]
async fn a_former_owner_who_is_named_twice_is_none() {
    let place = place().await;
    let store = filled(&place).await;
    let twice = put_group(group(210, &[101, 102, 101]), 1);
    store.commit(batch(HEAD, vec![entry(vec![twice])])).await.expect("a group as an older program may have left it");
    store.commit(batch(HEAD + 1, vec![entry(vec![ended(101, &[(210, 2)])])])).await.expect("the owner leaves");
    store.catch_up().await.expect("the tables follow");
    let (tables, (log, _)) = both(&store, ORGANISATION).await;
    assert_eq!(verify::differences(&tables.directory, &log, ("tables", "log")), Vec::<String>::new());
    assert_eq!(owners(&log.records(), 210), people(&[102]));
}

/// All versions of one change have the same time.
fn stamp_then(version: u32) -> Stamp {
    Stamp { version, modified: stamps(&[]).modified }
}

/// The former owners in the table, as (group, person).
async fn former_owners(place: &Place) -> Vec<(u128, u128)> {
    let mut found = Vec::new();
    for (group, person) in [210, 211, 212].into_iter().flat_map(|group| [101, 102, 104].map(|person| (group, person))) {
        let (of_group, of_person) = (place.id(number(group)), place.id(number(person)));
        let filter = format!("group_id = {of_group} AND person = {of_person}");
        if place.look(&format!("SELECT count(*) FROM former_owners WHERE {filter}")).await == ["1"] {
            found.push((group, person));
        }
    }
    found
}

#[tokio::test]
async fn what_a_log_row_takes_does_not_depend_on_the_size_of_the_groups() {
    const GROUPS: u128 = 500;
    let place = place().await;
    let store = filled(&place).await;
    let ids = 1000..1000 + GROUPS;
    let large = |n| {
        let description = Prose::stored(&"x".repeat(limits::PROSE_CHARS));
        put_group(Group { description: Some(description), ..group(n, &[100, 101]) }, 1)
    };
    store.commit(batch(HEAD, vec![entry(ids.clone().map(large).collect())])).await.expect("large groups");
    let versions: Vec<_> = ids.map(|n| (n, 2)).collect();
    store.commit(batch(HEAD + 1, vec![entry(vec![ended(101, &versions)])])).await.expect("an owner leaves them");
    records(&store).await;
    let bytes = place.look(&format!("SELECT length(changes) FROM log WHERE seq = {}", HEAD + 2)).await;
    let bytes: u128 = bytes.concat().parse().expect("a length");
    assert!(bytes <= 40 * GROUPS + 200, "{bytes} bytes for {GROUPS} groups");
}

/// Released kinds of change stay readable: later versions must read what this one writes.
#[tokio::test]
async fn the_kinds_that_name_many_groups_are_written_so() {
    let place = place().await;
    let store = filled(&place).await;
    let person = Arc::new(Person { state: PersonState::Deleted, ..person(101) });
    let changes = vec![ended(101, &[(200, 7)]), Change::PersonPut(person)];
    store.commit(batch(HEAD, vec![entry(changes)])).await.expect("a deletion");
    let row = place.look(&format!("SELECT changes FROM log WHERE seq = {}", HEAD + 1)).await.concat();
    let expected = format!(
        r#"[{{"change":"ownershipsEnded","person":"{}","groups":[["{}",7]],"modified":7000}},"#,
        number(101),
        number(200).simple()
    );
    assert!(row.starts_with(&expected), "{row}");
}
