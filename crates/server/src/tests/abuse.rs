//! Misuse of requests: invalid headers, fields that a caller may not set, origins.

use super::World;
use crate::api::serve::serve;
use crate::router::cors;
use axum::body::Body;
use http::Request;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN};
use serde_json::{Value, json};

#[tokio::test]
async fn what_comes_in_never_becomes_a_header() {
    let world = World::new().await;
    let evil = "%0d%0aSet-Cookie:%20a=b%0d%0a";
    for path in [
        format!("/api/v2/groups/{evil}"),
        format!("/api/v2/groups?id={evil}"),
        format!("/api/v2/groups?sortOrder={evil}"),
        format!("/api/v2/groups?pageSize=1&x={evil}"),
        format!("/api/v2/users/{evil}?expand={evil}"),
        format!("/api/v2/fieldconfig?type={evil}"),
        format!("/{evil}"),
    ] {
        let request = Request::get(&path)
            .header("authorization", format!("Bearer {}", world.admin))
            .header("inin-correlation-id", "mine")
            .header("x-forwarded-for", "1.2.3.4");
        let reply = world.send(request.body(Body::empty()).expect("a request")).await;
        assert!(reply.status.as_u16() < 500, "{path}");
        assert_eq!(reply.headers.get("set-cookie"), None, "{path}");
        assert_ne!(reply.headers["inin-correlation-id"], "mine");
        assert_eq!(reply.headers.get_all("inin-correlation-id").iter().count(), 1);
    }
}

/// Values that only the server sets are ignored on the way in.
#[tokio::test]
async fn read_only_fields_are_not_taken_in() {
    let world = World::new().await;
    let (user, group) = (world.user("ada").await, world.group(json!({})).await);
    let other = "00000000-0000-4000-8000-000000000000";
    for (field, value) in [
        ("id", json!(other)),
        ("memberCount", json!(99)),
        ("dateModified", json!("1999-01-01T00:00:00.000Z")),
        ("selfUri", json!("/elsewhere")),
        ("owners", json!([{ "id": user }])),
        ("chat", json!({ "jabberId": "mine" })),
        ("type", json!("social")),
        ("organisation", json!(other)),
        ("individuals", json!([user])),
    ] {
        let path = format!("/api/v2/groups/{group}");
        let before = world.get(&world.admin, &path).await.expect(200);
        let body = json!({ "version": before["version"], field: value });
        assert_eq!(world.call(&world.admin, "PUT", &path, body).await.expect(200), before, "{field}");
        let body =
            json!({ "name": "h", "type": "official", "rulesVisible": true, "visibility": "public", field: value });
        let made = world.call(&world.admin, "POST", "/api/v2/groups", body).await.expect(200);
        assert_ne!(made["id"], other);
        if field != "type" {
            assert_ne!(made[field], value, "{field}");
        }
        assert_eq!((&made["memberCount"], &made["version"]), (&json!(0), &json!(1)));
        let individuals = format!("/api/v2/groups/{}/individuals", made["id"].as_str().expect("an id"));
        assert_eq!(world.get(&world.admin, &individuals).await.expect(200)["entities"], json!([]), "{field}");
    }
    for (field, value) in [
        ("id", json!(other)),
        ("chat", json!({ "jabberId": "mine" })),
        ("groups", json!([{ "id": group }])),
        ("division", json!({ "id": other })),
        ("password", json!("secret")),
        ("selfUri", json!("/elsewhere")),
        ("authorization", json!({ "roles": ["admin"] })),
    ] {
        let path = format!("/api/v2/users/{user}");
        let before = world.get(&world.admin, &path).await.expect(200);
        let body = json!({ "version": before["version"], field: value });
        assert_eq!(world.call(&world.admin, "PATCH", &path, body).await.expect(200), before, "{field}");
    }
    for (field, value) in
        [("id", json!("mine")), ("secret", json!("mine")), ("dateCreated", json!("1999-01-01T00:00:00Z"))]
    {
        let body = json!({ "name": "c", "authorizedGrantType": "CLIENT-CREDENTIALS", field: value });
        let made = world.call(&world.admin, "POST", "/api/v2/oauth/clients", body).await.expect(200);
        assert_ne!(made[field], value, "{field}");
    }
}

#[tokio::test]
async fn a_refusal_shows_nothing_of_the_inside() {
    let world = World::new().await;
    for (method, path, body) in [
        ("GET", "/api/v2/groups/x", Value::Null),
        ("POST", "/api/v2/groups", json!({ "name": "{message}", "type": "{id}" })),
        ("POST", "/api/v2/users", json!({ "name": "a", "email": "no" })),
        ("PUT", "/api/v2/oauth/clients/x", json!([])),
    ] {
        let reply = world.call(&world.admin, method, path, body).await;
        let text = reply.body.to_string().to_lowercase();
        for inside in ["sqlite", "panicked", ".rs", "/src/", "convoke_", "select "] {
            assert!(!text.contains(inside), "{method} {path}: {text}");
        }
    }
}

#[tokio::test]
async fn browsers_may_call_from_the_origins_named_and_no_other() {
    let mut world = World::new().await;
    let named = "https://app.example.org";
    let layer = cors(&[named.to_owned()]).expect("an origin").expect("a layer");
    for (with_cors, origin, allowed) in
        [(false, named, false), (true, named, true), (true, "https://evil.example", false)]
    {
        if with_cors {
            world.router = world.router.layer(layer.clone());
        }
        let request = Request::get("/health/live").header(ORIGIN, origin);
        let reply = world.send(request.body(Body::empty()).expect("a request")).await.headers;
        let answer = reply.get(ACCESS_CONTROL_ALLOW_ORIGIN).map(|value| value.to_str().expect("an origin"));
        assert_eq!(answer, allowed.then_some(named), "{origin}, named: {with_cors}");
    }
}

#[tokio::test]
async fn a_panic_is_answered_and_others_are_served_on() {
    let world = World::new().await;
    let metrics = world.site.metrics.operation("server", "test");
    let api = &crate::api::genesys::API;
    let request = Request::new(Body::empty());
    let reply = serve(world.site.clone(), request, &metrics, api, |_, _, _| async { panic!("a defect") }).await;
    assert_eq!(reply.status().as_u16(), 500);
    assert!(reply.headers().contains_key("inin-correlation-id"));
    assert_eq!(world.get(&world.admin, "/api/v2/groups").await.status, 200);
}
