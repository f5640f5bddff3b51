//! Members and subscribers.

use super::{FORBIDDEN, INVALID, ME, NOT_FOUND, OTHER, THIRD};
use crate::tests::World;
use convoke_core::PersonId;
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn members_are_listed_added_changed_and_removed() {
    let world = World::new().await;
    let me = world.kaizala(ME).await;
    let group = world.k_group(&me, "g", &[]).await;
    let path = format!("/v1/groups/{group}/members");
    let done = json!({ "result": "true" });
    assert_eq!(
        world.k(&me, "PUT", &path, "{'members':['+49 (170) 2222222', '+491702222222']}").await.expect(200),
        done
    );
    let members = world.k(&me, "GET", &path, "").await.expect(200)["members"].clone();
    assert_eq!(members.as_array().map(Vec::len), Some(2), "one number is one person, however it is written");
    let other = world.member(&me, &group, OTHER).await;
    let of_other = members.as_array().into_iter().flatten().find(|member| member["id"] == json!(other));
    assert_eq!(
        of_other,
        Some(
            &json!({ "id": other, "role": "Member", "mobileNumber": OTHER, "name": OTHER, "profilePic": "", "isProvisioned": false })
        )
    );
    let own = world.member(&me, &group, ME).await;
    let role = async |member: &str, role: &str| {
        world.k(&me, "PUT", &format!("{path}/{member}"), &json!({ "role": role }).to_string()).await
    };
    assert_eq!(role(&own, "Member").await.k_refusal().0, 409, "the last admin stays one");
    assert_eq!(world.k(&me, "DELETE", &format!("{path}/{own}"), "").await.k_refusal().0, 409);
    assert_eq!(role(&other, "admin").await.expect(200), done);
    assert_eq!(role(&own, "Member").await.expect(200), done);
    assert_eq!(role(&other, "Member").await.k_refusal(), FORBIDDEN, "who is no admin changes nothing");
    let other_token = world.kaizala(OTHER).await;
    let removed = world.k(&other_token, "DELETE", &format!("{path}/{own}"), "").await;
    assert_eq!(removed.expect(200), done);
    assert_eq!(world.k(&me, "GET", &path, "").await.k_refusal(), NOT_FOUND, "who is out of it sees it no more");

    let path = path.as_str();
    let bad = [
        ("PUT", path.to_owned(), "{}".to_owned(), INVALID),
        ("PUT", path.to_owned(), r#"{"members":["none"]}"#.into(), INVALID),
        ("PUT", path.to_owned(), json!({ "members": vec![THIRD; 101] }).to_string(), INVALID),
        ("PUT", path.to_owned(), r#"{"members":"+491703333333"}"#.into(), INVALID),
        (
            "PUT",
            path.to_owned(),
            json!({ "memberUserIds": [PersonId(Uuid::nil()).to_string()] }).to_string(),
            NOT_FOUND,
        ),
        ("PUT", format!("{path}/{other}"), r#"{"role":"King"}"#.into(), INVALID),
        ("PUT", format!("{path}/{other}"), "{}".into(), INVALID),
        ("PUT", format!("{path}/{own}"), r#"{"role":"Admin"}"#.into(), NOT_FOUND),
        ("DELETE", format!("{path}/{own}"), String::new(), NOT_FOUND),
        ("DELETE", format!("{path}/+491702222222"), String::new(), NOT_FOUND),
    ];
    for (method, path, body, expected) in bad {
        let reply = world.k(&other_token, method, &path, &body).await;
        assert_eq!(reply.k_refusal(), expected, "{method} {path} {body}");
    }
    let held = world.k(&other_token, "GET", path, "").await.expect(200);
    assert_eq!(held["members"].as_array().map(Vec::len), Some(1), "nothing has changed");
}

#[tokio::test]
async fn what_is_repeated_under_a_key_is_done_once_for_each_person() {
    let world = World::new().await;
    let application = world.connector(ME, json!({})).await;
    let me = world.access(&application).await;
    // Someone else, by the same connector.
    let found = crate::sign_in::connectors::find(&world.site.directories, &application.id)
        .await
        .expect("a store")
        .expect("a connector");
    let other = world.member(&me, &world.k_group(&me, "g", &[OTHER]).await, OTHER).await;
    let other = convoke_core::PersonId::parse(&other).expect("an id");
    let refresh = crate::sign_in::connectors::issue_refresh(
        &world.site.directories.store,
        found.organisation.id,
        found.connector.actor(other),
    );
    let refresh = refresh.await.expect("a token").text;
    let reply = world.exchange(&application.id, &application.secret, &refresh).await.expect(200);
    let other = reply["accessToken"].as_str().expect("a token");

    let create = async |token: &str, name: &str| {
        let request = http::Request::post("//groups").header("accessToken", token).header("idempotency-key", "once");
        let body = format!("{{name:'{name}',welcomeMessage:'w'}}");
        world.send(request.body(axum::body::Body::from(body)).expect("a request")).await
    };
    let first = create(&me, "a").await.expect(200);
    assert_eq!(create(&me, "a").await.expect(200), first);
    assert_eq!(create(&me, "b").await.k_refusal().0, 409);
    let theirs = create(other, "a").await.expect(200);
    assert_ne!(theirs["groupId"], first["groupId"]);
    let list = world.k(other, "GET", "/v1/groups", "").await.expect(200);
    assert_eq!(list["groups"].as_array().map(Vec::len), Some(2), "its own one, and the one it was added to");
}

#[tokio::test]
async fn subscribers_are_added_removed_and_listed_in_pages() {
    let world = World::new().await;
    let me = world.kaizala(ME).await;
    let body = "{name:'news', welcomeMessage:'w', groupType:'ConnectGroup'}";
    let made = world.k(&me, "POST", "/v1/groups", body).await.expect(200);
    let path = format!("/v1/groups/{}/subscribers", made["groupId"].as_str().expect("an id"));
    let numbers: Vec<String> = (0..60).map(|n| format!("+4917099900{n:02}")).collect();
    let update = json!({ "subscribers": numbers }).to_string();
    let added = world.k(&me, "PUT", &format!("{path}/add"), &update).await.expect(200);
    assert_eq!(added["result"].as_object().map(|result| result.len()), Some(60));
    assert_eq!(added["result"][&numbers[0]], json!({ "isAdded": true }));
    let mut cursor = Value::Null;
    let mut seen = Vec::new();
    for expected in [50, 10] {
        let page = world.k(&me, "POST", &path, &json!({ "cursor": cursor }).to_string()).await.expect(200);
        let list = page["subscribers"].as_array().expect("subscribers");
        assert_eq!(list.len(), expected);
        seen.extend(list.iter().map(|user| user["mobileNumber"].as_str().expect("a number").to_owned()));
        cursor = page.get("cursor").cloned().unwrap_or_default();
    }
    assert_eq!((seen, cursor), (numbers.clone(), Value::Null));
    let page = world.k(&me, "GET", &format!("{path}?count=2"), "").await.expect(200);
    assert_eq!(page["subscribers"].as_array().map(Vec::len), Some(2));
    for query in ["count=0", "count=51", "count=x", "cursor=x"] {
        assert_eq!(world.k(&me, "GET", &format!("{path}?{query}"), "").await.k_refusal(), INVALID, "{query}");
    }
    let gone = json!({ "subscribers": [numbers[0], "+491709998888"] }).to_string();
    let removed = world.k(&me, "PUT", &format!("{path}/remove"), &gone).await.expect(200);
    assert_eq!(removed["result"][&numbers[0]], json!({ "isRemoved": true }));
    assert_eq!(removed["result"]["+491709998888"]["isRemoved"], false);
    assert!(removed["result"]["+491709998888"]["errorReason"].is_string());

    // A subscriber sees the group, what it is to it, and none of the others.
    let other = world.kaizala(&numbers[1]).await;
    let list = world.k(&other, "GET", "/v1/groups?showDetails=true", "").await.expect(200);
    assert_eq!(list["groups"][0]["callerRole"], "Subscriber");
    assert_eq!(list["groups"][0]["userCount"], 1, "subscribers are no users of the group");
    assert_eq!(world.k(&other, "POST", &path, "").await.k_refusal(), FORBIDDEN);
    assert_eq!(world.k(&other, "PUT", &format!("{path}/add"), &update).await.k_refusal(), FORBIDDEN);
    let plain = world.k_group(&me, "plain", &[]).await;
    let add = world.k(&me, "PUT", &format!("/v1/groups/{plain}/subscribers/add"), &update).await;
    assert_eq!(add.k_refusal(), INVALID);
}
