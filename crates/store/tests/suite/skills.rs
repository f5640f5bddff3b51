//! Skills, who has them, and rules.

use crate::arm::*;
use crate::suite::given::*;
use convoke_core::*;

#[tokio::test]
async fn skills_and_rules_are_kept_as_they_were() {
    let place = place().await;
    drop(filled(&place).await);
    let store = place.open().await;
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
        let place = place().await;
        let store = filled(&place).await;
        for (step, changes) in steps().into_iter().enumerate() {
            store.commit(batch(HEAD + step as u64, vec![entry(changes)])).await.expect("a step");
            if follow >> step & 1 == 1 {
                store.catch_up().await.expect("the tables follow");
            }
        }
        let killed = place.killed().open().await;
        for store in [store, killed] {
            assert_eq!(sorted(records(&store).await.held), expected, "{follow:04b}");
        }
    }
}

#[tokio::test]
async fn a_rule_that_cannot_be_is_damage() {
    let place = place().await;
    let store = filled(&place).await;
    store.catch_up().await.expect("the tables follow");
    drop(store);
    let sql = r#"UPDATE groups SET record = replace(record, '"proficiency":4', '"proficiency":6')"#;
    place.run(sql).await;
    let store = place.open().await;
    let loaded = store.load().await.expect("it is made from the log").pop().expect("one organisation");
    assert!(loaded.damage.as_ref().is_some_and(|damage| damage.contains("are damaged")));
    assert_eq!(skills_and_rules(&loaded.directory.records()).2, [(GroupId(number(202)), rule())]);
    store.repair(&[loaded]).await.expect("it is repaired");
    assert_eq!(skills_and_rules(&records(&store).await).2, [(GroupId(number(202)), rule())]);
}
