//! What holds for every endpoint of every dialect.

use super::World;
use crate::api;
use crate::api::{openapi, operator};
use crate::http::peer::Peer;
use convoke_core::Permissions;
use convoke_wire::{Description, genesys, kaizala, operator as operator_wire};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

fn all() -> Vec<Description> {
    genesys::endpoints().into_iter().chain(operator_wire::endpoints()).collect()
}

/// A path with some id in it.
fn path_of(endpoint: &Description) -> String {
    let id = "00000000-0000-4000-8000-000000000000";
    let mut path = String::new();
    for part in endpoint.path.split_inclusive('/') {
        match part.strip_prefix('{') {
            Some(rest) => path.push_str(&format!("{id}{}", rest.split_once('}').map_or("", |(_, rest)| rest))),
            None => path.push_str(part),
        }
    }
    path
}

/// Addresses, a new one for each endpoint: one that brings many unknown tokens is told to wait.
fn peers() -> impl Iterator<Item = Peer> {
    (1..).map(|n| Peer(IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + n))))
}

#[tokio::test]
async fn each_is_routed_once_and_in_the_document() {
    let world = World::new().await;
    let mut routed: Vec<&str> = api::genesys::routes(world.site.clone()).names;
    routed.extend(operator::routes(world.site.clone()).names);
    let second = api::kaizala::routes(world.site.clone()).names;
    for (routed, declared) in [(routed, all()), (second, kaizala::endpoints())] {
        let declared: Vec<&str> = declared.iter().map(|endpoint| endpoint.name).collect();
        assert_eq!(routed.iter().collect::<BTreeSet<_>>(), declared.iter().collect::<BTreeSet<_>>());
        assert_eq!(routed.len(), declared.len(), "one is routed twice");
    }
    for (document, endpoints) in
        [(openapi::genesys(), genesys::endpoints()), (openapi::kaizala(), kaizala::endpoints())]
    {
        for endpoint in endpoints {
            let operation = &document["paths"][endpoint.path][endpoint.method.as_str().to_lowercase()];
            assert_eq!(operation["operationId"], endpoint.name);
            assert!(Permissions::named(endpoint.permissions.iter().copied()).is_some(), "{}", endpoint.name);
        }
    }
}

#[tokio::test]
async fn each_asks_for_a_token() {
    let world = World::new().await;
    for (endpoint, peer) in all().into_iter().zip(peers()) {
        for (token, code) in [(None, "authentication.required"), (Some("nobody's"), "bad.credentials")] {
            let mut request = http::Request::builder().method(endpoint.method.clone()).uri(path_of(&endpoint));
            request = request.extension(peer);
            if let Some(token) = token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            let reply = world.send(request.body("{}".into()).expect("a request")).await;
            assert_eq!(reply.status, 401, "{}", endpoint.name);
            if endpoint.method != http::Method::HEAD {
                assert_eq!(reply.body["code"], code, "{}", endpoint.name);
                assert_eq!(reply.body["status"], 401);
            }
        }
    }
}

#[tokio::test]
async fn each_of_the_second_dialect_asks_for_a_token_of_its_own() {
    let world = World::new().await;
    let signs_in = |endpoint: &Description| endpoint.path.contains("ccessToken") || endpoint.path.contains("Pin");
    let endpoints: Vec<Description> = kaizala::endpoints().into_iter().filter(|endpoint| !signs_in(endpoint)).collect();
    assert_eq!(endpoints.len() + 3, kaizala::endpoints().len());
    for (endpoint, peer) in endpoints.into_iter().zip(peers()) {
        for (token, code) in [("", "Unauthenticated"), ("nobody's", "InvalidToken"), (&world.admin, "InvalidToken")] {
            let request = http::Request::builder().method(endpoint.method.clone()).uri(path_of(&endpoint));
            let request = request.extension(peer).header("accessToken", token).body("{}".into());
            let reply = world.send(request.expect("a request")).await;
            assert_eq!(reply.k_refusal(), (401, code, "AuthException"), "{}", endpoint.name);
        }
    }
}

#[tokio::test]
async fn each_asks_for_its_permission() {
    let world = World::new().await;
    let nobody = world.actor(None, None).await;
    for endpoint in all() {
        // One of them takes away the token that it is called with.
        let own = if endpoint.name == "deleteTokensMe" { world.actor(None, None).await } else { nobody.clone() };
        let reply = world.call(&own, endpoint.method.as_str(), &path_of(&endpoint), json!({})).await;
        if endpoint.permissions.is_empty() {
            assert_ne!(reply.status, 403, "{} needs no permission", endpoint.name);
            continue;
        }
        let code = if endpoint.permissions.len() == 1 { "missing.permissions" } else { "missing.any.permissions" };
        assert_eq!(reply.refusal(), (403, code), "{}", endpoint.name);
        let message = reply.body["message"].as_str().unwrap_or_default();
        assert!(endpoint.permissions.iter().all(|name| message.contains(name)), "{}: {message}", endpoint.name);
    }
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

/// RELIABILITY: method and route confusion. What is not in the table exactly is not there.
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
