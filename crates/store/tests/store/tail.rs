//! When the tables follow the log.

use crate::arm::*;
use crate::suite::given::*;
use convoke_core::*;
use std::sync::Arc;

#[tokio::test]
async fn a_skill_is_deleted_in_the_commit_that_brings_its_rows_to_the_tables() {
    let place = place().await;
    let store = filled(&place).await;
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
