//! Rows in lines, and what becomes of each.

use super::World;
use crate::api::operator::import::{ImportSummary, load};
use crate::http::budget::Holder;
use crate::limits;
use axum::body::Body;
use convoke_wire::import::MEDIA_TYPE;
use futures_util::{StreamExt, stream};
use http::Request;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tower::ServiceExt;

impl World {
    /// Sends lines, and gives what became of them as `LINE EFFECT` or `LINE refused: MESSAGE`.
    async fn import(&self, query: &str, body: impl Into<Body>) -> Vec<String> {
        let reply = self.send(request(&self.admin, query, body.into())).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let text = match &reply.body {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            one => one.to_string(),
        };
        text.lines().map(|line| shown(&serde_json::from_str(line).expect("a line of JSON"))).collect()
    }
}

fn request(token: &str, query: &str, body: Body) -> Request<Body> {
    let request = Request::post(format!("/directory/import{query}")).header("authorization", format!("Bearer {token}"));
    request.header("content-type", MEDIA_TYPE).body(body).expect("a request")
}

fn shown(result: &Value) -> String {
    let said = result["error"]["message"].as_str().map(|message| format!(": {message}")).unwrap_or_default();
    format!("{} {}{said}", result["line"], result["effect"].as_str().expect("an effect"))
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// People, groups, skills and all that is between them.
fn some() -> Vec<Value> {
    vec![
        json!({ "skill": { "name": "Billing" } }),
        json!({ "language": { "name": "Spanish" } }),
        json!({ "person": { "email": "a@x.org", "name": "A", "skills": { "Billing": 3 }, "languages": { "spanish": 1.5 } } }),
        json!({ "person": { "email": "b@x.org", "name": "B", "manager": "a@x.org", "phone": "+447700900123" } }),
        json!({ "group": { "key": "up", "name": "Upper", "owners": ["b@x.org"], "rule": { "skillConditions": [{
            "operation": "And",
            "routingSkillConditions": [
                { "routingSkill": "Billing", "comparator": "GreaterThan", "proficiency": 2 }],
        }] } } }),
        json!({ "group": { "id": "6f0e2c64-6e0e-4a4c-9d5e-0d9f9f9c7a11", "name": "Lower", "type": "social" } }),
        json!({ "membership": { "group": "6f0e2c64-6e0e-4a4c-9d5e-0d9f9f9c7a11", "member": "A@x.org" } }),
        json!({ "subgroup": { "group": "up", "subgroup": "6f0e2c64-6e0e-4a4c-9d5e-0d9f9f9c7a11" } }),
    ]
}

#[tokio::test]
async fn rows_make_a_directory_and_the_same_rows_change_nothing() {
    let world = World::new().await;
    let all = |effect: &str| (1..=8).map(|line| format!("{line} {effect}")).collect::<Vec<_>>();
    assert_eq!(world.import("?dryRun=true", lines(&some())).await, all("created"));
    let none = world.get(&world.admin, "/api/v2/groups").await.expect(200);
    assert_eq!(none["total"], 0, "a trial changes nothing");
    assert_eq!(world.import("", lines(&some())).await, all("created"));
    assert_eq!(world.import("", lines(&some())).await, all("unchanged"));
    assert_eq!(world.import("?dryRun=true", lines(&some())).await, all("unchanged"));

    let groups = world.get(&world.admin, "/api/v2/groups").await.expect(200);
    let shown: Vec<_> = groups["entities"].as_array().expect("groups").iter().collect();
    assert_eq!(
        shown.iter().map(|group| (&group["name"], &group["memberCount"], &group["type"])).collect::<Vec<_>>(),
        [(&json!("Lower"), &json!(1), &json!("social")), (&json!("Upper"), &json!(2), &json!("official"))]
    );
    let upper = shown[1]["id"].as_str().expect("an id");
    let path = format!("/api/v2/groups/{upper}/members?expand=skills&expand=languages");
    let members = world.get(&world.admin, &path).await.expect(200);
    let of = |at: usize, field: &str| members["entities"][at][field].clone();
    assert_eq!((of(0, "name"), of(1, "name")), (json!("A"), json!("B")));
    assert_eq!((&of(0, "skills")[0]["proficiency"], &of(0, "languages")[0]["name"]), (&json!(3.0), &json!("Spanish")));
    assert_eq!(of(1, "manager")["id"], of(0, "id"));
    assert_eq!(of(1, "addresses")[0]["address"], "+447700900123");
    let beneath = world.get(&world.admin, &format!("/api/v2/groups/{upper}/subgroups")).await.expect(200);
    assert_eq!(beneath["entities"][0]["name"], "Lower");
}

#[tokio::test]
async fn ids_are_meant_in_any_case() {
    let world = World::new().await;
    world.import("", lines(&some())).await;
    let id = "6F0E2C64-6E0E-4A4C-9D5E-0D9F9F9C7A11";
    let rows = [
        json!({ "group": { "id": id, "name": "Lower" } }),
        json!({ "membership": { "group": id, "member": "a@x.org" } }),
    ];
    assert_eq!(world.import("", lines(&rows)).await, ["1 unchanged", "2 unchanged"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_row_is_said_of_that_row() {
    let world = World::new().await;
    world.import("", lines(&some())).await;
    let long = format!("{{\"person\":{{\"name\":\"{}\"}}}}", "x".repeat(limits::ROW_BYTES));
    let deep = format!("{}{}", "[".repeat(limits::JSON_DEPTH + 1), "]".repeat(limits::JSON_DEPTH + 1));
    let columns = "skill, language, person, group, membership, subgroup";
    for (row, said) in [
        ("{", "the body: EOF while parsing"),
        ("\u{feff}{}", "the body: expected value"),
        ("[]", columns),
        ("{}", columns),
        ("null", columns),
        ("\"person\"", columns),
        (r#"{"person":{},"group":{}}"#, columns),
        (r#"{"people":{}}"#, "unknown variant `people`"),
        (r#"{"person":{"emial":"x"}}"#, "unknown field `emial`"),
        (r#"{"person":{"name":1}}"#, "person.name: invalid type: integer `1`, expected a string"),
        (r#"{"person":{"name":"A","name":"B"}}"#, "name"),
        (r#"{"person":{"name":"A"}}"#, "email is required"),
        (r#"{"person":{"email":"c@x.org"}}"#, "name is required"),
        (r#"{"person":{"email":"c"}}"#, "email must be an e-mail address"),
        (r#"{"person":{"id":"7","name":"A"}}"#, "id: must be a UUID"),
        (r#"{"person":{"email":"a@x.org","state":"gone"}}"#, "state must be one of active, inactive"),
        (r#"{"person":{"email":"a@x.org","skills":{"Billing":6}}}"#, "proficiency must be from 0 to 5"),
        (r#"{"person":{"email":"a@x.org","skills":{"Juggling":1}}}"#, "names no skill: [Juggling]"),
        (r#"{"person":{"email":"a@x.org","manager":"c@x.org"}}"#, "the user [c@x.org] does not exist"),
        (r#"{"group":{"name":"g"}}"#, "key is required"),
        (r#"{"group":{"key":" ","name":"g"}}"#, "key must not be blank"),
        (r#"{"group":{"key":"k","id":"6f0e2c64-6e0e-4a4c-9d5e-0d9f9f9c7a11"}}"#, "cannot be used together with id"),
        (r#"{"group":{"key":"up","type":"social"}}"#, "type must be one of official"),
        (r#"{"group":{"key":"up","owners":["z@x.org"]}}"#, "the user [z@x.org] does not exist"),
        (r#"{"membership":{"group":"up"}}"#, "member"),
        (r#"{"membership":{"group":"none","member":"a@x.org"}}"#, "does not exist"),
        (r#"{"membership":{"group":"up","member":"someone"}}"#, "the user [someone] does not exist"),
        (r#"{"subgroup":{"group":"up","subgroup":"up"}}"#, "beneath"),
        (&long, "a row must have at most 262144 bytes"),
        (&deep, "64"),
    ] {
        let found = world.import("", format!("\n{row}\n{{\"skill\":{{\"name\":\"Billing\"}}}}")).await;
        let short: String = row.chars().take(80).collect();
        assert_eq!(found.len(), 2, "{short}: {found:?}");
        assert!(found[0].starts_with("2 refused: ") && found[0].contains(said), "{short}: {}", found[0]);
        assert_eq!(found[1], "3 unchanged", "{short}");
    }
    assert_eq!(world.import("", lines(&some())).await, (1..=8).map(|n| format!("{n} unchanged")).collect::<Vec<_>>());
}

#[tokio::test]
async fn lines_come_in_any_pieces() {
    let world = World::new().await;
    let text = lines(&some()).replace('\n', "\r\n");
    for size in [1, 7, 64] {
        let pieces: Vec<_> =
            text.as_bytes().chunks(size).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
        let found = world.import("", Body::from_stream(stream::iter(pieces))).await;
        assert_eq!(found.len(), 8, "{size}: {found:?}");
        assert!(found.iter().all(|line| !line.contains("refused")), "{size}: {found:?}");
    }
    assert_eq!(world.import("", "").await, Vec::<String>::new());
    assert_eq!(world.import("", "\n \n\n").await, Vec::<String>::new());
}

#[tokio::test]
async fn rows_are_answered_while_others_are_still_to_come() {
    let world = World::new().await;
    let (rows, body) = tokio::sync::mpsc::channel::<Result<String, std::io::Error>>(1);
    let body = Body::from_stream(stream::unfold(body, |mut body| async { Some((body.recv().await?, body)) }));
    let response = tower::ServiceExt::oneshot(world.router.clone(), request(&world.admin, "", body));
    let mut answers = response.await.expect("a router does not fail").into_body().into_data_stream();
    for (at, row) in some().into_iter().enumerate() {
        rows.send(Ok(format!("{row}\n"))).await.expect("the server reads");
        let answer = answers.next().await.expect("an answer").expect("the answer comes");
        let answer: Value = serde_json::from_slice(&answer).expect("a line of JSON");
        assert_eq!(shown(&answer), format!("{} created", at + 1));
    }
    // What ends in the middle of a row is no row.
    rows.send(Ok("{\"skill\":{\"name\":\"Half".into())).await.expect("the server reads");
    rows.send(Err(std::io::ErrorKind::ConnectionReset.into())).await.expect("the server reads");
    assert!(answers.next().await.is_none());
    let skills = world.get(&world.admin, "/api/v2/routing/skills").await.expect(200);
    assert_eq!(skills["total"], 1);
}

#[tokio::test(start_paused = true)]
async fn rows_that_do_not_come_are_not_waited_for() {
    // Where time does not pass, a database has none to answer.
    let world = World::in_a_file().await;
    let first = stream::iter([Ok::<_, std::io::Error>("{\"skill\":{\"name\":\"Billing\"}}\n")]);
    let body = Body::from_stream(first.chain(stream::pending()));
    let found = world.import("", body).await;
    assert_eq!(found, ["1 created", "2 refused: the body did not come within 30 seconds"]);
}

#[tokio::test]
async fn only_administrators_import_and_only_lines() {
    let world = World::new().await;
    let person = world.user("p").await;
    let body = || Body::from(lines(&some()));
    let reader = world.actor(Some("group administrator"), Some(&person)).await;
    let refused = world.send(request(&reader, "", body())).await;
    assert_eq!(refused.refusal(), (403, "missing.permissions"));
    assert_eq!(world.send(request("nobody's", "", body())).await.refusal(), (401, "bad.credentials"));
    let json = world.call(&world.admin, "POST", "/directory/import", json!([])).await;
    assert_eq!(json.refusal(), (415, "unsupported.media.type"));
    assert!(json.body["message"].as_str().expect("a message").contains(MEDIA_TYPE), "{}", json.body);
    let query = world.send(request(&world.admin, "?dryRun=perhaps", body())).await;
    assert_eq!(query.refusal(), (400, "bad.request"));
}

#[tokio::test]
async fn the_same_key_is_another_group_elsewhere() {
    let world = World::new().await;
    let made =
        world.call(&world.admin, "POST", "/operator/organisations", json!({ "name": "Other" })).await.expect(200);
    let text = |field: &str| made[field].as_str().expect("a text").to_owned();
    let other = world.token(&text("clientId"), &text("clientSecret")).await;
    let rows = || Body::from(lines(&[json!({ "group": { "key": "k", "name": "g" } })]));
    let mut ids = Vec::new();
    for token in [&world.admin, &other] {
        assert_eq!(world.send(request(token, "", rows())).await.body["effect"], "created");
        let groups = world.get(token, "/api/v2/groups").await.expect(200);
        assert_eq!(groups["total"], 1);
        ids.push(groups["entities"][0]["id"].clone());
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn rows_are_loaded_without_a_request() {
    let world = World::new().await;
    let mut rows = some();
    rows.push(json!({ "group": { "key": "up" } }));
    rows.push(json!({ "person": { "emial": "x" } }));
    let loaded = load(&world.site.directories, lines(&rows).into()).await.expect("there is an administrator");
    let ImportSummary { created, changed, unchanged, refused } = loaded;
    assert_eq!((created, changed, unchanged, refused.len()), (8, 0, 1, 1));
    assert!(refused[0].0 == 10 && refused[0].1.contains("emial"), "{refused:?}");
}

#[tokio::test]
async fn many_more_rows_than_are_on_their_way_at_one_time() {
    let world = World::new().await;
    let mut rows: Vec<Value> =
        (0..3 * limits::ROWS).map(|n| json!({ "person": { "email": format!("p{n}@x.org"), "name": "P" } })).collect();
    rows.push(json!({ "group": { "key": "all", "name": "All" } }));
    rows.extend(
        (0..3 * limits::ROWS).map(|n| json!({ "membership": { "group": "all", "member": format!("p{n}@x.org") } })),
    );
    let found = world.import("", lines(&rows)).await;
    let expected: Vec<_> = (1..=rows.len()).map(|line| format!("{line} created")).collect();
    assert_eq!(found, expected);
    let group = world.get(&world.admin, "/api/v2/groups").await.expect(200)["entities"][0].clone();
    assert_eq!((&group["memberCount"], &group["version"]), (&json!(3 * limits::ROWS), &json!(3 * limits::ROWS + 1)));
}

/// The bytes of waiting rows are limited, and count for the body budget of the organisation.
#[tokio::test]
async fn rows_that_wait_to_be_answered_have_a_bound_of_bytes() {
    let world = World::new().await;
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = taken.clone();
    let endless = stream::repeat_with(move || {
        counted.fetch_add(limits::ROW_BYTES, Ordering::Relaxed);
        let row = format!("{}\n", "x".repeat(limits::ROW_BYTES - 1));
        Ok::<_, std::io::Error>(row)
    });
    // Nobody reads the results.
    let unread = world.router.clone().oneshot(request(&world.admin, "", Body::from_stream(endless)));
    let unread = unread.await.expect("a router does not fail");
    assert_eq!(unread.status(), 200);
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    let taken = taken.load(Ordering::Relaxed);
    let expected = limits::IMPORT_BYTES..=limits::IMPORT_BYTES + 2 * limits::ROW_BYTES;
    assert!(expected.contains(&taken), "{taken}");
    let bodies = &world.site.bodies.of_callers;
    assert_eq!(bodies.held(), limits::IMPORT_BYTES);
    let import = || world.send(request(&world.admin, "", Body::from(lines(&some()))));
    let mut others = bodies.reserve(Holder::Organisation(world.site.directories.all()[0].id));
    others.grow(limits::BODIES_BYTES / limits::BUDGET_PARTS - limits::IMPORT_BYTES).expect("there is room");
    assert_eq!(import().await.refusal(), (503, "service.unavailable"));
    drop(unread);
    assert_eq!(import().await.status, 200);
    drop(others);
    assert_eq!(bodies.held(), 0);
}

#[tokio::test]
async fn a_trial_says_what_would_be_different_to_whoever_asks() {
    let world = World::new().await;
    world.import("", lines(&some())).await;
    let rows = [
        json!({ "person": { "email": "a@x.org", "title": "Head", "skills": { "Billing": 4 } } }),
        json!({ "person": { "email": "a@x.org", "title": "Head", "skills": { "Billing": 4 } } }),
        json!({ "person": { "email": "b@x.org", "name": "B", "manager": "", "phone": "+447700900124" } }),
        json!({ "person": { "email": "c@x.org", "name": "C" } }),
        json!({ "group": { "key": "up", "owners": ["a@x.org"] } }),
        json!({ "skill": { "name": "BILLING" } }),
    ];
    let results = async |query: &str| {
        let reply = world.send(request(&world.admin, query, lines(&rows).into())).await;
        let text = reply.body.as_str().expect("lines").to_owned();
        let changes = |line: &str| serde_json::from_str::<Value>(line).expect("a line of JSON")["changes"].clone();
        text.lines().map(changes).collect::<Vec<_>>()
    };
    let none = vec![Value::Null; rows.len()];
    assert_eq!(results("?dryRun=true").await, none);
    let expected = [
        json!([{ "field": "title", "new": "Head" }, { "field": "skills", "old": { "Billing": 3.0 }, "new": { "Billing": 4.0 } }]),
        Value::Null,
        json!([{ "field": "phone", "old": "+447700900123", "new": "+447700900124" }, { "field": "manager", "old": "a@x.org" }]),
        Value::Null,
        json!([{ "field": "owners", "old": ["b@x.org"], "new": ["a@x.org"] }]),
        json!([{ "field": "name", "old": "Billing", "new": "BILLING" }]),
    ];
    assert_eq!(results("?dryRun=true&changes=true").await, expected);
    assert_eq!(results("?changes=true").await, none, "what was done is not a trial");
}

/// What short rows would change may be long; it counts as the rows themselves do.
#[tokio::test]
async fn what_a_trial_shows_has_a_bound_of_bytes() {
    let world = World::new().await;
    let contacts: Vec<_> = (0..100)
        .map(|n| json!({ "type": "WORK", "mediaType": "PHONE", "address": format!("{n:0250}"), "extension": format!("{n:0250}") }))
        .collect();
    let person = |email: &str| json!({ "person": { "email": email, "name": "P", "addresses": contacts } });
    let emails: Vec<_> = (0..60).map(|n| format!("p{n}@x.org")).collect();
    world.import("", lines(&emails.iter().map(|email| person(email)).collect::<Vec<_>>())).await;
    let rows: Vec<_> = emails.iter().map(|email| json!({ "person": { "email": email, "addresses": [] } })).collect();
    let request = request(&world.admin, "?dryRun=true&changes=true", lines(&rows).into());
    let response = world.router.clone().oneshot(request).await.expect("a router does not fail");
    let mut pieces = response.into_body().into_data_stream();
    let (mut n_rows, mut longest) = (0, 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.expect("the answer comes");
        n_rows += piece.iter().filter(|byte| **byte == b'\n').count();
        longest = longest.max(piece.len());
    }
    assert_eq!(n_rows, rows.len());
    assert!(longest <= limits::IMPORT_BYTES + limits::ROW_BYTES, "{longest}");
}
