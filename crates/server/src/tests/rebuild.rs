//! A directory that has grown a lot is built anew while it is written to and read.

use super::World;
use crate::demo;
use convoke_core::verify;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_grown_directory_is_built_anew_and_loses_nothing() {
    let world = World::new().await;
    let organisation = demo::first(&world.site.directories).expect("the first one");
    let plan = demo::Plan { people: 4_400, groups: 20, memberships: 500, largest: 200, ..demo::DEMO };
    demo::fill(&organisation, "first", plan, &mut |_, _, _| ()).await.expect("a plan that fits");
    let settled = async {
        let mut n = 0;
        while organisation.published().directory.is_scattered() {
            // Goes through the writer, which takes turns with what it waits for.
            world.group(json!({ "name": format!("new {n}") })).await;
            n += 1;
        }
        n
    };
    let n = tokio::time::timeout(Duration::from_secs(60), settled).await.expect("it is built anew");
    let found = world.get(&world.admin, "/api/v2/groups?pageSize=500").await.expect(200);
    assert_eq!(found["total"], 20 + n, "what was made meanwhile is there");
    let (published, snapshot) = organisation.snapshot().await.expect("a snapshot");
    assert_eq!(verify::derived(&published.directory), Vec::<String>::new());
    let id = organisation.id;
    let loaded = tokio::task::spawn_blocking(move || snapshot.load(id)).await.expect("no panic");
    let loaded = loaded.expect("it loads").directory;
    assert_eq!(verify::differences(&published.directory, &loaded, ("memory", "tables")), Vec::<String>::new());
}
