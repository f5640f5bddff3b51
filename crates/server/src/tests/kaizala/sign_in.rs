//! Sign-in by connectors: refresh tokens, PINs, and what ends them.

use super::{Application, FORBIDDEN, INVALID, ME, NO_TOKEN, NOT_FOUND, OTHER};
use crate::tests::World;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

#[tokio::test]
async fn sign_in_is_by_refresh_tokens() {
    let world = World::new().await;
    let application = world.connector(ME, json!({})).await;
    let Application { id, secret, refresh } = &application;
    let reply = world.exchange(id, secret, refresh).await.expect(200);
    assert_eq!(reply["endpointUrl"], "http://directory.example:8080/");
    assert_eq!(reply["refreshToken"], "");
    assert!(reply["scope"].is_string());
    let expiry = reply["accessTokenExpiry"].as_i64().expect("a number");
    let day = 24 * 60 * 60 * 1000;
    assert!((expiry - crate::clock::now().0 - day).abs() < 60_000, "{expiry}");
    let unauthenticated = (401, "Unauthenticated", "AuthException");
    for (id, secret) in [("", secret.as_str()), (id, ""), (id, "wrong"), ("unknown", secret)] {
        let reply = world.exchange(id, secret, refresh).await;
        assert_eq!(reply.k_refusal(), unauthenticated);
        assert!(reply.body["message"].as_str().is_some_and(|text| text.contains("applicationId")));
    }
    let foreign = world.connector(OTHER, json!({})).await;
    let access = reply["accessToken"].as_str().expect("a token");
    for refresh in ["", "wrong", &foreign.refresh, access] {
        let reply = world.exchange(id, secret, refresh).await;
        assert_eq!(reply.k_refusal(), NO_TOKEN, "{refresh}");
        let message = "Invalid token. Failure reason:Token validation failed due to unknown reason!";
        assert_eq!(reply.body["message"], message);
    }
    // An OAuth client's token is a foreign one here, and a connector's there; a refresh token is none.
    for token in [world.admin.as_str(), "wrong", refresh] {
        assert_eq!(world.k(token, "GET", "/v1/groups", "").await.k_refusal(), NO_TOKEN);
    }
    assert_eq!(world.get(access, "/api/v2/groups").await.refusal(), (401, "bad.credentials"));
    let none = Request::get("/v1/groups").body(Body::empty()).expect("a request");
    assert_eq!(world.send(none).await.k_refusal(), unauthenticated);
}

#[tokio::test]
async fn tokens_end_with_their_time_their_connector_and_their_person() {
    let world = World::new().await;
    let application = world.connector(ME, json!({})).await;
    let access = world.access(&application).await;
    world.k(&access, "GET", "/v1/groups", "").await.expect(200);

    // Towards the end of its life a refresh token is followed by another; then it ends.
    let organisation = world.site.directories.all()[0].clone();
    let connector = crate::sign_in::connectors::find(&world.site.directories, &application.id)
        .await
        .expect("a store")
        .expect("a connector");
    let day = 24 * 60 * 60 * 1000;
    let hash = |text: &str| crate::secret::digest(text.as_bytes());
    let token = |text: &str, kind, days: i64| convoke_store::Token {
        hash: hash(text),
        kind,
        organisation: organisation.id,
        actor: connector.actor(),
        expires: convoke_core::Timestamp(crate::clock::now().0 + days * day / 10),
    };
    use convoke_store::TokenKind::{Access, Refresh};
    let store = &world.site.directories.store;
    for (text, kind, days) in
        [("young", Refresh, 366), ("old", Refresh, 364), ("ended", Refresh, -1), ("stale", Access, -1)]
    {
        store.put_token(token(text, kind, days)).await.expect("a token");
    }
    let exchange = async |refresh: &str| world.exchange(&application.id, &application.secret, refresh).await;
    assert_eq!(exchange("young").await.expect(200)["refreshToken"], "");
    let next = exchange("old").await.expect(200)["refreshToken"].as_str().expect("text").to_owned();
    assert_eq!(exchange(&next).await.expect(200)["refreshToken"], "");
    assert_eq!(exchange("ended").await.k_refusal(), NO_TOKEN);
    assert_eq!(world.k("stale", "GET", "/v1/groups", "").await.k_refusal(), NO_TOKEN);

    // A new generation ends all tokens of the one before.
    let path = format!("/api/v2/connectors/{}/refreshtoken", application.id);
    let fresh = world.call(&world.admin, "POST", &path, Value::Null).await.expect(200)["refreshToken"].clone();
    assert_eq!(exchange(&application.refresh).await.k_refusal(), NO_TOKEN);
    assert_eq!(world.k(&access, "GET", "/v1/groups", "").await.k_refusal(), NO_TOKEN);
    let fresh = fresh.as_str().expect("a token");
    let access = exchange(fresh).await.expect(200)["accessToken"].as_str().expect("a token").to_owned();

    // So does the end of the person, and of the connector.
    let me = world.k(&access, "GET", "/v1/users/me", "").await.expect(200);
    let person = format!("/api/v2/users/{}", me["id"].as_str().expect("an id"));
    let change = async |state: &str| {
        let held = world.get(&world.admin, &person).await.expect(200);
        let body = json!({ "version": held["version"], "state": state });
        world.call(&world.admin, "PATCH", &person, body).await.expect(200);
    };
    change("inactive").await;
    assert_eq!(world.k(&access, "GET", "/v1/groups", "").await.k_refusal(), NO_TOKEN);
    assert_eq!(exchange(fresh).await.k_refusal(), NO_TOKEN);
    change("active").await;
    world.k(&access, "GET", "/v1/groups", "").await.expect(200);
    let path = format!("/api/v2/connectors/{}", application.id);
    world.call(&world.admin, "DELETE", &path, Value::Null).await.expect(204);
    assert_eq!(world.k(&access, "GET", "/v1/groups", "").await.k_refusal(), NO_TOKEN);
    assert_eq!(exchange(fresh).await.k_refusal(), (401, "Unauthenticated", "AuthException"));
}

#[tokio::test]
async fn a_pin_signs_in_whoever_has_the_phone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pins");
    let world = World::with(crate::site::Settings {
        pin_sender: crate::PinSender::File(path.clone()),
        ..crate::site::Settings::default()
    })
    .await;
    let application = world.connector(ME, json!({})).await;
    let me = world.access(&application).await;
    let group = world.k_group(&me, "g", &[OTHER]).await;
    let unprovisioned = async || {
        let held = world.k(&me, "GET", &format!("/v1/groups/{group}"), "").await.expect(200);
        held["unProvisionedUserCount"].clone()
    };
    assert_eq!(unprovisioned().await, 1);

    let ask = json!({ "mobileNumber": OTHER, "applicationId": application.id }).to_string();
    assert_eq!(world.k("", "POST", "/v1/generatePin", &ask).await.expect(200), json!({}));
    let lines = std::fs::read_to_string(&path).expect("the file of PINs");
    let sent: Value = serde_json::from_str(lines.lines().last().expect("a line")).expect("JSON");
    assert_eq!(sent["mobileNumber"], OTHER);
    let pin = sent["pin"].as_i64().expect("a number");
    let log_in = async |pin: Value, secret: &str| {
        let body =
            json!({ "mobileNumber": OTHER, "applicationId": application.id, "pin": pin, "applicationSecret": secret });
        world.k("", "POST", "/v1/loginWithPinAndApplicationId", &body.to_string()).await
    };
    let unauthenticated = (401, "Unauthenticated", "AuthException");
    assert_eq!(log_in(json!(pin), "wrong").await.k_refusal(), unauthenticated);
    assert_eq!(log_in(json!(1), &application.secret).await.k_refusal(), unauthenticated);
    assert_eq!(unprovisioned().await, 1);
    let reply = log_in(json!(pin.to_string()), &application.secret).await.expect(200);
    assert_eq!(log_in(json!(pin), &application.secret).await.k_refusal(), unauthenticated, "a PIN is good once");
    let year = 365 * 24 * 60 * 60 * 1000;
    let expiry = reply["refreshTokenExpiry"].as_i64().expect("a number");
    assert!((expiry - crate::clock::now().0 - year).abs() < 60_000, "{expiry}");
    assert!(reply["grantedScope"].as_str().is_some_and(|scope| scope.contains("groupmember.write")));
    assert_eq!(unprovisioned().await, 0);
    let refresh = reply["refreshToken"].as_str().expect("a token");
    let other = world.exchange(&application.id, &application.secret, refresh).await.expect(200);
    let other = other["accessToken"].as_str().expect("a token");
    let user = world.k(other, "GET", "/v1/users/me", "").await.expect(200);
    assert_eq!(
        (&user["mobileNumber"], &user["name"], &user["isProvisioned"]),
        (&json!(OTHER), &json!(OTHER), &json!(true))
    );
    let list = world.k(other, "GET", "/v1/groups?showDetails=true", "").await.expect(200);
    assert_eq!(list["groups"][0]["callerRole"], "Member");
    assert_eq!(list["groups"][0]["isEditable"], false);

    let no_number = format!("{{mobileNumber:'1', applicationId:'{}'}}", application.id);
    for body in ["{}", &no_number, "{mobileNumber:'+491701111111'}", "nonsense{"] {
        assert_eq!(world.k("", "POST", "/v1/generatePin", body).await.k_refusal(), INVALID, "{body}");
    }
    let ask = json!({ "mobileNumber": OTHER, "applicationId": "unknown" }).to_string();
    assert_eq!(world.k("", "POST", "/v1/generatePin", &ask).await.k_refusal(), NOT_FOUND);
    let confined = world.connector(ME, json!({ "groupId": group })).await;
    let ask = json!({ "mobileNumber": OTHER, "applicationId": confined.id }).to_string();
    assert_eq!(world.k("", "POST", "/v1/generatePin", &ask).await.k_refusal(), FORBIDDEN);
}
