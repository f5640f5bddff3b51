//! Groups beneath groups, as a client of the Genesys API sees and makes them.

use super::World;
use crate::api::operator::verify::verify_site;
use convoke_core::limits;
use serde_json::{Value, json};

fn names(listing: &Value) -> Vec<&str> {
    let entities = listing["entities"].as_array().expect("entities");
    entities.iter().map(|entity| entity["name"].as_str().expect("a name")).collect()
}

fn path(group: &str, rest: &str) -> String {
    format!("/api/v2/groups/{group}{rest}")
}

/// Puts groups beneath a group, as the administrator.
async fn put(world: &World, upper: &str, lower: &[&str]) {
    let body = json!({ "ids": lower });
    assert_eq!(world.call(&world.admin, "POST", &path(upper, "/subgroups"), body).await.expect(202), json!({}));
}

async fn add(world: &World, group: &str, people: &[&str]) {
    let body = json!({ "memberIds": people });
    world.call(&world.admin, "POST", &path(group, "/members"), body).await.expect(202);
}

#[tokio::test]
async fn sub_groups_come_in_pages_by_name_to_who_sees_them() {
    let world = World::new().await;
    let upper = world.group(json!({ "name": "upper" })).await;
    let before = world.get(&world.admin, &path(&upper, "")).await.expect(200);
    let none = world.get(&world.admin, &path(&upper, "/subgroups")).await.expect(200);
    assert_eq!((&none["entities"], &none["total"]), (&json!([]), &json!(0)));
    let mut lower = Vec::new();
    for (name, visibility) in [("b", "public"), ("A", "public"), ("d", "owners"), ("c", "public")] {
        lower.push(world.group(json!({ "name": name, "visibility": visibility })).await);
    }
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    put(&world, &upper, &lower).await;
    put(&world, &upper, &lower[..1]).await;
    let group = world.get(&world.admin, &path(&upper, "")).await.expect(200);
    assert_eq!(group["version"], 2, "what is there already makes no version");
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&group), keys(&before), "a group looks as it did");
    let page = world.get(&world.admin, &path(&upper, "/subgroups?pageSize=2&pageNumber=1")).await.expect(200);
    assert_eq!((names(&page), &page["total"], &page["pageCount"]), (vec!["A", "b"], &json!(4), &json!(2)));
    assert_eq!(page["nextUri"], path(&upper, "/subgroups?pageSize=2&pageNumber=2"));
    let first = world.get(&world.admin, &path(lower[1], "")).await.expect(200);
    assert_eq!(page["entities"][0], first);
    let page = world.get(&world.admin, &path(&upper, "/subgroups?pageSize=3&sortOrder=DESC")).await.expect(200);
    assert_eq!(names(&page), ["d", "c", "b"]);
    let stranger = world.actor(None, None).await;
    let seen = world.get(&stranger, &path(&upper, "/subgroups")).await.expect(200);
    assert_eq!((names(&seen), &seen["total"]), (vec!["A", "b", "c"], &json!(3)));
    let hidden = world.get(&stranger, &path(lower[2], "/subgroups")).await;
    assert_eq!(hidden.refusal(), (404, "general.resource.not.found"));

    let gone = path(&upper, &format!("/subgroups?ids={},{}", lower[0], lower[2]));
    for _ in 0..2 {
        assert_eq!(world.call(&world.admin, "DELETE", &gone, Value::Null).await.expect(202), json!({}));
    }
    world.call(&world.admin, "DELETE", &path(lower[3], ""), Value::Null).await.expect(200);
    let left = world.get(&world.admin, &path(&upper, "/subgroups")).await.expect(200);
    assert_eq!(names(&left), ["A"]);
    assert_eq!(world.get(&world.admin, &path(&upper, "")).await.expect(200)["version"], 4);
    assert_eq!(verify_site(&world.site).await.expect("a verification").differences, [""; 0]);
}

#[tokio::test]
async fn owners_put_beneath_what_they_may() {
    let world = World::new().await;
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let upper = world.group(json!({ "ownerIds": [ada] })).await;
    let public = world.group(json!({})).await;
    let shared = world.group(json!({ "visibility": "members" })).await;
    let hidden = world.group(json!({ "visibility": "owners" })).await;
    let own = world.group(json!({ "visibility": "owners", "ownerIds": [ada] })).await;
    add(&world, &shared, &[&ada, &bob]).await;
    let owner = world.actor(None, Some(&ada)).await;
    let other = world.actor(Some("reader"), Some(&bob)).await;
    let editor = world.actor(Some("group administrator"), None).await;
    for (who, lower, status) in [
        (&owner, &public, 403),
        (&owner, &own, 202),
        (&editor, &public, 202),
        (&owner, &shared, 403),
        (&owner, &hidden, 404),
        (&other, &public, 403),
        (&editor, &shared, 202),
        (&editor, &hidden, 202),
        (&world.admin, &upper, 409),
    ] {
        let reply = world.call(who, "POST", &path(&upper, "/subgroups"), json!({ "ids": [lower] })).await;
        assert_eq!(reply.status, status, "{}", reply.body);
    }
    for (who, lower, status) in [(&other, &public, 403), (&owner, &hidden, 404), (&owner, &shared, 202)] {
        let target = path(&upper, &format!("/subgroups?ids={lower}"));
        let reply = world.call(who, "DELETE", &target, Value::Null).await;
        assert_eq!(reply.status, status, "{}", reply.body);
    }
    let left = world.get(&world.admin, &path(&upper, "/subgroups")).await.expect(200);
    assert_eq!(left["total"], 3);
}

#[tokio::test]
async fn what_cannot_be_beneath_is_refused_whole() {
    let world = World::new().await;
    let (upper, lower) = (world.group(json!({})).await, world.group(json!({})).await);
    let many = vec![lower.as_str(); limits::SUBGROUPS + 1];
    let target = path(&upper, "/subgroups");
    for (body, status, field) in [
        (json!({ "ids": many }), 400, "ids"),
        (json!({ "version": 1 }), 400, "ids"),
        (json!({ "ids": lower }), 400, "ids"),
        (json!({ "ids": [lower], "version": -1 }), 400, "version"),
        (Value::Null, 400, "body"),
        (json!({ "ids": [lower, "nobody"] }), 404, ""),
        (json!({ "ids": [lower, "00000000-0000-4000-8000-000000000000"] }), 404, ""),
        (json!({ "ids": [lower], "version": 7 }), 409, ""),
        (json!({ "ids": [lower, upper] }), 409, ""),
    ] {
        let reply = world.call(&world.admin, "POST", &target, body.clone()).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.body);
        if !field.is_empty() {
            assert_eq!(reply.body["details"][0]["fieldName"], field, "{body}");
        }
    }
    for query in ["", "?ids=", &format!("?ids={}", many.join(","))] {
        let reply = world.call(&world.admin, "DELETE", &format!("{target}{query}"), Value::Null).await;
        assert_eq!((reply.status.as_u16(), &reply.body["details"][0]["fieldName"]), (400, &json!("ids")));
    }
    let group = world.get(&world.admin, &path(&upper, "")).await.expect(200);
    assert_eq!(group["version"], 1);
    put(&world, &upper, &many[..limits::SUBGROUPS]).await;

    // A chain of as many levels as there may be, and one more.
    let mut chain = vec![upper.clone(), lower.clone()];
    for _ in 2..=limits::HIERARCHY_DEPTH {
        let next = world.group(json!({})).await;
        put(&world, chain.last().expect("a group"), &[&next]).await;
        chain.push(next);
    }
    let (first, last) = (&chain[0], &chain[limits::HIERARCHY_DEPTH]);
    let deeper = world.group(json!({})).await;
    let reply = world.call(&world.admin, "POST", &path(last, "/subgroups"), json!({ "ids": [deeper] })).await;
    assert_eq!((reply.refusal(), &reply.body["limit"]["value"]), ((400, "bad.request"), &json!(10)));
    let reply = world.call(&world.admin, "POST", &path(last, "/subgroups"), json!({ "ids": [first] })).await;
    assert_eq!(reply.refusal(), (409, "general.conflict"));
    let message = reply.body["message"].as_str().expect("a message");
    assert!(message.contains(first.as_str()) && message.contains(last.as_str()), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_would_make_a_cycle_together_one_is_refused() {
    let world = World::new().await;
    for round in 0..60 {
        let (one, two) = (world.group(json!({})).await, world.group(json!({})).await);
        let attach = |upper: &str, lower: &str| {
            let (target, body) = (path(upper, "/subgroups"), json!({ "ids": [lower] }));
            let world = &world;
            async move { world.call(&world.admin, "POST", &target, body).await.status.as_u16() }
        };
        let (first, second) = tokio::join!(attach(&one, &two), attach(&two, &one));
        assert!(matches!((first, second), (202, 409) | (409, 202)), "round {round}: {first} and {second}");
        let mut total = 0;
        for group in [&one, &two] {
            let listing = world.get(&world.admin, &path(group, "/subgroups")).await.expect(200);
            total += listing["total"].as_u64().expect("a number");
        }
        assert_eq!(total, 1, "round {round}");
    }
    assert_eq!(verify_site(&world.site).await.expect("a verification").differences, [""; 0]);
}

#[tokio::test]
async fn effective_members_are_counted_once_wherever_they_are() {
    let world = World::new().await;
    let mut people = Vec::new();
    for name in ["ada", "bob", "cyd", "dan", "eve", "fay"] {
        people.push(world.user(name).await);
    }
    let [ada, bob, cyd, dan, eve, fay] = people.iter().map(String::as_str).collect::<Vec<_>>()[..] else { panic!() };
    // A diamond, and beside it one that only its owners see.
    let top = world.group(json!({ "name": "top" })).await;
    let left = world.group(json!({ "name": "left", "ownerIds": [cyd] })).await;
    let right = world.group(json!({ "name": "right" })).await;
    let bottom = world.group(json!({ "name": "bottom" })).await;
    let hidden = world.group(json!({ "name": "hidden", "visibility": "owners" })).await;
    for (group, members) in [
        (&top, vec![ada]),
        (&left, vec![ada, bob]),
        (&right, vec![bob]),
        (&bottom, vec![dan, ada]),
        (&hidden, vec![eve]),
    ] {
        add(&world, group, &members).await;
    }
    put(&world, &top, &[&left, &right, &hidden]).await;
    put(&world, &left, &[&bottom]).await;
    put(&world, &right, &[&bottom]).await;

    let members = path(&top, "/members");
    let stranger = world.actor(None, None).await;
    for (who, query, expected, total) in [
        (&world.admin, "", vec!["ada"], 1),
        (&world.admin, "?effective=false", vec!["ada"], 1),
        (&world.admin, "?effective=", vec!["ada"], 1),
        (&world.admin, "?effective=true", vec!["ada", "bob", "cyd", "dan", "eve"], 5),
        (&world.admin, "?effective=true&pageSize=2&pageNumber=3", vec!["eve"], 5),
        (&world.admin, "?effective=true&pageSize=2&sortOrder=descending", vec!["eve", "dan"], 5),
        (&stranger, "?effective=true", vec!["ada", "bob", "cyd", "dan"], 4),
    ] {
        let page = world.get(who, &format!("{members}{query}")).await.expect(200);
        assert_eq!((names(&page), &page["total"]), (expected, &json!(total)), "{query}");
    }
    let page = world.get(&world.admin, &format!("{members}?effective=true&expand=groups&pageSize=1")).await.expect(200);
    let groups = page["entities"][0]["groups"].as_array().expect("groups");
    let groups: Vec<_> = groups.iter().map(|group| group["name"].as_str().expect("a name")).collect();
    assert_eq!(groups, ["bottom", "left", "top"]);
    assert_eq!(page["nextUri"], format!("{members}?pageSize=1&pageNumber=2&effective=true&expand=groups"));
    assert_eq!(world.get(&world.admin, &format!("{members}?effective=perhaps")).await.refusal(), (400, "bad.request"));

    // Each question says whether it is about the group itself or about those beneath as well.
    let why = async |who: &_, user: &str| {
        let reply = world.get(who, &path(&top, &format!("/members/{user}/explanation"))).await.expect(200);
        let names = reply["path"].as_array().map(|path| path.iter().map(|group| group["name"].clone()).collect());
        (reply["isMember"] == true, reply["isEffectiveMember"] == true, names.unwrap_or_else(Vec::new))
    };
    let reader = world.actor(Some("reader"), None).await;
    assert_eq!(why(&world.admin, ada).await, (true, true, vec![json!("left")]));
    assert_eq!(why(&world.admin, eve).await, (false, true, vec![json!("hidden")]));
    assert_eq!(why(&reader, eve).await, (false, false, vec![]));
    assert_eq!(why(&world.admin, fay).await, (false, false, vec![]));
    let (_, is_effective, down) = why(&reader, dan).await;
    assert!(is_effective && down.len() == 2 && down[1] == "bottom", "{down:?}");
    for (who, query, expected) in [
        (&world.admin, "", vec![("bottom", json!(["individual"]))]),
        (
            &stranger,
            "?effective=true",
            vec![
                ("bottom", json!(["individual"])),
                ("left", json!(["subgroup"])),
                ("right", json!(["subgroup"])),
                ("top", json!(["subgroup"])),
            ],
        ),
    ] {
        let listing = world.get(who, &format!("/api/v2/users/{dan}/groups{query}")).await.expect(200);
        let entities = listing["entities"].as_array().expect("entities");
        let found: Vec<_> =
            entities.iter().map(|group| (group["name"].as_str().expect("a name"), group["how"].clone())).collect();
        assert_eq!((found, &listing["total"]), (expected.clone(), &json!(expected.len())), "{query}");
    }
    let last = format!("/api/v2/users/{ada}/groups?effective=true&pageSize=1&pageNumber=4");
    let adas = world.get(&world.admin, &last).await.expect(200);
    assert_eq!((names(&adas), &adas["entities"][0]["how"]), (vec!["top"], &json!(["individual", "subgroup"])));

    // What happens beneath is seen above at once, and makes no version there.
    let version = world.get(&world.admin, &path(&top, "")).await.expect(200)["version"].clone();
    let total =
        async || world.get(&world.admin, &format!("{members}?effective=true")).await.expect(200)["total"].clone();
    add(&world, &bottom, &[fay]).await;
    assert_eq!(total().await, 6);
    let gone = path(&left, &format!("/subgroups?ids={bottom}"));
    world.call(&world.admin, "DELETE", &gone, Value::Null).await.expect(202);
    assert_eq!(total().await, 6, "there is another way");
    world.call(&world.admin, "DELETE", &path(&right, ""), Value::Null).await.expect(200);
    assert_eq!(total().await, 4);
    let group = world.get(&world.admin, &path(&top, "")).await.expect(200);
    assert_eq!(group["version"].as_u64(), version.as_u64().map(|version| version + 1), "it lost a sub-group");
    assert_eq!(group["memberCount"], 1);
    assert_eq!(verify_site(&world.site).await.expect("a verification").differences, [""; 0]);
}
