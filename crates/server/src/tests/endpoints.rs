//! What holds for every endpoint of every API, each by one test over all their tables. An endpoint that is added
//! to a table is tried by all of them; where they cannot, they fail and name it.

mod samples;
mod tables;

use super::{Reply, World, steady};
use convoke_core::Permissions;
use convoke_wire::{Effect, health, oauth};
use samples::{House, Things};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tables::{Ask, Document, OPEN, Who, peer, tables};

#[tokio::test]
async fn each_is_routed_once_and_written_down() {
    let world = World::new().await;
    for table in tables(&world) {
        let declared: Vec<&str> = table.endpoints.iter().map(|endpoint| endpoint.name).collect();
        assert_eq!(table.routed.iter().collect::<BTreeSet<_>>(), declared.iter().collect::<BTreeSet<_>>());
        assert_eq!(table.routed.len(), declared.len(), "one is routed twice");
        for endpoint in &table.endpoints {
            match &table.document {
                Document::OpenApi(document) => {
                    let operation = &document["paths"][endpoint.path][endpoint.method.as_str().to_lowercase()];
                    assert_eq!(operation["operationId"], endpoint.name);
                }
                Document::Text(text) => assert!(text.contains(endpoint.path), "{} is not in it", endpoint.path),
            }
            assert!(Permissions::named(endpoint.permissions.iter().copied()).is_some(), "{}", endpoint.name);
        }
    }
    for endpoint in health::endpoints() {
        assert_eq!(world.get("", endpoint.path).await.status, 200, "{} is for everyone", endpoint.name);
    }
}

#[tokio::test]
async fn each_asks_for_a_token_of_its_own_api() {
    let world = World::new().await;
    let house = House::new(&world, world.admin.clone(), "+491701111111").await;
    let things = house.things(&world).await;
    for table in tables(&world) {
        let (codes, of_other_api) = match table.who {
            Who::People => (["Unauthenticated", "InvalidToken"], &house.admin),
            Who::Clients | Who::Operators => (["authentication.required", "bad.credentials"], &house.person),
        };
        for endpoint in &table.endpoints {
            let tokens = [(None, codes[0]), (Some("nobody's"), codes[1]), (Some(of_other_api), codes[1])];
            for (token, code) in tokens {
                let reply = Ask { token, ..things.ask(&things, &table, endpoint) }.send(&world).await;
                assert_eq!(reply.status, 401, "{} with {token:?}: {}", endpoint.name, reply.body);
                // Those take no token; what they are shown is wrong.
                if !OPEN.contains(&endpoint.name) && endpoint.method != http::Method::HEAD {
                    let found = reply.body.get("code").or(reply.body.get("errorCode"));
                    assert_eq!(found, Some(&code.into()), "{} with {token:?}", endpoint.name);
                }
            }
        }
    }
    for path in oauth::TOKEN_PATHS {
        let form = "grant_type=client_credentials&client_id=first&client_secret=wrong";
        let request = http::Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        let reply = world.send(request.extension(peer()).body(form.into()).expect("a request")).await;
        assert_eq!((reply.status.as_u16(), &reply.body["error"]), (401, &json!("invalid_client")), "{path}");
    }
}

#[tokio::test]
async fn each_refuses_who_may_not() {
    let world = World::new().await;
    let house = House::new(&world, world.admin.clone(), "+491701111111").await;
    let things = house.things(&world).await;
    let other = House::another(&world, "other", "+491702222222").await;
    let nobody = world.actor(None, None).await;
    let stranger = world.kaizala("+491703333333").await;
    for table in tables(&world) {
        for endpoint in table.endpoints.iter().filter(|endpoint| !OPEN.contains(&endpoint.name)) {
            // One of them takes away the token that it is called with.
            let own = if endpoint.name == "deleteTokensMe" { world.actor(None, None).await } else { nobody.clone() };
            let token = if table.who == Who::People { &stranger } else { &own };
            let reply = Ask { token: Some(token), ..things.ask(&things, &table, endpoint) }.send(&world).await;
            match (table.who, endpoint.permissions) {
                (Who::People, _) if endpoint.path.contains("{groupId}") => {
                    assert!(matches!(reply.status.as_u16(), 403 | 404), "{}: {}", endpoint.name, reply.body);
                }
                (Who::People, _) => assert_eq!(reply.status, 200, "{} is everyone's", endpoint.name),
                (_, []) => assert_needs_none(endpoint.name, &reply),
                (_, permissions) => {
                    let code = if permissions.len() == 1 { "missing.permissions" } else { "missing.any.permissions" };
                    assert_eq!(reply.refusal(), (403, code), "{}", endpoint.name);
                    let message = reply.body["message"].as_str().unwrap_or_default();
                    assert!(permissions.iter().all(|name| message.contains(name)), "{}: {message}", endpoint.name);
                }
            }
            if table.who == Who::Operators {
                let reply =
                    Ask { token: Some(&other.admin), ..things.ask(&things, &table, endpoint) }.send(&world).await;
                assert_eq!(reply.refusal(), (403, "missing.permissions"), "{}", endpoint.name);
            }
        }
    }
}

/// It may be refused for want of a right to the group, but not of a permission that the table does not name.
#[track_caller]
fn assert_needs_none(name: &str, reply: &Reply) {
    let code = reply.body["code"].as_str().unwrap_or_default();
    assert!(!code.starts_with("missing"), "{name} needs no permission: {}", reply.body);
}

/// No endpoint distinguishes a thing of another organisation from one that does not exist.
#[tokio::test]
async fn what_another_organisation_has_is_to_each_as_what_nobody_has() {
    let world = World::new().await;
    let house = House::new(&world, world.admin.clone(), "+491701111111").await;
    let other = House::another(&world, "other", "+491702222222").await;
    let (own, theirs, absent) = (house.things(&world).await, other.things(&world).await, Things::absent());
    for table in tables(&world) {
        for endpoint in table.endpoints.iter().filter(|endpoint| !OPEN.contains(&endpoint.name)) {
            // Who runs the server runs it for all organisations. And one takes away the token that it is called with.
            if table.who == Who::Operators || endpoint.name == "deleteTokensMe" {
                continue;
            }
            let send = async |path: &Things, others: &Things| {
                let ask = path.ask(others, &table, endpoint);
                Ask { token: Some(house.caller(&table)), ..ask }.send(&world).await
            };
            // Everything is theirs; then only what the query and the body name.
            let mut pairs = vec![(&theirs, &theirs, &absent, &absent)];
            if names_things(&own.ask(&theirs, &table, endpoint), &theirs) {
                pairs.push((&own, &theirs, &own, &absent));
            }
            for (path, others, path_of_absent, absent) in pairs {
                let (found, unknown) = (send(path, others).await, send(path_of_absent, absent).await);
                let is_named = std::ptr::eq(path, others) && endpoint.path.contains('{');
                assert!(!is_named || found.status.is_client_error(), "{}: {}", endpoint.name, found.body);
                let names = [&*theirs.name, &*absent.name];
                let shown = |reply: &Reply| (reply.status, without(steady(&reply.body), &names));
                assert_eq!(shown(&found), shown(&unknown), "{} of {:?}", endpoint.name, table.who);
            }
            if endpoint.method == http::Method::GET {
                let ask = Ask { target: own.path(endpoint), ..own.ask(&own, &table, endpoint) };
                let reply = Ask { token: Some(house.caller(&table)), ..ask }.send(&world).await;
                let text = reply.body.to_string();
                let leaked = theirs.ids().into_iter().find(|id| text.contains(id));
                assert_eq!(leaked, None, "{} shows what another organisation has", endpoint.name);
            }
        }
    }
}

fn names_things(ask: &Ask, things: &Things) -> bool {
    let query = ask.target.split_once('?').map_or("", |(_, query)| query);
    things.ids().into_iter().any(|id| query.contains(id) || ask.body.contains(id))
}

/// A reply without these names, which differ from request to request, and without its own link, which has the
/// whole search in compressed form.
fn without(mut value: Value, names: &[&str]) -> String {
    value.as_object_mut().and_then(|fields| fields.remove("currentPage"));
    names.iter().fold(value.to_string(), |text, name| text.replace(name, "(name)"))
}

#[tokio::test]
async fn each_change_under_a_key_is_done_once() {
    /// What only the first reply shows.
    const SHOWN_ONCE: [&str; 4] = ["secret", "applicationSecret", "refreshToken", "refreshTokenExpiry"];
    let world = World::new().await;
    let house = House::new(&world, world.admin.clone(), "+491701111111").await;
    let mut n_changes = 0;
    for table in tables(&world) {
        for endpoint in table.endpoints.iter().filter(|endpoint| endpoint.effect == Effect::Change) {
            let things = house.things(&world).await;
            let key = format!("{}-{}", table.api.name, endpoint.name);
            let send = async |more: &str| {
                let ask = things.ask(&things, &table, endpoint);
                // A body with another blank is another body, and for those without one the query is told apart.
                let (target, body) = match ask.body.is_empty() {
                    true if more.is_empty() => (ask.target, ask.body),
                    true => {
                        (format!("{}{}more=1", ask.target, if ask.target.contains('?') { "&" } else { "?" }), ask.body)
                    }
                    false => (ask.target, ask.body + more),
                };
                let ask =
                    Ask { token: Some(house.caller(&table)), key: Some(&key), table: &table, endpoint, target, body };
                ask.send(&world).await
            };
            let (first, again) = (send("").await, send("").await);
            assert!(first.status.is_success(), "{}: {}", endpoint.name, first.body);
            let shown = |mut reply: Reply| {
                let body = reply.body.as_object_mut();
                body.into_iter().for_each(|body| body.retain(|field, _| !SHOWN_ONCE.contains(&field.as_str())));
                (reply.status, reply.body)
            };
            for field in SHOWN_ONCE {
                assert_eq!(again.body.get(field), None, "{} shows its {field} again", endpoint.name);
            }
            assert_eq!(shown(again), shown(first), "{} is answered again as it was", endpoint.name);
            assert_eq!(send(" ").await.status, 409, "{} under the key of another request", endpoint.name);
            n_changes += 1;
        }
    }
    assert!(n_changes > 40, "{n_changes}");
}

#[tokio::test]
async fn every_answer_carries_the_headers_of_all_answers() {
    let world = World::new().await;
    let mut seen = BTreeSet::new();
    for (token, path) in [
        (&*world.admin, "/api/v2/groups"),
        ("", "/api/v2/groups"),
        ("", "/nowhere"),
        ("", "/health/live"),
        ("", "/metrics"),
    ] {
        let reply = world.get(token, path).await;
        let header = |name: &str| reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("(absent)");
        assert_eq!(header("inin-correlation-id").len(), 36, "{path}");
        assert!(seen.insert(header("inin-correlation-id").to_owned()), "a correlation id came twice");
        for name in ["inin-ratelimit-count", "inin-ratelimit-allowed", "inin-ratelimit-reset"] {
            assert!(header(name).parse::<u32>().is_ok(), "{path}: {name}");
        }
        assert_eq!(header("cache-control"), "no-cache, no-store, must-revalidate");
        assert_eq!(header("x-content-type-options"), "nosniff");
        if let Some(id) = reply.body.get("contextId").and_then(Value::as_str) {
            assert_eq!(id, header("inin-correlation-id"));
        }
    }
}

/// Only the exact methods and paths of the tables exist.
#[tokio::test]
async fn nothing_answers_but_the_exact_paths_and_methods() {
    let world = World::new().await;
    let group = world.group(json!({})).await;
    let group = group.as_str();
    for path in [
        "/api/v2/groups/".to_owned(),
        "/api/v2//groups".to_owned(),
        "//api/v2/groups".to_owned(),
        "/api/v2/%2e%2e/groups".to_owned(),
        "/api/v2/GROUPS".to_owned(),
        "/API/v2/groups".to_owned(),
        "/api/v2/groups;x=1".to_owned(),
        format!("/api/v2/groups/{group}/"),
        format!("/api/v2/groups/{group};x"),
        format!("/api/v2/groups/{}", group.to_uppercase()),
        format!("/api/v2/groups/%7B{group}%7D"),
        format!("/api/v2/groups/{group}%00"),
        format!("/api/v2/groups/{group}%2f"),
        format!("/api/v2/groups/{group}/members/"),
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
            let reply = world.call(&world.admin, method, &path, json!({})).await;
            assert!(matches!(reply.status.as_u16(), 404 | 405), "{method} {path}: {}", reply.status);
        }
        assert_eq!(world.get(&world.admin, &path).await.status, 404, "GET {path}");
    }
    let reply = world.call(&world.admin, "PATCH", &format!("/api/v2/groups/{group}"), json!({})).await;
    assert_eq!(reply.refusal(), (405, "method.not.allowed"));
    assert_eq!(reply.headers["allow"], "GET,HEAD,PUT,DELETE");
    let request = http::Request::get(format!("/api/v2/groups/{group}"))
        .header("authorization", format!("Bearer {}", world.admin))
        .header("x-http-method-override", "DELETE");
    assert_eq!(world.send(request.body(Default::default()).expect("a request")).await.status, 200);
    assert_eq!(world.get(&world.admin, &format!("/api/v2/groups/{group}")).await.status, 200, "it is still there");
}
