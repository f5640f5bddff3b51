//! Groups beneath groups, subscribers, and default values of people and groups.

use crate::arm::*;
use crate::suite::given::*;
use convoke_core::*;

fn edges(list: &[(u128, u128)]) -> Vec<(GroupId, GroupId)> {
    list.iter().map(|(parent, child)| (GroupId(number(*parent)), GroupId(number(*child)))).collect()
}

fn subscribers(list: &[(u128, u128)]) -> Vec<(GroupId, PersonId)> {
    list.iter().map(|(group, person)| (GroupId(number(*group)), PersonId(number(*person)))).collect()
}

fn subgroups(group: u128, beneath: &[u128], version: u32) -> Change {
    Change::SubgroupsAdded(GroupId(number(group)), groups(beneath), stamp(version))
}

#[tokio::test]
async fn hierarchy_and_subscribers_are_kept_as_they_were() {
    let place = place().await;
    let store = filled(&place).await;
    let killed = place.killed();
    drop(store);
    for place in [place, killed] {
        let store = place.open().await;
        let records = records(&store).await;
        let expected = (edges(&[(200, 202), (202, 203), (202, 204)]), subscribers(&[(203, 100), (203, 104)]));
        assert_eq!(hierarchy(&records), expected);
        let version = |n| records.groups.iter().find(|(group, _)| group.id == GroupId(number(n))).map(|(_, at)| *at);
        assert_eq!([200, 202, 203].map(version), [5, 2, 1].map(|version| Some(stamp(version))));
        let person = records.people.iter().find(|person| person.id == PersonId(number(104)));
        assert_eq!(person.map(|person| &**person), Some(&number_only(104)));
        let broadcast = records.groups.iter().find(|(group, _)| group.broadcast).map(|(group, _)| &**group);
        assert_eq!(broadcast, Some(&Group { broadcast: true, welcome: None, ..group(203, &[100]) }));
    }
}

#[tokio::test]
async fn a_deleted_group_leaves_no_rows_wherever_they_were() {
    let steps = || {
        let middle = GroupId(number(211));
        [
            vec![
                put_group(Group { broadcast: true, ..group(210, &[]) }, 1),
                put_group(Group { broadcast: true, ..group(211, &[]) }, 1),
                put_group(group(212, &[]), 1),
                subgroups(210, &[211], 2),
                subgroups(211, &[212], 2),
                Change::SubscribersAdded(middle, people(&[100, 101])),
                Change::MembersAdded(middle, people(&[102]), stamp(3)),
            ],
            vec![
                subgroups(210, &[212], 3),
                Change::SubgroupsRemoved(middle, groups(&[212]), stamp(4)),
                Change::SubscribersRemoved(middle, people(&[100])),
                Change::SubscribersAdded(GroupId(number(210)), people(&[100])),
                subgroups(211, &[204], 5),
                subgroups(202, &[211], 3),
            ],
            vec![Change::GroupDeleted(middle)],
            vec![
                Change::SubgroupsRemoved(GroupId(number(210)), groups(&[212]), stamp(4)),
                subgroups(212, &[210], 2),
                Change::SubscribersAdded(GroupId(number(210)), people(&[101])),
            ],
        ]
    };
    let expected = (
        edges(&[(200, 202), (202, 203), (202, 204), (212, 210)]),
        subscribers(&[(203, 100), (203, 104), (210, 100), (210, 101)]),
    );
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
            assert_eq!(hierarchy(&records(&store).await), expected, "{follow:04b}");
            store.catch_up().await.expect("the tables follow");
            assert_eq!(hierarchy(&records(&store).await), expected, "{follow:04b}");
            assert_eq!(rows_of(211, place).await, "0", "{follow:04b}");
        }
    }
}

/// The number of table rows of a group.
async fn rows_of(group: u128, place: &Place) -> String {
    let id = place.id(number(group));
    let count = format!(
        "SELECT (SELECT count(*) FROM groups WHERE id = {id})
        + (SELECT count(*) FROM stamps WHERE group_id = {id})
        + (SELECT count(*) FROM individuals WHERE group_id = {id})
        + (SELECT count(*) FROM edges WHERE parent = {id} OR child = {id})
        + (SELECT count(*) FROM subscribers WHERE group_id = {id})"
    );
    place.look(&count).await.concat()
}

#[tokio::test]
async fn what_is_as_usual_is_not_written_down() {
    let place = place().await;
    let store = filled(&place).await;
    store.catch_up().await.expect("the tables follow");
    let record = async |table: &str, n| {
        place.look(&format!("SELECT record FROM {table} WHERE id = {}", place.id(number(n)))).await.concat()
    };
    assert!(!record("people", 101).await.contains("provisioned"));
    let unprovisioned = record("people", 104).await;
    assert!(unprovisioned.contains(r#""provisioned":false"#) && !unprovisioned.contains("email"), "{unprovisioned}");
    assert!(!record("groups", 200).await.contains("broadcast"));
    let broadcast = record("groups", 203).await;
    assert!(broadcast.contains(r#""broadcast":true"#) && !broadcast.contains("welcome"), "{broadcast}");
}
