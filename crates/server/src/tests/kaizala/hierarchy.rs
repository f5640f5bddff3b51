//! Groups beneath groups, and callers who are confined to one.

use super::{FORBIDDEN, INVALID, ME, NO_TOKEN, NOT_FOUND, OTHER, THIRD};
use crate::tests::World;
use serde_json::{Value, json};

#[tokio::test]
async fn groups_beneath_groups_are_seen_along_the_hierarchy() {
    let world = World::new().await;
    let (me, other, third) = (world.kaizala(ME).await, world.kaizala(OTHER).await, world.kaizala(THIRD).await);
    let top = world.k_group(&me, "top", &[]).await;
    let middle = world
        .k(
            &me,
            "POST",
            &format!("/v1/groups/{top}/subgroups"),
            &json!({
                "groupName": "middle", "welcomeMessage": "w", "members": [OTHER]
            })
            .to_string(),
        )
        .await
        .expect(200);
    assert_eq!(middle["groupName"], "middle");
    let middle = middle["groupId"].as_str().expect("an id").to_owned();
    let low = world.k_group(&me, "low", &[OTHER, THIRD]).await;
    let side = world.k_group(&me, "side", &[]).await;
    let put = async |token: &str, upper: &str, lower: &[&str]| {
        world
            .k(token, "PUT", &format!("/v1/groups/{upper}/subGroups"), &json!({ "subGroups": lower }).to_string())
            .await
    };
    assert_eq!(put(&me, &middle, &[&low]).await.expect(200), json!({ "result": true }));
    assert_eq!(put(&me, &side, &[&low]).await.expect(200), json!({ "result": true }));
    assert_eq!(put(&me, &top, &[&side]).await.expect(200), json!({ "result": true }));
    for (upper, lower) in [(&low, &top), (&top, &top), (&low, &side)] {
        assert_eq!(put(&me, upper, &[lower]).await.k_refusal(), INVALID, "a cycle");
    }
    assert_eq!(put(&me, &top, &["none"]).await.k_refusal(), NOT_FOUND);
    assert_eq!(put(&other, &middle, &[&low]).await.k_refusal(), FORBIDDEN);

    let held = world.k(&me, "GET", &format!("/v1/groups/{top}"), "").await.expect(200);
    let said = [
        "hasSubGroups",
        "hasParentGroups",
        "currentLevelSubGroupCount",
        "userCount",
        "uniqueUserCount",
        "currentLevelUserCount",
    ];
    // Mine is in all four, the other in two, the third in one.
    assert_eq!(json!(said.map(|key| held[key].clone())), json!([true, false, 2, 7, 3, 1]));
    let held = world.k(&me, "GET", &format!("/v1/groups/{low}"), "").await.expect(200);
    assert_eq!((&held["currentLevelParentGroupCount"], &held["hasParentGroups"]), (&json!(2), &json!(true)));

    let tree = world.k(&me, "GET", &format!("/v1/groups/{top}/subGroups?fetchAllGroups=true"), "").await.expect(200);
    assert_eq!(tree["groups"][0]["subGroups"], tree["subGroups"]);
    let shape = |group: &Value| (group["groupName"].clone(), group["isDuplicate"].clone());
    assert_eq!(shape(&tree["subGroups"][0]), (json!("middle"), json!(false)));
    assert_eq!(shape(&tree["subGroups"][0]["subGroups"][0]), (json!("low"), json!(false)));
    assert_eq!(shape(&tree["subGroups"][1]["subGroups"][0]), (json!("low"), json!(true)), "it comes again");
    let level = world.k(&me, "GET", &format!("/v1/groups/{top}/subGroups"), "").await.expect(200);
    assert_eq!(level["subGroups"].as_array().map(Vec::len), Some(2));
    assert_eq!(level["subGroups"][0].get("subGroups"), None);

    // The third is in the lowest only: what is above is known by name, and no more.
    let list = world.k(&third, "GET", "/v1/groups?showDetails=true&fetchAllGroups=true", "").await.expect(200);
    let names: Vec<&Value> =
        list["groups"].as_array().expect("groups").iter().map(|group| &group["groupName"]).collect();
    assert_eq!(json!(names), json!(["low", "middle", "side", "top"]));
    let seen = json!({ "groupName": "top", "groupId": top, "groupImageUrl": "", "isDetailsReadable": false });
    assert_eq!(list["groups"][3], seen);
    assert_eq!(world.k(&third, "GET", "/v1/groups", "").await.expect(200)["groups"].as_array().map(Vec::len), Some(1));
    let one = world.k(&third, "GET", &format!("/v1/groups/{top}"), "").await.expect(200);
    assert_eq!(one["groups"], json!([seen]));
    assert_eq!(world.k(&third, "GET", &format!("/v1/groups/{top}/members"), "").await.k_refusal(), FORBIDDEN);
    assert_eq!(world.k(&third, "GET", &format!("/v1/groups/{top}/subGroups"), "").await.k_refusal(), FORBIDDEN);
    // The other is in the middle, and sees what is beneath that.
    assert_eq!(world.k(&other, "GET", &format!("/v1/groups/{low}"), "").await.expect(200)["callerRole"], "Member");
    assert_eq!(world.k(&other, "GET", &format!("/v1/groups/{side}"), "").await.expect(200)["isDetailsReadable"], false);

    let detach = world.k(&me, "DELETE", &format!("/v1/groups/{top}/SUBGROUPS/{side}"), "").await;
    assert_eq!(detach.expect(200), json!({ "result": true }));
    let held = world.k(&me, "GET", &format!("/v1/groups/{top}"), "").await.expect(200);
    assert_eq!((&held["userCount"], &held["uniqueUserCount"]), (&json!(6), &json!(3)));
    assert_eq!(world.k(&me, "GET", &format!("/v1/groups/{side}"), "").await.expect(200)["hasSubGroups"], true);
}

#[tokio::test]
async fn a_group_token_is_confined_to_its_group() {
    let world = World::new().await;
    let me = world.kaizala(ME).await;
    let top = world.k_group(&me, "top", &[]).await;
    let own = world.k_group(&me, "own", &[]).await;
    let beside = world.k_group(&me, "beside", &[]).await;
    world
        .k(&me, "PUT", &format!("/v1/groups/{top}/subGroups"), &json!({ "subGroups": [own, beside] }).to_string())
        .await
        .expect(200);
    let token = world.access(&world.connector(OTHER, json!({ "groupId": own })).await).await;

    let list = async |query: &str| {
        let list = world.k(&token, "GET", &format!("/v1/groups{query}"), "").await.expect(200);
        let names = list["groups"].as_array().expect("groups").iter().map(|group| group["groupName"].clone());
        names.collect::<Value>()
    };
    assert_eq!(list("").await, json!(["own"]));
    let made = world.k_group(&token, "below", &[THIRD]).await;
    assert_eq!(list("").await, json!(["own"]), "what it makes is a sub-group");
    assert_eq!(list("?fetchAllGroups=true").await, json!(["below", "own", "top"]));
    let held = world.k(&me, "GET", &format!("/v1/groups/{own}"), "").await.expect(200);
    assert_eq!(held["currentLevelSubGroupCount"], 1);
    let held = world.k(&token, "GET", &format!("/v1/groups/{own}"), "").await.expect(200);
    assert_eq!((&held["callerRole"], &held["isEditable"]), (&json!("Admin"), &json!(true)));
    world.k(&token, "PUT", &format!("/v1/groups/{own}/members"), "{members:['+491704444444']}").await.expect(200);
    world.k(&token, "PUT", &format!("/v1/groups/{made}/members"), "{members:['+491704444444']}").await.expect(200);
    for path in [format!("/v1/groups/{beside}"), format!("/v1/groups/{beside}/members")] {
        assert_eq!(world.k(&token, "GET", &path, "").await.k_refusal(), NOT_FOUND, "{path}");
    }
    assert_eq!(world.k(&token, "GET", &format!("/v1/groups/{top}"), "").await.expect(200)["isDetailsReadable"], false);
    let add = world.k(&token, "PUT", &format!("/v1/groups/{top}/members"), "{members:['+491704444444']}").await;
    assert_eq!(add.k_refusal(), FORBIDDEN);
    // With the group, the token ends.
    world.call(&world.admin, "DELETE", &format!("/api/v2/groups/{own}"), Value::Null).await.expect(200);
    assert_eq!(world.k(&token, "GET", "/v1/groups", "").await.k_refusal(), NO_TOKEN);
}
