//! Skills, who has them, and rules.

use crate::given::*;
use convoke_core::*;
use std::sync::Arc;

#[tokio::test]
async fn skills_and_rules_are_kept_as_they_were() {
    let place = place();
    drop(filled(&place.path).await);
    let store = open(&place.path).expect("the store opens again");
    let records = records(&store).await;
    let (skills, held_by, rules) = skills_and_rules(&records);
    let mut expected =
        vec![skill(300, SkillKind::Routing), skill(301, SkillKind::Language), deleted_skill(302, SkillKind::Routing)];
    expected.sort_by_key(|change| if let Change::SkillPut(skill) = change { Some(skill.id) } else { None });
    assert_eq!(skills.into_iter().map(Change::SkillPut).collect::<Vec<_>>(), expected);
    let by = |person, skill, proficiency| (PersonId(number(person)), held(skill, proficiency));
    assert_eq!(held_by, sorted(vec![by(100, 301, 0.0), by(101, 300, ELEVENTH), by(101, 301, 4.5)]));
    assert_eq!(rules, [(GroupId(number(202)), rule())]);
}

#[tokio::test]
async fn a_deleted_skill_is_nobodys_wherever_its_rows_were() {
    let steps = || {
        [
            vec![hold(101, &[(300, 1.0), (301, 1.0)]), hold(102, &[(300, 2.0)]), hold(100, &[(300, 3.0)])],
            vec![hold(102, &[(300, 3.0), (301, 2.0)])],
            vec![deleted_skill(300, SkillKind::Routing)],
            vec![hold(100, &[(301, 3.0)]), hold(101, &[])],
        ]
    };
    let by = |person, proficiency| (PersonId(number(person)), held(301, proficiency));
    let expected = sorted(vec![by(100, 3.0), by(102, 2.0)]);
    // Each bit says whether the tables are updated after one of the steps.
    for follow in 0..16 {
        let place = place();
        let store = filled(&place.path).await;
        for (step, changes) in steps().into_iter().enumerate() {
            store.commit(batch(HEAD + step as u64, vec![entry(changes)])).await.expect("a step");
            if follow >> step & 1 == 1 {
                sqlite(&store).catch_up().await.expect("the tables follow");
            }
        }
        let killed = open(&killed(&place.path)).expect("the copy opens");
        for store in [store, killed] {
            assert_eq!(sorted(records(&store).await.held), expected, "{follow:04b}");
        }
    }
}

#[tokio::test]
async fn a_skill_is_deleted_in_the_commit_that_brings_its_rows_to_the_tables() {
    let place = place();
    let store = filled(&place.path).await;
    let skills = 1000..1000 + limits::SKILLS_HELD as u128;
    let put = skills.clone().map(|n| skill(n, SkillKind::Routing)).collect();
    let all: Vec<_> = skills.map(|n| (n, 1.0)).collect();
    let people = 2000..2270;
    let arrivals = people.clone().map(|n| Change::PersonPut(Arc::new(person(n)))).collect();
    let learned = people.clone().map(|n| hold(n, &all)).collect();
    store.commit(batch(HEAD, vec![entry(put), entry(arrivals), entry(learned)])).await.expect("many rows");
    store
        .commit(batch(HEAD + 3, vec![entry(vec![deleted_skill(1007, SkillKind::Routing)])]))
        .await
        .expect("a deletion");
    let tables = rusqlite::Connection::open(&place.path).expect("the store opens for a look");
    let seen = tables.query_row(
        "SELECT tables_head, (SELECT count(*) FROM held WHERE skill = ?1) FROM organisations",
        [number(1007).into_bytes()],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
    );
    assert_eq!(seen.expect("one organisation"), (HEAD as i64 + 3, 270), "the deletion waits");
    let held = records(&store).await.held;
    assert!(held.iter().all(|(_, held)| held.skill != SkillId(number(1007))));
    assert_eq!(held.len(), 3 + people.count() * (all.len() - 1));
}

#[tokio::test]
async fn a_rule_that_cannot_be_is_damage() {
    let place = place();
    drop(filled(&place.path).await);
    let tables = rusqlite::Connection::open(&place.path).expect("the file opens");
    let sql = r#"UPDATE groups SET record = replace(record, '"proficiency":4', '"proficiency":6')"#;
    tables.execute(sql, []).expect("the rule is damaged");
    drop(tables);
    let store = open(&place.path).expect("the store opens");
    let loaded = store.load().await.expect("it is made from the log").pop().expect("one organisation");
    assert!(loaded.damage.is_some_and(|damage| damage.contains("are damaged")));
    assert_eq!(skills_and_rules(&loaded.directory.records()).2, [(GroupId(number(202)), rule())]);
}
