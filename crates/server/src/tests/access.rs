//! Sign-in, tokens, clients, roles, organisations.

use super::{World, steady};
use crate::config::RateLimit;
use axum::body::Body;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use convoke_store::Store;
use http::Request;
use serde_json::{Value, json};

#[tokio::test]
async fn signing_in() {
    let world = World::new().await;
    let basic = |id: &str, secret: &str| format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")));
    let form = "grant_type=client_credentials";
    for (authorization, body, status, error) in [
        (Some(basic("first", "open sesame")), form, 200, None),
        (None, "grant_type=client_credentials&client_id=first&client_secret=open+sesame", 200, None),
        (Some(basic("first", "wrong")), form, 401, Some(("invalid_client", "authentication failed"))),
        (Some(basic("nobody", "wrong")), form, 400, Some(("invalid_client", "client not found"))),
        (None, form, 400, Some(("invalid_client", "client id and secret are required"))),
        (
            Some(basic("first", "open sesame")),
            "grant_type=password",
            400,
            Some(("unsupported_grant_type", "use client_credentials")),
        ),
        (Some(basic("first", "open sesame")), "", 400, Some(("invalid_request", "grant_type is required"))),
    ] {
        for path in ["/oauth/token", "/token"] {
            let mut request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
            if let Some(authorization) = &authorization {
                request = request.header("authorization", authorization);
            }
            let reply = world.send(request.body(Body::from(body)).expect("a request")).await;
            assert_eq!(reply.status, status, "{path} {body}: {}", reply.body);
            assert_eq!(reply.headers["cache-control"], "no-cache, no-store, must-revalidate");
            match error {
                Some((error, description)) => {
                    assert_eq!(
                        reply.body,
                        json!({ "error": error, "description": description, "error_description": description })
                    );
                }
                None => {
                    assert_eq!(
                        (&reply.body["token_type"], &reply.body["expires_in"]),
                        (&json!("bearer"), &json!(86400))
                    );
                    let token = reply.body["access_token"].as_str().expect("a token");
                    assert_eq!(world.get(token, "/api/v2/groups").await.status, 200);
                }
            }
        }
    }
}

#[tokio::test]
async fn tokens_are_looked_at_and_revoked() {
    let world = World::new().await;
    let token = world.token("first", "open sesame").await;
    let info = world.get(&token, "/api/v2/tokens/me").await.expect(200);
    assert_eq!(info["OAuthClient"]["id"], "first");
    assert_eq!(info["organization"]["name"], "default");
    assert_eq!(world.call(&token, "HEAD", "/api/v2/tokens/me", Value::Null).await.expect(200), Value::Null);
    assert_eq!(world.call(&token, "DELETE", "/api/v2/tokens/me", Value::Null).await.expect(200), Value::Null);
    assert_eq!(world.get(&token, "/api/v2/tokens/me").await.refusal(), (401, "bad.credentials"));
    assert_eq!(
        world.get(&world.admin, "/api/v2/tokens/me").await.status,
        200,
        "another token of the same client lives on"
    );
}

#[tokio::test]
async fn tokens_are_kept_as_hashes_and_found_after_a_restart() {
    let world = World::in_a_file().await;
    let restarted = crate::sign_in::sessions::Sessions::default();
    let token = Some(world.admin.as_bytes());
    assert!(restarted.of(token, |_| true, &world.site.directories, crate::clock::now()).await.is_ok());
    let Store::Sqlite(store) = &*world.site.directories.store else { panic!("it is a file") };
    let file = std::fs::read(store.path()).expect("the store is read");
    let wal = store.path().with_extension("sqlite-wal");
    let all = [file, std::fs::read(wal).unwrap_or_default()].concat();
    let holds = |text: &str| all.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("Administrator"), "the test looks at the right file");
    assert!(!holds(&world.admin) && !holds("open sesame"));
}

#[tokio::test]
async fn clients_are_made_changed_and_taken_away() {
    let world = World::new().await;
    let (admin, ada) = (&world.admin, world.user("ada").await);
    let roles = world.get(admin, "/api/v2/authorization/roles").await.expect(200);
    let names: Vec<_> = roles["entities"].as_array().expect("roles").iter().map(|role| role["name"].clone()).collect();
    assert_eq!(json!(names), json!(["admin", "group administrator", "group creator", "reader"]));
    let reader = roles["entities"][3]["id"].clone();
    assert_eq!(
        world.get(admin, roles["entities"][3]["selfUri"].as_str().expect("a link")).await.expect(200)["name"],
        "reader"
    );
    let body = json!({
        "name": "robot", "authorizedGrantType": "CLIENT_CREDENTIALS", "roleDivisions": [{ "roleId": reader, "divisionId": "*" }],
        "userId": ada, "accessTokenValiditySeconds": 600,
    });
    let client = world.call(admin, "POST", "/api/v2/oauth/clients", body.clone()).await.expect(200);
    let mut shown = steady(&client);
    shown["secret"] = json!("(secret)");
    insta::assert_json_snapshot!(shown, @r#"
    {
      "id": "(id)",
      "name": "robot",
      "accessTokenValiditySeconds": 600,
      "authorizedGrantType": "CLIENT-CREDENTIALS",
      "secret": "(secret)",
      "roleIds": [
        "(id)"
      ],
      "roleDivisions": [
        {
          "roleId": "(id)",
          "divisionId": "(id)"
        }
      ],
      "dateCreated": "(moment)",
      "dateModified": "(moment)",
      "state": "active",
      "userId": "(id)",
      "user": {
        "id": "(id)",
        "selfUri": "/api/v2/users/(id)"
      },
      "selfUri": "/api/v2/oauth/clients/(id)"
    }
    "#);
    let path = client["selfUri"].as_str().expect("a link");
    let token = world.token(client["id"].as_str().expect("an id"), client["secret"].as_str().expect("a secret")).await;
    assert_eq!(world.get(&token, "/api/v2/users/me").await.expect(200)["id"], json!(ada));
    let held = world.get(admin, path).await.expect(200);
    assert_eq!((held.get("secret"), &held["name"]), (None, &json!("robot")));
    assert_eq!(world.get(admin, "/api/v2/oauth/clients").await.expect(200)["total"], 2);
    // Rights and life of a token follow its client at once.
    let mut edit = body.clone();
    edit["roleDivisions"] = json!([]);
    assert_eq!(world.get(&token, "/api/v2/authorization/roles").await.status, 403);
    edit["roleIds"] = json!([roles["entities"][0]["id"]]);
    world.call(admin, "PUT", path, edit.clone()).await.expect(200);
    assert_eq!(world.get(&token, "/api/v2/authorization/roles").await.status, 200);
    edit["state"] = json!("inactive");
    world.call(admin, "PUT", path, edit.clone()).await.expect(200);
    assert_eq!(world.get(&token, "/api/v2/groups").await.refusal(), (401, "bad.credentials"));
    edit["state"] = json!("active");
    world.call(admin, "PUT", path, edit).await.expect(200);
    assert_eq!(world.get(&token, "/api/v2/groups").await.status, 200);
    world.call(admin, "DELETE", &format!("/api/v2/users/{ada}"), Value::Null).await.expect(200);
    assert_eq!(world.get(&token, "/api/v2/groups").await.refusal(), (401, "bad.credentials"));
    world.call(admin, "DELETE", path, Value::Null).await.expect(200);
    assert_eq!(world.get(admin, path).await.refusal(), (404, "general.resource.not.found"));
    assert_eq!(world.get(&token, "/api/v2/groups").await.status, 401);
    for (field, value) in [
        ("authorizedGrantType", json!("PASSWORD")),
        ("authorizedGrantType", Value::Null),
        ("name", Value::Null),
        ("accessTokenValiditySeconds", json!(1)),
        ("state", json!("deleted")),
    ] {
        let mut wrong = body.clone();
        wrong["userId"] = Value::Null;
        wrong[field] = value;
        let reply = world.call(admin, "POST", "/api/v2/oauth/clients", wrong).await;
        assert_eq!((reply.status.as_u16(), &reply.body["details"][0]["fieldName"]), (400, &json!(field)));
    }
}

#[tokio::test]
async fn the_organisation_its_divisions_and_permissions() {
    let world = World::new().await;
    let organisation = world.get(&world.admin, "/api/v2/organizations/me").await.expect(200);
    assert_eq!((&organisation["name"], &organisation["state"]), (&json!("default"), &json!("active")));
    let home = world.get(&world.admin, "/api/v2/authorization/divisions/home").await.expect(200);
    assert_eq!(home["homeDivision"], true);
    let path = home["selfUri"].as_str().expect("a link");
    assert_eq!(world.get(&world.admin, path).await.expect(200), home);
    for (query, total) in [("", 1), ("?name=hom", 1), ("?name=away", 0), ("?id=nobody", 0)] {
        let listing = world.get(&world.admin, &format!("/api/v2/authorization/divisions{query}")).await.expect(200);
        assert_eq!(listing["total"], total, "{query}");
    }
    let permissions = world.get(&world.admin, "/api/v2/authorization/permissions").await.expect(200);
    let directory =
        permissions["entities"].as_array().expect("domains").iter().find(|domain| domain["domain"] == "directory");
    assert!(directory.expect("a domain")["permissionMap"]["group"].as_array().is_some_and(|group| group.len() == 4));
    for (query, total) in
        [("?permission=oauth:client:add", 1), ("?permission=directory:group:add", 3), ("?name=group", 2)]
    {
        let roles = world.get(&world.admin, &format!("/api/v2/authorization/roles{query}")).await.expect(200);
        assert_eq!(roles["total"], total, "{query}");
    }
}

#[tokio::test]
async fn organisations_have_names_of_their_own() {
    let world = World::new().await;
    world.call(&world.admin, "POST", "/operator/organisations", json!({ "name": "other" })).await.expect(200);
    let same = world.call(&world.admin, "POST", "/operator/organisations", json!({ "name": "OTHER" })).await;
    assert_eq!(same.status, 409, "{}", same.body);
    assert_eq!(world.get(&world.admin, "/operator/verification").await.expect(200)["differences"], json!([]));
}

#[tokio::test]
async fn a_rate_limit_counts_all_tokens_of_a_client() {
    let world = World::limited(Some(RateLimit { requests: 5, seconds: 3600 })).await;
    let token = world.token("first", "open sesame").await;
    for count in 1..=5 {
        let reply = world.get(&token, "/api/v2/groups").await;
        assert_eq!(
            (reply.status.as_u16(), reply.headers["inin-ratelimit-count"].to_str().ok()),
            (200, Some(count.to_string().as_str()))
        );
        assert_eq!(reply.headers["inin-ratelimit-allowed"], "5");
    }
    let refused = world.get(&token, "/api/v2/groups").await;
    assert_eq!(refused.refusal(), (429, "too.many.requests"));
    assert_eq!(refused.headers["retry-after"], refused.headers["inin-ratelimit-reset"]);
    assert_eq!(world.get(&world.token("first", "open sesame").await, "/api/v2/groups").await.status, 429);
    assert_eq!(world.get(&world.admin, "/api/v2/groups").await.status, 429);
}

#[tokio::test]
async fn an_idempotency_key_does_a_thing_once() {
    let world = World::new().await;
    let send = async |key: &str, name: &str| {
        let body = json!({ "name": name, "type": "official", "rulesVisible": true, "visibility": "public" });
        let request = Request::post("/api/v2/groups")
            .header("authorization", format!("Bearer {}", world.admin))
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        world.send(request.body(Body::from(body.to_string())).expect("a request")).await
    };
    let first = send("k-1", "one").await.expect(200);
    assert_eq!(send("k-1", "one").await.expect(200), first);
    assert_eq!(send("k-1", "two").await.refusal(), (409, "general.conflict"));
    assert_ne!(send("k-2", "one").await.expect(200)["id"], first["id"]);
    assert_eq!(world.get(&world.admin, "/api/v2/groups").await.expect(200)["total"], 2);
    // Two at a time are one.
    let (one, two) = tokio::join!(send("k-3", "three"), send("k-3", "three"));
    assert_eq!(one.expect(200)["id"], two.expect(200)["id"]);
    for key in ["", " ", "a b", "é", &"k".repeat(256)] {
        assert_eq!(send(key, "x").await.refusal(), (400, "bad.request"), "{key:?}");
    }
    send(&"k".repeat(255), "x").await.expect(200);
    // A secret is shown once, and never for another client's.
    let client = json!({ "name": "c", "authorizedGrantType": "CLIENT-CREDENTIALS" }).to_string();
    let make = async || {
        let request = Request::post("/api/v2/oauth/clients")
            .header("authorization", format!("Bearer {}", world.admin))
            .header("idempotency-key", "k-4");
        world.send(request.body(Body::from(client.clone())).expect("a request")).await.expect(200)
    };
    let (made, again) = (make().await, make().await);
    assert_eq!((&made["id"], again.get("secret")), (&again["id"], None));
    assert!(made["secret"].is_string());
}
