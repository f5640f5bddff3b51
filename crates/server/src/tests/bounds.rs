//! Requests that exceed limits: bodies, JSON, pages and texts.

use super::World;
use crate::http::budget::{Budget, Holder};
use crate::http::peer::Peer;
use crate::observe::metrics::Detail;
use axum::body::{Body, Bytes, to_bytes};
use futures_util::stream;
use http::Request;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tower::ServiceExt;

/// The wire knows nothing of the directory, and has the bounds that documents say a second time.
#[test]
fn documents_say_the_bounds_of_the_directory() {
    use convoke_core::{Proficiency, limits as held};
    use convoke_wire::limits as said;
    assert_eq!(said::VERSION, held::VERSION);
    assert_eq!(said::NAME_CHARS, held::NAME_CHARS);
    assert_eq!(said::SUBGROUPS, held::SUBGROUPS);
    assert_eq!(said::PROFICIENCY, u32::from(Proficiency::MAX));
    assert_eq!((said::TOKEN_SECONDS_MIN, said::TOKEN_SECONDS_MAX), held::TOKEN_SECONDS);
}

fn post(world: &World, body: Body) -> Request<Body> {
    let request = Request::post("/api/v2/groups").header("authorization", format!("Bearer {}", world.admin));
    request.header("content-type", "application/json").body(body).expect("a request")
}

#[tokio::test]
async fn a_body_is_read_little_further_than_its_limit() {
    let world = World::new().await;
    let read = Arc::new(AtomicUsize::new(0));
    let counted = read.clone();
    let endless = stream::repeat_with(move || {
        counted.fetch_add(64 * 1024, Ordering::Relaxed);
        Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 64 * 1024]))
    });
    let reply = world.send(post(&world, Body::from_stream(endless))).await;
    assert_eq!(reply.refusal(), (413, "request.entity.too.large"));
    assert_eq!(reply.body["limit"]["value"], 1024 * 1024);
    assert!(read.load(Ordering::Relaxed) <= 2 * 1024 * 1024 + 128 * 1024);
    let mut announced = post(&world, Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>()));
    announced.headers_mut().insert("content-length", "10737418240".parse().expect("a number"));
    assert_eq!(world.send(announced).await.status, 413, "what is announced as too large is not waited for");
    let full = format!("{{\"x\": \"{}\"}}", "y".repeat(1024 * 1024 - 9));
    assert_eq!(world.send(post(&world, Body::from(full))).await.status, 400, "exactly the limit is read");
}

#[tokio::test]
async fn only_plain_json_is_read() {
    let world = World::new().await;
    for (name, value) in [
        ("content-type", "text/plain"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-type", "application/jsonx"),
        ("content-encoding", "gzip"),
    ] {
        let mut request = post(&world, Body::from("{}"));
        request.headers_mut().insert(name, value.parse().expect("a value"));
        assert_eq!(world.send(request).await.refusal(), (415, "unsupported.media.type"), "{name}: {value}");
    }
    for value in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"] {
        let mut request = post(&world, Body::from("{}"));
        request.headers_mut().insert("content-type", value.parse().expect("a value"));
        assert_eq!(world.send(request).await.status, 400, "{value}: read, and found wanting");
    }
}

#[tokio::test]
async fn strange_json_is_refused_and_nothing_breaks() {
    let world = World::new().await;
    let whole = |field: &str| {
        format!("{{\"name\":\"g\",\"type\":\"official\",\"rulesVisible\":true,\"visibility\":\"public\"{field}}}")
    };
    let deep = |depth: usize| whole(&format!(",\"other\":{}{}", "[".repeat(depth), "]".repeat(depth)));
    let mut corpus = vec![
        "{".into(),
        "}".into(),
        "[".into(),
        "\"".into(),
        "tru".into(),
        "NaN".into(),
        "-".into(),
        "01".into(),
        "\u{feff}{}".into(),
        "{}{}".into(),
        "{\"a\"}".into(),
        "{a:1}".into(),
        "{'a':1}".into(),
        "[1,]".into(),
        whole(",\"name\":\"h\""),
        whole(",\"other\":{\"a\":1,\"a\":2}"),
        whole(",\"other\":1e999"),
        whole(",\"other\":\"\\ud800\""),
        whole(",\"other\":\"\\u00\""),
        whole(",\"description\":\"a\\u0000b\""),
        whole(",\"description\":{}"),
        whole(",\"ownerIds\":\"a\""),
        whole(",\"ownerIds\":[1]"),
        whole(",\"images\":[[]]"),
        whole(",\"email\":\"@\""),
        whole(",\"name2\":\"\u{1}\""),
        deep(64),
        deep(65),
        deep(1_000),
        deep(400_000),
        whole("").replace("\"g\"", "\"\\u202eg\""),
        whole("").replace("\"g\"", "\"\\u200b\""),
        whole("").replace("\"g\"", "5"),
        whole("").replace("true", "\"true\""),
        whole("").replace("true", "1"),
        whole("").replace("official", "OFFICIALLY"),
    ];
    corpus.extend((0..64).map(|n| whole("").chars().take(n).collect()));
    for body in corpus {
        let reply = world.send(post(&world, Body::from(body.clone()))).await;
        let shown: String = body.chars().take(90).collect();
        assert_eq!(
            reply.refusal(),
            (400, if reply.body["code"] == "invalid.value" { "invalid.value" } else { "bad.request" }),
            "{shown}"
        );
    }
    let mut invalid = whole("").into_bytes();
    invalid.extend([0xff, 0xfe]);
    assert_eq!(world.send(post(&world, Body::from(invalid))).await.refusal(), (400, "bad.request"));
    assert_eq!(world.get(&world.admin, "/api/v2/groups").await.expect(200)["total"], 0);
    for body in [
        whole(",\"other\":null"),
        deep(63),
        whole(",\"other\":12345678901234567890123"),
        whole(",\"description\":null"),
    ] {
        assert_eq!(world.send(post(&world, Body::from(body))).await.status, 200);
    }
}

#[tokio::test]
async fn pages_out_of_bounds_are_refused_or_empty() {
    let world = World::new().await;
    let group = world.group(json!({})).await;
    let paths = [
        "/api/v2/groups",
        "/api/v2/profiles/groups",
        "/api/v2/users",
        "/api/v2/oauth/clients",
        "/api/v2/authorization/roles",
        "/api/v2/authorization/permissions",
        "/api/v2/authorization/divisions",
        &format!("/api/v2/groups/{group}/members"),
    ];
    for path in paths {
        for (field, limit) in [("pageSize", 500), ("pageNumber", i32::MAX)] {
            for value in [
                "0",
                "-1",
                "2147483648",
                "9223372036854775807",
                "9223372036854775808",
                "18446744073709551616",
                "1e309",
                "abc",
                "1.5",
                "0x1",
            ] {
                let reply = world.get(&world.admin, &format!("{path}?{field}={value}")).await;
                assert_eq!(reply.refusal(), (400, "bad.request"), "{path}?{field}={value}");
                assert_eq!(reply.body["details"][0]["fieldName"], field);
            }
            for value in ["1", &limit.to_string()] {
                let reply = world.get(&world.admin, &format!("{path}?{field}={value}")).await;
                assert_eq!(reply.status, 200, "{path}?{field}={value}");
            }
        }
        let far = world.get(&world.admin, &format!("{path}?pageSize=500&pageNumber=2147483647")).await.expect(200);
        assert_eq!(far["entities"], json!([]));
        assert_eq!(world.get(&world.admin, &format!("{path}?pageSize=501")).await.body["limit"]["value"], 500);
        let twice = world.get(&world.admin, &format!("{path}?pageSize=1&pageSize=2")).await;
        assert_eq!(
            (twice.refusal(), &twice.body["details"][0]["fieldName"]),
            ((400, "bad.request"), &json!("pageSize"))
        );
    }
}

#[tokio::test]
async fn text_is_kept_as_given_and_compared_by_its_key() {
    let world = World::new().await;
    let id = world.group(json!({ "name": "Cafe\u{301} Straße" })).await;
    let group = world.get(&world.admin, &format!("/api/v2/groups/{id}")).await.expect(200);
    assert_eq!(group["name"], "Café Straße", "composed, and otherwise as given");
    let create = |email: &str| json!({ "name": "x", "email": email });
    world.call(&world.admin, "POST", "/api/v2/users", create("müller@example.org")).await.expect(200);
    for same in ["MÜLLER@example.org", "mu\u{308}ller@EXAMPLE.org", "ｍüller@example.org"] {
        assert_eq!(world.call(&world.admin, "POST", "/api/v2/users", create(same)).await.status, 409, "{same}");
    }
    let bytes = "\u{1f469}\u{200d}\u{1f680}".repeat(85);
    world.group(json!({ "name": bytes })).await;
}

/// The size of a sign-in is limited tightly, because it needs no token. Without a token no other body is read.
#[tokio::test]
async fn strangers_have_little_read_of_them() {
    let world = World::new().await;
    let endless = |read: &Arc<AtomicUsize>| {
        let counted = read.clone();
        Body::from_stream(stream::repeat_with(move || {
            counted.fetch_add(1024, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 1024]))
        }))
    };
    let form = convoke_wire::oauth::TOKEN_PATHS.map(|path| (path, "application/x-www-form-urlencoded"));
    let json = ["/v1/generatePin", "/v1/loginWithPinAndApplicationId"].map(|path| (path, "application/json"));
    for (path, content_type) in form.into_iter().chain(json) {
        let read = Arc::new(AtomicUsize::new(0));
        let request = Request::post(path).header("content-type", content_type);
        let reply = world.send(request.body(endless(&read)).expect("a request")).await;
        assert_eq!(reply.status, 413, "{path}");
        assert!(reply.body.to_string().contains("at most 16384 bytes"), "{path}: {}", reply.body);
        // What is beyond is thrown away, as far as it is read.
        assert!(read.load(Ordering::Relaxed) <= 1024 * 1024 + 32 * 1024, "{path}");
    }
    for (method, path) in [
        ("POST", "/api/v2/groups"),
        ("POST", "/api/v2/users/search"),
        ("PUT", "/api/v2/groups/x"),
        ("POST", "/api/v2/oauth/clients"),
        ("POST", "/operator/organisations"),
        ("POST", "/directory/import"),
        ("POST", "/v1/groups"),
        ("PUT", "/v1/groups/x/members"),
    ] {
        for token in [None, Some("Bearer nobody")] {
            let read = Arc::new(AtomicUsize::new(0));
            let mut request = Request::builder().method(method).uri(path).body(endless(&read)).expect("a request");
            if let Some(token) = token {
                request.headers_mut().insert("authorization", token.parse().expect("a value"));
            }
            assert_eq!(world.send(request).await.status, 401, "{method} {path}");
            assert_eq!(read.load(Ordering::Relaxed), 0, "{method} {path}: its body was read");
        }
    }
}

/// Large responses that their clients do not read share a memory budget.
#[tokio::test]
async fn large_responses_that_nobody_reads_are_bounded() {
    let world = World::new().await;
    let skills: Vec<_> = (0..100).map(|n| format!("{n} {}", "s".repeat(90))).collect();
    for n in 0..20 {
        let user = world.user(&format!("user{n}")).await;
        let body = json!({ "version": 1, "profileSkills": skills });
        world.call(&world.admin, "PATCH", &format!("/api/v2/users/{user}"), body).await.expect(200);
    }
    let ask = || {
        let request = Request::get("/api/v2/users?pageSize=20&expand=profileSkills");
        let request = request.header("authorization", format!("Bearer {}", world.admin));
        world.router.clone().oneshot(request.body(Body::empty()).expect("a request"))
    };
    let first = ask().await.expect("a router does not fail");
    let size = world.site.responses.held();
    assert!(size > crate::limits::SMALL_RESPONSE_BYTES, "{size}");
    let organisation = world.site.directories.all()[0].id;
    let part = crate::limits::RESPONSES_BYTES / crate::limits::BUDGET_PARTS;
    let mut others = world.site.responses.reserve(Holder::Organisation(organisation));
    others.grow(part - 3 * size).expect("there is room for three");
    let mut unread = vec![first];
    while let response = ask().await.expect("a router does not fail")
        && response.status() == 200
    {
        unread.push(response);
    }
    assert_eq!(unread.len(), 3);
    let refused = ask().await.expect("a router does not fail");
    assert_eq!(refused.status().as_u16(), 503);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(world.get(&world.admin, "/api/v2/users?pageSize=1").await.status, 200, "small ones are not counted");
    let read = unread.pop().expect("one of them").into_body();
    assert_eq!(to_bytes(read, usize::MAX).await.expect("it comes").len(), size);
    assert_eq!(ask().await.expect("a router does not fail").status(), 200, "what was read is counted no more");
    drop((unread, others));
    assert_eq!(world.site.responses.held(), 0);
}

#[tokio::test]
async fn what_no_path_or_method_answers_is_refused_as_everything_else() {
    let world = World::new().await;
    for (method, path, status, code) in [
        ("GET", "/nothing", 404, "not.found"),
        ("DELETE", "/api/v2/groups", 405, "method.not.allowed"),
        ("DELETE", "/operator/backup", 405, "method.not.allowed"),
        ("DELETE", "/directory/import", 405, "method.not.allowed"),
        ("GET", "/oauth/token", 405, "method.not.allowed"),
        ("POST", "/openapi/genesys.json", 405, "method.not.allowed"),
        ("POST", "/health/live", 405, "method.not.allowed"),
        ("POST", "/metrics", 405, "method.not.allowed"),
    ] {
        let reply = world.call(&world.admin, method, path, json!(null)).await;
        assert_eq!(reply.refusal(), (status, code), "{method} {path}");
        assert!(reply.headers.contains_key("inin-correlation-id"), "{method} {path}");
    }
}

/// These documents need no token, so they must not use the budget of callers who have one.
#[tokio::test]
async fn openapi_documents_take_nothing_of_the_budget_for_responses() {
    let world = World::new().await;
    let mut unread = Vec::new();
    for path in ["/openapi/genesys.json", "/openapi/kaizala.json"] {
        for token in ["nobody", &world.admin] {
            let request = Request::get(path).header("authorization", format!("Bearer {token}"));
            let response = world.router.clone().oneshot(request.body(Body::empty()).expect("a request"));
            unread.push(response.await.expect("a router does not fail"));
        }
    }
    assert!(unread.iter().all(|response| response.status() == 200));
    assert_eq!(world.site.responses.held(), 0);
    let first = to_bytes(unread.remove(0).into_body(), usize::MAX).await.expect("it comes");
    assert!(first.len() > crate::limits::SMALL_RESPONSE_BYTES);
    let second = to_bytes(unread.remove(0).into_body(), usize::MAX).await.expect("it comes");
    assert_eq!(first.as_ptr(), second.as_ptr(), "all requests share the bytes");
}

/// What one organisation or one address uses of a budget must not exclude others.
#[tokio::test]
async fn no_organisation_and_no_address_can_take_a_whole_budget() {
    let world = World::new().await;
    let made =
        world.call(&world.admin, "POST", "/operator/organisations", json!({ "name": "other" })).await.expect(200);
    let text = |field: &str| made[field].as_str().expect("a text").to_owned();
    let other = world.token(&text("clientId"), &text("clientSecret")).await;
    let organisation = Holder::Organisation(world.site.directories.all()[0].id);
    let bodies = &world.site.bodies;
    let all_of = |budget: &Arc<Budget>, holder| {
        let mut reservation = budget.reserve(holder);
        while reservation.grow(1 << 20).is_ok() {}
        assert!(budget.held() > 0);
        reservation
    };
    let group = json!({ "name": "g", "type": "official", "rulesVisible": true, "visibility": "public" });
    let create = |token| world.call(token, "POST", "/api/v2/groups", group.clone());
    let (id, id_of_other) = (create(&world.admin).await.expect(200), create(&other).await.expect(200));
    let held = all_of(&bodies.of_callers, organisation);
    let refused = create(&world.admin).await;
    assert_eq!(
        (refused.refusal(), &refused.headers["retry-after"]),
        ((503, "service.unavailable"), &"1".parse().expect("a value"))
    );
    create(&other).await.expect(200);
    drop(held);
    create(&world.admin).await.expect(200);

    // The people of a list that is rendered in pieces are held while it is sent.
    let user = world.user("individual").await;
    let group = id["id"].as_str().expect("an id");
    let members = json!({ "memberIds": [user], "version": 1 });
    world.call(&world.admin, "POST", &format!("/api/v2/groups/{group}/members"), members).await.expect(202);
    let path = |id: &str| format!("/api/v2/groups/{id}/individuals");
    let held = all_of(&world.site.responses, organisation);
    assert_eq!(world.get(&world.admin, &path(group)).await.refusal(), (503, "service.unavailable"));
    world.get(&other, &path(id_of_other["id"].as_str().expect("an id"))).await.expect(200);
    drop(held);
    world.get(&world.admin, &path(group)).await.expect(200);
    assert_eq!(world.site.responses.held(), 0);

    let sign_in = |address: [u8; 4]| {
        let form = "grant_type=client_credentials&client_id=first&client_secret=open%20sesame";
        let request = Request::post("/oauth/token").header("content-type", "application/x-www-form-urlencoded");
        let mut request = request.body(Body::from(form)).expect("a request");
        request.extensions_mut().insert(Peer(address.into()));
        world.send(request)
    };
    let _held = all_of(&bodies.of_sign_ins, Holder::Address([192, 0, 2, 1].into()));
    assert_eq!(sign_in([192, 0, 2, 1]).await.refusal(), (503, "service.unavailable"));
    sign_in([192, 0, 2, 2]).await.expect(200);
}

/// `/metrics` shows counts over all organisations.
#[tokio::test]
async fn metrics_are_for_loopback_and_for_administrators() {
    let world = World::new().await;
    let reader = world.actor(Some("reader"), None).await;
    let made =
        world.call(&world.admin, "POST", "/operator/organisations", json!({ "name": "other" })).await.expect(200);
    let text = |field: &str| made[field].as_str().expect("a text").to_owned();
    let other = world.token(&text("clientId"), &text("clientSecret")).await;
    for (peer, forwarded, token, status) in [
        ("127.0.0.1", None, None, 200),
        // A listener that forgot to say where the request comes from.
        ("", None, None, 401),
        ("::1", None, None, 200),
        ("127.0.0.1", Some("x-forwarded-for"), None, 401),
        ("127.0.0.1", Some("forwarded"), None, 401),
        ("192.0.2.1", None, None, 401),
        ("192.0.2.1", None, Some("nobody"), 401),
        ("192.0.2.1", None, Some(reader.as_str()), 403),
        ("192.0.2.1", None, Some(other.as_str()), 403),
        ("192.0.2.1", None, Some(world.admin.as_str()), 200),
        ("127.0.0.1", Some("x-forwarded-for"), Some(world.admin.as_str()), 200),
    ] {
        let mut request = Request::get("/metrics").body(Body::empty()).expect("a request");
        if !peer.is_empty() {
            request.extensions_mut().insert(Peer(peer.parse().expect("an address")));
        }
        if let Some(name) = forwarded {
            request.headers_mut().insert(name, "127.0.0.1".parse().expect("a value"));
        }
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().expect("a value");
            request.headers_mut().insert("authorization", value);
        }
        let reply = world.send(request).await;
        assert_eq!(reply.status, status, "{peer} {forwarded:?} {token:?}: {}", reply.body);
        assert_eq!(reply.body.to_string().contains("convoke_groups"), status == 200);
    }
    world.get(&world.admin, "/openapi/kaizala.json").await.expect(200);
    let text = world.site.metrics.text(&[], Detail::Total);
    for expected in [
        "convoke_connections_refused_total",
        "convoke_connections_evicted_total",
        r#"convoke_requests_total{dialect="server",operation="getMetrics",status="2xx"} 4"#,
        r#"convoke_requests_total{dialect="server",operation="getOpenapi",status="2xx"} 1"#,
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}
