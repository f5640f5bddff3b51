//! Connectors, as administrators make and end them.

use super::{Reply, World, steady};
use crate::clock::now;
use crate::{limits, secret};
use convoke_store::TokenKind;
use http::Request;
use serde_json::{Value, json};

const PATH: &str = "/api/v2/connectors";
const PHONE: &str = "+447700900123";

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Calls as the administrator, with the client's own id of the request.
async fn call_once(world: &World, key: &str, path: &str, body: Value) -> Reply {
    let request = Request::post(path).header("authorization", format!("Bearer {}", world.admin));
    let request = request.header("content-type", "application/json").header("idempotency-key", key);
    world.send(request.body(body.to_string().into()).expect("a request")).await
}

/// Whether a refresh token is good for something.
async fn is_kept(world: &World, token: &Value) -> bool {
    let hash = secret::digest(text(token).as_bytes());
    world.site.directories.store.token(hash, TokenKind::Refresh).await.expect("the store answers").is_some()
}

#[tokio::test]
async fn secrets_are_shown_once() {
    let world = World::new().await;
    let group = world.group(json!({})).await;
    let body = json!({ "name": "Reports", "phone": " +44 (7700) 900-123 ", "groupId": group, "administrator": true });
    let made = call_once(&world, "k", PATH, body.clone()).await.expect(200);
    let (id, secret) = (text(&made["applicationId"]), text(&made["applicationSecret"]));
    let (token, expiry) = (text(&made["refreshToken"]), made["refreshTokenExpiry"].as_i64().expect("a number"));
    assert_eq!((secret.len(), token.len()), (43, 43));
    let life = expiry - now().0;
    let year = limits::REFRESH_TIME.as_millis() as i64;
    assert!((year - 60_000..=year).contains(&life), "{life}");
    assert!(is_kept(&world, &made["refreshToken"]).await);

    let path = format!("{PATH}/{id}");
    let shown = world.get(&world.admin, &path).await.expect(200);
    insta::assert_json_snapshot!(steady(&shown), @r#"
    {
      "applicationId": "(id)",
      "name": "Reports",
      "userId": "(id)",
      "mobileNumber": "+447700900123",
      "groupId": "(id)",
      "administrator": true,
      "dateCreated": "(moment)",
      "dateModified": "(moment)"
    }
    "#);
    assert_eq!((&shown["groupId"], &shown["userId"]), (&json!(group), &made["userId"]));
    let listed = world.get(&world.admin, PATH).await.expect(200);
    assert_eq!((&listed["entities"], &listed["total"]), (&json!([shown]), &json!(1)));
    let repeated = call_once(&world, "k", PATH, body).await.expect(200);
    assert_eq!(repeated, shown, "the same connector, without its secrets");
    let other = call_once(&world, "k", PATH, json!({ "name": "Other", "phone": PHONE })).await;
    assert_eq!(other.refusal(), (409, "general.conflict"));
    assert_eq!(world.get(&world.admin, PATH).await.expect(200)["total"], 1);
}

#[tokio::test]
async fn a_new_refresh_token_ends_those_before_it() {
    let world = World::new().await;
    let body = json!({ "name": "Reports", "phone": PHONE });
    let made = world.call(&world.admin, "POST", PATH, body).await.expect(200);
    let path = format!("{PATH}/{}", text(&made["applicationId"]));
    let again = format!("{path}/refreshtoken");
    let second = call_once(&world, "r", &again, Value::Null).await.expect(200);
    assert_eq!(second.get("applicationSecret"), None);
    assert_ne!(second["refreshToken"], made["refreshToken"]);
    assert!(!is_kept(&world, &made["refreshToken"]).await && is_kept(&world, &second["refreshToken"]).await);
    let repeated = call_once(&world, "r", &again, Value::Null).await.expect(200);
    assert_eq!((repeated.get("refreshToken"), &repeated["applicationId"]), (None, &made["applicationId"]));
    assert!(is_kept(&world, &second["refreshToken"]).await, "a repeated request ends nothing");
    let third = world.call(&world.admin, "POST", &again, Value::Null).await.expect(200);
    assert!(!is_kept(&world, &second["refreshToken"]).await && is_kept(&world, &third["refreshToken"]).await);

    assert_eq!(world.call(&world.admin, "DELETE", &path, Value::Null).await.expect(204), Value::Null);
    assert!(!is_kept(&world, &third["refreshToken"]).await);
    for (method, path) in [("GET", &path), ("DELETE", &path), ("POST", &again)] {
        let reply = world.call(&world.admin, method, path, Value::Null).await;
        assert_eq!(reply.refusal(), (404, "general.resource.not.found"), "{method} {path}");
        assert!(text(&reply.body["message"]).contains("connector"), "{}", reply.body);
    }
    assert_eq!(world.get(&world.admin, PATH).await.expect(200)["total"], 0);
}

#[tokio::test]
async fn who_is_known_by_a_number_only_has_no_email() {
    let world = World::new().await;
    let create = async |name: &str| {
        let body = json!({ "name": name, "phone": PHONE, "groupId": "" });
        world.call(&world.admin, "POST", PATH, body).await.expect(200)
    };
    let (one, two) = (create("one").await, create("two").await);
    assert_eq!(one["userId"], two["userId"], "the number names the same user");
    assert_eq!((one.get("groupId"), &one["administrator"]), (None, &json!(false)));
    let path = format!("/api/v2/users/{}", text(&one["userId"]));
    let user = world.get(&world.admin, &path).await.expect(200);
    assert_eq!((&user["name"], user.get("email"), user.get("username")), (&json!(PHONE), None, None));
    assert_eq!((&user["primaryContactInfo"], &user["addresses"][0]["address"]), (&json!([]), &json!(PHONE)));
    let edit = json!({ "version": user["version"], "name": "Ada", "email": "ada@example.org" });
    let user = world.call(&world.admin, "PATCH", &path, edit).await.expect(200);
    for field in ["email", "username"] {
        assert_eq!(user[field], "ada@example.org", "{field}");
    }
    assert_eq!(user["primaryContactInfo"][0]["address"], "ada@example.org");
    world.call(&world.admin, "DELETE", &path, Value::Null).await.expect(200);
    let connectors = world.get(&world.admin, PATH).await.expect(200);
    assert_eq!(connectors["total"], 2);
    assert_eq!(
        (&connectors["entities"][0]["userId"], connectors["entities"][0].get("mobileNumber")),
        (&one["userId"], None)
    );
}

#[tokio::test]
async fn what_is_no_connector_is_refused() {
    let world = World::new().await;
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (body, status, field) in [
        (Value::Null, 400, "body"),
        (json!({ "phone": PHONE }), 400, "name"),
        (json!({ "name": " ", "phone": PHONE }), 400, "name"),
        (json!({ "name": "c" }), 400, "phone"),
        (json!({ "name": "c", "phone": "" }), 400, "phone"),
        (json!({ "name": "c", "phone": "07700900123" }), 400, "phone"),
        (json!({ "name": "c", "phone": "+44 7700 x" }), 400, "phone"),
        (json!({ "name": "c", "phone": PHONE, "administrator": "yes" }), 400, "administrator"),
        (json!({ "name": "c", "phone": PHONE, "groupId": nobody }), 404, ""),
        (json!({ "name": "c", "phone": PHONE, "groupId": "nobody" }), 404, ""),
    ] {
        let reply = world.call(&world.admin, "POST", PATH, body.clone()).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.body);
        if !field.is_empty() {
            assert_eq!(reply.body["details"][0]["fieldName"], field, "{body}");
        }
    }
    assert_eq!(world.get(&world.admin, PATH).await.expect(200)["total"], 0);
    let people = world.get(&world.admin, "/api/v2/users").await.expect(200);
    assert_eq!(people["total"], 1, "the administrator");
}

#[tokio::test]
async fn connectors_are_their_organisations() {
    let world = World::new().await;
    let made = world.call(&world.admin, "POST", PATH, json!({ "name": "c", "phone": PHONE })).await.expect(200);
    let path = format!("{PATH}/{}", text(&made["applicationId"]));
    let body = json!({ "name": "Subsidiary" });
    let other = world.call(&world.admin, "POST", "/operator/organisations", body).await.expect(200);
    let other = world.token(text(&other["clientId"]), text(&other["clientSecret"])).await;
    assert_eq!(world.get(&other, PATH).await.expect(200)["total"], 0);
    for (method, path) in [("GET", path.clone()), ("DELETE", path.clone()), ("POST", format!("{path}/refreshtoken"))] {
        let reply = world.call(&other, method, &path, Value::Null).await;
        assert_eq!(reply.refusal(), (404, "general.resource.not.found"), "{method} {path}");
    }
    assert!(is_kept(&world, &made["refreshToken"]).await);
    let theirs = world.call(&other, "POST", PATH, json!({ "name": "c", "phone": PHONE })).await.expect(200);
    assert_ne!(theirs["userId"], made["userId"], "the number is known to each organisation by itself");
    let editor = world.actor(Some("group administrator"), None).await;
    for (method, path) in [("GET", PATH), ("POST", PATH), ("GET", &path), ("DELETE", &path)] {
        let reply = world.call(&editor, method, path, json!({ "name": "c", "phone": PHONE })).await;
        assert_eq!(reply.refusal(), (403, "missing.permissions"), "{method} {path}");
    }
}
